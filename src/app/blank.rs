//! The dark screen of a till that nobody uses. A scan wakes it and counts, since the goods are in
//! somebody's hand; a touch wakes it and does nothing else, since nobody saw what was touched.

use super::App;

impl App {
    /// Called as time goes by. What must be read keeps the screen lit.
    pub(super) fn go_blank(&mut self) {
        let after_ms = i64::from(self.facts.blank_after_s) * 1_000;
        let idle = after_ms > 0 && self.now_ms - self.touched_ms >= after_ms;
        self.blank = idle && self.refusal.is_none();
    }

    /// Whether it was dark until now.
    pub(super) fn wake(&mut self) -> bool {
        std::mem::take(&mut self.blank)
    }
}
