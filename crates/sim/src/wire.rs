//! What travels between machines: requests and answers as the bytes that HTTP would carry, and what
//! an answer's status means to a terminal. Signatures are left out: both sides are who they say.

use ledger::id::TerminalId;
use ledger::sync::message::{Answer, Request};
use ledger::sync::uplink::Failure;
use ledger::sync::wire::Trouble;
use serde::Serialize;

/// A request on its way.
#[derive(Debug, Clone)]
pub struct Letter {
    pub device: TerminalId,
    pub path: String,
    pub body: Vec<u8>,
}

/// An answer on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub retry_after_ms: Option<i64>,
    pub body: Vec<u8>,
    /// Signed by the hub: what stands between, such as a proxy, cannot do that.
    pub signed: bool,
}

impl Letter {
    pub fn of(device: &TerminalId, request: &Request) -> Letter {
        let (_, path, body) = request.parts();
        Letter { device: device.clone(), path, body }
    }

    /// The path without its query, and what the query says of a name.
    pub fn split<'a>(&'a self) -> (&'a str, impl Fn(&str) -> Option<&'a str> + 'a) {
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        (path, move |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')))
    }
}

impl Reply {
    pub fn good(answer: &impl Serialize) -> Reply {
        Reply::of(200, answer)
    }

    pub fn bytes(body: Vec<u8>) -> Reply {
        Reply { status: 200, retry_after_ms: None, body, signed: true }
    }

    pub fn trouble(status: u16, code: &str) -> Reply {
        let retry_after_ms = (status == 503).then_some(1_000);
        Reply { retry_after_ms, ..Reply::of(status, &Trouble { code: code.into(), message: code.into() }) }
    }

    /// From something between that is no hub.
    pub fn foreign(status: u16) -> Reply {
        Reply { status, retry_after_ms: None, body: b"<html>".to_vec(), signed: false }
    }

    fn of(status: u16, body: &impl Serialize) -> Reply {
        let body = serde_json::to_vec(body).expect("messages hold only text and numbers");
        Reply { status, retry_after_ms: None, body, signed: true }
    }

    /// The answer to a request, or what its status means.
    pub fn read(&self, request: &Request) -> Result<Answer, Failure> {
        match self.checked()? {
            410 => Ok(Answer::Gone),
            _ => request.read_answer(&self.body).map_err(|e| garbage(format!("an answer that cannot be read: {e}"))),
        }
    }

    /// The status, if it is good news.
    pub fn checked(&self) -> Result<u16, Failure> {
        let detail = String::from_utf8_lossy(&self.body).chars().take(60).collect();
        match self.status {
            500..=599 if !self.signed => Err(Failure::HubTrouble { detail, retry_after_ms: self.retry_after_ms }),
            _ if !self.signed => Err(garbage(format!("an unsigned answer with status {}", self.status))),
            200..=299 | 410 => Ok(self.status),
            401 | 403 => Err(Failure::NotEnrolled { detail }),
            426 => Err(Failure::Outdated { detail }),
            500 => Err(Failure::HubFault { detail }),
            429 | 501..=599 => Err(Failure::HubTrouble { detail, retry_after_ms: self.retry_after_ms }),
            status => Err(garbage(format!("status {status}"))),
        }
    }
}

fn garbage(detail: String) -> Failure {
    Failure::Garbage { detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_taken_apart() {
        let letter = Letter { device: "T01".into(), path: "/api/v1/sync/pull?feed=f&after=7&rows=2".into(), body: Vec::new() };
        let (path, query) = letter.split();
        assert_eq!((path, query("feed"), query("after"), query("rows"), query("wait_ms")), ("/api/v1/sync/pull", Some("f"), Some("7"), Some("2"), None));
    }

    #[test]
    fn statuses_mean_what_they_mean_over_http() {
        let check = |reply: Reply, expected: &str| assert_eq!(format!("{:?}", reply.checked()).split(['(', ' ']).nth(1), Some(expected), "{reply:?}");
        check(Reply::trouble(500, "x"), "HubFault");
        check(Reply::trouble(503, "x"), "HubTrouble");
        check(Reply::trouble(401, "x"), "NotEnrolled");
        check(Reply::trouble(426, "x"), "Outdated");
        check(Reply::trouble(404, "x"), "Garbage");
        check(Reply::foreign(200), "Garbage");
        check(Reply::foreign(502), "HubTrouble");
        assert_eq!(Reply::trouble(410, "gone").checked(), Ok(410));
    }
}
