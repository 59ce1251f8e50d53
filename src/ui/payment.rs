//! Taking money.

use super::rows::Rows;
use super::send::Send;
use super::typed::Typed;
use crate::message::{Intent, PaymentMethod};
use crate::view::{PaymentRow, PaymentView, View};
use screens::{AppWindow, MethodKind, PaymentAdapter, PaymentLine};
use slint::{ComponentHandle, SharedString};
use std::rc::Rc;

pub struct Payment {
    quick: Rows<SharedString>,
    taken: Rows<PaymentLine>,
    reference: Rc<Typed>,
}

impl Payment {
    pub fn bind(window: &AppWindow, send: &Send) -> Self {
        let adapter = window.global::<PaymentAdapter>();
        adapter.on_pick(send.with(|kind| Intent::PickMethod(method(kind))));
        adapter.on_quick_amount(send.at(Intent::QuickAmount));
        adapter.on_add(send.just(Intent::AddPayment));
        adapter.on_drop(send.at(Intent::DropPayment));
        adapter.on_settle(send.just(Intent::Settle));
        let reference = Rc::new(Typed::default());
        let (typed, text) = (reference.clone(), send.text(Intent::ReferenceText));
        adapter.on_reference_edited(move |now| {
            typed.sent(&now);
            text(now);
        });
        let page = Self { quick: Rows::new(), taken: Rows::new(), reference };
        adapter.set_quick(page.quick.model());
        adapter.set_taken(page.taken.model());
        page
    }

    pub fn render(&self, window: &AppWindow, view: &View, before: &View) {
        let (now, was) = (&view.payment, &before.payment);
        let adapter = window.global::<PaymentAdapter>();
        adapter.set_due((&now.due).into());
        adapter.set_left((&now.left).into());
        adapter.set_change((&now.change).into());
        adapter.set_method(method_kind(now.method));
        adapter.set_entry((&now.entry).into());
        adapter.set_complete(now.complete);
        self.quick.show(&now.quick.iter().map(SharedString::from).collect::<Vec<_>>());
        self.taken.show(&now.taken.iter().map(taken).collect::<Vec<_>>());
        if self.reference_moved(now, was, view.page != before.page) {
            adapter.set_reference((&now.reference).into());
        }
    }

    /// A payment taken or a page turned ends what was being typed, whatever it was.
    fn reference_moved(&self, now: &PaymentView, was: &PaymentView, turned: bool) -> bool {
        if turned || now.taken != was.taken || now.method != was.method {
            self.reference.forget();
            return true;
        }
        now.reference != was.reference && self.reference.is_news(&now.reference)
    }
}

fn taken(row: &PaymentRow) -> PaymentLine {
    PaymentLine { method: method_kind(row.method), amount: (&row.amount).into(), reference: (&row.reference).into() }
}

fn method(kind: MethodKind) -> PaymentMethod {
    match kind {
        MethodKind::Cash => PaymentMethod::Cash,
        MethodKind::Card => PaymentMethod::Card,
        MethodKind::Wallet => PaymentMethod::Wallet,
    }
}

fn method_kind(method: PaymentMethod) -> MethodKind {
    match method {
        PaymentMethod::Cash => MethodKind::Cash,
        PaymentMethod::Card => MethodKind::Card,
        PaymentMethod::Wallet => MethodKind::Wallet,
    }
}
