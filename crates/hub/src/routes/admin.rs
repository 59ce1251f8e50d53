//! The back office's questions, and whether the hub is well.

use crate::auth::body;
use crate::keys::EnrolCode;
use crate::trouble::Trouble;
use crate::{HubState, now_ms};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use engine::hub::{Device, Incident, NewCode, ParkedOp};
use ledger::id::{TerminalId, WarehouseId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How long an enrolment code is good.
pub const CODE_LIFE_MS: i64 = 15 * 60 * 1_000;
/// Most incidents in one answer.
const INCIDENTS_MAX: u32 = 1_000;
/// Longest name of a terminal or warehouse, in characters.
const NAME_CHARS_MAX: usize = 64;

#[derive(Serialize)]
pub struct Health {
    status: &'static str,
    hub: String,
    version: &'static str,
    feed_pos: u64,
    /// Whether this process takes what is new, or stands by for another one.
    role: &'static str,
}

/// Answers only if the database answers.
pub async fn health(State(hub): State<Arc<HubState>>) -> Result<Json<Health>, Trouble> {
    let feed = hub.readers.read(|reader| reader.feed()).await?;
    Ok(Json(Health { status: "ok", hub: hub.id.clone(), version: env!("CARGO_PKG_VERSION"), feed_pos: feed.pos, role: hub.sequencer.standing().name() }))
}

/// A terminal as the back office sees it.
#[derive(Serialize)]
pub struct DeviceAnswer {
    terminal: TerminalId,
    name: String,
    machine: String,
    warehouse: WarehouseId,
    incarnation: u32,
    head_seq: u64,
    enrolled_ms: i64,
    seen_ms: i64,
    revoked: bool,
    program: String,
    offset_ms: i64,
    repairs: u64,
}

impl From<Device> for DeviceAnswer {
    fn from(device: Device) -> Self {
        let Device { terminal, name, machine, warehouse, key: _, incarnation, head_seq, enrolled_ms, seen_ms, revoked, program, offset_ms, repairs } = device;
        Self { terminal, name, machine, warehouse, incarnation, head_seq, enrolled_ms, seen_ms, revoked, program, offset_ms, repairs }
    }
}

#[derive(Serialize)]
pub struct DevicesAnswer {
    devices: Vec<DeviceAnswer>,
}

pub async fn devices(State(hub): State<Arc<HubState>>) -> Result<Json<DevicesAnswer>, Trouble> {
    let devices = hub.readers.read(|reader| reader.devices()).await?;
    Ok(Json(DevicesAnswer { devices: devices.into_iter().map(DeviceAnswer::from).collect() }))
}

/// Bars a terminal: stolen, lost or given away. What it pushed before stays.
pub async fn revoke(State(hub): State<Arc<HubState>>, Path(terminal): Path<String>) -> Result<Json<serde_json::Value>, Trouble> {
    let terminal = TerminalId::new(terminal);
    let name = terminal.clone();
    if !hub.sequencer.act(move |store| store.revoke(&terminal)).await? {
        return Err(Trouble::not_found("such terminal"));
    }
    tracing::info!(terminal = %name, "revoked a terminal");
    Ok(Json(serde_json::json!({ "terminal": name, "revoked": true })))
}

#[derive(Serialize)]
pub struct IncidentsAnswer {
    incidents: Vec<Incident>,
}

pub async fn incidents(State(hub): State<Arc<HubState>>) -> Result<Json<IncidentsAnswer>, Trouble> {
    let incidents = hub.readers.read(|reader| reader.incidents(INCIDENTS_MAX)).await?;
    Ok(Json(IncidentsAnswer { incidents }))
}

#[derive(Serialize)]
pub struct ParkedAnswer {
    parked: Vec<ParkedOp>,
}

pub async fn parked(State(hub): State<Arc<HubState>>) -> Result<Json<ParkedAnswer>, Trouble> {
    let parked = hub.readers.read(|reader| reader.parked()).await?;
    Ok(Json(ParkedAnswer { parked }))
}

/// Which parked op to take up again; without a number all of them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplayRequest {
    number: Option<u64>,
}

/// Takes parked ops up again in their order, and answers what became of each.
pub async fn replay(State(hub): State<Arc<HubState>>, request: Body) -> Result<Json<ParkedAnswer>, Trouble> {
    let bytes = body(&hub, request).await?;
    let request: ReplayRequest = serde_json::from_slice(&bytes).map_err(Trouble::malformed)?;
    let parked = hub.sequencer.act(move |store| store.replay(now_ms(), request.number)).await?;
    tracing::info!(ops = parked.len(), "took parked ops up again");
    Ok(Json(ParkedAnswer { parked }))
}

/// For which terminal a code is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeRequest {
    pub name: String,
    pub warehouse: WarehouseId,
}

#[derive(Serialize)]
pub struct CodeAnswer {
    code: String,
    expires_ms: i64,
}

pub async fn enrol_code(State(hub): State<Arc<HubState>>, request: Body) -> Result<Json<CodeAnswer>, Trouble> {
    let bytes = body(&hub, request).await?;
    let request: CodeRequest = serde_json::from_slice(&bytes).map_err(Trouble::malformed)?;
    let (code, stored) = new_code(request, now_ms()).map_err(Trouble::malformed)?;
    let expires_ms = stored.expires_ms;
    hub.sequencer.act(move |store| store.add_code(&stored)).await?;
    Ok(Json(CodeAnswer { code: code.to_string(), expires_ms }))
}

/// Makes a code for a terminal that has lost its key.
pub async fn enrol_code_again(State(hub): State<Arc<HubState>>, Path(terminal): Path<String>) -> Result<Json<CodeAnswer>, Trouble> {
    let terminal = TerminalId::new(terminal);
    let (code, expires_ms) = (EnrolCode::random(), code_expires_ms(now_ms()));
    let hash = code.hash();
    let device = hub.sequencer.act(move |store| store.add_code_again(&terminal, hash, expires_ms)).await?;
    let device = device.ok_or_else(|| Trouble::not_found("such terminal"))?;
    if device.revoked {
        return Err(Trouble::revoked(&device.terminal));
    }
    tracing::info!(terminal = %device.terminal, "made a code for a new key");
    Ok(Json(CodeAnswer { code: code.to_string(), expires_ms }))
}

/// When a code that is made now expires.
pub fn code_expires_ms(now_ms: i64) -> i64 {
    now_ms.saturating_add(CODE_LIFE_MS)
}

/// Makes a code and what is stored of it; the error completes a sentence.
pub fn new_code(request: CodeRequest, now_ms: i64) -> Result<(EnrolCode, NewCode), String> {
    let CodeRequest { name, warehouse } = request;
    for (what, text) in [("name", name.as_str()), ("warehouse", warehouse.as_str())] {
        let length = text.chars().count();
        if text.trim().is_empty() || length > NAME_CHARS_MAX || text.contains(char::is_control) {
            return Err(format!("the {what} has {length} characters; it wants 1 to {NAME_CHARS_MAX} that can be printed"));
        }
    }
    let code = EnrolCode::random();
    let stored = NewCode { hash: code.hash(), name, warehouse, expires_ms: code_expires_ms(now_ms) };
    Ok((code, stored))
}
