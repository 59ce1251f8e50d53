//! What the evidence says, in sentences: who did what, when by whose clock, and what the hub made of it.

use crate::when::when;
use ledger::evidence::{Event, Evidence};
use ledger::id::{OperatorId, TerminalId};
use ledger::money::Money;
use ledger::op::{Body, ClockQuality, HUB_DEVICE, Op};
use ledger::payment::PaymentMethod;
use ledger::resolve::{Resolution, Resolve};
use ledger::row::{Condition, Conflict, DocumentRef, Resolved, UnitStatus};
use ledger::sale::{Sale, SaleLine, line_total};
use ledger::stock_in::StockIn;
use ledger::sync::wire::QUARANTINE_FIRST;
use ledger::unit_edit::UnitEdit;
use ledger::verdict::Outcome;

/// One operation for the reader.
pub struct Told {
    pub title: String,
    pub sentences: Vec<String>,
}

/// How the unit stands.
pub fn unit(evidence: &Evidence) -> Vec<(&'static str, String)> {
    let unit = &evidence.unit;
    let status = match unit.status {
        UnitStatus::InStock => "in stock",
        UnitStatus::StockedOut => "gone out",
    };
    let disputed = if unit.disputed() { "; disputed: more than one document claims it" } else { "" };
    let mut rows = vec![
        ("product", evidence.product.clone()),
        ("SKU", unit.sku.to_string()),
        ("serial number", unit.serial.to_string()),
        ("state", format!("{status}{disputed}")),
        ("condition", condition(unit.condition).into()),
        ("warehouse", unit.warehouse.to_string()),
    ];
    rows.extend(unit.came.iter().map(|came| ("came with", document(came))));
    rows.extend(unit.left.iter().map(|left| ("left with", document(left))));
    if !unit.notes.is_empty() {
        rows.push(("notes", unit.notes.clone()));
    }
    rows
}

/// What one operation was.
pub fn event(evidence: &Evidence, event: &Event) -> Told {
    let Ok(op) = Op::read(event.op.as_bytes()) else {
        let what = "The operation is of a kind that this version of the program does not know. Its bytes stand below.".into();
        return Told { title: "An operation".into(), sentences: vec![what, received(event), outcome(event)] };
    };
    let (title, what) = act(evidence, &op);
    let mut sentences = vec![format!("{} {what}", by(evidence, &op)), clock(&op, event), knowledge(evidence, &op)];
    sentences.push(outcome(event));
    sentences.extend(oddities(event));
    sentences.retain(|sentence| !sentence.is_empty());
    Told { title, sentences }
}

/// Two documents about one unit.
pub fn conflict(evidence: &Evidence, conflict: &Conflict) -> String {
    let second = &conflict.second;
    let made = second.terminal.as_ref().map_or(String::new(), |device| format!(", made on {}, which {}", terminal(evidence, device), believed(second)));
    let decided = match &conflict.resolved {
        None => "Neither was dropped; which of them is right is for a person to decide.".into(),
        Some(resolved) => format!("Neither was dropped. On {} {} decided: {}", when(resolved.at_ms), person(evidence, &resolved.by), decision(resolved)),
    };
    format!("{} had taken the unit out when {} claimed it too{made}. {decided}", document(&conflict.first), document(second))
}

fn believed(claim: &DocumentRef) -> String {
    claim.believed.map_or("did not know the unit".into(), |ver| format!("knew the unit as it was at its version {ver}"))
}

fn decision(resolved: &Resolved) -> String {
    let truth = truth(&resolved.resolution);
    format!("{} {truth}, and {} has the unit. Reason given: \u{201c}{}\u{201d}.", document(&resolved.wrong), document(&resolved.right), resolved.reason)
}

/// What happened at the wrong sale, as the rest of a sentence about it.
fn truth(resolution: &Resolution) -> String {
    match resolution {
        Resolution::Reassign { serial } => format!("sold the unit {serial} in truth"),
        Resolution::MisScan => "sold another unit in truth, and nobody knows which".into(),
        Resolution::Refund { warehouse } => format!("was taken back into warehouse {warehouse}"),
    }
}

fn by(evidence: &Evidence, op: &Op) -> String {
    let approved = op.approved_by.as_ref().map_or(String::new(), |by| format!(", with the approval of {}", person(evidence, by)));
    if op.device.as_str() == HUB_DEVICE {
        return format!("The hub itself recorded on {}:", when(op.at.wall_ms));
    }
    format!("On {} {}, on {}{approved},", when(op.at.wall_ms), person(evidence, &op.actor), terminal(evidence, &op.device))
}

/// A title, and the rest of the sentence that [`by`] begins.
fn act(evidence: &Evidence, op: &Op) -> (String, String) {
    match &op.body {
        Body::Sale(body) => sold(evidence, body),
        Body::StockIn(body) => received_into_stock(evidence, body),
        Body::UnitEdit(body) => edited(body),
        Body::Resolve(body) => settled(body),
        other => ("An operation".into(), format!("recorded an operation of the kind {} that names the unit.", other.kind())),
    }
}

fn sold(evidence: &Evidence, sale: &Sale) -> (String, String) {
    let unit = &evidence.unit;
    let line = sale.lines.iter().find(|line| line.units.iter().any(|sold| sold.sku == unit.sku && sold.serial == unit.serial));
    let price = line.map_or(String::new(), |line| format!(" as {}", line_words(evidence, line)));
    let total = amount(evidence, sale.total);
    let paid: Vec<String> = sale.payments.iter().map(|payment| format!("{} {}", amount(evidence, payment.amount), method(payment.method))).collect();
    let paid = if paid.is_empty() { String::new() } else { format!(", paid {}", paid.join(" and ")) };
    let change = if sale.change == Money::ZERO { String::new() } else { format!(", {} given back", amount(evidence, sale.change)) };
    let what = format!("sold it from warehouse {}{price}. The document {} comes to {total}{paid}{change}.", sale.warehouse, sale.number);
    (format!("Sold, document {}", sale.number), what)
}

fn line_words(evidence: &Evidence, line: &SaleLine) -> String {
    let total = line_total(line.quantity, line.price, line.discount).map_or_else(|_| "an amount that does not add up".into(), |total| amount(evidence, total));
    let discount = if line.discount == Money::ZERO { String::new() } else { format!(" less {} discount", amount(evidence, line.discount)) };
    format!("part of \u{201c}{}\u{201d}, {} at {} each{discount}: {total}", line.name, line.quantity, amount(evidence, line.price))
}

fn received_into_stock(evidence: &Evidence, body: &StockIn) -> (String, String) {
    let unit = &evidence.unit;
    let line = body.lines.iter().find(|line| line.sku == unit.sku && line.serials.contains(&unit.serial));
    let (state, others) = line.map_or((Condition::Good, 0), |line| (line.condition, line.serials.len().saturating_sub(1)));
    let beside = match others {
        0 => String::new(),
        1 => ", together with another of its kind".into(),
        others => format!(", together with {others} others of its kind"),
    };
    let what = format!("received it into warehouse {} as {}{beside}, document {}.", body.warehouse, condition(state), body.number);
    (format!("Received, document {}", body.number), what)
}

fn edited(body: &UnitEdit) -> (String, String) {
    let mut changes = Vec::new();
    changes.extend(body.condition.map(|state| format!("its condition to {}", condition(state))));
    changes.extend(body.notes.as_ref().map(|notes| format!("its notes to \u{201c}{notes}\u{201d}")));
    let changes = if changes.is_empty() { "nothing".into() } else { changes.join(" and ") };
    ("Corrected".into(), format!("changed {changes}. Reason given: \u{201c}{}\u{201d}.", body.reason))
}

fn settled(body: &Resolve) -> (String, String) {
    let truth = truth(&body.resolution);
    let what = format!("resolved a double use of {}: the sale that did not sell it {truth}. Reason given: \u{201c}{}\u{201d}.", body.serial, body.reason);
    ("Resolved".into(), what)
}

/// How far the time can be believed.
fn clock(op: &Op, event: &Event) -> String {
    let quality = match op.at.clock {
        ClockQuality::Unset => "that clock had not been set since the device was switched on, so the time means little",
        ClockQuality::System => "that clock was kept by the device and had not been compared with the hub's",
        ClockQuality::Hub => "that clock had been compared with the hub's since the device was switched on",
    };
    let off = match event.offset_ms / 1_000 {
        0 => String::new(),
        seconds if seconds > 0 => format!(" and was {seconds} s behind the hub's when it was sent"),
        seconds => format!(" and was {} s ahead of the hub's when it was sent", seconds.unsigned_abs()),
    };
    if op.device.as_str() == HUB_DEVICE { String::new() } else { format!("The time is that of the terminal; {quality}{off}. {}", received(event)) }
}

fn received(event: &Event) -> String {
    format!("The hub received it on {} as operation {} of its log.", when(event.received_ms), event.number)
}

/// What its author knew of the unit then.
fn knowledge(evidence: &Evidence, op: &Op) -> String {
    let Body::Sale(sale) = &op.body else { return String::new() };
    let sold = sale.units().find(|sold| sold.sku == evidence.unit.sku && sold.serial == evidence.unit.serial);
    let Some(sold) = sold else { return String::new() };
    let unit = sold.believed.map_or("did not know the unit".into(), |ver| format!("knew the unit as it was at the hub's version {ver}"));
    let read = if op.base.feed.is_empty() { "had heard nothing of the hub".into() } else { format!("had heard the hub's news up to position {}", op.base.pos) };
    format!("The terminal {unit}, and {read}.")
}

fn outcome(event: &Event) -> String {
    match &event.outcome {
        Outcome::Applied => "The hub took it as it was.".into(),
        Outcome::Conflict { .. } => "The hub recorded a conflict: another document had taken the unit out before. Both stand until a person decides.".into(),
        Outcome::Rejected { reason, .. } => format!("The hub kept it but let it change nothing: {reason}"),
        Outcome::Parked { reason, .. } => format!("The hub keeps it until a person looks at it: {reason}"),
    }
}

fn oddities(event: &Event) -> Vec<String> {
    let mut odd = Vec::new();
    if event.incarnation >= QUARANTINE_FIRST {
        odd.push("Another operation had claimed its number in the terminal's chain, as when a disk was copied. Both are kept and count.".into());
    } else if event.broken {
        odd.push("It does not name the operation before it in the terminal's chain. The hub noticed this when it arrived.".into());
    }
    odd
}

fn person(evidence: &Evidence, id: &OperatorId) -> String {
    evidence.people.get(id).filter(|name| *name != id.as_str()).map_or_else(|| id.to_string(), |name| format!("{name} ({id})"))
}

fn terminal(evidence: &Evidence, id: &TerminalId) -> String {
    evidence.terminals.get(id).map_or_else(|| format!("terminal {id}"), |name| format!("terminal {name} ({id})"))
}

fn document(document: &DocumentRef) -> String {
    format!("document {} of {}", document.number, when(document.at_ms))
}

fn condition(condition: Condition) -> &'static str {
    match condition {
        Condition::Good => "good",
        Condition::Defective => "defective",
    }
}

fn method(method: PaymentMethod) -> &'static str {
    match method {
        PaymentMethod::Cash => "in cash",
        PaymentMethod::Card => "by card",
        PaymentMethod::Wallet => "by wallet",
    }
}

/// An amount in the shop's currency.
fn amount(evidence: &Evidence, money: Money) -> String {
    let scale = 10_u64.pow(u32::from(evidence.decimals.min(3)));
    let (sign, minor) = (if money.0 < 0 { "-" } else { "" }, money.0.unsigned_abs());
    let space = if evidence.currency.ends_with(char::is_alphabetic) { " " } else { "" };
    let whole = format!("{sign}{}{space}{}", evidence.currency, minor / scale);
    if scale == 1 { whole } else { format!("{whole}.{:0width$}", minor % scale, width = usize::from(evidence.decimals.min(3))) }
}
