//! Writes the ops that the lines of a story speak of.

mod documents;

use super::Shop;
use super::words::{Words, amount, count};
use crate::apply::Stance;
use crate::catalogue::{OperatorsChange, ProductsChange, SettingsChange};
use crate::id::{DocumentNumber, OpId, OperatorId, Sku, TerminalId};
use crate::op::{Base, Body, HUB_DEVICE, Hash, Op, Stamp};
use crate::refusal::Refusal;
use crate::role::Role;
use crate::row::{Caution, Key, Operator, Part, Product, Row, SerialPolicy, SerialScope, SerialsAtSale, Settings};
use crate::verdict::Verdict;
use std::collections::BTreeMap;

/// Why a line makes no op.
pub(super) enum Stop {
    /// A serial's text was refused before there was an op to judge.
    Refused(Refusal),
    /// The line cannot be read; what was wanted instead.
    Malformed(String),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Stop::Refused(refusal)
    }
}

impl From<String> for Stop {
    fn from(wanted: String) -> Self {
        Stop::Malformed(wanted)
    }
}

/// Remembers where each device's chain stands, and what was said last.
#[derive(Default)]
pub(super) struct Scribe {
    ops: u64,
    chains: BTreeMap<TerminalId, Chain>,
    first_operator: OperatorId,
    last: Option<(Op, Stance)>,
    accepted: Vec<OpId>,
    documents: BTreeMap<DocumentNumber, OpId>,
}

#[derive(Clone, Default)]
struct Chain {
    seq: u64,
    prev: Hash,
    documents: u32,
}

/// Time of the first event; each further one is a second later.
const BEGIN_MS: i64 = 1_700_000_000_000;

impl Scribe {
    /// The op that a line speaks of, and in which capacity it is folded in.
    pub(super) fn write(&mut self, words: &mut Words, shop: &impl Shop) -> Result<(Op, Stance), Stop> {
        let stance = if words.flag("hub") { Stance::Witness } else { Stance::Author };
        if words.flag("again") {
            words.end()?;
            let (op, _) = self.last.clone().ok_or("an event before `again`".to_owned())?;
            return Ok((op, stance));
        }
        let scene = matches!(words.peek(), Some("product" | "combination" | "operator" | "settings"));
        let device = if scene { TerminalId::from(HUB_DEVICE) } else { TerminalId::new(words.need("a terminal")?) };
        let op = self.op(device, words, shop)?;
        words.end()?;
        Ok((op, stance))
    }

    fn op(&mut self, device: TerminalId, words: &mut Words, shop: &impl Shop) -> Result<Op, Stop> {
        let chain = self.chains.get(&device).cloned().unwrap_or_default();
        let fresh = OpId(uuid::Uuid::from_u128(u128::from(self.ops) + 1));
        let id = if words.flag("same-id") { self.last.as_ref().map_or(fresh, |(last, _)| last.id) } else { fresh };
        let actor = words.option("by").map_or_else(|| self.first_operator.clone(), OperatorId::new);
        let approved_by = words.option("ok-by").map(OperatorId::new);
        let number = words.option("as").unwrap_or_else(|| format!("{device}-{}", chain.documents + 1));
        let wall_ms = BEGIN_MS + 1_000 * i64::try_from(self.ops).expect("a story of fewer than 2^63 lines");
        let base = base(words, wall_ms)?;
        let body = self.body(DocumentNumber::new(number), words, shop)?;
        let at = Stamp { wall_ms, ..Stamp::default() };
        let (seq, prev) = (chain.seq + 1, chain.prev);
        Ok(Op { id, device, incarnation: 1, seq, actor, approved_by, at, base, prev, body })
    }

    fn body(&mut self, number: DocumentNumber, words: &mut Words, shop: &impl Shop) -> Result<Body, Stop> {
        match words.need("a verb")?.as_str() {
            "product" => Ok(product(words, false)?),
            "combination" => Ok(product(words, true)?),
            "operator" => Ok(self.operator(words)?),
            "settings" => Ok(settings(words, shop)?),
            "open" => Ok(documents::open(number, words)?),
            "close" => Ok(documents::close(words)?),
            "stock-in" => documents::stock_in(number, words),
            "sell" => documents::sale(number, words, shop),
            "edit" => documents::edit(words),
            "resolve" => documents::resolve(words, &self.documents),
            verb => Err(Stop::Malformed(format!("open, close, stock-in, sell, edit or resolve, not {verb}"))),
        }
    }

    /// Keeps what an op has become.
    pub(super) fn note(&mut self, op: Op, stance: Stance, verdict: &Verdict) {
        self.ops += 1;
        let taken = matches!(verdict, Verdict::Applied | Verdict::Conflict(_));
        let stored = taken || (stance == Stance::Witness && *verdict != Verdict::Duplicate);
        let chain = self.chains.entry(op.device.clone()).or_default();
        if stored && op.seq > chain.seq {
            (chain.seq, chain.prev) = (op.seq, op.seal().hash);
        }
        if taken {
            self.accepted.push(op.id);
            chain.documents += u32::from(op.body.document().is_some());
            self.documents.extend(op.body.document().map(|number| (number.clone(), op.id)));
        }
        self.last = Some((op, stance));
    }

    /// The ops that had an effect, in order.
    pub(super) fn accepted(&self) -> impl Iterator<Item = OpId> {
        self.accepted.iter().copied()
    }

    fn operator(&mut self, words: &mut Words) -> Result<Body, String> {
        let id = OperatorId::new(words.need("an operator")?);
        let role = match words.need("a role")?.as_str() {
            "picker" => Role::Picker,
            "cashier" => Role::Cashier,
            "supervisor" => Role::Supervisor,
            "admin" => Role::Admin,
            other => return Err(format!("picker, cashier, supervisor or admin, not {other}")),
        };
        if self.first_operator.as_str().is_empty() {
            self.first_operator = id.clone();
        }
        let operator = Operator { name: id.to_string(), id, role, pin_hash: String::new(), active: !words.flag("inactive") };
        Ok(Body::Operators(OperatorsChange { operators: vec![operator] }))
    }
}

/// What the author knew: all of it a moment ago, unless the line says otherwise.
fn base(words: &mut Words, wall_ms: i64) -> Result<Base, String> {
    let pos = words.option("base").map(|pos| count(&pos)).transpose()?;
    let age_minutes = words.option("age").map_or(Ok(0), |minutes| count(&minutes))?;
    let at_ms = wall_ms - 60_000 * i64::from(age_minutes);
    Ok(Base { feed: if pos.is_some() { "story".into() } else { String::new() }, pos: pos.unwrap_or(0).into(), at_ms: Some(at_ms) })
}

fn product(words: &mut Words, combination: bool) -> Result<Body, String> {
    let sku = Sku::new(words.need("a SKU")?);
    let price = amount(&words.need("a price")?)?;
    let active = !words.flag("inactive");
    let name = words.take_quoted().unwrap_or_else(|| sku.to_string());
    let (policy, parts) = if combination { (SerialPolicy::Off, parts(words)?) } else { (policy(words)?, Vec::new()) };
    let product = Product { sku, name, codes: Vec::new(), price, policy, parts, category: String::new(), active };
    Ok(Body::Products(ProductsChange { products: vec![product] }))
}

fn policy(words: &mut Words) -> Result<SerialPolicy, String> {
    match words.need("a policy")?.as_str() {
        "off" => Ok(SerialPolicy::Off),
        "out" => Ok(SerialPolicy::AtStockOut),
        "in-out" => Ok(SerialPolicy::StockInOut),
        other => Err(format!("off, out or in-out, not {other}")),
    }
}

fn parts(words: &mut Words) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    while let Some(word) = words.next() {
        let (sku, quantity) = word.split_once('*').ok_or("a part such as CASE*1")?;
        parts.push(Part { sku: sku.into(), quantity: count(quantity)? });
    }
    Ok(parts)
}

/// Changes some settings and leaves the others as they stand.
fn settings(words: &mut Words, shop: &impl Shop) -> Result<Body, String> {
    let mut settings = match shop.row(&Key::Settings) {
        Some(Row::Settings(settings)) => settings,
        _ => Settings::default(),
    };
    while let Some(name) = words.next() {
        let value = words.need("a value")?;
        match (name.as_str(), value.as_str()) {
            ("serial-control", "on") => settings.serial_control = true,
            ("serial-control", "off") => settings.serial_control = false,
            ("serials-at-sale", "ask") => settings.serials_at_sale = SerialsAtSale::Ask,
            ("serials-at-sale", "require") => settings.serials_at_sale = SerialsAtSale::Require,
            ("serial-scope", "sku") => settings.serial_scope = SerialScope::Sku,
            ("serial-scope", "merchant") => settings.serial_scope = SerialScope::Merchant,
            ("elsewhere", word) => settings.elsewhere = caution(word)?,
            ("reserved", word) => settings.reserved = caution(word)?,
            ("stale", word) => settings.stale = caution(word)?,
            ("stale-after", minutes) => settings.stale_after_ms = 60_000 * u64::from(count(minutes)?),
            _ => return Err(format!("a setting of the serials, not {name} {value}")),
        }
    }
    Ok(Body::Settings(SettingsChange { settings }))
}

fn caution(word: &str) -> Result<Caution, String> {
    match word {
        "allow" => Ok(Caution::Allow),
        "ask" => Ok(Caution::Ask),
        "block" => Ok(Caution::Block),
        other => Err(format!("allow, ask or block, not {other}")),
    }
}
