//! The rows that ops fold into: what is true now. A row is known by its [`Key`] and carries the
//! version that the hub gives it; a terminal's own unsent ops leave the version as it was.

use crate::id::{DocumentNumber, OpId, OperatorId, Sku, TerminalId, WarehouseId};
use crate::money::Money;
use crate::role::Role;
use crate::serial::Serial;
use serde::{Deserialize, Serialize};

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

/// The document that moved a unit, and when its terminal said it happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentRef {
    pub op: OpId,
    pub number: DocumentNumber,
    pub at_ms: i64,
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
    /// Two documents claim it; only a person can say which is right.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disputed: bool,
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

/// Two documents took the same unit out. Kept until a person resolves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    pub sku: Sku,
    pub serial: Serial,
    /// The document that the hub received first.
    pub first: DocumentRef,
    pub second: DocumentRef,
    pub second_terminal: TerminalId,
    /// Version of the unit that the second terminal knew when it sold.
    pub second_believed: Option<u64>,
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
        }
    }

    /// The row as stored and sent: compact JSON.
    pub fn to_json(&self) -> String {
        let json = match self {
            Row::Settings(row) => serde_json::to_string(row),
            Row::Operator(row) => serde_json::to_string(row),
            Row::Product(row) => serde_json::to_string(row),
            Row::Unit(row) => serde_json::to_string(row),
            Row::Stock(row) => serde_json::to_string(row),
            Row::Till(row) => serde_json::to_string(row),
            Row::Conflict(row) => serde_json::to_string(row),
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
}

impl Table {
    pub const ALL: [Table; 7] = [Table::Settings, Table::Operator, Table::Product, Table::Unit, Table::Stock, Table::Till, Table::Conflict];

    pub fn name(self) -> &'static str {
        match self {
            Table::Settings => "settings",
            Table::Operator => "operator",
            Table::Product => "product",
            Table::Unit => "unit",
            Table::Stock => "stock",
            Table::Till => "till",
            Table::Conflict => "conflict",
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
        }
    }

    /// The key within its table, as text.
    pub fn text(&self) -> String {
        let s = KEY_SEPARATOR;
        match self {
            Key::Settings => String::new(),
            Key::Operator(id) => id.0.clone(),
            Key::Product(sku) => sku.0.clone(),
            Key::Unit(sku, serial) => format!("{sku}{s}{serial}"),
            Key::Stock(sku, warehouse) => format!("{sku}{s}{warehouse}"),
            Key::Till(terminal) => terminal.0.clone(),
            Key::Conflict(op, sku, serial) => format!("{op}{s}{sku}{s}{serial}"),
        }
    }
}

fn yes() -> bool {
    true
}
