//! Setting up a scanner: the code to scan, who is listened to, what was found.

use super::bars::{lying, upright};
use super::notice::fault;
use super::rows::Rows;
use super::scanners::condition;
use super::send::Send;
use super::typed::Typed;
use super::words::count;
use crate::code128::Bars;
use crate::message::Intent;
use crate::view::{CapsLock, Connection, EarRow, FoundScanner, LearnStage, LearnView, Page, View};
use screens::{AppWindow, CapsKind, Condition, ConnectionKind, EarItem, FoundItem, LearnAdapter, LearnKind, SheetAdapter};
use slint::{ComponentHandle, SharedString};
use std::cell::Cell;
use std::rc::Rc;

pub struct Learn {
    ears: Rows<EarItem>,
    sheet: Rows<SharedString>,
    name: Rc<Typed>,
    /// The code is drawn when it is first looked at: a till starts without it.
    drawn: Cell<bool>,
}

impl Learn {
    pub fn bind(window: &AppWindow, send: &Send) -> Self {
        let adapter = window.global::<LearnAdapter>();
        adapter.on_keep(send.just(Intent::KeepScanner));
        adapter.on_again(send.just(Intent::LearnAgain));
        adapter.on_print(send.just(Intent::PrintSetUpSheet));
        let name = Rc::new(Typed::default());
        let (typed, text) = (name.clone(), send.text(Intent::ScannerName));
        adapter.on_name_edited(move |now| {
            typed.sent(&now);
            text(now);
        });
        let page = Self { ears: Rows::new(), sheet: Rows::new(), name, drawn: Cell::new(false) };
        adapter.set_ears(page.ears.model());
        window.global::<SheetAdapter>().set_lines(page.sheet.model());
        page
    }

    pub fn render(&self, window: &AppWindow, view: &View, before: &View) {
        let adapter = window.global::<LearnAdapter>();
        if matches!(view.page, Page::Learn | Page::SetUpSheet) {
            self.draw_code(&adapter);
        }
        adapter.set_has_printer(view.scanners.has_printer);
        self.ears.show(&view.learn.ears.iter().map(ear).collect::<Vec<_>>());
        render_stage(&adapter, &view.learn.stage);
        if self.name_moved(&view.learn, &before.learn) {
            adapter.set_name((&view.learn.name).into());
        }
        let sheet: Vec<SharedString> = view.scanners.sheet.iter().map(SharedString::from).collect();
        window.global::<SheetAdapter>().set_columns(count(sheet.iter().map(|line| super::receipt::columns(line)).max().unwrap_or_default()));
        self.sheet.show(&sheet);
    }

    fn draw_code(&self, adapter: &LearnAdapter) {
        if self.drawn.replace(true) {
            return;
        }
        let bars = Bars::of(scan::learn::CODE).expect("the code is made for Code 128");
        adapter.set_code((&bars.text).into());
        adapter.set_bars(lying(&bars));
        adapter.set_bars_upright(upright(&bars));
    }

    /// A name that comes with a scanner that was found, and not from the field.
    fn name_moved(&self, now: &LearnView, before: &LearnView) -> bool {
        if now.stage != before.stage {
            self.name.forget();
            return true;
        }
        now.name != before.name && self.name.is_news(&now.name)
    }
}

fn render_stage(adapter: &LearnAdapter, stage: &LearnStage) {
    match stage {
        LearnStage::Listening => adapter.set_stage(LearnKind::Listening),
        LearnStage::Found(of) => {
            adapter.set_found(found(of));
            adapter.set_stage(LearnKind::Found);
        }
        LearnStage::Differs(of) => {
            adapter.set_read((&of.read).into());
            adapter.set_wrong(of.wrong.join("   ").into());
            adapter.set_wrong_keyboard(of.is_keyboard);
            adapter.set_stage(LearnKind::Differs);
        }
        LearnStage::Spoiled(kind) => {
            adapter.set_fault(fault(*kind));
            adapter.set_stage(LearnKind::Spoiled);
        }
    }
}

fn ear(row: &EarRow) -> EarItem {
    EarItem {
        name: (&row.name).into(),
        connection: connection(row.connection),
        deaf: row.deaf.is_some(),
        condition: row.deaf.as_ref().map_or_else(Condition::default, condition),
    }
}

fn found(of: &FoundScanner) -> FoundItem {
    FoundItem {
        device: (&of.device).into(),
        connection: connection(of.connection),
        baud: of.baud.map_or(0, count),
        layout: (&of.layout).into(),
        alike: (&of.alike).into(),
        caps: caps(of.caps),
        alt_codes: of.alt_codes,
        suffix: (&of.suffix).into(),
        aim: (&of.aim).into(),
        lasted: count(of.lasted_ms),
    }
}

fn connection(of: Connection) -> ConnectionKind {
    match of {
        Connection::Keyboard => ConnectionKind::Keyboard,
        Connection::RawKeyboard => ConnectionKind::RawKeyboard,
        Connection::PointOfSale => ConnectionKind::PointOfSale,
        Connection::Reports => ConnectionKind::Reports,
        Connection::Line => ConnectionKind::Line,
        Connection::Foreign => ConnectionKind::Foreign,
        Connection::Packets => ConnectionKind::Packets,
    }
}

fn caps(of: CapsLock) -> CapsKind {
    match of {
        CapsLock::Off => CapsKind::Off,
        CapsLock::On => CapsKind::On,
        CapsLock::Ignored => CapsKind::Ignored,
    }
}
