//! One code, several products.

use super::rows::Rows;
use super::send::Send;
use crate::message::Intent;
use crate::view::{Choice, ChosenBy, Layer};
use screens::{AppWindow, ChoiceRow, ChooserAdapter};
use slint::ComponentHandle;

pub struct Chooser {
    products: Rows<ChoiceRow>,
}

impl Chooser {
    pub fn bind(window: &AppWindow, send: &Send) -> Self {
        let adapter = window.global::<ChooserAdapter>();
        adapter.on_choose(send.at(Intent::Choose));
        let products = Rows::new();
        adapter.set_products(products.model());
        Self { products }
    }

    pub fn render(&self, window: &AppWindow, layer: &Layer) {
        let Layer::Chooser { code, by, products } = layer else { return };
        let adapter = window.global::<ChooserAdapter>();
        adapter.set_code(code.into());
        adapter.set_by_serial(*by == ChosenBy::Serial);
        self.products.show(&products.iter().map(row).collect::<Vec<_>>());
    }
}

fn row(choice: &Choice) -> ChoiceRow {
    ChoiceRow { sku: (&choice.sku).into(), name: (&choice.name).into(), price: (&choice.price).into(), in_stock: choice.in_stock }
}
