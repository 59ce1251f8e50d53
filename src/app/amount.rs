//! Amounts as people type and read them, in the shop's currency.

use crate::message::PadKey;
use chrono::{Local, TimeZone};
use ledger::money::Money;
use ledger::row::Settings;

/// Longest amount one can type, in characters: past it every further key is ignored.
const ENTRY_CHARS_MAX: usize = 15;

/// What is being typed on a keypad.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry(String);

impl Entry {
    pub fn text(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Takes a key; `decimals` is how many digits may stand behind the point, 0 for whole numbers.
    pub fn key(&mut self, key: PadKey, decimals: u8) {
        match key {
            PadKey::Digit(digit) => self.push(&digit.min(9).to_string(), decimals),
            PadKey::DoubleZero => self.push("00", decimals),
            PadKey::Dot if decimals > 0 && !self.0.contains('.') => {
                if self.0.is_empty() {
                    self.0.push('0');
                }
                self.0.push('.');
            }
            PadKey::Back => {
                self.0.pop();
            }
            PadKey::Clear => self.clear(),
            PadKey::Dot | PadKey::Enter => {}
        }
    }

    fn push(&mut self, digits: &str, decimals: u8) {
        let behind = self.0.split_once('.').map(|(_, behind)| behind.len());
        let full = behind.is_some_and(|have| have + digits.len() > usize::from(decimals));
        if !full && self.0.len() + digits.len() <= ENTRY_CHARS_MAX {
            self.0.push_str(digits);
        }
    }

    /// The amount typed; none if it is not one.
    pub fn money(&self, decimals: u8) -> Option<Money> {
        let (whole, behind) = self.0.split_once('.').unwrap_or((&self.0, ""));
        let scale = 10_i64.checked_pow(u32::from(decimals))?;
        let padded = format!("{behind:0<width$}", width = usize::from(decimals));
        let minor: i64 = if decimals == 0 { 0 } else { padded.parse().ok()? };
        whole.parse::<i64>().ok()?.checked_mul(scale)?.checked_add(minor).map(Money)
    }

    pub fn whole(&self) -> Option<u32> {
        self.0.parse().ok()
    }
}

/// An amount with the shop's currency and grouped thousands: `$1,234.50`.
pub fn show(settings: &Settings, amount: Money) -> String {
    let sign = if amount.0 < 0 { "-" } else { "" };
    format!("{sign}{}{}", settings.currency, digits(settings, amount))
}

/// The amount without sign and currency.
fn digits(settings: &Settings, amount: Money) -> String {
    let scale = 10_u64.pow(u32::from(settings.decimals.min(3)));
    let minor = amount.0.unsigned_abs();
    let whole = group(&(minor / scale).to_string());
    match settings.decimals.min(3) {
        0 => whole,
        decimals => format!("{whole}.{:0width$}", minor % scale, width = usize::from(decimals)),
    }
}

fn group(digits: &str) -> String {
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Local date and time, in a form every language here reads: `2026-03-03 14:05`.
pub fn show_time(at_ms: i64) -> String {
    match Local.timestamp_millis_opt(at_ms).single() {
        Some(time) => time.format("%Y-%m-%d %H:%M").to_string(),
        None => String::new(),
    }
}

/// Round amounts a customer is likely to hand over for `due`: exact first, then the next notes.
pub fn quick_amounts(due: Money, decimals: u8) -> Vec<Money> {
    let unit = 10_i64.pow(u32::from(decimals.min(3)));
    let mut amounts = vec![due];
    for note in [5, 10, 20, 50, 100, 500, 1_000, 5_000, 10_000, 50_000, 100_000, 1_000_000, 10_000_000] {
        let step = note * unit;
        let rounded = due.0.div_euclid(step).saturating_add(i64::from(due.0.rem_euclid(step) != 0)).saturating_mul(step);
        let sensible = rounded.saturating_sub(due.0) <= due.0.max(unit * 50) && rounded > due.0;
        if sensible && !amounts.contains(&Money(rounded)) {
            amounts.push(Money(rounded));
        }
    }
    amounts.truncate(4);
    amounts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing() {
        let check = |keys: &str, decimals: u8, text: &str, minor: Option<i64>| {
            let mut entry = Entry::default();
            for key in keys.chars() {
                let key = match key {
                    '.' => PadKey::Dot,
                    '<' => PadKey::Back,
                    'c' => PadKey::Clear,
                    'z' => PadKey::DoubleZero,
                    digit => PadKey::Digit(u8::try_from(digit as u32 - 48).unwrap()),
                };
                entry.key(key, decimals);
            }
            assert_eq!((entry.text(), entry.money(decimals)), (text, minor.map(Money)), "{keys}");
        };
        check("12.5", 2, "12.5", Some(1250));
        check("12.505", 2, "12.50", Some(1250));
        check(".5", 2, "0.5", Some(50));
        check("12.", 2, "12.", Some(1200));
        check("5z", 0, "500", Some(500));
        check("5.5", 0, "55", Some(55));
        check("", 2, "", None);
        check("19<8c7", 2, "7", Some(700));
        check("999999999999999999", 2, "999999999999999", Some(99_999_999_999_999_900));
    }

    #[test]
    fn showing() {
        let check = |currency: &str, decimals: u8, minor: i64, shown: &str| {
            let settings = Settings { currency: currency.into(), decimals, ..Settings::default() };
            assert_eq!(show(&settings, Money(minor)), shown);
        };
        check("$", 2, 123_450, "$1,234.50");
        check("$", 2, -5, "-$0.05");
        check("Rp", 0, 12_500_000, "Rp12,500,000");
    }

    #[test]
    fn quick_amounts_begin_exact_and_grow() {
        let check = |due: i64, expected: &[i64]| {
            let amounts: Vec<i64> = quick_amounts(Money(due), 2).into_iter().map(|m| m.0).collect();
            assert_eq!(amounts, expected, "due {due}");
        };
        check(1_234, &[1_234, 1_500, 2_000, 5_000]);
        check(50_000, &[50_000, 100_000]);
    }
}
