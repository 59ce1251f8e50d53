//! Shows from outside whether the writer works off its queue.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The writer's pulse. Cheap to clone; all clones are one.
#[derive(Debug, Clone, Default)]
pub struct Pulse(Arc<Signs>);

#[derive(Debug, Default)]
struct Signs {
    heard: AtomicU64,
    at_long_work: AtomicBool,
}

/// Work whose length a file decides, not a fault: opening a store, taking a snapshot of a million units.
pub struct LongWork(Pulse);

impl Pulse {
    /// The last beat that came through the queue.
    pub fn heard(&self) -> u64 {
        self.0.heard.load(Ordering::Acquire)
    }

    pub fn is_at_long_work(&self) -> bool {
        self.0.at_long_work.load(Ordering::Acquire)
    }

    pub(crate) fn beat(&self, number: u64) {
        self.0.heard.store(number, Ordering::Release);
    }

    /// Until what is answered is dropped, silence is no sign of death.
    pub(crate) fn long_work(&self) -> LongWork {
        self.0.at_long_work.store(true, Ordering::Release);
        LongWork(self.clone())
    }
}

impl Drop for LongWork {
    fn drop(&mut self) {
        self.0.0.at_long_work.store(false, Ordering::Release);
    }
}
