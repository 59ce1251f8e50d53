//! Sales that wait.

use super::rows::Rows;
use super::send::Send;
use super::words::count;
use crate::message::Intent;
use crate::view::{HeldRow, Layer};
use screens::{AppWindow, HeldAdapter, HeldItem};
use slint::ComponentHandle;

pub struct Held {
    rows: Rows<HeldItem>,
}

impl Held {
    pub fn bind(window: &AppWindow, send: &Send) -> Self {
        let adapter = window.global::<HeldAdapter>();
        adapter.on_recall(send.at(Intent::Recall));
        let rows = Rows::new();
        adapter.set_rows(rows.model());
        Self { rows }
    }

    pub fn render(&self, layer: &Layer) {
        if let Layer::Held(rows) = layer {
            self.rows.show(&rows.iter().map(item).collect::<Vec<_>>());
        }
    }
}

fn item(row: &HeldRow) -> HeldItem {
    HeldItem {
        at: (&row.at).into(),
        operator: (&row.operator).into(),
        first_line: (&row.first_line).into(),
        lines: count(row.lines),
        total: (&row.total).into(),
    }
}
