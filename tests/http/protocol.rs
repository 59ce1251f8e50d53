//! Copies of disks, restored hubs, lost ops, old programs: the rarer half of the protocol.

use crate::support::{Hub, Terminal, names};
use ledger::op::SealedOp;
use ledger::sync::wire::{Hello, LogHead, Lost, PullAnswer, PushAnswer, Renew, RenewAnswer, RenewReason, Seen, SignedHead, log_hash, signed_head};
use reqwest::Method;
use std::time::{Duration, Instant};

const LOST: &str = "/api/v1/sync/lost";
const RENEW: &str = "/api/v1/sync/renew";

async fn incidents(hub: &Hub) -> Vec<String> {
    let answer: serde_json::Value = hub.admin(Method::GET, "/api/v1/incidents", "").await.good();
    let mut kinds: Vec<String> = answer["incidents"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap().to_owned()).collect();
    kinds.sort();
    kinds
}

/// A disk that was copied before its owner went on says a nonce that was given to the owner.
#[tokio::test]
async fn an_old_copy_of_a_disk_is_exposed_before_it_does_anything() {
    let hub = Hub::start().await;
    let mut till = hub.terminal("Till 1").await;
    let shift = till.shift();
    till.push(&[shift]).await;
    let copy = till.clone_disk();
    for serial in ["A1", "A2"] {
        assert!(!copy.hello().await.exposed, "it may still be the owner whose answer was lost");
        let op = till.stock_in(&[serial]);
        assert!(!till.push(&[op]).await.exposed);
    }
    assert!(copy.hello().await.exposed);
    assert!(!till.hello().await.exposed);
}

/// An answer that never arrived is no sign of a copy, however often it happens.
#[tokio::test]
async fn a_lost_answer_exposes_nobody() {
    let hub = Hub::start().await;
    let mut till = hub.terminal("Till 1").await;
    for serial in ["A1", "A2", "A3"] {
        let op = till.stock_in(&[serial]);
        for _ in 0..3 {
            let unheard: PushAnswer = till.push_at(till.seq, std::slice::from_ref(&op)).await.good();
            assert!(!unheard.exposed);
        }
        assert!(!till.push(&[op]).await.exposed);
    }
    assert_eq!(incidents(&hub).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_copy_goes_on_under_a_new_incarnation_and_completes_the_old_one() {
    let hub = Hub::start().await;
    let mut till = hub.terminal("Till 1").await;
    let renew = Renew { incarnation: 1, head_seq: 0, head_hash: till.prev, why: RenewReason::Exposed };
    let answer: RenewAnswer = till.ask(Method::POST, RENEW, serde_json::to_vec(&renew).unwrap()).await.good();
    assert_eq!(answer.incarnation, 2);
    let old = till.shift();
    let mut renewed = till.clone_disk();
    (renewed.incarnation, renewed.seq, renewed.prev) = (2, 0, Default::default());
    let new = renewed.stock_in(&["A1"]);
    assert_eq!(names(&renewed.push(&[new]).await), ["applied"]);
    assert_eq!(names(&till.push(&[old]).await), ["applied"], "what the old one still had is taken");
    assert_eq!(incidents(&hub).await, ["renewed"]);
}

#[tokio::test]
async fn ops_that_are_lost_do_not_hold_up_the_rest() {
    let hub = Hub::start().await;
    let mut till = hub.terminal("Till 1").await;
    let (first, second, third) = (till.shift(), till.stock_in(&["A1"]), till.stock_in(&["A2"]));
    let lost = |incarnation, first_seq, last_seq| serde_json::to_vec(&Lost { incarnation, first_seq, last_seq }).unwrap();
    let early: PushAnswer = till.ask(Method::POST, LOST, lost(1, 2, 2)).await.good();
    assert_eq!((early.acked_seq, early.expected_seq), (0, Some(1)), "nothing is given up that was not reached");
    till.push_at(1, &[first]).await;
    let answer: PushAnswer = till.ask(Method::POST, LOST, lost(1, 2, 2)).await.good();
    assert_eq!((answer.acked_seq, answer.expected_seq), (2, None));
    assert_eq!(names(&till.push_at(3, &[third]).await.good()), ["applied"]);
    let late: PushAnswer = till.push_at(2, &[second]).await.good();
    assert_eq!(names(&late), ["applied"], "found after all");
    assert!(hub.unit("A1").await.is_some());
    let again: PushAnswer = till.ask(Method::POST, LOST, lost(1, 1, 2)).await.good();
    assert_eq!(again.acked_seq, 3, "what is there stays");
    assert_eq!(incidents(&hub).await, ["broken_chain", "ops_lost"]);
    for body in [lost(0, 1, 1), lost(1, 0, 1), lost(1, 5, 4), lost(u32::MAX, 1, 1), lost(1, 1, u64::MAX)] {
        till.ask(Method::POST, LOST, body).await.trouble(400, "malformed");
    }
}

/// A terminal that was told more than the hub knows proves that the hub is an older state of itself.
#[tokio::test]
async fn a_hub_that_forgot_begins_a_new_feed_once() {
    let hub = Hub::start().await;
    let mut till = hub.terminal("Till 1").await;
    let shift = till.shift();
    let head = till.push(&[shift]).await.head;
    let feed = till.hello().await.feed;
    let seen = |feed: &str, log| Some(Seen { feed: feed.into(), log });
    assert_eq!(till.hello_seen(seen(&feed, head.log())).await.feed, feed, "it knows what it told");
    let pull = |log: LogHead| format!("/api/v1/sync/pull?feed={feed}&after=0&log={log}");
    let page: PullAnswer = till.ask(Method::GET, &pull(head.log()), Vec::new()).await.good();
    assert!(page.up_to_date);
    let more = LogHead { number: head.number + 7, ..head.log() };
    till.ask(Method::GET, &pull(more), Vec::new()).await.trouble(410, "gone");
    till.ask(Method::GET, &format!("/api/v1/sync/pull?feed={feed}&after=0&log=1-2"), Vec::new()).await.trouble(400, "malformed");
    let renewed = till.hello_seen(seen(&feed, more)).await;
    assert_ne!(renewed.feed, feed);
    assert_eq!(till.hello_seen(seen(&feed, more)).await.feed, renewed.feed, "others who were told the same change nothing");
    let other = LogHead { hash: ledger::op::Hash::of(b"another history"), ..head.log() };
    assert_ne!(till.hello_seen(seen(&renewed.feed, other)).await.feed, renewed.feed);
    assert_eq!(incidents(&hub).await, ["hub_restored", "hub_restored"]);
    let op = till.stock_in(&["A1"]);
    till.nonce.lock().unwrap().clear();
    assert!(!till.push(&[op]).await.exposed, "nonces of before are forgotten too");
}

/// The head covers every op, and the hub signs it.
#[tokio::test]
async fn the_hub_vouches_for_its_log() {
    let hub = Hub::start().await;
    let mut till = hub.terminal("Till 1").await;
    let before = till.hello().await;
    let ops = [till.shift(), till.stock_in(&["A1"])];
    let told = till.push(&ops).await;
    let mut hash = before.head.hash;
    for (seq, op) in (1..).zip(&ops) {
        hash = log_hash(&hash, &till.id, 1, seq, &op.hash);
    }
    assert_eq!(told.head.log(), LogHead { number: before.head.number + 2, hash });
    let page = till.pull(&till.beginning().await, 1_000).await;
    for head in [told.head, page.head, till.hello().await.head] {
        vouched(&till, &before.hub, &head);
    }
}

fn vouched(till: &Terminal, hub: &str, head: &SignedHead) {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD.decode(&head.signature).unwrap();
    let signature = ed25519_dalek::Signature::from_slice(&bytes).unwrap();
    till.hub_key.verify_strict(&signed_head(hub, &head.log()), &signature).unwrap();
}

#[tokio::test]
async fn an_old_program_may_push_but_not_pull() {
    let hub = Hub::start().await;
    let mut till = hub.terminal("Till 1").await;
    let feed = till.beginning().await.feed;
    till.ask(Method::GET, &format!("/api/v1/sync/pull?feed={feed}&after=0&protocol=0"), Vec::new()).await.trouble(426, "outdated");
    let op = till.stock_in(&["A1"]);
    assert_eq!(names(&till.push(&[op]).await), ["applied"]);
    // The first form of a hello, and of a push's head.
    let body = format!(r#"{{"incarnation":1,"head_seq":0,"head_hash":"{}","acked_seq":0}}"#, till.prev);
    till.ask(Method::POST, "/api/v1/sync/hello", body.into_bytes()).await.good::<ledger::sync::wire::HelloAnswer>();
    let SealedOp { bytes, .. } = till.stock_in(&["A2"]);
    let body = [br#"{"incarnation":1,"first_seq":2,"count":1}"#.as_slice(), b"\n", &bytes].concat();
    assert_eq!(names(&till.ask(Method::POST, "/api/v1/sync/push", body).await.good()), ["applied"]);
    assert!(serde_json::from_str::<Hello>("{}").is_err());
}

/// A pull is held back while there is nothing new, and let go the moment there is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pull_waits_for_news() {
    let hub = Hub::start().await;
    let (mut one, two) = (hub.terminal("Till 1").await, hub.terminal("Till 2").await);
    let cursor = two.pull(&two.beginning().await, 1_000).await;
    let path = |wait_ms| format!("/api/v1/sync/pull?feed={}&after={}&wait_ms={wait_ms}", cursor.feed, cursor.next);
    let began = Instant::now();
    let nothing: PullAnswer = two.ask(Method::GET, &path(300), Vec::new()).await.good();
    assert_eq!((nothing.rows.len(), nothing.up_to_date), (0, true));
    assert!(began.elapsed() >= Duration::from_millis(300));
    let waiting = tokio::spawn({
        let path = path(25_000);
        async move { two.ask(Method::GET, &path, Vec::new()).await.good::<PullAnswer>() }
    });
    let op = one.stock_in(&["A1"]);
    one.push(&[op]).await;
    let page = tokio::time::timeout(Duration::from_secs(10), waiting).await.expect("news ends the waiting").unwrap();
    assert!(!page.rows.is_empty());
}

/// A hub that is told to stop does not wait for those who wait for news.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopping_hub_lets_everybody_go() {
    let hub = Hub::start().await;
    let till = hub.terminal("Till 1").await;
    let cursor = till.pull(&till.beginning().await, 1_000).await;
    let path = format!("/api/v1/sync/pull?feed={}&after={}&wait_ms=25000", cursor.feed, cursor.next);
    let waiting = tokio::spawn(async move { till.ask(Method::GET, &path, Vec::new()).await.status });
    while hub.state.waiting() == 0 {
        tokio::task::yield_now().await;
    }
    tokio::time::timeout(Duration::from_secs(10), hub.stop()).await.expect("it stops at once");
    assert_eq!(waiting.await.unwrap(), 200);
}
