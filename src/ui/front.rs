//! What every page has in common: which page and layer is up, the keys, the ways between pages,
//! the flash, the refusal.

use super::notice;
use super::send::Send;
use crate::message::{Intent, PadKey};
use crate::view::{Flash, FlashKind, FlashWhat, Layer, Page, View};
use screens::{AppWindow, FlashAdapter, LayerKind, Nav, NoticeAdapter, Pad, PageKind, VirtualKeys};
use slint::platform::WindowEvent;
use slint::{ComponentHandle, SharedString};

pub fn bind(window: &AppWindow, send: &Send) {
    bind_ways(&window.global::<Nav>(), send);
    window.global::<NoticeAdapter>().on_acknowledge(send.just(Intent::Acknowledge));
    let to_app = send.clone();
    window.global::<Pad>().on_pressed(move |key, digit| to_app.now(Intent::Key(pad_key(key, digit))));
    bind_keyboard(window);
}

pub fn render(window: &AppWindow, view: &View) {
    let flash = window.global::<FlashAdapter>();
    if let Some(now) = &view.flash {
        render_flash(&flash, now);
    }
    flash.set_shown(view.flash.is_some());
    flash.set_busy(view.busy);
    let refusal = window.global::<NoticeAdapter>();
    if let Some(now) = &view.refusal {
        refusal.set_notice(notice::present(now, view));
    }
    refusal.set_shown(view.refusal.is_some());
    window.set_blank(view.blank);
    window.set_layer(layer(&view.layer));
    window.set_page(page(view.page));
}

fn bind_ways(nav: &Nav, send: &Send) {
    nav.on_wake(send.just(Intent::Wake));
    nav.on_back(send.just(Intent::Back));
    nav.on_sign_out(send.just(Intent::SignOut));
    nav.on_show_sync(send.just(Intent::ShowSync));
    nav.on_show_scanners(send.just(Intent::ShowScanners));
    nav.on_show_set_up_sheet(send.just(Intent::ShowSetUpSheet));
    nav.on_learn_scanner(send.just(Intent::LearnScanner));
    nav.on_show_receipts(send.just(Intent::ShowReceipts));
    nav.on_show_held(send.just(Intent::ShowHeld));
    nav.on_show_search(send.just(Intent::ShowSearch));
    nav.on_show_close_shift(send.just(Intent::ShowCloseShift));
}

/// The on-screen keyboard types into whatever has the focus, so there is one way for text to get
/// into a field whichever keyboard it came from.
fn bind_keyboard(window: &AppWindow) {
    let weak = window.as_weak();
    window.global::<VirtualKeys>().on_press(move |text: SharedString| {
        if let Some(window) = weak.upgrade() {
            window.window().dispatch_event(WindowEvent::KeyPressed { text: text.clone() });
            window.window().dispatch_event(WindowEvent::KeyReleased { text });
        }
    });
}

fn render_flash(adapter: &FlashAdapter, flash: &Flash) {
    adapter.set_warn(flash.kind == FlashKind::Warn);
    adapter.set_what(flash_what(flash.what));
    adapter.set_text((&flash.text).into());
}

fn pad_key(key: screens::PadKey, digit: i32) -> PadKey {
    match key {
        screens::PadKey::Digit => PadKey::Digit(u8::try_from(digit).expect("keys bear the digits 0 to 9")),
        screens::PadKey::DoubleZero => PadKey::DoubleZero,
        screens::PadKey::Dot => PadKey::Dot,
        screens::PadKey::Back => PadKey::Back,
        screens::PadKey::Clear => PadKey::Clear,
        screens::PadKey::Enter => PadKey::Enter,
    }
}

fn page(page: Page) -> PageKind {
    match page {
        Page::Enrol => PageKind::Enrol,
        Page::Login => PageKind::Login,
        Page::OpenShift => PageKind::OpenShift,
        Page::Sale => PageKind::Sale,
        Page::Payment => PageKind::Payment,
        Page::Receipt => PageKind::Receipt,
        Page::Receipts => PageKind::Receipts,
        Page::CloseShift => PageKind::CloseShift,
        Page::ZReport => PageKind::ZReport,
        Page::Sync => PageKind::Sync,
        Page::Scanners => PageKind::Scanners,
        Page::Learn => PageKind::Learn,
        Page::SetUpSheet => PageKind::SetUpSheet,
    }
}

fn layer(layer: &Layer) -> LayerKind {
    match layer {
        Layer::None => LayerKind::None,
        Layer::Serials(_) => LayerKind::Serials,
        Layer::AskSerials { .. } => LayerKind::AskSerials,
        Layer::Caution(_) => LayerKind::Caution,
        Layer::LineEditor(_) => LayerKind::LineEditor,
        Layer::Approval(_) => LayerKind::Approval,
        Layer::Chooser { .. } => LayerKind::Chooser,
        Layer::Search { .. } => LayerKind::Search,
        Layer::Held(_) => LayerKind::Held,
    }
}

fn flash_what(what: FlashWhat) -> screens::FlashKind {
    match what {
        FlashWhat::Added => screens::FlashKind::Added,
        FlashWhat::SerialTaken => screens::FlashKind::SerialTaken,
        FlashWhat::Removed => screens::FlashKind::Removed,
        FlashWhat::Undone => screens::FlashKind::Undone,
        FlashWhat::Held => screens::FlashKind::Held,
        FlashWhat::Recalled => screens::FlashKind::Recalled,
        FlashWhat::Recovered => screens::FlashKind::Recovered,
        FlashWhat::ProductChanged => screens::FlashKind::ProductChanged,
        FlashWhat::Saved => screens::FlashKind::Saved,
        FlashWhat::Printed => screens::FlashKind::Printed,
        FlashWhat::RepeatedScan => screens::FlashKind::RepeatedScan,
        FlashWhat::NotPrinted => screens::FlashKind::NotPrinted,
        FlashWhat::HubRefusedOp => screens::FlashKind::HubRefusedOp,
        FlashWhat::UnitDisputed => screens::FlashKind::UnitDisputed,
        FlashWhat::ScanRead => screens::FlashKind::ScanRead,
        FlashWhat::ScannerFound => screens::FlashKind::ScannerFound,
        FlashWhat::ScannerNotFound => screens::FlashKind::ScannerNotFound,
        FlashWhat::Question => screens::FlashKind::Question,
    }
}
