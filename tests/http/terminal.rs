//! A terminal's own store against a real hub: from the snapshot over an offline sale to the
//! conflict that both tills see.

use crate::support::{Answer, Hub, PHONE, Terminal, names, random_id, serial, stock_in};
use engine::terminal::{DocumentKind, TerminalIdentity, TerminalStore};
use ledger::cart::{Candidate, Cart, Vantage};
use ledger::catalogue::OperatorsChange;
use ledger::id::{DocumentNumber, OperatorId, Sku, WarehouseId};
use ledger::money::Money;
use ledger::op::{Body, Stamp};
use ledger::role::Role;
use ledger::row::{Operator, UnitStatus};
use ledger::sale::{Payment, PaymentMethod};
use ledger::shift::ShiftOpen;
use ledger::sync::wire::{PUSH_BYTES_MAX, PUSH_OPS_MAX, SnapshotManifest};
use ledger::verdict::Verdict;
use reqwest::Method;
use tempfile::TempDir;

/// A till as it stands in the shop: its store and its line to the hub.
struct Till {
    line: Terminal,
    store: TerminalStore,
    folder: TempDir,
}

impl Till {
    async fn enrol(hub: &Hub, name: &str) -> Till {
        let line = hub.terminal(name).await;
        let folder = tempfile::tempdir().unwrap();
        let warehouse = WarehouseId::from(crate::support::WAREHOUSE);
        let identity = TerminalIdentity { terminal: line.id.clone(), incarnation: line.incarnation, warehouse, hub: hub.state.id.clone() };
        let (store, recoveries) = TerminalStore::open(folder.path(), &identity).unwrap();
        assert!(recoveries.is_empty(), "{recoveries:?}");
        let mut till = Till { line, store, folder };
        till.fetch_snapshot().await;
        till
    }

    async fn fetch_snapshot(&mut self) {
        let manifest: SnapshotManifest = self.line.ask(Method::GET, "/api/v1/sync/snapshot", Vec::new()).await.good();
        let (request, _) = self.line.signed(Method::GET, &format!("/api/v1/sync/snapshot/{}", manifest.sha256), Vec::new());
        let packed = Answer::of(request.send().await.unwrap()).await.body;
        let file = self.folder.path().join("snapshot");
        std::fs::write(&file, zstd::decode_all(&packed[..]).unwrap()).unwrap();
        self.store.install_snapshot(&file, &manifest).unwrap();
    }

    fn open_shift(&mut self) {
        let number = self.store.next_number(DocumentKind::Shift).unwrap();
        let body = Body::ShiftOpen(ShiftOpen { number, opening_float: Money(10_000) });
        let done = self.store.submit(random_id(), &OperatorId::from("ana"), None, body, Stamp::default()).unwrap();
        assert_eq!(done.verdict, Verdict::Applied);
    }

    fn sell(&mut self, text: &str) -> Verdict {
        let (sku, serial) = (Sku::from(PHONE), serial(text));
        let product = self.store.product(&sku).unwrap().unwrap();
        let (unit, ver) = self.store.unit(&sku, &serial).unwrap().unwrap();
        let mut cart = Cart::new(random_id());
        let line = cart.add(&product, &[], &self.store.settings().unwrap()).unwrap();
        let settings = self.store.settings().unwrap();
        let vantage = Vantage { settings: &settings, warehouse: &crate::support::WAREHOUSE.into(), age_ms: Some(0) };
        let candidate = Candidate { product: &product, serial: &serial, unit: Some(&unit), ver, reserved: None, confirmed: false };
        if let Err(refusal) = cart.take_unit(line, candidate, vantage) {
            return Verdict::Refused(refusal);
        }
        cart.payments = vec![Payment { method: PaymentMethod::Cash, amount: product.price, reference: String::new() }];
        self.store.settle(&cart, &OperatorId::from("ana"), Stamp::default()).unwrap().verdict
    }

    /// Pushes everything and pulls to the end; answers the outcomes.
    async fn sync(&mut self) -> Vec<String> {
        let mut outcomes = Vec::new();
        while let Some(push) = self.store.next_push(PUSH_OPS_MAX, PUSH_BYTES_MAX, 0).unwrap() {
            let answer = self.line.push_at(push.head.first_seq, &push.ops).await.good();
            outcomes.extend(names(&answer));
            self.store.acknowledge(push.head.incarnation, &answer).unwrap();
        }
        loop {
            let cursor = self.store.cursor().unwrap().unwrap();
            let page = self.line.pull(&cursor, 2).await;
            self.store.ingest(&page, 0).unwrap();
            if page.up_to_date {
                return outcomes;
            }
        }
    }

    fn unit(&mut self, text: &str) -> (UnitStatus, bool) {
        let (unit, _) = self.store.unit(&Sku::from(PHONE), &serial(text)).unwrap().unwrap();
        (unit.status, unit.disputed())
    }
}

#[tokio::test]
async fn two_tills_sell_one_phone_offline() {
    let hub = Hub::start().await;
    let ana = Operator { id: OperatorId::from("ana"), name: "Ana".into(), role: Role::Cashier, pin_hash: String::new(), active: true };
    hub.submit(Body::Operators(OperatorsChange { operators: vec![ana] })).await;
    hub.submit(stock_in(DocumentNumber::from("HUB-1"), &["A1", "A2", "A3"])).await;
    let (mut one, mut two) = (Till::enrol(&hub, "Till 1").await, Till::enrol(&hub, "Till 2").await);
    for till in [&mut one, &mut two] {
        till.open_shift();
        assert_eq!(till.sell("A1"), Verdict::Applied);
        assert!(matches!(till.sell("A1"), Verdict::Refused(_)), "not twice on one till");
    }
    assert_eq!(two.sell("A2"), Verdict::Applied);
    assert_eq!(one.sync().await, ["applied", "applied"]);
    assert_eq!(two.sync().await, ["applied", "conflict PHONE A1", "applied"]);
    one.sync().await;
    for till in [&mut one, &mut two] {
        assert_eq!(till.unit("A1"), (UnitStatus::StockedOut, true));
        assert_eq!(till.unit("A2"), (UnitStatus::StockedOut, false));
        assert_eq!(till.unit("A3"), (UnitStatus::InStock, false));
        assert_eq!(till.store.conflicts(10).unwrap().len(), 1);
        assert!(till.store.next_push(PUSH_OPS_MAX, PUSH_BYTES_MAX, 0).unwrap().is_none());
    }
    let on_hand = |till: &mut Till| till.store.on_hand(&Sku::from(PHONE), &WarehouseId::from(crate::support::WAREHOUSE)).unwrap();
    assert_eq!((on_hand(&mut one), on_hand(&mut two)), (0, 0));
    assert_eq!((one.store.till().unwrap().receipts, two.store.till().unwrap().receipts), (1, 2));
    one.fetch_snapshot().await;
    assert_eq!((one.unit("A1").0, one.store.till().unwrap().receipts), (UnitStatus::StockedOut, 1), "an older snapshot does not undo own sales");
    one.sync().await;
    assert_eq!((one.unit("A1"), one.store.till().unwrap().receipts), ((UnitStatus::StockedOut, true), 1));
}
