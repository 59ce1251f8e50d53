//! The question about one unit.

use super::notice;
use super::send::Send;
use crate::message::Intent;
use crate::view::{Layer, View};
use screens::{AppWindow, CautionAdapter};
use slint::ComponentHandle;

pub fn bind(window: &AppWindow, send: &Send) {
    window.global::<CautionAdapter>().on_answer(send.with(Intent::AnswerCaution));
}

pub fn render(window: &AppWindow, view: &View) {
    let Layer::Caution(question) = &view.layer else { return };
    window.global::<CautionAdapter>().set_question(notice::present(question, view));
}
