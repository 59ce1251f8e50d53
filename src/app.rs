//! What the terminal is doing: one state machine, pure. An [`Input`] comes in, the state changes,
//! [`Effect`]s go out; the screen is a function of the state ([`App::view`]). It knows no thread,
//! no disk, no clock of its own and no toolkit, so a whole shift can be played in a test.

mod amount;
mod blank;
mod caution;
mod changes;
mod editor;
mod enrol;
mod label;
mod learn;
mod login;
mod payment;
mod present;
mod receipt;
mod sale;
mod scanned;
mod scanners;
mod serials;
mod shift;
mod status;
#[cfg(test)]
mod tests;

pub use amount::{show as show_amount, show_time};
pub use scanners::{Attention, RawLine, ScannersNews, ScannersOrder};

use crate::message::{Intent, Language};
use crate::notice::Notice;
use crate::slip::Slip;
use crate::view::{EnrolTrouble, Flash, FlashKind, FlashWhat, LoginState, PrinterState, View};
use crate::writer::{Answer, Command, HeldCart, ProductFacts, ReceiptHead, Settled, UnitFacts};
use ledger::cart::Cart;
use ledger::id::{OpId, OperatorId, Sku, WarehouseId};
use ledger::refusal::Refusal;
use ledger::row::{ClosedShift, Operator, Settings, Till};
use ledger::serial::Serial;
use std::collections::{BTreeMap, VecDeque};

/// How long a green or orange word stays.
const FLASH_MS: i64 = 1_600;
/// How long a change can be taken back with one tap: a handful of steps is what people remember.
const UNDO_MAX: usize = 50;
/// How often the state of the outbox is looked at for the header chip.
const LOOK_EVERY_MS: i64 = 1_000;

/// What happens to the app.
#[derive(Debug)]
pub enum Input {
    Intent(Intent),
    Scan(scan::ScanEvent),
    Writer(Answer),
    Uplink(UplinkNews),
    /// All of them, whenever something about one changes.
    Peers(Vec<PeerNews>),
    Printer(PrinterNews),
    Scanners(ScannersNews),
    /// The box was introduced to a hub, or not.
    Enrolled(Result<Facts, EnrolTrouble>),
    /// Time goes by. Comes about once a second.
    Tick,
}

/// What the app asks of the world.
#[derive(Debug)]
pub enum Effect {
    Write(Command),
    /// Try to sync now.
    Hurry,
    Print(Slip),
    Scanners(ScannersOrder),
    /// Introduce this box to the hub at this address, with this code.
    Enrol {
        hub: String,
        code: String,
    },
}

/// How the uplink is doing, whenever that changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UplinkNews {
    pub error: crate::view::SyncError,
    pub error_detail: String,
    pub last_success_ms: Option<i64>,
    pub next_try_ms: Option<i64>,
    pub in_flight: bool,
}

/// How another terminal of the shop is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerNews {
    /// What people call it; an address of the configuration at which no peer answered yet.
    pub name: String,
    pub reachable: bool,
    pub heard_ms: Option<i64>,
    /// Own ops that it does not have.
    pub missing: u64,
}

/// What became of a slip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrinterNews {
    Printed,
    Failed { reason: String },
}

/// What never changes while the terminal runs, but for the one time that it is introduced to a hub.
#[derive(Debug, Clone)]
pub struct Facts {
    /// It belongs to a hub. If not, there is nothing that is stored, and the next three are empty.
    pub enrolled: bool,
    pub terminal: String,
    pub warehouse: WarehouseId,
    pub hub: String,
    pub has_printer: bool,
    pub slip_columns: usize,
    pub slip_ascii: bool,
    pub language: Language,
    /// Minutes without a touch or scan until the till asks for a PIN again; 0 never.
    pub lock_after_minutes: u32,
    /// Seconds without a touch or scan until the screen goes dark; 0 never.
    pub blank_after_s: u32,
}

/// The whole state.
pub struct App {
    facts: Facts,
    ids: Box<dyn FnMut() -> OpId>,
    now_ms: i64,
    touched_ms: i64,
    looked_ms: i64,
    started: bool,
    /// The screen is dark, for nobody looks at it.
    blank: bool,
    page: PageState,
    layer: LayerState,
    language: Language,
    refusal: Option<Notice>,
    /// Counts refusals, so that the same one twice is heard twice.
    refusals: u64,
    /// What else is to be told, one after the other.
    untold: VecDeque<Notice>,
    flash: Option<(Flash, i64)>,
    flashes: u64,
    busy: bool,
    settings: Settings,
    operators: Vec<Operator>,
    till: Option<Till>,
    operator: Option<Operator>,
    pin: login::PinEntry,
    cart: Cart,
    undo: Vec<Cart>,
    selected: Option<usize>,
    /// What the catalogue was last heard to say of the products in the cart.
    catalogue: BTreeMap<Sku, Option<ProductFacts>>,
    asked_for_serials: bool,
    held: u32,
    /// What waits for the sale on the screen to be held.
    after_hold: Option<AfterHold>,
    last_scan: String,
    /// Under which keyboard countries the last scan would look more like a serial.
    doubt: Vec<scan::LayoutName>,
    label: Option<label::Label>,
    /// The unit that the cashier just said yes about.
    confirmed: Option<Serial>,
    entry: amount::Entry,
    payment: payment::PaymentState,
    shown: Option<ShownReceipt>,
    receipts: Vec<ReceiptHead>,
    closed: Option<ClosedShift>,
    scanners: scanners::Scanners,
    learn: learn::Learn,
    enrolment: enrol::Enrolment,
    status: status::Status,
}

/// The page, with nothing that belongs to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PageState {
    Enrol,
    Login,
    OpenShift,
    Sale,
    Payment,
    Receipt,
    Receipts,
    CloseShift,
    ZReport,
    Sync,
    Scanners,
    Learn,
    SetUpSheet,
}

/// What comes once the sale on the screen is safely put aside.
#[derive(Debug, Clone, Copy)]
pub(crate) enum AfterHold {
    Nothing,
    Recall(OpId),
    CloseShift,
}

/// The layer in front, with its own state.
#[derive(Debug, Clone)]
pub(crate) enum LayerState {
    None,
    Serials(serials::Prompt),
    AskSerials,
    /// May this unit be sold, in spite of what is known of it?
    Caution(caution::Question),
    Editor(editor::Editor),
    Approval(editor::Editor),
    Chooser {
        text: String,
        among: Among,
    },
    Search {
        query: String,
        found: Vec<crate::writer::FoundProduct>,
        more: bool,
    },
    Held(Vec<HeldCart>),
}

/// What one code may mean.
#[derive(Debug, Clone)]
pub(crate) enum Among {
    /// Units of several products, bearing the same serial.
    Units(Vec<UnitFacts>),
    /// Products with the same code on their labels.
    Products(Vec<ProductFacts>),
}

/// The receipt on the screen.
pub(crate) struct ShownReceipt {
    settled: Settled,
    slip: Slip,
    printer: PrinterState,
    printer_reason: String,
    reprint: bool,
}

impl App {
    pub fn new(facts: Facts, mut ids: Box<dyn FnMut() -> OpId>, now_ms: i64) -> Self {
        let cart = Cart::new(ids());
        App {
            language: facts.language,
            facts,
            ids,
            now_ms,
            touched_ms: now_ms,
            looked_ms: now_ms,
            started: false,
            blank: false,
            page: PageState::Login,
            layer: LayerState::None,
            refusal: None,
            refusals: 0,
            untold: VecDeque::new(),
            flash: None,
            flashes: 0,
            busy: false,
            settings: Settings::default(),
            operators: Vec::new(),
            till: None,
            operator: None,
            pin: login::PinEntry::default(),
            cart,
            undo: Vec::new(),
            selected: None,
            catalogue: BTreeMap::new(),
            asked_for_serials: false,
            held: 0,
            after_hold: None,
            last_scan: String::new(),
            doubt: Vec::new(),
            label: None,
            confirmed: None,
            entry: amount::Entry::default(),
            payment: payment::PaymentState::default(),
            shown: None,
            receipts: Vec::new(),
            closed: None,
            scanners: scanners::Scanners::default(),
            learn: learn::Learn::default(),
            enrolment: enrol::Enrolment::default(),
            status: status::Status::default(),
        }
    }

    /// Takes one input at `now_ms` (wall clock) and says what to do.
    pub fn update(&mut self, input: Input, now_ms: i64) -> Vec<Effect> {
        if now_ms < self.now_ms {
            // The wall clock was set back: what was to end by it ends now.
            (self.flash, self.touched_ms, self.looked_ms) = (None, now_ms, now_ms);
        }
        self.now_ms = now_ms;
        if self.flash.as_ref().is_some_and(|(_, until_ms)| *until_ms <= now_ms) {
            self.flash = None;
        }
        let mut effects = self.take(input);
        effects.extend(self.attend());
        effects.extend(self.answers());
        effects
    }

    fn take(&mut self, input: Input) -> Vec<Effect> {
        match input {
            Input::Intent(intent) => {
                self.touched_ms = self.now_ms;
                if self.wake() {
                    return Vec::new();
                }
                self.scanners.unanswered = None;
                self.doubt.clear();
                // Whoever goes on has seen the word, and what opens now must not lie under it.
                self.flash = None;
                self.intent(intent)
            }
            Input::Scan(event) => self.scan_event(event),
            Input::Writer(answer) => self.answer(answer),
            Input::Uplink(news) => self.uplink_news(news),
            Input::Peers(news) => self.peer_news(news),
            Input::Printer(news) => self.printer_news(news),
            Input::Scanners(news) => self.scanners_news(news),
            Input::Enrolled(outcome) => self.enrolled(outcome),
            Input::Tick => self.tick(),
        }
    }

    /// What the screen shows now.
    pub fn view(&self) -> View {
        present::present(self)
    }

    fn intent(&mut self, intent: Intent) -> Vec<Effect> {
        if self.refusal.is_some() {
            if matches!(intent, Intent::Acknowledge | Intent::Back) {
                self.refusal = None;
                if let Some(next) = self.untold.pop_front() {
                    return self.fail(next);
                }
            }
            return Vec::new();
        }
        match intent {
            Intent::Acknowledge | Intent::Wake => Vec::new(),
            Intent::Back => self.back(),
            Intent::SetLanguage(language) => self.set_language(language),
            Intent::Key(key) => self.key(key),
            Intent::PickOperator(index) => self.pick_operator(index),
            Intent::SignOut => self.sign_out(),
            Intent::OpenShift => self.open_shift(),
            Intent::ShowCloseShift => self.show_close_shift(),
            Intent::CloseShift => self.close_shift(),
            Intent::PrintZReport => self.print_z_report(),
            Intent::ShowSync => self.show_sync(),
            Intent::SyncNow => vec![Effect::Hurry],
            Intent::OutcomesSeen => self.outcomes_seen(),
            Intent::ShowScanners => self.show_scanners(),
            Intent::LearnScanner => self.show_learn(),
            Intent::LearnAgain => self.learn_again(),
            Intent::ScannerName(name) => self.learn_name(name),
            Intent::KeepScanner => self.keep_learnt(),
            Intent::ShowSetUpSheet => self.show_sheet(),
            Intent::PrintSetUpSheet => self.print_sheet(),
            Intent::EnrolAddress(text) => self.enrol_address(text),
            Intent::EnrolCode(text) => self.enrol_code(text),
            Intent::Enrol => self.enrol(),
            Intent::PrintReceipt => self.print_receipt(),
            Intent::NextSale => self.next_sale(),
            Intent::ShowReceipts => self.show_receipts(),
            Intent::PickReceipt(index) => self.pick_receipt(index),
            Intent::PickMethod(method) => self.pick_method(method),
            Intent::QuickAmount(index) => self.quick_amount(index),
            Intent::ReferenceText(text) => self.reference_text(text),
            Intent::AddPayment => self.add_payment(),
            Intent::DropPayment(index) => self.drop_payment(index),
            Intent::Settle => self.settle(),
            Intent::AnswerCaution(yes) => self.answer_caution(yes),
            sale_intent => self.sale_intent(sale_intent),
        }
    }

    fn answer(&mut self, answer: Answer) -> Vec<Effect> {
        match answer {
            Answer::Started(started) => self.start(*started),
            Answer::Resolved(resolved) => self.resolved(resolved),
            Answer::LookedUp(found) => self.looked_up(found),
            Answer::Found { query, rows, more } => self.found(query, rows, more),
            Answer::Held { count } => self.now_held(count),
            Answer::HeldList(list) => self.show_held_list(list),
            Answer::TookHeld { cart, count } => self.took_held(cart, count),
            Answer::Pin { operator, purpose, result } => self.pin_checked(&operator, purpose, result),
            Answer::Shift(till) => self.shift_opened(*till),
            Answer::ShiftClosed { till, closed } => self.shift_closed(*till, *closed),
            Answer::Settled(settled) => self.settled(*settled),
            Answer::Receipts(heads) => self.show_receipt_list(heads),
            Answer::Receipt(found) => self.receipt_found(found.map(|b| *b)),
            Answer::Outbox(outbox) => self.outbox(outbox),
            Answer::Changed { settings, operators } => self.shop_changed(*settings, operators),
            Answer::Refused(refusal) => self.refused(refusal),
            Answer::Failed(notice) => self.failed(notice),
            Answer::Trouble(notice) => self.fail(notice),
            Answer::SoldTwice { document, serials } => {
                self.tell(Notice::SoldTwice { document, serials });
                Vec::new()
            }
            Answer::Reopened(started) => self.reopened(*started),
        }
    }

    /// One step back: the layer first, then the page.
    fn back(&mut self) -> Vec<Effect> {
        if self.pin.state == LoginState::Checking {
            return Vec::new();
        }
        match (&self.layer, self.page) {
            (LayerState::Approval(editor), _) if !editor.keeps => {
                let editor = editor.clone();
                self.layer = LayerState::Editor(editor);
            }
            (LayerState::None, PageState::Login) => self.pin = login::PinEntry::default(),
            (LayerState::None, PageState::OpenShift | PageState::ZReport) => return self.sign_out(),
            (LayerState::None, PageState::Payment) => return self.leave_payment(),
            (LayerState::None, PageState::Receipt) => return self.next_sale(),
            (LayerState::None, PageState::Sale | PageState::Enrol) => {}
            (LayerState::None, PageState::SetUpSheet) => self.page = PageState::Scanners,
            (LayerState::None, PageState::Learn) if self.operator.is_some() || !self.has_no_scanner() => self.page = PageState::Scanners,
            (LayerState::None, _) => self.page = self.home(),
            _ => self.layer = LayerState::None,
        }
        self.entry.clear();
        Vec::new()
    }

    /// Where a person who is done with a page goes.
    fn home(&self) -> PageState {
        if !self.facts.enrolled {
            return PageState::Enrol;
        }
        match (&self.operator, self.till.as_ref().is_some_and(|till| till.open.is_some())) {
            (None, _) => PageState::Login,
            (Some(_), false) => PageState::OpenShift,
            (Some(_), true) => PageState::Sale,
        }
    }

    fn set_language(&mut self, language: Language) -> Vec<Effect> {
        self.language = language;
        Vec::new()
    }

    fn refuse(&mut self, refusal: Refusal) -> Vec<Effect> {
        let notice = self.doubted(&refusal).unwrap_or(Notice::Refused(refusal));
        self.fail(notice)
    }

    /// Puts a refusal in front. What is being waited for is waited for still.
    fn fail(&mut self, notice: Notice) -> Vec<Effect> {
        self.flash = None;
        self.wake();
        self.answer_scan(scan::Feedback::Refuse);
        self.refusals += 1;
        self.refusal = Some(notice);
        Vec::new()
    }

    /// A rule that the writer knows said no. It may be that the catalogue changed under the cart.
    fn refused(&mut self, refusal: Refusal) -> Vec<Effect> {
        if refusal.question().is_some() && self.page == PageState::Payment {
            return self.ask_at_settling(refusal);
        }
        self.failed(Notice::Refused(refusal));
        self.look_up_cart()
    }

    /// The writer could not do what it was asked, or may not: the waiting is over.
    fn failed(&mut self, notice: Notice) -> Vec<Effect> {
        self.busy = false;
        self.after_hold = None;
        if self.pin.state == LoginState::Checking {
            self.pin = login::PinEntry::default();
        }
        self.fail(notice)
    }

    fn flash(&mut self, kind: FlashKind, what: FlashWhat, text: impl Into<String>) {
        if kind == FlashKind::Ok {
            self.answer_scan(scan::Feedback::Accept);
        }
        self.flashes += 1;
        let flash = Flash { kind, what, text: text.into(), serial_no: self.flashes };
        self.flash = Some((flash, self.now_ms + FLASH_MS));
    }

    fn actor(&self) -> OperatorId {
        self.operator.as_ref().map(|operator| operator.id.clone()).unwrap_or_default()
    }

    fn fresh_op(&mut self) -> OpId {
        (self.ids)()
    }

    fn warehouse(&self) -> WarehouseId {
        self.facts.warehouse.clone()
    }
}
