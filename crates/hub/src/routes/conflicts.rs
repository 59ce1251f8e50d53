//! Double uses: looking at them with the evidence of both sides, and deciding them.

use crate::auth::body;
use crate::disputes::{Believed, believed};
use crate::trouble::Trouble;
use crate::{HubState, now_ms};
use axum::Json;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use engine::hub::{ConflictFound, Decided, Decision, Side, Truth, Which};
use engine::port::{Ids, RandomIds};
use ledger::id::OpId;
use ledger::row::Conflict;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Most conflicts in one answer; the newest are what a person works on.
const CONFLICTS_MAX: u32 = 1_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConflictsQuery {
    /// Only those that nobody has resolved.
    #[serde(default)]
    open: bool,
}

/// A conflict, and in words what each side knew.
#[derive(Serialize)]
pub struct ConflictAnswer {
    #[serde(flatten)]
    found: ConflictFound,
    believed: Believed,
}

#[derive(Serialize)]
pub struct ConflictsAnswer {
    conflicts: Vec<ConflictAnswer>,
}

pub async fn conflicts(State(hub): State<Arc<HubState>>, query: Result<Query<ConflictsQuery>, QueryRejection>) -> Result<Json<ConflictsAnswer>, Trouble> {
    let Query(query) = query.map_err(Trouble::malformed)?;
    let which = if query.open { Which::Open } else { Which::All };
    let found = hub.readers.read(move |reader| reader.conflicts(which, CONFLICTS_MAX)).await?;
    let conflicts = found.into_iter().map(|found| ConflictAnswer { believed: believed(&found), found });
    Ok(Json(ConflictsAnswer { conflicts: conflicts.collect() }))
}

/// A decision as the back office sends it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResolveRequest {
    /// The conflict's short name.
    conflict: String,
    wrong: Side,
    truth: Truth,
    reason: String,
    /// The name of the op it becomes. Who gives one may send the request again without harm.
    op: Option<OpId>,
}

#[derive(Serialize)]
pub struct ResolveAnswer {
    conflict: Conflict,
}

pub async fn resolve(State(hub): State<Arc<HubState>>, request: Body) -> Result<Json<ResolveAnswer>, Trouble> {
    let bytes = body(&hub, request).await?;
    let request: ResolveRequest = serde_json::from_slice(&bytes).map_err(Trouble::malformed)?;
    let ResolveRequest { conflict, wrong, truth, reason, op } = request;
    let decision = Decision { op: op.unwrap_or_else(|| RandomIds.op_id()), conflict, wrong, truth, reason };
    match hub.sequencer.act(move |store| store.resolve(now_ms(), &decision)).await? {
        Decided::Resolved(conflict) => {
            tracing::info!(conflict = conflict.name(), sku = %conflict.sku, serial = %conflict.serial, "resolved a conflict");
            Ok(Json(ResolveAnswer { conflict: *conflict }))
        }
        Decided::Refused(refusal) => Err(Trouble::refused(&refusal)),
        Decided::Unknown => Err(Trouble::not_found("such conflict")),
    }
}
