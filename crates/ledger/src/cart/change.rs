//! A cart judged against the catalogue of now. A sale takes minutes, or days if it is held; what the
//! hub changes meanwhile is shown on the line at once, and a person says what is to become of it.
//! The rules at settling are the same, so nothing comes as a surprise there.

use super::{Cart, CartLine, check_product};
use crate::money::Money;
use crate::refusal::Refusal;
use crate::row::{Product, Settings};

/// What keeps a line from being settled, because the catalogue says otherwise by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// No longer sold, or not in the catalogue any more. The line can only be removed.
    NotSold,
    /// The combination stands for other goods.
    Parts,
    /// Of one piece, as the catalogue had it and as it has it.
    Price { from: Money, to: Money },
}

impl Cart {
    /// What changed under a line; none if it can be settled as it is. `now` is its product as the
    /// catalogue has it; none if it has none.
    pub fn change_of(&self, line: usize, now: Option<&Product>) -> Option<Change> {
        let line = self.lines.get(line)?;
        let Some(product) = now.filter(|product| product.active) else { return Some(Change::NotSold) };
        if line.parts() != product.parts {
            return Some(Change::Parts);
        }
        (line.list_price != product.price).then_some(Change::Price { from: line.list_price, to: product.price })
    }

    /// Takes a line over as the catalogue has it now. The quantity and a discount stay; serials of
    /// goods that are no longer part of it go.
    pub fn renew(&mut self, line: usize, product: &Product, parts: &[Product], settings: &Settings) -> Result<(), Refusal> {
        check_product(product)?;
        let now = CartLine::new(product, parts, settings)?;
        self.change_line(line, |line| {
            let units = std::mem::take(&mut line.units);
            let (quantity, discount) = (line.quantity, line.discount);
            *line = CartLine { quantity, discount, ..now };
            line.units = units.into_iter().filter(|unit| line.goods.iter().any(|goods| goods.sku == unit.sku)).collect();
            line.drop_surplus();
        })
    }

    /// Notes the catalogue's price of now beside the one that is charged. Where they differ it takes
    /// the right to change prices to settle the line.
    pub fn relist(&mut self, line: usize, product: &Product) {
        if let Some(line) = self.lines.get_mut(line) {
            line.list_price = product.price;
        }
    }

    /// Follows the policies of a line's goods and answers whether any changed. There is nothing to
    /// decide about them, and no serial that was entered is lost by it.
    pub fn follow_policies(&mut self, line: usize, product: &Product, parts: &[Product], settings: &Settings) -> bool {
        let Some(line) = self.lines.get_mut(line).filter(|line| line.parts() == product.parts) else { return false };
        match CartLine::new(product, parts, settings) {
            Ok(now) if now.goods != line.goods => {
                line.goods = now.goods;
                true
            }
            _ => false,
        }
    }
}
