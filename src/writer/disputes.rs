//! Units sold twice, as far as it is known here.

use super::run::Desk;
use engine::fault::Fault;
use engine::terminal::OpenConflict;
use ledger::id::TerminalId;
use ledger::row::DocumentRef;

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
        let open = self.store()?.open_conflicts(DISPUTES_MAX)?;
        open.iter().map(|open| self.dispute(open, &terminal)).collect()
    }

    fn dispute(&mut self, open: &OpenConflict, terminal: &TerminalId) -> Result<Dispute, Fault> {
        let conflict = &open.conflict;
        let unit = self.store()?.unit(&conflict.sku, &conflict.serial)?.map(|(unit, _)| unit);
        let product = self.store()?.product(&conflict.sku)?.map_or_else(|| conflict.sku.to_string(), |product| product.name);
        let (first, second) = conflict.sides(unit.as_ref());
        Ok(Dispute {
            name: conflict.name(),
            serial: conflict.serial.to_string(),
            product,
            own: conflict.concerns(terminal),
            likely: !open.told,
            first: first.clone(),
            second: second.clone(),
        })
    }
}
