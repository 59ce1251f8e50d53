//! Money arriving for a document: methods, references, change.

use crate::money::Money;
use crate::refusal::Refusal;
use serde::{Deserialize, Serialize};

/// Longest reference of a card terminal or wallet, in characters.
pub const REFERENCE_CHARS_MAX: u32 = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum PaymentMethod {
    #[default]
    Cash,
    /// Taken on an external card terminal; we keep its reference.
    Card,
    /// An e-wallet; we keep its reference.
    Wallet,
}

/// One part of what the customer paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    pub method: PaymentMethod,
    /// What was handed over; cash may be more than is due.
    pub amount: Money,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reference: String,
}

/// The change to give, if `payments` settle `due`. Only cash gives change.
pub fn change(due: Money, payments: &[Payment]) -> Result<Money, Refusal> {
    payments.iter().try_for_each(check_one)?;
    let without_cash = sum(payments.iter().filter(|p| p.method != PaymentMethod::Cash))?;
    let paid = sum(payments.iter())?;
    if without_cash > due {
        return Err(Refusal::PaymentTooMuch { over: Money(without_cash.0 - due.0) });
    }
    if paid < due {
        return Err(Refusal::PaymentShort { missing: Money(due.0 - paid.0) });
    }
    Ok(Money(paid.0 - due.0))
}

/// The sum of one method's payments.
pub fn taken_by(method: PaymentMethod, payments: &[Payment]) -> Result<Money, Refusal> {
    sum(payments.iter().filter(|p| p.method == method))
}

fn check_one(payment: &Payment) -> Result<(), Refusal> {
    if payment.amount < Money::ZERO {
        return Err(Refusal::AmountOverflow);
    }
    if payment.reference.chars().count() > REFERENCE_CHARS_MAX as usize {
        return Err(Refusal::ReferenceTooLong { max: REFERENCE_CHARS_MAX });
    }
    if payment.method != PaymentMethod::Cash && payment.reference.trim().is_empty() {
        return Err(Refusal::PaymentReferenceMissing);
    }
    Ok(())
}

fn sum<'a>(payments: impl Iterator<Item = &'a Payment>) -> Result<Money, Refusal> {
    payments.map(|p| p.amount).try_fold(Money::ZERO, Money::plus).ok_or(Refusal::AmountOverflow)
}
