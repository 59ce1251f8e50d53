//! Whether a unit may leave: the one rule that a scan at the till and the sale share.

use crate::id::{DocumentNumber, TerminalId, WarehouseId};
use crate::refusal::Refusal;
use crate::row::{Caution, Condition, Product, SerialPolicy, Settings, Unit, UnitStatus};
use crate::serial::Serial;

/// A unit that might leave: the product it belongs to, what is known of it, the hub's version.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    pub product: &'a Product,
    pub serial: &'a Serial,
    /// None means that it was never seen.
    pub unit: Option<&'a Unit>,
    pub ver: Option<u64>,
    /// The other terminal that has it in a cart, as far as it told: known while a sale is made, and no
    /// part of it afterwards.
    pub reserved: Option<&'a TerminalId>,
    /// Whether the cashier said yes to what was asked about it. One yes stands for all that may be
    /// asked: who has the unit in hand has seen that it is here.
    pub confirmed: bool,
}

/// From where a unit is looked at, and how well.
#[derive(Debug, Clone, Copy)]
pub struct Vantage<'a> {
    pub settings: &'a Settings,
    pub warehouse: &'a WarehouseId,
    /// How long ago everything there was to know was known here; none if never.
    pub age_ms: Option<u64>,
}

/// Whether a unit may leave, by all that is known of it here.
pub fn check_unit(candidate: Candidate<'_>, policy: SerialPolicy, vantage: Vantage<'_>) -> Result<(), Refusal> {
    if policy == SerialPolicy::Off {
        return Ok(());
    }
    match candidate.unit {
        Some(unit) => check_known(candidate, unit, vantage)?,
        None if policy == SerialPolicy::StockInOut => {
            return Err(Refusal::UnknownSerial { serial: text(candidate), name: candidate.product.name.clone() });
        }
        None => {}
    }
    check_reserved(candidate, vantage)?;
    check_age(candidate, vantage)
}

fn check_known(candidate: Candidate<'_>, unit: &Unit, vantage: Vantage<'_>) -> Result<(), Refusal> {
    let serial = || text(candidate);
    if unit.disputed() {
        return Err(Refusal::DisputedUnit { serial: serial() });
    }
    if unit.status == UnitStatus::StockedOut {
        return Err(already_sold(unit));
    }
    if unit.condition == Condition::Defective {
        return Err(Refusal::DefectiveUnit { serial: serial() });
    }
    if unit.warehouse == *vantage.warehouse {
        return Ok(());
    }
    match vantage.settings.elsewhere {
        Caution::Block => Err(Refusal::OtherWarehouse { serial: serial(), warehouse: unit.warehouse.clone() }),
        Caution::Ask if !candidate.confirmed => Err(Refusal::AskElsewhere { serial: serial(), warehouse: unit.warehouse.clone() }),
        Caution::Ask | Caution::Allow => Ok(()),
    }
}

fn check_reserved(candidate: Candidate<'_>, vantage: Vantage<'_>) -> Result<(), Refusal> {
    let Some(terminal) = candidate.reserved else { return Ok(()) };
    let (serial, terminal) = (text(candidate), terminal.clone());
    match vantage.settings.reserved {
        Caution::Block => Err(Refusal::ReservedUnit { serial, terminal }),
        Caution::Ask if !candidate.confirmed => Err(Refusal::AskReserved { serial, terminal }),
        Caution::Ask | Caution::Allow => Ok(()),
    }
}

fn check_age(candidate: Candidate<'_>, vantage: Vantage<'_>) -> Result<(), Refusal> {
    let Settings { stale_after_ms, stale, .. } = *vantage.settings;
    let fresh = stale_after_ms == 0 || vantage.age_ms.is_some_and(|age_ms| age_ms < stale_after_ms);
    let serial = || text(candidate);
    match stale {
        _ if fresh => Ok(()),
        Caution::Block => Err(Refusal::StaleKnowledge { serial: serial(), age_ms: vantage.age_ms }),
        Caution::Ask if !candidate.confirmed => Err(Refusal::AskStale { serial: serial(), age_ms: vantage.age_ms }),
        Caution::Ask | Caution::Allow => Ok(()),
    }
}

/// The refusal of a unit that is gone, with what took it.
pub(crate) fn already_sold(unit: &Unit) -> Refusal {
    let (document, at_ms) = unit.left.as_ref().map_or((DocumentNumber::from("?"), 0), |left| (left.number.clone(), left.at_ms));
    Refusal::AlreadySold { serial: unit.serial.as_str().into(), document, at_ms }
}

fn text(candidate: Candidate<'_>) -> String {
    candidate.serial.as_str().to_owned()
}
