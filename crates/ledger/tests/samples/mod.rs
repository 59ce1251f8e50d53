//! One of everything that is stored or sent, full and bare.

use ledger::catalogue::{OperatorsChange, ProductsChange, SettingsChange};
use ledger::id::OpId;
use ledger::money::Money;
use ledger::op::{Base, Body, ClockQuality, Hash, Op, Stamp};
use ledger::payment::{Payment, PaymentMethod};
use ledger::refusal::Refusal;
use ledger::resolve::{Resolution, Resolve};
use ledger::role::{Right, Role};
use ledger::row::{
    Caution, ClosedShift, Condition, Conflict, DocumentRef, Fork, Operator, Part, Product, Resolved, Row, SerialPolicy, SerialScope, SerialsAtSale, Settings,
    Shift, ShiftTotals, Stock, Table, Till, Unit, UnitStatus,
};
use ledger::sale::{Sale, SaleLine, SoldUnit};
use ledger::serial::Serial;
use ledger::shift::{ShiftClose, ShiftOpen};
use ledger::stock_in::{StockIn, StockInLine};
use ledger::sync::peer::{Offer, PeerAnswer, PeerHead, Reserved};
use ledger::sync::wire::{
    Contained, Cursor, EnrolAnswer, EnrolRequest, FeedRow, Hello, HelloAnswer, Known, LogHead, Lost, OpOutcome, PassOnHead, Peer, Place, PullAnswer,
    PushAnswer, PushHead, Renew, RenewReason, Resettled, ScopeSum, Seen, SignedHead, SnapshotManifest, Trouble,
};
use ledger::unit_edit::UnitEdit;
use ledger::verdict::Outcome;

/// An op of every kind, by the name of its file; where fields may be left out, once without them.
pub fn ops() -> Vec<(&'static str, Op)> {
    vec![
        ("stock_in@1", op(1, Body::StockIn(stock_in()))),
        ("sale@1", approved(op(2, Body::Sale(sale())))),
        ("sale@1-bare", op(3, Body::Sale(bare_sale()))),
        ("shift_open@1", op(4, Body::ShiftOpen(ShiftOpen { number: "T01-000001".into(), opening_float: Money(10_000) }))),
        ("shift_close@1", op(5, Body::ShiftClose(ShiftClose { cash_counted: Money(61_050) }))),
        ("unit_edit@1", op(6, Body::UnitEdit(unit_edit(Some(Condition::Defective), Some("scratched \"left\" – ✓"))))),
        ("unit_edit@1-bare", op(7, Body::UnitEdit(unit_edit(None, None)))),
        ("products@1", op(8, Body::Products(ProductsChange { products: vec![phone(), set()] }))),
        ("settings@1", op(9, Body::Settings(SettingsChange { settings: settings() }))),
        ("sale@1-cautious", knowing(op(11, Body::Sale(confirmed_sale())))),
        ("resolve@1-reassign", approved(op(12, resolve(Resolution::Reassign { serial: serial("A2") })))),
        ("resolve@1-mis-scan", op(13, resolve(Resolution::MisScan))),
        ("resolve@1-refund", op(14, resolve(Resolution::Refund { warehouse: "main".into() }))),
        ("settings@1-cautious", op(15, Body::Settings(SettingsChange { settings: cautious() }))),
        ("operators@1", op(10, Body::Operators(OperatorsChange { operators: vec![operator()] }))),
    ]
}

/// Texts that read as ops although none is written so.
pub fn also_read() -> Vec<(&'static str, String, Op)> {
    let text = |op: &Op| String::from_utf8(op.seal().bytes).expect("JSON is text");
    let bare = op(3, Body::Sale(bare_sale()));
    let defaults = text(&bare).replace(",\"discount\":0", "");
    let newer = text(&bare).replace("{\"id\":", "{\"weather\":{\"rain\":true},\"id\":").replace("\"payments\":[", "\"tip\":5,\"payments\":[");
    let spaced = text(&bare).replace(',', ", ").replace("\":", "\" : ");
    let nulls = text(&bare).replace("\"base\":", "\"approved_by\":null,\"base\":");
    let reordered = format!("{{\"payload\":{},\"kind\":\"shift_close@1\",{}", "{\"cash_counted\":61050}", envelope_of(&op(5, shift_close())));
    let sparse = op(9, Body::Settings(SettingsChange { settings: Settings { shop: "S".into(), ..Settings::default() } }));
    let settings = serde_json::to_string(&Settings { shop: "S".into(), ..Settings::default() }).expect("plain data");
    let older = text(&sparse).replace(&settings, "{\"shop\":\"S\"}");
    vec![
        ("defaults left out", defaults, bare.clone()),
        ("fields of a newer version", newer, bare.clone()),
        ("written with blanks", spaced, bare.clone()),
        ("an empty field written out", nulls, bare),
        ("the payload before its kind", reordered, op(5, shift_close())),
        ("settings that were not yet there", older, sparse),
    ]
}

fn shift_close() -> Body {
    Body::ShiftClose(ShiftClose { cash_counted: Money(61_050) })
}

/// The text of an op from its id up to its kind, and the brace at the end.
fn envelope_of(op: &Op) -> String {
    let text = String::from_utf8(op.seal().bytes).expect("JSON is text");
    let (envelope, _) = text.trim_start_matches('{').split_once(",\"kind\"").expect("the kind follows the envelope");
    format!("{envelope}}}")
}

fn op(seq: u64, body: Body) -> Op {
    Op {
        id: id(u128::from(seq)),
        device: "T01".into(),
        incarnation: 2,
        seq,
        actor: "ana".into(),
        approved_by: None,
        at: Stamp { wall_ms: 1_700_000_000_123, hlc: 111_411_200_008_060_928, mono_ms: 98_765, boot: "5c1f".into(), clock: ClockQuality::Hub },
        base: Base { feed: "0b7e".into(), pos: 4_711, at_ms: None },
        prev: if seq == 1 { Hash::default() } else { Hash::of(b"the op before") },
        body,
    }
}

/// An op whose author says when it last knew everything.
fn knowing(op: Op) -> Op {
    Op { base: Base { at_ms: Some(1_699_999_990_000), ..op.base }, ..op }
}

fn approved(op: Op) -> Op {
    Op { approved_by: Some("sam".into()), ..op }
}

fn id(low: u128) -> OpId {
    OpId(uuid::Uuid::from_u128(0x018b_cfe5_6800_7000_8000_0000_0000_0000 + low))
}

fn serial(text: &str) -> Serial {
    Serial::parse(text).expect("a good serial")
}

fn stock_in() -> StockIn {
    let phones = StockInLine { sku: "PHONE".into(), quantity: 2, condition: Condition::Defective, serials: vec![serial("A1"), serial("(a)#_-/2")] };
    let cases = StockInLine { sku: "CASE".into(), quantity: 50, condition: Condition::Good, serials: Vec::new() };
    StockIn { number: "T01-000007".into(), warehouse: "main".into(), lines: vec![phones, cases] }
}

fn sale() -> Sale {
    let phone = SoldUnit { sku: "PHONE".into(), serial: serial("A1"), believed: Some(9_007_199_254_740_993), confirmed: false };
    let cable = SoldUnit { sku: "CABLE".into(), serial: serial("C1"), believed: None, confirmed: false };
    let set = SaleLine {
        sku: "SET".into(),
        name: "Starter set".into(),
        quantity: 1,
        price: Money(50_000),
        list_price: Money(50_500),
        discount: Money(250),
        parts: set().parts,
        units: vec![phone, cable],
    };
    let payments = vec![payment(PaymentMethod::Cash, 20_000, ""), payment(PaymentMethod::Card, 20_000, "REF-1"), payment(PaymentMethod::Wallet, 10_000, "W/2")];
    Sale { number: "T01-000008".into(), warehouse: "main".into(), lines: vec![set], payments, total: Money(49_750), change: Money(250) }
}

fn confirmed_sale() -> Sale {
    let mut sale = sale();
    sale.lines[0].units[0].confirmed = true;
    sale
}

fn bare_sale() -> Sale {
    let case = SaleLine {
        sku: "CASE".into(),
        name: "手机壳".into(),
        quantity: 3,
        price: Money(1_000),
        list_price: Money(1_000),
        discount: Money::ZERO,
        parts: Vec::new(),
        units: Vec::new(),
    };
    let payments = vec![payment(PaymentMethod::Cash, 3_000, "")];
    Sale { number: "T01-000009".into(), warehouse: "main".into(), lines: vec![case], payments, total: Money(3_000), change: Money::ZERO }
}

fn payment(method: PaymentMethod, cents: i64, reference: &str) -> Payment {
    Payment { method, amount: Money(cents), reference: reference.into() }
}

fn unit_edit(condition: Option<Condition>, notes: Option<&str>) -> UnitEdit {
    UnitEdit { sku: "PHONE".into(), serial: serial("A1"), condition, notes: notes.map(str::to_owned), reason: "dropped".into() }
}

fn phone() -> Product {
    Product {
        sku: "PHONE".into(),
        name: "Pixel 9".into(),
        codes: vec!["4006381333931".into()],
        price: Money(50_000),
        policy: SerialPolicy::StockInOut,
        parts: Vec::new(),
        category: "Phones".into(),
        active: false,
    }
}

fn set() -> Product {
    let parts = vec![Part { sku: "PHONE".into(), quantity: 1 }, Part { sku: "CABLE".into(), quantity: 2 }];
    Product {
        sku: "SET".into(),
        name: "Starter set".into(),
        codes: Vec::new(),
        price: Money(50_500),
        policy: SerialPolicy::Off,
        parts,
        category: String::new(),
        active: true,
    }
}

fn settings() -> Settings {
    Settings {
        shop: "Corner shop".into(),
        currency: "Rp".into(),
        decimals: 0,
        serial_control: false,
        serials_at_sale: SerialsAtSale::Require,
        serial_scope: SerialScope::Merchant,
        receipt_footer: "Thank you\nCome again".into(),
        ..Settings::default()
    }
}

fn cautious() -> Settings {
    Settings { elsewhere: Caution::Ask, stale_after_ms: 14_400_000, stale: Caution::Block, ..settings() }
}

fn fork(parked: bool) -> Fork {
    Fork { device: "T01".into(), incarnation: 2, seq: 17, hash: Hash::of(b"another op 17"), parked }
}

fn operator() -> Operator {
    Operator { id: "sam".into(), name: "Sam".into(), role: Role::Supervisor, pin_hash: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA".into(), active: true }
}

/// A row of every table.
pub fn rows() -> Vec<(&'static str, Row)> {
    vec![
        ("settings", Row::Settings(settings())),
        ("operator", Row::Operator(operator())),
        ("product", Row::Product(phone())),
        ("product-combination", Row::Product(set())),
        ("unit", Row::Unit(unit())),
        ("unit-bare", Row::Unit(Unit { notes: String::new(), came: None, left: None, disputes: 0, status: UnitStatus::InStock, ..unit() })),
        ("stock", Row::Stock(Stock { sku: "PHONE".into(), warehouse: "main".into(), quantity: -3 })),
        ("till", Row::Till(till())),
        ("till-new", Row::Till(Till::new("T02".into()))),
        ("conflict", Row::Conflict(conflict())),
        ("conflict-reassigned", resolved(Resolution::Reassign { serial: serial("A2") })),
        ("conflict-mis-scanned", resolved(Resolution::MisScan)),
        ("conflict-refunded", resolved(Resolution::Refund { warehouse: "main".into() })),
        ("fork", Row::Fork(fork(false))),
        ("fork-parked", Row::Fork(fork(true))),
        ("settings-cautious", Row::Settings(cautious())),
        ("settings-reserving", Row::Settings(Settings { reserved: Caution::Block, ..settings() })),
    ]
}

fn document(low: u128, number: &str) -> DocumentRef {
    DocumentRef { op: id(low), number: number.into(), at_ms: 1_700_000_000_123, terminal: None, believed: None, base: None }
}

/// A document that took a unit out, with all that it says of its author's knowledge.
fn left(low: u128, number: &str, terminal: &str) -> DocumentRef {
    DocumentRef { terminal: Some(terminal.into()), believed: Some(17), base: Some(4_700), ..document(low, number) }
}

fn unit() -> Unit {
    Unit {
        sku: "PHONE".into(),
        serial: serial("A1"),
        status: UnitStatus::StockedOut,
        condition: Condition::Defective,
        warehouse: "main".into(),
        notes: "scratched".into(),
        created_at_ms: 1_699_999_999_999,
        came: Some(document(1, "T01-000007")),
        left: Some(left(2, "T01-000008", "T01")),
        disputes: 2,
    }
}

fn till() -> Till {
    let totals = ShiftTotals {
        sales: 2,
        units: 1,
        gross: Money(53_500),
        discounts: Money(250),
        cash: Money(23_000),
        card: Money(20_000),
        wallet: Money(10_000),
        first_receipt: Some("T01-000008".into()),
        last_receipt: Some("T01-000009".into()),
    };
    let shift = Shift {
        op: id(4),
        number: "T01-000001".into(),
        operator: "ana".into(),
        opened_at_ms: 1_700_000_000_000,
        opening_float: Money(10_000),
        totals: ShiftTotals::default(),
    };
    let closed = ClosedShift { shift: Shift { totals, ..shift.clone() }, closed_at_ms: 1_700_000_009_000, cash_counted: Money(33_000) };
    Till { terminal: "T01".into(), receipts: 2, shifts: 2, open: Some(shift), closed: Some(closed) }
}

fn conflict() -> Conflict {
    Conflict {
        sku: "PHONE".into(),
        serial: serial("A1"),
        first: left(2, "T01-000008", "T01"),
        second: DocumentRef { believed: None, base: None, ..left(11, "T02-000003", "T02") },
        resolved: None,
    }
}

fn resolved(resolution: Resolution) -> Row {
    let Conflict { first, second, .. } = conflict();
    let resolved = Resolved {
        op: id(12),
        at_ms: 1_700_000_500_000,
        by: "sam".into(),
        wrong: second,
        right: first,
        resolution,
        reason: "The customer showed the box – ✓".into(),
    };
    Row::Conflict(Conflict { resolved: Some(resolved), ..conflict() })
}

fn resolve(resolution: Resolution) -> Body {
    let reason = "The customer showed the box – ✓".into();
    Body::Resolve(Resolve { second: id(11), sku: "PHONE".into(), serial: serial("A1"), wrong: id(2), resolution, reason })
}

pub fn push_heads() -> Vec<(&'static str, PushHead)> {
    vec![("push_head", PushHead { incarnation: 2, first_seq: 41, count: 500, nonce: "5c0ffee".into(), wall_ms: 1_700_000_000_123 })]
}

pub fn push_answers() -> Vec<(&'static str, PushAnswer)> {
    let outcomes = vec![
        OpOutcome { seq: 41, outcome: Outcome::Applied },
        OpOutcome { seq: 42, outcome: Outcome::Conflict { units: vec!["PHONE A1".into()] } },
        OpOutcome { seq: 43, outcome: Outcome::Rejected { code: "already_in_stock".into(), reason: "A1 of Pixel 9 is in stock already.".into() } },
        OpOutcome { seq: 44, outcome: Outcome::Parked { code: "unknown_kind".into(), reason: "This hub does not know the op yet.".into() } },
    ];
    let hub_time_ms = 1_700_000_001_000;
    vec![
        (
            "push_answer",
            PushAnswer {
                acked_seq: 44,
                outcomes,
                expected_seq: None,
                safe_seq: 38,
                next_nonce: "7ea".into(),
                exposed: false,
                hub_time_ms,
                head: signed_head(),
            },
        ),
        (
            "push_answer-gap",
            PushAnswer {
                acked_seq: 40,
                outcomes: Vec::new(),
                expected_seq: Some(41),
                safe_seq: 0,
                next_nonce: String::new(),
                exposed: true,
                hub_time_ms,
                head: signed_head(),
            },
        ),
    ]
}

pub fn log_head() -> LogHead {
    LogHead { number: 9_001, hash: Hash::of(b"log") }
}

pub fn signed_head() -> SignedHead {
    SignedHead { signature: "c2ln".into(), ..SignedHead::unsigned(log_head()) }
}

pub fn contained() -> Vec<Contained> {
    vec![Contained { device: "T01".into(), incarnation: 2, seq: 40 }]
}

pub fn resettled() -> Vec<Resettled> {
    vec![Resettled { incarnation: 2, seq: 39, hash: Some(Hash::of(b"39")), outcome: Outcome::Applied }]
}

pub fn lost() -> Lost {
    Lost { incarnation: 2, first_seq: 3, last_seq: 5 }
}

pub fn renew() -> Renew {
    Renew { incarnation: 2, head_seq: 44, head_hash: Hash::of(b"head"), why: RenewReason::HubAhead }
}

pub fn enrol_request() -> EnrolRequest {
    EnrolRequest { code: "7K4-QPX".into(), device_key: "a2V5".into(), machine: "till-by-the-door".into(), holds: None }
}

pub fn enrol_answer() -> EnrolAnswer {
    EnrolAnswer { terminal: "T01".into(), name: "Front till".into(), incarnation: 2, warehouse: "main".into(), hub: "hub-1".into(), hub_key: "aHVi".into() }
}

pub fn hello() -> Hello {
    Hello {
        protocol: 1,
        program: "0.1.0".into(),
        incarnation: 2,
        head_seq: 44,
        head_hash: Hash::of(b"head"),
        acked_seq: 40,
        nonce: "5c0ffee".into(),
        wall_ms: 1_700_000_000_123,
        seen: vec![Seen { feed: "0b7e".into(), log: log_head() }],
        repairs: 1,
        parked: vec![Place { incarnation: 2, seq: 39 }],
    }
}

pub fn hello_answer() -> HelloAnswer {
    HelloAnswer {
        hub: "hub-1".into(),
        feed: "0b7e".into(),
        feed_pos: 4_711,
        protocol: 1,
        pull_protocol_min: 1,
        head_seq: 40,
        head_hash: Hash::of(b"acked"),
        safe_seq: 38,
        exposed: false,
        resettled: resettled(),
        peers: Vec::new(),
        hub_time_ms: 1_700_000_001_000,
        head: signed_head(),
    }
}

pub fn hello_answer_with_peers() -> HelloAnswer {
    HelloAnswer { peers: vec![Peer { terminal: "T02".into(), name: "Back till".into(), key: "a2V5".into() }], ..hello_answer() }
}

pub fn peer_head() -> PeerHead {
    PeerHead {
        push: PushHead { incarnation: 2, first_seq: 41, count: 1, nonce: "5c0ffee".into(), wall_ms: 1_700_000_000_123 },
        offers: vec![Offer { incarnation: 2, after: 38, last: 41 }],
        reserved: vec![Reserved { sku: "PHONE".into(), serial: Serial::parse("A7").expect("a serial") }],
    }
}

pub fn peer_answer() -> PeerAnswer {
    PeerAnswer { have: contained(), next_nonce: "5c0ffef".into() }
}

pub fn pass_on_head() -> PassOnHead {
    let push = PushHead { incarnation: 2, first_seq: 41, count: 1, nonce: String::new(), wall_ms: 1_700_000_000_123 };
    PassOnHead { push, device: "T02".into(), park: false }
}

pub fn known(parked: bool) -> Known {
    Known { device: "T01".into(), incarnation: 2, seq: 41, hash: Hash::of(b"op"), parked }
}

pub fn cursor() -> Cursor {
    Cursor { feed: "0b7e".into(), pos: 4_711 }
}

pub fn pull_answer() -> PullAnswer {
    let data = |json: String| Some(serde_json::value::RawValue::from_string(json).expect("a row is JSON"));
    let unit = Row::Unit(unit());
    let rows = vec![
        FeedRow { pos: 4_712, table: Table::Unit, key: unit.key().text(), ver: 3, data: data(unit.to_json()) },
        FeedRow { pos: 4_713, table: Table::Product, key: "OLD".into(), ver: 9, data: None },
    ];
    PullAnswer {
        feed: "0b7e".into(),
        rows,
        next: 4_713,
        up_to_date: true,
        contained: contained(),
        sum: Some(ScopeSum { rows: 6_001, sum: u64::MAX }),
        parked: Vec::new(),
        resettled: resettled(),
        known: None,
        hub_time_ms: 1_700_000_001_000,
        head: signed_head(),
    }
}

pub fn snapshot_manifest() -> SnapshotManifest {
    let sum = ScopeSum { rows: 6_000, sum: 1 };
    let (sha256, contained, parked) = (Hash::of(b"file"), contained(), Vec::new());
    SnapshotManifest { feed: "0b7e".into(), pos: 4_711, sha256, bytes: 1_234, unpacked_bytes: 98_304, contained, parked, log: log_head(), sum }
}

pub fn trouble() -> Trouble {
    Trouble { code: "not_enrolled".into(), message: "This terminal is not known here. Enrol it again.".into() }
}

/// A refusal of every kind, in the order of the list.
pub fn refusals() -> Vec<Refusal> {
    let (serial, name, sku) = (String::from("A1"), String::from("Pixel 9"), "PHONE".into());
    let (text, money) = (|text: &String| text.clone(), Money(100));
    vec![
        Refusal::IdReused,
        Refusal::SerialEmpty,
        Refusal::SerialTooLong { length: 65 },
        Refusal::SerialForbiddenCharacter { character: ' ', position: 2 },
        Refusal::UnknownCode { code: text(&serial) },
        Refusal::UnknownSku { sku },
        Refusal::ProductInactive { name: text(&name) },
        Refusal::SerialExpected { scanned: "Case".into(), wanted: text(&name) },
        Refusal::CombinationHasNoSerial { name: text(&name) },
        Refusal::UnknownSerial { serial: text(&serial), name: text(&name) },
        Refusal::WrongSku { serial: text(&serial), belongs_to: "Case".into(), wanted: text(&name) },
        Refusal::DuplicateInSale { serial: text(&serial) },
        Refusal::AlreadyInStock { serial: text(&serial), name: text(&name) },
        Refusal::AlreadySold { serial: text(&serial), document: "T01-000008".into(), at_ms: 0 },
        Refusal::DefectiveUnit { serial: text(&serial) },
        Refusal::DisputedUnit { serial: text(&serial) },
        Refusal::OtherWarehouse { serial: text(&serial), warehouse: "depot".into() },
        Refusal::AskElsewhere { serial: text(&serial), warehouse: "depot".into() },
        Refusal::ReservedUnit { serial: text(&serial), terminal: "T02".into() },
        Refusal::AskReserved { serial: text(&serial), terminal: "T02".into() },
        Refusal::StaleKnowledge { serial: text(&serial), age_ms: Some(5_400_000) },
        Refusal::AskStale { serial: text(&serial), age_ms: None },
        Refusal::SerialsMissing { name: text(&name), have: 0, wanted: 1 },
        Refusal::SerialsTooMany { name: text(&name), wanted: 1 },
        Refusal::EmptySale,
        Refusal::TooManyLines { max: 200 },
        Refusal::QuantityZero,
        Refusal::QuantityTooLarge { max: 9_999 },
        Refusal::PriceTooLarge { max: money },
        Refusal::PriceDiffers { name },
        Refusal::DiscountTooLarge,
        Refusal::AmountOverflow,
        Refusal::NotPermitted { right: Right::Sell },
        Refusal::NoShift,
        Refusal::ShiftAlreadyOpen,
        Refusal::PaymentShort { missing: money },
        Refusal::PaymentTooMuch { over: money },
        Refusal::PaymentReferenceMissing,
        Refusal::ReferenceTooLong { max: 64 },
        Refusal::UnknownConflict { serial: text(&serial) },
        Refusal::ConflictResolved { serial: text(&serial), by: "sam".into(), at_ms: 0 },
        Refusal::NotInConflict { serial: text(&serial) },
        Refusal::SerialUnchanged { serial },
        Refusal::ReasonMissing,
    ]
}
