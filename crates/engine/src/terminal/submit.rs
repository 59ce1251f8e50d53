//! Making ops: decided here, written twice, then acknowledged.

use super::journal::{self, Stored};
use super::overlay::{self, Effective};
use super::{DocumentKind, Submitted, TerminalStore, till};
use crate::fault::Fault;
use crate::rows;
use ledger::apply::{Stance, apply};
use ledger::cart::Cart;
use ledger::id::{DocumentNumber, OpId, OperatorId};
use ledger::op::{Base, Body, OP_BYTES_MAX, Op, SealedOp, Stamp};
use ledger::refusal::Refusal;
use ledger::row::Row;
use ledger::sale::LINES_MAX;
use ledger::slice::Versioned;
use ledger::verdict::Verdict;

/// The low bits of a hybrid logical clock, which count within one millisecond.
const HLC_COUNTER_BITS: u32 = 16;

impl TerminalStore {
    /// Decides on an op and, unless it is refused, makes it durable before answering.
    ///
    /// The same id again with the same body is [`Verdict::Duplicate`], with the document of the
    /// first time: a body that differs in nothing but its document number is the same, because the
    /// number is given by this store. Another body under the id is [`Refusal::IdReused`].
    ///
    /// # Errors
    /// After any fault the op has not been acknowledged; whether it happened shows on submitting it
    /// again, after a fault that is not transient on a newly opened store.
    pub fn submit(&mut self, id: OpId, actor: &OperatorId, approved_by: Option<&OperatorId>, body: Body, stamp: Stamp) -> Result<Submitted, Fault> {
        self.writable()?;
        let done = match journal::by_id(&mut *self.journal, id) {
            Ok(Some(first)) => Ok(repeated(&first, body)),
            Ok(None) => self.decide(id, actor, approved_by, body, stamp),
            Err(fault) => Err(fault),
        };
        self.watch(done)
    }

    /// Settles a cart as a sale: gives the receipt's number, takes the warehouse of this terminal,
    /// and drops the cart's draft in the same transaction.
    pub fn settle(&mut self, cart: &Cart, actor: &OperatorId, stamp: Stamp) -> Result<Submitted, Fault> {
        let number = self.next_number(DocumentKind::Sale)?;
        match cart.to_sale(number, self.identity.warehouse.clone()) {
            Ok(sale) => self.submit(cart.op, actor, cart.approved_by.as_ref(), Body::Sale(sale), stamp),
            Err(refusal) => Ok(Submitted::refused(refusal)),
        }
    }

    /// The number for the next document of a kind, to be put into its body.
    pub fn next_number(&mut self, kind: DocumentKind) -> Result<DocumentNumber, Fault> {
        let identity = self.identity.clone();
        self.read(|source| till::next_number(source, kind, &identity))
    }

    fn decide(&mut self, id: OpId, actor: &OperatorId, approved_by: Option<&OperatorId>, body: Body, stamp: Stamp) -> Result<Submitted, Fault> {
        if self.overlay_stale {
            self.follow()?;
        }
        let hlc = (self.head.hlc + 1).max(u64::try_from(stamp.wall_ms).unwrap_or(0) << HLC_COUNTER_BITS);
        let op = Op {
            id,
            device: self.identity.terminal.clone(),
            incarnation: self.identity.incarnation,
            seq: self.head.seq + 1,
            actor: actor.clone(),
            approved_by: approved_by.cloned(),
            at: Stamp { hlc, ..stamp },
            base: self.base(),
            prev: self.head.hash,
            body,
        };
        let (verdict, effects) = judge(&mut self.effective(), &op)?;
        if let Verdict::Refused(refusal) = verdict {
            return Ok(Submitted::refused(refusal));
        }
        let sealed = op.seal();
        if sealed.bytes.len() > OP_BYTES_MAX {
            return Ok(Submitted::refused(Refusal::TooManyLines { max: LINES_MAX }));
        }
        self.commit(&op, &sealed, &effects)?;
        Ok(Submitted { verdict, seq: Some(op.seq), document: op.body.document().cloned() })
    }

    /// How far the knowledge goes that an op made now is decided on.
    fn base(&self) -> Base {
        let cursor = self.standing.cursor.clone().unwrap_or_default();
        Base { feed: cursor.feed, pos: cursor.pos, at_ms: self.known_at_ms() }
    }

    /// Journal and log agree afterwards, whatever happens: both have the op, or neither.
    fn commit(&mut self, op: &Op, sealed: &SealedOp, effects: &[Versioned]) -> Result<(), Fault> {
        let at = self.log.end();
        self.journal.begin()?;
        let done = self.write_op(op, sealed, effects, at);
        if let Err(fault) = done.and_then(|()| self.journal.commit()) {
            self.take_back(at);
            return Err(fault);
        }
        self.head = journal::Head { seq: op.seq, hash: sealed.hash, hlc: op.at.hlc };
        if effects.iter().any(|effect| matches!(effect.row, Row::Product(_))) {
            self.products_changed();
        }
        Ok(())
    }

    fn write_op(&mut self, op: &Op, sealed: &SealedOp, effects: &[Versioned], at: u64) -> Result<(), Fault> {
        journal::insert(&mut *self.journal, sealed, op, at)?;
        overlay::save(&mut *self.journal, effects)?;
        journal::drop_draft(&mut *self.journal, op.id)?;
        self.log.append(&sealed.bytes)
    }

    fn take_back(&mut self, at: u64) {
        let rolled_back = self.journal.rollback();
        let cut = self.log.cut_back(at);
        self.poisoned |= rolled_back.is_err() || cut.is_err() || self.log.broken();
    }
}

impl Submitted {
    fn refused(refusal: Refusal) -> Submitted {
        Submitted { verdict: Verdict::Refused(refusal), seq: None, document: None }
    }
}

/// What the rules say, and the rows that it would change.
fn judge(source: &mut Effective<'_>, op: &Op) -> Result<(Verdict, Vec<Versioned>), Fault> {
    let mut slice = rows::slice(source, op)?;
    let verdict = apply(&mut slice, op, Stance::Author);
    let ver = |row: &Row| source.vers.get(&row.key()).copied().flatten();
    Ok((verdict, slice.written().map(|row| Versioned { row: row.clone(), ver: ver(row) }).collect()))
}

fn repeated(first: &Stored, body: Body) -> Submitted {
    let Ok(op) = Op::read(&first.sealed.bytes) else { return Submitted::refused(Refusal::IdReused) };
    let document = op.body.document().cloned();
    if numbered(body, document.as_ref()) != op.body {
        return Submitted::refused(Refusal::IdReused);
    }
    Submitted { verdict: Verdict::Duplicate, seq: Some(op.seq), document }
}

/// The body as it reads under another document number.
fn numbered(mut body: Body, number: Option<&DocumentNumber>) -> Body {
    let Some(number) = number.cloned() else { return body };
    match &mut body {
        Body::Sale(sale) => sale.number = number,
        Body::StockIn(list) => list.number = number,
        Body::ShiftOpen(shift) => shift.number = number,
        _ => {}
    }
    body
}
