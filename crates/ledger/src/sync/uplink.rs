//! When the terminal says what. A level-triggered scheduler: it looks at how things stand and at
//! the time, and answers what to do next. It never waits for an event to remember it.

/// Delay after the first failure; doubled with each further one.
pub const BACKOFF_FIRST_MS: i64 = 1_000;
/// Longest delay between tries: a hub back from a long absence is noticed within this.
pub const BACKOFF_MAX_MS: i64 = 300_000;
/// How often the feed is asked while all is well. A long poll will make this a safety net.
pub const PULL_EVERY_MS: i64 = 2_000;
/// Fresh snapshots at most this often: a hub that answers "gone" for ever must not be hammered.
pub const SNAPSHOT_EVERY_MS: i64 = 600_000;

/// What the terminal should ask the hub now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    Hello,
    /// Send ops beginning after the last acknowledged one.
    Push,
    Pull,
    /// Fetch a snapshot file and begin the feed from there.
    Snapshot,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Do(Ask),
    /// Nothing to do before this time, in the caller's milliseconds.
    WaitUntil(i64),
}

/// How an ask ended badly, ordered from passing to lasting. Nothing here ever deletes an op.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    Unreachable {
        detail: String,
    },
    TimedOut,
    /// Busy or broken, and says so; with the delay it asked for.
    HubTrouble {
        detail: String,
        retry_after_ms: Option<i64>,
    },
    /// Not our protocol, cut short, too long, or not signed by anybody.
    Garbage {
        detail: String,
    },
    /// Signed by another key than the one pinned at enrolment.
    OtherHub {
        detail: String,
    },
    NotEnrolled {
        detail: String,
    },
    /// This terminal could not store the answer.
    Storage {
        detail: String,
    },
}

/// How an ask ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Success {
    Greeted,
    Pushed,
    Pulled {
        up_to_date: bool,
    },
    /// The feed is another or the cursor too old.
    Gone,
    SnapshotTaken,
}

/// What the scheduler looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Own ops the hub has not acknowledged.
    pub pending: u64,
    /// Whether there is a catalogue with a cursor.
    pub has_cursor: bool,
}

/// The scheduler's memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uplink {
    greeted: bool,
    gone: bool,
    failures: u32,
    next_try_ms: i64,
    next_pull_ms: i64,
    next_snapshot_ms: i64,
    last_success_ms: Option<i64>,
    last_failure: Option<Failure>,
}

impl Uplink {
    pub fn new(now_ms: i64) -> Self {
        Self {
            greeted: false,
            gone: false,
            failures: 0,
            next_try_ms: now_ms,
            next_pull_ms: now_ms,
            next_snapshot_ms: now_ms,
            last_success_ms: None,
            last_failure: None,
        }
    }

    /// What to do now. Pushing comes before pulling: what happened here matters more than news.
    pub fn step(&self, now_ms: i64, standing: Standing) -> Step {
        if now_ms < self.next_try_ms {
            return Step::WaitUntil(self.next_try_ms);
        }
        if !self.greeted {
            return Step::Do(Ask::Hello);
        }
        if standing.pending > 0 {
            return Step::Do(Ask::Push);
        }
        if !standing.has_cursor {
            return Step::Do(Ask::Snapshot);
        }
        if self.gone {
            return due(now_ms, self.next_snapshot_ms, Ask::Snapshot);
        }
        due(now_ms, self.next_pull_ms, Ask::Pull)
    }

    /// A greeting alone does not end a row of failures: a hub that greets and then fails would
    /// otherwise be asked again and again without a pause.
    pub fn succeeded(&mut self, now_ms: i64, success: Success) {
        if success != Success::Greeted {
            self.failures = 0;
            self.last_failure = None;
        }
        self.last_success_ms = Some(now_ms);
        self.next_try_ms = now_ms;
        match success {
            Success::Greeted => self.greeted = true,
            Success::Pushed => self.next_pull_ms = now_ms,
            Success::Pulled { up_to_date } => self.next_pull_ms = if up_to_date { now_ms + PULL_EVERY_MS } else { now_ms },
            Success::Gone => self.gone = true,
            Success::SnapshotTaken => {
                self.gone = false;
                self.next_snapshot_ms = now_ms + SNAPSHOT_EVERY_MS;
                self.next_pull_ms = now_ms;
            }
        }
    }

    /// `jitter` is any random number: tills that lost the same hub must not come back in step.
    pub fn failed(&mut self, now_ms: i64, failure: Failure, jitter: u64) {
        let ceiling = BACKOFF_FIRST_MS.saturating_mul(1 << self.failures.min(20)).min(BACKOFF_MAX_MS);
        let spread = i64::try_from(jitter % (ceiling.unsigned_abs() + 1)).unwrap_or(ceiling);
        let asked = match &failure {
            Failure::HubTrouble { retry_after_ms, .. } => retry_after_ms.unwrap_or(0).clamp(0, BACKOFF_MAX_MS),
            _ => 0,
        };
        self.failures = self.failures.saturating_add(1);
        self.next_try_ms = now_ms + spread.max(asked);
        self.greeted = false;
        self.last_failure = Some(failure);
    }

    /// Somebody asked for it, or the link came up: do not wait any longer.
    pub fn hurry(&mut self, now_ms: i64) {
        self.next_try_ms = now_ms;
        self.next_pull_ms = now_ms;
    }

    pub fn last_failure(&self) -> Option<&Failure> {
        self.last_failure.as_ref()
    }

    pub fn last_success_ms(&self) -> Option<i64> {
        self.last_success_ms
    }

    /// When the next try is due after a failure.
    pub fn next_try_ms(&self) -> i64 {
        self.next_try_ms
    }
}

fn due(now_ms: i64, at_ms: i64, ask: Ask) -> Step {
    if now_ms >= at_ms { Step::Do(ask) } else { Step::WaitUntil(at_ms) }
}
