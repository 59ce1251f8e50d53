//! Writes a chain of sealed ops without a store of its own: for crowds of which only the hub is measured.

use super::{random_op, shop};
use ledger::id::OperatorId;
use ledger::money::Money;
use ledger::op::{Base, Body, Hash, Op, SealedOp, Stamp};
use ledger::payment::{Payment, PaymentMethod};
use ledger::sale::{Sale, SaleLine, SoldUnit};
use ledger::serial::Serial;
use ledger::shift::ShiftOpen;
use ledger::sync::message::{Push, Request};
use ledger::sync::wire::{EnrolAnswer, PushAnswer, PushHead};

pub struct Author {
    identity: EnrolAnswer,
    seq: u64,
    prev: Hash,
    nonce: String,
}

impl Author {
    pub fn new(identity: &EnrolAnswer) -> Author {
        Author { identity: identity.clone(), seq: 0, prev: Hash::default(), nonce: String::new() }
    }

    /// A push of so many ops: the shift that is opened comes first, then sales of one unit each that
    /// nobody else sells.
    pub fn push(&mut self, ops: u32) -> Request {
        let first_seq = self.seq + 1;
        let ops: Vec<SealedOp> = (0..ops).map(|_| self.op()).collect();
        let head = PushHead { incarnation: self.identity.incarnation, first_seq, count: ops.len() as u32, nonce: self.nonce.clone(), wall_ms: hub::now_ms() };
        Request::Push(Push { head, ops })
    }

    pub fn hear(&mut self, answer: &PushAnswer) {
        self.nonce.clone_from(&answer.next_nonce);
    }

    fn op(&mut self) -> SealedOp {
        self.seq += 1;
        let number = format!("{}-{:06}", self.identity.terminal, self.seq);
        let body = if self.seq == 1 {
            Body::ShiftOpen(ShiftOpen { number: number.as_str().into(), opening_float: Money::ZERO })
        } else {
            Body::Sale(self.sale(&number))
        };
        let op = Op {
            id: random_op(),
            device: self.identity.terminal.clone(),
            incarnation: self.identity.incarnation,
            seq: self.seq,
            actor: OperatorId::from(shop::CASHIER),
            approved_by: None,
            at: Stamp { wall_ms: hub::now_ms(), ..Stamp::default() },
            base: Base::default(),
            prev: self.prev,
            body,
        };
        let sealed = op.seal();
        self.prev = sealed.hash;
        sealed
    }

    fn sale(&self, number: &str) -> Sale {
        let product = (self.seq % u64::from(shop::PRODUCTS)) as u32;
        let serial = Serial::parse(number).expect("letters, digits and a dash keep the rule");
        let line = SaleLine {
            sku: shop::sku(product),
            name: shop::name(product),
            quantity: 1,
            price: shop::PRICE,
            list_price: shop::PRICE,
            discount: Money::ZERO,
            parts: Vec::new(),
            units: vec![SoldUnit { sku: shop::sku(product), serial, believed: None, confirmed: false }],
        };
        let payment = Payment { method: PaymentMethod::Cash, amount: shop::PRICE, reference: String::new() };
        Sale { number: number.into(), warehouse: shop::WAREHOUSE.into(), lines: vec![line], payments: vec![payment], total: shop::PRICE, change: Money::ZERO }
    }
}
