//! Becoming a terminal.

use crate::support::{Answer, Hub, WAREHOUSE, random};
use ed25519_dalek::SigningKey;
use engine::hub::NewCode;
use hub::keys::EnrolCode;
use hub::now_ms;
use ledger::id::WarehouseId;
use ledger::sync::wire::EnrolAnswer;
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
    let mut reborn = crate::support::Terminal::new(till.client.clone(), till.url.clone(), till.key.clone(), again);
    assert_eq!(reborn.hello().await.head_seq, 0);
    let op = reborn.stock_in(&["A2"]);
    assert_eq!(reborn.push(&[op]).await.acked_seq, 1);
    let late = [till.stock_in(&["A3"])];
    assert_eq!(till.push(&late).await.acked_seq, 3, "what the old one still had is taken too");

    hub.admin(Method::POST, &format!("/api/v1/devices/{}/revoke", till.id), "").await;
    hub.enrol_with(&hub.code("Till 1").await, &till.key).await.trouble(401, "bad_code");
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
