//! One label read twice in a row.

use crate::outcome::{DeviceName, Repeat};

/// Remembers the last text and when it was last seen.
///
/// The window slides: a label that stays in front of a scanner is one scan and many repeats, as
/// long as it lasts.
pub(crate) struct Repeats {
    same_us: u64,
    text: String,
    t_last_us: u64,
    count: u64,
}

impl Repeats {
    pub(crate) fn new(same_ms: u32) -> Self {
        Self { same_us: u64::from(same_ms) * 1000, text: String::new(), t_last_us: 0, count: 0 }
    }

    /// Says whether the text is a repeat. Time runs from the end of one code to the beginning of
    /// the next: a long code takes longer than the window to arrive.
    pub(crate) fn check(&mut self, device: &DeviceName, text: &str, t_first_us: u64, t_last_us: u64) -> Option<Repeat> {
        let soon = t_first_us.saturating_sub(self.t_last_us) < self.same_us;
        let same = soon && self.text == text;
        self.t_last_us = t_last_us;
        if !same {
            self.text = text.to_owned();
            self.count = 0;
            return None;
        }
        self.count += 1;
        Some(Repeat { device: device.clone(), text: text.to_owned(), t_us: t_last_us, count: self.count })
    }
}
