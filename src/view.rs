//! What each page shows, as plain data: the app presents itself as a [`View`], the UI draws it.
//! Words stand in the `.slint` files; here are codes, numbers, names and formatted amounts.

mod devices;

pub use devices::*;

use crate::message::{Language, LineField, PaymentMethod};
use crate::notice::Notice;

/// Everything on the screen at one moment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct View {
    pub page: Page,
    pub layer: Layer,
    pub header: Header,
    pub language: Language,
    /// A red refusal in front of everything, until acknowledged.
    pub refusal: Option<Notice>,
    /// Counts refusals: the same one again is heard again.
    pub refusals: u64,
    /// The amount that `refusal` names, in the shop's currency; empty if it names none.
    pub refusal_amount: String,
    /// A short good or warning word; goes by itself.
    pub flash: Option<Flash>,
    /// Something is being saved or looked up for longer than a blink.
    pub busy: bool,
    /// The screen is dark until a touch or a scan.
    pub blank: bool,
    pub login: LoginView,
    pub shift: ShiftView,
    pub sale: SaleView,
    pub payment: PaymentView,
    pub receipt: ReceiptView,
    pub receipts: Vec<ReceiptRow>,
    pub sync: SyncView,
    pub scanners: ScannersView,
    pub learn: LearnView,
    pub enrol: EnrolView,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Page {
    /// The box belongs to no hub yet.
    Enrol,
    #[default]
    Login,
    OpenShift,
    Sale,
    Payment,
    Receipt,
    /// The receipts of this terminal, newest first, to look at and print again.
    Receipts,
    CloseShift,
    ZReport,
    Sync,
    /// How the scanners are doing, and trying them out.
    Scanners,
    /// Finding out how a scanner is set up.
    Learn,
    /// What to do at a scanner, and the code that it is learnt by, to print.
    SetUpSheet,
}

/// What lies in front of the page. One at a time: there is one window.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Layer {
    #[default]
    None,
    Serials(SerialPrompt),
    /// "Enter serial numbers?" for units whose policy leaves it to the cashier.
    AskSerials {
        missing: u32,
        names: Vec<String>,
    },
    /// May the unit that this names be sold, in spite of what is known of it?
    Caution(Notice),
    LineEditor(LineEditor),
    /// Somebody with the right must confirm with name and PIN.
    Approval(LoginView),
    /// One code, several products.
    Chooser {
        code: String,
        by: ChosenBy,
        products: Vec<Choice>,
    },
    Search {
        query: String,
        results: Vec<SearchRow>,
        more: bool,
    },
    Held(Vec<HeldRow>),
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Header {
    /// It belongs to a hub, and syncs.
    pub enrolled: bool,
    pub shop: String,
    pub terminal: String,
    pub operator: String,
    pub sync: SyncState,
    pub pending: u32,
    /// Own ops that the hub did not simply apply and nobody has looked at.
    pub unseen: u32,
    pub scanner: ScannerState,
    /// Name of the scanner that needs attention, if one does.
    pub scanner_name: String,
    /// Warnings of the device itself, such as a nearly full disk.
    pub disk_low: bool,
    /// Own sales that another one disputes.
    pub disputes: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SyncState {
    #[default]
    Synced,
    /// Ops wait and are on their way.
    Waiting,
    /// The hub does not answer. Normal; selling goes on.
    Offline,
    /// Needs a person: wrong hub, refused key, garbage.
    Trouble,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ScannerState {
    /// None configured.
    #[default]
    None,
    Live,
    /// Unplugged or not yet there.
    Absent,
    /// Another program holds it.
    Busy,
    /// No permission to open it.
    Denied,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flash {
    pub kind: FlashKind,
    pub what: FlashWhat,
    /// Product name, serial or amount the flash is about.
    pub text: String,
    /// Counts up, so that the same flash twice is shown twice.
    pub serial_no: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlashKind {
    Ok,
    Warn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlashWhat {
    Added,
    SerialTaken,
    Removed,
    Undone,
    Held,
    Recalled,
    /// The cart of before a crash or power cut is back.
    Recovered,
    /// The hub changed a product that is in the sale.
    ProductChanged,
    Saved,
    Printed,
    /// The same code again within the repeat window; counted once.
    RepeatedScan,
    /// A slip could not be printed, and its page is left already.
    NotPrinted,
    /// The hub's answer makes an own op doubtful.
    HubRefusedOp,
    /// Another terminal sold a unit that this one sold too.
    UnitDisputed,
    /// Something is asked about a unit, which its text names.
    Question,
    /// A code on the page where scanners are tried out.
    ScanRead,
    ScannerFound,
    /// A scanner sent something else than was shown.
    ScannerNotFound,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LoginView {
    pub operators: Vec<OperatorTile>,
    pub chosen: Option<usize>,
    pub pin_length: usize,
    pub state: LoginState,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OperatorTile {
    pub name: String,
    /// `picker`, `cashier`, `supervisor` or `admin`.
    pub role: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LoginState {
    #[default]
    Ready,
    Checking,
    Wrong {
        tries_left: u32,
    },
    /// Too many wrong PINs; the wait survives a restart.
    Wait {
        seconds: u32,
    },
    /// Only a supervisor's own PIN, on this terminal, unlocks.
    Locked,
    /// The right PIN of somebody without the right that is asked for.
    NotAllowed,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ShiftView {
    /// The amount being typed: float when opening, count when closing.
    pub entry: String,
    pub report: ZReport,
}

/// A shift in numbers; amounts are formatted, `difference_sign` is -1, 0 or 1.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ZReport {
    pub number: String,
    pub operator: String,
    pub opened_at: String,
    pub closed_at: String,
    pub sales: u32,
    pub units: u32,
    pub gross: String,
    pub discounts: String,
    pub cash: String,
    pub card: String,
    pub wallet: String,
    pub opening_float: String,
    pub cash_expected: String,
    pub cash_counted: String,
    pub difference: String,
    pub difference_sign: i32,
    pub first_receipt: String,
    pub last_receipt: String,
    pub held: u32,
    pub pending: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SaleView {
    pub lines: Vec<LineView>,
    pub selected: Option<usize>,
    pub quantity: u32,
    pub total: String,
    pub discount: String,
    pub held: u32,
    pub can_undo: bool,
    /// What was scanned last, in full.
    pub last_scan: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LineView {
    pub sku: String,
    pub name: String,
    pub quantity: u32,
    pub price: String,
    /// Empty unless the price was changed: the catalogue's price.
    pub list_price: String,
    pub discount: String,
    pub total: String,
    /// The serials entered so far, separated by commas.
    pub serials: String,
    pub serials_have: u32,
    pub serials_wanted: u32,
    pub serials_state: LineSerials,
    pub change: LineChange,
}

/// What the catalogue says of a line by now; somebody must decide on it before payment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum LineChange {
    #[default]
    None,
    Price {
        from: String,
        to: String,
    },
    /// A combination stands for other goods.
    Parts,
    NotSold,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LineSerials {
    /// Not tracked; some may be there for reference.
    #[default]
    None,
    Complete,
    /// Must be entered before payment.
    Required,
    /// May be entered.
    Optional,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SerialPrompt {
    pub name: String,
    pub sku: String,
    /// Of a combination: the product the cashier sees on the line.
    pub part_of: String,
    pub wanted: u32,
    pub have: u32,
    /// Every serial on the line.
    pub taken: Vec<TakenSerial>,
    pub required: bool,
    /// No rule asks for them: they are kept for reference.
    pub for_reference: bool,
    pub entry: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TakenSerial {
    pub serial: String,
    /// On a combination: the part that bears it.
    pub of: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LineEditor {
    pub line: usize,
    pub name: String,
    pub field: LineField,
    pub quantity: String,
    pub price: String,
    pub discount: String,
    /// What is being typed; empty while nothing was.
    pub entry: String,
    /// The operator needs a supervisor for price and discount.
    pub needs_approval: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choice {
    pub sku: String,
    pub name: String,
    pub price: String,
    /// Of a unit: whether it is in stock.
    pub in_stock: bool,
}

/// What the products to choose among have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ChosenBy {
    /// A unit of each bears the serial.
    #[default]
    Serial,
    /// The code stands on the label of each.
    Code,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchRow {
    pub sku: String,
    pub name: String,
    pub price: String,
    pub on_hand: i64,
    pub tracked: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HeldRow {
    pub at: String,
    pub operator: String,
    pub first_line: String,
    pub lines: u32,
    pub total: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PaymentView {
    pub due: String,
    pub left: String,
    pub change: String,
    pub method: PaymentMethod,
    pub entry: String,
    pub reference: String,
    /// Round notes above the amount left, for one tap; the first is the exact amount.
    pub quick: Vec<String>,
    pub taken: Vec<PaymentRow>,
    /// Everything is paid: the sale can be settled.
    pub complete: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PaymentRow {
    pub method: PaymentMethod,
    pub amount: String,
    pub reference: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReceiptView {
    pub number: String,
    pub total: String,
    pub change: String,
    /// The slip as it is printed, a line each.
    pub slip: Vec<String>,
    pub printer: PrinterState,
    pub printer_reason: String,
    /// Looked up again, not just sold.
    pub reprint: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PrinterState {
    /// No printer configured: the slip is on the screen only.
    #[default]
    None,
    Ready,
    Printing,
    Printed,
    Failed,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReceiptRow {
    pub number: String,
    pub at: String,
    pub total: String,
    pub serials: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SyncView {
    pub state: SyncState,
    pub hub: String,
    pub pending: u32,
    /// Age of the oldest waiting op.
    pub oldest_seconds: Option<u64>,
    pub last_success_seconds: Option<u64>,
    pub next_try_seconds: Option<u64>,
    pub error: SyncError,
    /// The technical half of the error, for whoever is called.
    pub error_detail: String,
    pub in_flight: bool,
    /// Own ops that the hub did not simply apply.
    pub not_applied: Vec<NotApplied>,
    /// Somebody is signed in, who can say that they have seen them.
    pub can_see: bool,
    /// Units sold twice, as far as it is known here.
    pub disputes: Vec<DisputeView>,
    pub units: u64,
    pub products: u64,
    /// Other terminals of the shop.
    pub peers: Vec<PeerRow>,
    /// Documents of theirs that the hub has not told yet.
    pub heard: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PeerRow {
    pub name: String,
    pub reachable: bool,
    /// How long ago it was heard; none if never.
    pub heard_seconds: Option<u64>,
    /// Own documents that it does not have.
    pub missing: u32,
}

/// What keeps the terminal from syncing, for the screen's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SyncError {
    #[default]
    None,
    /// Nobody answers at the address.
    Unreachable,
    /// It answered, but not in time.
    TimedOut,
    /// Something answered that is not our hub's protocol.
    Garbage,
    /// A hub, but not the one this terminal is enrolled at.
    OtherHub,
    /// The hub does not know this terminal or has revoked it.
    NotEnrolled,
    /// The hub is busy or broken and says so.
    HubTrouble,
    /// The hub has no news for a program this old.
    Outdated,
    /// This terminal could not store what the hub sent.
    Storage,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NotApplied {
    pub document: String,
    pub at: String,
    /// `conflict`, `rejected` or `parked`.
    pub outcome: String,
    /// The refusal's code and sentence.
    pub reason: String,
    pub seen: bool,
}

/// A unit sold twice, with what each side knew.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DisputeView {
    pub serial: String,
    pub product: String,
    /// A sale of this terminal is part of it.
    pub own: bool,
    /// The hub has not said so yet.
    pub likely: bool,
    pub first: DisputeSide,
    pub second: DisputeSide,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DisputeSide {
    pub document: String,
    pub at: String,
    /// The hub's version of the unit that was known.
    pub believed: Option<u64>,
    /// How far the hub's news were known.
    pub base: Option<u64>,
}
