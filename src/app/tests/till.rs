//! A till in a test: the app with the ledger in memory behind it. A line is what happens; then the
//! screen must begin with what is expected of it: `Page/Layer !refusal lines total`.

use super::super::*;
use crate::message::{LineField, PadKey, PaymentMethod};
use crate::view::{Layer, LineChange, LineView};
use crate::writer::{FoundProduct, OutboxState, PinResult, ProductFacts, Resolved, Started};
use ledger::apply::Stance;
use ledger::catalogue::ProductsChange;
use ledger::id::{DocumentNumber, TerminalId};
use ledger::op::{Base, Body, Hash, Op, Stamp};
use ledger::row::{Key, Part, Product, Row, SerialPolicy};
use ledger::serial::Serial;
use ledger::shift::{ShiftClose, ShiftOpen};
use ledger::story::{MemoryShop, Shop};
use ledger::verdict::Verdict;

const SHOP: &str = r#"
    product PHONE 500.00 in-out "Pixel 9"
    product LAPTOP 900.00 in-out "ThinkPad"
    product CABLE 5.00 out "Cable"
    product CASE 10.00 off "Case"
    combination SET 505.00 PHONE*1 CASE*1 "Phone set"
    operator ana cashier
    operator sam supervisor
    operator pia picker
    T1 stock-in PHONE*4 A1 A2 A3 SAME by sam -> applied
    T1 stock-in LAPTOP*3 L1 L2 SAME by sam -> applied
    T1 stock-in PHONE*1 BAD1 defective by sam -> applied
    T9 open 0.00 -> applied
    T1 stock-in PHONE*1 OLD by sam -> applied
    T1 stock-in PHONE*1 FAR at depot by sam -> applied
    T1 stock-in PHONE*1 CART by sam -> applied
    T9 sell PHONE*1 OLD cash 500.00 -> applied
"#;

/// Barcodes of products.
const CODES: [(&str, &str); 3] = [("PHONE", "4006381333931"), ("LAPTOP", "5901234123457"), ("CABLE", "9780201379624")];

pub struct Till {
    pub app: App,
    pub shop: MemoryShop,
    pub cart: Option<Cart>,
    pub held: Vec<HeldCart>,
    pub receipts: Vec<Settled>,
    pub slips: usize,
    pub outbox: OutboxState,
    pub orders: Vec<ScannersOrder>,
    /// The hub and the code that were last asked to be told.
    pub enrolling: Option<(String, String)>,
    pub now_ms: i64,
}

impl Till {
    pub fn new() -> Till {
        Till::in_a_shop("")
    }

    /// In a shop with other settings.
    fn in_a_shop(settings: &str) -> Till {
        let mut shop = MemoryShop::default();
        ledger::story::run(&format!("{SHOP}{settings}"), &mut shop).expect("the scene holds");
        let mut till = Till::around(App::new(Till::facts_of_t1(), ids(), 0), shop);
        till.input(Input::Writer(Answer::Started(Box::new(till.started()))));
        till
    }

    /// A box that belongs to no hub; once it does, it is in the shop.
    pub fn unenrolled() -> Till {
        let mut shop = MemoryShop::default();
        ledger::story::run(SHOP, &mut shop).expect("the scene holds");
        let facts = Facts { terminal: String::new(), warehouse: WarehouseId::default(), hub: String::new(), ..Till::facts_of_t1() };
        Till::around(App::unenrolled(facts, ids(), 0), shop)
    }

    pub fn facts_of_t1() -> Facts {
        Facts {
            enrolled: true,
            terminal: "Till 1".into(),
            warehouse: "main".into(),
            hub: "http://hub".into(),
            has_printer: true,
            slip_columns: 32,
            slip_ascii: false,
            language: Language::English,
            lock_after_minutes: 5,
            blank_after_s: 0,
        }
    }

    fn around(app: App, shop: MemoryShop) -> Till {
        let outbox = OutboxState { known_at_ms: Some(1_000), ..OutboxState::default() };
        Till { app, shop, cart: None, held: Vec::new(), receipts: Vec::new(), slips: 0, outbox, orders: Vec::new(), enrolling: None, now_ms: 1_000 }
    }

    /// A till with Ana at it and an open shift.
    pub fn open() -> Till {
        Till::open_with("")
    }

    /// The same in a shop with other settings.
    pub fn open_with(settings: &str) -> Till {
        let mut till = Till::in_a_shop(settings);
        till.play(&[("pick ana", "Login/None"), ("pin 1111", "OpenShift/None"), ("keys 100", "OpenShift/None"), ("open-shift", "Sale/None 0 $0.00")]);
        till
    }

    #[track_caller]
    pub fn play(&mut self, lines: &[(&str, &str)]) {
        for (line, expected) in lines {
            self.line(line);
            let shown = self.shown();
            assert!(shown.starts_with(expected), "{line:?}: expected {expected:?}, the screen shows {shown:?}");
        }
    }

    fn line(&mut self, line: &str) {
        self.now_ms += 10;
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let index = || rest.parse().unwrap_or(0);
        let intent = match word {
            "scan" => return self.scan(rest),
            "label" => return self.label(rest),
            "doubtful" => return self.doubtful(rest),
            "other-country" => return self.input(Input::Scan(other_country())),
            "hub" => return self.hub(rest),
            "fault" => return self.input(Input::Scan(fault())),
            "wait" => {
                self.now_ms += rest.parse::<i64>().expect("milliseconds");
                return self.input(Input::Tick);
            }
            "pick" => Intent::PickOperator(self.app.tiles().iter().position(|o| o.id.as_str() == rest).expect("the operator has a tile")),
            "pin" => {
                rest.chars().for_each(|digit| self.key(digit));
                Intent::Key(PadKey::Enter)
            }
            "keys" => return rest.chars().for_each(|key| self.key(key)),
            "ok" => Intent::Acknowledge,
            "touch" => Intent::Wake,
            "back" => Intent::Back,
            "sign-out" => Intent::SignOut,
            "open-shift" => Intent::OpenShift,
            "show-close" => Intent::ShowCloseShift,
            "close-shift" => Intent::CloseShift,
            "more" => Intent::MoreOf(index()),
            "less" => Intent::LessOf(index()),
            "remove" => Intent::RemoveLine(index()),
            "take-change" => Intent::TakeChange(index()),
            "keep-price" => Intent::KeepPrice(index()),
            "undo" => Intent::Undo,
            "hold" => Intent::Hold,
            "show-held" => Intent::ShowHeld,
            "recall" => Intent::Recall(index()),
            "search" => Intent::SearchText(rest.into()),
            "result" => Intent::PickResult(index()),
            "pay" => Intent::Pay,
            "serial-text" => Intent::SerialText(rest.into()),
            "submit-serial" => Intent::SubmitSerial,
            "drop-serial" => Intent::DropSerial(index()),
            "skip" => Intent::SkipSerials,
            "serials" => Intent::OpenSerials(index()),
            "ask-yes" => Intent::AnswerAskSerials(true),
            "ask-no" => Intent::AnswerAskSerials(false),
            "yes" => Intent::AnswerCaution(true),
            "no" => Intent::AnswerCaution(false),
            "choose" => Intent::Choose(index()),
            "edit" => Intent::EditLine(index()),
            "price" => Intent::EditField(LineField::Price),
            "discount" => Intent::EditField(LineField::Discount),
            "apply" => Intent::ApplyEdit,
            "card" => Intent::PickMethod(PaymentMethod::Card),
            "reference" => Intent::ReferenceText(rest.into()),
            "quick" => Intent::QuickAmount(index()),
            "add" => Intent::AddPayment,
            "drop-payment" => Intent::DropPayment(index()),
            "settle" => Intent::Settle,
            "next" => Intent::NextSale,
            "receipts" => Intent::ShowReceipts,
            "receipt" => Intent::PickReceipt(index()),
            "sync" => Intent::ShowSync,
            "seen" => Intent::OutcomesSeen,
            other => at_the_scanners(other, rest),
        };
        self.input(Input::Intent(intent));
    }

    fn key(&mut self, key: char) {
        let key = match key {
            '.' => PadKey::Dot,
            'c' => PadKey::Clear,
            digit => PadKey::Digit(u8::try_from(digit.to_digit(10).expect("a digit")).unwrap()),
        };
        self.input(Input::Intent(Intent::Key(key)));
    }

    fn scan(&mut self, text: &str) {
        let text = text.replace("<GS>", "\u{1d}");
        self.input(Input::Scan(scan::ScanEvent::Scan(scan::Scan::plain("till", text, 1))));
    }

    /// A code with a doubt: under another keyboard country it would look better.
    fn doubtful(&mut self, text: &str) {
        let seems = vec![scan::LayoutName::De, scan::LayoutName::At];
        self.input(Input::Scan(scan::ScanEvent::Scan(scan::Scan { seems, ..scan::Scan::plain("till", text, 1) })));
    }

    /// A code that the scanner said is GS1's.
    fn label(&mut self, text: &str) {
        let gs1 = Some(scan::Gs1::parse(text).expect("element strings"));
        self.input(Input::Scan(scan::ScanEvent::Scan(scan::Scan { gs1, ..scan::Scan::plain("till", text, 1) })));
    }

    /// The hub changes a product, and the feed brings it: `CASE price 900`, `SET parts CASE`.
    fn hub(&mut self, change: &str) {
        let words: Vec<&str> = change.split_whitespace().collect();
        let before = self.products().into_iter().find(|product| product.sku.as_str() == words[0]).expect("a product");
        let product = match words[1..] {
            ["price", cents] => Product { price: ledger::money::Money(cents.parse().unwrap()), ..before },
            ["inactive"] => Product { active: false, ..before },
            ["in-out"] => Product { policy: SerialPolicy::StockInOut, ..before },
            ["parts", sku] => Product { parts: vec![Part { sku: sku.into(), quantity: 1 }], ..before },
            _ => panic!("no such change: {change:?}"),
        };
        let body = Body::Products(ProductsChange { products: vec![product] });
        let id = OpId(uuid::Uuid::from_u128((2 << 100) + u128::from(self.outbox.products_version)));
        let at = Stamp { wall_ms: self.now_ms, ..Stamp::default() };
        let op = Op {
            id,
            device: "hub".into(),
            incarnation: 1,
            seq: 0,
            actor: "sam".into(),
            approved_by: None,
            at,
            base: Base::default(),
            prev: Hash::default(),
            body,
        };
        assert_eq!(self.shop.run(op, Stance::Witness), Verdict::Applied);
        self.outbox.products_version += 1;
        self.input(Input::Writer(Answer::Outbox(self.outbox.clone())));
    }

    pub fn input(&mut self, input: Input) {
        for effect in self.app.update(input, self.now_ms) {
            match effect {
                Effect::Print(_) => self.slips += 1,
                Effect::Hurry => {}
                Effect::Scanners(order) => self.orders.push(order),
                Effect::Enrol { hub, code } => self.enrolling = Some((hub, code)),
                Effect::Write(command) => {
                    assert!(self.app.view().header.enrolled, "a box of no hub stores nothing");
                    if let Some(answer) = self.perform(command) {
                        self.input(Input::Writer(answer));
                    }
                }
            }
        }
    }

    pub fn shown(&self) -> String {
        let view = self.app.view();
        let layer = match &view.layer {
            Layer::None => "None".to_owned(),
            Layer::Serials(p) => format!("Serials({} {}/{})", p.name, p.have, p.wanted),
            Layer::AskSerials { missing, .. } => format!("Ask({missing})"),
            Layer::Caution(question) => format!("Caution({})", question.code()),
            Layer::LineEditor(_) => "Editor".into(),
            Layer::Approval(login) => format!("Approval({})", login.operators.len()),
            Layer::Chooser { products, .. } => format!("Chooser({})", products.len()),
            Layer::Search { results, .. } => format!("Search({})", results.len()),
            Layer::Held(rows) => format!("Held({})", rows.len()),
        };
        let refusal = view.refusal.as_ref().map(|n| format!(" !{}", n.code())).unwrap_or_default();
        let blank = if view.blank { "dark " } else { "" };
        format!("{blank}{:?}/{layer}{refusal} {} {}{}", view.page, view.sale.lines.len(), view.sale.total, changes(&view))
    }
}

/// The writer's part, on the ledger in memory.
impl Till {
    fn perform(&mut self, command: Command) -> Option<Answer> {
        Some(match command {
            Command::Start => Answer::Started(Box::new(self.started())),
            Command::Resolve { text } => Answer::Resolved(self.resolve(text)),
            Command::Search { query } => {
                let found: Vec<_> = self.products().into_iter().filter(|p| p.name.contains(&query)).collect();
                let rows = found.into_iter().map(|p| FoundProduct { facts: self.facts(p), on_hand: 1 }).collect();
                Answer::Found { query, rows, more: false }
            }
            Command::LookUp { skus } => {
                let all = self.products();
                let facts = |sku: &Sku| all.iter().find(|p| p.sku == *sku).map(|p| self.facts(p.clone()));
                Answer::LookedUp(skus.iter().map(|sku| (sku.clone(), facts(sku))).collect())
            }
            Command::MarkSeen { ops, .. } => {
                let seen = self.outbox.not_applied.iter_mut().filter(|op| ops.contains(&op.op));
                self.outbox.unseen -= seen.map(|op| op.seen = true).count() as u64;
                Answer::Outbox(self.outbox.clone())
            }
            Command::KeepCart(cart) => {
                self.cart = Some(cart);
                return None;
            }
            Command::Hold { cart, at_ms, .. } => {
                self.held.push(HeldCart { cart, operator: "ana".into(), at_ms });
                Answer::Held { count: 1 }
            }
            Command::ListHeld => Answer::HeldList(self.held.clone()),
            Command::TakeHeld { op } => {
                let at = self.held.iter().position(|h| h.cart.op == op);
                Answer::TookHeld { cart: at.map(|at| self.held.remove(at).cart), count: 0 }
            }
            Command::CheckPin { operator, pin, purpose, .. } => {
                let result = if pin == "1111" { PinResult::Right } else { PinResult::Wrong { tries_left: 4 } };
                Answer::Pin { operator, purpose, result }
            }
            Command::OpenShift { op, actor, opening_float } => {
                let number = DocumentNumber::from("T1-Z0001");
                self.answer(op, actor, None, Body::ShiftOpen(ShiftOpen { number, opening_float }), |till, _| Answer::Shift(Box::new(till.till())))
            }
            Command::CloseShift { op, actor, cash_counted } => self.answer(op, actor, None, Body::ShiftClose(ShiftClose { cash_counted }), |till, _| {
                let till = till.till();
                Answer::ShiftClosed { closed: Box::new(till.closed.clone().expect("just closed")), till: Box::new(till) }
            }),
            Command::Settle { cart, actor } => {
                let number = DocumentNumber::new(format!("T1-{:06}", self.receipts.len() + 1));
                let sale = cart.to_sale(number, "main".into()).expect("the app settles only what is paid");
                self.answer(cart.op, actor, cart.approved_by.clone(), Body::Sale(sale.clone()), |till, op| {
                    let settled = Settled { op, sale, till: till.till() };
                    till.receipts.push(settled.clone());
                    Answer::Settled(Box::new(settled))
                })
            }
            Command::ListReceipts => Answer::Receipts(self.receipts.iter().map(head).collect()),
            Command::FindReceipt { text } => {
                let found = self.receipts.iter().find(|r| r.sale.number.as_str() == text || r.sale.units().any(|u| u.serial.as_str() == text));
                Answer::Receipt(found.cloned().map(Box::new))
            }
            Command::LookAtOutbox => Answer::Outbox(self.outbox.clone()),
            Command::Sync(_) | Command::Beat(_) | Command::Stop => return None,
        })
    }

    fn answer(&mut self, id: OpId, actor: OperatorId, approved_by: Option<OperatorId>, body: Body, done: impl FnOnce(&mut Till, Op) -> Answer) -> Answer {
        let device = TerminalId::from("T1");
        let (at, base) = (Stamp { wall_ms: self.now_ms, ..Stamp::default() }, Base { at_ms: self.outbox.known_at_ms, ..Base::default() });
        let op = Op { id, device, incarnation: 1, seq: 0, actor, approved_by, at, base, prev: Hash::default(), body };
        match self.shop.run(op.clone(), Stance::Author) {
            Verdict::Refused(refusal) => Answer::Refused(refusal),
            _ => done(self, op),
        }
    }

    pub fn started(&self) -> Started {
        let operators = ["ana", "sam", "pia"].map(|id| match self.shop.row(&Key::Operator(id.into())) {
            Some(Row::Operator(row)) => row,
            other => panic!("{id} is {other:?}"),
        });
        Started {
            settings: match self.shop.row(&Key::Settings) {
                Some(Row::Settings(settings)) => settings,
                _ => Settings::default(),
            },
            operators: operators.to_vec(),
            till: self.till(),
            cart: self.cart.clone(),
            held: 0,
            recoveries: Vec::new(),
            outbox: self.outbox.clone(),
        }
    }

    fn till(&self) -> ledger::row::Till {
        match self.shop.row(&Key::Till("T1".into())) {
            Some(Row::Till(till)) => till,
            _ => ledger::row::Till::new("T1".into()),
        }
    }

    fn products(&self) -> Vec<Product> {
        let row = |sku: &str| match self.shop.row(&Key::Product(sku.into())) {
            Some(Row::Product(product)) => Product { codes: CODES.iter().filter(|(of, _)| *of == sku).map(|(_, code)| (*code).into()).collect(), ..product },
            other => panic!("{sku} is {other:?}"),
        };
        ["PHONE", "LAPTOP", "CABLE", "CASE", "SET"].map(row).to_vec()
    }

    fn facts(&self, product: Product) -> ProductFacts {
        let parts = self.products().into_iter().filter(|p| product.parts.iter().any(|part| part.sku == p.sku)).collect();
        ProductFacts { product, parts }
    }

    fn resolve(&self, text: String) -> Resolved {
        // A code that stands on two labels.
        let named = |p: &Product| p.sku.as_str() == text || p.codes.contains(&text) || (text == "TWIN" && matches!(p.sku.as_str(), "CABLE" | "CASE"));
        let products = self.products().into_iter().filter(named).map(|p| self.facts(p)).collect();
        let serial = Serial::parse(&text).ok();
        let unit = |product: Product| match self.shop.row(&Key::Unit(product.sku.clone(), serial.clone()?)) {
            Some(Row::Unit(unit)) => {
                let reserved = (unit.serial.as_str() == "CART").then(|| "T02".into());
                Some(UnitFacts { unit, ver: Some(1), product, reserved })
            }
            _ => None,
        };
        Resolved { units: self.products().into_iter().filter_map(unit).collect(), products, text }
    }
}

fn ids() -> Box<dyn FnMut() -> OpId> {
    let mut next = 1_u128 << 100;
    Box::new(move || {
        next += 1;
        OpId(uuid::Uuid::from_u128(next))
    })
}

/// What is done on the pages of the scanners, and before the box belongs to a hub.
fn at_the_scanners(word: &str, rest: &str) -> Intent {
    match word {
        "scanners" => Intent::ShowScanners,
        "learn" => Intent::LearnScanner,
        "again" => Intent::LearnAgain,
        "name" => Intent::ScannerName(rest.into()),
        "keep" => Intent::KeepScanner,
        "address" => Intent::EnrolAddress(rest.into()),
        "code" => Intent::EnrolCode(rest.into()),
        "enrol" => Intent::Enrol,
        "sheet" => Intent::ShowSetUpSheet,
        "print-sheet" => Intent::PrintSetUpSheet,
        other => panic!("no line begins with {other:?}"),
    }
}

/// ` ~0 price` for a line that the hub changed the product of, ` .` if there is none.
fn changes(view: &View) -> String {
    let shown = |(index, line): (usize, &LineView)| match &line.change {
        LineChange::None => None,
        LineChange::Price { .. } => Some(format!(" ~{index} price")),
        LineChange::Parts => Some(format!(" ~{index} parts")),
        LineChange::NotSold => Some(format!(" ~{index} not-sold")),
    };
    let changes: String = view.sale.lines.iter().enumerate().filter_map(shown).collect();
    if changes.is_empty() { " .".into() } else { changes }
}

fn head(settled: &Settled) -> ReceiptHead {
    ReceiptHead { number: settled.sale.number.clone(), at_ms: 0, total: settled.sale.total, serials: String::new() }
}

fn fault() -> scan::ScanEvent {
    scan::ScanEvent::Fault(scan::Fault { device: "till".into(), kind: scan::FaultKind::Lost, raw: Vec::new(), seems: Vec::new(), t_us: 0 })
}

fn other_country() -> scan::ScanEvent {
    let seems = scan::LayoutName::ALL[4..].to_vec();
    scan::ScanEvent::Fault(scan::Fault { device: "till".into(), kind: scan::FaultKind::Country, raw: b"SN/7".to_vec(), seems, t_us: 0 })
}
