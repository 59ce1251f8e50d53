//! The rows that ops fold into: what is true now. A row is known by its [`Key`] and carries the
//! version that the hub gives it; a terminal's own unsent ops leave the version as it was.

use crate::id::{DocumentNumber, OpId, OperatorId, Sku, TerminalId, WarehouseId};
use crate::money::Money;
use crate::op::Hash;
use crate::resolve::Resolution;
use crate::role::Role;
use crate::serial::Serial;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

/// How strictly the serials of a SKU are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum SerialPolicy {
    /// Serials are optional and kept for reference only.
    #[default]
    Off,
    /// Recorded on the way out, without registration at stock-in; the same serial leaves once.
    AtStockOut,
    /// Registered at stock-in, count equals quantity; out goes only what is registered and in stock.
    StockInOut,
}

/// Catalogue record of a SKU.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    pub sku: Sku,
    pub name: String,
    /// Barcodes that name this product; the SKU itself always does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<String>,
    pub price: Money,
    #[serde(default)]
    pub policy: SerialPolicy,
    /// Not empty for a combination SKU: the goods it stands for. It has no serial of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub category: String,
    #[serde(default = "yes")]
    pub active: bool,
}

/// One component of a combination SKU.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub sku: Sku,
    pub quantity: u32,
}

impl Product {
    pub fn is_combination(&self) -> bool {
        !self.parts.is_empty()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitStatus {
    InStock,
    StockedOut,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    #[default]
    Good,
    /// Not offered to sales.
    Defective,
}

/// The document that moved a unit, and when its terminal said it happened. A document that took a
/// unit out also says by whom and on what knowledge: the evidence if another one claims the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct DocumentRef {
    pub op: OpId,
    pub number: DocumentNumber,
    pub at_ms: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terminal: Option<TerminalId>,
    /// The hub's version of the unit that the author knew; none if it knew none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub believed: Option<u64>,
    /// How far in the hub's feed the author had read; none before its first page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<u64>,
}

/// One physical item bearing a serial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    pub sku: Sku,
    pub serial: Serial,
    pub status: UnitStatus,
    #[serde(default)]
    pub condition: Condition,
    pub warehouse: WarehouseId,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notes: String,
    pub created_at_ms: i64,
    /// The document that brought it in; none under [`SerialPolicy::AtStockOut`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub came: Option<DocumentRef>,
    /// The document that took it out last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<DocumentRef>,
    /// How many other documents claim it than the one that took it out. Only a person can say of
    /// each which is right.
    #[serde(default, skip_serializing_if = "none_open")]
    pub disputes: u32,
}

impl Unit {
    pub fn disputed(&self) -> bool {
        self.disputes > 0
    }
}

/// Quantity of a SKU in a warehouse, kept beside the count of its units. May be negative: goods
/// that were carried out of the door are out, whatever the books said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stock {
    pub sku: Sku,
    pub warehouse: WarehouseId,
    pub quantity: i64,
}

/// A person who may sign in at this shop's terminals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operator {
    pub id: OperatorId,
    pub name: String,
    pub role: Role,
    /// argon2id in PHC text form; the PIN itself is nowhere.
    pub pin_hash: String,
    #[serde(default = "yes")]
    pub active: bool,
}

/// How the business runs: what is decided once for the whole shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub shop: String,
    /// Standing in front of amounts, such as `$` or `Rp`.
    pub currency: String,
    /// Decimals of the currency, 0 to 3.
    pub decimals: u8,
    /// The global switch above every SKU's policy: off means that no serial rule holds.
    pub serial_control: bool,
    pub serials_at_sale: SerialsAtSale,
    pub serial_scope: SerialScope,
    /// A unit that is known to be in another warehouse is sold here …
    #[serde(skip_serializing_if = "Caution::is_block")]
    pub elsewhere: Caution,
    /// A unit that lies in the cart of another terminal of the shop is sold …
    #[serde(skip_serializing_if = "Caution::is_ask")]
    pub reserved: Caution,
    /// From this age on a terminal's knowledge is old; 0 never.
    #[serde(skip_serializing_if = "never")]
    pub stale_after_ms: u64,
    /// A unit of which only old knowledge is at hand is sold …
    #[serde(skip_serializing_if = "Caution::is_ask")]
    pub stale: Caution,
    pub receipt_footer: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            shop: String::new(),
            currency: "$".into(),
            decimals: 2,
            serial_control: true,
            serials_at_sale: SerialsAtSale::Ask,
            serial_scope: SerialScope::Sku,
            elsewhere: Caution::Block,
            reserved: Caution::Ask,
            stale_after_ms: 0,
            stale: Caution::Ask,
            receipt_footer: String::new(),
        }
    }
}

impl Settings {
    /// A SKU's policy under the global switch.
    pub fn effective(&self, policy: SerialPolicy) -> SerialPolicy {
        if self.serial_control { policy } else { SerialPolicy::Off }
    }
}

/// What happens before payment when serials under [`SerialPolicy::AtStockOut`] are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum SerialsAtSale {
    /// The cashier is asked whether to enter them.
    #[default]
    Ask,
    Require,
}

/// Among which units a serial must be the only one of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum SerialScope {
    #[default]
    Sku,
    Merchant,
}

/// What a sale does where all is well with a unit but for what is known of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Caution {
    Allow,
    /// The cashier is asked, and what was answered stands in the sale.
    Ask,
    Block,
}

impl Caution {
    fn is_ask(&self) -> bool {
        *self == Caution::Ask
    }

    fn is_block(&self) -> bool {
        *self == Caution::Block
    }
}

/// The cash account of a terminal's drawer, with its open shift.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Till {
    pub terminal: TerminalId,
    /// Receipts numbered so far; the next one is this plus one.
    pub receipts: u32,
    /// Shifts opened so far.
    pub shifts: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<Shift>,
    /// The shift closed last, which its Z report is printed from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<ClosedShift>,
}

impl Till {
    pub fn new(terminal: TerminalId) -> Self {
        Self { terminal, receipts: 0, shifts: 0, open: None, closed: None }
    }
}

/// An operator's span at a till, from float to count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shift {
    pub op: OpId,
    pub number: DocumentNumber,
    pub operator: OperatorId,
    pub opened_at_ms: i64,
    pub opening_float: Money,
    pub totals: ShiftTotals,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct ShiftTotals {
    pub sales: u32,
    /// Units sold by serial.
    pub units: u32,
    /// What was asked for, before discounts.
    pub gross: Money,
    pub discounts: Money,
    /// Cash taken less change given.
    pub cash: Money,
    pub card: Money,
    pub wallet: Money,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_receipt: Option<DocumentNumber>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_receipt: Option<DocumentNumber>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedShift {
    pub shift: Shift,
    pub closed_at_ms: i64,
    pub cash_counted: Money,
}

impl ClosedShift {
    /// What the drawer should hold: the float and the cash taken.
    pub fn cash_expected(&self) -> Money {
        Money(self.shift.opening_float.0.saturating_add(self.shift.totals.cash.0))
    }
}

/// Two documents took the same unit out. It stays open until a person resolves it, and is kept
/// after that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    pub sku: Sku,
    pub serial: Serial,
    /// The document that had the unit when the second one arrived at the hub.
    pub first: DocumentRef,
    pub second: DocumentRef,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved: Option<Resolved>,
}

/// Hex digits of a conflict's short name: enough that no two open ones of a shop share it.
const CONFLICT_NAME_DIGITS: usize = 8;

impl Conflict {
    /// A short name to speak of it by, the same on every machine.
    pub fn name(&self) -> String {
        let key = Key::Conflict(self.second.op, self.sku.clone(), self.serial.clone());
        let mut name = Hash::of(key.text().as_bytes()).to_string();
        name.truncate(CONFLICT_NAME_DIGITS);
        name
    }

    /// Whether a sale of the terminal is part of it.
    pub fn concerns(&self, terminal: &TerminalId) -> bool {
        [&self.first, &self.second].into_iter().any(|document| document.terminal.as_ref() == Some(terminal))
    }

    /// The two documents that claim the unit now: the one that has it, and the second. The former
    /// is not always [`Conflict::first`]: another conflict over the same unit may have been
    /// resolved against that one since.
    pub fn sides<'a>(&'a self, unit: Option<&'a Unit>) -> (&'a DocumentRef, &'a DocumentRef) {
        match &self.resolved {
            Some(Resolved { wrong, right, .. }) if wrong.op == self.second.op => (right, wrong),
            Some(Resolved { wrong, right, .. }) => (wrong, right),
            None => (unit.and_then(|unit| unit.left.as_ref()).unwrap_or(&self.first), &self.second),
        }
    }
}

/// What a person decided, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolved {
    pub op: OpId,
    pub at_ms: i64,
    /// Who answers for it.
    pub by: OperatorId,
    /// The document that did not take this unit out.
    pub wrong: DocumentRef,
    /// The document that has the unit since.
    pub right: DocumentRef,
    pub resolution: Resolution,
    pub reason: String,
}

/// An op that the hub has although another op has its number: the disk of its terminal was copied or
/// put back. Whoever heard of it from the terminal itself knows by this that the rows tell its effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fork {
    pub device: TerminalId,
    /// The place that the op claims.
    pub incarnation: u32,
    pub seq: u64,
    pub hash: Hash,
    /// The rows know nothing of it yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub parked: bool,
}

/// Which row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    Settings,
    Operator(OperatorId),
    Product(Sku),
    Unit(Sku, Serial),
    Stock(Sku, WarehouseId),
    Till(TerminalId),
    /// By the op that came second, the SKU and the serial.
    Conflict(OpId, Sku, Serial),
    /// By the place that the op claims, and its hash.
    Fork(TerminalId, u32, u64, Hash),
}

/// A row of any kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    Settings(Settings),
    Operator(Operator),
    Product(Product),
    Unit(Unit),
    Stock(Stock),
    Till(Till),
    Conflict(Conflict),
    Fork(Fork),
}

impl Row {
    pub fn key(&self) -> Key {
        match self {
            Row::Settings(_) => Key::Settings,
            Row::Operator(row) => Key::Operator(row.id.clone()),
            Row::Product(row) => Key::Product(row.sku.clone()),
            Row::Unit(row) => Key::Unit(row.sku.clone(), row.serial.clone()),
            Row::Stock(row) => Key::Stock(row.sku.clone(), row.warehouse.clone()),
            Row::Till(row) => Key::Till(row.terminal.clone()),
            Row::Conflict(row) => Key::Conflict(row.second.op, row.sku.clone(), row.serial.clone()),
            Row::Fork(row) => Key::Fork(row.device.clone(), row.incarnation, row.seq, row.hash),
        }
    }

    /// The row as stored and sent: compact JSON.
    pub fn to_json(&self) -> String {
        Box::<str>::from(self.to_raw()).into_string()
    }

    /// The same as a part of a larger message, which need not read it again to believe that it is JSON.
    pub fn to_raw(&self) -> Box<RawValue> {
        let json = match self {
            Row::Settings(row) => to_raw_value(row),
            Row::Operator(row) => to_raw_value(row),
            Row::Product(row) => to_raw_value(row),
            Row::Unit(row) => to_raw_value(row),
            Row::Stock(row) => to_raw_value(row),
            Row::Till(row) => to_raw_value(row),
            Row::Conflict(row) => to_raw_value(row),
            Row::Fork(row) => to_raw_value(row),
        };
        json.expect("rows hold only text and numbers, which always encode")
    }

    /// Reads what [`Row::to_json`] wrote, for the table named in the key.
    pub fn from_json(table: Table, json: &str) -> Result<Row, serde_json::Error> {
        Ok(match table {
            Table::Settings => Row::Settings(serde_json::from_str(json)?),
            Table::Operator => Row::Operator(serde_json::from_str(json)?),
            Table::Product => Row::Product(serde_json::from_str(json)?),
            Table::Unit => Row::Unit(serde_json::from_str(json)?),
            Table::Stock => Row::Stock(serde_json::from_str(json)?),
            Table::Till => Row::Till(serde_json::from_str(json)?),
            Table::Conflict => Row::Conflict(serde_json::from_str(json)?),
            Table::Fork => Row::Fork(serde_json::from_str(json)?),
        })
    }
}

/// The kinds of row, as named in storage and on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Table {
    Settings,
    Operator,
    Product,
    Unit,
    Stock,
    Till,
    Conflict,
    Fork,
}

impl Table {
    pub const ALL: [Table; 8] = [Table::Settings, Table::Operator, Table::Product, Table::Unit, Table::Stock, Table::Till, Table::Conflict, Table::Fork];

    pub fn name(self) -> &'static str {
        match self {
            Table::Settings => "settings",
            Table::Operator => "operator",
            Table::Product => "product",
            Table::Unit => "unit",
            Table::Stock => "stock",
            Table::Till => "till",
            Table::Conflict => "conflict",
            Table::Fork => "fork",
        }
    }

    pub fn from_name(name: &str) -> Option<Table> {
        Table::ALL.into_iter().find(|table| table.name() == name)
    }
}

/// Stands between the parts of a key's text; no SKU, serial or id holds it.
pub const KEY_SEPARATOR: char = '\u{1f}';

impl Key {
    pub fn table(&self) -> Table {
        match self {
            Key::Settings => Table::Settings,
            Key::Operator(_) => Table::Operator,
            Key::Product(_) => Table::Product,
            Key::Unit(..) => Table::Unit,
            Key::Stock(..) => Table::Stock,
            Key::Till(_) => Table::Till,
            Key::Conflict(..) => Table::Conflict,
            Key::Fork(..) => Table::Fork,
        }
    }

    /// The key within its table, as text.
    pub fn text(&self) -> String {
        let s = KEY_SEPARATOR;
        match self {
            Key::Settings => String::new(),
            Key::Operator(id) => id.to_string(),
            Key::Product(sku) => sku.to_string(),
            Key::Unit(sku, serial) => format!("{sku}{s}{serial}"),
            Key::Stock(sku, warehouse) => format!("{sku}{s}{warehouse}"),
            Key::Till(terminal) => terminal.to_string(),
            Key::Conflict(op, sku, serial) => format!("{op}{s}{sku}{s}{serial}"),
            Key::Fork(device, incarnation, seq, hash) => format!("{device}{s}{incarnation}{s}{seq}{s}{hash}"),
        }
    }
}

fn yes() -> bool {
    true
}

fn none_open(disputes: &u32) -> bool {
    *disputes == 0
}

fn never(age_ms: &u64) -> bool {
    *age_ms == 0
}
