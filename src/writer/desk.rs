//! What the cashier's commands do in the store.

use super::run::Desk;
use super::*;
use engine::fault::Fault;
use engine::terminal::{DocumentKind, Submitted};
use ledger::op::Body;
use ledger::serial::Serial;
use ledger::shift::{ShiftClose, ShiftOpen};
use ledger::verdict::Verdict;

/// Rows of a search: more than anybody reads on a till.
const SEARCH_ROWS_MAX: usize = 50;
/// Receipts of the list; older ones are found by number or serial.
const RECEIPTS_MAX: usize = 100;
/// Ops the hub did not apply, shown at most.
const NOT_APPLIED_MAX: usize = 50;
/// Below this the disk is called low: a day of sales fits many times.
const DISK_LOW_BYTES: u64 = 64 * 1024 * 1024;

impl Desk {
    /// Does one command and answers it; none where nothing is to be said.
    pub(super) fn perform(&mut self, command: Command) -> Result<Option<Answer>, Fault> {
        Ok(Some(match command {
            Command::Start => Answer::Started(Box::new(self.started()?)),
            Command::Resolve { text } => self.resolve(text)?,
            Command::Search { query } => self.search(query)?,
            Command::LookUp { skus } => self.look_up(skus)?,
            Command::KeepCart(cart) => {
                self.store()?.draft_save(&cart)?;
                return Ok(None);
            }
            Command::Hold { cart, operator, at_ms } => {
                let label = cart.lines.first().map(|line| line.name.clone()).unwrap_or_default();
                self.store()?.hold(&cart, &label, &operator, at_ms)?;
                Answer::Held { count: self.held_count()? }
            }
            Command::ListHeld => Answer::HeldList(self.held()?),
            Command::TakeHeld { op } => Answer::TookHeld { cart: self.store()?.held_take(op)?, count: self.held_count()? },
            Command::CheckPin { operator, pin, purpose, now_ms } => self.check_pin(operator, &pin, purpose, now_ms)?,
            Command::OpenShift { op, actor, opening_float } => self.open_shift(op, &actor, opening_float)?,
            Command::CloseShift { op, actor, cash_counted } => self.close_shift(op, &actor, cash_counted)?,
            Command::Settle { cart, actor } => self.settle(&cart, &actor)?,
            Command::ListReceipts => Answer::Receipts(self.receipts()?),
            Command::FindReceipt { text } => Answer::Receipt(self.find_receipt(&text)?.map(Box::new)),
            Command::LookAtOutbox => return Ok(self.look_at_outbox()),
            Command::MarkSeen { ops, by } => {
                self.store()?.mark_seen(&ops, &by)?;
                Answer::Outbox(self.outbox_state()?)
            }
            Command::Sync(command) => {
                self.sync(command);
                return Ok(None);
            }
            Command::Beat(number) => {
                self.pulse.beat(number);
                return Ok(None);
            }
            Command::Stop => return Ok(None),
        }))
    }

    pub(super) fn started(&mut self) -> Result<Started, Fault> {
        Ok(Started {
            settings: self.store()?.settings()?,
            operators: self.store()?.operators()?,
            till: self.store()?.till()?,
            cart: self.store()?.draft_load()?,
            held: self.held_count()?,
            recoveries: std::mem::take(&mut self.recoveries),
            outbox: self.outbox_state()?,
        })
    }

    fn resolve(&mut self, text: String) -> Result<Answer, Fault> {
        let found = self.store()?.resolve(&text)?;
        let products = found.products.into_iter().map(|p| ProductFacts { product: p.product, parts: p.parts }).collect();
        // A unit whose product is not in the catalogue cannot be sold, so it means nothing here.
        let known = |u: engine::terminal::UnitFacts| Some(UnitFacts { product: u.product?, unit: u.unit, ver: u.ver, reserved: None });
        let mut units: Vec<UnitFacts> = found.units.into_iter().filter_map(known).collect();
        let now_ms = self.now_ms();
        let store = self.store()?;
        for facts in &mut units {
            facts.reserved = store.reservation(&facts.unit.sku, &facts.unit.serial, now_ms).map(|found| found.terminal);
        }
        Ok(Answer::Resolved(Resolved { text, products, units }))
    }

    fn look_up(&mut self, skus: BTreeSet<Sku>) -> Result<Answer, Fault> {
        let mut found = BTreeMap::new();
        for sku in skus {
            let facts = match self.store()?.product(&sku)? {
                Some(product) => Some(ProductFacts { parts: self.store()?.parts(&product)?, product }),
                None => None,
            };
            found.insert(sku, facts);
        }
        Ok(Answer::LookedUp(found))
    }

    fn search(&mut self, query: String) -> Result<Answer, Fault> {
        let found = self.store()?.search(&query, SEARCH_ROWS_MAX)?;
        let mut rows = Vec::with_capacity(found.products.len());
        for (product, on_hand) in found.products {
            let parts = self.store()?.parts(&product)?;
            rows.push(FoundProduct { facts: ProductFacts { product, parts }, on_hand });
        }
        Ok(Answer::Found { query, rows, more: found.more })
    }

    fn held(&mut self) -> Result<Vec<HeldCart>, Fault> {
        let operators = self.store()?.operators()?;
        let name = |id: &OperatorId| operators.iter().find(|o| o.id == *id).map_or_else(|| id.to_string(), |o| o.name.clone());
        let held = self.store()?.held()?.into_iter();
        Ok(held.map(|h| HeldCart { operator: name(&h.operator), at_ms: h.at_ms, cart: h.cart }).collect())
    }

    fn held_count(&mut self) -> Result<u32, Fault> {
        Ok(u32::try_from(self.store()?.held()?.len()).unwrap_or(u32::MAX))
    }

    fn open_shift(&mut self, op: OpId, actor: &OperatorId, opening_float: Money) -> Result<Answer, Fault> {
        let number = self.store()?.next_number(DocumentKind::Shift)?;
        let body = Body::ShiftOpen(ShiftOpen { number, opening_float });
        Ok(match self.submit(op, actor, body)? {
            Verdict::Refused(refusal) => Answer::Refused(refusal),
            _ => Answer::Shift(Box::new(self.store()?.till()?)),
        })
    }

    fn close_shift(&mut self, op: OpId, actor: &OperatorId, cash_counted: Money) -> Result<Answer, Fault> {
        let verdict = self.submit(op, actor, Body::ShiftClose(ShiftClose { cash_counted }))?;
        let till = self.store()?.till()?;
        Ok(match (verdict, till.closed.clone()) {
            (Verdict::Refused(refusal), _) => Answer::Refused(refusal),
            (_, Some(closed)) => Answer::ShiftClosed { till: Box::new(till), closed: Box::new(closed) },
            (_, None) => Answer::Refused(Refusal::NoShift),
        })
    }

    /// The one moment that counts: the sale is on disk in two places when this answers `Settled`.
    fn settle(&mut self, cart: &Cart, actor: &OperatorId) -> Result<Answer, Fault> {
        let stamp = self.stamp();
        let submitted = self.store()?.settle(cart, actor, stamp)?;
        match submitted {
            Submitted { verdict: Verdict::Refused(refusal), .. } => Ok(Answer::Refused(refusal)),
            Submitted { document, .. } => self.settled(document.as_ref()),
        }
    }

    fn settled(&mut self, document: Option<&DocumentNumber>) -> Result<Answer, Fault> {
        let saved = document.map(|number| self.store()?.sale(number)).transpose()?.flatten();
        Ok(match saved {
            Some((op, sale)) => Answer::Settled(Box::new(Settled { op, sale, till: self.store()?.till()? })),
            None => Answer::Failed(Notice::StorageFailed { reason: "the sale was saved and cannot be read back".into() }),
        })
    }

    fn submit(&mut self, op: OpId, actor: &OperatorId, body: Body) -> Result<Verdict, Fault> {
        let stamp = self.stamp();
        Ok(self.store()?.submit(op, actor, None, body, stamp)?.verdict)
    }

    fn receipts(&mut self) -> Result<Vec<ReceiptHead>, Fault> {
        let heads = self.store()?.receipts(RECEIPTS_MAX)?.into_iter();
        Ok(heads.map(|h| ReceiptHead { number: h.number, at_ms: h.at_ms, total: h.total, serials: h.serials.join(", ") }).collect())
    }

    /// By number, else the newest with that serial.
    fn find_receipt(&mut self, text: &str) -> Result<Option<Settled>, Fault> {
        let mut found = self.store()?.sale(&DocumentNumber::from(text))?;
        if let (None, Ok(serial)) = (&found, Serial::parse(text)) {
            let newest = self.store()?.receipts_with(&serial, 1)?.into_iter().next();
            found = newest.map(|head| self.store()?.sale(&head.number)).transpose()?.flatten();
        }
        let till = self.store()?.till()?;
        Ok(found.map(|(op, sale)| Settled { op, sale, till }))
    }

    pub(super) fn outbox_state(&mut self) -> Result<OutboxState, Fault> {
        let status = self.store()?.outbox_status()?;
        let counts = self.store()?.counts()?;
        let not_applied = self.store()?.not_applied(NOT_APPLIED_MAX)?.into_iter();
        Ok(OutboxState {
            pending: status.pending,
            oldest_ms: status.oldest_wall_ms,
            units: counts.units,
            products: counts.products,
            not_applied: not_applied.map(not_applied_op).collect(),
            unseen: self.store()?.unseen()?,
            products_version: self.store()?.products_version(),
            heard: self.store()?.peer_ops().values().sum(),
            disputes: self.disputes()?,
            known_at_ms: self.store()?.known_at_ms(),
            disk_low: self.free_bytes().is_some_and(|free| free < DISK_LOW_BYTES),
        })
    }
}

fn not_applied_op(op: engine::terminal::NotApplied) -> NotAppliedOp {
    use ledger::verdict::Outcome;
    let reason = match &op.outcome {
        Outcome::Applied => String::new(),
        Outcome::Conflict { units } => units.join(", "),
        Outcome::Rejected { reason, .. } | Outcome::Parked { reason, .. } => reason.clone(),
    };
    let document = op.document.map_or(op.kind, |number| number.to_string());
    NotAppliedOp { op: op.op, document, at_ms: op.at_ms, outcome: op.outcome.name().to_owned(), reason, seen: op.seen_by.is_some() }
}
