//! When a terminal calls a peer, as tables; and that a request to a peer is a push that says more.

use ledger::op::{Hash, SealedOp};
use ledger::serial::Serial;
use ledger::sync::message::Push;
use ledger::sync::peer::{
    Offer, PEER_AGAIN_MS, PEER_BACKOFF_FIRST_MS, PEER_BACKOFF_MAX_MS, PEER_IDLE_MS, PeerAnswer, PeerHead, PeerLink, PeerPush,
    PeerStep::{self, Call, WaitUntil},
    Reserved, Tidings,
};
use ledger::sync::wire::{Contained, PushHead};

/// One line of a table: at this time, this.
enum Line {
    /// With so many own ops, looks like this.
    Look(i64, u64, PeerStep),
    /// The peer answered that it has so many of them; the nonce it tells.
    Answer(i64, u64, &'static str),
    /// It answered, told these ops up to there, that it has so many.
    Told(i64, u64, u64),
    Forgotten(i64),
    Fail(i64, u64),
}
use Line::{Answer, Fail, Forgotten, Look, Told};

fn tidings(last: u64) -> Tidings {
    Tidings { offers: vec![Offer { incarnation: 1, after: 0, last }], reserved: Vec::new() }
}

fn have(seq: u64, nonce: &str) -> PeerAnswer {
    PeerAnswer { have: vec![Contained { device: "T01".into(), incarnation: 1, seq }], next_nonce: nonce.into() }
}

fn push(link: &PeerLink, ops: u64) -> PeerPush {
    let sealed = SealedOp { bytes: b"{}".to_vec(), hash: Hash::of(b"{}") };
    let nonce = link.standing().0.to_owned();
    let push = PushHead { incarnation: 1, first_seq: 1, count: ops as u32, nonce, wall_ms: 0 };
    PeerPush { head: PeerHead { push, offers: Vec::new(), reserved: Vec::new() }, ops: vec![sealed; ops as usize] }
}

#[track_caller]
fn check(lines: &[Line]) {
    let mut link = PeerLink::new("T01".into(), 0);
    for (number, line) in lines.iter().enumerate() {
        match line {
            Look(at_ms, last, step) => assert_eq!(link.step(*at_ms, &tidings(*last)), *step, "line {number}"),
            Answer(at_ms, seq, nonce) => {
                let push = push(&link, 0);
                link.answered(*at_ms, &push, &have(*seq, nonce));
            }
            Told(at_ms, last, seq) => {
                let push = push(&link, *last);
                link.answered(*at_ms, &push, &have(*seq, "n"));
            }
            Forgotten(at_ms) => link.forgotten(*at_ms),
            Fail(at_ms, jitter) => link.failed(*at_ms, *jitter),
        }
    }
}

#[test]
fn a_peer_is_greeted_told_and_left_alone() {
    check(&[
        Look(0, 3, Call),
        Answer(5, 0, "n"),
        Look(5, 3, Call),
        Told(9, 3, 3),
        Look(9, 3, WaitUntil(9 + PEER_IDLE_MS)),
        // What happens here is told at once.
        Look(10, 4, Call),
        Told(12, 4, 4),
        Look(12 + PEER_IDLE_MS, 4, Call),
    ]);
}

#[test]
fn a_peer_that_does_not_get_further_is_not_told_without_a_pause() {
    check(&[Answer(0, 0, "n"), Told(5, 3, 0), Look(5, 3, WaitUntil(5 + PEER_AGAIN_MS)), Look(5 + PEER_AGAIN_MS, 3, Call)]);
    check(&[Answer(0, 0, ""), Look(0, 0, WaitUntil(PEER_AGAIN_MS))]);
}

#[test]
fn a_peer_that_was_started_anew_is_greeted_anew() {
    check(&[Answer(0, 3, "n"), Look(1, 3, WaitUntil(PEER_IDLE_MS)), Forgotten(2), Look(2, 3, Call), Forgotten(3), Look(3, 3, WaitUntil(3 + PEER_AGAIN_MS))]);
}

#[test]
fn a_peer_that_is_away_is_called_less_and_less_often() {
    let most = |ceiling: i64| ceiling.unsigned_abs();
    check(&[
        Fail(0, most(PEER_BACKOFF_FIRST_MS)),
        Look(0, 3, WaitUntil(PEER_BACKOFF_FIRST_MS)),
        Fail(0, most(2 * PEER_BACKOFF_FIRST_MS)),
        Look(0, 3, WaitUntil(2 * PEER_BACKOFF_FIRST_MS)),
        Fail(0, 0),
        Look(0, 3, Call),
    ]);
    let mut link = PeerLink::new("T01".into(), 0);
    (0..60).for_each(|_| link.failed(0, most(PEER_BACKOFF_MAX_MS)));
    assert_eq!(link.step(0, &tidings(1)), WaitUntil(PEER_BACKOFF_MAX_MS));
}

#[test]
fn a_changed_cart_is_told() {
    let mut link = PeerLink::new("T01".into(), 0);
    link.answered(0, &push(&link, 0), &have(0, "n"));
    let cart = Tidings { reserved: vec![Reserved { sku: "PHONE".into(), serial: Serial::parse("A1").expect("a serial") }], ..Tidings::default() };
    assert_eq!(link.step(1, &cart), Call);
    let mut told = push(&link, 0);
    told.head.reserved.clone_from(&cart.reserved);
    link.answered(1, &told, &have(0, "n"));
    assert_eq!(link.step(2, &cart), WaitUntil(1 + PEER_IDLE_MS));
    assert_eq!(link.step(2, &Tidings::default()), Call, "and that it is empty again");
}

#[test]
fn a_request_to_a_peer_is_a_push_that_says_more() {
    let link = PeerLink::new("T01".into(), 0);
    for ops in [0, 1, 3] {
        let mut push = push(&link, ops);
        push.head.offers = tidings(9).offers;
        let (head, read) = PeerPush::read(&push.body()).expect("it reads what it wrote");
        assert_eq!((head, read.len() as u64), (push.head.clone(), ops));
        assert_eq!(Push::read(&push.body()).expect("it is a push").0, push.head.push);
    }
    for garbage in [&b""[..], b"x", b"{}", b"{\"incarnation\":1,\"first_seq\":1,\"count\":2}\n{}\n", b"{\"incarnation\":0,\"first_seq\":1,\"count\":0}\n"] {
        PeerPush::read(garbage).expect_err("no push");
    }
}
