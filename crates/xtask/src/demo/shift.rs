//! The scripted shift: what a cashier's day holds, with everything that goes wrong in one. Each
//! step is printed with what the screen answered; what must come of it is an expectation.

use super::goods::{Goods, Product};
use super::shop::Shop;
use super::summary::{Spread, Summary};
use super::till::{Till, number, text};
use anyhow::{Result, bail};
use serde_json::Value;
use std::path::Path;

/// Sales in the offline stretch.
const OFFLINE_SALES: u64 = 5;
/// Longer than any code a scanner may send.
const LONG_CODE_CHARS: usize = 5_000;

/// A shift in progress.
pub struct Shift<'a> {
    pub shop: &'a mut Shop,
    till: Option<Till>,
    goods: Goods,
    summary: &'a mut Summary,
    samples_ms: Vec<f64>,
    steps: u32,
    last_phone: String,
    pictures: &'a Path,
}

/// Plays the whole shift and writes into `summary` what came of it, as far as it went.
pub fn play(shop: &mut Shop, goods: Goods, pictures: &Path, summary: &mut Summary) -> Result<()> {
    let till = shop.start_till(None, pictures)?;
    let mut shift = Shift { shop, till: Some(till), goods, summary, samples_ms: Vec::new(), steps: 0, last_phone: String::new(), pictures };
    shift.morning()?;
    shift.ordinary_sales()?;
    shift.refusals()?;
    shift.special_sales()?;
    shift.offline()?;
    shift.power_cut()?;
    shift.every_screen()?;
    shift.evening()?;
    shift.end()
}

impl Shift<'_> {
    fn morning(&mut self) -> Result<()> {
        self.see("the catalogue from the hub", |v| number(v, "units") >= 5_000)?;
        self.step("The till has its catalogue from the hub.");
        self.picture("login")?;
        self.sign_in_wrongly()?;
        self.sign_in()?;
        self.picture("open-shift")?;
        self.keys("200")?;
        self.tap("Open shift")?;
        self.see("an open shift", |v| text(v, "page") == "Sale")?;
        self.step("Shift opened with a float of 200.");
        self.picture("sale-empty")
    }

    fn sign_in_wrongly(&mut self) -> Result<()> {
        let cashier = self.goods.person("cashier")?;
        self.tap(&cashier.name)?;
        self.keys("0000")?;
        self.tap("Enter")?;
        let view = self.see("a wrong PIN refused", |v| text(v, "login").starts_with("Wrong"))?;
        self.step(&format!("Wrong PIN: {}.", text(&view, "login")));
        Ok(())
    }

    fn sign_in(&mut self) -> Result<()> {
        let cashier = self.goods.person("cashier")?;
        self.tap(&cashier.name)?;
        self.keys(&cashier.pin)?;
        self.tap("Enter")?;
        self.see("somebody signed in", |v| text(v, "operator") == cashier.name)?;
        self.step(&format!("{} signed in.", cashier.name));
        Ok(())
    }

    /// Product, serial, cash: what most of the day consists of.
    fn ordinary_sales(&mut self) -> Result<()> {
        for _ in 0..4 {
            let serial = self.goods.phone.take()?;
            self.last_phone.clone_from(&serial);
            self.sell_with_prompt(&self.goods.phone.clone(), &serial)?;
        }
        for _ in 0..2 {
            let serial = self.goods.other.take()?;
            self.scan_into(&serial, 1)?;
            self.pay_cash()?;
        }
        for quantity in 1..=3 {
            let barcode = self.goods.off.barcode.clone();
            for _ in 0..quantity {
                let have = number(self.till()?.shown(), "quantity");
                self.till()?.scan(&barcode)?;
                self.see("one more piece", |v| number(v, "quantity") == have + 1)?;
                self.apart()?;
            }
            self.pay_cash()?;
        }
        Ok(())
    }

    fn sell_with_prompt(&mut self, product: &Product, serial: &str) -> Result<()> {
        self.till()?.scan(&product.barcode)?;
        self.see("the serial prompt", |v| text(v, "prompt") == product.name)?;
        self.till()?.scan(serial)?;
        self.see("the serial taken", |v| text(v, "layer") == "None" && number(v, "lines") == 1)?;
        self.step(&format!("{} asked for its serial, {serial} taken.", product.name));
        self.pay_cash()
    }

    /// Every scan that must be refused, with a sale standing open that none of them may change.
    fn refusals(&mut self) -> Result<()> {
        let (good, other) = (self.goods.phone.take()?, self.goods.other.serials[0].clone());
        let goods = self.goods.clone();
        self.till()?.scan(&goods.phone.barcode)?;
        self.see("the serial prompt", |v| text(v, "layer") == "Serials")?;
        self.picture("serial-prompt")?;
        self.refused(&goods.unknown_serial, "unknown_serial")?;
        self.refused(&other, "wrong_sku")?;
        self.refused("NO SPACES", "serial_forbidden_character")?;
        self.refused("GS\u{1d}21", "control_characters")?;
        self.refused(&goods.other.barcode, "serial_expected")?;
        self.till()?.scan(&good)?;
        self.see("the good serial taken", |v| text(v, "layer") == "None" && number(v, "lines") == 1)?;
        self.apart()?;
        self.refused(&good, "duplicate_in_sale")?;
        self.refused(&goods.sold.serial, "already_sold")?;
        self.picture_of_refusal(&goods.at_stock_out_sold.serial, "already_sold")?;
        self.refused(&goods.defective.serial, "defective_unit")?;
        self.refused(&goods.unknown_barcode, "unknown_code")?;
        self.refused(&"9".repeat(LONG_CODE_CHARS), "scan_fault")?;
        self.serials_left_out(&goods)?;
        self.pay_cash()
    }

    /// One more phone on the line, its serial put off: payment brings the prompt back.
    fn serials_left_out(&mut self, goods: &Goods) -> Result<()> {
        self.till()?.scan(&goods.phone.barcode)?;
        self.see("the serial prompt", |v| text(v, "layer") == "Serials")?;
        self.tap("Later, before payment")?;
        self.see("the prompt put off", |v| text(v, "layer") == "None")?;
        self.tap("Pay")?;
        self.acknowledge("serials_missing", "payment without the serial")?;
        let serial = self.goods.phone.take()?;
        self.till()?.scan(&serial)?;
        self.see("the serial taken", |v| text(v, "layer") == "None")?;
        self.step(&format!("{serial} taken, two phones on the line."));
        Ok(())
    }

    fn special_sales(&mut self) -> Result<()> {
        self.combination()?;
        self.serial_typed()?;
        self.serial_skipped()?;
        self.split_payment()?;
        self.discount_by_approval()?;
        self.hold_and_recall()?;
        self.undo()
    }

    fn combination(&mut self) -> Result<()> {
        let goods = self.goods.clone();
        self.till()?.scan(&goods.combination.barcode)?;
        let mut view = self.see("the prompt of a part", |v| text(v, "layer") == "Serials")?;
        let mut parts = goods.parts.clone();
        while text(&view, "layer") == "Serials" {
            let wanted = text(&view, "prompt").to_owned();
            let Some(part) = parts.iter_mut().find(|part| part.name == wanted) else {
                bail!("the prompt asks for {wanted}, which is no part of the combination")
            };
            let serial = if part.serials.is_empty() { format!("SET-{}", self.steps) } else { part.take()? };
            self.till()?.scan(&serial)?;
            self.step(&format!("Part {wanted}: {serial} taken."));
            view = self.see("the next part", |v| text(v, "prompt") != wanted)?;
        }
        self.pay_cash()
    }

    fn serial_typed(&mut self) -> Result<()> {
        let goods = self.goods.clone();
        self.till()?.scan(&goods.at_stock_out.barcode)?;
        self.see("the prompt of a serial recorded on the way out", |v| text(v, "layer") == "Serials")?;
        self.tap("Serial number")?;
        self.till()?.type_text("TYPED-0001\n")?;
        self.see("the typed serial taken", |v| text(v, "layer") == "None" && number(v, "lines") == 1)?;
        self.step("A serial typed by hand was taken.");
        self.pay_cash()
    }

    fn serial_skipped(&mut self) -> Result<()> {
        let barcode = self.goods.at_stock_out.barcode.clone();
        self.till()?.scan(&barcode)?;
        self.see("the prompt", |v| text(v, "layer") == "Serials")?;
        self.tap("Skip")?;
        self.see("no prompt", |v| text(v, "layer") == "None")?;
        self.tap("Pay")?;
        self.see("the question", |v| text(v, "layer") == "AskSerials")?;
        self.picture("ask-serials")?;
        self.tap("Pay without")?;
        self.step("Enter serial numbers? No.");
        self.finish_payment()
    }

    fn split_payment(&mut self) -> Result<()> {
        let serial = self.goods.phone.take()?;
        self.scan_into(&serial, 1)?;
        self.tap("Pay")?;
        self.see("payment", |v| text(v, "page") == "Payment")?;
        self.tap("Card")?;
        self.keys("100")?;
        self.tap("Add payment")?;
        self.acknowledge("payment_reference_missing", "a card without its reference")?;
        self.tap("Reference")?;
        self.till()?.type_text("APPROVED-42\n")?;
        let before = text(self.till()?.shown(), "left").to_owned();
        self.tap("Add payment")?;
        self.see("a part paid by card", |v| text(v, "left") != before)?;
        self.picture("payment")?;
        self.step("100 by card, the rest in cash.");
        self.finish_payment()
    }

    fn discount_by_approval(&mut self) -> Result<()> {
        let supervisor = self.goods.person("supervisor")?;
        let serial = self.goods.phone.take()?;
        self.scan_into(&serial, 1)?;
        let before = text(self.till()?.shown(), "total").to_owned();
        self.tap("Edit")?;
        self.see("the line editor", |v| text(v, "layer") == "LineEditor")?;
        self.tap("Discount")?;
        self.keys("15")?;
        self.picture("line-editor")?;
        self.tap("Apply")?;
        self.see("somebody with the right asked for", |v| text(v, "layer") == "Approval")?;
        self.tap(&supervisor.name)?;
        self.keys(&supervisor.pin)?;
        self.tap("Enter")?;
        self.see("the discount", |v| text(v, "layer") == "None" && text(v, "total") != before)?;
        self.step(&format!("Discount of 15, confirmed by {}.", supervisor.name));
        self.pay_cash()
    }

    fn hold_and_recall(&mut self) -> Result<()> {
        let (first, second) = (self.goods.phone.take()?, self.goods.other.take()?);
        self.scan_into(&first, 1)?;
        self.tap("Hold")?;
        self.see("a held sale", |v| number(v, "held") == 1 && number(v, "lines") == 0)?;
        self.scan_into(&second, 1)?;
        self.pay_cash()?;
        self.tap("Held sales")?;
        self.see("the held sales", |v| text(v, "layer") == "Held")?;
        self.picture("held")?;
        let label = self.label_with(&self.goods.phone.name.clone())?;
        self.tap(&label)?;
        self.see("the sale recalled", |v| number(v, "held") == 0 && number(v, "lines") == 1)?;
        self.step("A held sale was recalled after another customer.");
        self.pay_cash()
    }

    fn undo(&mut self) -> Result<()> {
        let serial = self.goods.other.take()?;
        self.scan_into(&serial, 1)?;
        let off = self.goods.off.barcode.clone();
        self.till()?.scan(&off)?;
        self.see("two lines", |v| number(v, "lines") == 2)?;
        self.tap("Undo")?;
        self.see("one line again", |v| number(v, "lines") == 1)?;
        self.step("The last scan was undone.");
        self.pay_cash()
    }

    /// The hub goes away, selling goes on, the hub comes back.
    fn offline(&mut self) -> Result<()> {
        self.see("everything synced", |v| number(v, "pending") == 0)?;
        self.shop.stop_hub()?;
        self.step("The hub is away.");
        for _ in 0..OFFLINE_SALES {
            let barcode = self.goods.off.barcode.clone();
            self.till()?.scan(&barcode)?;
            self.see("a line", |v| number(v, "lines") == 1)?;
            self.pay_cash()?;
        }
        let goods = self.goods.clone();
        self.refused(&goods.sold.serial, "already_sold")?;
        let view = self.see("the till offline", |v| text(v, "sync") == "Offline" && number(v, "pending") >= OFFLINE_SALES)?;
        self.summary.expect("ops wait while the hub is away", &(number(&view, "pending") >= OFFLINE_SALES), &true);
        self.step(&format!("{} ops wait; selling goes on.", number(&view, "pending")));
        self.tap("Sync status")?;
        self.see("the sync page", |v| text(v, "page") == "Sync")?;
        self.picture("sync-offline")?;
        self.shop.start_hub()?;
        self.tap("Sync now")?;
        self.see("everything synced", |v| number(v, "pending") == 0 && text(v, "sync") == "Synced")?;
        self.step("The hub is back and has everything.");
        self.picture("sync")?;
        self.tap("Back")?;
        self.see("the sale page", |v| text(v, "page") == "Sale").map(drop)
    }

    /// The plug is pulled in the middle of a sale.
    fn power_cut(&mut self) -> Result<()> {
        let serial = self.goods.phone.take()?;
        self.scan_into(&serial, 1)?;
        let off = self.goods.off.barcode.clone();
        self.till()?.scan(&off)?;
        let before = self.see("two lines", |v| number(v, "lines") == 2)?;
        self.settle_disk()?;
        let (scanner, samples) = self.till.take().expect("the till runs").kill()?;
        self.samples_ms.extend(samples);
        self.step("Power cut in the middle of a sale.");
        self.till = Some(self.shop.start_till(Some(scanner), self.pictures)?);
        self.see("the till up again", |v| !text(v, "login").is_empty() && number(v, "units") > 0)?;
        self.sign_in()?;
        let after = self.see("the sale recovered", |v| text(v, "page") == "Sale" && number(v, "lines") > 0)?;
        self.summary.expect("the cart survives a power cut", &text(&after, "total"), &text(&before, "total"));
        self.step(&format!("The sale is back: {} lines, {}.", number(&after, "lines"), text(&after, "total")));
        self.picture("recovered")?;
        self.refused(&serial, "duplicate_in_sale")?;
        self.pay_cash()
    }

    /// The cart is written by the writer thread; a look-up queued behind it proves that it was.
    fn settle_disk(&mut self) -> Result<()> {
        let unknown = self.goods.unknown_barcode.clone();
        self.refused(&unknown, "unknown_code")
    }

    /// A picture of the sale on every screen that is sold with.
    fn every_screen(&mut self) -> Result<()> {
        let (phone, barcode) = (self.goods.phone.take()?, self.goods.off.barcode.clone());
        self.scan_into(&phone, 1)?;
        self.till()?.scan(&barcode)?;
        self.see("two lines and no word in front of them", |v| number(v, "lines") == 2 && v["flash"].is_null())?;
        for (name, width, height, scale) in [("sale-800x480", 800, 480, 1.0), ("sale-480x800", 480, 800, 1.5), ("sale-1280x800", 1280, 800, 1.0)] {
            self.till()?.resize(width, height, scale)?;
            self.picture(name)?;
        }
        self.pay_cash()
    }

    fn evening(&mut self) -> Result<()> {
        self.menu("Receipts")?;
        self.see("the receipts", |v| text(v, "page") == "Receipts")?;
        self.picture("receipts")?;
        self.tap("Back")?;
        self.see("the sale page", |v| text(v, "page") == "Sale")?;
        self.menu("Close shift")?;
        self.see("the count", |v| text(v, "page") == "CloseShift")?;
        self.picture("close-shift")?;
        self.keys("1000")?;
        self.tap("Close shift")?;
        self.see("the Z report", |v| text(v, "page") == "ZReport")?;
        self.picture("z-report")?;
        self.step("Shift closed, Z report printed.");
        let view = self.see("everything synced", |v| number(v, "pending") == 0 && text(v, "sync") == "Synced")?;
        self.summary.pending = u32::try_from(number(&view, "pending")).unwrap_or(u32::MAX);
        self.summary.expect("ops the hub did not apply", &number(&view, "not_applied"), &0);
        let found = self.shop.units(&self.last_phone)?;
        let status = found.pointer("/units/0/status").and_then(Value::as_str).unwrap_or_default().to_owned();
        self.summary.expect("the hub knows that a phone sold in the morning left", &status.as_str(), &"stocked_out");
        Ok(())
    }

    fn end(mut self) -> Result<()> {
        let till = self.till.take().expect("the till runs");
        self.samples_ms.extend(&till.samples_ms);
        till.end()?;
        self.summary.scan_to_verdict_ms = Spread::of(&self.samples_ms);
        let codes = ["already_sold", "unknown_serial", "wrong_sku", "duplicate_in_sale", "defective_unit", "serials_missing", "scan_fault"];
        for code in codes {
            let seen = self.summary.refused.contains_key(code);
            self.summary.expect(&format!("{code} was refused"), &seen, &true);
        }
        let enough = self.summary.sales >= 20;
        self.summary.expect("at least 20 sales", &enough, &true);
        Ok(())
    }
}

/// The words that the script is made of.
impl Shift<'_> {
    fn till(&mut self) -> Result<&mut Till> {
        self.till.as_mut().ok_or_else(|| anyhow::anyhow!("the till does not run"))
    }

    fn see(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
        self.till()?.see(what, wanted)
    }

    fn tap(&mut self, label: &str) -> Result<()> {
        self.till()?.tap(label)
    }

    fn picture(&mut self, name: &str) -> Result<()> {
        self.till()?.picture(name)
    }

    fn step(&mut self, what: &str) {
        self.steps += 1;
        println!("{:>3}  {what}", self.steps);
    }

    fn keys(&mut self, digits: &str) -> Result<()> {
        digits.chars().try_for_each(|digit| self.tap(&digit.to_string()))
    }

    fn menu(&mut self, entry: &str) -> Result<()> {
        self.tap("Menu")?;
        self.tap(entry)
    }

    fn label_with(&mut self, part: &str) -> Result<String> {
        let labels = self.till()?.labels()?;
        labels.into_iter().find(|label| label.contains(part)).ok_or_else(|| anyhow::anyhow!("nothing on the screen speaks of {part}"))
    }

    /// Time between two scans of the same code, so that the second is not one label read twice.
    fn apart(&mut self) -> Result<()> {
        // sleeps because the repeat window is real time on the scanner's side
        std::thread::sleep(std::time::Duration::from_millis(350));
        Ok(())
    }

    fn scan_into(&mut self, serial: &str, lines: u64) -> Result<()> {
        self.till()?.scan(serial)?;
        self.see("the unit on a line", |v| number(v, "lines") == lines && text(v, "page") == "Sale" && v["refusal"].is_null())?;
        self.step(&format!("{serial} found its product."));
        Ok(())
    }

    /// Scans what must be refused, acknowledges it, and sees the sale unchanged.
    fn refused(&mut self, code: &str, refusal: &str) -> Result<()> {
        let lines = number(self.till()?.shown(), "lines");
        self.till()?.scan(code)?;
        let shown: String = code.chars().take(24).filter(|c| !c.is_control()).collect();
        self.acknowledge(refusal, &format!("scan of {shown}"))?;
        let now = number(self.till()?.shown(), "lines");
        self.summary.expect(&format!("{refusal} changes nothing"), &now, &lines);
        Ok(())
    }

    fn picture_of_refusal(&mut self, code: &str, refusal: &str) -> Result<()> {
        self.till()?.scan(code)?;
        self.see(refusal, |v| text(v, "refusal") == refusal)?;
        self.picture("refusal")?;
        self.acknowledge(refusal, &format!("scan of {code}"))
    }

    fn acknowledge(&mut self, refusal: &str, what: &str) -> Result<()> {
        let view = self.see(refusal, |v| !v["refusal"].is_null())?;
        let code = text(&view, "refusal").to_owned();
        self.summary.count_refusal(&code);
        self.summary.expect(what, &code.as_str(), &refusal);
        self.step(&format!("Refused ({code}): {}", text(&view, "sentence")));
        self.tap("Understood")?;
        self.see("the refusal gone", |v| v["refusal"].is_null()).map(drop)
    }

    fn pay_cash(&mut self) -> Result<()> {
        self.tap("Pay")?;
        self.finish_payment()
    }

    fn finish_payment(&mut self) -> Result<()> {
        self.see("payment", |v| text(v, "page") == "Payment")?;
        self.tap("Add payment")?;
        self.see("everything paid", |v| v["complete"] == true)?;
        self.tap("Settle")?;
        let view = self.see("a receipt", |v| text(v, "page") == "Receipt" && !text(v, "receipt").is_empty())?;
        self.summary.sales += 1;
        self.step(&format!("Sold: receipt {}.", text(&view, "receipt")));
        if self.summary.sales == 1 {
            self.picture("receipt")?;
        }
        self.tap("Next sale")?;
        self.see("an empty sale", |v| text(v, "page") == "Sale" && number(v, "lines") == 0).map(drop)
    }
}
