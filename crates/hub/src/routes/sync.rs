//! The sync protocol: hello, push, pull.

use crate::trouble::Trouble;
use crate::{HubState, now_ms};
use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::{Extension, Json};
use engine::hub::{Batch, Device};
use ledger::sync::message::{PassOn, Push};
use ledger::sync::wire::{
    Contained, Hello, HelloAnswer, LogHead, Lost, PROTOCOL, PULL_PROTOCOL_MIN, PULL_ROWS_MAX, PULL_WAIT_MS_MAX, PUSH_OPS_MAX, PassOnHead, PullAnswer,
    PushAnswer, PushHead, QUARANTINE_FIRST, Renew, RenewAnswer, SEQ_MAX, SignedHead, signed_head,
};
use serde::Deserialize;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often a held-back pull looks by itself: another process may have written to the database.
const LOOK_EVERY: Duration = Duration::from_secs(1);

pub async fn hello(State(hub): State<Arc<HubState>>, Extension(device): Extension<Device>, body: Bytes) -> Result<Json<HelloAnswer>, Trouble> {
    let hello: Hello = serde_json::from_slice(&body).map_err(Trouble::malformed)?;
    let mut answer = hub.sequencer.act(move |store| store.hello(now_ms(), &device.terminal, &hello)).await?;
    sign(&hub, &mut answer.head);
    Ok(Json(answer))
}

pub async fn push(State(hub): State<Arc<HubState>>, Extension(device): Extension<Device>, body: Bytes) -> Result<Json<PushAnswer>, Trouble> {
    push_batch(&hub, read_batch(device, &body, false)?).await
}

/// One op, stored without being looked into.
pub async fn park(State(hub): State<Arc<HubState>>, Extension(device): Extension<Device>, body: Bytes) -> Result<Json<PushAnswer>, Trouble> {
    let batch = read_batch(device, &body, true)?;
    if batch.ops.len() != 1 {
        return Err(Trouble::malformed("one op is parked at a time"));
    }
    push_batch(&hub, batch).await
}

pub async fn lost(State(hub): State<Arc<HubState>>, Extension(device): Extension<Device>, body: Bytes) -> Result<Json<PushAnswer>, Trouble> {
    let lost: Lost = serde_json::from_slice(&body).map_err(Trouble::malformed)?;
    if lost.incarnation == 0 || lost.incarnation >= QUARANTINE_FIRST || lost.first_seq == 0 || lost.last_seq < lost.first_seq || lost.last_seq > SEQ_MAX {
        return Err(Trouble::malformed("these numbers are none that ops can have"));
    }
    let mut answer = hub.sequencer.act(move |store| store.lost(now_ms(), &device.terminal, &lost)).await?;
    sign(&hub, &mut answer.head);
    Ok(Json(answer))
}

/// Ops of another terminal, which this one was told.
pub async fn pass_on(State(hub): State<Arc<HubState>>, Extension(device): Extension<Device>, body: Bytes) -> Result<Json<PushAnswer>, Trouble> {
    let (PassOnHead { push, device: author, park }, ops) = PassOn::read(&body).map_err(Trouble::malformed)?;
    if park && ops.len() != 1 {
        return Err(Trouble::malformed("one op is parked at a time"));
    }
    check_batch(&push, &ops)?;
    let PushHead { incarnation, first_seq, .. } = push;
    let batch = Batch { device: author, incarnation, first_seq, ops, nonce: None, wall_ms: None, uninterpreted: park };
    let mut answer = hub.sequencer.act(move |store| store.pass_on(now_ms(), &device.terminal, &batch)).await?;
    sign(&hub, &mut answer.head);
    Ok(Json(answer))
}

pub async fn renew(State(hub): State<Arc<HubState>>, Extension(device): Extension<Device>, body: Bytes) -> Result<Json<RenewAnswer>, Trouble> {
    let renew: Renew = serde_json::from_slice(&body).map_err(Trouble::malformed)?;
    Ok(Json(hub.sequencer.act(move |store| store.renew(now_ms(), &device.terminal, &renew)).await?))
}

async fn push_batch(hub: &HubState, batch: Batch) -> Result<Json<PushAnswer>, Trouble> {
    let mut answer = hub.sequencer.push(batch.into()).await?;
    sign(hub, &mut answer.head);
    Ok(Json(answer))
}

/// Vouches for a head of the log, so that whoever keeps it can prove later what the log was.
fn sign(hub: &HubState, head: &mut SignedHead) {
    head.signature = hub.key.sign(&signed_head(&hub.id, &head.log()));
}

/// Where to read on.
#[derive(Deserialize)]
pub struct PullQuery {
    feed: String,
    after: u64,
    log: Option<String>,
    rows: Option<u32>,
    wait_ms: Option<u32>,
    ops: Option<String>,
    protocol: Option<u32>,
}

pub async fn pull(
    State(hub): State<Arc<HubState>>,
    Extension(device): Extension<Device>,
    query: Result<Query<PullQuery>, QueryRejection>,
) -> Result<Json<PullAnswer>, Trouble> {
    let Query(query) = query.map_err(Trouble::malformed)?;
    let rows_max = query.rows.unwrap_or(u32::MAX).clamp(1, PULL_ROWS_MAX as u32);
    let protocol = query.protocol.unwrap_or(PROTOCOL);
    if protocol < PULL_PROTOCOL_MIN {
        return Err(Trouble::outdated(protocol, PULL_PROTOCOL_MIN));
    }
    if let Some(log) = query.log {
        let log = LogHead::parse(&log).ok_or_else(|| Trouble::malformed("the head of a log is a number and 64 hex digits"))?;
        if !hub.readers.read(move |reader| reader.knows(&log)).await? {
            return Err(Trouble::gone());
        }
    }
    let asked = query.ops.as_deref().map(Contained::parse_list);
    let wait = Duration::from_millis(u64::from(query.wait_ms.unwrap_or(0).min(PULL_WAIT_MS_MAX)));
    let until = Instant::now() + wait;
    loop {
        let (terminal, feed, asked) = (device.terminal.clone(), query.feed.clone(), asked.clone());
        let page = hub.readers.read(move |reader| match asked {
            Some(asked) => reader.pull_asking(&terminal, (&feed, query.after), &asked, rows_max, now_ms()),
            None => reader.pull(&terminal, &feed, query.after, rows_max, now_ms()),
        });
        let page = page.await?;
        let mut page = page.ok_or_else(Trouble::gone)?;
        let left = until.saturating_duration_since(Instant::now());
        if page.next > query.after || left.is_zero() || hub.sequencer.is_closing() {
            sign(&hub, &mut page.head);
            return Ok(Json(page));
        }
        hub.sequencer.wait_for_news(query.after, left.min(LOOK_EVERY)).await;
    }
}

/// Reads a push. The ops are not looked into here: whatever they hold is stored.
fn read_batch(device: Device, body: &[u8], uninterpreted: bool) -> Result<Batch, Trouble> {
    let (head, ops) = Push::read(body).map_err(Trouble::malformed)?;
    check_batch(&head, &ops)?;
    let PushHead { incarnation, first_seq, nonce, wall_ms, count: _ } = head;
    Ok(Batch { device: device.terminal, incarnation, first_seq, ops, nonce: Some(nonce), wall_ms: Some(wall_ms), uninterpreted })
}

fn check_batch(head: &PushHead, ops: &[Vec<u8>]) -> Result<(), Trouble> {
    if ops.len() > PUSH_OPS_MAX {
        return Err(Trouble::malformed(format!("it has {} ops, at most {PUSH_OPS_MAX} go in one request", ops.len())));
    }
    if head.incarnation >= QUARANTINE_FIRST || head.first_seq > SEQ_MAX {
        return Err(Trouble::malformed("its incarnation or number is none that a terminal can have"));
    }
    Ok(())
}
