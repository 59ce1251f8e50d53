//! A sale that is done, and its slip.

use super::rows::Rows;
use super::send::Send;
use super::words::count;
use crate::message::Intent;
use crate::view::{PrinterState, ReceiptView};
use screens::{AppWindow, PrinterKind, ReceiptAdapter};
use slint::{ComponentHandle, SharedString};

/// Where the ideographs and their punctuation begin in Unicode.
const FIRST_WIDE: char = '\u{2E80}';

pub struct Receipt {
    slip: Rows<SharedString>,
}

impl Receipt {
    pub fn bind(window: &AppWindow, send: &Send) -> Self {
        let adapter = window.global::<ReceiptAdapter>();
        adapter.on_print(send.just(Intent::PrintReceipt));
        adapter.on_next(send.just(Intent::NextSale));
        let slip = Rows::new();
        adapter.set_slip(slip.model());
        Self { slip }
    }

    pub fn render(&self, window: &AppWindow, receipt: &ReceiptView) {
        let adapter = window.global::<ReceiptAdapter>();
        adapter.set_number((&receipt.number).into());
        adapter.set_total((&receipt.total).into());
        adapter.set_change((&receipt.change).into());
        adapter.set_printer(printer_kind(receipt.printer));
        adapter.set_printer_reason((&receipt.printer_reason).into());
        adapter.set_reprint(receipt.reprint);
        adapter.set_columns(count(receipt.slip.iter().map(|line| columns(line)).max().unwrap_or_default()));
        self.slip.show(&receipt.slip.iter().map(SharedString::from).collect::<Vec<_>>());
    }
}

fn printer_kind(state: PrinterState) -> PrinterKind {
    match state {
        PrinterState::None => PrinterKind::None,
        PrinterState::Ready => PrinterKind::Ready,
        PrinterState::Printing => PrinterKind::Printing,
        PrinterState::Printed => PrinterKind::Printed,
        PrinterState::Failed => PrinterKind::Failed,
    }
}

/// How wide a line is printed, in characters: ideographs take two.
pub fn columns(line: &str) -> usize {
    line.chars().map(|character| if character >= FIRST_WIDE { 2 } else { 1 }).sum()
}
