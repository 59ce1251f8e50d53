//! Deliveries beyond the story: as many more units as somebody wants to try a shop with, spread
//! over every product whose serials are registered.

use super::goods::Goods;
use super::numbers::SerialKind;
use super::{UnitExample, WAREHOUSE, unit};
use ledger::id::{DocumentNumber, WarehouseId};
use ledger::row::{Condition, SerialPolicy};
use ledger::serial::Serial;
use ledger::stock_in::{StockIn, StockInLine, UNITS_MAX};

/// Most units that can be added: beyond it the numbers of one model of phone would not suffice.
pub const MORE_UNITS_MAX: u32 = 10_000_000;
/// Units of one SKU that come together.
const CARTON_UNITS: u32 = 100;

/// The units by their number, from 0 on. Their serials differ from each other and from the story's.
pub struct More<'a>(Vec<(usize, &'a Goods)>);

impl<'a> More<'a> {
    pub fn of(goods: &'a [Goods]) -> More<'a> {
        let registered = |goods: &Goods| goods.product.policy == SerialPolicy::StockInOut && goods.kind != SerialKind::None;
        More(goods.iter().enumerate().filter(|(_, goods)| registered(goods)).collect())
    }

    /// The lists by which `count` units come in, each as long as a list may be.
    pub fn deliveries(&self, count: u32) -> impl Iterator<Item = StockIn> {
        let first = (0..count).step_by(UNITS_MAX);
        first.zip(1..).map(move |(first, number)| self.delivery(first..count.min(first + UNITS_MAX as u32), number))
    }

    /// So many examples of `count` units, from everywhere among them.
    pub fn examples(&self, count: u32, shown: u32) -> Vec<UnitExample> {
        let shown = shown.min(count);
        let number = |nth: u32| (u64::from(nth) * u64::from(count) / u64::from(shown)) as u32;
        (0..shown).map(|nth| self.at(number(nth))).map(|(goods, serial)| unit(goods, &serial, None)).collect()
    }

    fn delivery(&self, numbers: std::ops::Range<u32>, number: usize) -> StockIn {
        let mut lines: Vec<StockInLine> = Vec::new();
        for (goods, serial) in numbers.map(|number| self.at(number)) {
            let serial = Serial::parse(&serial).expect("the shop's serials keep the text rule");
            match lines.last_mut().filter(|line| line.sku == goods.product.sku) {
                Some(line) => line.serials.push(serial),
                None => lines.push(StockInLine { sku: goods.product.sku.clone(), quantity: 0, condition: Condition::Good, serials: vec![serial] }),
            }
        }
        lines.iter_mut().for_each(|line| line.quantity = line.serials.len() as u32);
        StockIn { number: DocumentNumber::new(format!("HUB-MORE-{number:04}")), warehouse: WarehouseId::from(WAREHOUSE), lines }
    }

    fn at(&self, number: u32) -> (&'a Goods, String) {
        let (carton, kinds) = ((number / CARTON_UNITS) as usize, self.0.len());
        let (model, goods) = self.0[carton % kinds];
        let of_model = (carton / kinds) as u64 * u64::from(CARTON_UNITS) + u64::from(number % CARTON_UNITS);
        (goods, goods.kind.later_serial(model, of_model))
    }
}
