//! The screens. A [`View`] comes in and is drawn; fingers and keys go out as [`Intent`]s. Nothing
//! here decides anything: what is shown was decided by the app, and words stand in `ui/*.slint`.
//!
//! Each page has a file with two functions: `bind` connects its callbacks to intents once, `render`
//! gives its adapter new data. Lists live in models that are kept for ever and changed row by row.

mod approval;
mod bars;
mod caution;
mod chooser;
mod disputes;
#[cfg(feature = "remote")]
mod elements;
mod enrol;
pub mod fonts;
mod front;
mod header;
pub mod headless;
mod held;
mod learn;
mod line_editor;
mod login;
mod notice;
mod payment;
pub mod place;
mod receipt;
mod receipts;
mod rows;
mod sale;
mod scanners;
mod search;
mod send;
mod serials;
mod shift;
pub mod sound;
mod sync;
pub mod turn;
mod typed;
mod words;

use crate::message::{Intent, Language};
use crate::view::View;
use screens::AppWindow;
use send::Send;
use slint::{ComponentHandle, PlatformError};

/// The one window of the terminal. Lives on the thread that runs Slint's event loop.
pub struct Ui {
    window: AppWindow,
    /// What is on the screen now; none before the first [`Ui::render`].
    before: Option<View>,
    pages: Pages,
}

/// The window as something that runs.
pub struct Running(AppWindow);

impl Running {
    /// Shows the window and runs Slint's event loop until it is closed.
    ///
    /// # Errors
    /// The platform lost its display.
    pub fn run(&self) -> Result<(), PlatformError> {
        self.0.run()
    }
}

struct Pages {
    enrol: enrol::Enrol,
    login: login::Login,
    sale: sale::Sale,
    payment: payment::Payment,
    receipt: receipt::Receipt,
    receipts: receipts::Receipts,
    sync: sync::Sync,
    scanners: scanners::Scanners,
    learn: learn::Learn,
    serials: serials::Serials,
    approval: approval::Approval,
    chooser: chooser::Chooser,
    search: search::Search,
    held: held::Held,
}

impl Ui {
    /// Builds the window, not yet shown. `send` is called on this thread for every intent; it must
    /// only pass it on.
    ///
    /// # Errors
    /// No display, no input devices, or no platform to draw with.
    pub fn new(send: impl Fn(Intent) + 'static) -> Result<Self, PlatformError> {
        let window = AppWindow::new()?;
        let send = Send::new(send);
        front::bind(&window, &send);
        shift::bind(&window, &send);
        line_editor::bind(&window, &send);
        caution::bind(&window, &send);
        let pages = Pages::bind(&window, &send);
        Ok(Self { window, before: None, pages })
    }

    /// Draws `view`: only what differs from the view before is touched.
    pub fn render(&mut self, view: &View) {
        if self.before.as_ref() == Some(view) {
            return;
        }
        let first = self.before.is_none();
        let before = self.before.replace(view.clone()).unwrap_or_default();
        if first || before.language != view.language {
            speak(view.language);
        }
        self.pages.render(&self.window, view, &before);
        // The page itself last, so that it appears with its data and never with another sale's.
        front::render(&self.window, view);
    }

    /// A second handle on the same window, to run its loop while somebody else draws on it.
    pub fn handle(&self) -> Running {
        Running(self.window.clone_strong())
    }

    /// Shows the window and runs Slint's event loop until the window is closed.
    ///
    /// # Errors
    /// The platform lost its display.
    pub fn run(&self) -> Result<(), PlatformError> {
        self.window.run()
    }

    /// Shows the window; somebody else turns the event loop.
    ///
    /// # Errors
    /// The platform lost its display.
    pub fn show(&self) -> Result<(), PlatformError> {
        self.window.show()
    }

    /// Light on dark, for dim rooms.
    pub fn set_dark(&self, dark: bool) {
        self.window.global::<screens::Theme>().set_dark(dark);
    }

    /// The compiled window, for tests that look at its elements.
    pub fn component(&self) -> &AppWindow {
        &self.window
    }
}

impl Pages {
    fn bind(window: &AppWindow, send: &Send) -> Self {
        Self {
            enrol: enrol::Enrol::bind(window, send),
            login: login::Login::bind(window, send),
            sale: sale::Sale::bind(window, send),
            payment: payment::Payment::bind(window, send),
            receipt: receipt::Receipt::bind(window, send),
            receipts: receipts::Receipts::bind(window, send),
            sync: sync::Sync::bind(window, send),
            scanners: scanners::Scanners::bind(window),
            learn: learn::Learn::bind(window, send),
            serials: serials::Serials::bind(window, send),
            approval: approval::Approval::bind(window, send),
            chooser: chooser::Chooser::bind(window, send),
            search: search::Search::bind(window, send),
            held: held::Held::bind(window, send),
        }
    }

    fn render(&self, window: &AppWindow, view: &View, before: &View) {
        header::render(window, &view.header);
        self.enrol.render(window, &view.enrol, &before.enrol);
        self.login.render(window, &view.login, view.language);
        shift::render(window, &view.shift);
        self.sale.render(window, &view.sale);
        self.payment.render(window, view, before);
        self.receipt.render(window, &view.receipt);
        self.receipts.render(&view.receipts);
        self.sync.render(window, &view.sync);
        self.scanners.render(window, &view.scanners);
        self.learn.render(window, view, before);
        self.serials.render(window, view, before);
        line_editor::render(window, &view.layer);
        caution::render(window, view);
        self.approval.render(window, &view.layer);
        self.chooser.render(window, &view.layer);
        self.search.render(window, view, before);
        self.held.render(&view.layer);
    }
}

/// The folder of `ui/lang` that holds the language; none for the source language.
fn folder(language: Language) -> &'static str {
    match language {
        Language::English => "",
        Language::SimplifiedChinese => "zh",
    }
}

fn speak(language: Language) {
    slint::select_bundled_translation(folder(language)).expect("every language is compiled in, and a window exists");
}
