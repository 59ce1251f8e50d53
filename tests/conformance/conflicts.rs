//! Double uses from the sale to the resolution: a hub, and two tills that hear of each other only
//! when they sync.

use crate::support::*;
use engine::hub::{Batch, Decided, Decision, HubReader, HubStore, Side, Truth, Which};
use engine::terminal::{DocumentKind, Ingested, OpenConflict, TerminalIdentity, TerminalStore};
use ledger::catalogue::{OperatorsChange, ProductsChange, SettingsChange};
use ledger::id::TerminalId;
use ledger::money::Money;
use ledger::op::Body;
use ledger::resolve::{Resolution, Resolve};
use ledger::row::{Caution, Conflict, Key, Row, Settings, UnitStatus};
use ledger::shift::ShiftOpen;
use ledger::stock_in::{StockIn, StockInLine};
use ledger::sync::wire::Cursor;
use ledger::verdict::{Outcome, Verdict};
use tempfile::TempDir;

struct Shop {
    _dir: TempDir,
    hub: HubStore,
    reader: HubReader,
    tills: Vec<(TerminalId, TerminalStore)>,
    ops: u128,
}

impl Shop {
    /// Five phones in stock, two tills with their shifts open, all of them knowing all.
    fn new() -> Shop {
        let dir = TempDir::new().unwrap();
        let database = crate::database(dir.path());
        let mut hub = database.store().unwrap();
        for (number, body) in (1..).zip(scene_ops()) {
            assert_eq!(hub.submit(1, op_id(number), body).unwrap(), Outcome::Applied);
        }
        let tills = (1..=2).map(|number| {
            let enrolled = hub.add_device(1, &format!("Till {number}"), &"main".into(), [number; 32]).unwrap();
            let identity =
                TerminalIdentity { terminal: enrolled.terminal, incarnation: enrolled.incarnation, warehouse: enrolled.warehouse, hub: "hub".into() };
            let (store, _) = TerminalStore::open(&dir.path().join(identity.terminal.as_str()), &identity).unwrap();
            (identity.terminal, store)
        });
        let tills = tills.collect();
        let reader = database.reader().unwrap();
        let mut shop = Shop { _dir: dir, hub, reader, tills, ops: 100 };
        for at in 0..2 {
            shop.sync(at);
            let number = shop.tills[at].1.next_number(DocumentKind::Shift).unwrap();
            shop.act(at, "ana", Body::ShiftOpen(ShiftOpen { number, opening_float: Money(0) }));
            shop.sync(at);
        }
        shop
    }

    /// Sends everything, then takes in everything.
    fn sync(&mut self, at: usize) -> Ingested {
        let (terminal, store) = &mut self.tills[at];
        while let Some(push) = store.next_push(9, usize::MAX, 0).unwrap() {
            let ops = push.ops.into_iter().map(|op| op.bytes).collect();
            let batch = Batch { device: terminal.clone(), incarnation: push.head.incarnation, first_seq: push.head.first_seq, ops, ..Batch::default() };
            let answer = self.hub.receive(2_000, &[batch]).unwrap().remove(0);
            store.acknowledge(push.head.incarnation, &answer).unwrap();
        }
        self.pull(at)
    }

    fn pull(&mut self, at: usize) -> Ingested {
        let (terminal, store) = &mut self.tills[at];
        let feed = self.reader.feed().unwrap().feed;
        let cursor = store.cursor().unwrap().unwrap_or(Cursor { feed, pos: 0 });
        let page = self.reader.pull(terminal, &cursor.feed, cursor.pos, 10_000, 3).unwrap().unwrap();
        store.ingest(&page, 1_000).unwrap()
    }

    fn act(&mut self, at: usize, actor: &str, body: Body) -> Verdict {
        self.ops += 1;
        self.tills[at].1.submit(op_id(self.ops), &actor.into(), None, body, stamp(2_000)).unwrap().verdict
    }

    fn sell(&mut self, at: usize, name: &str) {
        self.ops += 1;
        let number = self.ops;
        assert_eq!(sell(&mut self.tills[at].1, number, name).unwrap().verdict, Verdict::Applied);
    }

    /// Both sell it without a network, the first till syncs first, then both know.
    fn disputed(name: &str) -> Shop {
        let mut shop = Shop::new();
        shop.sell(0, name);
        shop.sell(1, name);
        shop.sync(0);
        shop.sync(1);
        shop.sync(0);
        shop
    }

    fn decide(&mut self, op: u128, wrong: Side, truth: Truth) -> Decided {
        let conflict = self.reader.conflicts(Which::All, 9).unwrap()[0].name.clone();
        let decision = Decision { op: op_id(op), conflict, wrong, truth, reason: "the box was shown".into() };
        self.hub.resolve(9_000, &decision).unwrap()
    }

    fn conflict(&mut self, at: usize) -> Conflict {
        self.tills[at].1.conflicts(9).unwrap().remove(0)
    }

    /// The unit as hub and both tills have it: status, open disputes, and who has it.
    fn seen(&mut self, name: &str) -> (UnitStatus, u32, String) {
        let key = Key::Unit("PHONE".into(), serial(name));
        let Some(Row::Unit(truth)) = self.reader.row(&key).unwrap().map(|found| found.row) else { panic!("{name} is unknown") };
        for (terminal, store) in &mut self.tills {
            assert_eq!(store.unit(&truth.sku, &truth.serial).unwrap().unwrap().0, truth, "{terminal} says the same as the hub");
        }
        (truth.status, truth.disputes, truth.left.map(|left| left.number.to_string()).unwrap_or_default())
    }
}

fn scene_ops() -> Vec<Body> {
    let rows = scene(0);
    let products = rows.iter().filter_map(|row| if let Row::Product(product) = row { Some(product.clone()) } else { None }).collect();
    let operators = rows.iter().filter_map(|row| if let Row::Operator(operator) = row { Some(operator.clone()) } else { None }).collect();
    let serials = (0..5).map(|number| serial(&format!("A{number}"))).collect();
    let line = StockInLine { sku: "PHONE".into(), quantity: 5, condition: Default::default(), serials };
    vec![
        Body::Operators(OperatorsChange { operators }),
        Body::Products(ProductsChange { products }),
        Body::StockIn(StockIn { number: "H-1".into(), warehouse: "main".into(), lines: vec![line] }),
    ]
}

#[test]
fn both_sides_and_the_hub_know_who_knew_what() {
    let mut shop = Shop::new();
    shop.sell(0, "A0");
    shop.sell(1, "A0");
    shop.sync(0);
    // The second till hears of it before it sends its own sale: it doubts it at once.
    let warned = shop.pull(1);
    assert!(matches!(&warned.doubtful[..], [doubt] if matches!(doubt.verdict, Verdict::Conflict(_))), "{warned:?}");
    assert!(matches!(&shop.tills[1].1.open_conflicts(9).unwrap()[..], [open] if !open.told), "found here");
    assert_eq!(warned.conflicts, [], "the hub has not said so yet");
    let told = shop.sync(1);
    assert_eq!((told.doubtful.len(), told.conflicts.len()), (0, 1), "the hub's word takes the place of the doubt");
    // The first till's sale was applied, and yet it is told.
    let told = shop.sync(0);
    assert_eq!(told.conflicts.len(), 1);
    assert_eq!(shop.sync(0).conflicts, [], "once");
    assert_eq!(shop.seen("A0"), (UnitStatus::StockedOut, 1, "T01-000001".into()));
    let conflict = shop.conflict(0);
    assert_eq!(conflict, shop.conflict(1));
    assert_eq!(shop.tills[0].1.open_conflicts(9).unwrap(), [OpenConflict { conflict: conflict.clone(), told: true }]);
    let side = |document: &ledger::row::DocumentRef| (document.terminal.as_ref().unwrap().to_string(), document.believed, document.base.is_some());
    assert_eq!(side(&conflict.first), ("T01".into(), Some(1), true));
    assert_eq!(side(&conflict.second), ("T02".into(), Some(1), true));
}

#[test]
fn the_hub_has_the_evidence() {
    let mut shop = Shop::disputed("A0");
    let found = shop.reader.conflicts(Which::Open, 9).unwrap().remove(0);
    assert_eq!((found.product.as_str(), found.ver, found.open), ("Pixel 9", 3, true));
    assert_eq!((found.first.met, found.second.met), (Some(1), Some(2)), "the second met the version that the first had made");
    assert_eq!(found.second.believed_by.as_ref().unwrap().as_str(), "H-1", "and believed the one before");
    assert!(found.second.document.base < found.first.pos, "its catalogue ended before the first sale");
    let sale = found.second.sale.unwrap();
    assert_eq!((sale.operator.as_str(), sale.warehouse.unwrap().as_str(), sale.received_ms, sale.known_at_ms), ("ana", "main", 2_000, Some(1_000)));
}

#[test]
fn the_hub_resolves_once() {
    let mut shop = Shop::disputed("A0");
    let ops = shop.hub.op_count().unwrap();
    let decided = shop.decide(900, Side::First, Truth::Reassign { serial: serial("A9") });
    assert!(matches!(&decided, Decided::Refused(refusal) if refusal.code() == "unknown_serial"), "{decided:?}");
    assert_eq!(shop.hub.op_count().unwrap(), ops, "what is refused leaves no op behind");
    let decided = shop.decide(901, Side::First, Truth::Reassign { serial: serial("A1") });
    let Decided::Resolved(conflict) = &decided else { panic!("{decided:?}") };
    assert_eq!(conflict.resolved.as_ref().unwrap().by.as_str(), "hub");
    assert_eq!(shop.decide(901, Side::First, Truth::Reassign { serial: serial("A1") }), decided, "the same decision again");
    assert!(matches!(shop.decide(902, Side::Second, Truth::MisScan {}), Decided::Refused(refusal) if refusal.code() == "conflict_resolved"));
    assert_eq!(shop.hub.op_count().unwrap(), ops + 1);
    shop.sync(0);
    shop.sync(1);
    assert_eq!(shop.seen("A0"), (UnitStatus::StockedOut, 0, "T02-000001".into()));
    assert_eq!(shop.seen("A1"), (UnitStatus::StockedOut, 0, "T01-000001".into()));
    assert_eq!((shop.reader.conflicts(Which::Open, 9).unwrap().len(), shop.reader.conflicts(Which::All, 9).unwrap().len()), (0, 1));
    let unknown = Decision { op: op_id(903), conflict: "beef".into(), wrong: Side::First, truth: Truth::MisScan {}, reason: "x".into() };
    assert_eq!(shop.hub.resolve(1, &unknown).unwrap(), Decided::Unknown);
}

#[test]
fn a_refund_goes_back_to_where_it_was_sold() {
    let mut shop = Shop::disputed("A0");
    let decided = shop.decide(900, Side::Second, Truth::Refund { warehouse: None });
    let Decided::Resolved(conflict) = decided else { panic!("{decided:?}") };
    assert_eq!(conflict.resolved.unwrap().resolution, Resolution::Refund { warehouse: "main".into() });
    shop.sync(1);
    assert_eq!(shop.tills[1].1.on_hand(&"PHONE".into(), &"main".into()).unwrap(), 4);
}

#[test]
fn a_till_resolves_and_the_faster_one_counts() {
    let mut shop = Shop::disputed("A0");
    let resolve = |conflict: &Conflict, wrong, resolution| {
        let (sku, serial) = (conflict.sku.clone(), conflict.serial.clone());
        Body::Resolve(Resolve { second: conflict.second.op, sku, serial, wrong, resolution, reason: "looked".into() })
    };
    let conflict = shop.conflict(0);
    assert!(matches!(shop.act(0, "ana", resolve(&conflict, conflict.second.op, Resolution::MisScan)), Verdict::Refused(_)));
    assert_eq!(shop.act(0, "sam", resolve(&conflict, conflict.second.op, Resolution::MisScan)), Verdict::Applied);
    assert_eq!(shop.act(1, "sam", resolve(&conflict, conflict.first.op, Resolution::Reassign { serial: serial("A3") })), Verdict::Applied);
    assert_eq!(shop.conflict(0).resolved.unwrap().wrong.number.as_str(), "T02-000001");
    let open = |shop: &mut Shop, at: usize| shop.tills[at].1.open_conflicts(9).unwrap().len();
    assert_eq!((open(&mut shop, 0), shop.reader.conflicts(Which::Open, 9).unwrap().len()), (0, 1), "settled here, before the hub knows");
    shop.sync(0);
    // The other one is told before it sends, and again by the hub's outcome.
    let warned = shop.pull(1);
    assert!(matches!(&warned.doubtful[..], [doubt] if matches!(&doubt.verdict, Verdict::Refused(refusal) if refusal.code() == "conflict_resolved")));
    shop.sync(1);
    let not_applied = shop.tills[1].1.not_applied(9).unwrap();
    assert!(matches!(&not_applied[0].outcome, Outcome::Rejected { code, .. } if code == "conflict_resolved"), "{not_applied:?}");
    assert_eq!(shop.seen("A0"), (UnitStatus::StockedOut, 0, "T01-000001".into()));
    assert_eq!(shop.seen("A3"), (UnitStatus::InStock, 0, String::new()));
}

#[test]
fn the_age_of_knowledge_survives_a_restart() {
    let mut counter = Counter::open_for_business(3);
    assert_eq!(counter.store.known_at_ms(), None);
    counter.store.ingest(&page(&[], 80, 1, 1), 5_000).unwrap();
    let (mut counter, _) = counter.restart();
    assert_eq!(counter.store.known_at_ms(), Some(5_000));
    let settings = Settings { stale_after_ms: 60_000, stale: Caution::Block, ..Settings::default() };
    counter.store.ingest(&page(&[Row::Settings(settings)], 90, 2, 1), 5_000).unwrap();
    let mut check = |number: u128, wall_ms: i64, expected: &str| {
        let cart = cart(&mut counter.store, number, "A0");
        let submitted = counter.store.settle(&cart, &ana(), stamp(wall_ms)).unwrap();
        let code = if let Verdict::Refused(refusal) = &submitted.verdict { refusal.code() } else { "applied" };
        assert_eq!(code, expected, "{wall_ms}");
    };
    check(50, 65_000, "stale_knowledge");
    check(51, 64_999, "applied");
}

/// The hub's settings reach the rules by the feed.
#[test]
fn a_change_of_caution_is_kept() {
    let mut shop = Shop::new();
    let settings = Settings { elsewhere: Caution::Ask, ..Settings::default() };
    assert_eq!(shop.hub.submit(9, op_id(950), Body::Settings(SettingsChange { settings: settings.clone() })).unwrap(), Outcome::Applied);
    shop.sync(0);
    assert_eq!(shop.tills[0].1.settings().unwrap(), settings);
}
