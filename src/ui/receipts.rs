//! The receipts of this terminal.

use super::rows::Rows;
use super::send::Send;
use crate::message::Intent;
use crate::view::ReceiptRow;
use screens::{AppWindow, ReceiptItem, ReceiptsAdapter};
use slint::ComponentHandle;

pub struct Receipts {
    rows: Rows<ReceiptItem>,
}

impl Receipts {
    pub fn bind(window: &AppWindow, send: &Send) -> Self {
        let adapter = window.global::<ReceiptsAdapter>();
        adapter.on_pick(send.at(Intent::PickReceipt));
        let rows = Rows::new();
        adapter.set_rows(rows.model());
        Self { rows }
    }

    pub fn render(&self, receipts: &[ReceiptRow]) {
        self.rows.show(&receipts.iter().map(item).collect::<Vec<_>>());
    }
}

fn item(row: &ReceiptRow) -> ReceiptItem {
    ReceiptItem { number: (&row.number).into(), at: (&row.at).into(), total: (&row.total).into(), serials: (&row.serials).into() }
}
