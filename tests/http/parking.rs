//! Ops that are kept and not understood: they hold up their own kind only, and are taken up again.

use crate::support::{Hub, PHONE, Terminal, name, names, random_id};
use ledger::op::SealedOp;
use ledger::row::UnitStatus;
use ledger::sync::wire::{HelloAnswer, Place, PushAnswer};
use ledger::verdict::Outcome;
use reqwest::Method;

const PARK: &str = "/api/v1/sync/park";

/// An op of a kind that nobody knows yet, about a phone.
fn future(till: &mut Terminal, serial: &str) -> SealedOp {
    let id = random_id();
    till.bytes(|device, incarnation, seq, prev| {
        let payload = format!(r#"{{"sku":"{PHONE}","serial":"{serial}"}}"#);
        format!(r#"{{"id":"{id}","device":"{device}","incarnation":{incarnation},"seq":{seq},"prev":"{prev}","kind":"teleport@7","payload":{payload}}}"#)
    })
}

async fn replay(hub: &Hub, body: &str) -> Vec<(u64, String)> {
    let answer: serde_json::Value = hub.admin(Method::POST, "/api/v1/parked/replay", body).await.good();
    let read = |one: &serde_json::Value| (one["seq"].as_u64().unwrap(), name(&serde_json::from_value::<Outcome>(one.clone()).unwrap()));
    answer["parked"].as_array().unwrap().iter().map(read).collect()
}

async fn park(till: &Terminal, seq: u64, op: &SealedOp) -> PushAnswer {
    till.ask(Method::POST, PARK, till.push_body(seq, std::slice::from_ref(op))).await.good()
}

#[tokio::test]
async fn what_touches_a_parked_unit_waits_and_the_rest_flows() {
    let hub = Hub::start().await;
    let mut till = hub.terminal("Till 1").await;
    let ops = [till.stock_in(&["A1", "A2"]), till.shift(), future(&mut till, "A1"), till.sale("A1"), till.sale("A2"), till.sale("A1")];
    let answer = till.push(&ops).await;
    assert_eq!(names(&answer), ["applied", "applied", "parked unknown_kind", "parked behind", "applied", "parked behind"]);
    assert_eq!(hub.unit("A1").await.unwrap().status, UnitStatus::InStock);
    assert_eq!(replay(&hub, "{}").await, [(3, "parked unknown_kind".into()), (4, "parked behind".into()), (6, "parked behind".into())]);
}

#[tokio::test]
async fn parked_ops_are_taken_up_in_their_order_and_their_author_hears_of_it() {
    let hub = Hub::start().await;
    let mut till = hub.terminal("Till 1").await;
    let ops = [till.stock_in(&["A1"]), till.shift()];
    till.push(&ops).await;
    let (sale, again) = (till.sale("A1"), till.sale("A1"));
    assert_eq!(names(&park(&till, 3, &sale).await), ["parked held"]);
    assert_eq!(names(&park(&till, 3, &sale).await), ["parked held"], "the same again");
    let behind: PushAnswer = till.push_at(4, &[again]).await.good();
    assert_eq!(names(&behind), ["parked behind"]);
    let before = till.pull(&till.beginning().await, 1_000).await;
    assert_eq!(replay(&hub, "{}").await, [(3, "applied".into()), (4, "conflict PHONE A1".into())]);
    assert_eq!(replay(&hub, "{}").await, []);
    let unit = hub.unit("A1").await.unwrap();
    assert_eq!((unit.status, unit.disputed()), (UnitStatus::StockedOut, true));
    let told = till.pull(&ledger::sync::wire::Cursor { feed: before.feed, pos: before.next }, 1_000).await;
    let resettled = |list: &[ledger::sync::wire::Resettled]| list.iter().map(|one| (one.seq, name(&one.outcome))).collect::<Vec<_>>();
    let expected = [(3, "applied".to_owned()), (4, "conflict PHONE A1".to_owned())];
    assert_eq!(resettled(&told.resettled), expected);
    // Whoever missed that asks by name.
    let mut hello = serde_json::json!({ "incarnation": 1, "head_seq": 4, "head_hash": till.prev, "acked_seq": 4 });
    hello["parked"] = serde_json::to_value([3, 4, 9].map(|seq| Place { incarnation: 1, seq })).unwrap();
    let answer: HelloAnswer = till.ask(Method::POST, "/api/v1/sync/hello", serde_json::to_vec(&hello).unwrap()).await.good();
    assert_eq!(resettled(&answer.resettled), expected);
    let stored: PushAnswer = till.push_at(3, &[sale]).await.good();
    assert_eq!(names(&stored), ["applied"], "sent again it has its final outcome");
}

#[tokio::test]
async fn one_op_can_be_taken_up_alone() {
    let hub = Hub::start().await;
    let mut till = hub.terminal("Till 1").await;
    let ops = [till.stock_in(&["A1", "A2"]), till.shift()];
    till.push(&ops).await;
    let (one, two) = (till.sale("A1"), till.sale("A2"));
    park(&till, 3, &one).await;
    park(&till, 4, &two).await;
    let listed: serde_json::Value = hub.admin(Method::GET, "/api/v1/parked", "").await.good();
    let second = listed["parked"][1]["number"].as_u64().unwrap();
    assert_eq!(replay(&hub, &format!(r#"{{"number":{second}}}"#)).await, [(4, "applied".into())]);
    assert_eq!(hub.unit("A1").await.unwrap().status, UnitStatus::InStock);
    assert_eq!(replay(&hub, r#"{"number":999999}"#).await, []);
    hub.admin(Method::POST, "/api/v1/parked/replay", r#"{"number":"all"}"#).await.trouble(400, "malformed");
    let both = till.push_body(5, &[one, two]);
    till.ask(Method::POST, PARK, both).await.trouble(400, "malformed");
}
