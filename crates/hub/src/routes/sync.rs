//! The sync protocol: hello, push, pull.

use crate::trouble::Trouble;
use crate::{HubState, now_ms};
use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::{Extension, Json};
use engine::hub::{Batch, Device};
use ledger::sync::wire::{Hello, HelloAnswer, PULL_ROWS_MAX, PUSH_OPS_MAX, PullAnswer, PushAnswer, PushHead};
use serde::Deserialize;
use std::sync::Arc;

pub async fn hello(State(hub): State<Arc<HubState>>, Extension(device): Extension<Device>, body: Bytes) -> Result<Json<HelloAnswer>, Trouble> {
    let hello: Hello = serde_json::from_slice(&body).map_err(Trouble::malformed)?;
    let answer = hub.readers.read(move |reader| reader.hello(&device.terminal, hello.incarnation, now_ms())).await?;
    Ok(Json(answer))
}

pub async fn push(State(hub): State<Arc<HubState>>, Extension(device): Extension<Device>, body: Bytes) -> Result<Json<PushAnswer>, Trouble> {
    let batch = read_batch(device, &body)?;
    Ok(Json(hub.sequencer.push(batch).await?))
}

/// Where to read on.
#[derive(Deserialize)]
pub struct PullQuery {
    feed: String,
    after: u64,
    rows: Option<u32>,
}

pub async fn pull(
    State(hub): State<Arc<HubState>>,
    Extension(device): Extension<Device>,
    query: Result<Query<PullQuery>, QueryRejection>,
) -> Result<Json<PullAnswer>, Trouble> {
    let Query(query) = query.map_err(Trouble::malformed)?;
    let rows_max = query.rows.unwrap_or(u32::MAX).clamp(1, PULL_ROWS_MAX as u32);
    let page = hub.readers.read(move |reader| reader.pull(&device.terminal, &query.feed, query.after, rows_max, now_ms())).await?;
    page.map(Json).ok_or_else(Trouble::gone)
}

/// A head line, then a line an op. The ops are not looked into here: whatever they hold is stored.
fn read_batch(device: Device, body: &[u8]) -> Result<Batch, Trouble> {
    let body = body.strip_suffix(b"\n").unwrap_or(body);
    let mut lines = body.split(|byte| *byte == b'\n');
    let head: PushHead = serde_json::from_slice(lines.next().unwrap_or_default()).map_err(Trouble::malformed)?;
    let ops: Vec<Vec<u8>> = lines.map(<[u8]>::to_vec).collect();
    if ops.len() != head.count as usize {
        return Err(Trouble::malformed(format!("its head announces {} ops, but {} follow", head.count, ops.len())));
    }
    if ops.len() > PUSH_OPS_MAX {
        return Err(Trouble::malformed(format!("it has {} ops, at most {PUSH_OPS_MAX} go in one request", ops.len())));
    }
    if head.first_seq == 0 || head.incarnation == 0 {
        return Err(Trouble::malformed("incarnations and seqs count from 1"));
    }
    Ok(Batch { device: device.terminal, incarnation: head.incarnation, first_seq: head.first_seq, ops })
}
