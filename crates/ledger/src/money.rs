//! Money in minor units. All arithmetic is checked: an amount that does not fit is a refusal, never
//! a wrapped number.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The largest unit price, in minor units: 10 000 million rupiah still fits with two decimals.
pub const PRICE_MAX: Money = Money(1_000_000_000_000);
/// The largest total of a document, in minor units: far below what an `i64` or a JSON number holds.
pub const TOTAL_MAX: Money = Money(1_000_000_000_000_000);

/// An amount in the shop's currency, in its smallest unit (cents).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Money(pub i64);

impl Money {
    pub const ZERO: Money = Money(0);

    /// The sum, unless it passes [`TOTAL_MAX`] in either direction.
    pub fn plus(self, other: Money) -> Option<Money> {
        self.0.checked_add(other.0).map(Money).filter(|sum| sum.fits())
    }

    /// The difference, unless it passes [`TOTAL_MAX`] in either direction.
    pub fn minus(self, other: Money) -> Option<Money> {
        self.0.checked_sub(other.0).map(Money).filter(|rest| rest.fits())
    }

    /// This amount `count` times, unless it passes [`TOTAL_MAX`].
    pub fn times(self, count: u32) -> Option<Money> {
        self.0.checked_mul(i64::from(count)).map(Money).filter(|product| product.fits())
    }

    fn fits(self) -> bool {
        self.0.unsigned_abs() <= TOTAL_MAX.0.unsigned_abs()
    }
}

/// Two decimals, for logs and the API; screens and receipts format by the shop's currency.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let minor = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", minor / 100, minor % 100)
    }
}
