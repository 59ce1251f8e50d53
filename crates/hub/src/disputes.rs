//! Double uses in words: what each side knew when it sold, and a table for the command line.

use engine::hub::{Claim, ConflictFound, SaleFacts};
use ledger::op::ClockQuality;
use ledger::resolve::Resolution;
use ledger::row::Resolved;
use serde::Serialize;

/// What each side knew, in sentences.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Believed {
    pub first: String,
    pub second: String,
}

/// What a person reads to judge the two sales of a conflict.
pub fn believed(found: &ConflictFound) -> Believed {
    Believed { first: knew(&found.first, &found.second), second: knew(&found.second, &found.first) }
}

fn knew(claim: &Claim, other: &Claim) -> String {
    let mut said = vec![of_the_unit(claim)];
    said.extend(of_the_feed(claim, other));
    said.extend(claim.sale.as_ref().into_iter().flat_map(|sale| of_the_till(claim, sale)));
    said.join(" ")
}

fn of_the_unit(claim: &Claim) -> String {
    let Some(believed) = claim.document.believed else { return "It did not know the unit.".into() };
    let made = claim.believed_by.as_ref().map_or(String::new(), |document| format!(", as {document} had left it"));
    match claim.met {
        Some(met) if met > believed => format!("It knew the unit in version {believed}{made}; the hub already had version {met}."),
        _ => format!("It knew the unit in version {believed}{made}."),
    }
}

/// Whether it could have known of the other sale.
fn of_the_feed(claim: &Claim, other: &Claim) -> Option<String> {
    let Some(base) = claim.document.base else { return Some("It had not heard anything from the hub yet.".into()) };
    let sold = other.pos?;
    Some(if base < sold {
        format!("It had heard from the hub up to position {base}; the other sale stands at {sold}, so it could not know of it.")
    } else {
        format!("It had heard from the hub up to position {base}; the other sale stands at {sold}, so it could have known of it.")
    })
}

fn of_the_till(claim: &Claim, sale: &SaleFacts) -> Vec<String> {
    let mut said = Vec::new();
    if let Some(known_at_ms) = sale.known_at_ms {
        let minutes = claim.document.at_ms.saturating_sub(known_at_ms).max(0) / 60_000;
        said.push(format!("It had last known everything {minutes} minutes before."));
    }
    if sale.confirmed {
        said.push("The cashier was asked about the unit and said yes.".into());
    }
    match sale.clock {
        ClockQuality::Unset => said.push("Its clock was not set, so its time says nothing.".into()),
        ClockQuality::System => said.push("Its clock had not been compared with the hub's.".into()),
        ClockQuality::Hub => {}
    }
    said
}

/// The conflicts as a table for a terminal, each with its evidence beneath.
pub fn table(conflicts: &[ConflictFound]) -> String {
    if conflicts.is_empty() {
        return "No conflict is open.\n".into();
    }
    let mut text = format!("{:<10} {:<24} {:<24} {:<20} {:<20}\n", "conflict", "unit", "product", "first", "second");
    for found in conflicts {
        let unit = format!("{} {}", found.sku, found.serial);
        text += &format!("{:<10} {unit:<24} {:<24} {:<20} {:<20}\n", found.name, found.product, seller(&found.first), seller(&found.second));
        let believed = believed(found);
        text += &format!("           first:  {}\n           second: {}\n", believed.first, believed.second);
        text += &found.resolved.as_ref().map_or(String::new(), |resolved| format!("           {}\n", decision(resolved)));
    }
    text
}

fn seller(claim: &Claim) -> String {
    let operator = claim.sale.as_ref().map_or(String::new(), |sale| format!(" ({})", sale.operator));
    format!("{}{operator}", claim.document.number)
}

/// What was decided, in one sentence.
pub fn decision(resolved: &Resolved) -> String {
    let Resolved { by, wrong, right, reason, .. } = resolved;
    let truth = match &resolved.resolution {
        Resolution::Reassign { serial } => format!("{} sold {serial} in truth", wrong.number),
        Resolution::MisScan => format!("{} sold another unit, nobody knows which", wrong.number),
        Resolution::Refund { warehouse } => format!("{} was taken back into {warehouse}", wrong.number),
    };
    format!("Resolved by {by}: {truth}; {} has the unit. Reason: {reason}", right.number)
}
