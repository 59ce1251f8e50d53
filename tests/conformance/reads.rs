//! Look-ups and search over catalogue and overlay.

use crate::faults::{Trouble, TroubledDisk};
use crate::support::*;
use engine::terminal::TerminalStore;
use ledger::op::Body;
use ledger::row::{DocumentRef, Product, Row, SerialPolicy, Stock, Unit, UnitStatus};
use ledger::unit_edit::UnitEdit;
use ledger::verdict::Verdict;
use std::path::Path;
use tempfile::TempDir;

#[test]
fn a_scanned_text_is_resolved() {
    let mut counter = Counter::open_for_business(2);
    let rows = [Row::Unit(unit("CABLE", "A1")), Row::Unit(unit("CABLE", "CASE"))];
    counter.store.ingest(&page(&rows, 50, 1, 0), 0).unwrap();
    let mut check = |text: &str, products: &[&str], units: &[&str]| {
        let found = counter.store.resolve(text).unwrap();
        let names: Vec<_> = found.products.iter().map(|facts| facts.product.sku.as_str()).collect();
        let bearers: Vec<_> = found.units.iter().map(|facts| facts.unit.sku.as_str()).collect();
        assert_eq!((&names[..], &bearers[..]), (products, units), "{text}");
        assert!(found.units.iter().all(|facts| facts.product.is_some() && facts.ver == Some(1)), "{text}");
        found
    };
    check("code-PHONE", &["PHONE"], &[]);
    check("PHONE", &["PHONE"], &[]);
    check("A0", &[], &["PHONE"]);
    check("A1", &[], &["CABLE", "PHONE"]);
    check("CASE", &["CASE"], &["CABLE"]);
    check("a1", &[], &[]);
    check("", &[], &[]);
    check("no such thing, and no serial either", &[], &[]);
    let set = check("SET", &["SET"], &[]);
    let parts: Vec<_> = set.products[0].parts.iter().map(|part| part.sku.as_str()).collect();
    assert_eq!(parts, ["PHONE", "CABLE"]);
}

#[test]
fn a_code_moves_with_its_product() {
    let mut counter = Counter::new(0);
    let mut case = product("CASE", "Case", SerialPolicy::Off);
    case.codes = vec!["new-code".into()];
    counter.store.ingest(&page(&[Row::Product(case)], 50, 2, 0), 0).unwrap();
    assert_eq!(counter.store.resolve("code-CASE").unwrap().products, []);
    assert_eq!(counter.store.resolve("new-code").unwrap().products.len(), 1);
}

/// A code of a label and one of the catalogue are the same number in any of its lengths.
#[test]
fn a_number_is_found_however_it_is_written() {
    let mut counter = Counter::new(0);
    let coded = |sku: &str, code: &str| Row::Product(Product { codes: vec![code.into()], ..product(sku, sku, SerialPolicy::Off) });
    let rows = [coded("PEN", "036000291452"), coded("PEN-BOX", "10036000291459"), coded("GUM", "01234531"), coded("4006381333931", "own")];
    counter.store.ingest(&page(&rows, 50, 2, 0), 0).unwrap();
    let mut check = |text: &str, sku: &str| {
        let found = counter.store.resolve(text).unwrap().products;
        assert_eq!(found.iter().map(|facts| facts.product.sku.as_str()).collect::<Vec<_>>().join(" "), sku, "{text}");
    };
    for text in ["036000291452", "0036000291452", "00036000291452"] {
        check(text, "PEN");
    }
    check("10036000291459", "PEN-BOX");
    for text in ["01234531", "012300000451", "0012300000451", "00012300000451"] {
        check(text, "GUM");
    }
    check("04006381333931", "4006381333931");
    check("036000291453", "");
    check("36000291452", "");
}

#[test]
fn products_are_searched_by_name_and_sku() {
    let mut counter = Counter::new(0);
    let mut rows: Vec<Row> = [
        ("P9", "Pixel 9 phone"),
        ("P9-PRO", "Phone Pixel 9 Pro"),
        ("GLASS", "Screen glass for P9"),
        ("ÖL-1", "Öl für Räder"),
        ("TEA", "铁观音 茶叶 250g"),
        ("TEA2", "绿茶"),
        ("OLD", "Old phone"),
    ]
    .map(|(sku, name)| Row::Product(product(sku, name, SerialPolicy::Off)))
    .into();
    if let Row::Product(old) = &mut rows[6] {
        old.active = false;
    }
    rows.push(Row::Stock(Stock { sku: "P9".into(), warehouse: "main".into(), quantity: 7 }));
    counter.store.ingest(&page(&rows, 50, 1, 0), 0).unwrap();
    let mut check = |query: &str, expected: &[&str]| {
        let found = counter.store.search(query, 10).unwrap();
        let skus: Vec<_> = found.products.iter().map(|(product, _)| product.sku.as_str()).collect();
        assert_eq!(skus, expected, "{query}");
    };
    check("p9", &["P9", "P9-PRO", "GLASS"]);
    check("PHONE", &["PHONE", "P9-PRO", "SET", "P9", "OLD"]);
    check("pro pixel", &["P9-PRO"]);
    check("räd", &["ÖL-1"]);
    check("ÖL", &["ÖL-1"]);
    check("茶", &["TEA", "TEA2"]);
    check("观音", &["TEA"]);
    check("%", &[]);
    check("nothing like it", &[]);
    let found = counter.store.search("", 4).unwrap();
    assert_eq!((found.products.len(), found.more), (4, true));
    let found = counter.store.search("p9", 1).unwrap();
    assert_eq!((found.products[0].1, found.more), (7, true));
}

#[test]
fn receipts_are_found_again() {
    let mut counter = Counter::open_for_business(4);
    sell_many(&mut counter.store, 3);
    let (mut counter, _) = counter.restart();
    let numbers = |heads: Vec<engine::terminal::ReceiptHead>| heads.into_iter().map(|head| head.number.to_string()).collect::<Vec<_>>();
    assert_eq!(numbers(counter.store.receipts(2).unwrap()), ["T01-000003", "T01-000002"]);
    assert_eq!(numbers(counter.store.receipts_with(&serial("A1"), 5).unwrap()), ["T01-000002"]);
    assert_eq!(numbers(counter.store.receipts_with(&serial("A3"), 5).unwrap()), Vec::<String>::new());
    let (op, sale) = counter.store.sale(&"T01-000002".into()).unwrap().unwrap();
    assert_eq!((op.seq, sale.units().next().unwrap().serial.as_str()), (3, "A1"));
    assert_eq!(counter.store.sale(&"T01-S000001".into()).unwrap(), None, "a shift is no sale");
    assert_eq!(counter.store.sale(&"T09-000002".into()).unwrap(), None);
}

#[test]
fn people_and_settings_are_known() {
    let mut counter = Counter::new(0);
    let names: Vec<_> = counter.store.operators().unwrap().into_iter().map(|operator| operator.id.to_string()).collect();
    assert_eq!(names, ["ana", "sam"]);
    assert_eq!(counter.store.settings().unwrap().shop, "Corner");
    let counts = counter.store.counts().unwrap();
    assert_eq!((counts.products, counts.units), (4, 0));
}

/// A till where `A0` has a note of its own, which hides the hub's row, on a disk with trouble ahead.
fn noted_on(disk: &TroubledDisk, dir: &Path) -> TerminalStore {
    let (mut store, _) = TerminalStore::open_on(Box::new(disk.clone()), dir, &identity()).unwrap();
    store.ingest(&page(&scene(1), 0, 1, 0), 0).unwrap();
    let edit = UnitEdit { sku: "PHONE".into(), serial: serial("A0"), condition: None, notes: Some("scratched".into()), reason: "seen".into() };
    assert_eq!(store.submit(op_id(1), &"sam".into(), None, Body::UnitEdit(edit), stamp(1_000)).unwrap().verdict, Verdict::Applied);
    store
}

#[test]
fn a_unit_that_a_page_says_is_sold_is_never_for_sale_after_a_fault() {
    let elsewhere = Unit { status: UnitStatus::StockedOut, notes: "scratched".into(), ..unit("PHONE", "A0") };
    let told = page(&[Row::Unit(elsewhere)], 50, 2, 1);
    let mut struck = 0;
    for write in 1.. {
        let dir = TempDir::new().unwrap();
        let disk = TroubledDisk::new(Trouble::FullAt(write), dir.path());
        let mut store = noted_on(&disk, dir.path());
        disk.arm();
        let done = store.ingest(&told, 0);
        disk.disarm();
        if done.is_ok() {
            assert!(struck > 0, "no fault came between the page and what follows from it");
            return;
        }
        if store.cursor().unwrap().is_some_and(|cursor| cursor.pos == told.next) {
            struck += 1;
            assert_eq!(status(&mut store, "PHONE", "A0"), Some(UnitStatus::StockedOut), "write {write}");
        }
    }
}

#[test]
fn nothing_is_looked_up_while_the_disk_keeps_it_from_being_true() {
    let dir = TempDir::new().unwrap();
    let elsewhere = Unit { status: UnitStatus::StockedOut, ..unit("PHONE", "A0") };
    let told = page(&[Row::Unit(elsewhere)], 50, 2, 1);
    for write in 1.. {
        let dir = dir.path().join(write.to_string());
        let disk = TroubledDisk::new(Trouble::FullFrom(write), &dir);
        let mut store = noted_on(&disk, &dir);
        disk.arm();
        if store.ingest(&told, 0).is_ok() {
            return;
        }
        let known = store.cursor().unwrap().map(|cursor| cursor.pos);
        match store.resolve("A0") {
            Ok(found) => assert!(known != Some(told.next), "write {write}: {found:?} is not true any more"),
            Err(fault) => assert!(fault.is_transient(), "write {write}: {fault:?}"),
        }
        disk.disarm();
        store.ingest(&told, 0).unwrap();
        assert_eq!(status(&mut store, "PHONE", "A0"), Some(UnitStatus::StockedOut), "write {write}");
    }
}

/// The warning is not lost with the page during which the disk failed.
#[test]
fn an_own_sale_that_became_doubtful_is_told_after_a_fault() {
    let left = DocumentRef { op: op_id(555), number: "T02-000009".into(), at_ms: 5, terminal: None, believed: None, base: None };
    let elsewhere = Unit { status: UnitStatus::StockedOut, left: Some(left), ..unit("PHONE", "A0") };
    let told = page(&[Row::Unit(elsewhere)], 50, 2, 1);
    let mut struck = 0;
    for write in 1.. {
        let dir = TempDir::new().unwrap();
        let disk = TroubledDisk::new(Trouble::FullAt(write), dir.path());
        let (mut store, _) = TerminalStore::open_on(Box::new(disk.clone()), dir.path(), &identity()).unwrap();
        store.ingest(&page(&scene(1), 0, 1, 0), 0).unwrap();
        open_shift(&mut store).unwrap();
        assert_eq!(sell(&mut store, 2, "A0").unwrap().verdict, Verdict::Applied);
        disk.arm();
        let done = store.ingest(&told, 0);
        disk.disarm();
        if done.is_ok() {
            assert!(struck > 0, "no fault came between the page and what follows from it");
            return;
        }
        struck += usize::from(store.cursor().unwrap().is_some_and(|cursor| cursor.pos == told.next));
        store.counts().unwrap();
        let warned = store.ingest(&told, 0).unwrap().doubtful;
        assert_eq!(warned.iter().map(|doubt| doubt.op).collect::<Vec<_>>(), [op_id(2)], "write {write}");
    }
}
