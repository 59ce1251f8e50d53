//! Looking for a unit.

use crate::HubState;
use crate::trouble::Trouble;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use engine::hub::UnitFound;
use ledger::serial::Serial;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Deserialize)]
pub struct UnitsQuery {
    serial: String,
}

/// Every unit bearing the serial: none, one, or one a SKU.
#[derive(Serialize)]
pub struct UnitsAnswer {
    units: Vec<UnitFound>,
}

pub async fn units(State(hub): State<Arc<HubState>>, query: Result<Query<UnitsQuery>, QueryRejection>) -> Result<Json<UnitsAnswer>, Trouble> {
    let Query(query) = query.map_err(Trouble::malformed)?;
    let serial = Serial::parse(&query.serial).map_err(Trouble::malformed)?;
    let units = hub.readers.read(move |reader| reader.units(&serial)).await?;
    Ok(Json(UnitsAnswer { units }))
}
