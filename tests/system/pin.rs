//! Wrong PINs are counted where a pulled plug does not forget them.

use crate::support::Shop;

#[test]
fn the_wait_outlives_a_pulled_plug() {
    let shop = Shop::open();
    let mut till = shop.till();
    for left in (1..5).rev() {
        assert_eq!(till.try_pin("0000"), format!("Wrong {{ tries_left: {left} }}"));
    }
    let wait = till.try_pin("0000");
    assert!(wait.starts_with("Wait"), "{wait}");
    till.kill();
    let mut till = shop.till();
    let wait = till.try_pin("1111");
    assert!(wait.starts_with("Wait"), "the right PIN after the plug was pulled: {wait}");
    till.end();
}

/// A plug that is pulled while the PIN is looked at costs a try, too.
#[test]
fn a_try_is_counted_before_it_is_answered() {
    let shop = Shop::open();
    for _ in 0..2 {
        let mut till = shop.till();
        till.try_pin("0000");
        till.try_pin("0000");
        till.kill();
    }
    let mut till = shop.till();
    let wait = till.try_pin("0000");
    assert!(wait.starts_with("Wait"), "the fifth wrong PIN: {wait}");
    till.kill();
}
