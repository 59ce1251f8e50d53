//! Quantity, price and discount of one line.

use super::send::Send;
use crate::message::{Intent, LineField};
use crate::view::Layer;
use screens::{AppWindow, EditorAdapter, FieldKind};
use slint::ComponentHandle;

pub fn bind(window: &AppWindow, send: &Send) {
    let adapter = window.global::<EditorAdapter>();
    adapter.on_pick(send.with(|kind| Intent::EditField(field(kind))));
    adapter.on_apply(send.just(Intent::ApplyEdit));
}

pub fn render(window: &AppWindow, layer: &Layer) {
    let Layer::LineEditor(editor) = layer else { return };
    let adapter = window.global::<EditorAdapter>();
    adapter.set_name((&editor.name).into());
    adapter.set_field(field_kind(editor.field));
    adapter.set_quantity((&editor.quantity).into());
    adapter.set_price((&editor.price).into());
    adapter.set_discount((&editor.discount).into());
    adapter.set_entry((&editor.entry).into());
    adapter.set_needs_approval(editor.needs_approval);
}

fn field(kind: FieldKind) -> LineField {
    match kind {
        FieldKind::Quantity => LineField::Quantity,
        FieldKind::Price => LineField::Price,
        FieldKind::Discount => LineField::Discount,
    }
}

fn field_kind(field: LineField) -> FieldKind {
    match field {
        LineField::Quantity => FieldKind::Quantity,
        LineField::Price => FieldKind::Price,
        LineField::Discount => FieldKind::Discount,
    }
}
