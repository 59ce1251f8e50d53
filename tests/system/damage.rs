//! Damaged files: what can be fetched again is fetched again, what happened here comes back from
//! its second witness, and the damaged file is kept for whoever looks into it.

use crate::support::{Shop, Till, examples, number, text};
use std::fs::OpenOptions;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

/// Overwrites a part of a file that begins at `from`, in thousandths of its length.
fn spoil(path: &Path, from: u64, bytes: usize) {
    let mut file = OpenOptions::new().write(true).open(path).unwrap();
    let length = file.metadata().unwrap().len();
    file.seek(SeekFrom::Start(length * from / 1_000)).unwrap();
    let room = usize::try_from(length - length * from / 1_000).unwrap();
    file.write_all(&vec![0xA5; bytes.min(room)]).unwrap();
}

fn kept_aside(shop: &Shop, name: &str) -> bool {
    let prefix = format!("{name}.damaged-");
    std::fs::read_dir(shop.till_folder()).unwrap().any(|entry| entry.unwrap().file_name().to_str().unwrap().starts_with(&prefix))
}

#[track_caller]
fn catalogue(from: u64, bytes: usize) {
    let shop = Shop::open();
    let serial = &examples().other.serials[0];
    let mut till = shop.till();
    till.sign_in("1111");
    till.kill();
    spoil(&shop.till_file("catalog.db"), from, bytes);
    let mut till = shop.till();
    assert!(till.refused("catalogue_rebuilding").contains("being fetched again"));
    till.understood();
    assert!(kept_aside(&shop, "catalog.db"));
    let hub = shop.hub();
    till.see("the catalogue from the hub", |v| number(v, "units") >= 5_000);
    till.sign_in("1111");
    till.sell(serial);
    till.synced();
    till.end();
    hub.has_exactly(2, &[serial]);
}

#[test]
fn a_catalogue_without_a_head() {
    catalogue(0, 100);
}

#[test]
fn a_catalogue_with_a_hole() {
    catalogue(300, 200_000);
}

/// After an orderly end nothing is looked through at the start: a hole is found by who falls in.
#[test]
fn a_hole_in_the_catalogue_that_is_found_late() {
    let shop = Shop::open();
    spoil(&shop.till_file("catalog.db"), 300, 400_000);
    let mut till = shop.till();
    let hub = shop.hub();
    if till.shown()["refusal"].is_null() {
        till.sign_in("1111");
        fall_in(&mut till);
    }
    understand_until(&mut till, "catalogue_rebuilding");
    assert!(kept_aside(&shop, "catalog.db"));
    till.see("the catalogue from the hub", |v| number(v, "units") >= 5_000 && text(v, "sync") == "Synced");
    till.end();
    hub.has_exactly(1, &[]);
}

/// Scans all kinds of goods until one of them is not found where it should be.
fn fall_in(till: &mut Till) {
    let shelves = [&examples().phone, &examples().other];
    for serial in shelves.into_iter().flat_map(|product| &product.serials) {
        let before = number(till.shown(), "quantity");
        till.scan(serial);
        let view = till.see("a verdict", |v| !v["refusal"].is_null() || number(v, "quantity") > before);
        if !view["refusal"].is_null() {
            return;
        }
    }
}

/// Acknowledges whatever is told until this is told, too.
#[track_caller]
fn understand_until(till: &mut Till, code: &str) {
    loop {
        let view = till.see(code, |v| !v["refusal"].is_null());
        let told = text(&view, "refusal");
        till.tap("Understood");
        till.see("it gone, or the next one", |v| text(v, "refusal") != told);
        if told == code {
            return;
        }
    }
}

#[track_caller]
fn journal(from: u64, bytes: usize) {
    let shop = Shop::open();
    let [first, second, third] = [0, 1, 2].map(|index| examples().other.serials[index].as_str());
    let mut till = shop.till();
    till.sign_in("1111");
    till.sell(first);
    let last = till.sell(second);
    till.end();
    spoil(&shop.till_file("journal.db"), from, bytes);
    let mut till = shop.till();
    let sentence = till.refused("journal_restored");
    assert!(sentence.contains("journal.db.damaged-") && sentence.contains("3 ops were restored"), "{sentence}");
    assert!(kept_aside(&shop, "journal.db"));
    till.understood();
    till.see("everything to be sent", |v| number(v, "pending") >= 2);
    till.sign_in("1111");
    till.scan(first);
    assert!(till.refused("already_sold").contains(first));
    till.understood();
    assert!(till.sell(third) > last, "the receipts count on");
    let hub = shop.hub();
    till.synced();
    till.end();
    hub.has_exactly(4, &[first, second, third]);
}

#[test]
fn a_journal_without_a_head() {
    journal(0, 100);
}

#[test]
fn a_journal_with_a_hole() {
    journal(200, 40_000);
}

/// SQLite does not see a bit that flipped in the middle of a value; an op knows its own hash.
#[test]
fn an_op_with_a_flipped_bit() {
    let shop = Shop::open();
    let [first, second] = [0, 1].map(|index| examples().other.serials[index].as_str());
    let mut till = shop.till();
    till.sign_in("1111");
    till.sell(first);
    till.sell(second);
    till.end();
    let mut bytes = std::fs::read(shop.till_file("journal.db")).unwrap();
    let kind = b"\"kind\":\"sale@1\"";
    let places: Vec<usize> = bytes.windows(kind.len()).enumerate().filter(|(_, window)| window == kind).map(|(at, _)| at).collect();
    assert!(places.len() >= 2, "both sales are in the journal");
    places.iter().for_each(|at| bytes[at + 8] ^= 1);
    std::fs::write(shop.till_file("journal.db"), bytes).unwrap();
    let mut till = shop.till();
    let hub = shop.hub();
    understand_until(&mut till, "journal_restored");
    till.synced();
    till.end();
    assert!(kept_aside(&shop, "journal.db"));
    hub.has_exactly(3, &[first, second]);
}

#[test]
fn an_empty_journal() {
    let shop = Shop::open();
    let serial = &examples().other.serials[0];
    let mut till = shop.till();
    till.sign_in("1111");
    let receipt = till.sell(serial);
    till.end();
    std::fs::write(shop.till_file("journal.db"), "").unwrap();
    let mut till = shop.till();
    assert!(till.refused("ops_recovered").contains("2 ops"), "the shift and the sale");
    till.understood();
    till.sign_in("1111");
    till.scan(serial);
    till.refused("already_sold");
    till.understood();
    assert!(till.sell(&examples().off.barcode) > receipt);
    let hub = shop.hub();
    till.synced();
    till.end();
    hub.has_exactly(3, &[serial]);
}

#[test]
fn a_log_with_a_hole() {
    let shop = Shop::open();
    let serial = &examples().other.serials[0];
    let mut till = shop.till();
    till.sign_in("1111");
    till.sell(serial);
    till.kill();
    spoil(&shop.till_file("ops.log"), 300, 100);
    let mut till = shop.till();
    assert!(till.refused("log_repaired").contains("Nothing is lost"));
    till.understood();
    till.sign_in("1111");
    till.sell(&examples().off.barcode);
    till.end();
    assert!(kept_aside(&shop, "ops.log"));
    spoil(&shop.till_file("journal.db"), 0, 100);
    let mut till = shop.till();
    assert!(till.refused("journal_restored").contains("3 ops were restored"), "the log was completed from the journal");
    till.understood();
    let hub = shop.hub();
    till.synced();
    till.end();
    hub.has_exactly(3, &[serial]);
}
