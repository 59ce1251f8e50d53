//! A terminal introduces itself.

use crate::auth::body;
use crate::keys::{EnrolCode, device_key};
use crate::trouble::Trouble;
use crate::{HubState, now_ms};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use engine::hub::{EnrolRefusal, Newcomer};
use ledger::sync::wire::{EnrolAnswer, EnrolRequest};
use std::sync::Arc;

/// Longest name of a machine, in characters.
const MACHINE_CHARS_MAX: usize = 100;

pub async fn enrol(State(hub): State<Arc<HubState>>, request: Body) -> Result<Json<EnrolAnswer>, Trouble> {
    let bytes = body(&hub, request).await?;
    let request: EnrolRequest = serde_json::from_slice(&bytes).map_err(Trouble::malformed)?;
    let key = device_key(&request.device_key).ok_or_else(|| Trouble::malformed("device_key is not a public ed25519 key in base64"))?;
    let code = EnrolCode::read(&request.code).hash();
    let machine: String = request.machine.chars().filter(|c| !c.is_control()).take(MACHINE_CHARS_MAX).collect();
    let newcomer = Newcomer { key, machine, holds: request.holds };
    let enrolled = hub.sequencer.act(move |store| store.enrol(now_ms(), code, &newcomer)).await?;
    let enrolled = enrolled.map_err(|refusal| {
        tracing::warn!(machine = request.machine, ?refusal, "refused an enrolment");
        match refusal {
            EnrolRefusal::BadCode => Trouble::bad_code(),
            EnrolRefusal::OtherTerminal { meant, was } => Trouble::other_terminal(&meant, &was),
        }
    })?;
    tracing::info!(terminal = %enrolled.terminal, incarnation = enrolled.incarnation, "enrolled a terminal");
    Ok(Json(EnrolAnswer {
        terminal: enrolled.terminal,
        name: enrolled.name,
        incarnation: enrolled.incarnation,
        warehouse: enrolled.warehouse,
        hub: hub.id.clone(),
        hub_key: hub.key.public(),
    }))
}
