//! What happened in the shop before today: deliveries by the hub, two months of sales at a till
//! that exists only in this story.

use super::goods::Goods;
use super::random::Random;
use super::{PEOPLE, WAREHOUSE};
use engine::hub::Batch;
use ledger::catalogue::{OperatorsChange, ProductsChange, SettingsChange};
use ledger::id::{DocumentNumber, OpId, OperatorId, TerminalId, WarehouseId};
use ledger::money::Money;
use ledger::op::{Base, Body, ClockQuality, HUB_DEVICE, Hash, Op, Stamp};
use ledger::payment::{Payment, PaymentMethod};
use ledger::row::{Condition, SerialPolicy, Settings};
use ledger::sale::{Sale, SaleLine, SoldUnit};
use ledger::serial::Serial;
use ledger::shift::{ShiftClose, ShiftOpen};
use ledger::stock_in::{StockIn, StockInLine};

/// The till of the story. The first terminal that enrols is T01.
const TILL: &str = "T00";
/// 2026-09-01 09:00 in Singapore.
const FIRST_DAY_MS: i64 = 1_788_224_400_000;
const DAY_MS: i64 = 86_400_000;
const DAYS: usize = 60;
const SALES_A_DAY: usize = 5;
/// SKUs on one delivery.
const DELIVERY_LINES: usize = 20;
const FLOAT: Money = Money(20_000);

/// A unit that left the shop, with the receipt's number.
pub struct Sold {
    pub sku: String,
    pub serial: String,
    pub receipt: String,
}

/// One author's chain of ops under way.
struct Author<'a> {
    random: &'a mut Random,
    device: &'static str,
    prev: Hash,
    ops: Vec<Vec<u8>>,
    /// Documents numbered so far.
    documents: usize,
}

impl<'a> Author<'a> {
    fn new(device: &'static str, random: &'a mut Random) -> Author<'a> {
        Author { random, device, prev: Hash::default(), ops: Vec::new(), documents: 0 }
    }

    fn number(&mut self) -> DocumentNumber {
        self.documents += 1;
        DocumentNumber::new(format!("{}-{:06}", self.device.to_uppercase(), self.documents))
    }

    fn write(&mut self, at_ms: i64, actor: &str, body: Body) {
        let unix_ms = u64::try_from(at_ms).expect("the story happens after 1970");
        let id = uuid::Builder::from_unix_timestamp_millis(unix_ms, &self.random.bytes()).into_uuid();
        let op = Op {
            id: OpId(id),
            device: TerminalId::from(self.device),
            incarnation: 1,
            seq: self.ops.len() as u64 + 1,
            actor: OperatorId::from(actor),
            approved_by: None,
            at: Stamp { wall_ms: at_ms, hlc: unix_ms << 16, mono_ms: 0, boot: "sample".into(), clock: ClockQuality::Hub },
            base: Base::default(),
            prev: self.prev,
            body,
        };
        let sealed = op.seal();
        self.prev = sealed.hash;
        self.ops.push(sealed.bytes);
    }

    fn batch(self) -> Batch {
        Batch { device: TerminalId::from(self.device), incarnation: 1, first_seq: 1, ops: self.ops, ..Batch::default() }
    }
}

/// The hub's ops: settings, people, products, deliveries.
pub fn openings(goods: &[Goods], random: &mut Random) -> Batch {
    let mut hub = Author::new(HUB_DEVICE, random);
    let at_ms = FIRST_DAY_MS - 30 * DAY_MS;
    let settings = Settings {
        shop: "Lucky Star Electronics 福星电器".into(),
        currency: "$".into(),
        receipt_footer: "Terima kasih · 谢谢惠顾 · ขอบคุณ · Cảm ơn".into(),
        ..Settings::default()
    };
    hub.write(at_ms, HUB_DEVICE, Body::Settings(SettingsChange { settings }));
    let operators = PEOPLE.iter().map(|person| person.operator(hub.random)).collect();
    hub.write(at_ms, HUB_DEVICE, Body::Operators(OperatorsChange { operators }));
    let products = goods.iter().map(|goods| goods.product.clone()).collect();
    hub.write(at_ms, HUB_DEVICE, Body::Products(ProductsChange { products }));
    let real: Vec<_> = goods.iter().filter(|goods| goods.received > 0).collect();
    for (day, goods) in (0..).zip(real.chunks(DELIVERY_LINES)) {
        let number = hub.number();
        let lines = goods.iter().flat_map(|goods| delivery_lines(goods)).collect();
        let body = StockIn { number, warehouse: WarehouseId::from(WAREHOUSE), lines };
        hub.write(at_ms + (day + 1) * DAY_MS, HUB_DEVICE, Body::StockIn(body));
    }
    hub.batch()
}

fn delivery_lines(goods: &Goods) -> Vec<StockInLine> {
    let line = |quantity, condition, serials: &[String]| StockInLine { sku: goods.product.sku.clone(), quantity, condition, serials: parse(serials) };
    if goods.product.policy != SerialPolicy::StockInOut {
        return vec![line(goods.received, Condition::Good, &[])];
    }
    let good = line(goods.good.len() as u32, Condition::Good, &goods.good);
    let defective = line(goods.defective.len() as u32, Condition::Defective, &goods.defective);
    [good, defective].into_iter().filter(|line| line.quantity > 0).collect()
}

fn parse(serials: &[String]) -> Vec<Serial> {
    serials.iter().map(|text| Serial::parse(text).expect("the shop's serials keep the text rule")).collect()
}

/// Two months of sales. Takes the sold units out of `goods` and answers them.
pub fn sales(goods: &mut [Goods], random: &mut Random) -> (Batch, Vec<Sold>) {
    let mut till = Author::new(TILL, random);
    let mut sold = Vec::new();
    for day in 0..DAYS {
        let morning_ms = FIRST_DAY_MS + day as i64 * DAY_MS;
        let cashier = if day % 2 == 0 { PEOPLE[0].id } else { PEOPLE[1].id };
        let number = DocumentNumber::new(format!("{TILL}-S{:04}", day + 1));
        till.write(morning_ms, cashier, Body::ShiftOpen(ShiftOpen { number, opening_float: FLOAT }));
        let mut drawer = FLOAT;
        for nth in 0..SALES_A_DAY {
            let sale = sale(&mut till, goods, &mut sold);
            let cash = sale.payments.iter().filter(|payment| payment.method == PaymentMethod::Cash);
            drawer.0 += cash.map(|payment| payment.amount.0).sum::<i64>() - sale.change.0;
            let at_ms = morning_ms + (nth as i64 + 1) * 5_400_000 + till.random.below(3_600_000) as i64;
            till.write(at_ms, cashier, Body::Sale(sale));
        }
        till.write(morning_ms + 11 * 3_600_000, cashier, Body::ShiftClose(ShiftClose { cash_counted: drawer }));
    }
    (till.batch(), sold)
}

fn sale(till: &mut Author<'_>, goods: &mut [Goods], sold: &mut Vec<Sold>) -> Sale {
    let number = till.number();
    let mut lines: Vec<SaleLine> = Vec::new();
    for _ in 0..=till.random.below(3) {
        let picked = till.random.below(goods.len());
        let goods = &mut goods[picked];
        if goods.received > 0 && lines.iter().all(|line| line.sku != goods.product.sku) {
            lines.extend(line(goods, till.random, &number, sold));
        }
    }
    if lines.is_empty() {
        let first = goods.iter_mut().find(|goods| goods.product.policy == SerialPolicy::Off && goods.received > 0);
        lines.extend(first.and_then(|goods| line(goods, till.random, &number, sold)));
    }
    let total = Money(lines.iter().map(|line| line.price.0 * i64::from(line.quantity)).sum());
    let (payment, change) = payment(total, till.random);
    Sale { number, warehouse: WarehouseId::from(WAREHOUSE), lines, payments: vec![payment], total, change }
}

/// A line of one unit, or of up to three pieces of what bears no serials.
fn line(goods: &mut Goods, random: &mut Random, number: &DocumentNumber, sold: &mut Vec<Sold>) -> Option<SaleLine> {
    let bears_serials = goods.product.policy != SerialPolicy::Off;
    let mut units = Vec::new();
    if bears_serials {
        // The shop keeps a few of everything, for whoever tries it out.
        let serial = (goods.good.len() > 6).then(|| goods.good.pop()).flatten()?;
        let believed = (goods.product.policy == SerialPolicy::StockInOut).then_some(1);
        units = vec![SoldUnit { sku: goods.product.sku.clone(), serial: parse(std::slice::from_ref(&serial)).remove(0), believed, confirmed: false }];
        sold.push(Sold { sku: goods.product.sku.to_string(), serial, receipt: number.to_string() });
    }
    Some(SaleLine {
        sku: goods.product.sku.clone(),
        name: goods.product.name.clone(),
        quantity: if bears_serials { 1 } else { 1 + random.below(3) as u32 },
        price: goods.product.price,
        list_price: goods.product.price,
        discount: Money::ZERO,
        parts: Vec::new(),
        units,
    })
}

fn payment(total: Money, random: &mut Random) -> (Payment, Money) {
    let (method, reference) = match random.below(3) {
        0 => (PaymentMethod::Card, random.digits(12)),
        1 => (PaymentMethod::Wallet, format!("W{}", random.digits(10))),
        _ => (PaymentMethod::Cash, String::new()),
    };
    let amount = if method == PaymentMethod::Cash { Money((total.0 + 4_999) / 5_000 * 5_000) } else { total };
    (Payment { method, amount, reference }, Money(amount.0 - total.0))
}
