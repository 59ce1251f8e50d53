//! A cashier who looks at the screen and does what comes next. Nothing else is remembered of a sale
//! than what a person would remember, so it does not matter in which moment the till went dark.
//!
//! Where several tills sell from one shelf, a unit may be gone when it is scanned or paid: such a
//! refusal is acknowledged, and a sale that cannot be settled any more is held.

use super::dice::Dice;
use super::hand::{Hand, Step};
use crate::demo::goods::{Goods, Person};
use crate::demo::till::{number, text};
use anyhow::anyhow;
use serde_json::Value;
use std::collections::VecDeque;
use std::time::Duration;

/// What a till says by itself when the hub found a double use. It may stand in front of anything.
const NEWS: &str = "sold_twice";
/// From the tap on "Settle" to the kill, at most: a sale is committed and shown within this.
const SETTLING: Duration = Duration::from_millis(200);

#[derive(Clone)]
pub struct Cashier {
    people: Vec<Person>,
    goods: Goods,
    /// Registered units still on the shelf, each to be sold once.
    shelf: VecDeque<String>,
    /// What is to be scanned into the sale that is open.
    basket: VecDeque<Item>,
    /// Serials made up so far, for units that are recorded only when they leave.
    made_up: u64,
    mark: String,
    manner: Manner,
    /// The sale was refused when it was settled and is to be put aside.
    putting_aside: bool,
    /// The sale on the screen, as far as the cashier was told.
    pub open: Option<Open>,
    pub shift_is_open: bool,
    pub kill_at_settle: bool,
    /// Sales known to be done.
    pub sold: usize,
    /// Refusals that others were the cause of.
    pub excuses: u32,
}

/// How somebody sells.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// Codes of refusals that others may be the cause of.
    pub excused: &'static [&'static str],
    /// Sales of ten that begin with a registered unit from the shelf.
    pub shelf_of_ten: u64,
}

/// What is known of the sale on the screen.
#[derive(Debug, Clone, Default)]
pub struct Open {
    /// Lines that the screen showed.
    pub lines_shown: u64,
    /// Lines that were on disk: the writer has answered something that was asked later.
    pub lines_kept: u64,
    /// Somebody tapped "Settle".
    pub settling: bool,
    /// Somebody tapped "Hold".
    pub holding: bool,
    /// The unit from the shelf.
    unit: Option<String>,
}

impl Open {
    /// Whether a till that comes back may show so many lines. One may be kept before it is drawn,
    /// and a sale may be held before it leaves the screen.
    pub fn may_show(&self, lines: u64) -> bool {
        (self.holding && lines == 0) || (self.lines_kept..=self.lines_shown + 1).contains(&lines)
    }
}

#[derive(Debug, Clone)]
enum Item {
    /// Without a serial.
    Off,
    /// By its serial, which finds the product.
    Unit(String),
    /// By its product; the prompt asks for the serial.
    Fresh,
    /// Not in the catalogue: refused, and proof that all before it is on disk.
    Unknown,
}

impl Cashier {
    /// `mark` makes the serials that this cashier makes up nobody else's.
    pub fn new(goods: Goods, mark: String, manner: Manner) -> Cashier {
        let people = goods.people.iter().filter(|person| person.role != "picker").cloned().collect();
        let more = goods.more.iter().map(|unit| &unit.serial);
        let shelf = goods.phone.serials.iter().chain(&goods.other.serials).chain(more).cloned().collect();
        Cashier {
            people,
            goods,
            shelf,
            basket: VecDeque::new(),
            made_up: 0,
            mark,
            manner,
            putting_aside: false,
            open: None,
            shift_is_open: false,
            kill_at_settle: false,
            sold: 0,
            excuses: 0,
        }
    }

    /// Somebody who knows as much, at a copy of the till.
    pub fn twin(&self, mark: String) -> Cashier {
        Cashier { mark, made_up: 0, ..self.clone() }
    }

    /// Somebody is signed in and the till is ready to sell or in the middle of it.
    pub fn is_at_work(view: &Value) -> bool {
        matches!(text(view, "page"), "Sale" | "Payment" | "Receipt")
    }

    /// Looks at the screen and does the next thing.
    pub fn go_on(&mut self, hand: &mut Hand, dice: &mut Dice) -> Step<()> {
        let view = hand.see("the till up", |v| v["busy"] == false && number(v, "units") > 0)?;
        if !view["refusal"].is_null() {
            return self.acknowledge(hand, &view);
        }
        match (text(&view, "page"), text(&view, "layer")) {
            ("Login", _) => self.sign_in(hand, &view),
            ("OpenShift", _) => self.open_shift(hand),
            ("Sale", "None") if self.putting_aside => self.put_aside(hand, &view),
            ("Sale", "None") => self.sell(hand, &view, dice),
            ("Sale", "Serials") => self.enter_serial(hand),
            ("Sale", "AskSerials") => {
                hand.tap("Enter them")?;
                see(hand, "the serial prompt", |v| text(v, "layer") == "Serials").map(drop)
            }
            ("Payment", _) if self.putting_aside => {
                hand.tap("Back")?;
                see(hand, "the sale", |v| text(v, "page") == "Sale").map(drop)
            }
            ("Payment", _) if view["complete"] == true => self.settle(hand, dice),
            ("Payment", _) => {
                hand.tap("Add payment")?;
                see(hand, "everything paid", |v| v["complete"] == true).map(drop)
            }
            ("Receipt", _) => {
                hand.tap("Next sale")?;
                see(hand, "an empty sale", |v| text(v, "page") == "Sale" && number(v, "lines") == 0).map(drop)
            }
            _ => Err(anyhow!("the till shows what no cashier asked for: {view}").into()),
        }
    }

    /// Forgets what was to be scanned: the till has been dark, and the screen tells what is left.
    pub fn begin_anew(&mut self) {
        self.basket.clear();
        self.putting_aside = false;
    }

    /// The open sale is gone from the screen; unless it was sold, its unit goes back to the shelf.
    pub fn forget_sale(&mut self, was_sold: bool) {
        let unit = self.open.take().and_then(|open| open.unit);
        self.shelf.extend(unit.filter(|_| !was_sold));
    }

    fn sign_in(&mut self, hand: &mut Hand, view: &Value) -> Step<()> {
        let login = text(view, "login");
        if login.starts_with("Wait") || login == "Locked" {
            // Plugs pulled while a PIN is being checked count as wrong PINs. Somebody else takes over.
            self.people.rotate_left(1);
        }
        let person = self.people[0].clone();
        hand.tap(&person.name)?;
        hand.keys(&person.pin)?;
        hand.tap("Enter")?;
        let answered = |v: &Value| !matches!(text(v, "login"), "Ready" | "Checking") || !text(v, "operator").is_empty();
        let view = hand.see("an answer to the PIN", answered)?;
        match text(&view, "login") {
            "Ready" | "Locked" => Ok(()),
            login if login.starts_with("Wait") => Ok(()),
            login => Err(anyhow!("the right PIN of {} was answered with {login}", person.name).into()),
        }
    }

    fn open_shift(&mut self, hand: &mut Hand) -> Step<()> {
        if self.shift_is_open {
            return Err(anyhow!("the shift that was open before the kill is gone").into());
        }
        hand.keys("200")?;
        hand.tap("Open shift")?;
        hand.see("an open shift", |v| text(v, "page") == "Sale")?;
        self.shift_is_open = true;
        Ok(())
    }

    fn sell(&mut self, hand: &mut Hand, view: &Value, dice: &mut Dice) -> Step<()> {
        self.shift_is_open = true;
        if number(view, "lines") == 0 && self.basket.is_empty() {
            self.fill_basket(dice);
        }
        match self.basket.pop_front() {
            Some(item) => self.scan(hand, view, item),
            None => self.pay(hand),
        }
    }

    fn pay(&mut self, hand: &mut Hand) -> Step<()> {
        hand.tap("Pay")?;
        hand.see("payment, or what keeps from it", |v| text(v, "page") == "Payment" || text(v, "layer") != "None" || !v["refusal"].is_null()).map(drop)
    }

    fn fill_basket(&mut self, dice: &mut Dice) {
        let drawn = dice.below(10);
        let item = if drawn < self.manner.shelf_of_ten {
            self.shelf.pop_front().map(Item::Unit)
        } else {
            // What is left is half without a serial and half by a prompt.
            drawn.is_multiple_of(2).then_some(Item::Off)
        };
        let unit = if let Some(Item::Unit(serial)) = &item { Some(serial.clone()) } else { None };
        self.open = Some(Open { unit, ..Open::default() });
        self.basket.push_back(item.unwrap_or(Item::Fresh));
        if dice.one_in(3) {
            self.basket.push_back(Item::Fresh);
        }
        if dice.one_in(3) {
            self.basket.push_back(Item::Unknown);
        }
    }

    /// Scans one thing and waits for what the till says to it.
    fn scan(&mut self, hand: &mut Hand, view: &Value, item: Item) -> Step<()> {
        let (lines, quantity) = (number(view, "lines"), number(view, "quantity"));
        let code = match &item {
            Item::Off => self.goods.off.barcode.clone(),
            Item::Unit(serial) => serial.clone(),
            Item::Fresh => self.goods.at_stock_out.barcode.clone(),
            Item::Unknown => self.goods.unknown_barcode.clone(),
        };
        hand.scan(&code)?;
        let told = |v: &Value| number(v, "lines") > lines || number(v, "quantity") > quantity || !v["refusal"].is_null();
        let view = hand.see("a verdict on the scan", told)?;
        let wanted = if matches!(item, Item::Unknown) { "unknown_code" } else { "" };
        let refusal = text(&view, "refusal");
        if refusal != wanted && !self.manner.excused.contains(&refusal) {
            return Err(anyhow!("{item:?} was answered with {view}").into());
        }
        self.told(&view, lines);
        Ok(())
    }

    /// Any serial will do: what the prompt asks for is recorded only when it leaves.
    fn enter_serial(&mut self, hand: &mut Hand) -> Step<()> {
        self.made_up += 1;
        hand.scan(&format!("{}-{:06}", self.mark, self.made_up))?;
        let view = hand.see("the serial taken", |v| text(v, "layer") == "None" || !v["refusal"].is_null())?;
        let lines = number(&view, "lines");
        self.told(&view, lines);
        let refusal = text(&view, "refusal");
        if refusal.is_empty() || self.manner.excused.contains(&refusal) { Ok(()) } else { Err(anyhow!("a serial never used was refused: {view}").into()) }
    }

    /// Whatever was asked before the writer answered this is on disk.
    fn told(&mut self, view: &Value, lines_before: u64) {
        let open = self.open.get_or_insert_default();
        open.lines_kept = lines_before;
        open.lines_shown = number(view, "lines");
    }

    fn settle(&mut self, hand: &mut Hand, dice: &mut Dice) -> Step<()> {
        self.open.get_or_insert_default().settling = true;
        if std::mem::take(&mut self.kill_at_settle) {
            hand.hasten(dice.within(SETTLING));
        }
        hand.tap("Settle")?;
        let view = hand.see("a receipt", |v| text(v, "page") == "Receipt" || (!v["refusal"].is_null() && v["busy"] == false))?;
        let refusal = text(&view, "refusal");
        if text(&view, "page") != "Receipt" {
            if !self.manner.excused.contains(&refusal) {
                return Err(anyhow!("a sale was refused: {view}").into());
            }
            self.open.get_or_insert_default().settling = false;
            // News only kept the tap from arriving.
            self.putting_aside = refusal != NEWS;
            return Ok(());
        }
        self.sold += 1;
        self.forget_sale(true);
        Ok(())
    }

    /// The sale that cannot be settled leaves the screen, with its unit.
    fn put_aside(&mut self, hand: &mut Hand, view: &Value) -> Step<()> {
        if number(view, "lines") > 0 {
            self.open.get_or_insert_default().holding = true;
            hand.tap("Hold")?;
            let view = see(hand, "the sale held", |v| number(v, "lines") == 0 && v["busy"] == false)?;
            if number(&view, "lines") > 0 {
                return Ok(());
            }
        }
        self.putting_aside = false;
        self.basket.clear();
        self.open = None;
        Ok(())
    }

    fn acknowledge(&mut self, hand: &mut Hand, view: &Value) -> Step<()> {
        // A scan that the kill cut in two is told as a fault by the till that comes up; so is what it
        // found between its two records.
        let expected = ["unknown_code", "serials_missing", "scan_fault", "sale_was_saved", "ops_recovered"];
        let refusal = text(view, "refusal");
        self.excuses += u32::from(self.manner.excused.contains(&refusal));
        if !expected.contains(&refusal) && !self.manner.excused.contains(&refusal) {
            return Err(anyhow!("the till refuses something that no kill excuses: {view}").into());
        }
        hand.tap("Understood")?;
        // Another one may stand behind it.
        hand.see("the refusal gone", |v| v["refusal"].is_null() || v["sentence"] != view["sentence"]).map(drop)
    }
}

/// Waits for what a tap should bring about, or for news that stands in its way: then the tap comes
/// again when that is acknowledged.
fn see(hand: &mut Hand, what: &str, wanted: impl Fn(&Value) -> bool) -> Step<Value> {
    hand.see(what, |v| wanted(v) || text(v, "refusal") == NEWS)
}
