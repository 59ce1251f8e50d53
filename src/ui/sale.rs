//! The sale being made.

use super::rows::Rows;
use super::send::Send;
use super::words::{count, row};
use crate::message::Intent;
use crate::view::{LineChange, LineSerials, LineView, SaleView};
use screens::{AppWindow, LineChangeKind, LineRow, LineSerialsKind, SaleAdapter};
use slint::ComponentHandle;

pub struct Sale {
    lines: Rows<LineRow>,
}

impl Sale {
    pub fn bind(window: &AppWindow, send: &Send) -> Self {
        let adapter = window.global::<SaleAdapter>();
        adapter.on_select(send.at(Intent::SelectLine));
        adapter.on_more(send.at(Intent::MoreOf));
        adapter.on_less(send.at(Intent::LessOf));
        adapter.on_edit(send.at(Intent::EditLine));
        adapter.on_serials(send.at(Intent::OpenSerials));
        adapter.on_remove(send.at(Intent::RemoveLine));
        adapter.on_take_change(send.at(Intent::TakeChange));
        adapter.on_keep_price(send.at(Intent::KeepPrice));
        adapter.on_undo(send.just(Intent::Undo));
        adapter.on_hold(send.just(Intent::Hold));
        adapter.on_pay(send.just(Intent::Pay));
        let lines = Rows::new();
        adapter.set_lines(lines.model());
        Self { lines }
    }

    pub fn render(&self, window: &AppWindow, sale: &SaleView) {
        let adapter = window.global::<SaleAdapter>();
        let rows: Vec<LineRow> = sale.lines.iter().map(line).collect();
        self.lines.show(&rows);
        let selected = sale.selected.filter(|selected| *selected < rows.len());
        adapter.set_line(selected.map(|selected| rows[selected].clone()).unwrap_or_default());
        adapter.set_selected(row(selected));
        let changed = rows.iter().position(|row| row.change != LineChangeKind::None);
        adapter.set_changed(row(changed));
        adapter.set_changed_line(changed.map(|changed| rows[changed].clone()).unwrap_or_default());
        adapter.set_quantity(count(sale.quantity));
        adapter.set_total((&sale.total).into());
        adapter.set_discount((&sale.discount).into());
        adapter.set_held(count(sale.held));
        adapter.set_can_undo(sale.can_undo);
        adapter.set_last_scan((&sale.last_scan).into());
    }
}

fn line(line: &LineView) -> LineRow {
    LineRow {
        sku: (&line.sku).into(),
        name: (&line.name).into(),
        quantity: count(line.quantity),
        price: (&line.price).into(),
        list_price: (&line.list_price).into(),
        discount: (&line.discount).into(),
        total: (&line.total).into(),
        serials: (&line.serials).into(),
        serials_have: count(line.serials_have),
        serials_wanted: count(line.serials_wanted),
        serials_state: line_serials(line.serials_state),
        ..changed(&line.change)
    }
}

/// The part of a row that tells what the catalogue says by now.
fn changed(change: &LineChange) -> LineRow {
    match change {
        LineChange::None => LineRow::default(),
        LineChange::Parts => LineRow { change: LineChangeKind::Parts, ..LineRow::default() },
        LineChange::NotSold => LineRow { change: LineChangeKind::NotSold, ..LineRow::default() },
        LineChange::Price { from, to } => LineRow { change: LineChangeKind::Price, price_before: from.into(), price_now: to.into(), ..LineRow::default() },
    }
}

fn line_serials(state: LineSerials) -> LineSerialsKind {
    match state {
        LineSerials::None => LineSerialsKind::None,
        LineSerials::Complete => LineSerialsKind::Complete,
        LineSerials::Required => LineSerialsKind::Required,
        LineSerials::Optional => LineSerialsKind::Optional,
    }
}
