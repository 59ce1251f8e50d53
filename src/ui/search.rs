//! Finding a product by name or SKU.

use super::rows::Rows;
use super::send::Send;
use super::typed::Typed;
use crate::message::Intent;
use crate::view::{Layer, SearchRow, View};
use screens::{AppWindow, SearchAdapter, SearchItem};
use slint::ComponentHandle;
use std::rc::Rc;

pub struct Search {
    results: Rows<SearchItem>,
    query: Rc<Typed>,
}

impl Search {
    pub fn bind(window: &AppWindow, send: &Send) -> Self {
        let adapter = window.global::<SearchAdapter>();
        adapter.on_pick(send.at(Intent::PickResult));
        let query = Rc::new(Typed::default());
        let (typed, text) = (query.clone(), send.text(Intent::SearchText));
        adapter.on_query_edited(move |now| {
            typed.sent(&now);
            text(now);
        });
        let results = Rows::new();
        adapter.set_results(results.model());
        Self { results, query }
    }

    pub fn render(&self, window: &AppWindow, view: &View, before: &View) {
        let Layer::Search { query, results, more } = &view.layer else { return };
        let adapter = window.global::<SearchAdapter>();
        self.results.show(&results.iter().map(item).collect::<Vec<_>>());
        adapter.set_more(*more);
        if self.query_moved(query, &before.layer) {
            adapter.set_query(query.into());
        }
    }

    fn query_moved(&self, query: &str, before: &Layer) -> bool {
        let Layer::Search { query: was, .. } = before else {
            self.query.forget();
            return true;
        };
        was != query && self.query.is_news(query)
    }
}

fn item(row: &SearchRow) -> SearchItem {
    SearchItem { sku: (&row.sku).into(), name: (&row.name).into(), price: (&row.price).into(), on_hand: row.on_hand.to_string().into(), tracked: row.tracked }
}
