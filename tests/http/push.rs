//! Pushing ops: each gets one outcome, whatever happens around it.

use crate::support::{Hub, Terminal, name, names, random_id, sale};
use ledger::id::DocumentNumber;
use ledger::op::SealedOp;
use ledger::row::UnitStatus;
use reqwest::Method;

#[tokio::test]
async fn the_same_push_again_gives_the_same_outcomes() {
    let hub = Hub::start().await;
    let mut till = hub.terminal("Till 1").await;
    let ops = [till.shift(), till.stock_in(&["A1", "A2"]), till.sale("A1"), till.stock_in(&["A2"]), till.sale("A1")];
    let first = till.push(&ops).await;
    assert_eq!(names(&first), ["applied", "applied", "applied", "rejected already_in_stock", "conflict PHONE A1"]);
    assert_eq!((first.acked_seq, first.expected_seq), (5, None));
    let before = hub.counts().await;
    for part in [1..5, 0..5, 4..5] {
        let again = till.push_at(part.start as u64 + 1, &ops[part.clone()]).await.good::<ledger::sync::wire::PushAnswer>();
        assert_eq!(again.outcomes, first.outcomes[part]);
        assert_eq!(again.acked_seq, 5);
    }
    assert_eq!(hub.counts().await, before);
    let hello = till.hello().await;
    assert_eq!((hello.head_seq, hello.head_hash), (till.seq, till.prev));
    hub.stop().await;
}

#[tokio::test]
async fn a_gap_is_told_and_filled() {
    let hub = Hub::start().await;
    let mut till = hub.terminal("Till 1").await;
    let ops = [till.shift(), till.stock_in(&["A1"]), till.sale("A1")];
    let early = till.push_at(3, &ops[2..]).await.good::<ledger::sync::wire::PushAnswer>();
    assert_eq!((early.acked_seq, early.expected_seq, early.outcomes.len()), (0, Some(1), 0));
    assert_eq!(names(&till.push(&ops).await), ["applied", "applied", "applied"]);
}

#[tokio::test]
async fn a_second_history_is_kept_aside() {
    let hub = Hub::start().await;
    let mut till = hub.terminal("Till 1").await;
    let opened = till.shift();
    till.push(&[opened]).await;
    let mut clone = till.clone_disk();
    let genuine = till.stock_in(&["A1"]);
    assert_eq!(names(&till.push(std::slice::from_ref(&genuine)).await), ["applied"]);
    let other = clone.stock_in(&["B1"]);
    for _ in 0..2 {
        let answer = clone.push(std::slice::from_ref(&other)).await;
        assert_eq!((names(&answer), answer.exposed, answer.acked_seq), (vec!["applied".into()], true, 2));
    }
    let next = clone.stock_in(&["B2"]);
    assert_eq!(names(&clone.push(&[next]).await), ["applied"], "what follows it is kept beside it");
    let answer = till.push(&[genuine]).await;
    assert_eq!((names(&answer), answer.exposed), (vec!["applied".into()], false), "the first one stands");
    let next = till.stock_in(&["A2"]);
    assert_eq!((names(&till.push(&[next]).await)), ["applied"]);
    assert_eq!(hub.counts().await.forks, 2);
    for serial in ["A1", "A2", "B1", "B2"] {
        assert!(hub.unit(serial).await.is_some(), "{serial} was received, whoever did it");
    }
}

#[tokio::test]
async fn what_is_not_understood_is_parked_and_the_rest_flows() {
    let hub = Hub::start().await;
    let mut till = hub.terminal("Till 1").await;
    let id = random_id();
    let named = |kind: &str, payload: &str| {
        let (kind, payload) = (kind.to_owned(), payload.to_owned());
        move |device: &ledger::id::TerminalId, incarnation: u32, seq: u64, prev: ledger::op::Hash| {
            format!(r#"{{"id":"{id}","device":"{device}","incarnation":{incarnation},"seq":{seq},"prev":"{prev}","kind":"{kind}","payload":{payload}}}"#)
        }
    };
    let shift = till.shift();
    let future = till.bytes(named("teleport@7", r#"{"where":"moon"}"#));
    let reused = till.bytes(named("teleport@7", r#"{"where":"sun"}"#));
    let noise = till.bytes(|_, _, _, _| "not JSON at all, \u{fffd}".into());
    let empty = till.bytes(|_, _, _, _| String::new());
    let damaged = till.bytes(|device, incarnation, seq, prev| {
        let id = random_id();
        format!(r#"{{"id":"{id}","device":"{device}","incarnation":{incarnation},"seq":{seq},"prev":"{prev}","kind":"sale@1","payload":{{}}}}"#)
    });
    let misplaced = till.bytes(|_, incarnation, seq, prev| {
        let id = random_id();
        format!(r#"{{"id":"{id}","device":"T99","incarnation":{incarnation},"seq":{seq},"prev":"{prev}","kind":"sale@1","payload":{{}}}}"#)
    });
    let after = till.stock_in(&["A1"]);
    let ops = [shift, future, reused, noise, empty, damaged, misplaced, after];
    let wanted =
        ["applied", "parked unknown_kind", "rejected id_reused", "parked unreadable", "parked unreadable", "parked unreadable", "parked misplaced", "applied"];
    let first = till.push(&ops).await;
    assert_eq!(names(&first), wanted);
    assert_eq!(first.acked_seq, 8);
    assert_eq!(till.push(&ops).await.outcomes, first.outcomes);
    assert!(hub.unit("A1").await.is_some());
}

#[tokio::test]
async fn a_broken_chain_is_noted_and_not_refused() {
    let hub = Hub::start().await;
    let mut till = hub.terminal("Till 1").await;
    till.prev = ledger::op::Hash([7; 32]);
    let op = till.shift();
    assert_eq!(names(&till.push(&[op]).await), ["applied"]);
}

#[tokio::test]
async fn a_double_sale_is_one_conflict() {
    let hub = Hub::start().await;
    let (mut one, mut two) = (hub.terminal("Till 1").await, hub.terminal("Till 2").await);
    assert_ne!(one.id, two.id);
    let ops = [one.shift(), one.stock_in(&["A1", "A2"])];
    one.push(&ops).await;
    let shift = two.shift();
    two.push(&[shift]).await;
    let (first, second) = (one.sale("A1"), two.sale("A1"));
    let pushes: [(&Terminal, &[SealedOp]); 2] = [(&one, &[first]), (&two, &[second])];
    let [a, b] = pushes.map(|(till, ops)| till.push(ops));
    let (a, b) = tokio::join!(a, b);
    let mut outcomes = [name(&a.outcomes[0].outcome), name(&b.outcomes[0].outcome)];
    outcomes.sort();
    assert_eq!(outcomes, ["applied", "conflict PHONE A1"]);
    for (till, ops) in pushes {
        till.push(ops).await;
    }
    let conflicts: serde_json::Value = hub.admin(Method::GET, "/api/v1/conflicts", "").await.good();
    assert_eq!(conflicts["conflicts"].as_array().unwrap().len(), 1, "{conflicts}");
    let unit = hub.unit("A1").await.unwrap();
    assert!(unit.disputed() && unit.status == UnitStatus::StockedOut, "{unit:?}");
    assert!(!hub.unit("A2").await.unwrap().disputed());
}

#[tokio::test]
async fn an_op_name_is_used_once_over_all_terminals() {
    let hub = Hub::start().await;
    let (mut one, mut two) = (hub.terminal("Till 1").await, hub.terminal("Till 2").await);
    let op = one.stock_in(&["A1"]);
    one.push(std::slice::from_ref(&op)).await;
    let id = ledger::op::Op::read(&op.bytes).unwrap().id;
    two.seq += 1;
    let mut stolen = ledger::op::Op::read(&op.bytes).unwrap();
    (stolen.id, stolen.device, stolen.body) = (id, two.id.clone(), sale(DocumentNumber::from("T02-1"), "A1"));
    let answer = two.push(&[stolen.seal()]).await;
    assert_eq!(names(&answer), ["rejected id_reused"]);
}
