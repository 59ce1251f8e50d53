//! Receipts of this terminal: its own sale ops, read from the journal.

use super::journal::{self, Stored};
use super::{ReceiptHead, TerminalStore};
use crate::fault::Fault;
use ledger::id::DocumentNumber;
use ledger::op::{Body, Op};
use ledger::sale::Sale;
use ledger::serial::Serial;

const SALE: &str = "sale@1";
/// After every op there is.
const END: (u32, u64) = (u32::MAX, i64::MAX as u64);

impl TerminalStore {
    /// The last receipts, newest first.
    pub fn receipts(&mut self, rows_max: usize) -> Result<Vec<ReceiptHead>, Fault> {
        let found = self.read(|source| journal::before(source.overlay, SALE, END, limit(rows_max)))?;
        Ok(found.iter().filter_map(sale_of).map(|(op, sale)| head(&op, &sale)).collect())
    }

    /// Receipts on which a unit with the serial stands, newest first.
    pub fn receipts_with(&mut self, serial: &Serial, rows_max: usize) -> Result<Vec<ReceiptHead>, Fault> {
        let found = self.read(|source| journal::naming(source.overlay, serial, SALE, limit(rows_max)))?;
        Ok(found.iter().filter_map(sale_of).map(|(op, sale)| head(&op, &sale)).collect())
    }

    /// A sale of this terminal by its receipt's number.
    pub fn sale(&mut self, number: &DocumentNumber) -> Result<Option<(Op, Sale)>, Fault> {
        let found = self.read(|source| journal::by_document(source.overlay, number))?;
        Ok(found.as_ref().and_then(sale_of))
    }
}

fn sale_of(stored: &Stored) -> Option<(Op, Sale)> {
    let op = Op::read(&stored.sealed.bytes).ok()?;
    let Body::Sale(sale) = &op.body else { return None };
    let sale = sale.clone();
    Some((op, sale))
}

fn head(op: &Op, sale: &Sale) -> ReceiptHead {
    ReceiptHead {
        number: sale.number.clone(),
        at_ms: op.at.wall_ms,
        total: sale.total,
        pieces: sale.lines.iter().fold(0, |sum, line| sum.saturating_add(line.quantity)),
        serials: sale.units().map(|unit| unit.serial.as_str().to_owned()).collect(),
    }
}

fn limit(rows_max: usize) -> u32 {
    u32::try_from(rows_max).unwrap_or(u32::MAX)
}
