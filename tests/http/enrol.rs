//! Becoming a terminal.

use crate::support::{Answer, Hub, Terminal, WAREHOUSE, names, random, serial};
use ed25519_dalek::SigningKey;
use engine::hub::NewCode;
use hub::keys::EnrolCode;
use hub::now_ms;
use ledger::id::WarehouseId;
use ledger::sync::wire::{EnrolAnswer, PushAnswer};
use reqwest::Method;
use std::path::{Path, PathBuf};

fn key() -> SigningKey {
    SigningKey::from_bytes(&random())
}

#[tokio::test]
async fn a_code_works_once() {
    let hub = Hub::start().await;
    let code = hub.code("Till 1").await;
    let answer: EnrolAnswer = hub.enrol_with(&code.to_lowercase(), &key()).await.good();
    assert_eq!((answer.terminal.as_str(), answer.incarnation, answer.name.as_str(), answer.warehouse.as_str()), ("T01", 1, "Till 1", WAREHOUSE));
    hub.enrol_with(&code, &key()).await.trouble(401, "bad_code");
    hub.enrol_with("0000-0000-0000-0000-0000-0000-0000", &key()).await.trouble(401, "bad_code");
    hub.enrol_with("", &key()).await.trouble(401, "bad_code");
    let devices: serde_json::Value = hub.admin(Method::GET, "/api/v1/devices", "").await.good();
    assert_eq!(devices["devices"].as_array().unwrap().len(), 1, "{devices}");
    assert_eq!((&devices["devices"][0]["name"], &devices["devices"][0]["machine"]), (&"Till 1".into(), &"test".into()));
}

#[tokio::test]
async fn a_code_expires() {
    let hub = Hub::start().await;
    let code = EnrolCode::random();
    let stored = NewCode { hash: code.hash(), name: "Till 1".into(), warehouse: WarehouseId::from(WAREHOUSE), expires_ms: now_ms() - 1 };
    hub.state.sequencer.act(move |store| store.add_code(&stored)).await.unwrap();
    hub.enrol_with(&code.to_string(), &key()).await.trouble(401, "bad_code");
}

#[tokio::test]
async fn the_same_device_again_is_a_new_incarnation() {
    let hub = Hub::start().await;
    let mut till = hub.terminal("Till 1").await;
    let first = [till.shift(), till.stock_in(&["A1"])];
    till.push(&first).await;
    let again: EnrolAnswer = hub.enrol_with(&hub.code("Till one").await, &till.key).await.good();
    assert_eq!((again.terminal.clone(), again.incarnation), (till.id.clone(), 2));
    let mut reborn = Terminal::new(till.client.clone(), till.url.clone(), till.key.clone(), again);
    assert_eq!(reborn.hello().await.head_seq, 0);
    let op = reborn.stock_in(&["A2"]);
    assert_eq!(reborn.push(&[op]).await.acked_seq, 1);
    let late = [till.stock_in(&["A3"])];
    assert_eq!(till.push(&late).await.acked_seq, 3, "what the old one still had is taken too");

    hub.admin(Method::POST, &format!("/api/v1/devices/{}/revoke", till.id), "").await;
    hub.enrol_with(&hub.code("Till 1").await, &till.key).await.trouble(401, "bad_code");
}

/// The key is gone, the journal is there: what waits is sent as what it was, once.
#[tokio::test]
async fn a_terminal_that_lost_its_key_stays_what_it_is() {
    let hub = Hub::start().await;
    let mut till = hub.terminal("Till 1").await;
    let before = [till.shift(), till.stock_in(&["A1", "A2"])];
    till.push(&before).await;
    let waiting = [till.sale("A1")];

    let key = key();
    let code = hub.code_again(&till.id).await;
    till.hello().await;
    let answer: EnrolAnswer = hub.enrol_holding(&code, &key, Some(&till.id)).await.good();
    assert_eq!((answer.terminal.as_str(), answer.name.as_str(), answer.warehouse.as_str(), answer.incarnation), ("T01", "Till 1", WAREHOUSE, 2));
    till.push_at(3, &waiting).await.trouble(401, "bad_signature");
    hub.enrol_with(&code, &self::key()).await.trouble(401, "bad_code");

    till.key = key.clone();
    let all: Vec<_> = before.iter().chain(&waiting).cloned().collect();
    let sent = till.push_at(1, &all).await.good::<PushAnswer>();
    assert_eq!((sent.acked_seq, sent.exposed, names(&sent)), (3, false, ["applied"; 3].map(String::from).to_vec()), "what the hub had is known again");
    let mut reborn = Terminal::new(till.client.clone(), till.url.clone(), key, answer);
    assert_eq!(reborn.hello().await.head_seq, 0);
    let sale = reborn.sale("A2");
    assert_eq!(names(&reborn.push(&[sale]).await), ["applied"], "and it goes on under numbers of its own");
    let counts = hub.counts().await;
    assert_eq!((counts.forks, counts.conflicts), (0, 0));
    for unit in ["A1", "A2"] {
        let found = hub.state.readers.read(move |reader| reader.units(&serial(unit))).await.unwrap();
        assert_eq!(found[0].history.iter().filter(|entry| entry.kind == "sale@1").count(), 1, "{found:?}");
    }

    let devices: serde_json::Value = hub.admin(Method::GET, "/api/v1/devices", "").await.good();
    assert_eq!((devices["devices"].as_array().unwrap().len(), &devices["devices"][0]["incarnation"]), (1, &2.into()), "{devices}");
    let told: serde_json::Value = hub.admin(Method::GET, "/api/v1/incidents", "").await.good();
    assert_eq!((&told["incidents"][0]["kind"], &told["incidents"][0]["device"]), (&"key_replaced".into(), &"T01".into()), "{told}");
    assert!(told["incidents"][0]["detail"].as_str().unwrap().contains("\"test\""), "{told}");
}

/// Each incarnation given is a new one, also where the hub forgot which it gave.
#[tokio::test]
async fn a_new_key_never_takes_an_incarnation_that_was_used() {
    let hub = Hub::start().await;
    let mut till = hub.terminal("Till 1").await;
    till.incarnation = 7;
    let op = till.shift();
    till.push(&[op]).await;
    for incarnation in [8, 9] {
        let answer: EnrolAnswer = hub.enrol_with(&hub.code_again(&till.id).await, &key()).await.good();
        assert_eq!((answer.terminal, answer.incarnation), (till.id.clone(), incarnation));
    }
}

#[tokio::test]
async fn a_new_key_is_for_its_terminal_only() {
    let hub = Hub::start().await;
    let (first, second) = (hub.terminal("Till 1").await, hub.terminal("Till 2").await);
    let code = hub.code_again(&first.id).await;
    let stranger = key();
    hub.enrol_with(&code, &second.key).await.trouble(403, "other_terminal");
    hub.enrol_holding(&code, &stranger, Some(&second.id)).await.trouble(403, "other_terminal");
    hub.enrol_holding(&hub.code("Till 3").await, &stranger, Some(&first.id)).await.trouble(403, "other_terminal");
    first.hello().await;
    second.hello().await;
    let answer: EnrolAnswer = hub.enrol_holding(&code, &stranger, Some(&first.id)).await.good();
    assert_eq!(answer.terminal, first.id, "what was refused has cost no code");
    let devices: serde_json::Value = hub.admin(Method::GET, "/api/v1/devices", "").await.good();
    assert_eq!(devices["devices"].as_array().unwrap().len(), 2, "{devices}");
}

#[tokio::test]
async fn a_new_key_wants_a_terminal_that_may_have_one() {
    let hub = Hub::start().await;
    let till = hub.terminal("Till 1").await;
    hub.admin(Method::POST, "/api/v1/devices/T77/enrol-code", "").await.trouble(404, "not_found");
    let (id, expired) = (till.id.clone(), EnrolCode::random());
    let hash = expired.hash();
    hub.state.sequencer.act(move |store| store.add_code_again(&id, hash, now_ms() - 1)).await.unwrap().expect("the terminal is there");
    hub.enrol_with(&expired.to_string(), &key()).await.trouble(401, "bad_code");
    till.hello().await;

    let code = hub.code_again(&till.id).await;
    hub.admin(Method::POST, &format!("/api/v1/devices/{}/revoke", till.id), "").await;
    hub.enrol_with(&code, &key()).await.trouble(401, "bad_code");
    hub.admin(Method::POST, &format!("/api/v1/devices/{}/enrol-code", till.id), "").await.trouble(409, "revoked");
    let told: serde_json::Value = hub.admin(Method::GET, "/api/v1/incidents", "").await.good();
    assert_eq!(told["incidents"], serde_json::json!([]), "nobody got a key");
}

#[tokio::test]
async fn what_is_no_introduction_is_refused() {
    let hub = Hub::start().await;
    let post = |path: &'static str, body: &'static str| {
        let request = hub.client.post(hub.url.join(path).unwrap()).body(body);
        async { Answer::of(request.send().await.unwrap()).await }
    };
    for body in ["", "{}", "[]", "\u{0}", r#"{"code":"x","device_key":"AAAA","machine":"m"}"#, r#"{"code":1,"device_key":"","machine":""}"#] {
        post("/api/v1/enrol", body).await.trouble(400, "malformed");
    }
    for body in ["", "{}", r#"{"name":"","warehouse":"main"}"#, r#"{"name":"Till 1","warehouse":"\n"}"#, r#"{"name":"a","warehouse":"b","c":1}"#] {
        hub.admin(Method::POST, "/api/v1/enrol-codes", body).await.trouble(400, "malformed");
    }
}

#[tokio::test]
async fn the_code_is_nowhere_on_disk() {
    let hub = Hub::start().await;
    let code = hub.code("Looked for").await;
    let plain = code.replace('-', "");
    let mut seen = 0;
    for file in files(&crate::files(&hub)) {
        // A file of a server at work may be gone by now.
        let bytes = std::fs::read(&file).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(&plain) && !text.contains(&code), "{}", file.display());
        seen += usize::from(text.contains("Looked for"));
    }
    assert!(seen > 0, "what was stored beside the code is found");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
