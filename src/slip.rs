//! Slips: what is printed on the roll and previewed on the screen, as lines of a fixed width. Pure.
//!
//! Width is counted in printer columns, of which a Chinese character takes two.

mod words;

use crate::app::{show_amount, show_time};
use crate::code128::Bars;
use crate::message::Language;
use ledger::money::Money;
use ledger::op::Op;
use ledger::payment::PaymentMethod;
use ledger::row::{ClosedShift, Settings};
use ledger::sale::{Sale, SaleLine};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};
use words::Words;

/// A finished slip.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Slip {
    pub lines: Vec<String>,
    /// Printed under the lines.
    pub bars: Option<Bars>,
}

impl Slip {
    /// The customer's receipt, with every serial under its line. `copy` marks a second print.
    pub fn receipt(op: &Op, sale: &Sale, cashier: &str, paper: Paper<'_>, copy: bool) -> Slip {
        let mut slip = Writer::on(paper);
        let (words, settings) = (slip.words, paper.settings);
        slip.centre(&settings.shop);
        if copy {
            slip.centre(words.copy);
        }
        slip.pair(&format!("{} {}", words.receipt, sale.number), &show_time(op.at.wall_ms));
        slip.text(&format!("{} {cashier}", words.cashier));
        slip.rule();
        sale.lines.iter().for_each(|line| slip.sale_line(line));
        slip.rule();
        slip.pair(words.total, &slip.amount(sale.total));
        for payment in &sale.payments {
            slip.pair(method_name(words, payment.method), &slip.amount(payment.amount));
            if !payment.reference.is_empty() {
                slip.text(&format!("  {} {}", words.reference, payment.reference));
            }
        }
        if sale.change.0 > 0 {
            slip.pair(words.change, &slip.amount(sale.change));
        }
        slip.footer();
        slip.finish()
    }

    /// What to do at a scanner that is new here, and the code that it is learnt by.
    pub fn set_up_sheet(paper: Paper<'_>) -> Slip {
        let mut slip = Writer::on(paper);
        let words = slip.words;
        slip.centre(words.sheet_title);
        slip.rule();
        for (vendor, what_to_do) in words.sheet {
            slip.text(vendor);
            slip.paragraph(what_to_do);
            slip.rule();
        }
        slip.paragraph(words.sheet_code);
        Slip { bars: Bars::of(scan::learn::CODE), ..slip.finish() }
    }

    /// The Z report of a closed shift.
    pub fn z_report(closed: &ClosedShift, operator: &str, terminal: &str, paper: Paper<'_>) -> Slip {
        let mut slip = Writer::on(paper);
        let (words, settings) = (slip.words, paper.settings);
        let shift = &closed.shift;
        let totals = &shift.totals;
        let ascii = paper.ascii;
        let money = |amount| readable(show_amount(settings, amount), ascii);
        slip.centre(&settings.shop);
        slip.centre(&format!("{} {}", words.z_report, shift.number));
        slip.pair(words.terminal, terminal);
        slip.pair(words.operator, operator);
        slip.pair(words.opened, &show_time(shift.opened_at_ms));
        slip.pair(words.closed, &show_time(closed.closed_at_ms));
        slip.rule();
        slip.pair(words.sales, &totals.sales.to_string());
        slip.pair(words.units, &totals.units.to_string());
        if let (Some(first), Some(last)) = (&totals.first_receipt, &totals.last_receipt) {
            slip.pair(words.first_receipt, first.as_str());
            slip.pair(words.last_receipt, last.as_str());
        }
        slip.pair(words.gross, &money(totals.gross));
        slip.pair(words.discounts, &money(totals.discounts));
        slip.rule();
        slip.pair(words.cash, &money(totals.cash));
        slip.pair(words.card, &money(totals.card));
        slip.pair(words.wallet, &money(totals.wallet));
        slip.rule();
        slip.pair(words.opening_float, &money(shift.opening_float));
        slip.pair(words.cash_expected, &money(closed.cash_expected()));
        slip.pair(words.cash_counted, &money(closed.cash_counted));
        let difference = Money(closed.cash_counted.0.saturating_sub(closed.cash_expected().0));
        slip.pair(words.difference, &money(difference));
        slip.finish()
    }
}

fn method_name(words: &Words, method: PaymentMethod) -> &'static str {
    match method {
        PaymentMethod::Cash => words.cash,
        PaymentMethod::Card => words.card,
        PaymentMethod::Wallet => words.wallet,
    }
}

/// What a slip is written on: the roll's width, the shop, and whose words.
#[derive(Clone, Copy)]
pub struct Paper<'a> {
    pub columns: usize,
    /// The printer knows ASCII only. A row of question marks helps nobody, so the words are English,
    /// and a name in another script gives way to the SKU, by which the goods can be found.
    pub ascii: bool,
    pub settings: &'a Settings,
    pub language: Language,
}

/// An amount for a printer that may not know the currency's sign.
fn readable(amount: String, ascii: bool) -> String {
    if ascii { amount.chars().filter(char::is_ascii).collect() } else { amount }
}

struct Writer<'a> {
    columns: usize,
    ascii: bool,
    settings: &'a Settings,
    words: &'static Words,
    lines: Vec<String>,
}

impl<'a> Writer<'a> {
    fn on(paper: Paper<'a>) -> Self {
        let language = if paper.ascii { Language::English } else { paper.language };
        Writer { columns: paper.columns, ascii: paper.ascii, settings: paper.settings, words: words::of(language), lines: Vec::new() }
    }

    fn amount(&self, amount: Money) -> String {
        readable(show_amount(self.settings, amount), self.ascii)
    }

    fn sale_line(&mut self, line: &SaleLine) {
        self.text(if self.ascii && !line.name.is_ascii() { line.sku.as_str() } else { &line.name });
        let amount = line.total().unwrap_or_default();
        let each = self.amount(line.price);
        self.pair(&format!("  {} x {each}", line.quantity), &self.amount(amount));
        if line.discount.0 > 0 {
            self.text(&format!("  {} {}", self.words.discount, self.amount(line.discount)));
        }
        for unit in &line.units {
            self.text(&format!("  SN {}", unit.serial));
        }
    }

    fn footer(&mut self) {
        if !self.settings.receipt_footer.is_empty() {
            self.rule();
            let footer = self.settings.receipt_footer.clone();
            footer.lines().for_each(|line| self.centre(line));
        }
    }

    /// A line of any length, folded at the width: nothing printed is ever cut off.
    fn text(&mut self, text: &str) {
        self.lines.extend(fold(text, self.columns));
    }

    /// Text broken between its words, where it has any.
    fn paragraph(&mut self, text: &str) {
        let mut line = String::new();
        for word in text.split(' ') {
            if !line.is_empty() && line.width() + 1 + word.width() > self.columns {
                self.text(&std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        self.text(&line);
    }

    fn centre(&mut self, text: &str) {
        for line in fold(text, self.columns) {
            let margin = self.columns.saturating_sub(line.width()) / 2;
            self.lines.push(format!("{}{line}", " ".repeat(margin)));
        }
    }

    /// Left and right text on one line, or on two where they do not fit.
    fn pair(&mut self, left: &str, right: &str) {
        let gap = self.columns.checked_sub(left.width() + right.width()).filter(|gap| *gap > 0);
        match gap {
            Some(gap) => self.lines.push(format!("{left}{}{right}", " ".repeat(gap))),
            None => {
                self.text(left);
                let margin = self.columns.saturating_sub(right.width());
                self.text(&format!("{}{right}", " ".repeat(margin)));
            }
        }
    }

    fn rule(&mut self) {
        self.lines.push("-".repeat(self.columns));
    }

    fn finish(self) -> Slip {
        Slip { lines: self.lines, bars: None }
    }
}

/// Cuts text into lines of at most `columns`, at any character.
fn fold(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut width = 0;
    for character in text.chars() {
        let wide = character.width().unwrap_or(0);
        if width + wide > columns.max(2) {
            lines.push(String::new());
            width = 0;
        }
        width += wide;
        if let Some(line) = lines.last_mut() {
            line.push(character);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A printer of ASCII gets words that it can print; another one gets them as they are.
    #[test]
    fn a_slip_is_written_for_its_printer() {
        let settings = Settings { shop: "Harbour".into(), currency: "¥".into(), ..Settings::default() };
        let line = SaleLine {
            sku: "EAR-PRO".into(),
            name: "无线蓝牙耳机".into(),
            quantity: 1,
            price: Money(12_950),
            list_price: Money(12_950),
            discount: Money::ZERO,
            parts: Vec::new(),
            units: Vec::new(),
        };
        let sale_of = |name: &str| Sale {
            number: "T01-000001".into(),
            warehouse: "main".into(),
            lines: vec![line.clone(), SaleLine { name: name.into(), ..line.clone() }],
            payments: Vec::new(),
            total: Money(25_900),
            change: Money::ZERO,
        };
        let check = |ascii: bool, language, there: &[&str], gone: &[&str]| {
            let sale = sale_of("Cable");
            let op = op(sale.clone());
            let slip = Slip::receipt(&op, &sale, "Mei", Paper { columns: 32, ascii, settings: &settings, language }, false).lines.join("\n");
            there.iter().for_each(|word| assert!(slip.contains(word), "{word} in {slip}"));
            gone.iter().for_each(|word| assert!(!slip.contains(word), "{word} in {slip}"));
        };
        check(true, Language::SimplifiedChinese, &["EAR-PRO", "Cable", "TOTAL", " 259.00", "Receipt T01-000001"], &["耳机", "¥", "合计"]);
        check(true, Language::English, &["EAR-PRO", "Cable", "TOTAL"], &["耳机", "¥"]);
        check(false, Language::SimplifiedChinese, &["无线蓝牙耳机", "Cable", "¥259.00"], &["EAR-PRO", "TOTAL"]);
        check(false, Language::English, &["无线蓝牙耳机", "Cable", "TOTAL", "¥259.00"], &["EAR-PRO"]);
    }

    fn op(sale: Sale) -> Op {
        let (at, base) = (ledger::op::Stamp::default(), ledger::op::Base::default());
        let (id, prev, body) = (ledger::id::OpId::default(), ledger::op::Hash::default(), ledger::op::Body::Sale(sale));
        Op { id, device: "T01".into(), incarnation: 1, seq: 1, actor: "mei".into(), approved_by: None, at, base, prev, body }
    }

    #[test]
    fn folding_loses_nothing() {
        let check = |text: &str, columns: usize, lines: &[&str]| {
            assert_eq!(fold(text, columns), lines);
            assert_eq!(fold(text, columns).concat(), text);
        };
        check("", 8, &[""]);
        check("12345678", 8, &["12345678"]);
        check("123456789", 8, &["12345678", "9"]);
        check("无线蓝牙耳机", 8, &["无线蓝牙", "耳机"]);
        check("a无线蓝牙", 8, &["a无线蓝", "牙"]);
    }
}
