//! What the hub's catalogue says of a code and of a cart.

use super::till::Till;
use super::*;

#[test]
fn a_code_on_two_labels_is_for_the_cashier_to_tell_apart() {
    let mut till = Till::open();
    till.play(&[
        ("scan TWIN", "Sale/Chooser(2) 0"),
        ("scan A1", "Sale/Chooser(2) !scan_not_expected"),
        ("ok", "Sale/Chooser(2)"),
        ("back", "Sale/None 0"),
        ("scan TWIN", "Sale/Chooser(2) 0"),
        ("choose 1", "Sale/None 1 $10.00"),
        ("scan TWIN", "Sale/Chooser(2) 1"),
        ("choose 0", "Sale/Serials(Cable 0/1) 2 $15.00"),
        ("skip", "Sale/None 2"),
        ("hub CABLE inactive", "Sale/None 2"),
        ("scan TWIN", "Sale/None 2 $25.00"),
        ("hub CASE inactive", "Sale/None 2"),
        ("scan TWIN", "Sale/None !product_inactive 2"),
    ]);
}

#[test]
fn a_changed_price_is_told_on_the_line_and_taken_with_one_tap() {
    let mut till = Till::open();
    till.play(&[
        ("scan CASE", "Sale/None 1 $10.00 ."),
        ("hub PHONE price 45000", "Sale/None 1 $10.00 ."),
        ("hub CASE price 900", "Sale/None 1 $10.00 ~0 price"),
        ("pay", "Sale/None !price_differs 1 $10.00 ~0 price"),
        ("ok", "Sale/None"),
        ("scan CASE", "Sale/None 2 $19.00 ~0 price"),
        ("undo", "Sale/None 1 $10.00 ~0 price"),
        ("take-change 0", "Sale/None 1 $9.00 ."),
        ("undo", "Sale/None 1 $10.00 ~0 price"),
        ("take-change 0", "Sale/None 1 $9.00 ."),
        ("take-change 0", "Sale/None 1 $9.00 ."),
        ("pay", "Payment/None"),
        ("quick 0", "Payment/None"),
        ("settle", "Receipt/None"),
    ]);
    assert_eq!(till.receipts[0].sale.total, Money(900));
}

#[test]
fn an_old_price_is_kept_by_permission() {
    let mut till = Till::open();
    till.play(&[
        ("scan CASE", "Sale/None 1 $10.00 ."),
        ("keep-price 0", "Sale/None 1 $10.00 ."),
        ("hub CASE price 1200", "Sale/None 1 $10.00 ~0 price"),
        ("keep-price 0", "Sale/Approval(1) 1 $10.00"),
        ("back", "Sale/None 1 $10.00 ~0 price"),
        ("keep-price 0", "Sale/Approval(1)"),
        ("pick sam", "Sale/Approval(1)"),
        ("pin 1111", "Sale/None 1 $10.00 ."),
        ("pay", "Payment/None"),
        ("quick 0", "Payment/None"),
        ("settle", "Receipt/None"),
    ]);
    let settled = &till.receipts[0];
    assert_eq!((settled.sale.lines[0].price, settled.sale.lines[0].list_price), (Money(1_000), Money(1_200)));
    assert_eq!(settled.op.approved_by, Some("sam".into()));
}

/// Whoever sets a price decides beside the catalogue's price of now.
#[test]
fn a_price_set_by_hand_answers_the_change_too() {
    let mut till = Till::open();
    till.play(&[
        ("scan CASE", "Sale/None 1"),
        ("hub CASE price 1200", "Sale/None 1 $10.00 ~0 price"),
        ("edit 0", "Sale/Editor"),
        ("price", "Sale/Editor"),
        ("keys 11", "Sale/Editor"),
        ("apply", "Sale/Approval(1)"),
        ("pick sam", "Sale/Approval(1)"),
        ("pin 1111", "Sale/None 1 $11.00 ."),
        ("pay", "Payment/None"),
    ]);
}

#[test]
fn a_product_that_is_not_sold_any_more_can_only_go() {
    let mut till = Till::open();
    till.play(&[
        ("scan CASE", "Sale/None 1"),
        ("hub CASE inactive", "Sale/None 1 $10.00 ~0 not-sold"),
        ("take-change 0", "Sale/None !product_inactive 1 $10.00 ~0 not-sold"),
        ("ok", "Sale/None"),
        ("keep-price 0", "Sale/None 1 $10.00 ~0 not-sold"),
        ("pay", "Sale/None !product_inactive 1"),
        ("ok", "Sale/None"),
        ("remove 0", "Sale/None 0 $0.00 ."),
        ("undo", "Sale/None 1 $10.00 ~0 not-sold"),
    ]);
}

#[test]
fn a_combination_of_other_goods_is_taken_over() {
    let mut till = Till::open();
    till.play(&[
        ("scan SET", "Sale/Serials(Pixel 9 0/1) 1"),
        ("scan A1", "Sale/None 1 $505.00 ."),
        ("hub SET parts LAPTOP", "Sale/None 1 $505.00 ~0 parts"),
        ("pay", "Sale/None !price_differs 1"),
        ("ok", "Sale/None"),
        ("take-change 0", "Sale/Serials(ThinkPad 0/1) 1 $505.00 ."),
        ("scan L1", "Sale/None 1"),
        ("pay", "Payment/None"),
        ("quick 0", "Payment/None"),
        ("settle", "Receipt/None"),
    ]);
    let units: Vec<_> = till.receipts[0].sale.units().map(|unit| unit.serial.to_string()).collect();
    assert_eq!(units, ["L1"], "the phone's serial went with the phone");
}

/// There is nothing to decide about a policy: the line follows it.
#[test]
fn a_stricter_policy_asks_for_serials_before_payment() {
    let mut till = Till::open();
    till.play(&[("scan CASE", "Sale/None 1"), ("hub CASE in-out", "Sale/None 1 $10.00 ."), ("pay", "Sale/Serials(Case 0/1) !serials_missing")]);
}

#[test]
fn a_recalled_sale_is_judged_anew() {
    let mut till = Till::open();
    till.play(&[
        ("scan CASE", "Sale/None 1"),
        ("hold", "Sale/None 0"),
        ("hub CASE price 900", "Sale/None 0 $0.00 ."),
        ("show-held", "Sale/Held(1)"),
        ("recall 0", "Sale/None 1 $10.00 ~0 price"),
    ]);
}

#[test]
fn a_sale_of_before_a_crash_is_judged_anew() {
    let mut till = Till::open();
    till.play(&[("scan CASE", "Sale/None 1"), ("hub CASE price 900", "Sale/None 1")]);
    let (shop, cart) = (till.shop, till.cart);
    let mut again = Till::new();
    (again.shop, again.cart) = (shop, cart);
    let started = again.started();
    again.input(Input::Writer(Answer::Started(Box::new(started))));
    again.play(&[("pick ana", "Login/None"), ("pin 1111", "Sale/None 1 $10.00 ~0 price")]);
}

/// The amount due may be another now; what was paid already stays.
#[test]
fn a_change_during_payment_leads_back_to_the_sale() {
    let mut till = Till::open();
    till.play(&[
        ("scan CASE", "Sale/None 1"),
        ("pay", "Payment/None"),
        ("card", "Payment/None"),
        ("reference 777", "Payment/None"),
        ("keys 4", "Payment/None"),
        ("add", "Payment/None"),
        ("hub CASE price 900", "Sale/None !price_differs 1 $10.00 ~0 price"),
        ("ok", "Sale/None 1"),
        ("take-change 0", "Sale/None 1 $9.00 ."),
        ("pay", "Payment/None"),
    ]);
    assert_eq!(till.app.view().payment.left, "$5.00");
}
