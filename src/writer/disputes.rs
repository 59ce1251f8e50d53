//! Units sold twice, as far as it is known here, and own ops that no longer fit what the hub told.

use super::run::Desk;
use engine::fault::Fault;
use engine::terminal::Doubtful;
use ledger::id::{OpId, TerminalId};
use ledger::row::{Conflict, DocumentRef};
use ledger::verdict::Verdict;
use std::collections::BTreeSet;

/// Disputes shown at most; more than a shop has at once.
const DISPUTES_MAX: usize = 50;

/// Something that a person has to decide, with what each side knew.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dispute {
    /// The same as long as it is the same dispute.
    pub name: String,
    pub serial: String,
    pub product: String,
    /// A sale of this terminal is part of it.
    pub own: bool,
    /// Found here; the hub has not said so yet.
    pub likely: bool,
    /// The sale that has the unit, and the other one.
    pub first: DocumentRef,
    pub second: DocumentRef,
}

impl Desk {
    pub(super) fn disputes(&mut self) -> Result<Vec<Dispute>, Fault> {
        let terminal = self.store()?.identity().terminal.clone();
        let doubted: BTreeSet<OpId> = self.store()?.doubtful().iter().filter(|doubt| in_conflict(doubt)).map(|doubt| doubt.op).collect();
        let open = self.store()?.open_conflicts(DISPUTES_MAX)?;
        open.into_iter().map(|conflict| self.dispute(&conflict, &terminal, &doubted)).collect()
    }

    fn dispute(&mut self, conflict: &Conflict, terminal: &TerminalId, doubted: &BTreeSet<OpId>) -> Result<Dispute, Fault> {
        let unit = self.store()?.unit(&conflict.sku, &conflict.serial)?.map(|(unit, _)| unit);
        let product = self.store()?.product(&conflict.sku)?.map_or_else(|| conflict.sku.to_string(), |product| product.name);
        let (first, second) = conflict.sides(unit.as_ref());
        Ok(Dispute {
            name: conflict.name(),
            serial: conflict.serial.to_string(),
            product,
            own: conflict.concerns(terminal),
            likely: doubted.contains(&conflict.second.op),
            first: first.clone(),
            second: second.clone(),
        })
    }
}

fn in_conflict(doubt: &Doubtful) -> bool {
    matches!(doubt.verdict, Verdict::Conflict(_))
}
