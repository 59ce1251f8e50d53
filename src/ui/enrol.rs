//! A box that belongs to no shop yet.

use super::send::Send;
use super::typed::Typed;
use crate::message::Intent;
use crate::view::{EnrolTrouble, EnrolView};
use screens::{AppWindow, EnrolAdapter, EnrolTroubleKind};
use slint::{ComponentHandle, SharedString};
use std::rc::Rc;

pub struct Enrol {
    hub: Rc<Typed>,
    code: Rc<Typed>,
}

impl Enrol {
    pub fn bind(window: &AppWindow, send: &Send) -> Self {
        let adapter = window.global::<EnrolAdapter>();
        let page = Self { hub: Rc::default(), code: Rc::default() };
        adapter.on_hub_edited(remembered(&page.hub, send.text(Intent::EnrolAddress)));
        adapter.on_code_edited(remembered(&page.code, send.text(Intent::EnrolCode)));
        adapter.on_enrol(send.just(Intent::Enrol));
        page
    }

    /// A text that came by scanner, and not from the field, goes into the field.
    pub fn render(&self, window: &AppWindow, view: &EnrolView, before: &EnrolView) {
        let adapter = window.global::<EnrolAdapter>();
        if view.hub != before.hub && self.hub.is_news(&view.hub) {
            adapter.set_hub((&view.hub).into());
        }
        if view.code != before.code && self.code.is_news(&view.code) {
            adapter.set_code((&view.code).into());
        }
        adapter.set_trouble(trouble(&view.trouble));
        if let EnrolTrouble::Other { detail } = &view.trouble {
            adapter.set_detail(detail.into());
        }
    }
}

fn remembered(typed: &Rc<Typed>, tell: impl Fn(SharedString) + 'static) -> impl Fn(SharedString) + 'static {
    let typed = typed.clone();
    move |now| {
        typed.sent(&now);
        tell(now);
    }
}

fn trouble(of: &EnrolTrouble) -> EnrolTroubleKind {
    match of {
        EnrolTrouble::None => EnrolTroubleKind::None,
        EnrolTrouble::Address => EnrolTroubleKind::Address,
        EnrolTrouble::Encrypted => EnrolTroubleKind::Encrypted,
        EnrolTrouble::NobodyAnswers => EnrolTroubleKind::NobodyAnswers,
        EnrolTrouble::NoHub => EnrolTroubleKind::NoHub,
        EnrolTrouble::HubTrouble => EnrolTroubleKind::HubTrouble,
        EnrolTrouble::CodeRefused => EnrolTroubleKind::CodeRefused,
        EnrolTrouble::Other { .. } => EnrolTroubleKind::Other,
    }
}
