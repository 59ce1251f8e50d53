//! Calling a peer: signed by this terminal, the answer signed by the one that answers. Who answers at
//! an address is believed only by its key.

use super::Lan;
use crate::identity::fresh_nonce;
use ledger::id::TerminalId;
use ledger::sync::peer::{PEER_PATH, PeerAnswer, PeerPush};
use ledger::sync::wire::{HEADER_NONCE, HEADER_SIGNATURE, HEADER_TERMINAL, Trouble, signed_answer, signed_request};
use reqwest::{Client, Response, StatusCode};
use std::time::Duration;

/// A terminal of the same shop that does not take the connection within this is off.
const CONNECT: Duration = Duration::from_secs(2);
/// One request with its answer.
const REQUEST: Duration = Duration::from_secs(10);
/// Most bytes of an answer: it names a few chains.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// What came of a call that reached a peer.
pub enum Spoken {
    Answered(PeerAnswer),
    /// It wants another nonce.
    Forgotten,
}

/// Why a call came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum CallFault {
    #[error("nobody answers ({0})")]
    Unreachable(#[from] reqwest::Error),
    #[error("what answers there is no terminal of this shop")]
    Stranger,
    #[error("this is the terminal itself")]
    Myself,
    #[error("it refuses: {0}")]
    Refused(String),
    #[error("its answer cannot be read: {0}")]
    Garbage(String),
    #[error("this terminal could not read its own ops")]
    Storage,
}

pub fn client() -> Client {
    Client::builder()
        .connect_timeout(CONNECT)
        .timeout(REQUEST)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .expect("a client without TLS needs nothing that could be missing")
}

impl Lan {
    /// Says `push` at an address, and answers who heard it.
    pub(super) async fn call(&self, client: &Client, address: &str, push: &PeerPush) -> Result<(TerminalId, Spoken), CallFault> {
        let (nonce, body) = (fresh_nonce(), push.body());
        let signature = self.keys.sign(&signed_request("POST", PEER_PATH, &nonce, &body));
        let request = client.post(format!("http://{address}{PEER_PATH}"));
        let request = request.header(HEADER_TERMINAL, self.terminal.as_str()).header(HEADER_NONCE, &nonce).header(HEADER_SIGNATURE, signature);
        let response = request.body(body).send().await?;
        let field = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (terminal, signature, status) = (field(HEADER_TERMINAL).map(TerminalId::new), field(HEADER_SIGNATURE), response.status());
        let body = whole(response).await?;
        let (terminal, signature) = terminal.zip(signature).ok_or(CallFault::Stranger)?;
        if terminal == self.terminal {
            return Err(CallFault::Myself);
        }
        let key = self.known(&terminal).ok_or(CallFault::Stranger)?.key;
        if !key.signed(&signed_answer(&nonce, status.as_u16(), &body), &signature) {
            return Err(CallFault::Stranger);
        }
        match status {
            StatusCode::OK => Ok((terminal, Spoken::Answered(serde_json::from_slice(&body).map_err(|e| CallFault::Garbage(e.to_string()))?))),
            StatusCode::CONFLICT => Ok((terminal, Spoken::Forgotten)),
            _ => Err(CallFault::Refused(sentence(&body))),
        }
    }
}

async fn whole(mut response: Response) -> Result<Vec<u8>, CallFault> {
    let mut body = Vec::new();
    while let Some(block) = response.chunk().await? {
        if body.len() + block.len() > ANSWER_BYTES_MAX {
            return Err(CallFault::Garbage(format!("it is longer than {ANSWER_BYTES_MAX} bytes")));
        }
        body.extend_from_slice(&block);
    }
    Ok(body)
}

fn sentence(body: &[u8]) -> String {
    serde_json::from_slice::<Trouble>(body).map_or_else(|_| String::from_utf8_lossy(body).chars().take(60).collect(), |trouble| trouble.message)
}
