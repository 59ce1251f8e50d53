//! Whole shifts in tables: what the cashier does, and what the screen then shows.

mod blank;
mod catalogue;
mod hub;
mod scanners;
mod till;

use super::*;
use crate::view::LoginState;
use crate::writer::Dispute;
use ledger::money::Money;
use till::Till;

#[test]
fn a_whole_sale() {
    let mut till = Till::open();
    till.play(&[
        ("scan PHONE", "Sale/Serials(Pixel 9 0/1) 1 $500.00"),
        ("scan A1", "Sale/None 1 $500.00"),
        ("scan CASE", "Sale/None 2 $510.00"),
        ("pay", "Payment/None 2 $510.00"),
        ("settle", "Payment/None !payment_short"),
        ("ok", "Payment/None"),
        ("quick 1", "Payment/None"),
        ("settle", "Receipt/None 0 $0.00"),
    ]);
    let view = till.app.view();
    assert_eq!((view.receipt.number.as_str(), view.receipt.total.as_str(), view.receipt.change.as_str()), ("T1-000001", "$510.00", "$10.00"));
    assert!(view.receipt.slip.iter().any(|line| line.contains("SN A1")), "{:?}", view.receipt.slip);
    assert_eq!(till.slips, 1);
    till.play(&[("scan A2", "Sale/None 1 $500.00"), ("undo", "Sale/None 0 $0.00")]);
}

#[test]
fn every_wrong_serial_is_refused_and_changes_nothing() {
    let check = |code: &str, refusal: &str| {
        let mut till = Till::open();
        till.play(&[("scan PHONE", "Sale/Serials(Pixel 9 0/1)"), ("scan A1", "Sale/None"), ("scan PHONE", "Sale/Serials(Pixel 9 1/2) 1")]);
        let expected = format!("Sale/Serials(Pixel 9 1/2) !{refusal} 1 $1,000.00");
        till.play(&[(&format!("scan {code}"), &expected), ("scan A2", &expected), ("ok", "Sale/Serials(Pixel 9 1/2) 1"), ("scan A2", "Sale/None 1 $1,000.00")]);
    };
    check("A1", "duplicate_in_sale");
    check("NOPE", "unknown_serial");
    check("L1", "wrong_sku");
    check("BAD1", "defective_unit");
    check("OLD", "already_sold");
    check("LAPTOP", "serial_expected");
    check("A B", "serial_forbidden_character");
    check("A<GS>B", "control_characters");
    check(&"9".repeat(65), "serial_too_long");
}

#[test]
fn a_label_names_product_and_unit() {
    let (phone, laptop, cable) = ("0104006381333931", "0105901234123457", "0109780201379624");
    let line = |label: &str, serial: &str| format!("label {label}21{serial}");
    let mut till = Till::open();
    till.play(&[(&line(phone, "A1"), "Sale/None 1 $500.00"), (&line(laptop, "SAME"), "Sale/None 2 $1,400.00"), (&format!("label {cable}"), "Sale/")]);
    // A serial of another product than the label's is not that unit.
    let mut till = Till::open();
    till.play(&[
        (&line(laptop, "A1"), "Sale/None !unknown_serial 0"),
        ("ok", "Sale/None"),
        (&line("0100000000000017", "A1"), "Sale/None !unknown_code 0"),
        ("ok", "Sale/None"),
        ("scan PHONE", "Sale/Serials(Pixel 9 0/1) 1"),
        (&line(laptop, "A1"), "Sale/Serials(Pixel 9 0/1) !wrong_sku"),
        ("ok", "Sale/Serials(Pixel 9 0/1)"),
        (&line(phone, "A1"), "Sale/None 1"),
    ]);
    // What is recorded only when it leaves needs no unit before.
    let mut till = Till::open();
    till.play(&[(&line(cable, "NEW-1"), "Sale/None 1 $5.00"), (&line(cable, "NEW-1"), "Sale/")]);
}

#[test]
fn a_unit_in_another_cart_is_asked_about() {
    let mut till = Till::open();
    till.play(&[
        ("scan CART", "Sale/Caution(ask_reserved) 0 $0.00"),
        ("no", "Sale/None 0 $0.00"),
        ("scan CART", "Sale/Caution(ask_reserved) 0"),
        ("yes", "Sale/None 1 $500.00"),
        ("pay", "Payment/None"),
        ("quick 0", "Payment/None"),
        ("settle", "Receipt/None"),
    ]);
    let mut till = Till::open_with("settings reserved block");
    till.play(&[("scan CART", "Sale/None !reserved_unit 0")]);
    let mut till = Till::open_with("settings reserved allow");
    till.play(&[("scan CART", "Sale/None 1 $500.00")]);
}

#[test]
fn a_unit_that_is_known_elsewhere_is_asked_about() {
    let mut till = Till::open_with("settings elsewhere ask");
    till.play(&[
        ("scan FAR", "Sale/Caution(ask_elsewhere) 0 $0.00"),
        ("scan A1", "Sale/Caution(ask_elsewhere) !scan_not_expected 0"),
        ("ok", "Sale/Caution(ask_elsewhere)"),
        ("no", "Sale/None 0 $0.00"),
        ("scan PHONE", "Sale/Serials(Pixel 9 0/1) 1"),
        ("scan FAR", "Sale/Caution(ask_elsewhere) 1"),
        ("no", "Sale/Serials(Pixel 9 0/1) 1"),
        ("scan FAR", "Sale/Caution(ask_elsewhere) 1"),
        ("yes", "Sale/None 1 $500.00"),
        ("scan A1", "Sale/None 1 $1,000.00"),
        ("pay", "Payment/None"),
        ("quick 0", "Payment/None"),
        ("settle", "Receipt/None"),
    ]);
    let said: Vec<_> = till.receipts[0].sale.units().map(|unit| (unit.serial.as_str(), unit.confirmed)).collect();
    assert_eq!(said, [("FAR", true), ("A1", false)], "a yes is to one unit");
    let mut till = Till::open();
    till.play(&[("scan FAR", "Sale/None !other_warehouse 0"), ("ok", "Sale/None")]);
    let mut till = Till::open_with("settings elsewhere ask");
    till.play(&[
        ("scan FAR", "Sale/Caution(ask_elsewhere) 0"),
        ("yes", "Sale/None 1 $500.00"),
        ("undo", "Sale/None 0"),
        ("scan FAR", "Sale/Caution(ask_elsewhere) 0"),
    ]);
    till.play(&[("back", "Sale/None 0"), ("yes", "Sale/None 0")]);
}

/// Knowledge that was fresh enough at the scan may be too old at the payment.
#[test]
fn old_knowledge_is_asked_about_when_it_is_used() {
    let mut till = Till::open_with("settings stale-after 1");
    till.play(&[
        ("scan A1", "Sale/None 1 $500.00"),
        ("pay", "Payment/None"),
        ("quick 0", "Payment/None"),
        ("wait 60000", "Payment/None"),
        ("settle", "Payment/Caution(ask_stale)"),
        ("no", "Payment/None"),
        ("settle", "Payment/Caution(ask_stale)"),
        ("yes", "Receipt/None"),
        ("next", "Sale/None"),
        ("scan A2", "Sale/Caution(ask_stale) 0"),
        ("scan A2", "Sale/Caution(ask_stale) !scan_not_expected"),
    ]);
    assert!(till.receipts[0].sale.units().all(|unit| unit.confirmed));
    till.outbox.known_at_ms = Some(till.now_ms);
    till.play(&[("ok", "Sale/Caution"), ("no", "Sale/None"), ("wait 1000", "Sale/None"), ("scan A2", "Sale/None 1 $500.00")]);
}

#[test]
fn a_second_sale_of_a_unit_is_told_at_once_and_stays_in_sight() {
    let mut till = Till::open();
    let dispute = |name: &str, own| Dispute { name: name.into(), serial: format!("S-{name}"), own, ..Dispute::default() };
    let mut check = |disputes: Vec<Dispute>, flashed: Option<&str>, marked: u32, listed: usize| {
        till.outbox.disputes = disputes;
        till.play(&[("wait 2000", "Sale/None")]);
        let view = till.app.view();
        let flash = view.flash.filter(|flash| flash.what == FlashWhat::UnitDisputed).map(|flash| flash.text);
        assert_eq!((flash.as_deref(), view.header.disputes, view.sync.disputes.len()), (flashed, marked, listed));
    };
    check(vec![dispute("a", true)], Some("S-a"), 1, 1);
    check(vec![dispute("a", true)], None, 1, 1);
    check(vec![dispute("a", true), dispute("b", false)], None, 1, 2);
    check(vec![dispute("c", true), dispute("b", false)], Some("S-c"), 1, 2);
    check(vec![dispute("b", false)], None, 0, 1);
}

#[test]
fn a_serial_first_finds_its_product() {
    let mut till = Till::open();
    till.play(&[
        ("scan A1", "Sale/None 1 $500.00"),
        ("scan A1", "Sale/None !duplicate_in_sale 1"),
        ("ok", "Sale/None"),
        ("scan OLD", "Sale/None !already_sold 1 $500.00"),
        ("ok", "Sale/None"),
        ("scan SAME", "Sale/Chooser(2) 1"),
        ("choose 9", "Sale/None 1 $500.00"),
        ("scan SAME", "Sale/Chooser(2) 1"),
        ("choose 1", "Sale/None 2 $1,400.00"),
        ("scan NOTHING", "Sale/None !unknown_code 2"),
        ("ok", "Sale/None"),
        ("fault", "Sale/None !scan_fault 2"),
    ]);
}

#[test]
fn serials_that_may_be_left_out_are_asked_for_once() {
    let mut till = Till::open();
    till.play(&[
        ("scan CABLE", "Sale/Serials(Cable 0/1) 1"),
        ("skip", "Sale/None 1"),
        ("pay", "Sale/Ask(1)"),
        ("ask-yes", "Sale/Serials(Cable 0/1)"),
        ("serial-text NEW-1", "Sale/Serials(Cable 0/1)"),
        ("submit-serial", "Sale/None 1"),
        ("pay", "Payment/None"),
        ("back", "Sale/None"),
        ("more 0", "Sale/Serials(Cable 1/2)"),
        ("back", "Sale/None"),
        ("pay", "Sale/Ask(1)"),
        ("ask-no", "Payment/None"),
    ]);
}

/// A product without serial rules takes a serial for reference, when somebody opens the prompt.
#[test]
fn serials_are_kept_for_reference() {
    let mut till = Till::open();
    till.play(&[
        ("scan CASE", "Sale/None 1 $10.00"),
        ("serials 0", "Sale/Serials(Case 0/1)"),
        ("scan PHONE", "Sale/Serials(Case 0/1) !serial_expected"),
        ("ok", "Sale/Serials(Case 0/1)"),
        ("scan A1", "Sale/Serials(Case 0/1) !wrong_sku"),
        ("ok", "Sale/Serials(Case 0/1)"),
        ("serial-text NOT OK", "Sale/Serials(Case 0/1)"),
        ("submit-serial", "Sale/Serials(Case 0/1) !serial_forbidden_character"),
        ("ok", "Sale/Serials(Case 0/1)"),
        ("scan R-1", "Sale/None 1 $10.00"),
        ("more 0", "Sale/None 1 $20.00"),
        ("more 0", "Sale/None 1 $30.00"),
        ("serials 0", "Sale/Serials(Case 1/3)"),
        ("scan R-1", "Sale/Serials(Case 1/3) !duplicate_in_sale"),
        ("ok", "Sale/Serials(Case 1/3)"),
        ("serial-text R-2", "Sale/Serials(Case 1/3)"),
        ("submit-serial", "Sale/Serials(Case 2/3)"),
        ("drop-serial 0", "Sale/Serials(Case 1/3)"),
        ("back", "Sale/None 1 $30.00"),
    ]);
    let line = till.app.view().sale.lines[0].clone();
    assert_eq!((line.serials.as_str(), line.serials_state), ("R-2", crate::view::LineSerials::None));
    till.play(&[("pay", "Payment/None"), ("quick 0", "Payment/None"), ("settle", "Receipt/None")]);
    assert!(till.app.view().receipt.slip.iter().any(|line| line.contains("SN R-2")), "{:?}", till.app.view().receipt.slip);
    assert_eq!(till.receipts[0].sale.units().count(), 1, "it stands in the op");
}

/// In a combination the parts that must have a serial come first, and those that may never ask.
#[test]
fn a_part_takes_a_serial_for_reference_by_hand() {
    let mut till = Till::open();
    till.play(&[
        ("scan SET", "Sale/Serials(Pixel 9 0/1) 1"),
        ("scan A1", "Sale/None 1"),
        ("serials 0", "Sale/Serials(Case 0/1) 1"),
        ("scan R-1", "Sale/None 1 $505.00"),
        ("serials 0", "Sale/Serials(Case 1/1)"),
    ]);
    let crate::view::Layer::Serials(prompt) = till.app.view().layer else { panic!("the prompt is open") };
    let taken: Vec<_> = prompt.taken.iter().map(|taken| (taken.serial.as_str(), taken.of.as_str())).collect();
    assert_eq!(taken, [("A1", "Pixel 9"), ("R-1", "Case")], "all serials of the line, each with its part");
    till.play(&[("drop-serial 0", "Sale/Serials(Pixel 9 0/1)"), ("scan A2", "Sale/None 1"), ("pay", "Payment/None")]);
}

#[test]
fn serials_that_are_required_hold_up_payment() {
    let mut till = Till::open();
    till.play(&[
        ("scan SET", "Sale/Serials(Pixel 9 0/1) 1 $505.00"),
        ("back", "Sale/None 1"),
        ("pay", "Sale/Serials(Pixel 9 0/1) !serials_missing"),
        ("ok", "Sale/Serials(Pixel 9 0/1)"),
        ("scan A3", "Sale/None"),
        ("more 0", "Sale/Serials(Pixel 9 1/2) 1 $1,010.00"),
        ("scan A2", "Sale/None"),
        ("less 0", "Sale/None 1 $505.00"),
        ("pay", "Payment/None"),
        ("quick 0", "Payment/None"),
        ("settle", "Receipt/None"),
    ]);
    till.play(&[("next", "Sale/None"), ("scan A2", "Sale/None 1 $500.00"), ("scan A3", "Sale/None !already_sold")]);
}

#[test]
fn prices_and_discounts_need_somebody_who_may() {
    let mut till = Till::open();
    till.play(&[
        ("scan CASE", "Sale/None 1 $10.00"),
        ("edit 0", "Sale/Editor"),
        ("price", "Sale/Editor"),
        ("keys 8.50", "Sale/Editor"),
        ("apply", "Sale/Approval(1) 1 $10.00"),
        ("pick sam", "Sale/Approval(1)"),
        ("pin 2222", "Sale/Approval(1)"),
        ("pin 1111", "Sale/None 1 $8.50"),
        ("edit 0", "Sale/Editor"),
        ("discount", "Sale/Editor"),
        ("keys 9", "Sale/Editor"),
        ("apply", "Sale/Approval(1)"),
        ("pick sam", "Sale/Approval(1)"),
        ("pin 1111", "Sale/Editor !discount_too_large 1 $8.50"),
        ("ok", "Sale/Editor"),
        ("back", "Sale/None"),
        ("undo", "Sale/None 1 $10.00"),
    ]);
}

#[test]
fn quantities_out_of_range_are_refused() {
    let mut till = Till::open();
    let check = |till: &mut Till, keys: &str, refusal: &str| {
        till.play(&[
            ("edit 0", "Sale/Editor"),
            (&format!("keys {keys}"), "Sale/Editor"),
            ("apply", &format!("Sale/Editor !{refusal} 1 $10.00")),
            ("ok", "Sale/Editor"),
            ("back", "Sale/None"),
        ]);
    };
    till.play(&[("scan CASE", "Sale/None 1 $10.00")]);
    check(&mut till, "0", "quantity_zero");
    check(&mut till, "10000", "quantity_too_large");
    check(&mut till, "1000000000", "quantity_too_large");
    check(&mut till, "99999999999999", "quantity_too_large");
    till.play(&[("edit 0", "Sale/Editor"), ("keys 9999", "Sale/Editor"), ("apply", "Sale/None 1 $99,990.00")]);
}

#[test]
fn a_price_too_large_is_refused() {
    let mut till = Till::open();
    till.play(&[
        ("scan CASE", "Sale/None"),
        ("edit 0", "Sale/Editor"),
        ("price", "Sale/Editor"),
        ("keys 999999999999", "Sale/Editor"),
        ("apply", "Sale/Approval(1)"),
        ("pick sam", "Sale/App"),
        ("pin 1111", "Sale/Editor !price_too_large 1 $10.00"),
    ]);
}

#[test]
fn payments_split_and_are_checked() {
    let mut till = Till::open();
    till.play(&[
        ("pay", "Sale/None !empty_sale"),
        ("ok", "Sale/None"),
        ("scan CASE", "Sale/None"),
        ("pay", "Payment/None"),
        ("card", "Payment/None"),
        ("keys 4", "Payment/None"),
        ("add", "Payment/None !payment_reference_missing"),
        ("ok", "Payment/None"),
        ("reference 777", "Payment/None"),
        ("add", "Payment/None"),
        ("card", "Payment/None"),
        ("reference 778", "Payment/None"),
        ("keys 7", "Payment/None"),
        ("add", "Payment/None !payment_too_much"),
        ("ok", "Payment/None"),
        ("drop-payment 0", "Payment/None"),
        ("keys c", "Payment/None"),
        ("add", "Payment/None"),
        ("settle", "Receipt/None"),
    ]);
    assert_eq!(till.receipts[0].sale.payments.len(), 1);
    assert_eq!(till.receipts[0].sale.payments[0].amount, Money(1_000));
}

#[test]
fn holding_and_recalling_lose_nothing() {
    let mut till = Till::open();
    till.play(&[
        ("scan A1", "Sale/None 1"),
        ("hold", "Sale/None 0 $0.00"),
        ("scan CASE", "Sale/None 1 $10.00"),
        ("show-held", "Sale/Held(1)"),
        ("recall 0", "Sale/None 1 $500.00"),
        ("show-held", "Sale/Held(1)"),
        ("recall 0", "Sale/None 1 $10.00"),
        ("scan A1", "Sale/None 2 $510.00"),
    ]);
}

#[test]
fn a_hold_that_fails_keeps_the_sale() {
    let mut till = Till::open();
    till.play(&[("scan A1", "Sale/None 1")]);
    till.app.update(Input::Intent(Intent::Hold), till.now_ms);
    till.play(&[("more 0", "Sale/None 1 $500.00"), ("scan CASE", "Sale/None !scan_not_expected 1"), ("ok", "Sale/None 1")]);
    till.input(Input::Writer(Answer::Failed(Notice::DiskFull)));
    till.play(&[("ok", "Sale/None 1 $500.00"), ("hold", "Sale/None 0"), ("show-held", "Sale/Held(1)")]);
}

#[test]
fn a_price_lowered_for_one_is_not_lowered_for_more() {
    let mut till = Till::open();
    till.play(&[
        ("scan CASE", "Sale/None 1 $10.00"),
        ("edit 0", "Sale/Editor"),
        ("price", "Sale/Editor"),
        ("keys 8", "Sale/Editor"),
        ("apply", "Sale/Approval(1)"),
        ("pick sam", "Sale/Approval(1)"),
        ("pin 1111", "Sale/None 1 $8.00"),
        ("more 0", "Sale/Approval(1) 1 $8.00"),
        ("back", "Sale/Editor 1 $8.00"),
        ("back", "Sale/None 1 $8.00"),
        ("scan CASE", "Sale/None 2 $18.00"),
        ("more 0", "Sale/Approval(1)"),
        ("pick sam", "Sale/Approval(1)"),
        ("pin 1111", "Sale/None 2 $26.00"),
    ]);
}

#[test]
fn a_card_that_was_charged_is_not_forgotten() {
    let mut till = Till::open();
    till.play(&[
        ("scan CASE", "Sale/None 1"),
        ("pay", "Payment/None"),
        ("card", "Payment/None"),
        ("reference 777", "Payment/None"),
        ("keys 4", "Payment/None"),
        ("add", "Payment/None"),
        ("back", "Sale/None 1"),
        ("scan CASE", "Sale/None 1 $20.00"),
        ("pay", "Payment/None"),
    ]);
    let payment = till.app.view().payment;
    assert_eq!((payment.taken.len(), payment.left.as_str()), (1, "$16.00"));
    assert_eq!(till.cart.as_ref().map(|cart| cart.payments.len()), Some(1), "it survives a power cut too");
}

#[test]
fn a_late_answer_to_another_settle_changes_nothing() {
    let mut till = Till::open();
    till.play(&[
        ("scan CASE", "Sale/None"),
        ("pay", "Payment/None"),
        ("quick 0", "Payment/None"),
        ("settle", "Receipt/None"),
        ("scan A1", "Sale/None 1 $500.00"),
    ]);
    let late = till.receipts[0].clone();
    till.input(Input::Writer(Answer::Settled(Box::new(late))));
    assert!(till.shown().starts_with("Sale/None 1 $500.00"), "{}", till.shown());
}

#[test]
fn search_adds_and_no_page_types_a_scan_anywhere() {
    let mut till = Till::open();
    till.play(&[
        ("search Ca", "Sale/Search(2)"),
        ("result 1", "Sale/None 1 $10.00"),
        ("sync", "Sync/None"),
        ("scan A1", "Sync/None !scan_not_expected"),
        ("ok", "Sync/None"),
        ("back", "Sale/None 1"),
        ("pay", "Payment/None"),
        ("scan A1", "Payment/None !scan_not_expected 1"),
    ]);
}

#[test]
fn wrong_pins_and_missing_rights() {
    let mut till = Till::new();
    till.play(&[("pick ana", "Login/None"), ("pin 9999", "Login/None")]);
    assert_eq!(till.app.view().login.state, LoginState::Wrong { tries_left: 4 });
    till.play(&[("pick pia", "Login/None"), ("pin 1111", "Login/None")]);
    assert_eq!(till.app.view().login.state, LoginState::NotAllowed);
    till.play(&[("scan A1", "Login/None !scan_not_expected")]);
}

#[test]
fn an_idle_till_asks_for_a_pin_and_keeps_the_sale() {
    let mut till = Till::open();
    till.play(&[
        ("scan A1", "Sale/None 1"),
        ("wait 299000", "Sale/None 1"),
        ("wait 2000", "Login/None 1"),
        ("pick ana", "Login/None"),
        ("pin 1111", "Sale/None 1 $500.00"),
    ]);
}

#[test]
fn a_crash_in_the_middle_gives_the_cart_back() {
    let mut till = Till::open();
    till.play(&[("scan A1", "Sale/None 1"), ("scan CASE", "Sale/None 2 $510.00")]);
    let (shop, cart) = (till.shop, till.cart);
    let mut again = Till::new();
    (again.shop, again.cart) = (shop, cart);
    let started = again.started();
    again.input(Input::Writer(Answer::Started(Box::new(started))));
    again.play(&[("pick ana", "Login/None"), ("pin 1111", "Sale/None 2 $510.00"), ("scan A1", "Sale/None !duplicate_in_sale 2")]);
}

#[test]
fn closing_a_shift_counts_the_drawer() {
    let mut till = Till::open();
    till.play(&[
        ("scan CASE", "Sale/None"),
        ("pay", "Payment/None"),
        ("quick 0", "Payment/None"),
        ("settle", "Receipt/None"),
        ("next", "Sale/None"),
        ("scan A1", "Sale/None 1"),
        ("show-close", "CloseShift/None 0"),
        ("close-shift", "CloseShift/None !bad_amount"),
        ("ok", "CloseShift/None"),
        ("keys 105", "CloseShift/None"),
        ("close-shift", "ZReport/None"),
    ]);
    let report = till.app.view().shift.report;
    assert_eq!((report.cash_expected.as_str(), report.difference.as_str(), report.difference_sign, report.sales), ("$110.00", "-$5.00", -1, 1));
    till.play(&[("back", "Login/None"), ("pick ana", "Login/None"), ("pin 1111", "OpenShift/None")]);
    assert_eq!(till.held.len(), 1, "the open sale is held, not lost");
}

#[test]
fn receipts_are_found_by_number_and_serial() {
    let mut till = Till::open();
    till.play(&[
        ("scan A1", "Sale/None"),
        ("pay", "Payment/None"),
        ("quick 0", "Payment/None"),
        ("settle", "Receipt/None"),
        ("receipts", "Receipts/None"),
        ("receipt 0", "Receipts/None"),
    ]);
    assert_eq!(till.app.view().receipt.number, "T1-000001");
    assert!(till.app.view().receipt.reprint);
    till.play(&[("scan A1", "Receipts/None"), ("scan A2", "Receipts/None !unknown_code")]);
}

#[test]
fn whatever_fails_is_told_and_nothing_is_taken() {
    let check = |notice: Notice| {
        let mut till = Till::open();
        till.play(&[("scan A1", "Sale/None 1")]);
        let code = notice.code();
        till.input(Input::Writer(Answer::Failed(notice)));
        till.play(&[("scan A2", &format!("Sale/None !{code} 1 $500.00")), ("ok", "Sale/None 1 $500.00")]);
    };
    check(Notice::DiskFull);
    check(Notice::StorageFailed { reason: "x".into() });
    check(Notice::CatalogueRebuilding);
}
