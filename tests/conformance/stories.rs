//! The ledger's stories over real stores: every terminal is a store of its own that pulls before it
//! acts; the hub's rows are a database that witnesses what they push.

use crate::support::{acked, feed_row, page};
use engine::rows;
use engine::sql::Sql;
use engine::sqlite::{Durability, Sqlite};
use engine::terminal::{TerminalIdentity, TerminalStore};
use ledger::apply::{Stance, apply};
use ledger::id::{OpId, TerminalId};
use ledger::op::{HUB_DEVICE, Hash, Op};
use ledger::refusal::Refusal;
use ledger::row::{Key, Row};
use ledger::story::Shop;
use ledger::sync::wire::{Contained, PullAnswer};
use ledger::verdict::Verdict;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

struct Fleet {
    dir: TempDir,
    hub: RefCell<Sqlite>,
    terminals: BTreeMap<TerminalId, TerminalStore>,
    taken: BTreeMap<OpId, Hash>,
    pos: u64,
}

impl Fleet {
    fn new() -> Fleet {
        let dir = TempDir::new().unwrap();
        let mut hub = Sqlite::open(&dir.path().join("hub.db"), Durability::Scratch).unwrap();
        hub.schema(rows::SCHEMA).unwrap();
        Fleet { dir, hub: hub.into(), terminals: BTreeMap::new(), taken: BTreeMap::new(), pos: 0 }
    }

    fn witness(&mut self, op: &Op, stance: Stance) -> Verdict {
        let sql: &mut dyn Sql = self.hub.get_mut();
        let mut slice = rows::slice(sql, op).unwrap();
        let verdict = apply(&mut slice, op, stance);
        if !matches!(verdict, Verdict::Refused(_)) {
            for row in slice.written() {
                self.pos += 1;
                let ver = rows::held(sql, &row.key()).unwrap().ver() + 1;
                rows::save(sql, row, Some(ver), self.pos).unwrap();
            }
            self.taken.insert(op.id, op.seal().hash);
        }
        verdict
    }

    /// The terminal learns everything, makes the op, and the hub witnesses it.
    fn author(&mut self, op: &Op) -> Verdict {
        let mut store = self.terminals.remove(&op.device).unwrap_or_else(|| self.enrol(&op.device));
        let own_seq = store.outbox_status().unwrap().acked_seq;
        store.ingest(&self.everything(&op.device, own_seq), op.base.at_ms.expect("a story says how old knowledge is")).unwrap();
        let made = store.submit(op.id, &op.actor, op.approved_by.as_ref(), op.body.clone(), op.at.clone()).unwrap();
        while let Some(push) = store.next_push(1, usize::MAX, 0).unwrap() {
            let sent = Op::read(&push.ops[0].bytes).unwrap();
            assert_eq!(self.witness(&sent, Stance::Witness), made.verdict, "terminal and hub agree, the terminal knowing all");
            let answer = acked(sent.seq);
            store.acknowledge(push.head.incarnation, &answer).unwrap();
        }
        self.terminals.insert(op.device.clone(), store);
        if matches!(made.verdict, Verdict::Applied | Verdict::Conflict(_)) {
            // The store stamped the op anew; the story compares with the op as it was told.
            self.taken.insert(op.id, op.seal().hash);
        }
        made.verdict
    }

    fn enrol(&self, terminal: &TerminalId) -> TerminalStore {
        let identity = TerminalIdentity { terminal: terminal.clone(), incarnation: 1, warehouse: "main".into(), hub: "hub".into() };
        TerminalStore::open(&self.dir.path().join(terminal.as_str()), &identity).unwrap().0
    }

    fn everything(&self, terminal: &TerminalId, own_seq: u64) -> PullAnswer {
        let changes = rows::changed(&mut *self.hub.borrow_mut(), 0, 100_000).unwrap();
        let rows = changes.iter().map(|change| feed_row(change.pos, change.ver, change.row.as_ref().unwrap())).collect();
        let contained = vec![Contained { device: terminal.clone(), incarnation: 1, seq: own_seq }];
        PullAnswer { feed: "fleet".into(), rows, next: self.pos, contained, ..page(&[], self.pos, 1, 0) }
    }
}

impl Shop for Fleet {
    fn run(&mut self, op: Op, stance: Stance) -> Verdict {
        let by_terminal = stance == Stance::Author && op.device.as_str() != HUB_DEVICE;
        if by_terminal {
            return self.author(&op);
        }
        match self.taken.get(&op.id) {
            Some(known) if *known == op.seal().hash => Verdict::Duplicate,
            Some(_) => Verdict::Refused(Refusal::IdReused),
            None => self.witness(&op, stance),
        }
    }

    fn row(&self, key: &Key) -> Option<Row> {
        rows::load(&mut *self.hub.borrow_mut(), key).unwrap().map(|found| found.row)
    }
}

#[test]
fn every_story_comes_true_over_real_stores() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/story");
    let mut told = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        ledger::story::run(&text, &mut Fleet::new()).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        told += 1;
    }
    assert!(told > 5, "{told} stories");
}
