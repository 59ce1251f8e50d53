//! What is too much, too odd or too slow.

use crate::support::{Answer, Hub, names};
use ledger::op::OP_BYTES_MAX;
use ledger::sync::wire::{Cursor, PUSH_OPS_MAX, PushAnswer};
use reqwest::Method;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const PUSH: &str = "/api/v1/sync/push";

#[tokio::test]
async fn a_packed_push_is_a_push() {
    let hub = Hub::start().await;
    let mut till = hub.terminal("Till 1").await;
    let ops = [till.shift(), till.stock_in(&["A1"])];
    let body = till.push_body(1, &ops);
    let (request, nonce) = till.signed(Method::POST, PUSH, body.clone());
    let packed = zstd::encode_all(&body[..], 3).unwrap();
    let answer = Answer::of(request.header("content-encoding", "zstd").body(packed).send().await.unwrap()).await;
    till.check_signature(&answer, &nonce);
    assert_eq!(names(&answer.good::<PushAnswer>()), ["applied", "applied"]);
}

#[tokio::test]
async fn long_answers_are_packed_and_signed_unpacked() {
    let hub = Hub::start().await;
    let mut till = hub.terminal("Till 1").await;
    let serials: Vec<String> = (0..200).map(|number| format!("S{number}")).collect();
    let op = till.stock_in(&serials.iter().map(String::as_str).collect::<Vec<_>>());
    till.push(&[op]).await;
    let path = format!("/api/v1/sync/pull?feed={}&after=0", till.hello().await.feed);
    till.client = reqwest::Client::builder().no_zstd().build().unwrap();
    let (request, nonce) = till.signed(Method::GET, &path, Vec::new());
    let answer = Answer::of(request.header("accept-encoding", "zstd").send().await.unwrap()).await;
    assert_eq!(answer.headers["content-encoding"], "zstd");
    let body = zstd::decode_all(&answer.body[..]).unwrap();
    assert!(answer.body.len() * 4 < body.len());
    till.check_signature(&Answer { body, ..answer }, &nonce);
}

#[tokio::test]
async fn a_bomb_does_not_go_off() {
    let hub = Hub::start().await;
    let till = hub.terminal("Till 1").await;
    let bomb = zstd::encode_all(std::io::Read::take(std::io::repeat(b'0'), 1 << 30), 3).unwrap();
    assert!(bomb.len() < 1 << 20, "{}", bomb.len());
    for path in [PUSH, "/api/v1/enrol"] {
        let (request, _) = till.signed(Method::POST, path, bomb.clone());
        Answer::of(request.header("content-encoding", "zstd").send().await.unwrap()).await.trouble(413, "too_large");
    }
    let (request, _) = till.signed(Method::POST, PUSH, vec![b' '; 9 << 20]);
    Answer::of(request.send().await.unwrap()).await.trouble(413, "too_large");
}

#[tokio::test]
async fn the_longest_op_goes_through() {
    let hub = Hub::start().await;
    let mut till = hub.terminal("Till 1").await;
    let serials: Vec<String> = (0..9_999).map(|number| format!("{number:064}")).collect();
    let long = till.stock_in(&serials.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(long.bytes.len() > 600_000);
    let longest = till.bytes(|_, _, _, _| "x".repeat(OP_BYTES_MAX));
    let too_long = till.bytes(|_, _, _, _| "x".repeat(OP_BYTES_MAX + 1));
    let after = till.stock_in(&["A1"]);
    let answer = till.push(&[long, longest, too_long, after]).await;
    assert_eq!(names(&answer), ["applied", "parked unreadable", "parked unreadable", "applied"]);
    let cursor = till.beginning().await;
    let page = till.pull(&cursor, 5).await;
    assert!(page.rows.len() == 1 && page.next == 1, "the product");
    let page = till.pull(&Cursor { pos: page.next, ..cursor }, 5).await;
    assert_eq!(page.rows.len(), 9_999, "an op is one page, however long; its stock row changed again since");
}

#[tokio::test]
async fn garbled_bodies_change_nothing() {
    let hub = Hub::start().await;
    let mut till = hub.terminal("Till 1").await;
    let op = till.stock_in(&["A1"]);
    let line = String::from_utf8(op.bytes).unwrap();
    let head = |seq: u64, count: usize| format!(r#"{{"incarnation":1,"first_seq":{seq},"count":{count}}}"#);
    let many = format!("{}{}", head(1, PUSH_OPS_MAX + 1), "\n{}".repeat(PUSH_OPS_MAX + 1));
    let bodies = [
        String::new(),
        "\n".into(),
        "push this".into(),
        head(1, 1),
        format!("{}\n{line}\n{line}", head(1, 1)),
        format!("{}\n{line}", head(0, 1)),
        format!(r#"{{"incarnation":0,"first_seq":1,"count":1}}{line}"#),
        many,
    ];
    for body in bodies {
        let shown: String = body.chars().take(60).collect();
        let answer = till.ask(Method::POST, PUSH, body.into_bytes()).await;
        assert_eq!(answer.status, 400, "{shown}");
        answer.trouble(400, "malformed");
    }
    let (request, _) = till.signed(Method::POST, PUSH, b"plain".to_vec());
    Answer::of(request.header("content-encoding", "zstd").send().await.unwrap()).await.trouble(400, "malformed");
    let (request, _) = till.signed(Method::POST, PUSH, b"plain".to_vec());
    Answer::of(request.header("content-encoding", "br").send().await.unwrap()).await.trouble(415, "unsupported_encoding");
    assert_eq!(till.hello().await.head_seq, 0);
}

#[tokio::test]
async fn a_body_that_never_comes_is_not_waited_for() {
    let hub = Hub::start_with(|config| config.limits.request_timeout = Duration::from_millis(200)).await;
    let address = (hub.url.host_str().unwrap(), hub.url.port().unwrap());
    let mut line = tokio::net::TcpStream::connect(address).await.unwrap();
    line.write_all(b"POST /api/v1/enrol HTTP/1.1\r\nhost: hub\r\ncontent-length: 100\r\nconnection: close\r\n\r\n{").await.unwrap();
    let mut answer = String::new();
    line.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(answer.contains("retry-after: 1") && answer.contains("too_slow"), "{answer}");
}

#[tokio::test]
async fn a_full_queue_asks_to_come_back() {
    let hub = Hub::start_with(|config| config.limits.queue_max = 1).await;
    let mut till = hub.terminal("Till 1").await;
    let held = std::sync::Arc::new(std::sync::Barrier::new(2));
    let (let_go, wait) = tokio::sync::oneshot::channel::<()>();
    let (sequencer, entered) = (hub.state.sequencer.clone(), held.clone());
    let blocking = tokio::spawn(async move {
        let work = move |_: &mut engine::hub::HubStore| {
            entered.wait();
            drop(wait.blocking_recv());
            Ok(())
        };
        sequencer.act(work).await
    });
    tokio::task::spawn_blocking(move || held.wait()).await.unwrap();
    let sequencer = hub.state.sequencer.clone();
    let mut waiting = Box::pin(sequencer.act(|_| Ok(())));
    assert!(is_pending(&mut waiting), "it waits in the queue");
    let op = till.stock_in(&["A1"]);
    let answer = till.push_at(1, std::slice::from_ref(&op)).await;
    assert_eq!(answer.headers["retry-after"], "1");
    answer.trouble(503, "busy");
    let_go.send(()).unwrap();
    waiting.await.unwrap();
    blocking.await.unwrap().unwrap();
    assert_eq!(till.push(&[op]).await.acked_seq, 1);
}

/// Polls once and tells whether there is more to wait for.
fn is_pending(future: &mut (impl Future + Unpin)) -> bool {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    std::pin::Pin::new(future).poll(&mut context).is_pending()
}
