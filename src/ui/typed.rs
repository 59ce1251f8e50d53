//! Text that is typed on the screen while the app keeps its own copy.
//!
//! A field is ahead of the app: by the time the app shows `A`, the person may have typed `AB`.
//! Writing the app's answer into the field would eat the `B`. So what was sent is remembered, and
//! a text from the app only counts as news if it is none of those.

use std::cell::RefCell;
use std::collections::VecDeque;

/// Texts waited for at once. More means that the app does not answer; then the oldest is forgotten.
const SENT_MAX: usize = 64;

#[derive(Default)]
pub struct Typed(RefCell<VecDeque<String>>);

impl Typed {
    /// A text went to the app.
    pub fn sent(&self, text: &str) {
        let mut sent = self.0.borrow_mut();
        if sent.len() == SENT_MAX {
            sent.pop_front();
        }
        sent.push_back(text.to_owned());
    }

    /// Whether `text`, which the app shows now and did not before, should go into the field.
    pub fn is_news(&self, text: &str) -> bool {
        let mut sent = self.0.borrow_mut();
        match sent.iter().position(|other| other == text) {
            Some(at) => {
                sent.drain(..=at);
                false
            }
            None => {
                sent.clear();
                true
            }
        }
    }

    /// What was typed belongs to something that is over.
    pub fn forget(&self) {
        self.0.borrow_mut().clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sent: &[&str], shown: &[(&str, bool)]) {
        let typed = Typed::default();
        for text in sent {
            typed.sent(text);
        }
        for (text, news) in shown {
            assert_eq!(typed.is_news(text), *news, "{text}");
        }
    }

    #[test]
    fn only_what_was_not_typed_is_news() {
        check(&[], &[("A", true)]);
        check(&["A", "AB"], &[("A", false), ("AB", false)]);
        check(&["A", "AB"], &[("AB", false), ("A", true)]);
        check(&["a"], &[("A", true)]);
        check(&["A", "AB"], &[("", true), ("AB", true)]);
    }

    #[test]
    fn a_silent_app_is_not_waited_for_without_end() {
        let typed = Typed::default();
        for n in 0..1000 {
            typed.sent(&n.to_string());
        }
        assert_eq!(typed.0.borrow().len(), SENT_MAX);
    }
}
