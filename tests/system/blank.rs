//! A screen that goes dark by itself.

use crate::support::{Shop, examples, number, text};
use std::fs;

#[test]
fn a_dark_till_is_woken_by_a_scan_that_counts_and_a_touch_that_does_not() {
    let shop = Shop::open();
    let config = fs::read_to_string(shop.config_file()).unwrap();
    fs::write(shop.config_file(), format!("{config}\n[display]\nblank_after_s = 1\n")).unwrap();
    let mut till = shop.till();
    till.sign_in("1111");
    till.see("a dark screen", |v| v["blank"] == true);
    till.scan(&examples().off.barcode);
    till.see("the waking scan taken", |v| v["blank"] == false && number(v, "lines") == 1);
    till.see("a dark screen again", |v| v["blank"] == true);
    till.tap("Pay");
    let view = till.see("the screen lit", |v| v["blank"] == false);
    assert_eq!(text(&view, "page"), "Sale", "the waking touch pays nothing");
    till.end();
}
