//! Eight writers on one PostgreSQL database, each with its own connection, and one reader that pulls
//! all the time: what was committed is delivered.
//!
//! Positions that a transaction takes and another one overtakes are how such feeds lose rows. The same
//! watch over a table whose positions come from a sequence finds that loss, so it would find it here.
//! `FEED_ROWS` sets how many rows are written; `cargo xtask feed-test --rows 300000` is the long run.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../cluster/mod.rs"]
mod cluster;

use cluster::{cluster, name_of};
use engine::database::Database;
use engine::fault::Fault;
use engine::hub::{Batch, Enrolled, HubStore};
use engine::sql::{Sql, transaction};
use ledger::catalogue::ProductsChange;
use ledger::id::{OpId, OperatorId};
use ledger::money::Money;
use ledger::op::{Base, Body, Hash, Op, Stamp};
use ledger::row::{Product, SerialPolicy, Table};
use ledger::serial::Serial;
use ledger::stock_in::{StockIn, StockInLine};
use ledger::verdict::Outcome;
use std::collections::HashSet;
use std::thread;
use std::time::Instant;

const WRITERS: usize = 8;
const ROWS: usize = 20_000;
/// Rows of one transaction: a busy moment of a shop.
const UNITS_OF_OP: usize = 25;
const OPS_OF_BATCH: usize = 4;
const PAGE_ROWS: u32 = 500;

fn rows() -> usize {
    std::env::var("FEED_ROWS").map_or(ROWS, |text| text.parse().expect("FEED_ROWS is a number"))
}

/// Rows by name with their positions, where to read on, and whether there was no more.
struct Page {
    rows: Vec<(u64, String)>,
    next: u64,
    at_end: bool,
}

/// Pulls all the time while the writers work; answers how many rows they committed, and which of
/// them were never delivered.
fn watch<W: FnOnce() -> Vec<String> + Send>(writers: Vec<W>, mut pull: impl FnMut(u64) -> Page) -> (usize, Vec<String>) {
    thread::scope(|scope| {
        let working: Vec<_> = writers.into_iter().map(|writer| scope.spawn(writer)).collect();
        let (mut delivered, mut after) = (HashSet::new(), 0);
        loop {
            // Asked before the page: what was committed by then is in it or in one before.
            let done = working.iter().all(thread::ScopedJoinHandle::is_finished);
            let page = pull(after);
            assert!(page.rows.iter().all(|(pos, _)| (after + 1..=page.next).contains(pos)), "a page lies between its ends");
            delivered.extend(page.rows.into_iter().map(|(_, name)| name));
            after = page.next;
            if done && page.at_end {
                break;
            }
        }
        let committed: Vec<String> = working.into_iter().flat_map(|writer| writer.join().unwrap()).collect();
        let count = committed.len();
        (count, committed.into_iter().filter(|name| !delivered.contains(name)).collect())
    })
}

#[test]
fn what_is_committed_is_delivered() {
    let database: Database = cluster().database().parse().unwrap();
    let mut store = database.store().unwrap();
    let products = (0..WRITERS).map(product).collect();
    assert_eq!(store.submit(1, OpId(uuid::Uuid::from_u128(1)), Body::Products(ProductsChange { products })).unwrap(), Outcome::Applied);
    let enrol = |number: usize| store.add_device(1, &format!("Till {number}"), &"main".into(), [number as u8 + 1; 32]).unwrap();
    let tills: Vec<Enrolled> = (0..WRITERS).map(enrol).collect();
    let mut reader = database.reader().unwrap();
    let (feed, till) = (reader.feed().unwrap().feed, tills[0].terminal.clone());
    let began = Instant::now();
    let database = &database;
    let writers = (0..).zip(&tills).map(|(number, till)| move || write(&mut database.store().unwrap(), number, till)).collect();
    let (committed, lost) = watch(writers, |after| {
        let page = reader.pull(&till, &feed, after, PAGE_ROWS, 1).unwrap().expect("the feed goes on");
        let units = page.rows.into_iter().filter(|row| row.table == Table::Unit);
        Page { rows: units.map(|row| (row.pos, row.key)).collect(), next: page.next, at_end: page.up_to_date }
    });
    println!("{committed} units by {WRITERS} writers, {:.0} a second", committed as f64 / began.elapsed().as_secs_f64());
    assert_eq!((committed >= rows(), lost), (true, Vec::new()));
    assert_eq!(reader.counts().unwrap().units as usize, committed);
}

/// One terminal's stock-in lists, each batch a transaction of its own.
fn write(store: &mut HubStore, number: usize, till: &Enrolled) -> Vec<String> {
    let (mut seq, mut prev, mut keys) = (0, Hash::default(), Vec::new());
    while keys.len() < rows() / WRITERS {
        let first_seq = seq + 1;
        let mut ops = Vec::new();
        for _ in 0..OPS_OF_BATCH {
            seq += 1;
            let serials: Vec<Serial> = (0..UNITS_OF_OP).map(|unit| Serial::parse(&format!("W{number}-{seq}-{unit}")).unwrap()).collect();
            keys.extend(serials.iter().map(|serial| ledger::row::Key::Unit(sku(number).as_str().into(), serial.clone()).text()));
            let sealed = stock_in(number, till, seq, prev, serials).seal();
            prev = sealed.hash;
            ops.push(sealed.bytes);
        }
        let batch = Batch { device: till.terminal.clone(), incarnation: till.incarnation, first_seq, ops, ..Batch::default() };
        let answer = store.receive(1, &[batch]).unwrap().remove(0);
        assert!(answer.acked_seq == seq && answer.outcomes.iter().all(|op| op.outcome == Outcome::Applied), "{answer:?}");
    }
    keys
}

fn stock_in(number: usize, till: &Enrolled, seq: u64, prev: Hash, serials: Vec<Serial>) -> Op {
    let line = StockInLine { sku: sku(number).as_str().into(), quantity: serials.len() as u32, condition: Default::default(), serials };
    Op {
        id: OpId(uuid::Uuid::from_u128((number as u128 + 1) << 64 | u128::from(seq))),
        device: till.terminal.clone(),
        incarnation: till.incarnation,
        seq,
        actor: OperatorId::from("ana"),
        approved_by: None,
        at: Stamp::default(),
        base: Base::default(),
        prev,
        body: Body::StockIn(StockIn { number: format!("W{number}-{seq}").as_str().into(), warehouse: "main".into(), lines: vec![line] }),
    }
}

fn sku(writer: usize) -> String {
    format!("P{writer}")
}

fn product(writer: usize) -> Product {
    Product {
        sku: sku(writer).as_str().into(),
        name: sku(writer),
        codes: Vec::new(),
        price: Money(100),
        policy: SerialPolicy::StockInOut,
        parts: Vec::new(),
        category: String::new(),
        active: true,
    }
}

/// How a small feed gives its positions.
#[derive(Clone, Copy)]
enum Positions {
    /// In a transaction that took the lock, as the hub's.
    Locked,
    /// As they come, in transactions that run beside each other.
    Free,
}

#[test]
fn the_watch_finds_the_loss_of_positions_without_the_lock() {
    let (committed, lost) = small_feed(Positions::Locked);
    assert_eq!((committed, lost.len()), (ROWS, 0));
    let (committed, lost) = small_feed(Positions::Free);
    println!("without the lock {} of {committed} rows were never delivered", lost.len());
    assert!(lost.contains(&format!("{STRAGGLER}-1")) && lost.len() < committed, "{lost:?}");
}

const WRITE: &str = "INSERT INTO event (pos, name) SELECT nextval('position'), $1 || '-' || part FROM generate_series(1, $2) part";

/// Who takes the first position and is slow to commit: until the lock is let go, it stays invisible.
const STRAGGLER: &str = "straggler";
const TABLES: &str = "CREATE SEQUENCE position; CREATE TABLE event (pos BIGINT PRIMARY KEY, name TEXT NOT NULL);
    CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock(77); RETURN NEW; END $$;
    CREATE TRIGGER dawdling BEFORE INSERT ON event FOR EACH ROW WHEN (NEW.name LIKE 'straggler%') EXECUTE FUNCTION dawdle()";
const HOLD: &str = "SELECT CAST(CASE WHEN pg_try_advisory_lock(77) THEN 1 ELSE 0 END AS BIGINT)";
const DAWDLING: &str = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = 77 \
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

/// Ordinary writers, and where positions are free one that is overtaken for certain: it has its
/// position before the others begin, and commits after the reader has passed it.
fn small_feed(positions: Positions) -> (usize, Vec<String>) {
    let address = cluster().database();
    cluster().sql(name_of(&address), TABLES);
    let database: Database = address.parse().unwrap();
    let mut reader = database.connect_read_only().unwrap();
    let mut holder = Some(database.connect().unwrap());
    let held = holder.as_mut().unwrap().rows(HOLD, &[]).unwrap();
    assert_eq!(held[0][0].as_int(), 1, "nobody else has the lock");
    let straggles = matches!(positions, Positions::Free);
    let mut writers: Vec<Writer<'_>> = Vec::new();
    if straggles {
        writers.push(writer(&database, positions, vec![STRAGGLER.into()], 1));
    }
    let mut watcher = database.connect().unwrap();
    let database = &database;
    writers.extend((0..WRITERS).map(|number| -> Writer<'_> {
        let mut watcher = database.connect().unwrap();
        let write = writer(database, positions, parts_of(number, ROWS / WRITERS / PART), PART);
        Box::new(move || {
            wait_for(&mut *watcher, straggles);
            write()
        })
    }));
    watch(writers, |after| {
        if after == 0 {
            wait_for(&mut *watcher, straggles && holder.is_some());
        } else {
            // The reader is past the first position: now its owner may commit.
            drop(holder.take());
        }
        let text = "SELECT pos, name FROM event WHERE pos > $1 ORDER BY pos LIMIT 500";
        let found = reader.rows(text, &[after.into()]).unwrap();
        let rows: Vec<_> = found.into_iter().map(|row| (row[0].as_count(), row[1].as_text().to_owned())).collect();
        Page { next: rows.last().map_or(after, |(pos, _)| *pos), at_end: rows.is_empty(), rows }
    })
}

const PART: usize = 20;

type Writer<'a> = Box<dyn FnOnce() -> Vec<String> + Send + 'a>;

fn writer(database: &Database, positions: Positions, names: Vec<String>, rows: usize) -> Writer<'_> {
    Box::new(move || {
        let mut sql = database.connect().unwrap();
        names.into_iter().flat_map(|name| write_part(&mut *sql, positions, name, rows)).collect()
    })
}

/// Returns when the straggler has its position.
fn wait_for(sql: &mut dyn Sql, straggles: bool) {
    while straggles && sql.rows(DAWDLING, &[]).unwrap()[0][0].as_int() == 0 {
        thread::yield_now();
    }
}

fn parts_of(writer: usize, parts: usize) -> Vec<String> {
    (0..parts).map(|part| format!("{writer}.{part}")).collect()
}

fn write_part(sql: &mut dyn Sql, positions: Positions, name: String, rows: usize) -> Vec<String> {
    let params = [name.as_str().into(), (rows as i64).into()];
    let written: Result<u64, Fault> = match positions {
        Positions::Locked => transaction(sql, |sql| sql.exec(WRITE, &params)),
        // One statement is a transaction of its own, with nothing before it.
        Positions::Free => sql.exec(WRITE, &params),
    };
    assert_eq!(written.unwrap() as usize, rows);
    (1..=rows).map(|part| format!("{name}-{part}")).collect()
}
