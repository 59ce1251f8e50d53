//! Opening and closing a shift, and its report.

use super::send::Send;
use super::words::count;
use crate::message::Intent;
use crate::view::{ShiftView, ZReport};
use screens::{AppWindow, ShiftAdapter, ShiftReport};
use slint::ComponentHandle;

pub fn bind(window: &AppWindow, send: &Send) {
    let adapter = window.global::<ShiftAdapter>();
    adapter.on_open(send.just(Intent::OpenShift));
    adapter.on_close(send.just(Intent::CloseShift));
    adapter.on_print(send.just(Intent::PrintZReport));
}

pub fn render(window: &AppWindow, shift: &ShiftView) {
    let adapter = window.global::<ShiftAdapter>();
    adapter.set_entry((&shift.entry).into());
    adapter.set_report(report(&shift.report));
}

fn report(report: &ZReport) -> ShiftReport {
    ShiftReport {
        number: (&report.number).into(),
        operator: (&report.operator).into(),
        opened_at: (&report.opened_at).into(),
        closed_at: (&report.closed_at).into(),
        sales: count(report.sales),
        units: count(report.units),
        gross: (&report.gross).into(),
        discounts: (&report.discounts).into(),
        cash: (&report.cash).into(),
        card: (&report.card).into(),
        wallet: (&report.wallet).into(),
        opening_float: (&report.opening_float).into(),
        cash_expected: (&report.cash_expected).into(),
        cash_counted: (&report.cash_counted).into(),
        difference: (&report.difference).into(),
        difference_sign: report.difference_sign,
        first_receipt: (&report.first_receipt).into(),
        last_receipt: (&report.last_receipt).into(),
        held: count(report.held),
        pending: count(report.pending),
    }
}
