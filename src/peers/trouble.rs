//! Why a peer's request is not taken: a status, a stable code and a sentence, as the hub does it.

use engine::terminal::PeerRefusal;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Response, StatusCode};
use ledger::sync::wire;

pub struct Trouble {
    pub status: StatusCode,
    code: &'static str,
    message: String,
}

impl Trouble {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Trouble {
        Trouble { status, code, message: message.into() }
    }

    pub fn not_found() -> Trouble {
        Trouble::new(StatusCode::NOT_FOUND, "not_found", "There is no such address here. This is a terminal; it listens to other terminals only.")
    }

    pub fn not_a_peer() -> Trouble {
        let message = "This terminal does not know the one that asks. Both must be enrolled at one hub for one warehouse, and have spoken to it since.";
        Trouble::new(StatusCode::FORBIDDEN, "not_a_peer", message)
    }

    pub fn bad_signature() -> Trouble {
        Trouble::new(StatusCode::UNAUTHORIZED, "bad_signature", "The request is not signed by the terminal that it names.")
    }

    pub fn stale() -> Trouble {
        Trouble::new(StatusCode::CONFLICT, "stale", "The request does not bear the nonce of the last answer: it is old, or was heard before. Greet first.")
    }

    pub fn too_large(bytes_max: usize) -> Trouble {
        Trouble::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", format!("The request is longer than {bytes_max} bytes. Send fewer ops at once."))
    }

    pub fn too_slow() -> Trouble {
        Trouble::new(StatusCode::REQUEST_TIMEOUT, "too_slow", "The request did not arrive in time. Send it again.")
    }

    pub fn too_often() -> Trouble {
        Trouble::new(StatusCode::TOO_MANY_REQUESTS, "too_often", "This terminal asks too often. Wait a second.")
    }

    pub fn malformed(reason: impl std::fmt::Display) -> Trouble {
        Trouble::new(StatusCode::BAD_REQUEST, "malformed", format!("The request cannot be read: {reason}."))
    }

    pub fn storage(reason: &str) -> Trouble {
        Trouble::new(StatusCode::SERVICE_UNAVAILABLE, "storage", format!("This terminal cannot store anything now: {reason}."))
    }

    pub fn stopping() -> Trouble {
        Trouble::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", "This terminal is stopping.")
    }

    pub fn refused(refusal: &PeerRefusal) -> Trouble {
        let (status, code) = match refusal {
            PeerRefusal::Full { .. } => (StatusCode::INSUFFICIENT_STORAGE, "full"),
            _ => (StatusCode::BAD_REQUEST, "malformed"),
        };
        Trouble::new(status, code, refusal.to_string())
    }

    pub fn body(&self) -> Vec<u8> {
        let trouble = wire::Trouble { code: self.code.to_owned(), message: self.message.clone() };
        serde_json::to_vec(&trouble).expect("a code and a sentence always encode")
    }
}

/// An answer in JSON.
pub fn answer(status: StatusCode, body: Vec<u8>) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() = status;
    answer.headers_mut().insert(hyper::header::CONTENT_TYPE, hyper::header::HeaderValue::from_static("application/json"));
    answer
}
