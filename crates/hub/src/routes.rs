//! Every address of the hub, on one screen.

use crate::HubState;
use crate::auth::{admin_only, anyone_known, sign_answers, terminals_only};
use crate::trouble::Trouble;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header;
use axum::middleware::{Next, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use std::sync::Arc;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tower_http::decompression::RequestDecompressionLayer;

mod admin;
pub use admin::{CodeRequest, code_expires_ms, new_code};

mod conflicts;
mod enrol;
mod evidence;
mod snapshot;
mod sync;
mod units;

/// Answers shorter than this are sent as they are.
const COMPRESS_BYTES_MIN: u16 = 512;

/// The whole table. Bodies are bounded by [`crate::auth::body`], which every handler with one passes.
pub fn router(hub: Arc<HubState>) -> Router {
    let open = Router::new().route("/api/v1/health", get(admin::health)).route("/api/v1/enrol", post(enrol::enrol));

    let terminals = Router::new()
        .route("/api/v1/sync/hello", post(sync::hello))
        .route("/api/v1/sync/push", post(sync::push))
        .route("/api/v1/sync/park", post(sync::park))
        .route("/api/v1/sync/lost", post(sync::lost))
        .route("/api/v1/sync/pass-on", post(sync::pass_on))
        .route("/api/v1/sync/renew", post(sync::renew))
        .route("/api/v1/sync/pull", get(sync::pull))
        .route("/api/v1/sync/snapshot", get(snapshot::manifest))
        .route("/api/v1/sync/snapshot/{sha256}", get(snapshot::file))
        .route_layer(from_fn_with_state(hub.clone(), terminals_only));

    let both = Router::new().route("/api/v1/units", get(units::units)).route_layer(from_fn_with_state(hub.clone(), anyone_known));

    let office = Router::new()
        .route("/api/v1/devices", get(admin::devices))
        .route("/api/v1/devices/{terminal}/revoke", post(admin::revoke))
        .route("/api/v1/devices/{terminal}/enrol-code", post(admin::enrol_code_again))
        .route("/api/v1/incidents", get(admin::incidents))
        .route("/api/v1/parked", get(admin::parked))
        .route("/api/v1/parked/replay", post(admin::replay))
        .route("/api/v1/evidence", get(evidence::file))
        .route("/api/v1/evidence/page", get(evidence::page))
        .route("/api/v1/conflicts", get(conflicts::conflicts))
        .route("/api/v1/conflicts/resolve", post(conflicts::resolve))
        .route("/api/v1/enrol-codes", post(admin::enrol_code))
        .route_layer(from_fn_with_state(hub.clone(), admin_only));

    let packed = SizeAbove::new(COMPRESS_BYTES_MIN).and(NotForContentType::const_new(snapshot::CONTENT_TYPE));
    open.merge(terminals)
        .merge(both)
        .merge(office)
        .layer(DefaultBodyLimit::disable())
        .layer(RequestDecompressionLayer::new())
        .layer(map_response(in_words))
        .layer(from_fn_with_state(hub.clone(), in_time))
        .layer(from_fn_with_state(hub.clone(), sign_answers))
        .layer(CompressionLayer::new().compress_when(packed))
        .with_state(hub)
}

/// Gives the framework's own wordless refusals our form.
async fn in_words(response: Response) -> Response {
    let status = response.status();
    let json = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    let wordless = (status.is_client_error() || status.is_server_error()) && !json;
    if wordless { Trouble::of_status(status).into_response() } else { response }
}

/// Ends a request that takes too long, such as one whose body never comes.
async fn in_time(State(hub): State<Arc<HubState>>, request: Request, next: Next) -> Response {
    tokio::time::timeout(hub.limits.request_timeout, next.run(request)).await.unwrap_or_else(|_elapsed| Trouble::too_slow().into_response())
}
