//! Double uses: the evidence that the back office sees, and its decisions.

use crate::support::*;
use ledger::row::UnitStatus;
use reqwest::Method;
use serde_json::{Value, json};
use std::process::Command;

/// Two tills have sold A1 and two others A2; A3 and A4 are in stock.
async fn disputed() -> Hub {
    let hub = Hub::start().await;
    let (mut one, mut two) = (hub.terminal("Till 1").await, hub.terminal("Till 2").await);
    let ops = [one.shift(), one.stock_in(&["A1", "A2", "A3", "A4"]), one.sale("A1"), one.sale("A2")];
    one.push(&ops).await;
    let ops = [two.shift(), two.sale("A1"), two.sale("A2")];
    assert_eq!(names(&two.push(&ops).await), ["applied", "conflict PHONE A1", "conflict PHONE A2"]);
    hub
}

async fn list(hub: &Hub, query: &str) -> Vec<Value> {
    let answer: Value = hub.admin(Method::GET, &format!("/api/v1/conflicts{query}"), "").await.good();
    answer["conflicts"].as_array().unwrap().clone()
}

/// The short name of the conflict over a unit.
async fn name_of(hub: &Hub, serial: &str) -> String {
    let found = list(hub, "").await.into_iter().find(|conflict| conflict["serial"] == serial).unwrap();
    found["name"].as_str().unwrap().to_owned()
}

async fn resolve(hub: &Hub, body: Value) -> Answer {
    hub.admin(Method::POST, "/api/v1/conflicts/resolve", &body.to_string()).await
}

#[tokio::test]
async fn a_conflict_is_told_with_the_evidence_of_both_sides() {
    let hub = disputed().await;
    let found = list(&hub, "?open=true").await;
    assert_eq!(found.len(), 2);
    let conflict = found.iter().find(|conflict| conflict["serial"] == "A1").unwrap();
    assert_eq!((&conflict["product"], &conflict["open"], &conflict["ver"]), (&json!("The PHONE"), &json!(true), &json!(3)));
    let side = |name: &str| {
        let claim = &conflict[name];
        [&claim["number"], &claim["terminal"], &claim["operator"], &claim["warehouse"], &claim["met"], &claim["clock"]].map(Value::clone)
    };
    assert_eq!(side("first"), [json!("T01-3"), json!("T01"), json!("ana"), json!("main"), json!(1), json!("unset")]);
    assert_eq!(side("second"), [json!("T02-2"), json!("T02"), json!("ana"), json!("main"), json!(2), json!("unset")]);
    assert!(conflict["second"]["received_ms"].as_i64().unwrap() > 0 && conflict["second"]["pos"].as_u64() > conflict["first"]["pos"].as_u64());
    let told = conflict["believed"]["second"].as_str().unwrap();
    assert_eq!(told, "It did not know the unit. It had not heard anything from the hub yet. Its clock was not set, so its time says nothing.");
    hub.admin(Method::GET, "/api/v1/conflicts?closed=1", "").await.trouble(400, "malformed");
    let stranger = hub.client.get(hub.url.join("/api/v1/conflicts").unwrap()).send().await.unwrap();
    Answer::of(stranger).await.trouble(401, "not_admin");
}

#[tokio::test]
async fn a_decision_is_taken_once() {
    let hub = disputed().await;
    let (conflict, op) = (name_of(&hub, "A1").await, random_id());
    let decision = json!({ "conflict": conflict, "wrong": "first", "truth": { "how": "reassign", "serial": "A3" }, "reason": "box shown", "op": op });
    let done: Value = resolve(&hub, decision.clone()).await.good();
    assert_eq!((&done["conflict"]["resolved"]["by"], &done["conflict"]["resolved"]["right"]["number"]), (&json!("hub"), &json!("T02-2")));
    let ops = hub.counts().await.ops;
    assert_eq!(resolve(&hub, decision).await.good::<Value>(), done, "sent again without harm");
    resolve(&hub, json!({ "conflict": conflict, "wrong": "second", "truth": { "how": "mis_scan" }, "reason": "no" })).await.trouble(409, "conflict_resolved");
    assert_eq!(hub.counts().await.ops, ops);
    let unit = hub.unit("A1").await.unwrap();
    assert_eq!((unit.disputes, unit.left.unwrap().number.as_str()), (0, "T02-2"));
    let unit = hub.unit("A3").await.unwrap();
    assert_eq!((unit.status, unit.left.unwrap().number.as_str()), (UnitStatus::StockedOut, "T01-3"));
    assert_eq!((list(&hub, "?open=true").await.len(), list(&hub, "").await.len()), (1, 2));
}

#[tokio::test]
async fn a_decision_that_cannot_be_is_refused_in_words() {
    let hub = disputed().await;
    let conflict = name_of(&hub, "A2").await;
    let decide = |truth: Value, reason: &str| resolve(&hub, json!({ "conflict": conflict, "wrong": "second", "truth": truth, "reason": reason }));
    let reassign = |serial: &str| json!({ "how": "reassign", "serial": serial });
    decide(reassign("A2"), "r").await.trouble(409, "serial_unchanged");
    decide(reassign("A1"), "r").await.trouble(409, "already_sold");
    decide(reassign("Z9"), "r").await.trouble(409, "unknown_serial");
    decide(reassign("A3"), " ").await.trouble(409, "reason_missing");
    decide(reassign("A 3"), "r").await.trouble(400, "malformed");
    decide(json!({ "how": "guess" }), "r").await.trouble(400, "malformed");
    decide(json!({ "how": "mis_scan", "serial": "A3" }), "r").await.trouble(400, "malformed");
    resolve(&hub, json!({ "conflict": "beef", "wrong": "first", "truth": { "how": "mis_scan" }, "reason": "r" })).await.trouble(404, "not_found");
    resolve(&hub, json!({ "conflict": conflict, "wrong": "both", "truth": { "how": "mis_scan" }, "reason": "r" })).await.trouble(400, "malformed");
    assert_eq!(hub.unit("A2").await.unwrap().disputes, 1);
    assert_eq!(hub.unit("A3").await.unwrap().status, UnitStatus::InStock);
}

/// The commands work beside a running hub.
#[tokio::test]
async fn the_command_line_lists_and_decides() {
    let hub = disputed().await;
    let told = run(&hub, &["conflicts"]);
    let conflict = name_of(&hub, "A1").await;
    for piece in [conflict.as_str(), "PHONE A1", "The PHONE", "T01-3 (ana)", "T02-2 (ana)", "It did not know the unit."] {
        assert!(told.contains(piece), "{piece} is not in\n{told}");
    }
    let args = ["resolve", "--conflict", &conflict, "--wrong", "second", "--reason", "label torn"];
    let refused = fail(&hub, &[&args[..], &["--reassign", "A2"]].concat());
    assert!(refused.contains("A2 was sold already, document T01-4."), "{refused}");
    for odd in [&["--mis-scan", "--refund"][..], &[], &["--mis-scan", "--warehouse", "depot"], &["--reassign", "A 1"]] {
        fail(&hub, &[&args[..], odd].concat());
    }
    assert!(fail(&hub, &["resolve", "--conflict", "beef", "--wrong", "first", "--mis-scan", "--reason", "r"]).contains("no conflict beef"));
    let told = run(&hub, &[&args[..], &["--refund", "--warehouse", "depot"]].concat());
    assert_eq!(told, "Resolved by hub: T02-2 was taken back into depot; T01-3 has the unit. Reason: label torn\n");
    assert!(!run(&hub, &["conflicts"]).contains(&conflict));
    assert!(run(&hub, &["conflicts", "--all"]).contains("taken back into depot"));
}

fn command(hub: &Hub, args: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_counterfoil-hub")).arg("--data").arg(hub.folder()).args(args).output().unwrap()
}

fn run(hub: &Hub, args: &[&str]) -> String {
    let done = command(hub, args);
    assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

fn fail(hub: &Hub, args: &[&str]) -> String {
    let done = command(hub, args);
    assert!(!done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stdout));
    String::from_utf8(done.stderr).unwrap()
}
