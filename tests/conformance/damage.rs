//! Damaged files: what was acknowledged comes back from the other witness, and nothing that was
//! damaged is deleted.

use crate::support::*;
use engine::fault::Fault;
use engine::sql::{Sql, Value};
use engine::sqlite::{Durability, Sqlite};
use engine::terminal::{Holdings, Recovery, TerminalIdentity, TerminalStore, leave_empty};
use ledger::row::UnitStatus;
use ledger::verdict::Verdict;
use std::fs;
use std::path::{Path, PathBuf};

const SALES: usize = 12;

/// A terminal that sold A0 … A11 and has one more sale on the screen, as a kill leaves it.
fn killed_after_sales() -> (Counter, PathBuf) {
    let mut counter = Counter::open_for_business(SALES + 2);
    sell_many(&mut counter.store, SALES);
    let cart = cart(&mut counter.store, 900, "A12");
    counter.store.draft_save(&cart).unwrap();
    let killed = counter.killed();
    (counter, killed)
}

/// Everything that was sold is sold, is numbered on, and cannot be sold again.
fn check_all_there(store: &mut TerminalStore, when: &str) {
    assert_eq!(chain(store).len(), 1 + SALES, "{when}");
    let till = store.till().unwrap();
    assert_eq!((till.receipts as usize, till.open.unwrap().totals.sales as usize), (SALES, SALES), "{when}");
    for number in 0..SALES {
        assert_eq!(status(store, "PHONE", &format!("A{number}")), Some(UnitStatus::StockedOut), "{when}");
    }
    match sell(store, 800, "A3").unwrap().verdict {
        Verdict::Refused(refusal) => assert_eq!(refusal.code(), "already_sold", "{when}"),
        other => panic!("{when}: {other:?}"),
    }
    let next = sell(store, 801, "A12").unwrap();
    assert_eq!((next.verdict, next.document.unwrap().to_string()), (Verdict::Applied, format!("T01-{:06}", SALES + 1)), "{when}");
    assert_eq!(store.receipts(50).unwrap().len(), SALES + 1, "{when}");
}

fn reopen(dir: &Path) -> (TerminalStore, Vec<Recovery>) {
    TerminalStore::open(dir, &identity()).unwrap()
}

/// The store opens with nothing to tell after it was closed in order.
fn check_calm(dir: &Path, when: &str) {
    assert_eq!(reopen(dir).1, [], "{when}: repaired once, repaired for good");
}

#[test]
fn a_damaged_wal_takes_no_sale_with_it() {
    let (_counter, killed) = killed_after_sales();
    let wal = length(&killed.join("journal.db-wal")) as usize;
    assert!(wal > 100_000, "the journal's changes are in its WAL");
    let mut recovered = 0;
    for part in 1..8 {
        let dir = killed.join(format!("bit-{part}"));
        copy_dir(&killed, &dir);
        flip(&dir.join("journal.db-wal"), wal * part / 8);
        let (mut store, told) = reopen(&dir);
        recovered += told.iter().filter(|told| matches!(told, Recovery::OpsRecovered { .. } | Recovery::JournalRestored { .. })).count();
        check_all_there(&mut store, &format!("bit at {part}/8 of the WAL: {told:?}"));
        drop(store);
        check_calm(&dir, "WAL");
    }
    assert!(recovered >= 5, "SQLite alone would have lost sales");
}

#[test]
fn a_damaged_journal_comes_back_from_the_log() {
    let (counter, _) = killed_after_sales();
    let (counter, _) = counter.restart();
    drop(counter.store);
    let size = length(&counter.dir.path().join("journal.db"));
    type Harm = Box<dyn Fn(&Path)>;
    let cases: Vec<(&str, bool, Harm)> = vec![
        ("header", true, Box::new(|journal| fs::write(journal, vec![0xAA; 4096]).unwrap())),
        ("half of it", true, Box::new(move |journal| cut(journal, size / 2))),
        ("noise in every page", true, Box::new(move |journal| (0..size as usize / 4096).for_each(|page| flip(journal, page * 4096)))),
        ("empty", false, Box::new(|journal| cut(journal, 0))),
        ("gone", false, Box::new(|journal| fs::remove_file(journal).unwrap())),
    ];
    for (name, moved, harm) in cases {
        let dir = counter.dir.path().join(name);
        copy_dir(counter.dir.path(), &dir);
        harm(&dir.join("journal.db"));
        let (mut store, told) = reopen(&dir);
        match &told[..] {
            [Recovery::JournalRestored { moved_to, ops, .. }, ..] if moved => {
                assert_eq!(*ops as usize, 1 + SALES, "{name}");
                assert!(moved_to.exists(), "{name}: what was damaged is kept");
                assert!(moved_to.file_name().unwrap().to_string_lossy().starts_with("journal.db.damaged-2"), "{name}");
            }
            [Recovery::OpsRecovered { ops }] if !moved => assert_eq!(*ops as usize, 1 + SALES, "{name}"),
            other => panic!("{name}: {other:?}"),
        }
        check_all_there(&mut store, name);
        drop(store);
        check_calm(&dir, name);
    }
}

/// A bit that flips in the name of a column makes a table that SQLite finds in order and nobody can
/// use. Each column of each table is tried.
#[test]
fn a_journal_whose_tables_changed_their_names_comes_back_from_the_log() {
    let (counter, killed) = killed_after_sales();
    let journal = |dir: &Path| Sqlite::open(&dir.join("journal.db"), Durability::Full).unwrap();
    let text = "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name <> 'schema_version' ORDER BY name";
    let tables = journal(&killed).rows(text, &[]).unwrap();
    let mut tried = 0;
    for table in &tables {
        let (name, schema) = (table[0].as_text(), table[1].as_text());
        for line in schema.lines().filter(|line| [" BIGINT", " TEXT", " BLOB"].iter().any(|kind| line.contains(kind))) {
            let copy = counter.dir.path().join("renamed");
            copy_dir(&killed, &copy);
            let renamed = schema.replacen(line, &line.replacen("    ", "    x", 1), 1);
            let mut sql = journal(&copy);
            sql.rows("PRAGMA writable_schema = ON", &[]).unwrap();
            sql.exec("UPDATE sqlite_schema SET sql = $2 WHERE name = $1", &[name.into(), renamed.into()]).unwrap();
            drop(sql);
            let (mut store, told) = reopen(&copy);
            assert!(matches!(told[..], [Recovery::JournalRestored { .. }, ..]), "{name}, {line}: {told:?}");
            check_all_there(&mut store, line);
            drop(store);
            fs::remove_dir_all(&copy).unwrap();
            tried += 1;
        }
    }
    assert!(tables.len() > 8 && tried > 60, "{tried} columns of {} tables prove too little", tables.len());
}

#[test]
fn an_op_changed_in_the_journal_is_found_after_a_crash_and_restored_with_the_draft() {
    let (_counter, killed) = killed_after_sales();
    let mut sql = Sqlite::open(&killed.join("journal.db"), Durability::Full).unwrap();
    sql.exec("UPDATE op SET bytes = $1 WHERE seq = 5", &[Value::Blob(b"{}".to_vec())]).unwrap();
    drop(sql);
    let (mut store, told) = reopen(&killed);
    assert!(matches!(told[..], [Recovery::JournalRestored { ops: 13, drafts: 1, .. }]), "{told:?}");
    assert_eq!(store.draft_load().unwrap().unwrap().op, op_id(900));
    check_all_there(&mut store, "an op changed");
}

#[test]
fn the_ops_of_a_damaged_journal_whose_log_is_gone_are_saved_from_its_ruins() {
    let (_counter, killed) = killed_after_sales();
    fs::remove_file(killed.join("ops.log")).unwrap();
    let mut sql = Sqlite::open(&killed.join("journal.db"), Durability::Full).unwrap();
    sql.exec("UPDATE op SET bytes = $1 WHERE seq = 13", &[Value::Blob(b"{}".to_vec())]).unwrap();
    drop(sql);
    let (mut store, told) = reopen(&killed);
    assert!(matches!(told[0], Recovery::JournalRestored { ops: 12, drafts: 1, .. }), "{told:?}");
    assert_eq!(chain(&mut store).len(), 12);
}

#[test]
fn a_gap_that_nobody_can_fill_is_told() {
    let (_counter, killed) = killed_after_sales();
    fs::remove_file(killed.join("ops.log")).unwrap();
    let mut sql = Sqlite::open(&killed.join("journal.db"), Durability::Full).unwrap();
    sql.exec("UPDATE op SET bytes = $1 WHERE seq IN (4, 5)", &[Value::Blob(b"{}".to_vec())]).unwrap();
    drop(sql);
    let (_, told) = reopen(&killed);
    assert!(told.contains(&Recovery::OpsLost { incarnation: 1, first_seq: 4, last_seq: 5 }), "{told:?}");
}

#[test]
fn a_damaged_log_is_completed_from_the_journal() {
    let (_counter, killed) = killed_after_sales();
    let size = length(&killed.join("ops.log"));
    let last = last_frame(&killed.join("ops.log"));
    type Harm = Box<dyn Fn(&Path)>;
    let mut cases: Vec<(String, Harm)> = vec![
        ("gone".into(), Box::new(|log| fs::remove_file(log).unwrap())),
        ("empty".into(), Box::new(|log| cut(log, 0))),
        ("a length in the middle".into(), Box::new(|log| flip(log, 0))),
        ("an op in the middle".into(), Box::new(move |log| flip(log, size as usize / 2))),
        ("zeros behind the end".into(), Box::new(move |log| cut(log, size + 4096))),
    ];
    for length in (last..size).step_by(37) {
        cases.push((format!("torn at {length}"), Box::new(move |log| cut(log, length))));
    }
    for at in (last as usize..size as usize).step_by(41) {
        cases.push((format!("bit {at} of the last frame"), Box::new(move |log| flip(log, at))));
    }
    for (name, harm) in cases {
        let dir = killed.join(&name);
        copy_dir(&killed, &dir);
        harm(&dir.join("ops.log"));
        let (mut store, told) = reopen(&dir);
        let quiet = name.starts_with("zeros");
        assert_eq!(told.iter().any(|told| matches!(told, Recovery::LogRepaired { .. })), !quiet, "{name}: {told:?}");
        check_all_there(&mut store, &name);
        drop(store);
        fs::remove_file(dir.join("journal.db")).unwrap();
        let (mut store, _) = reopen(&dir);
        assert_eq!(chain(&mut store).len(), 2 + SALES, "{name}: the log alone holds everything again");
    }
}

fn last_frame(log: &Path) -> u64 {
    let bytes = fs::read(log).unwrap();
    let (mut at, mut last) = (0, 0);
    while at < bytes.len() {
        last = at;
        at += 8 + u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    }
    last as u64
}

#[test]
fn a_torn_end_of_the_log_is_taken_off_and_told_to_nobody() {
    let (_counter, killed) = killed_after_sales();
    let log = killed.join("ops.log");
    let size = length(&log);
    let mut bytes = fs::read(&log).unwrap();
    bytes.extend_from_slice(&[200, 1, 0, 0, 9, 9, 9, 9, b'{', b'"']);
    fs::write(&log, bytes).unwrap();
    let (mut store, told) = reopen(&killed);
    assert_eq!((told, length(&log)), (vec![], size));
    check_all_there(&mut store, "torn");
}

#[test]
fn a_damaged_catalogue_gives_way_and_selling_goes_on() {
    let (counter, _) = killed_after_sales();
    let (counter, _) = counter.restart();
    drop(counter.store);
    let size = length(&counter.dir.path().join("catalog.db"));
    for (name, at, sells) in [("header", 0..100, false), ("last page", size as usize - 4096..size as usize, true)] {
        let dir = counter.dir.path().join(name);
        copy_dir(counter.dir.path(), &dir);
        let path = dir.join("catalog.db");
        let mut bytes = fs::read(&path).unwrap();
        bytes[at].fill(0xEE);
        fs::write(&path, bytes).unwrap();
        fs::write(dir.join("store.lock"), "in use\n").unwrap();
        let (mut store, told) = reopen(&dir);
        assert!(matches!(&told[..], [Recovery::CatalogueRebuilding { moved_to, .. }] if moved_to.exists()), "{name}: {told:?}");
        assert_eq!(store.cursor().unwrap(), None, "{name}");
        assert_eq!(status(&mut store, "PHONE", "A3"), Some(UnitStatus::StockedOut), "{name}: own sales are not forgotten");
        if sells {
            assert_eq!(sell(&mut store, 801, "A12").unwrap().verdict, Verdict::Applied, "{name}");
        }
        store.ingest(&page(&scene(SALES + 2), 0, 1, 0), 0).unwrap();
        assert_eq!(store.counts().unwrap().units as usize, SALES + 2, "{name}");
        assert_eq!(sell(&mut store, 802, "A13").unwrap().verdict, Verdict::Applied, "{name}");
    }
}

#[test]
fn only_the_newest_damaged_catalogues_are_kept() {
    let Counter { dir, store } = Counter::new(1);
    drop(store);
    for _ in 0..5 {
        fs::write(dir.path().join("catalog.db"), "this is no database, although it is long enough to be looked at").unwrap();
        let (_, told) = reopen(dir.path());
        assert_eq!(told.len(), 1);
    }
    let names = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(|name| name.contains("damaged")).count(), 2);
}

#[test]
fn folders_that_are_not_for_us_are_left_alone() {
    let Counter { dir, store } = Counter::new(1);
    let second = TerminalStore::open(dir.path(), &identity());
    assert!(matches!(second, Err(Fault::Busy { .. })), "one process at a time");
    drop(store);

    let mut other = identity();
    other.terminal = "T02".into();
    assert!(matches!(TerminalStore::open(dir.path(), &other), Err(Fault::OtherTerminal { .. })));
    let elsewhere = TerminalIdentity { hub: "another".into(), ..identity() };
    assert!(matches!(TerminalStore::open(dir.path(), &elsewhere), Err(Fault::OtherHub { .. })));

    let mut sql = Sqlite::open(&dir.path().join("journal.db"), Durability::Full).unwrap();
    sql.exec("UPDATE schema_version SET version = 99", &[]).unwrap();
    drop(sql);
    let newer = TerminalStore::open(dir.path(), &identity()).map(drop).unwrap_err();
    assert!(matches!(newer, Fault::Newer { found: 99, .. }));
    assert!(newer.to_string().contains("Update the program"), "{newer}");

    let file = dir.path().join("ops.log");
    assert!(TerminalStore::open(&file, &identity()).is_err(), "a file is no folder");
}

#[test]
fn what_a_folder_holds_is_known_before_it_is_given_away() {
    let nothing = tempfile::tempdir().unwrap();
    assert_eq!(Holdings::of(nothing.path()).unwrap(), None);
    assert_eq!(fs::read_dir(nothing.path()).unwrap().count(), 0, "looking leaves nothing behind");

    let (counter, killed) = killed_after_sales();
    let all = 1 + SALES as u64;
    let known = Holdings { terminal: "T01".into(), hub: "hub".into(), ops: all, unsent: all, drafts: 1 };
    assert_eq!(Holdings::of(&killed).unwrap(), Some(known));
    for name in ["journal.db", "journal.db-wal", "journal.db-shm"] {
        fs::remove_file(killed.join(name)).unwrap_or_default();
    }
    let logged = Holdings { ops: all, unsent: all, ..Holdings::default() };
    assert_eq!(Holdings::of(&killed).unwrap(), Some(logged), "the other witness tells");
    drop(counter);

    let Counter { dir, store } = Counter::new(1);
    drop(store);
    assert!(Holdings::of(dir.path()).unwrap().unwrap().is_empty());
    leave_empty(dir.path()).unwrap();
    assert_eq!(Holdings::of(dir.path()).unwrap(), None);
    let elsewhere = TerminalIdentity { hub: "another".into(), terminal: "T02".into(), ..identity() };
    TerminalStore::open(dir.path(), &elsewhere).unwrap();
}

#[test]
fn a_database_opened_for_reading_says_that_it_cannot_be_written() {
    let Counter { dir, store } = Counter::new(1);
    drop(store);
    let mut reader = Sqlite::open_read_only(&dir.path().join("journal.db")).unwrap();
    assert!(matches!(reader.exec("DELETE FROM op", &[]), Err(Fault::Unwritable { .. })));
}
