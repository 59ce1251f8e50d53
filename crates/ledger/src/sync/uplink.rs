//! When the terminal says what. A level-triggered scheduler: it looks at how things stand and at
//! the time, and answers what to do next. It never waits for an event to remember it.

use super::wire::{PULL_WAIT_MS_MAX, PUSH_OPS_MAX, RenewReason};

/// Delay after the first failure; doubled with each further one.
pub const BACKOFF_FIRST_MS: i64 = 1_000;
/// Longest delay between tries: a hub back from a long absence is noticed within this.
pub const BACKOFF_MAX_MS: i64 = 300_000;
/// How long a pull may be held back by the hub while all is well.
pub const PULL_WAIT_MS: u32 = PULL_WAIT_MS_MAX;
/// Shortest time between two pulls that brought nothing: a hub that does not hold them back must
/// not be asked without a pause.
pub const PULL_EVERY_MS: i64 = 500;
/// A hub that is too new for this terminal's pulls is asked again after this.
pub const OUTDATED_EVERY_MS: i64 = 600_000;
/// Faults of the hub on the same single op before it is parked.
pub const PARK_AFTER_FAULTS: u32 = 2;
/// Fresh snapshots at most this often: a hub that answers "gone" for ever must not be hammered.
pub const SNAPSHOT_EVERY_MS: i64 = 600_000;

/// What the terminal should ask the hub now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    Hello,
    /// A new incarnation: this disk is a copy, or an older state of itself.
    Renew(RenewReason),
    /// Send ops beginning after the last acknowledged one.
    Push {
        ops_max: usize,
    },
    /// Send the next op alone, to be stored without being looked into: the hub failed on it again
    /// and again.
    Park,
    /// Send what peers told and the hub does not have.
    PassOn {
        ops_max: usize,
        /// One op, to be stored without being looked into.
        park: bool,
    },
    Pull {
        /// How long the hub may hold the answer back while there is nothing new.
        wait_ms: u32,
    },
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
    /// It failed on this very request, for a reason of its own.
    HubFault {
        detail: String,
    },
    /// It does not let this version of the program pull any more; pushing goes on.
    Outdated {
        detail: String,
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
    /// The answer shows that this disk is a copy.
    MustRenew(RenewReason),
    Renewed,
    Pushed,
    PassedOn,
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
    /// It is time to pass on what peers told.
    pub passes_on: bool,
    /// Whether there is a catalogue with a cursor.
    pub has_cursor: bool,
    /// The catalogue was found to differ from the hub's rows and wants to be fetched anew.
    pub suspect: bool,
}

/// The scheduler's memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uplink {
    greeted: bool,
    renew: Option<RenewReason>,
    gone: bool,
    /// When the hub was greeted since the catalogue was found wanting: what is wrong with either shows
    /// there.
    compared_ms: Option<i64>,
    /// The feed was up to date at the last pull, so the next one may be held back.
    idle: bool,
    /// The last push failed; news is fetched before it is tried again.
    pull_first: bool,
    pushes: Portion,
    passes: Portion,
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
            renew: None,
            gone: false,
            compared_ms: None,
            idle: false,
            pull_first: false,
            pushes: Portion::default(),
            passes: Portion::default(),
            failures: 0,
            next_try_ms: now_ms,
            next_pull_ms: now_ms,
            next_snapshot_ms: now_ms,
            last_success_ms: None,
            last_failure: None,
        }
    }

    /// What to do now. Pushing comes before pulling: what happened here matters more than news. Only
    /// after a push that failed is one pull tried first, so that neither can starve the other.
    pub fn step(&self, now_ms: i64, standing: Standing) -> Step {
        if now_ms < self.next_try_ms {
            return Step::WaitUntil(self.next_try_ms);
        }
        if !self.greeted {
            return Step::Do(Ask::Hello);
        }
        if let Some(reason) = self.renew {
            return Step::Do(Ask::Renew(reason));
        }
        let wanting = self.gone || standing.suspect;
        if wanting && self.must_compare(now_ms) {
            return Step::Do(Ask::Hello);
        }
        let can_pull = standing.has_cursor && !wanting && now_ms >= self.next_pull_ms;
        if self.pull_first && can_pull {
            return Step::Do(Ask::Pull { wait_ms: 0 });
        }
        if standing.pending > 0 {
            return Step::Do(self.push(standing.pending));
        }
        if standing.passes_on {
            return Step::Do(Ask::PassOn { ops_max: self.passes.ops_max, park: self.passes.must_park() });
        }
        if !standing.has_cursor {
            return Step::Do(Ask::Snapshot);
        }
        if wanting {
            return due(now_ms, self.next_snapshot_ms, Ask::Snapshot);
        }
        due(now_ms, self.next_pull_ms, Ask::Pull { wait_ms: if self.idle { PULL_WAIT_MS } else { 0 } })
    }

    /// At once, and again right before a snapshot that had to be waited for: meanwhile the hub may have
    /// been put back to an older state, and whoever begins with a snapshot would not notice.
    fn must_compare(&self, now_ms: i64) -> bool {
        self.compared_ms.is_none_or(|compared_ms| compared_ms < self.next_snapshot_ms && now_ms >= self.next_snapshot_ms)
    }

    fn push(&self, pending: u64) -> Ask {
        if self.pushes.must_park() {
            return Ask::Park;
        }
        Ask::Push { ops_max: self.pushes.ops_max.min(usize::try_from(pending).unwrap_or(usize::MAX)) }
    }

    /// A greeting alone does not end a row of failures: a hub that greets and then fails would
    /// otherwise be asked again and again without a pause.
    pub fn succeeded(&mut self, now_ms: i64, success: Success) {
        if !matches!(success, Success::Greeted | Success::MustRenew(_)) {
            self.failures = 0;
            self.last_failure = None;
        }
        self.last_success_ms = Some(now_ms);
        self.next_try_ms = now_ms;
        match success {
            Success::Greeted => (self.greeted, self.compared_ms) = (true, Some(now_ms)),
            Success::MustRenew(reason) => (self.greeted, self.renew) = (true, Some(reason)),
            // The hub is greeted again, under the new name.
            Success::Renewed => (self.greeted, self.renew) = (false, None),
            Success::Pushed => {
                self.pushes.taken();
                self.sent(now_ms);
            }
            Success::PassedOn => {
                self.passes.taken();
                self.sent(now_ms);
            }
            Success::Pulled { up_to_date } => self.pulled(now_ms, up_to_date),
            Success::Gone => (self.gone, self.compared_ms, self.pull_first) = (true, None, false),
            Success::SnapshotTaken => {
                self.gone = false;
                self.idle = false;
                self.next_snapshot_ms = now_ms + SNAPSHOT_EVERY_MS;
                self.next_pull_ms = now_ms;
            }
        }
    }

    fn sent(&mut self, now_ms: i64) {
        self.pull_first = false;
        self.next_pull_ms = now_ms;
        self.idle = false;
    }

    fn pulled(&mut self, now_ms: i64, up_to_date: bool) {
        self.pull_first = false;
        self.compared_ms = None;
        self.next_pull_ms = if up_to_date && self.idle { now_ms + PULL_EVERY_MS } else { now_ms };
        self.idle = up_to_date;
    }

    /// `jitter` is any random number: tills that lost the same hub must not come back in step.
    pub fn failed(&mut self, now_ms: i64, ask: Ask, failure: Failure, jitter: u64) {
        if matches!(failure, Failure::Outdated { .. }) {
            self.pull_first = false;
            self.next_pull_ms = now_ms + OUTDATED_EVERY_MS;
            self.last_failure = Some(failure);
            return;
        }
        let searching = self.narrow_down(ask, &failure);
        let doublings = if searching { 0 } else { self.failures.min(20) };
        let ceiling = BACKOFF_FIRST_MS.saturating_mul(1 << doublings).min(BACKOFF_MAX_MS);
        let spread = i64::try_from(jitter % (ceiling.unsigned_abs() + 1)).unwrap_or(ceiling);
        let asked = match &failure {
            Failure::HubTrouble { retry_after_ms, .. } => retry_after_ms.unwrap_or(0).clamp(0, BACKOFF_MAX_MS),
            _ => 0,
        };
        if !searching {
            self.failures = self.failures.saturating_add(1);
            self.greeted = false;
        }
        self.pull_first = matches!(ask, Ask::Push { .. } | Ask::Park | Ask::PassOn { .. }) && !searching;
        self.next_try_ms = now_ms + spread.max(asked);
        self.last_failure = Some(failure);
    }

    /// Halves what is sent at once until the op on which the hub fails is alone. Answers whether it
    /// is being looked for, which needs no longer and longer pauses.
    fn narrow_down(&mut self, ask: Ask, failure: &Failure) -> bool {
        match (ask, failure) {
            (Ask::Push { ops_max }, Failure::HubFault { .. }) => self.pushes.failed(ops_max),
            (Ask::PassOn { ops_max, park: false }, Failure::HubFault { .. }) => self.passes.failed(ops_max),
            _ => return false,
        }
        true
    }

    /// A pull was broken off because there is something to send.
    pub fn interrupted(&mut self, now_ms: i64) {
        self.next_pull_ms = now_ms;
        self.idle = false;
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

/// How much is sent at once. Halved until the op on which the hub fails is alone.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Portion {
    ops_max: usize,
    /// Faults of the hub on the next op alone.
    op_faults: u32,
}

impl Default for Portion {
    fn default() -> Portion {
        Portion { ops_max: PUSH_OPS_MAX, op_faults: 0 }
    }
}

impl Portion {
    fn must_park(&self) -> bool {
        self.op_faults >= PARK_AFTER_FAULTS
    }

    fn taken(&mut self) {
        self.op_faults = 0;
        self.ops_max = self.ops_max.saturating_mul(2).min(PUSH_OPS_MAX);
    }

    fn failed(&mut self, ops_max: usize) {
        if ops_max > 1 {
            self.ops_max = ops_max / 2;
        } else {
            self.op_faults += 1;
        }
    }
}

fn due(now_ms: i64, at_ms: i64, ask: Ask) -> Step {
    if now_ms >= at_ms { Step::Do(ask) } else { Step::WaitUntil(at_ms) }
}
