//! What a terminal was told by another one, brought to the hub in that one's name.

use crate::support::{Hub, Terminal, names};
use ledger::op::SealedOp;
use ledger::sync::message::{PassOn, Request};
use ledger::sync::wire::{Contained, PassOnHead, PullAnswer, PushAnswer, PushHead};
use reqwest::Method;

impl Terminal {
    async fn pass_on(&self, author: &Terminal, first_seq: u64, ops: &[SealedOp]) -> crate::support::Answer {
        let push = PushHead { incarnation: 1, first_seq, count: ops.len() as u32, nonce: String::new(), wall_ms: 0 };
        let head = PassOnHead { push, device: author.id.clone(), park: false };
        let (_, path, body) = Request::PassOn(PassOn { head, ops: ops.to_vec() }).parts();
        self.ask(Method::POST, &path, body).await
    }
}

#[tokio::test]
async fn a_terminal_brings_what_another_one_told_it() {
    let hub = Hub::start().await;
    let mut author = hub.terminal("Till 1").await;
    let till = hub.terminal("Till 2").await;
    let opened = author.shift();
    author.push(std::slice::from_ref(&opened)).await;
    let ops = [opened, author.stock_in(&["A1"]), author.sale("A1"), author.sale("A1")];
    let refused = till.pass_on(&author, 3, &ops[2..]).await.good::<PushAnswer>();
    assert_eq!((refused.outcomes.len(), refused.expected_seq), (0, Some(2)), "one is missing");
    let taken = till.pass_on(&author, 2, &ops[1..]).await.good::<PushAnswer>();
    assert_eq!(names(&taken), ["applied", "applied", "conflict PHONE A1"]);
    till.pass_on(&author, 0, &ops).await.trouble(400, "malformed");
    let counts = hub.counts().await;
    // The author was not away for ever. It says what it would have said.
    let again = author.push_at(2, &ops[1..]).await.good::<PushAnswer>();
    assert_eq!((again.outcomes, again.exposed), (taken.outcomes, false));
    assert_eq!(hub.counts().await, counts);
    let incidents = hub.admin(Method::GET, "/api/v1/incidents", "").await;
    let text = String::from_utf8_lossy(&incidents.body).into_owned();
    assert!(text.contains("passed_on") && text.contains(&format!("{} passed on 3 ops", till.id)), "{text}");
    hub.stop().await;
}

#[tokio::test]
async fn whoever_asks_is_told_which_ops_are_there() {
    let hub = Hub::start().await;
    let mut till = hub.terminal("Till 1").await;
    let ops = [till.shift(), till.stock_in(&["A1"])];
    till.push(&ops).await;
    let begin = till.beginning().await;
    let pull = async |asked: &str| {
        let path = format!("/api/v1/sync/pull?feed={}&after={}{asked}", begin.feed, begin.pos);
        till.ask(Method::GET, &path, Vec::new()).await.good::<PullAnswer>().known
    };
    assert_eq!(pull("").await, None, "an older terminal asks nothing");
    assert_eq!(pull("&ops=").await.map(|known| known.len()), Some(0));
    let chain = Contained { device: till.id.clone(), incarnation: 1, seq: 1 };
    let known = pull(&format!("&ops={chain},T99.1-0,nonsense")).await.unwrap();
    assert_eq!(known.iter().map(|op| (op.seq, op.hash, op.parked)).collect::<Vec<_>>(), [(2, ops[1].hash, false)]);
    hub.stop().await;
}
