//! A unit's life as evidence, for the back office.

use crate::evidence::{page, seal};
use crate::keys::HubKey;
use crate::trouble::Trouble;
use crate::{HubState, now_ms};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use ledger::evidence::Evidence;
use ledger::id::Sku;
use ledger::serial::Serial;
use serde::Deserialize;
use std::sync::Arc;

#[derive(Deserialize)]
pub struct EvidenceQuery {
    serial: String,
    /// Where several SKUs bear the serial.
    sku: Option<Sku>,
}

type Asked = Result<Query<EvidenceQuery>, QueryRejection>;

/// The file.
pub async fn file(State(hub): State<Arc<HubState>>, query: Asked) -> Result<Response, Trouble> {
    let (sealed, _) = seal(gather(&hub, query).await?, &hub.key);
    Ok(([(header::CONTENT_TYPE, "application/json")], format!("{}\n", sealed.line())).into_response())
}

/// The page.
pub async fn page(State(hub): State<Arc<HubState>>, query: Asked) -> Result<Html<String>, Trouble> {
    let key: &HubKey = &hub.key;
    let (sealed, evidence) = seal(gather(&hub, query).await?, key);
    Ok(Html(page::page(&sealed, &evidence, key)))
}

async fn gather(hub: &HubState, query: Asked) -> Result<Evidence, Trouble> {
    let Query(EvidenceQuery { serial, sku }) = query.map_err(Trouble::malformed)?;
    let serial = Serial::parse(&serial).map_err(Trouble::malformed)?;
    let bearer = serial.clone();
    let mut bearing = match sku {
        Some(sku) => vec![sku],
        None => hub.readers.read(move |reader| reader.skus_of(&bearer)).await?,
    };
    if bearing.len() > 1 {
        let list = bearing.iter().map(Sku::as_str).collect::<Vec<_>>().join(", ");
        return Err(Trouble::malformed(format!("units of several SKUs bear the serial: {list}; name one with sku=")));
    }
    let sku = bearing.pop().ok_or_else(|| Trouble::not_found("such unit"))?;
    let found = hub.readers.read(move |reader| reader.evidence(&sku, &serial, now_ms(), &mut |_, _| ())).await?;
    found.ok_or_else(|| Trouble::not_found("such unit"))
}
