//! How far a long command is, once a second on the error output; a short one says nothing.

use std::time::{Duration, Instant};

const EVERY: Duration = Duration::from_secs(1);

pub struct Progress {
    what: &'static str,
    told: Instant,
}

impl Progress {
    /// `what` completes "10 of 20 …".
    pub fn of(what: &'static str) -> Progress {
        Progress { what, told: Instant::now() }
    }

    pub fn tell(&mut self, done: u64, all: u64) {
        if self.told.elapsed() >= EVERY {
            self.told = Instant::now();
            eprintln!("{done} of {all} {} …", self.what);
        }
    }
}
