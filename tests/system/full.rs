//! A disk that takes no more: the sale is refused, the cart stays, and with room again the same sale
//! goes through once.

use crate::support::{Shop, SmallDisk, Till, bear_file_limit, examples, limit_files, number, skipped, text};

const SERIALS: [usize; 2] = [0, 1];

/// A till with one unit in its sale, of which it is proven that it was kept.
fn selling(till: &mut Till, serial: &str) {
    till.sign_in("1111");
    till.scan(serial);
    till.see("a line", |v| number(v, "lines") == 1);
    till.scan(&examples().unknown_barcode);
    till.refused("unknown_code");
    till.understood();
}

/// Refused with this code; the sale is still there to be paid.
#[track_caller]
fn refused_and_kept(till: &mut Till, codes: &[&str]) {
    let view = till.see("a refusal", |v| !v["refusal"].is_null());
    assert!(codes.contains(&text(&view, "refusal")), "{view}");
    assert!(text(&view, "sentence").contains("othing was saved"), "{view}");
    till.understood();
    let view = till.see("the sale as it was", |v| v["busy"] == false);
    assert_eq!((text(&view, "page"), number(&view, "lines"), text(&view, "receipt")), ("Payment", 1, ""), "{view}");
}

#[test]
fn a_full_disk() {
    let shop = Shop::open();
    let Some(disk) = SmallDisk::prepare(&shop) else {
        return skipped("a_full_disk", "this user may not mount a small disk");
    };
    let [first, second] = SERIALS.map(|index| examples().other.serials[index].as_str());
    let mut till = Till::start(disk.on(&shop.run()), shop.scanner());
    selling(&mut till, first);
    disk.fill(till.id());
    till.tap("Pay");
    till.see("payment", |v| text(v, "page") == "Payment");
    till.tap("Add payment");
    refused_and_kept(&mut till, &["disk_full"]);
    for _ in 0..2 {
        till.tap("Settle");
        refused_and_kept(&mut till, &["disk_full"]);
    }
    disk.empty(till.id());
    till.tap("Settle");
    let receipt = till.receipt();
    assert!(till.sell(second) > receipt);
    let hub = shop.hub();
    till.synced();
    till.end();
    hub.has_exactly(3, &[first, second]);
}

/// Every write of a file fails, for a reason that is not a full disk.
#[test]
fn a_disk_that_fails() {
    let shop = Shop::open();
    let [first, second] = SERIALS.map(|index| examples().other.serials[index].as_str());
    let mut till = Till::start(bear_file_limit(shop.run()), shop.scanner());
    selling(&mut till, first);
    limit_files(till.id(), Some(0));
    till.tap("Pay");
    till.see("payment", |v| text(v, "page") == "Payment");
    till.tap("Add payment");
    refused_and_kept(&mut till, &["disk_full", "storage_failed"]);
    for _ in 0..2 {
        till.tap("Settle");
        refused_and_kept(&mut till, &["disk_full", "storage_failed"]);
    }
    limit_files(till.id(), None);
    till.tap("Settle");
    let receipt = till.receipt();
    assert!(till.sell(second) > receipt);
    let hub = shop.hub();
    till.synced();
    till.end();
    hub.has_exactly(3, &[first, second]);
}
