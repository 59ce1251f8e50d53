//! Every answer that is not good news: a status, a stable code and one plain sentence.

use crate::keys::random_name;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use engine::fault::Fault;
use ledger::id::TerminalId;
use ledger::refusal::Refusal;
use ledger::sync::wire;

/// Why a request was not served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    status: StatusCode,
    code: &'static str,
    message: String,
    retry_after_s: Option<u32>,
}

impl Trouble {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Trouble {
        Trouble { status, code, message: message.into(), retry_after_s: None }
    }

    /// The request is not in the protocol's form. `why` completes the sentence.
    pub fn malformed(why: impl std::fmt::Display) -> Trouble {
        let why = why.to_string();
        Trouble::new(StatusCode::BAD_REQUEST, "malformed", format!("The request cannot be read: {}.", why.trim_end_matches('.')))
    }

    pub fn too_large(bytes_max: usize) -> Trouble {
        Trouble::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", format!("The request has more than {bytes_max} bytes, unpacked. Send it in smaller pieces."))
    }

    pub fn not_enrolled() -> Trouble {
        let message = "This terminal is not enrolled at this hub, or no longer. Enrol it with a new code from the back office; what it holds stays on it.";
        Trouble::new(StatusCode::UNAUTHORIZED, "not_enrolled", message)
    }

    pub fn bad_signature() -> Trouble {
        Trouble::new(StatusCode::UNAUTHORIZED, "bad_signature", "The request was not signed by this terminal's key, or was changed on its way.")
    }

    pub fn bad_code() -> Trouble {
        let message = "The code is wrong, was used before or has expired. Make a new one at the hub; a code works once, for 15 minutes.";
        Trouble::new(StatusCode::UNAUTHORIZED, "bad_code", message)
    }

    /// A code that would make a box another terminal than it was.
    pub fn other_terminal(meant: &TerminalId, was: &TerminalId) -> Trouble {
        let message = format!(
            "The code is for {meant}, and this box is {was}, whose operations {meant} could not send. Nothing was changed, and the code is still good. \
            Use a code that `counterfoil-hub enrol-code --terminal {was}` makes."
        );
        Trouble::new(StatusCode::FORBIDDEN, "other_terminal", message)
    }

    /// A revoked terminal gets no key.
    pub fn revoked(terminal: &TerminalId) -> Trouble {
        Trouble::new(StatusCode::CONFLICT, "revoked", format!("{terminal} is revoked for good and gets no new key. Enrol the box as a new terminal."))
    }

    pub fn not_admin() -> Trouble {
        Trouble::new(StatusCode::UNAUTHORIZED, "not_admin", "This wants the back office's token, as Authorization: Bearer.")
    }

    pub fn not_found(what: &str) -> Trouble {
        Trouble::new(StatusCode::NOT_FOUND, "not_found", format!("There is no {what} here."))
    }

    /// The rules do not allow what the back office wants done.
    pub fn refused(refusal: &Refusal) -> Trouble {
        Trouble::new(StatusCode::CONFLICT, refusal.code(), refusal.to_string())
    }

    pub fn gone() -> Trouble {
        Trouble::new(StatusCode::GONE, "gone", "The cursor is not one of this hub's present feed. Fetch a snapshot and go on from there.")
    }

    pub fn outdated(protocol: u32, protocol_min: u32) -> Trouble {
        let message = format!(
            "This terminal's program is too old to be told news (it speaks protocol {protocol}, {protocol_min} is needed). Update it; what it sells is still taken."
        );
        Trouble::new(StatusCode::UPGRADE_REQUIRED, "outdated", message)
    }

    pub fn busy() -> Trouble {
        let message = "The hub has more to write than it can take just now. Nothing was taken; try again in a second.";
        Trouble { retry_after_s: Some(1), ..Trouble::new(StatusCode::SERVICE_UNAVAILABLE, "busy", message) }
    }

    pub fn standby() -> Trouble {
        let message = "This hub stands by while another one on the same database takes what is new. Nothing was taken; try again, here or there.";
        Trouble { retry_after_s: Some(2), ..Trouble::new(StatusCode::SERVICE_UNAVAILABLE, "standby", message) }
    }

    /// The database does not answer; why stands in the log.
    pub fn database_away() -> Trouble {
        let message = "The hub's database does not answer just now. Whether the request was taken is not known; send it again.";
        Trouble { retry_after_s: Some(2), ..Trouble::new(StatusCode::SERVICE_UNAVAILABLE, "database_away", message) }
    }

    pub fn too_slow() -> Trouble {
        let message = "The request took too long. Whether it was taken is not known; send it again.";
        Trouble { retry_after_s: Some(1), ..Trouble::new(StatusCode::SERVICE_UNAVAILABLE, "too_slow", message) }
    }

    /// A failure of the hub's own: told in full to the log, to the world only its number.
    pub fn internal(fault: &(dyn std::error::Error + 'static)) -> Trouble {
        let request = random_name();
        tracing::error!(request, "{fault}{}", causes(fault));
        let message = format!("The hub could not do it, for a reason of its own. Its log says why under {request}. Try again later.");
        Trouble { retry_after_s: Some(5), ..Trouble::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", message) }
    }

    /// For an answer that the framework made without words of ours.
    pub fn of_status(status: StatusCode) -> Trouble {
        let (code, message) = match status {
            StatusCode::NOT_FOUND => ("not_found", "There is nothing at this address."),
            StatusCode::METHOD_NOT_ALLOWED => ("method_not_allowed", "This address does not know that method."),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => ("unsupported_encoding", "Request bodies may be plain or packed with zstd, nothing else."),
            StatusCode::RANGE_NOT_SATISFIABLE => ("bad_range", "The range lies outside the file."),
            _ => ("refused", "The request was refused."),
        };
        Trouble::new(status, code, message)
    }
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Trouble {
        Trouble::from(&fault)
    }
}

impl From<&Fault> for Trouble {
    /// A fault that passes by itself says nothing against the request: the terminal must not take it
    /// for one that its ops cause.
    fn from(fault: &Fault) -> Trouble {
        if matches!(fault, Fault::Away { .. }) {
            tracing::warn!("{fault}{}", causes(fault));
            return Trouble::database_away();
        }
        let trouble = Trouble::internal(fault);
        if fault.is_transient() { Trouble { status: StatusCode::SERVICE_UNAVAILABLE, ..trouble } } else { trouble }
    }
}

/// A fault as a sentence for whoever keeps the hub. A terminal mends damage by itself when it is
/// started again; a hub has no second witness, but backups, and terminals that send again.
pub fn sentence(fault: &Fault) -> String {
    match fault {
        Fault::Corrupt { path, what, .. } => format!(
            "{} is damaged: {what}. Stop the hub, keep that file, and put the newest backup in its place, as docs/evidence.md tells. \
            Terminals send again what the backup lacks.",
            path.display()
        ),
        other => other.to_string(),
    }
}

/// What lies under a fault, in one line.
pub(crate) fn causes(fault: &(dyn std::error::Error + 'static)) -> String {
    let mut causes = String::new();
    let mut cause = fault.source();
    while let Some(inner) = cause {
        causes.push_str(&format!(": {inner}"));
        cause = inner.source();
    }
    causes
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let body = wire::Trouble { code: self.code.into(), message: self.message };
        let mut response = (self.status, Json(body)).into_response();
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
