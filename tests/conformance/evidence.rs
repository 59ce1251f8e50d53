//! The hub's log looked through, backed up, proved and carried: real stores, and every kind of damage
//! done to them from outside.

use crate::support::*;
use engine::hub::{Backup, Batch, HubReader, HubStore, LogFlaw, Witness};
use engine::terminal::{Carried, CarriedFault, TerminalIdentity, TerminalStore};
use ledger::catalogue::{OperatorsChange, ProductsChange, SettingsChange};
use ledger::id::{OpId, Sku, TerminalId};
use ledger::op::{Body, Hash, Op, SealedOp};
use ledger::proof::signed_tree;
use ledger::row::Row;
use ledger::sale::{Sale, SaleLine, SoldUnit};
use ledger::stock_in::{StockIn, StockInLine};
use ledger::sync::carried::CarriedHead;
use ledger::sync::message::Answer;
use ledger::sync::uplink::Ask;
use ledger::sync::wire::{Hello, LogHead, Lost, QUARANTINE_FIRST, SignedHead, SnapshotManifest, signed_head};
use ledger::verdict::Outcome;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A hub with a small shop: settings, goods, people, five phones received as ops 1 to 4, and one of
/// them sold by the till as op 5.
struct Shop {
    dir: TempDir,
    hub: HubStore,
    till: TerminalId,
    sold: u64,
    prev: Hash,
}

impl Shop {
    fn new() -> Shop {
        let dir = TempDir::new().unwrap();
        let mut hub = HubStore::open(&dir.path().join("hub.db")).unwrap();
        for (number, body) in (1..).zip(bodies()) {
            assert_eq!(hub.submit(1, op_id(number), body).unwrap(), Outcome::Applied);
        }
        let till = hub.add_device(1, "Till 1", &"main".into(), [7; 32]).unwrap().terminal;
        let mut shop = Shop { dir, hub, till, sold: 0, prev: Hash::default() };
        shop.sell("A1");
        shop
    }

    /// Another sale of the till's.
    fn sell(&mut self, name: &str) {
        self.sold += 1;
        let (seq, prev) = (self.sold, self.prev);
        let (hash, outcome) = self.push_sale(seq, prev, op_id(100 + u128::from(seq)), name);
        self.prev = hash;
        assert_eq!(outcome, Outcome::Applied);
    }

    /// A sale under that number of the till's chain.
    fn push_sale(&mut self, seq: u64, prev: Hash, id: OpId, name: &str) -> (Hash, Outcome) {
        let sealed = self.sealed(seq, prev, id, sale(&format!("{}-{seq}", self.till), name));
        let batch = Batch { device: self.till.clone(), incarnation: 1, first_seq: seq, ops: vec![sealed.bytes], ..Batch::default() };
        let answer = self.hub.receive(3, &[batch]).unwrap().remove(0);
        (sealed.hash, answer.outcomes[0].outcome.clone())
    }

    fn sealed(&self, seq: u64, prev: Hash, id: OpId, body: Body) -> SealedOp {
        let op = Op { id, device: self.till.clone(), incarnation: 1, seq, actor: ana(), approved_by: None, at: stamp(2), base: Default::default(), prev, body };
        op.seal()
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("hub.db")
    }

    fn reader(&self) -> HubReader {
        HubReader::open(&self.path()).unwrap()
    }

    /// Damage from outside, by whoever can write the file.
    fn damage(&self, sql: &str) {
        let changed = rusqlite::Connection::open(self.path()).unwrap().execute(sql, []).unwrap();
        assert!(changed > 0, "{sql}");
    }

    fn flaw(&self, witness: Option<&Witness>) -> Option<LogFlaw> {
        let mut told = 0;
        let audit = self.reader().audit(witness, &mut |done, all| told += u64::from(done <= all)).unwrap();
        assert!(told > 0 || audit.flaw.is_some(), "somebody who waits is told");
        audit.flaw
    }

    fn log_head(&self) -> LogHead {
        self.reader().log_head().unwrap()
    }

    /// A second terminal.
    fn terminal(&mut self) -> TerminalId {
        self.hub.add_device(1, "Till 2", &"main".into(), [8; 32]).unwrap().terminal
    }
}

fn bodies() -> Vec<Body> {
    let (mut products, mut operators, mut bodies) = (Vec::new(), Vec::new(), Vec::new());
    for row in scene(0) {
        match row {
            Row::Product(row) => products.push(row),
            Row::Operator(row) => operators.push(row),
            Row::Settings(settings) => bodies.push(Body::Settings(SettingsChange { settings })),
            _ => {}
        }
    }
    let serials = (0..5).map(|number| serial(&format!("A{number}"))).collect();
    let line = StockInLine { sku: "PHONE".into(), quantity: 5, condition: Default::default(), serials };
    bodies.push(Body::Products(ProductsChange { products }));
    bodies.push(Body::Operators(OperatorsChange { operators }));
    bodies.push(Body::StockIn(StockIn { number: "hub-1".into(), warehouse: "main".into(), lines: vec![line] }));
    bodies
}

fn sale(number: &str, name: &str) -> Body {
    let price = ledger::money::Money(50_000);
    let unit = SoldUnit { sku: "PHONE".into(), serial: serial(name), believed: None, confirmed: false };
    let line = SaleLine {
        sku: "PHONE".into(),
        name: "Pixel 9".into(),
        quantity: 1,
        price,
        list_price: price,
        discount: ledger::money::Money::ZERO,
        parts: Vec::new(),
        units: vec![unit],
    };
    let payments = vec![ledger::payment::Payment { method: Default::default(), amount: price, reference: String::new() }];
    Body::Sale(Sale { number: number.into(), warehouse: "main".into(), lines: vec![line], payments, total: price, change: ledger::money::Money::ZERO })
}

#[test]
fn a_whole_log_is_found_whole() {
    let shop = Shop::new();
    let end = shop.log_head();
    assert_eq!(shop.flaw(None), None);
    for number in [0, end.number] {
        let hash = if number == 0 { Hash::default() } else { end.hash };
        assert_eq!(shop.flaw(Some(&Witness { head: LogHead { number, hash }, tree_root: None })), None, "a head over {number} ops");
    }
}

/// Each line is a change by somebody with the file in hand, and the first op at which it shows.
#[test]
fn the_first_bad_op_is_named() {
    let check = |damage: &[&str], number: u64, word: &str| {
        let shop = Shop::new();
        damage.iter().for_each(|sql| shop.damage(sql));
        let flaw = shop.flaw(None).unwrap_or_else(|| panic!("{damage:?} went unseen"));
        let sentence = flaw.to_string();
        assert!(flaw.number == number && sentence.contains(word) && sentence.ends_with('.'), "{damage:?}: {sentence}");
    };
    check(&["UPDATE op SET bytes = CAST(replace(CAST(bytes AS TEXT), 'A3', 'B3') AS BLOB) WHERE number = 4"], 4, "bytes");
    check(&["UPDATE op SET hash = zeroblob(32) WHERE number = 2"], 2, "bytes");
    check(&["UPDATE op SET log_hash = zeroblob(32) WHERE number = 3"], 3, "log hash");
    check(&["UPDATE op SET seq = 99 WHERE number = 3"], 3, "log hash");
    check(&["UPDATE op SET device = 'T99' WHERE number = 1"], 1, "log hash");
    check(&["DELETE FROM op WHERE number = 2"], 2, "missing");
    check(&["DELETE FROM op WHERE number = 1"], 1, "missing");
    check(&["UPDATE op SET number = 9 WHERE number = 5"], 5, "missing");
    check(&["DELETE FROM op WHERE number = 5"], 5, "record");
    check(&["UPDATE hub SET op_number = 4"], 5, "record");
    check(&["UPDATE hub SET log_hash = zeroblob(32)"], 6, "record");
    check(
        &["UPDATE op SET number = 9 WHERE number = 3", "UPDATE op SET number = 3 WHERE number = 4", "UPDATE op SET number = 4 WHERE number = 9"],
        3,
        "log hash",
    );
}

/// A log cut off with everything mended to match is whole in itself. Only a head that was kept
/// elsewhere tells.
#[test]
fn a_kept_head_shows_what_the_log_alone_does_not() {
    let mut shop = Shop::new();
    let kept = shop.log_head();
    let witness = |head| Witness { head, tree_root: None };
    shop.damage("DELETE FROM op WHERE number = 5");
    shop.damage("UPDATE hub SET op_number = 4, log_hash = (SELECT log_hash FROM op WHERE number = 4)");
    shop.damage("DELETE FROM chain WHERE device <> 'hub'");
    assert_eq!(shop.flaw(None), None, "nothing in the log itself tells");
    let flaw = shop.flaw(Some(&witness(kept))).expect("the kept head tells");
    assert!(flaw.number == 5 && flaw.to_string().contains("cut off"), "{flaw}");

    (shop.sold, shop.prev) = (0, Hash::default());
    shop.sell("A2");
    assert_eq!(shop.flaw(None), None, "history was written anew");
    let flaw = shop.flaw(Some(&witness(kept))).expect("the kept head tells");
    assert!(flaw.number == 5 && flaw.to_string().contains("another hash"), "{flaw}");
    let now = shop.log_head();
    assert_eq!(shop.flaw(Some(&witness(now))), None);
    let another_tree = Witness { head: now, tree_root: Some(Hash::default()) };
    assert!(shop.flaw(Some(&another_tree)).is_some_and(|flaw| flaw.to_string().contains("another tree")));
}

/// Breaks in a terminal's chain that the hub saw when they came are noted, and no flaw of the log.
#[test]
fn known_breaks_are_notes() {
    let mut shop = Shop::new();
    let device = shop.terminal();
    let batch = |first_seq, op: &[u8]| Batch { device: device.clone(), incarnation: 1, first_seq, ops: vec![op.to_vec()], ..Batch::default() };
    shop.hub.receive(3, &[batch(1, b"not an op"), batch(1, b"a fork of it")]).unwrap();
    shop.hub.lost(3, &device, &Lost { incarnation: 1, first_seq: 2, last_seq: 4 }).unwrap();
    shop.hub.receive(3, &[batch(5, b"behind the gap"), batch(3, b"found again")]).unwrap();
    let audit = shop.reader().audit(None, &mut |_, _| ()).unwrap();
    assert_eq!((audit.flaw, audit.notes_left_out), (None, 0));
    assert_eq!(audit.notes.iter().map(|note| note.number).collect::<Vec<_>>(), [6, 7, 8, 9]);
    assert!(audit.notes.iter().all(|note| note.to_string().ends_with('.')));
    shop.damage("UPDATE op SET broken = 0 WHERE number = 8");
    let flaw = shop.flaw(None).expect("a break that nobody noticed");
    assert!(flaw.number == 8 && flaw.to_string().contains("does not follow"), "{flaw}");
}

#[test]
fn evidence_is_whole_and_in_order() {
    let mut shop = Shop::new();
    shop.sell("A2");
    let phone = Sku::from("PHONE");
    let mut told = 0;
    let evidence = shop.reader().evidence(&phone, &serial("A1"), 9, &mut |done, all| told = done.min(all)).unwrap().unwrap();
    assert_eq!(told, 6);
    assert_eq!(evidence.events.iter().map(|event| event.number).collect::<Vec<_>>(), [4, 5], "the stock-in and the sale");
    assert_eq!((evidence.head.log(), evidence.left_out, evidence.shop.as_str()), (shop.log_head(), 0, "Corner"));
    for event in &evidence.events {
        let root = ledger::proof::root_of(event.number, 6, &event.log_hash(), &event.path);
        assert_eq!(root, Some(evidence.tree_root), "op {}", event.number);
    }
    let witness = Witness { head: evidence.head.log(), tree_root: Some(evidence.tree_root) };
    assert_eq!(shop.flaw(Some(&witness)), None, "the log has the same tree");
    for (sku, name) in [("PHONE", "A9"), ("CABLE", "A1")] {
        assert_eq!(shop.reader().evidence(&sku.into(), &serial(name), 9, &mut |_, _| ()).unwrap(), None);
    }
    assert_eq!(shop.reader().skus_of(&serial("A1")).unwrap(), [phone]);
}

/// What a copied disk did stands in the evidence beside what it contradicts, and the file holds.
#[test]
fn an_op_of_a_copied_disk_is_evidence_too() {
    let mut shop = Shop::new();
    let (_, outcome) = shop.push_sale(1, Hash::default(), op_id(900), "A1");
    assert_eq!(outcome, Outcome::Conflict { units: vec!["PHONE A1".into()] });
    let mut evidence = shop.reader().evidence(&"PHONE".into(), &serial("A1"), 9, &mut |_, _| ()).unwrap().unwrap();
    assert_eq!((evidence.events.len(), evidence.conflicts.len()), (3, 1));
    assert!(evidence.events[2].incarnation >= QUARANTINE_FIRST && evidence.events[2].broken);
    let head = evidence.head.log();
    evidence.head.signature = sign(&signed_head(&evidence.hub, &head));
    evidence.tree_signature = sign(&signed_tree(&evidence.hub, &head, &evidence.tree_root));
    let sealed = ledger::evidence::seal(&evidence, "key".into(), sign);
    let (_, found) = ledger::evidence::check(&sealed.line(), |_, bytes, signature| is_hub(bytes, signature)).unwrap();
    assert_eq!(found, evidence);
}

fn hello(incarnation: u32) -> Hello {
    let bare = format!(r#"{{"incarnation":{incarnation},"head_seq":0,"head_hash":"{}","acked_seq":0}}"#, Hash::default());
    serde_json::from_str(&bare).unwrap()
}

#[test]
fn a_backup_is_looked_through_and_makes_ops_safe() {
    let mut shop = Shop::new();
    let device = shop.terminal();
    let batch = |first_seq| Batch { device: device.clone(), incarnation: 1, first_seq, ops: vec![b"an op".to_vec()], ..Batch::default() };
    assert_eq!(shop.hub.receive(3, &[batch(1)]).unwrap()[0].safe_seq, 0);
    let to = shop.dir.path().join("backup.db");
    let backup = shop.reader().backup(&to, &mut |_, _| ()).unwrap();
    let Backup::Good(audit) = backup else { panic!("{backup:?}") };
    assert_eq!(audit.head, shop.log_head());
    assert_eq!(shop.hub.hello(4, &device, &hello(1)).unwrap().safe_seq, 0, "nobody said so yet");
    shop.hub.mark_safe(audit.head.number).unwrap();
    assert_eq!(shop.hub.hello(4, &device, &hello(1)).unwrap().safe_seq, 1);
    assert_eq!(shop.hub.receive(3, &[batch(2)]).unwrap()[0].safe_seq, 1, "the one that came since is not in it");

    use std::os::unix::fs::PermissionsExt;
    assert_eq!(fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600, "it holds the hub's key");
    let mut restored = HubStore::open(&to).unwrap();
    assert_eq!(restored.op_count().unwrap(), audit.head.number);
    assert_eq!(restored.hello(4, &device, &hello(1)).unwrap().head_seq, 1);
    assert_eq!(HubReader::open(&to).unwrap().audit(None, &mut |_, _| ()).unwrap().flaw, None);
}

#[test]
fn a_bad_log_makes_no_backup() {
    let shop = Shop::new();
    shop.damage("UPDATE op SET log_hash = zeroblob(32) WHERE number = 3");
    let to = shop.dir.path().join("backup.db");
    let backup = shop.reader().backup(&to, &mut |_, _| ()).unwrap();
    assert!(matches!(&backup, Backup::Bad(audit) if audit.flaw.as_ref().is_some_and(|flaw| flaw.number == 3)), "{backup:?}");
    let left: Vec<_> =
        fs::read_dir(shop.dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).filter(|name| name.to_string_lossy().contains("backup")).collect();
    assert!(left.is_empty(), "{left:?}");
}

/// A signature for the tests: what a real key adds is the hub's to test.
fn sign(bytes: &[u8]) -> String {
    Hash::of(bytes).to_string()
}

fn is_hub(bytes: &[u8], signature: &str) -> bool {
    signature == sign(bytes)
}

/// Writes what the hub's command writes.
fn carry(shop: &Shop, to: &Path, change: impl FnOnce(&mut CarriedHead, &mut Vec<u8>)) {
    let plain = shop.dir.path().join("plain.db");
    let snapshot = shop.reader().snapshot(&plain).unwrap();
    let unpacked = fs::read(&plain).unwrap();
    fs::remove_file(&plain).unwrap();
    let mut packed = zstd::encode_all(&unpacked[..], 3).unwrap();
    let manifest = SnapshotManifest {
        feed: snapshot.cursor.feed,
        pos: snapshot.cursor.pos,
        sha256: Hash::of(&packed),
        bytes: packed.len() as u64,
        unpacked_bytes: unpacked.len() as u64,
        contained: snapshot.contained,
        parked: snapshot.parked,
        log: snapshot.log,
        sum: snapshot.sum,
    };
    let mut head = CarriedHead::new("hub-1", 5, manifest);
    head.signature = sign(&head.signed());
    change(&mut head, &mut packed);
    fs::write(to, [serde_json::to_vec(&head).unwrap(), b"\n".to_vec(), packed].concat()).unwrap();
}

fn load(store: &mut TerminalStore, file: &Path) -> Result<u64, CarriedFault> {
    let carried = Carried::open(file, "hub-1", is_hub)?;
    Ok(store.install_carried(&carried, &mut |_, _| ())?.changed)
}

#[test]
fn a_snapshot_on_a_stick_makes_a_terminal_sell() {
    let mut shop = Shop::new();
    let terminal = shop.terminal();
    let folder = shop.dir.path().join("till");
    let identity = TerminalIdentity { terminal, incarnation: 1, warehouse: "main".into(), hub: "hub".into() };
    let (mut store, _) = TerminalStore::open(&folder, &identity).unwrap();
    let file = shop.dir.path().join("stick.snapshot");
    carry(&shop, &file, |_, _| ());
    let older = fs::read(&file).unwrap();
    assert_eq!(load(&mut store, &file).unwrap(), 9, "five units and four products");
    assert_eq!(load(&mut store, &file).unwrap(), 9, "the same again does no harm");
    let shift = Body::ShiftOpen(ledger::shift::ShiftOpen { number: "T01-1".into(), opening_float: ledger::money::Money(0) });
    store.submit(op_id(500), &ana(), None, shift, stamp(1)).unwrap();
    assert_eq!(sell(&mut store, 501, "A3").unwrap().verdict, ledger::verdict::Verdict::Applied);

    shop.sell("A4");
    carry(&shop, &file, |_, _| ());
    load(&mut store, &file).unwrap();
    assert_eq!(status(&mut store, "PHONE", "A4"), Some(ledger::row::UnitStatus::StockedOut), "what is new came along");
    assert_eq!(status(&mut store, "PHONE", "A3"), Some(ledger::row::UnitStatus::StockedOut), "the own sale still counts");
    fs::write(&file, older).unwrap();
    let fault = load(&mut store, &file).unwrap_err();
    assert!(matches!(fault, CarriedFault::Older { .. }) && fault.to_string().contains("older than what this terminal knows"), "{fault}");
    assert_eq!(status(&mut store, "PHONE", "A4"), Some(ledger::row::UnitStatus::StockedOut));
    assert!(!folder.join("snapshot.db").exists());
}

#[test]
fn a_bad_stick_changes_nothing() {
    let mut shop = Shop::new();
    let terminal = shop.terminal();
    let identity = TerminalIdentity { terminal, incarnation: 1, warehouse: "main".into(), hub: "hub".into() };
    let (mut store, _) = TerminalStore::open(&shop.dir.path().join("till"), &identity).unwrap();
    let file = shop.dir.path().join("stick.snapshot");
    carry(&shop, &file, |_, _| ());
    load(&mut store, &file).unwrap();
    let mut check = |what: &str, word: &str, change: &dyn Fn(&mut CarriedHead, &mut Vec<u8>)| {
        carry(&shop, &file, |head, packed| change(head, packed));
        let sentence = load(&mut store, &file).unwrap_err().to_string();
        assert!(sentence.contains(word) && sentence.ends_with('.'), "{what}: {sentence}");
        assert_eq!(store.unit(&"PHONE".into(), &serial("A1")).unwrap().map(|(unit, _)| unit.serial), Some(serial("A1")), "{what}: the catalogue stays");
    };
    check("another hub's", "is of hub hub-2", &|head, _| head.hub = "hub-2".into());
    check("another key's", "was not signed by", &|head, _| head.signature = sign(b"else"));
    check("a changed feed", "was not signed by", &|head, _| head.manifest.feed.push('x'));
    check("a later position", "was not signed by", &|head, _| head.manifest.pos += 1);
    check("another time", "was not signed by", &|head, _| head.made_at_ms += 1);
    check("more contained", "was not signed by", &|head, _| {
        head.manifest.contained.push(ledger::sync::wire::Contained { device: "T9".into(), incarnation: 1, seq: 1 })
    });
    check("another sum", "was not signed by", &|head, _| head.manifest.sum.rows += 1);
    check("cut short", "is not whole", &|_, packed| packed.truncate(packed.len() / 2));
    check("nothing in it", "is not whole", &|_, packed| packed.clear());
    check("altered", "was altered", &|_, packed| packed[40] ^= 1);
    check("longer", "was altered", &|_, packed| packed.push(0));
    check("a newer form", "is in the form", &|head, _| head.format = "counterfoil snapshot 2".into());
    for (bytes, word) in [(&b"PK\x03\x04"[..], "first line"), (b"", "first line"), (b"{}\n", "first line")] {
        fs::write(&file, bytes).unwrap();
        let sentence = load(&mut store, &file).unwrap_err().to_string();
        assert!(sentence.contains(word), "{sentence}");
    }
    fs::remove_file(&file).unwrap();
    assert!(load(&mut store, &file).unwrap_err().to_string().contains("stick is plugged in"));
}

#[test]
fn a_terminal_keeps_the_head_that_was_signed() {
    let mut shop = Shop::new();
    let terminal = shop.terminal();
    let identity = TerminalIdentity { terminal: terminal.clone(), incarnation: 1, warehouse: "main".into(), hub: "hub".into() };
    let folder = shop.dir.path().join("till");
    let (mut store, _) = TerminalStore::open(&folder, &identity).unwrap();
    assert_eq!(store.log_head().unwrap(), None);
    let request = store.request(Ask::Hello, 1).unwrap().unwrap();
    let mut answer = shop.hub.hello(2, &terminal, &hello(1)).unwrap();
    answer.head.signature = "c2ln".into();
    let signed = answer.head.clone();
    store.take(&request, &Answer::Hello(answer), 1).unwrap().end.unwrap();
    assert_eq!(store.log_head().unwrap(), Some(signed.clone()));
    drop(store);
    let (mut store, _) = TerminalStore::open(&folder, &identity).unwrap();
    assert_eq!(store.log_head().unwrap(), Some(SignedHead { signature: "c2ln".into(), ..signed }), "and over a restart");
}

/// A row that cannot be read stops those ops of a push that need it, and no other.
#[test]
fn an_unreadable_row_parks_only_what_needs_it() {
    let check = |damage: &str, parked: [bool; 3]| {
        let mut shop = Shop::new();
        let cable = StockInLine { sku: "CABLE".into(), quantity: 1, condition: Default::default(), serials: Vec::new() };
        let stock_in = Body::StockIn(StockIn { number: "n-3".into(), warehouse: "main".into(), lines: vec![cable] });
        let bodies = [sale("n-1", "A2"), sale("n-2", "A3"), stock_in];
        let mut prev = shop.prev;
        let ops = (2..).zip(bodies).map(|(seq, body)| {
            let sealed = shop.sealed(seq, prev, op_id(200 + u128::from(seq)), body);
            prev = sealed.hash;
            sealed.bytes
        });
        let batch = Batch { device: shop.till.clone(), incarnation: 1, first_seq: 2, ops: ops.collect(), ..Batch::default() };
        shop.damage(damage);
        let answer = shop.hub.receive(4, &[batch]).unwrap().remove(0);
        let found: Vec<bool> = answer.outcomes.iter().map(|told| matches!(&told.outcome, Outcome::Parked { code, .. } if code == "hub_fault")).collect();
        assert_eq!(found, parked, "{damage}: {:?}", answer.outcomes);
    };
    check("UPDATE product SET data = '{' WHERE sku = 'PHONE'", [true, true, false]);
    check("UPDATE product SET data = '{' WHERE sku = 'CABLE'", [false, false, true]);
    check("UPDATE record SET data = '{' WHERE tbl = 'settings'", [true, true, true]);
    check("UPDATE product SET ver = ver + 1 WHERE sku = 'PHONE'", [false, false, false]);
}
