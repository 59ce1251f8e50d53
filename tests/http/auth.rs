//! Who may ask, and whether the answer is the hub's.

use crate::support::{Answer, Hub, Terminal};
use ledger::id::TerminalId;
use ledger::sync::wire::{HEADER_NONCE, HEADER_SIGNATURE, HEADER_TERMINAL};
use reqwest::Method;

const HELLO: &str = "/api/v1/sync/hello";

async fn hello_as(till: &Terminal) -> Answer {
    let body = format!(r#"{{"incarnation":1,"head_seq":0,"head_hash":"{}","acked_seq":0}}"#, till.prev);
    till.ask(Method::POST, HELLO, body.into_bytes()).await
}

#[tokio::test]
async fn only_the_enrolled_key_is_heard() {
    let hub = Hub::start().await;
    let till = hub.terminal("Till 1").await;
    assert_eq!(hello_as(&till).await.status, 200);

    let mut stranger = till.clone_disk();
    stranger.key = ed25519_dalek::SigningKey::from_bytes(&crate::support::random());
    hello_as(&stranger).await.trouble(401, "bad_signature");

    let mut unknown = till.clone_disk();
    unknown.id = TerminalId::from("T77");
    hello_as(&unknown).await.trouble(401, "not_enrolled");

    let anonymous = hub.client.post(hub.url.join(HELLO).unwrap()).send().await.unwrap();
    Answer::of(anonymous).await.trouble(401, "not_enrolled");
}

#[tokio::test]
async fn nothing_signed_can_be_changed() {
    let hub = Hub::start().await;
    let mut till = hub.terminal("Till 1").await;
    let op = till.stock_in(&["A1"]);
    let body = till.push_body(1, std::slice::from_ref(&op));
    let path = "/api/v1/sync/push";
    let other_body = String::from_utf8(body.clone()).unwrap().replace("A1", "B1").into_bytes();

    let sent = |change: fn(reqwest::Request) -> reqwest::Request, body: Vec<u8>| {
        let (request, _) = till.signed(Method::POST, path, body);
        let request = change(request.build().unwrap());
        async { Answer::of(till.client.execute(request).await.unwrap()).await }
    };
    let cases: [fn(reqwest::Request) -> reqwest::Request; 5] = [
        |mut r| {
            r.headers_mut().insert(HEADER_NONCE, "bm9uY2U=".parse().unwrap());
            r
        },
        |mut r| {
            r.headers_mut().remove(HEADER_NONCE);
            r
        },
        |mut r| {
            r.headers_mut().remove(HEADER_SIGNATURE);
            r
        },
        |mut r| {
            r.headers_mut().insert(HEADER_SIGNATURE, "nonsense".parse().unwrap());
            r
        },
        |mut r| {
            r.url_mut().set_query(Some("more=1"));
            r
        },
    ];
    for (index, change) in cases.into_iter().enumerate() {
        let answer = sent(change, body.clone()).await;
        assert_eq!(answer.status, 401, "case {index}");
        answer.trouble(401, "bad_signature");
    }
    let (request, _) = till.signed(Method::POST, path, body.clone());
    let swapped = request.body(other_body);
    Answer::of(swapped.send().await.unwrap()).await.trouble(401, "bad_signature");
    assert!(hub.unit("A1").await.is_none() && hub.unit("B1").await.is_none());

    let (request, nonce) = till.signed(Method::POST, path, body);
    let request = request.build().unwrap();
    for _ in 0..3 {
        let answer = Answer::of(till.client.execute(request.try_clone().unwrap()).await.unwrap()).await;
        till.check_signature(&answer, &nonce);
        let answer: ledger::sync::wire::PushAnswer = answer.good();
        assert_eq!((answer.acked_seq, answer.outcomes.len()), (1, 1), "heard and sent again, it does nothing more");
    }
    assert_eq!(hub.counts().await.units, 1);
}

#[tokio::test]
async fn a_barred_terminal_is_out_with_the_next_request() {
    let hub = Hub::start().await;
    let mut till = hub.terminal("Till 1").await;
    let op = till.stock_in(&["A1"]);
    till.push(&[op]).await;
    assert_eq!(hub.admin(Method::POST, &format!("/api/v1/devices/{}/revoke", till.id), "").await.status, 200);
    hello_as(&till).await.trouble(401, "not_enrolled");
    assert!(hub.unit("A1").await.is_some(), "what it did stays");
    hub.admin(Method::POST, "/api/v1/devices/T77/revoke", "").await.trouble(404, "not_found");
}

/// Every address with what a stranger gets there. A new one that is missing here fails the test of
/// the table's length.
#[tokio::test]
async fn strangers_get_nothing() {
    let hub = Hub::start().await;
    let table = [
        (Method::GET, "/api/v1/health", 200),
        (Method::POST, "/api/v1/enrol", 400),
        (Method::POST, "/api/v1/sync/hello", 401),
        (Method::POST, "/api/v1/sync/push", 401),
        (Method::POST, "/api/v1/sync/park", 401),
        (Method::POST, "/api/v1/sync/lost", 401),
        (Method::POST, "/api/v1/sync/pass-on", 401),
        (Method::POST, "/api/v1/sync/renew", 401),
        (Method::GET, "/api/v1/sync/pull?feed=x&after=0", 401),
        (Method::GET, "/api/v1/sync/snapshot", 401),
        (Method::GET, "/api/v1/sync/snapshot/00", 401),
        (Method::GET, "/api/v1/units?serial=A1", 401),
        (Method::GET, "/api/v1/devices", 401),
        (Method::POST, "/api/v1/devices/T01/revoke", 401),
        (Method::POST, "/api/v1/devices/T01/enrol-code", 401),
        (Method::GET, "/api/v1/conflicts", 401),
        (Method::GET, "/api/v1/incidents", 401),
        (Method::GET, "/api/v1/parked", 401),
        (Method::POST, "/api/v1/parked/replay", 401),
        (Method::GET, "/api/v1/evidence?serial=A1", 401),
        (Method::GET, "/api/v1/evidence/page?serial=A1", 401),
        (Method::POST, "/api/v1/conflicts/resolve", 401),
        (Method::POST, "/api/v1/enrol-codes", 401),
        (Method::GET, "/api/v1/nothing", 404),
        (Method::DELETE, "/api/v1/health", 405),
    ];
    let routes = include_str!("../../crates/hub/src/routes.rs").matches(".route(\"").count();
    assert_eq!(routes, table.len() - 2, "an address is missing in this table");
    for (method, path, status) in table {
        let request = hub.client.request(method.clone(), hub.url.join(path).unwrap()).bearer_auth("wrong-token-wrong-token");
        let answer = Answer::of(request.header(HEADER_TERMINAL, "").send().await.unwrap()).await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path}");
        if status != 200 {
            let trouble: ledger::sync::wire::Trouble = serde_json::from_slice(&answer.body).unwrap();
            assert!(!trouble.code.is_empty() && trouble.message.ends_with('.'), "{trouble:?}");
        }
    }
}
