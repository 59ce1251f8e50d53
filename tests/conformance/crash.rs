//! A crash or a failing write at every step of making ops: each op happened or did not, what was
//! acknowledged happened, and trying again makes each happen once.

use crate::faults::{SmallDisk, Trouble, TroubledDisk};
use crate::support::*;
use engine::fault::Fault;
use engine::terminal::{Recovery, TerminalStore};
use ledger::cart::Cart;
use ledger::row::UnitStatus;
use ledger::verdict::Verdict;
use std::path::Path;
use tempfile::TempDir;

/// Sales of the scenario.
const SALES: usize = 3;

fn open(disk: &TroubledDisk, dir: &Path) -> TerminalStore {
    TerminalStore::open_on(Box::new(disk.clone()), dir, &identity()).unwrap().0
}

fn shop_on(disk: &TroubledDisk, dir: &Path) -> TerminalStore {
    let mut store = open(disk, dir);
    store.ingest(&page(&scene(SALES), 0, 1, 0), 0).unwrap();
    open_shift(&mut store).unwrap();
    store
}

fn sale_number(number: usize) -> (u128, String) {
    (100 + number as u128, format!("A{number}"))
}

/// However it came about: these sales, each once, and nothing else.
fn check_sales(store: &mut TerminalStore, sales: usize, when: &str) {
    let ops = chain(store);
    assert_eq!(ops.len(), 1 + sales, "{when}");
    let till = store.till().unwrap();
    assert_eq!(till.receipts as usize, sales, "{when}");
    assert_eq!(till.open.unwrap().totals.sales as usize, sales, "{when}");
    for number in 0..SALES {
        let expected = if number < sales { UnitStatus::StockedOut } else { UnitStatus::InStock };
        assert_eq!(status(store, "PHONE", &format!("A{number}")), Some(expected), "{when}");
    }
    assert_eq!(store.on_hand(&"PHONE".into(), &"main".into()).unwrap(), (SALES - sales) as i64, "{when}");
}

#[test]
fn a_kill_before_any_write_loses_nothing_and_doubles_nothing() {
    let dir = TempDir::new().unwrap();
    let disk = TroubledDisk::new(Trouble::Copies, dir.path());
    let mut store = shop_on(&disk, dir.path());
    let mut steps = 0;
    for sales in 0..SALES {
        let (id, name) = sale_number(sales);
        let cart = cart(&mut store, id, &name);
        store.draft_save(&cart).unwrap();
        disk.arm();
        store.settle(&cart, &ana(), stamp(5_000)).unwrap();
        disk.disarm();
        for (step, copy) in disk.take_copies() {
            steps += 1;
            check_killed(&copy, sales, &cart, &format!("killed in sale {sales} before {step}"));
        }
    }
    assert!(steps > SALES * 8, "{steps} steps are too few to be all");
}

fn check_killed(copy: &Path, sales: usize, cart: &Cart, when: &str) {
    let (mut store, told) = TerminalStore::open(copy, &identity()).unwrap();
    let happened = chain(&mut store).len() == 2 + sales;
    let saved = told.iter().any(|told| matches!(told, Recovery::SaleWasSaved { .. }));
    assert_eq!(saved, happened, "{when}: a sale that happened is told");
    assert_eq!(store.draft_load().unwrap().is_none(), happened, "{when}: a sale that did not is still on the screen");
    check_sales(&mut store, sales + usize::from(happened), when);
    let again = store.settle(cart, &ana(), stamp(6_000)).unwrap();
    let expected = if happened { Verdict::Duplicate } else { Verdict::Applied };
    assert_eq!(again.verdict, expected, "{when}");
    assert_eq!(again.document.unwrap().to_string(), format!("T01-{:06}", sales + 1), "{when}");
    check_sales(&mut store, sales + 1, when);
}

/// Runs the scenario with trouble at each write in turn until it no longer strikes.
fn at_every_write(trouble: impl Fn(u32) -> Trouble, check: impl Fn(&mut Option<TerminalStore>, &TroubledDisk, &Path, usize, &Cart)) {
    for write in 1.. {
        let dir = TempDir::new().unwrap();
        let disk = TroubledDisk::new(trouble(write), dir.path());
        let mut store = Some(shop_on(&disk, dir.path()));
        for sales in 0..SALES {
            let open = store.as_mut().unwrap();
            let (id, name) = sale_number(sales);
            let cart = cart(open, id, &name);
            disk.arm();
            let done = open.settle(&cart, &ana(), stamp(5_000));
            disk.disarm();
            if done.is_err() {
                check(&mut store, &disk, dir.path(), sales, &cart);
            }
            check_sales(store.as_mut().unwrap(), sales + 1, &format!("write {write}, after sale {sales}"));
        }
        if disk.writes() < write {
            assert!(write > 20, "only {write} writes");
            return;
        }
    }
}

#[test]
fn a_full_disk_at_any_write_leaves_everything_as_it_was() {
    at_every_write(Trouble::FullAt, retry);
}

#[test]
fn an_unwritable_disk_at_any_write_leaves_everything_as_it_was() {
    at_every_write(Trouble::UnwritableAt, retry);
}

/// Nothing was sold. Unless the fault struck a sync, whose outcome nobody knows, the same store goes on.
fn retry(store: &mut Option<TerminalStore>, disk: &TroubledDisk, dir: &Path, sales: usize, cart: &Cart) {
    let open_store = store.as_mut().unwrap();
    check_unsold(open_store, sales);
    let again = match open_store.settle(cart, &ana(), stamp(6_000)) {
        Ok(again) => again,
        Err(_) => {
            *store = None;
            store.insert(open(disk, dir)).settle(cart, &ana(), stamp(6_000)).unwrap()
        }
    };
    assert_eq!(again.verdict, Verdict::Applied);
}

fn check_unsold(store: &mut TerminalStore, sales: usize) {
    assert_eq!(store.outbox_status().unwrap().head_seq as usize, 1 + sales);
    assert_eq!(status(store, "PHONE", &format!("A{sales}")), Some(UnitStatus::InStock));
}

#[test]
fn a_broken_disk_stops_the_store_and_reopening_finds_the_truth() {
    stops_and_reopens(Trouble::BrokenFrom);
}

#[test]
fn a_damaged_page_stops_the_store_and_reopening_finds_the_truth() {
    stops_and_reopens(Trouble::CorruptAt);
}

fn stops_and_reopens(trouble: impl Fn(u32) -> Trouble) {
    at_every_write(trouble, |store, _, dir, sales, cart| {
        let mut broken = store.take().unwrap();
        assert!(broken.settle(cart, &ana(), stamp(6_000)).is_err(), "a stopped store accepts nothing");
        drop(broken);
        let mut reopened = open(&TroubledDisk::new(Trouble::FullAt(0), dir), dir);
        let happened = chain(&mut reopened).len() == 2 + sales;
        let again = reopened.settle(cart, &ana(), stamp(6_000)).unwrap();
        assert_eq!(again.verdict == Verdict::Duplicate, happened);
        *store = Some(reopened);
    });
}

#[test]
fn a_database_that_may_not_grow_keeps_what_it_has() {
    let dir = TempDir::new().unwrap();
    let (mut store, _) = TerminalStore::open_on(Box::new(SmallDisk), dir.path(), &identity()).unwrap();
    store.ingest(&page(&scene(90), 0, 1, 0), 0).unwrap();
    open_shift(&mut store).unwrap();
    let sold = (0..90).take_while(|number| sells(&mut store, *number)).count();
    assert!((5..85).contains(&sold), "{sold} sales fit");
    let log = length(&dir.path().join("ops.log"));
    assert!(!sells(&mut store, sold));
    assert_eq!(length(&dir.path().join("ops.log")), log, "the log has no op that did not happen");
    drop(store);
    let (mut store, told) = TerminalStore::open(dir.path(), &identity()).unwrap();
    assert_eq!((told, chain(&mut store).len()), (vec![], 1 + sold));
    assert!(sells(&mut store, sold), "with room again, selling goes on");
}

/// Whether a sale was made; if not, because the disk is full and for no other reason.
fn sells(store: &mut TerminalStore, number: usize) -> bool {
    match sell(store, 100 + number as u128, &format!("A{number}")) {
        Ok(submitted) => submitted.verdict == Verdict::Applied,
        Err(fault) => {
            assert!(matches!(fault, Fault::DiskFull { .. }) && fault.is_transient(), "{fault:?}");
            false
        }
    }
}
