//! Asking for serial numbers: those of a line, and whether to ask at all.

use super::rows::Rows;
use super::send::Send;
use super::typed::Typed;
use super::words::count;
use crate::message::Intent;
use crate::view::{Layer, SerialPrompt, TakenSerial, View};
use screens::{AppWindow, AskSerialsAdapter, SerialsAdapter, TakenItem};
use slint::{ComponentHandle, SharedString};
use std::rc::Rc;

pub struct Serials {
    taken: Rows<TakenItem>,
    names: Rows<SharedString>,
    entry: Rc<Typed>,
}

impl Serials {
    pub fn bind(window: &AppWindow, send: &Send) -> Self {
        let adapter = window.global::<SerialsAdapter>();
        adapter.on_submit(send.just(Intent::SubmitSerial));
        adapter.on_drop(send.at(Intent::DropSerial));
        adapter.on_skip(send.just(Intent::SkipSerials));
        let entry = Rc::new(Typed::default());
        let (typed, text) = (entry.clone(), send.text(Intent::SerialText));
        adapter.on_entry_edited(move |now| {
            typed.sent(&now);
            text(now);
        });
        let layer = Self { taken: Rows::new(), names: Rows::new(), entry };
        adapter.set_taken(layer.taken.model());
        let ask = window.global::<AskSerialsAdapter>();
        ask.on_answer(send.with(Intent::AnswerAskSerials));
        ask.set_names(layer.names.model());
        layer
    }

    pub fn render(&self, window: &AppWindow, view: &View, before: &View) {
        match &view.layer {
            Layer::Serials(prompt) => self.render_prompt(window, prompt, view, before),
            Layer::AskSerials { missing, names } => {
                window.global::<AskSerialsAdapter>().set_missing(count(*missing));
                self.names.show(&names.iter().map(SharedString::from).collect::<Vec<_>>());
            }
            _ => {}
        }
    }

    fn render_prompt(&self, window: &AppWindow, now: &SerialPrompt, view: &View, before: &View) {
        let adapter = window.global::<SerialsAdapter>();
        adapter.set_name((&now.name).into());
        adapter.set_sku((&now.sku).into());
        adapter.set_part_of((&now.part_of).into());
        adapter.set_wanted(count(now.wanted));
        adapter.set_have(count(now.have));
        adapter.set_required(now.required);
        adapter.set_for_reference(now.for_reference);
        self.taken.show(&now.taken.iter().map(taken).collect::<Vec<_>>());
        if self.entry_moved(now, view, before) {
            adapter.set_entry((&now.entry).into());
        }
    }

    /// A serial taken or refused, or another line, ends what was being typed.
    fn entry_moved(&self, now: &SerialPrompt, view: &View, before: &View) -> bool {
        let same = match &before.layer {
            Layer::Serials(was) => was.sku == now.sku && was.taken == now.taken && before.refusal == view.refusal,
            _ => false,
        };
        if !same {
            self.entry.forget();
            return true;
        }
        !matches!(&before.layer, Layer::Serials(was) if was.entry == now.entry) && self.entry.is_news(&now.entry)
    }
}

fn taken(taken: &TakenSerial) -> TakenItem {
    TakenItem { serial: (&taken.serial).into(), of: (&taken.of).into() }
}
