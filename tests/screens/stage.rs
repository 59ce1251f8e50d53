//! A window on a screen in memory, with what it sent.

use counterfoil::message::Intent;
use counterfoil::ui::headless::{Clock, Headless};
use counterfoil::ui::{Ui, fonts};
use counterfoil::view::View;
use i_slint_backend_testing::{AccessibleRole, ElementHandle, ElementQuery};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Once;
use std::time::Duration;

/// How finely time goes by under a finger.
const STEP: Duration = Duration::from_millis(10);

/// The screens the product is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// A seven-inch counter terminal.
    Wide,
    /// A ten-inch one, with a third column.
    Large,
    /// A handheld held upright, three device pixels to two logical ones.
    Narrow,
}

impl Size {
    pub const ALL: [Size; 3] = [Size::Wide, Size::Large, Size::Narrow];

    pub fn name(self) -> &'static str {
        match self {
            Size::Wide => "800x480",
            Size::Large => "1280x800",
            Size::Narrow => "480x800",
        }
    }

    fn pixels(self) -> ((u32, u32), f32) {
        match self {
            Size::Wide => ((800, 480), 1.0),
            Size::Large => ((1280, 800), 1.0),
            Size::Narrow => ((480, 800), 1.5),
        }
    }

    /// Logical pixels.
    pub fn logical(self) -> (f32, f32) {
        let ((width, height), scale) = self.pixels();
        (width as f32 / scale, height as f32 / scale)
    }
}

pub struct Stage {
    pub screen: Headless,
    pub ui: Ui,
    sent: Rc<RefCell<Vec<Intent>>>,
}

impl Stage {
    /// One a thread, which is one a test.
    pub fn new(size: Size) -> Self {
        choose_fonts();
        let (pixels, scale) = size.pixels();
        let screen = Headless::install(pixels, scale, Clock::Mocked).expect("no platform in this thread yet");
        let sent = Rc::new(RefCell::new(Vec::new()));
        let log = sent.clone();
        let ui = Ui::new(move |intent| log.borrow_mut().push(intent)).expect("a window in memory");
        ui.show().expect("a window in memory");
        Self { screen, ui, sent }
    }

    pub fn resize(&self, size: Size) {
        let (pixels, scale) = size.pixels();
        self.screen.resize(pixels, scale);
        self.settle();
    }

    /// Draws a view and lets everything that moves come to rest.
    pub fn show(&mut self, view: &View) {
        self.ui.render(view);
        self.settle();
    }

    pub fn settle(&self) {
        for _ in 0..3 {
            self.screen.advance(Duration::from_millis(200));
        }
    }

    /// What was sent since the last time of asking.
    pub fn sent(&self) -> Vec<Intent> {
        std::mem::take(&mut self.sent.borrow_mut())
    }

    /// A finger in the middle of the element so labelled: the topmost one, if there are several.
    #[track_caller]
    pub fn tap(&self, label: &str) {
        self.hold(label, Duration::ZERO);
    }

    /// A finger that stays for a while.
    #[track_caller]
    pub fn hold(&self, label: &str, time: Duration) {
        let (x, y) = self.middle(label);
        self.screen.press(x, y);
        for _ in 0..time.as_millis() / STEP.as_millis() {
            self.screen.advance(STEP);
        }
        self.screen.release(x, y);
        self.settle();
    }

    /// Where the middle of the topmost element so labelled is.
    #[track_caller]
    pub fn middle(&self, label: &str) -> (f32, f32) {
        let element = self.find(label).unwrap_or_else(|| panic!("nothing is labelled {label:?}; there are {:?}", self.labels()));
        let (at, size) = (element.absolute_position(), element.size());
        (at.x + size.width / 2.0, at.y + size.height / 2.0)
    }

    /// What a finger can hit, in the order it is drawn.
    pub fn touchables(&self) -> Vec<ElementHandle> {
        let query = ElementQuery::from_root(self.ui.component()).match_descendants().match_predicate(is_touchable);
        let mut all: Vec<ElementHandle> = Vec::new();
        for element in query.find_all() {
            let place = |e: &ElementHandle| (e.absolute_position(), e.size());
            if !all.iter().any(|other| place(other) == place(&element)) {
                all.push(element);
            }
        }
        all
    }

    pub fn labels(&self) -> Vec<String> {
        self.touchables().iter().filter_map(|element| element.accessible_label()).map(|label| label.to_string()).collect()
    }

    fn find(&self, label: &str) -> Option<ElementHandle> {
        self.touchables().into_iter().rfind(|element| element.accessible_label().is_some_and(|have| have == label))
    }
}

fn is_touchable(element: &ElementHandle) -> bool {
    matches!(element.accessible_role(), Some(AccessibleRole::Button | AccessibleRole::ListItem | AccessibleRole::TextInput))
}

/// Pictures depend on fonts, so the same files are used in the same order everywhere.
fn choose_fonts() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| fonts::use_installed().expect("fonts to draw with"));
}
