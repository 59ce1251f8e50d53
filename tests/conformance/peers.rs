//! Terminals that tell each other while the hub is away.

use crate::support::*;
use engine::hub::HubStore;
use engine::terminal::{PEER_OPS_MAX, PeerRefusal, PeerTaken, RESERVED_MS, TerminalIdentity, TerminalStore};
use ledger::cart::Cart;
use ledger::id::TerminalId;
use ledger::op::{Body, Envelope, Op, SealedOp};
use ledger::row::{Row, UnitStatus};
use ledger::shift::ShiftOpen;
use ledger::stock_in::{StockIn, StockInLine};
use ledger::sync::message::{Answer, Request};
use ledger::sync::peer::{Offer, PEER_ACKED_MAX, PeerPush};
use ledger::sync::uplink::Ask;
use ledger::sync::wire::{Contained, OpOutcome, PullAnswer, PushAnswer};
use ledger::unit_edit::UnitEdit;
use ledger::verdict::{Outcome, Verdict};
use tempfile::TempDir;

/// No own op became doubtful.
const NOTHING: [u64; 0] = [];

/// A terminal of the same shop with a shift open.
struct Till {
    dir: TempDir,
    identity: TerminalIdentity,
    store: TerminalStore,
    /// What it knows of what the other one has.
    told: Vec<Contained>,
}

impl Till {
    fn open(terminal: &str, first_op: u128) -> Till {
        let dir = TempDir::new().unwrap();
        let identity = TerminalIdentity { terminal: TerminalId::from(terminal), ..identity() };
        let (mut store, _) = TerminalStore::open(dir.path(), &identity).unwrap();
        store.ingest(&page(&scene(9), 0, 1, 0), 0).unwrap();
        let body = Body::ShiftOpen(ShiftOpen { number: format!("{terminal}-S000001").as_str().into(), opening_float: ledger::money::Money(0) });
        assert_eq!(store.submit(op_id(first_op), &ana(), None, body, stamp(1_000)).unwrap().verdict, Verdict::Applied);
        Till { dir, identity, store, told: Vec::new() }
    }

    fn restart(self) -> Till {
        let Till { dir, identity, store, told } = self;
        drop(store);
        let (store, _) = TerminalStore::open(dir.path(), &identity).unwrap();
        Till { dir, identity, store, told }
    }

    fn request(&mut self) -> PeerPush {
        self.store.peer_request(&self.told, "n", 5).unwrap()
    }

    fn hear(&mut self, from: &str, push: &PeerPush) -> Result<PeerTaken, PeerRefusal> {
        let ops: Vec<Vec<u8>> = push.ops.iter().map(|op| op.bytes.clone()).collect();
        self.store.peer_take(&from.into(), &push.head, &ops, 5).unwrap()
    }

    /// Tells the other one everything it lacks; answers what became doubtful there.
    fn tell(&mut self, other: &mut Till) -> Vec<u64> {
        let push = self.request();
        let taken = other.hear(self.identity.terminal.as_str(), &push).unwrap();
        self.told = taken.answer.have;
        taken.doubtful.iter().map(|doubt| doubt.seq).collect()
    }

    fn sell(&mut self, number: u128, name: &str) -> &'static str {
        match sell(&mut self.store, number, name).unwrap().verdict {
            Verdict::Applied => "applied",
            Verdict::Refused(refusal) => refusal.code(),
            other => panic!("{other:?}"),
        }
    }

    fn knows(&mut self, name: &str) -> Option<(UnitStatus, bool)> {
        self.store.unit(&"PHONE".into(), &serial(name)).unwrap().map(|(unit, _)| (unit.status, unit.disputed()))
    }

    fn on_hand(&mut self) -> i64 {
        self.store.on_hand(&"PHONE".into(), &"main".into()).unwrap()
    }
}

fn two() -> (Till, Till) {
    (Till::open("T01", 1), Till::open("T02", 2))
}

#[test]
fn a_unit_sold_on_one_is_refused_on_the_other() {
    let (mut one, mut two) = two();
    assert_eq!(one.sell(100, "A0"), "applied");
    assert_eq!(one.tell(&mut two), NOTHING);
    assert_eq!(two.sell(200, "A0"), "already_sold");
    assert_eq!((two.on_hand(), one.on_hand()), (8, 8));
    assert_eq!((two.store.till().unwrap().receipts, two.store.outbox_status().unwrap().pending), (0, 1), "the own till and outbox are untouched");
    assert_eq!(two.store.peer_ops().clone().into_iter().collect::<Vec<_>>(), [("T01".into(), 2)]);
    let mut two = two.restart();
    assert_eq!(two.sell(201, "A0"), "already_sold");
    assert_eq!(one.request().ops, [], "all is told");
}

#[test]
fn both_are_told_at_once_that_a_unit_was_sold_twice() {
    for later_first in [false, true] {
        let (mut one, mut two) = two();
        assert_eq!((one.sell(100, "A0"), two.sell(200, "A0")), ("applied", "applied"));
        let (told_two, told_one) = if later_first {
            let told_one = two.tell(&mut one);
            (one.tell(&mut two), told_one)
        } else {
            (one.tell(&mut two), two.tell(&mut one))
        };
        assert_eq!((told_one, told_two), (vec![2], vec![2]), "their own sale, each");
        for till in [&mut one, &mut two] {
            assert_eq!(till.knows("A0"), Some((UnitStatus::StockedOut, true)));
            assert_eq!(till.store.conflicts(9).unwrap().len(), 1);
            assert_eq!((till.store.doubtful().len(), till.on_hand()), (1, 7));
        }
        assert_eq!(one.store.conflicts(9).unwrap(), two.store.conflicts(9).unwrap(), "they agree who was first");
        assert_eq!(one.sell(101, "A0"), "disputed_unit");
        assert_eq!((one.tell(&mut two), two.tell(&mut one)), (vec![], vec![]), "told once");
        assert_eq!(two.restart().store.doubtful().len(), 1);
    }
}

#[test]
fn what_follows_on_what_was_told_is_in_order_on_both() {
    let (mut one, mut two) = two();
    let line = StockInLine { sku: "PHONE".into(), quantity: 1, condition: Default::default(), serials: vec![serial("N1")] };
    let body = Body::StockIn(StockIn { number: "T01-IN000001".into(), warehouse: "main".into(), lines: vec![line] });
    // Its clock is a day ahead; whoever hears of it does not fall behind.
    assert_eq!(one.store.submit(op_id(50), &"sam".into(), None, body, stamp(90_000_000)).unwrap().verdict, Verdict::Applied);
    one.tell(&mut two);
    assert_eq!(two.sell(200, "N1"), "applied");
    assert_eq!(two.tell(&mut one), NOTHING);
    for mut till in [one, two] {
        assert_eq!(till.knows("N1"), Some((UnitStatus::StockedOut, false)));
        let mut till = till.restart();
        assert_eq!((till.knows("N1"), till.store.doubtful().len(), till.on_hand()), (Some((UnitStatus::StockedOut, false)), 0, 9));
    }
}

#[test]
fn the_hub_takes_over_what_peers_told() {
    let (mut one, mut two) = two();
    one.sell(100, "A0");
    one.tell(&mut two);
    let contained = vec![Contained { device: "T01".into(), incarnation: 1, seq: 2 }];
    let told = two.store.unit(&"PHONE".into(), &serial("A0")).unwrap().unwrap().0;
    let stock = Row::Stock(ledger::row::Stock { sku: "PHONE".into(), warehouse: "main".into(), quantity: 8 });
    two.store.ingest(&PullAnswer { contained, ..page(&[Row::Unit(told), stock], 50, 2, 0) }, 0).unwrap();
    assert_eq!((two.on_hand(), two.store.peer_ops().len()), (8, 0), "counted once, kept no longer");
    one.told.clear();
    one.tell(&mut two);
    assert_eq!((two.on_hand(), two.store.peer_ops().len()), (8, 0), "and not taken again");
    assert_eq!(one.told, [Contained { device: "T01".into(), incarnation: 1, seq: 2 }]);
}

/// The hub has everything of T01 up to `seq`, and parked some of it.
fn parked_at_the_hub(seq: u64, parked: &[u64]) -> PullAnswer {
    let place = |seq| Contained { device: "T01".into(), incarnation: 1, seq };
    PullAnswer { contained: vec![place(seq)], parked: parked.iter().copied().map(place).collect(), ..page(&[], 50, 2, 0) }
}

/// The same with the rows that tell of what is not parked: T01's second op sold A0, its third A1.
fn parked_of_five_sales(author: &mut Till, parked: &[u64], after: u64) -> PullAnswer {
    let told = (0..5).filter(|number| !parked.contains(&(number + 2)));
    let mut rows: Vec<Row> = told.map(|number| Row::Unit(author.store.unit(&"PHONE".into(), &serial(&format!("A{number}"))).unwrap().unwrap().0)).collect();
    let quantity = 9 - rows.len() as i64;
    rows.push(Row::Stock(ledger::row::Stock { sku: "PHONE".into(), warehouse: "main".into(), quantity }));
    let PullAnswer { contained, parked, .. } = parked_at_the_hub(6, parked);
    PullAnswer { contained, parked, ..page(&rows, after, after, 0) }
}

#[test]
fn what_the_hub_has_parked_is_told_by_its_author_once() {
    let check = |parked: &[u64]| {
        let (mut one, mut two) = two();
        (0..5).for_each(|number| assert_eq!(one.sell(100 + number, &format!("A{number}")), "applied"));
        two.store.ingest(&parked_of_five_sales(&mut one, parked, 50), 0).unwrap();
        assert_eq!(two.on_hand(), 4 + parked.len() as i64, "{parked:?}");
        let mut calls = 0;
        while calls == 0 || !one.request().ops.is_empty() {
            one.tell(&mut two);
            calls += 1;
            assert!(calls <= 2, "{parked:?}: it is told again and again");
        }
        for name in ["A0", "A1", "A2", "A3", "A4"] {
            assert_eq!(two.knows(name), Some((UnitStatus::StockedOut, false)), "{parked:?} {name}");
        }
        assert_eq!((two.on_hand(), one.told[0].seq), (4, 6), "{parked:?}");
        let mut two = two.restart();
        assert_eq!((two.on_hand(), two.store.peer_ops().values().sum::<u64>()), (4, parked.len() as u64), "{parked:?}");
        two.store.ingest(&parked_of_five_sales(&mut one, &[], 60), 0).unwrap();
        assert_eq!((two.on_hand(), two.store.peer_ops().len()), (4, 0), "{parked:?}: what became of it is in the rows");
    };
    check(&[]);
    check(&[2]);
    check(&[4, 2]);
    check(&[6]);
    check(&[2, 3, 4, 5, 6]);
}

/// Of a disk and its copy the hub may have another op under that number.
#[test]
fn a_sale_that_the_rows_do_not_show_is_believed_until_the_hub_is_asked() {
    let (mut one, mut two) = two();
    assert_eq!(one.sell(100, "A0"), "applied");
    two.store.ingest(&parked_at_the_hub(2, &[]), 0).unwrap();
    assert_eq!(two.knows("A0"), Some((UnitStatus::InStock, false)));
    one.tell(&mut two);
    assert_eq!((two.knows("A0"), two.on_hand()), (Some((UnitStatus::StockedOut, false)), 8));
    assert_eq!(two.restart().knows("A0"), Some((UnitStatus::StockedOut, false)));
}

#[test]
fn an_author_goes_back_to_what_the_hub_has_parked() {
    let mut one = Till::open("T01", 1);
    let noted = |number: u128| {
        let edit = UnitEdit { sku: "PHONE".into(), serial: serial("A8"), condition: None, notes: Some(number.to_string()), reason: "seen".into() };
        (op_id(1_000 + number), Body::UnitEdit(edit))
    };
    assert_eq!(one.sell(100, "A0"), "applied");
    for number in 3..=u128::from(PEER_ACKED_MAX) + 9 {
        let (op, body) = noted(number);
        assert_eq!(one.store.submit(op, &"sam".into(), None, body, stamp(5_000)).unwrap().verdict, Verdict::Applied);
    }
    let settled = |one: &mut Till, outcome: Outcome| {
        one.store.acknowledge(1, &PushAnswer { outcomes: vec![OpOutcome { seq: 2, outcome }], ..acked(PEER_ACKED_MAX + 9) }).unwrap();
        one.store.tidings().unwrap().offers[0].after
    };
    assert_eq!(settled(&mut one, Outcome::Parked { code: "held".into(), reason: String::new() }), 1);
    assert_eq!(settled(&mut one, Outcome::Applied), 9);
}

#[test]
fn ops_that_do_not_follow_are_asked_for_again() {
    let (mut one, mut two) = two();
    (0..4).for_each(|number| assert_eq!(one.sell(100 + number, &format!("A{number}")), "applied"));
    let all = one.request();
    one.told = vec![Contained { device: "T01".into(), incarnation: 1, seq: 3 }];
    let later = one.request();
    let have = |till: &mut Till, push: &PeerPush| till.hear("T01", push).unwrap().answer.have[0].seq;
    assert_eq!(have(&mut two, &later), 0);
    assert_eq!(two.knows("A3"), Some((UnitStatus::InStock, false)));
    assert_eq!(have(&mut two, &all), 5);
    assert_eq!((have(&mut two, &later), have(&mut two, &all), two.on_hand()), (5, 5, 5));
    // What the author cannot tell any more is not waited for.
    let mut three = Till::open("T03", 3);
    let begins_later =
        PeerPush { head: ledger::sync::peer::PeerHead { offers: vec![Offer { incarnation: 1, after: 3, last: 5 }], ..later.head.clone() }, ..later };
    assert_eq!((have(&mut three, &begins_later), three.knows("A3")), (5, Some((UnitStatus::StockedOut, false))));
}

#[test]
fn what_is_no_peers_word_changes_nothing() {
    type Harm = fn(&mut PeerPush);
    let with = |push: &mut PeerPush, change: fn(&mut Op)| {
        let mut op = Op::read(&push.ops[1].bytes).unwrap();
        change(&mut op);
        push.ops[1] = op.seal();
    };
    let replaced = |change| move |push: &mut PeerPush| with(push, change);
    let foreign = replaced(|op| op.device = "T09".into());
    let misplaced = replaced(|op| op.seq = 7);
    let other_life = replaced(|op| op.incarnation = 2);
    let direct: [(&str, Harm); 5] = [
        ("not in the form", |push| push.ops[1].bytes = b"garbage".to_vec()),
        ("An incarnation", |push| push.head.push.incarnation = u32::MAX),
        ("A number", |push| push.head.push.first_seq = u64::MAX),
        ("A number", |push| push.head.offers[0].last = u64::MAX),
        ("So many", |push| push.head.offers = vec![push.head.offers[0]; 101]),
    ];
    let check = |named: &str, harm: &dyn Fn(&mut PeerPush)| {
        let (mut one, mut two) = two();
        one.sell(100, "A0");
        let mut push = one.request();
        harm(&mut push);
        let refusal = two.hear("T01", &push).unwrap_err().to_string();
        assert!(refusal.contains(named) && refusal.ends_with('.'), "{refusal:?} should name {named:?}");
        assert_eq!((two.knows("A0"), two.store.peer_ops().len()), (Some((UnitStatus::InStock, false)), 0), "{named}");
    };
    direct.iter().for_each(|(named, harm)| check(named, harm));
    check("not the sender's own", &foreign);
    check("not the sender's own", &misplaced);
    check("not the sender's own", &other_life);
    let (mut one, mut two) = two();
    assert_eq!(two.hear("T02", &one.request()), Err(PeerRefusal::Namesake));
}

#[test]
fn an_op_that_this_version_does_not_know_has_no_effect() {
    let (mut one, mut two) = two();
    one.sell(100, "A0");
    let mut push = one.request();
    let newer = String::from_utf8(push.ops[1].bytes.clone()).unwrap().replace("sale@1", "sale@9");
    push.ops[1] = SealedOp { hash: ledger::op::Hash::of(newer.as_bytes()), bytes: newer.into_bytes() };
    assert!(Envelope::read(&push.ops[1].bytes).is_ok());
    let taken = two.hear("T01", &push).unwrap();
    assert_eq!((taken.answer.have[0].seq, two.knows("A0")), (2, Some((UnitStatus::InStock, false))), "kept, and asked for no more");
    // The same place with other bytes: the first stays.
    assert_eq!(one.tell(&mut two), NOTHING);
    assert_eq!(two.knows("A0"), Some((UnitStatus::InStock, false)));
    assert_eq!(two.store.peer_request(&[], "n", 0).unwrap().ops.len(), 1, "told on to nobody");
}

#[test]
fn only_so_much_is_kept_of_one_terminal() {
    let (mut one, mut two) = two();
    let first = String::from_utf8(one.request().ops.remove(0).bytes).unwrap().replace("shift_open@1", "shift_open@9");
    let push = |from: u64, ops: u64| {
        let bytes = |seq: u64| first.replace("\"seq\":1,", &format!("\"seq\":{seq},")).into_bytes();
        let ops: Vec<Vec<u8>> = (from..from + ops).map(bytes).collect();
        let mut head = ledger::sync::peer::PeerHead {
            push: ledger::sync::wire::PushHead { incarnation: 1, first_seq: from, count: ops.len() as u32, nonce: "n".into(), wall_ms: 0 },
            offers: Vec::new(),
            reserved: Vec::new(),
        };
        head.offers = vec![Offer { incarnation: 1, after: 0, last: from }];
        (head, ops)
    };
    let mut take = |(head, ops): (_, Vec<Vec<u8>>)| two.store.peer_take(&"T01".into(), &head, &ops, 0).unwrap().map(|taken| taken.answer.have[0].seq);
    assert_eq!(take(push(1, PEER_OPS_MAX)), Ok(PEER_OPS_MAX));
    assert_eq!(take(push(PEER_OPS_MAX + 1, 1)), Err(PeerRefusal::Full { terminal: "T01".into() }));
    let contained = vec![Contained { device: "T01".into(), incarnation: 1, seq: 10 }];
    two.store.ingest(&PullAnswer { contained, ..page(&[], 50, 2, 0) }, 0).unwrap();
    let (head, ops) = push(PEER_OPS_MAX + 1, 1);
    assert!(two.store.peer_take(&"T01".into(), &head, &ops, 0).unwrap().is_ok(), "what the hub has told makes room");
}

#[test]
fn carts_of_others_are_known_for_a_while() {
    let (mut one, mut two) = two();
    let cart = cart(&mut one.store, 100, "A0");
    one.store.draft_save(&cart).unwrap();
    let held = self::cart(&mut one.store, 101, "A1");
    one.store.draft_clear().unwrap();
    one.store.hold(&held, "", &ana(), 1).unwrap();
    one.store.draft_save(&cart).unwrap();
    one.tell(&mut two);
    let who = |till: &mut Till, name: &str, now_ms| till.store.reservation(&"PHONE".into(), &serial(name), now_ms).map(|found| found.terminal.to_string());
    assert_eq!((who(&mut two, "A0", 6), who(&mut two, "A1", 6), who(&mut two, "A2", 6)), (Some("T01".into()), Some("T01".into()), None));
    assert_eq!(who(&mut two, "A0", 5 + RESERVED_MS), None, "its terminal is off");
    one.store.draft_save(&Cart::new(op_id(300))).unwrap();
    one.tell(&mut two);
    assert_eq!((who(&mut two, "A0", 6), who(&mut two, "A1", 6)), (None, Some("T01".into())));
}

#[test]
fn the_hub_says_who_is_a_peer() {
    let dir = TempDir::new().unwrap();
    let mut hub = HubStore::open(&dir.path().join("hub.db")).unwrap();
    let mut enrol = |number: u8, warehouse: &str| hub.add_device(1, &format!("till {number}"), &warehouse.into(), [number; 32]).unwrap().terminal;
    let (own, second, third, elsewhere) = (enrol(1, "main"), enrol(2, "main"), enrol(3, "main"), enrol(4, "other"));
    let identity = TerminalIdentity { terminal: own.clone(), ..identity() };
    let folder = dir.path().join("till");
    let (mut store, _) = TerminalStore::open(&folder, &identity).unwrap();
    let greet = |store: &mut TerminalStore, hub: &mut HubStore| {
        let Some(Request::Hello(hello)) = store.request(Ask::Hello, 2).unwrap() else { panic!("a greeting") };
        let answer = hub.hello(2, &own, &hello).unwrap();
        store.take(&Request::Hello(hello), &Answer::Hello(answer), 2).unwrap().end.unwrap();
        store.peers().unwrap().into_iter().map(|peer| peer.terminal).collect::<Vec<_>>()
    };
    assert_eq!(greet(&mut store, &mut hub), [second.clone(), third.clone()], "not itself, not {elsewhere}");
    drop(store);
    let (mut store, _) = TerminalStore::open(&folder, &identity).unwrap();
    assert_eq!(store.peers().unwrap().len(), 2, "known without a hub");
    hub.revoke(&second).unwrap();
    assert_eq!(greet(&mut store, &mut hub), [third]);
}
