//! The dark screen, and what wakes it.

use super::*;

/// A till with a line in its sale, dark after a minute.
fn selling() -> Till {
    let mut till = Till::open();
    till.app.facts.blank_after_s = 60;
    till.play(&[("scan CASE", "Sale/None 1 $10.00"), ("wait 59900", "Sale/None 1"), ("wait 200", "dark Sale/None 1 $10.00")]);
    till
}

#[test]
fn the_waking_touch_does_not_count_and_the_waking_scan_does() {
    let check = |line: &str, shown: &str| selling().play(&[(line, shown), ("wait 59000", shown), ("wait 2000", &format!("dark {shown}"))]);
    check("touch", "Sale/None 1 $10.00");
    check("more 0", "Sale/None 1 $10.00");
    check("pay", "Sale/None 1 $10.00");
    check("scan CASE", "Sale/None 1 $20.00");
}

#[test]
fn what_must_be_read_keeps_the_screen_lit() {
    selling().play(&[
        ("fault", "Sale/None !scan_fault 1"),
        ("wait 61000", "Sale/None !scan_fault 1"),
        ("ok", "Sale/None 1"),
        ("wait 61000", "dark Sale/None 1"),
    ]);
    let mut till = selling();
    till.input(Input::Writer(Answer::Trouble(Notice::CatalogueRebuilding)));
    till.play(&[("wait 1000", "Sale/None !catalogue_rebuilding"), ("ok", "Sale/None 1"), ("more 0", "Sale/None 1 $20.00")]);
}

#[test]
fn a_dark_till_locks_as_a_lit_one_does() {
    selling().play(&[("wait 241000", "dark Login/None"), ("touch", "Login/None"), ("pick ana", "Login/None"), ("pin 1111", "Sale/None 1 $10.00")]);
}

#[test]
fn a_clock_that_is_set_wakes_nobody_up_for_ever() {
    let mut till = selling();
    till.now_ms -= 3_600_000;
    till.play(&[("wait 10", "Sale/None 1"), ("wait 61000", "dark Sale/None 1")]);
}

#[test]
fn no_screen_goes_dark_unless_it_was_asked_for() {
    let mut till = Till::open();
    till.play(&[("wait 299000", "Sale/None")]);
}
