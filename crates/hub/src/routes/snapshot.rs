//! The file that a terminal begins with.

use crate::HubState;
use crate::auth::NamedByHash;
use crate::trouble::Trouble;
use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ledger::op::Hash;
use ledger::sync::wire::SnapshotManifest;
use std::sync::Arc;
use tower_http::services::ServeFile;

pub const CONTENT_TYPE: &str = "application/zstd";

pub async fn manifest(State(hub): State<Arc<HubState>>) -> Result<Json<SnapshotManifest>, Trouble> {
    // On a task of its own: a terminal that does not wait for a large one finds it built next time.
    let building = hub.clone();
    let snapshot = tokio::spawn(async move { building.snapshots.current().await }).await.map_err(|fault| Trouble::internal(&fault))??;
    Ok(Json(snapshot.manifest()))
}

/// Serves the file or a range of it.
pub async fn file(State(hub): State<Arc<HubState>>, Path(sha256): Path<String>, request: Request) -> Result<Response, Trouble> {
    let hash = Hash::from_hex(&sha256).ok_or_else(|| Trouble::malformed("a snapshot is named by 64 hex digits"))?;
    let path = hub.snapshots.file(&hash).ok_or_else(|| Trouble::not_found("such snapshot (any more)"))?;
    let served = ServeFile::new(path).try_call(request).await.map_err(|fault| Trouble::internal(&fault))?;
    let mut response = served.into_response();
    if response.status() == StatusCode::OK || response.status() == StatusCode::PARTIAL_CONTENT {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
        response.extensions_mut().insert(NamedByHash);
    }
    Ok(response)
}
