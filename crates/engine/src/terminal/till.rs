//! This terminal's till and the numbers of its documents.

use super::catalogue::Standing;
use super::overlay::{Effective, for_each_missing};
use super::{DocumentKind, TerminalIdentity, journal, owner};
use crate::fault::Fault;
use crate::rows;
use crate::sql::{Sql, first, transaction};
use crate::till;
use ledger::id::DocumentNumber;
use ledger::op::Op;
use ledger::row::{Key, Row, Till};

/// The till as it stands, or a new one.
pub fn load(source: &mut Effective<'_>, identity: &TerminalIdentity) -> Result<Till, Fault> {
    let found = source.load(&Key::Till(identity.terminal.clone()))?;
    Ok(found.and_then(till::as_till).unwrap_or_else(|| Till::new(identity.terminal.clone())))
}

/// The number for the next document of a kind.
pub fn next_number(source: &mut Effective<'_>, kind: DocumentKind, identity: &TerminalIdentity) -> Result<DocumentNumber, Fault> {
    let last = match kind {
        DocumentKind::Sale => load(source, identity)?.receipts,
        DocumentKind::Shift => load(source, identity)?.shifts,
        DocumentKind::StockIn => last_written(source.overlay, kind, identity)?,
    };
    Ok(DocumentNumber::new(format!("{}{:06}", prefix(kind, identity), last.saturating_add(1))))
}

/// Books the till anew after ops came back, and never a number below one that was printed.
///
/// The hub's till and the own ops that it does not contain give the till; so does a journal that has
/// everything. Where neither is sure, the till is left as it is until the next page tells.
pub fn rebuild(journal: &mut dyn Sql, catalogue: &mut dyn Sql, standing: &Standing, identity: &TerminalIdentity) -> Result<(), Fault> {
    let key = Key::Till(identity.terminal.clone());
    let fresh = || Till::new(identity.terminal.clone());
    let told = till::load(catalogue, &key)?.unwrap_or_else(fresh);
    let before = till::load(journal, &key)?.unwrap_or_else(fresh);
    let told_is_sure = is_sure(journal, standing, identity)?;
    let whole = !told_is_sure && journal::is_whole(journal)?;
    let mut till = if told_is_sure { told.clone() } else { before.clone() };
    if whole {
        till = fresh();
    }
    let mut book = |op: &Op| {
        till = till::book(till.clone(), op);
        Ok(())
    };
    match (told_is_sure, whole) {
        (true, _) => for_each_missing(journal, standing, identity, &mut book)?,
        (false, true) => for_each_missing(journal, &Standing::default(), identity, &mut book)?,
        (false, false) => {}
    }
    let printed = (last_written(journal, DocumentKind::Sale, identity)?, last_written(journal, DocumentKind::Shift, identity)?);
    till.receipts = till.receipts.max(told.receipts).max(before.receipts).max(printed.0);
    till.shifts = till.shifts.max(told.shifts).max(before.shifts).max(printed.1);
    transaction(journal, |sql| {
        rows::save(sql, &Row::Till(till), None, 0)?;
        owner::set_till_stale(sql, !(told_is_sure || whole))
    })
}

/// Whether it is known exactly which own ops the hub's till has. A parked one that opened or closed
/// a shift lies in the middle of those that it has; of a chain whose numbers were given twice, or beyond
/// what is known to be there, it may have some.
fn is_sure(journal: &mut dyn Sql, standing: &Standing, identity: &TerminalIdentity) -> Result<bool, Fault> {
    if standing.cursor.is_none() || standing.log.number == 0 || standing.parked.iter().any(|place| place.device == identity.terminal) {
        return Ok(false);
    }
    for incarnation in journal::incarnations(journal)? {
        let known = standing.contains_own(incarnation);
        let is_simple = journal::stream(journal, incarnation)?.forked_after.is_none() && standing.contains(&identity.terminal, incarnation) <= known;
        if !is_simple && known < journal::last(journal, incarnation)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The highest number on a document of this kind and incarnation in the journal.
fn last_written(journal: &mut dyn Sql, kind: DocumentKind, identity: &TerminalIdentity) -> Result<u32, Fault> {
    let prefix = prefix(kind, identity);
    let text = "SELECT document FROM op WHERE document >= $1 AND document < $2 ORDER BY length(document) DESC, document DESC LIMIT 1";
    // Digits sort before the colon.
    let row = first(journal, text, &[prefix.as_str().into(), format!("{prefix}:").into()])?;
    Ok(row.and_then(|row| row[0].as_text().strip_prefix(&prefix)?.parse().ok()).unwrap_or(0))
}

/// A later incarnation has the same counters only as far as the hub knew them, so it bears its own
/// mark: two slips must never have the same number.
fn prefix(kind: DocumentKind, identity: &TerminalIdentity) -> String {
    let mark = if identity.incarnation > 1 { format!(".{}", identity.incarnation) } else { String::new() };
    let kind = match kind {
        DocumentKind::Sale => "",
        DocumentKind::Shift => "S",
        DocumentKind::StockIn => "IN",
    };
    format!("{}{mark}-{kind}", identity.terminal)
}
