//! Requests and answers as values. Whoever carries them (the uplink and the hub's routes over HTTP, a
//! simulator in memory) adds nothing to what they mean.

use super::wire::{
    Contained, Cursor, Hello, HelloAnswer, LogHead, Lost, PROTOCOL, PassOnHead, PullAnswer, PushAnswer, PushHead, Renew, RenewAnswer, SnapshotManifest,
};
use crate::op::SealedOp;
use serde::Serialize;

/// What a terminal says to its hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    Hello(Hello),
    Push(Push),
    /// One op, to be stored without being looked into.
    Park(Push),
    Lost(Lost),
    PassOn(PassOn),
    Renew(Renew),
    Pull(Pull),
    /// What the newest snapshot is; the file itself is fetched by whoever carries the messages.
    Snapshot,
}

/// What the hub says to that, unless it fails.
#[derive(Debug, Clone)]
pub enum Answer {
    Hello(HelloAnswer),
    /// To a push, a park, a loss, or what is passed on.
    Pushed(PushAnswer),
    Renewed(RenewAnswer),
    Page(Box<PullAnswer>),
    /// The feed is another, or the cursor too old.
    Gone,
    Snapshot(SnapshotManifest),
}

/// Ops of one chain in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    pub head: PushHead,
    pub ops: Vec<SealedOp>,
}

/// Ops of one chain of another terminal, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassOn {
    pub head: PassOnHead,
    pub ops: Vec<SealedOp>,
}

/// A page of the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pull {
    pub cursor: Cursor,
    /// The head of the hub's log that came with the rows up to the cursor. A hub that does not know it
    /// is an older state of itself, and its positions mean something else.
    pub log: Option<LogHead>,
    pub rows_max: usize,
    pub wait_ms: u32,
    /// Chains of which ops are kept here that the rows may contain, each with the op behind which they begin.
    pub asked: Vec<Contained>,
}

/// Why bytes are not a push. Completes the sentence "The request cannot be read: …".
#[derive(Debug, thiserror::Error)]
pub enum NotAPush {
    #[error("its head is not in the form of this protocol ({0})")]
    Head(#[from] serde_json::Error),
    #[error("its head announces {announced} ops, but {found} follow")]
    Count { announced: u32, found: usize },
    #[error("incarnations and seqs count from 1")]
    Zero,
}

impl Request {
    /// HTTP's method, path with query, and body.
    pub fn parts(&self) -> (&'static str, String, Vec<u8>) {
        let post = |what: &str, body: Vec<u8>| ("POST", format!("/api/v1/sync/{what}"), body);
        match self {
            Request::Hello(hello) => post("hello", json(hello)),
            Request::Push(push) => post("push", push.body()),
            Request::Park(push) => post("park", push.body()),
            Request::Lost(lost) => post("lost", json(lost)),
            Request::PassOn(passed) => post("pass-on", body(&passed.head, &passed.ops)),
            Request::Renew(renew) => post("renew", json(renew)),
            Request::Pull(pull) => ("GET", pull.path(), Vec::new()),
            Request::Snapshot => ("GET", "/api/v1/sync/snapshot".into(), Vec::new()),
        }
    }

    /// Reads the body of a good answer to this request.
    pub fn read_answer(&self, body: &[u8]) -> Result<Answer, serde_json::Error> {
        Ok(match self {
            Request::Hello(_) => Answer::Hello(serde_json::from_slice(body)?),
            Request::Push(_) | Request::Park(_) | Request::Lost(_) | Request::PassOn(_) => Answer::Pushed(serde_json::from_slice(body)?),
            Request::Renew(_) => Answer::Renewed(serde_json::from_slice(body)?),
            Request::Pull(_) => Answer::Page(Box::new(serde_json::from_slice(body)?)),
            Request::Snapshot => Answer::Snapshot(serde_json::from_slice(body)?),
        })
    }
}

impl Push {
    /// The head as a line, then each op's own bytes as a line.
    pub fn body(&self) -> Vec<u8> {
        body(&self.head, &self.ops)
    }

    /// Reads what [`Push::body`] wrote. The ops are not looked into: whatever they hold is stored.
    pub fn read(body: &[u8]) -> Result<(PushHead, Vec<Vec<u8>>), NotAPush> {
        let body = body.strip_suffix(b"\n").unwrap_or(body);
        let mut lines = body.split(|byte| *byte == b'\n');
        let head: PushHead = serde_json::from_slice(lines.next().unwrap_or_default())?;
        let ops: Vec<Vec<u8>> = lines.map(<[u8]>::to_vec).collect();
        if ops.len() != head.count as usize {
            return Err(NotAPush::Count { announced: head.count, found: ops.len() });
        }
        if head.first_seq == 0 || head.incarnation == 0 {
            return Err(NotAPush::Zero);
        }
        Ok((head, ops))
    }

    /// The number of the last op in it.
    pub fn last_seq(&self) -> u64 {
        self.head.first_seq + self.ops.len() as u64 - 1
    }
}

impl PassOn {
    /// Reads what it is on the wire. The ops are not looked into.
    pub fn read(body: &[u8]) -> Result<(PassOnHead, Vec<Vec<u8>>), NotAPush> {
        let (_, ops) = Push::read(body)?;
        let head = body.split(|byte| *byte == b'\n').next().unwrap_or_default();
        Ok((serde_json::from_slice(head)?, ops))
    }
}

impl Pull {
    fn path(&self) -> String {
        let Pull { cursor, log, rows_max, wait_ms, asked } = self;
        let asked: Vec<String> = asked.iter().map(Contained::to_string).collect();
        let log = log.map(|log| format!("&log={log}")).unwrap_or_default();
        format!(
            "/api/v1/sync/pull?feed={}&after={}{log}&rows={rows_max}&wait_ms={wait_ms}&ops={}&protocol={PROTOCOL}",
            cursor.feed,
            cursor.pos,
            asked.join(",")
        )
    }
}

/// A head as a line, then each op's own bytes as a line.
pub(super) fn body(head: &impl Serialize, ops: &[SealedOp]) -> Vec<u8> {
    let mut body = json(head);
    for op in ops {
        body.push(b'\n');
        body.extend_from_slice(&op.bytes);
    }
    body.push(b'\n');
    body
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("messages hold only text and numbers")
}
