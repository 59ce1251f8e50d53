//! Sending ops and taking in what the hub tells, in any order and more than once.

use crate::support::*;
use engine::fault::Fault;
use engine::rows;
use engine::sql::{Sql, transaction};
use engine::sqlite::{Durability, Sqlite};
use engine::terminal::TerminalStore;
use ledger::op::Hash;
use ledger::row::{DocumentRef, Row, SerialPolicy, Stock, Unit, UnitStatus};
use ledger::sync::wire::{FeedRow, LogHead, OpOutcome, PullAnswer, ScopeSum, SnapshotManifest};
use ledger::verdict::{Outcome, Verdict};
use std::path::{Path, PathBuf};

fn sold_by(op: u128, number: &str, name: &str) -> Row {
    let left = DocumentRef { op: op_id(op), number: number.into(), at_ms: 7, ..DocumentRef::default() };
    Row::Unit(Unit { status: UnitStatus::StockedOut, left: Some(left), ..unit("PHONE", name) })
}

#[test]
fn ops_wait_until_the_hub_has_them() {
    let mut counter = Counter::open_for_business(9);
    sell_many(&mut counter.store, 5);
    let status = counter.store.outbox_status().unwrap();
    assert_eq!((status.pending, status.head_seq, status.acked_seq, status.oldest_wall_ms), (6, 6, 0, Some(1_000)));
    let push = counter.store.next_push(2, usize::MAX, 0).unwrap().unwrap();
    assert_eq!((push.head.first_seq, push.head.count, push.ops.len()), (1, 2, 2));
    let push = counter.store.next_push(500, 1, 0).unwrap().unwrap();
    assert_eq!(push.ops.len(), 1, "one op goes whatever its size");
    counter.store.acknowledge(1, &acked(4)).unwrap();
    let (mut counter, _) = counter.restart();
    let push = counter.store.next_push(500, usize::MAX, 0).unwrap().unwrap();
    assert_eq!((push.head.first_seq, push.ops.len()), (5, 2));
    counter.store.acknowledge(1, &acked(1_000_000)).unwrap();
    assert_eq!(counter.store.outbox_status().unwrap().acked_seq, 6, "nobody can acknowledge what was never made");
    assert_eq!(counter.store.next_push(500, usize::MAX, 0).unwrap(), None);
    counter.store.rewind(2).unwrap();
    assert_eq!(counter.store.next_push(500, usize::MAX, 0).unwrap().unwrap().head.first_seq, 3);
    counter.store.rewind(9).unwrap();
    assert_eq!(counter.store.outbox_status().unwrap().acked_seq, 2);
    let mut asked_back = acked(6);
    asked_back.expected_seq = Some(2);
    counter.store.acknowledge(1, &asked_back).unwrap();
    assert_eq!(counter.store.outbox_status().unwrap().acked_seq, 1);
    assert_eq!(chain(&mut counter.store).len(), 6, "no answer changes an op");
}

#[test]
fn outcomes_are_final() {
    let mut counter = Counter::open_for_business(3);
    sell_many(&mut counter.store, 3);
    let rejected = |code: &str| Outcome::Rejected { code: code.into(), reason: "because".into() };
    let parked = Outcome::Parked { code: "unknown_kind".into(), reason: "too new".into() };
    let mut answer = |seq, outcome| {
        let mut answer = acked(4);
        answer.outcomes = vec![OpOutcome { seq, outcome }, OpOutcome { seq: 77, outcome: Outcome::Applied }];
        counter.store.acknowledge(1, &answer).unwrap();
        let listed = counter.store.not_applied(9).unwrap();
        listed.into_iter().map(|op| (op.seq, op.outcome.name())).collect::<Vec<_>>()
    };
    assert_eq!(answer(1, Outcome::Applied), []);
    assert_eq!(answer(2, rejected("already_sold")), [(2, "rejected")]);
    assert_eq!(answer(2, Outcome::Applied), [(2, "rejected")]);
    assert_eq!(answer(3, parked), [(3, "parked"), (2, "rejected")]);
    assert_eq!(answer(4, Outcome::Conflict { units: vec!["PHONE A2".into()] }), [(4, "conflict"), (3, "parked"), (2, "rejected")]);
    assert_eq!(answer(3, Outcome::Applied), [(4, "conflict"), (2, "rejected")]);
    let listed = counter.store.not_applied(1).unwrap();
    assert_eq!(listed[0].document.as_ref().unwrap().as_str(), "T01-000003");
}

/// Who has seen an answer is kept over a restart; another answer to the same op is to be seen anew.
#[test]
fn an_answer_is_seen_once() {
    let mut counter = Counter::open_for_business(3);
    sell_many(&mut counter.store, 3);
    let parked = |reason: &str| Outcome::Parked { code: "unknown_kind".into(), reason: reason.into() };
    let rejected = || Outcome::Rejected { code: "already_sold".into(), reason: "because".into() };
    let answer = |counter: &mut Counter, seq, outcome| {
        let mut answer = acked(4);
        answer.outcomes = vec![OpOutcome { seq, outcome }];
        counter.store.acknowledge(1, &answer).unwrap();
    };
    let standing = |counter: &mut Counter| {
        let listed = counter.store.not_applied(9).unwrap();
        let shown: Vec<_> = listed.iter().map(|op| (op.seq, op.seen_by.as_ref().map(ToString::to_string).unwrap_or_default())).collect();
        (counter.store.unseen().unwrap(), shown)
    };
    let told = |seq, by: &str| (seq, by.to_owned());
    [(2, rejected()), (3, parked("too new"))].into_iter().for_each(|(seq, outcome)| answer(&mut counter, seq, outcome));
    assert_eq!(standing(&mut counter), (2, vec![told(3, ""), told(2, "")]));
    let third = counter.store.not_applied(1).unwrap()[0].op;
    counter.store.mark_seen(&[third], &ana()).unwrap();
    counter.store.mark_seen(&[third], &"sam".into()).unwrap();
    assert_eq!(standing(&mut counter), (1, vec![told(2, ""), told(3, "ana")]));
    let (mut counter, _) = counter.restart();
    assert_eq!(standing(&mut counter), (1, vec![told(2, ""), told(3, "ana")]));
    answer(&mut counter, 3, parked("too new"));
    assert_eq!(standing(&mut counter).0, 1, "the same answer again is no news");
    answer(&mut counter, 3, rejected());
    assert_eq!(standing(&mut counter), (2, vec![told(3, ""), told(2, "")]));
    answer(&mut counter, 2, parked("never again"));
    assert_eq!(standing(&mut counter).0, 2, "a final answer stays");
}

#[test]
fn changes_of_products_are_counted() {
    let mut counter = Counter::new(0);
    let check = |counter: &mut Counter, row: Row, ver, changes: bool| {
        let before = counter.store.products_version();
        counter.store.ingest(&page(&[row], 200 + ver, ver, 0), 0).unwrap();
        assert_eq!(counter.store.products_version() != before, changes, "version {ver}");
    };
    check(&mut counter, Row::Product(product("CASE", "Case", SerialPolicy::Off)), 5, true);
    check(&mut counter, Row::Product(product("CASE", "Case", SerialPolicy::Off)), 5, false);
    check(&mut counter, Row::Stock(Stock { sku: "CASE".into(), warehouse: "main".into(), quantity: 1 }), 6, false);
    check(&mut counter, Row::Product(product("CASE", "Better case", SerialPolicy::Off)), 7, true);
}

#[test]
fn an_older_row_never_replaces_a_newer() {
    let mut counter = Counter::new(1);
    let told = |store: &mut TerminalStore, ver, quantity| {
        let stock = Row::Stock(Stock { sku: "CASE".into(), warehouse: "main".into(), quantity });
        let ingested = store.ingest(&page(&[stock], 100, ver, 0), 0).unwrap();
        (ingested.changed, store.on_hand(&"CASE".into(), &"main".into()).unwrap())
    };
    assert_eq!(told(&mut counter.store, 5, 50), (1, 50));
    assert_eq!(told(&mut counter.store, 5, 51), (0, 50));
    assert_eq!(told(&mut counter.store, 4, 40), (0, 50));
    assert_eq!(told(&mut counter.store, 6, 60), (1, 60));
}

#[test]
fn a_deleted_row_stays_deleted_until_a_newer_one_comes() {
    let mut counter = Counter::new(2);
    let mut unit_at = |ver, deleted: bool| {
        let mut page = page(&[Row::Unit(unit("PHONE", "A0"))], 100 + ver, ver, 0);
        if deleted {
            page.rows[0].data = None;
        }
        counter.store.ingest(&page, 0).unwrap();
        (status(&mut counter.store, "PHONE", "A0").is_some(), counter.store.counts().unwrap().units)
    };
    assert_eq!(unit_at(3, true), (false, 1));
    assert_eq!(unit_at(2, false), (false, 1));
    assert_eq!(unit_at(4, false), (true, 2));
    assert_eq!(unit_at(4, false), (true, 2));
    assert_eq!(unit_at(5, true), (false, 1));
}

#[test]
fn own_sales_hide_the_hubs_rows_until_the_feed_returns_them() {
    let mut counter = Counter::open_for_business(3);
    sell_many(&mut counter.store, 1);
    let rows = [Row::Unit(unit("PHONE", "A0")), Row::Stock(Stock { sku: "PHONE".into(), warehouse: "main".into(), quantity: 10 })];
    let ingested = counter.store.ingest(&page(&rows, 50, 2, 1), 0).unwrap();
    assert_eq!(ingested.doubtful, []);
    assert_eq!(status(&mut counter.store, "PHONE", "A0"), Some(UnitStatus::StockedOut), "replayed over the newer row");
    assert_eq!(counter.store.on_hand(&"PHONE".into(), &"main".into()).unwrap(), 9);

    let returned = [sold_by(100, "T01-000001", "A0"), Row::Stock(Stock { sku: "PHONE".into(), warehouse: "main".into(), quantity: 9 })];
    counter.store.ingest(&page(&returned, 60, 3, 2), 0).unwrap();
    let (unit, ver) = counter.store.unit(&"PHONE".into(), &serial("A0")).unwrap().unwrap();
    assert_eq!((unit.status, ver), (UnitStatus::StockedOut, Some(3)));
    assert_eq!(counter.store.on_hand(&"PHONE".into(), &"main".into()).unwrap(), 9, "counted once");
    assert_eq!(counter.store.till().unwrap().receipts, 1, "the own till is the true one");
    let (mut counter, _) = counter.restart();
    assert_eq!(counter.store.on_hand(&"PHONE".into(), &"main".into()).unwrap(), 9);
}

#[test]
fn a_unit_sold_elsewhere_meanwhile_makes_the_own_sale_doubtful_once() {
    let mut counter = Counter::open_for_business(3);
    sell_many(&mut counter.store, 2);
    let ingested = counter.store.ingest(&page(&[sold_by(555, "T02-000009", "A1")], 50, 2, 0), 0).unwrap();
    let [doubt] = &ingested.doubtful[..] else { panic!("{ingested:?}") };
    assert_eq!((doubt.seq, doubt.document.as_ref().unwrap().as_str()), (3, "T01-000002"));
    assert!(matches!(&doubt.verdict, Verdict::Conflict(conflicts) if conflicts[0].first.number.as_str() == "T02-000009"));
    let (unit, _) = counter.store.unit(&"PHONE".into(), &serial("A1")).unwrap().unwrap();
    assert!(unit.disputed());
    assert_eq!(counter.store.conflicts(9).unwrap().len(), 1);
    let again = counter.store.ingest(&page(&[Row::Unit(support_unit("A0"))], 60, 2, 0), 0).unwrap();
    assert_eq!((again.doubtful.len(), counter.store.doubtful().len()), (0, 1), "told once, listed while it lasts");
    let Row::Unit(mut disputed) = sold_by(555, "T02-000009", "A1") else { unreachable!() };
    disputed.disputes = 1;
    counter.store.ingest(&page(&[Row::Unit(disputed)], 70, 3, 3), 0).unwrap();
    assert_eq!(counter.store.doubtful(), []);
}

fn support_unit(name: &str) -> Unit {
    unit("PHONE", name)
}

#[test]
fn in_the_middle_of_a_catch_up_nothing_is_doubted() {
    let mut counter = Counter::open_for_business(3);
    sell_many(&mut counter.store, 1);
    let mut first = page(&[sold_by(100, "T01-000001", "A0")], 50, 2, 0);
    first.up_to_date = false;
    assert_eq!(counter.store.ingest(&first, 0).unwrap().doubtful, []);
    let (mut counter, _) = counter.restart();
    assert_eq!(counter.store.doubtful(), [], "not after a restart either");
    assert_eq!(status(&mut counter.store, "PHONE", "A0"), Some(UnitStatus::StockedOut));
    let stock = Row::Stock(Stock { sku: "PHONE".into(), warehouse: "main".into(), quantity: 2 });
    counter.store.ingest(&page(&[stock], 60, 2, 2), 0).unwrap();
    assert_eq!(counter.store.on_hand(&"PHONE".into(), &"main".into()).unwrap(), 2);
}

#[test]
fn the_cursor_moves_with_the_rows_and_never_back() {
    let mut counter = Counter::new(2);
    let pos = |store: &mut TerminalStore| store.cursor().unwrap().unwrap().pos;
    assert_eq!(pos(&mut counter.store), 10);
    counter.store.ingest(&page(&[], 4, 1, 0), 0).unwrap();
    assert_eq!(pos(&mut counter.store), 10);
    let mut other = page(&[], 20, 1, 0);
    other.feed = "feed-2".into();
    assert!(matches!(counter.store.ingest(&other, 0), Err(Fault::OtherFeed { .. })));
    counter.store.ingest(&page(&[], 30, 1, 0), 0).unwrap();
    let (mut counter, _) = counter.restart();
    assert_eq!(pos(&mut counter.store), 30);
}

#[test]
fn a_row_of_a_newer_hub_is_left_out_and_counted() {
    let mut counter = Counter::new(1);
    let mut answer = page(&[Row::Unit(unit("PHONE", "A0")), Row::Unit(unit("PHONE", "B0"))], 50, 2, 0);
    answer.rows[0] = FeedRow { data: Some(serde_json::value::RawValue::from_string("{\"status\":\"on_the_moon\"}".into()).unwrap()), ..answer.rows[0].clone() };
    let ingested = counter.store.ingest(&answer, 0).unwrap();
    assert_eq!((ingested.changed, ingested.skipped), (1, 1));
    assert_eq!(status(&mut counter.store, "PHONE", "B0"), Some(UnitStatus::InStock));
}

/// A snapshot as the hub makes it: the rows alone.
fn snapshot(dir: &Path, rows: &[Row], pos: u64, own_seq: u64) -> (PathBuf, SnapshotManifest) {
    let path = dir.join("snapshot.tmp");
    let mut sql = Sqlite::open(&path, Durability::Scratch).unwrap();
    sql.schema(rows::SCHEMA).unwrap();
    transaction(&mut sql, |sql| rows.iter().try_for_each(|row| rows::save(sql, row, Some(4), 1))).unwrap();
    drop(sql);
    let unpacked_bytes = length(&path);
    let (contained, sum) = (contained(own_seq), ScopeSum::default());
    let manifest = SnapshotManifest {
        feed: "feed-2".into(),
        pos,
        sha256: Hash::default(),
        bytes: 0,
        unpacked_bytes,
        contained,
        parked: Vec::new(),
        log: LogHead::default(),
        sum,
    };
    (path, manifest)
}

#[test]
fn a_snapshot_replaces_the_catalogue_and_nothing_else() {
    let mut counter = Counter::open_for_business(3);
    sell_many(&mut counter.store, 2);
    counter.store.acknowledge(1, &acked(2)).unwrap();
    let mut rows = scene(40);
    rows.push(sold_by(100, "T01-000001", "A0"));
    let (path, manifest) = snapshot(counter.dir.path(), &rows, 77, 2);
    let ingested = counter.store.install_snapshot(&path, &manifest).unwrap();
    assert_eq!((ingested.changed, ingested.doubtful.len(), path.exists()), (44, 0, false));
    let mut counter = counter;
    for round in ["at once", "after a restart"] {
        let cursor = counter.store.cursor().unwrap().unwrap();
        assert_eq!((cursor.feed.as_str(), cursor.pos), ("feed-2", 77), "{round}");
        assert_eq!(counter.store.counts().unwrap().units, 40, "{round}");
        assert_eq!(status(&mut counter.store, "PHONE", "A1"), Some(UnitStatus::StockedOut), "{round}: own sale replayed");
        assert_eq!(counter.store.on_hand(&"PHONE".into(), &"main".into()).unwrap(), 39, "{round}");
        assert_eq!(counter.store.till().unwrap().receipts, 2, "{round}");
        let (restarted, told) = counter.restart();
        assert_eq!(told, []);
        counter = restarted;
    }
    let mut next = page(&[Row::Unit(unit("PHONE", "Z9"))], 77, 1, 3);
    next.feed = "feed-2".into();
    counter.store.ingest(&next, 0).unwrap();
    assert_eq!(sell(&mut counter.store, 400, "Z9").unwrap().verdict, Verdict::Applied);
}

#[test]
fn a_bad_snapshot_changes_nothing() {
    type Harm = fn(&Path, &mut SnapshotManifest);
    let cases: [(&str, Harm); 4] = [
        ("short", |path, _| cut(path, 8_192)),
        ("another size than stated", |_, manifest| manifest.unpacked_bytes += 1),
        ("no database", |path, manifest| {
            std::fs::write(path, vec![b'x'; 9_000]).unwrap();
            manifest.unpacked_bytes = 9_000;
        }),
        ("damaged inside", |path, _| (1..7).for_each(|page| flip(path, page * 4096))),
    ];
    for (name, harm) in cases {
        let mut counter = Counter::open_for_business(3);
        let (path, mut manifest) = snapshot(counter.dir.path(), &scene(40), 77, 0);
        harm(&path, &mut manifest);
        let refused = counter.store.install_snapshot(&path, &manifest).map(drop).unwrap_err();
        assert!(matches!(refused, Fault::Snapshot { .. }), "{name}: {refused:?}");
        assert_eq!(counter.store.counts().unwrap().units, 3, "{name}");
        assert_eq!(sell(&mut counter.store, 100, "A0").unwrap().verdict, Verdict::Applied, "{name}");
    }
}

#[test]
fn a_page_without_rows_is_still_news() {
    let mut counter = Counter::open_for_business(1);
    sell_many(&mut counter.store, 1);
    let empty = PullAnswer { next: 99, ..page(&[], 99, 1, 2) };
    counter.store.ingest(&empty, 0).unwrap();
    assert_eq!(status(&mut counter.store, "PHONE", "A0"), Some(UnitStatus::InStock), "the hub has folded the sale in and told no row: its word counts");
}
