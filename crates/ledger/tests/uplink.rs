//! When the terminal says what: the scheduler as tables, and the promise that nothing waits for ever.

use ledger::sync::uplink::{
    Ask, BACKOFF_FIRST_MS, BACKOFF_MAX_MS, Failure, OUTDATED_EVERY_MS, PULL_EVERY_MS, PULL_WAIT_MS, SNAPSHOT_EVERY_MS, Standing,
    Step::{self, Do, WaitUntil},
    Success, Uplink,
};
use ledger::sync::wire::{PUSH_OPS_MAX, RenewReason};
use proptest::prelude::*;

/// Nothing to send, a catalogue with a cursor.
const IDLE: Standing = Standing { pending: 0, passes_on: false, has_cursor: true, suspect: false };
const THREE_WAIT: Standing = Standing { pending: 3, ..IDLE };
const MANY_WAIT: Standing = Standing { pending: 10_000, ..IDLE };
const EMPTY: Standing = Standing { has_cursor: false, ..IDLE };
const EMPTY_AND_THREE_WAIT: Standing = Standing { pending: 3, ..EMPTY };
const SUSPECT: Standing = Standing { suspect: true, ..IDLE };

const PUSH_THREE: Ask = Ask::Push { ops_max: 3 };
/// Answered at once.
const PULL: Ask = Ask::Pull { wait_ms: 0 };
/// Held back by the hub while there is nothing new.
const LISTEN: Ask = Ask::Pull { wait_ms: PULL_WAIT_MS };

/// One line of a table: at this time, this.
enum Line {
    Look(i64, Standing, Step),
    Good(i64, Success),
    /// With the jitter's random number.
    Bad(i64, Ask, Failure, u64),
    Hurry(i64),
    /// A pull was broken off.
    Interrupt(i64),
}
use Line::{Bad, Good, Hurry, Interrupt, Look};

#[test]
fn greets_then_pushes_then_pulls() {
    check(&[
        Look(0, THREE_WAIT, Do(Ask::Hello)),
        Good(5, Success::Greeted),
        Look(5, THREE_WAIT, Do(PUSH_THREE)),
        Good(9, Success::Pushed),
        Look(9, IDLE, Do(PULL)),
        Good(12, Success::Pulled { up_to_date: false }),
        Look(12, IDLE, Do(PULL)),
        Good(20, Success::Pulled { up_to_date: true }),
        // All is known: from now on the hub is listened to.
        Look(20, IDLE, Do(LISTEN)),
        Interrupt(21),
        Look(21, THREE_WAIT, Do(PUSH_THREE)),
        Good(25, Success::Pushed),
        // What was pushed comes back by the feed at once.
        Look(25, IDLE, Do(PULL)),
    ]);
}

/// A hub that does not hold pulls back is not asked without a pause.
#[test]
fn a_hub_that_answers_at_once_is_left_alone_for_a_while() {
    check(&[
        Good(0, Success::Greeted),
        Good(1, Success::Pulled { up_to_date: true }),
        Look(1, IDLE, Do(LISTEN)),
        Good(2, Success::Pulled { up_to_date: true }),
        Look(2, IDLE, WaitUntil(2 + PULL_EVERY_MS)),
        Look(2 + PULL_EVERY_MS, IDLE, Do(LISTEN)),
    ]);
}

#[test]
fn a_copied_disk_takes_a_new_name_before_anything_else() {
    let reason = RenewReason::Exposed;
    check(&[
        Look(0, THREE_WAIT, Do(Ask::Hello)),
        Good(1, Success::MustRenew(reason)),
        Look(1, THREE_WAIT, Do(Ask::Renew(reason))),
        Good(2, Success::Renewed),
        Look(2, THREE_WAIT, Do(Ask::Hello)),
        Good(3, Success::Greeted),
        Look(3, THREE_WAIT, Do(PUSH_THREE)),
        Good(4, Success::MustRenew(reason)),
        Look(4, IDLE, Do(Ask::Renew(reason))),
    ]);
}

#[test]
fn a_catalogue_that_differs_is_fetched_anew_but_not_again_and_again() {
    check(&[
        Good(0, Success::Greeted),
        Look(0, SUSPECT, Do(Ask::Snapshot)),
        Good(1, Success::SnapshotTaken),
        Look(1, SUSPECT, WaitUntil(1 + SNAPSHOT_EVERY_MS)),
        Look(1, IDLE, Do(PULL)),
    ]);
}

/// The op on which the hub fails is found by halving, asked twice alone, then parked; behind it all
/// goes on, slowly at first.
#[test]
fn an_op_that_the_hub_cannot_bear_is_found_and_parked() {
    let mut uplink = Uplink::new(0);
    uplink.succeeded(0, Success::Greeted);
    let fault = || Failure::HubFault { detail: String::new() };
    let mut sizes = Vec::new();
    loop {
        let Do(ask) = uplink.step(uplink.next_try_ms(), MANY_WAIT) else { panic!("something is always to be done") };
        let Ask::Push { ops_max } = ask else {
            assert_eq!(ask, Ask::Park);
            break;
        };
        sizes.push(ops_max);
        let before_ms = uplink.next_try_ms();
        uplink.failed(before_ms, ask, fault(), u64::MAX);
        assert!(uplink.next_try_ms() - before_ms <= BACKOFF_FIRST_MS, "looking for it needs no long pauses");
    }
    assert_eq!(sizes, [500, 250, 125, 62, 31, 15, 7, 3, 1, 1]);
    for (now_ms, ops_max) in (uplink.next_try_ms()..).zip([2, 4, 8]) {
        uplink.succeeded(now_ms, Success::Pushed);
        assert_eq!(uplink.step(now_ms, MANY_WAIT), Do(Ask::Push { ops_max }));
    }
}

#[test]
fn only_faults_of_the_hub_itself_park_an_op() {
    for failure in [Failure::TimedOut, Failure::Garbage { detail: String::new() }, Failure::HubTrouble { detail: String::new(), retry_after_ms: None }] {
        let mut uplink = Uplink::new(0);
        for _ in 0..50 {
            uplink.failed(uplink.next_try_ms(), PUSH_THREE, failure.clone(), 0);
            uplink.succeeded(uplink.next_try_ms(), Success::Greeted);
        }
        uplink.succeeded(uplink.next_try_ms(), Success::Pulled { up_to_date: true });
        assert_eq!(uplink.step(uplink.next_try_ms(), MANY_WAIT), Do(Ask::Push { ops_max: PUSH_OPS_MAX }), "{failure:?}");
    }
}

#[test]
fn an_old_program_goes_on_sending() {
    check(&[
        Good(0, Success::Greeted),
        Bad(1, PULL, Failure::Outdated { detail: String::new() }, 0),
        Look(1, IDLE, WaitUntil(1 + OUTDATED_EVERY_MS)),
        Look(2, THREE_WAIT, Do(PUSH_THREE)),
    ]);
}

#[test]
fn a_push_that_fails_does_not_keep_news_away() {
    check(&[
        Good(0, Success::Greeted),
        Look(0, THREE_WAIT, Do(PUSH_THREE)),
        Bad(0, PUSH_THREE, Failure::TimedOut, 0),
        Look(0, THREE_WAIT, Do(Ask::Hello)),
        Good(1, Success::Greeted),
        Look(1, THREE_WAIT, Do(PULL)),
        Good(2, Success::Pulled { up_to_date: true }),
        Look(2, THREE_WAIT, Do(PUSH_THREE)),
    ]);
}

#[test]
fn a_new_terminal_sends_before_it_fetches() {
    check(&[
        Good(0, Success::Greeted),
        Look(0, EMPTY_AND_THREE_WAIT, Do(PUSH_THREE)),
        Good(1, Success::Pushed),
        Look(1, EMPTY, Do(Ask::Snapshot)),
        Good(9, Success::SnapshotTaken),
        Look(9, IDLE, Do(PULL)),
    ]);
}

#[test]
fn a_feed_that_is_gone_is_replaced_but_not_again_and_again() {
    check(&[
        Good(0, Success::Greeted),
        Look(0, IDLE, Do(PULL)),
        Good(1, Success::Gone),
        // The hub may be an older state of itself: that shows when it is greeted.
        Look(1, THREE_WAIT, Do(Ask::Hello)),
        Good(1, Success::Greeted),
        Look(1, THREE_WAIT, Do(PUSH_THREE)),
        Look(1, IDLE, Do(Ask::Snapshot)),
        Good(2, Success::SnapshotTaken),
        Look(2, IDLE, Do(PULL)),
        Good(3, Success::Gone),
        Look(3, IDLE, Do(Ask::Hello)),
        Good(3, Success::Greeted),
        Look(3, IDLE, WaitUntil(2 + SNAPSHOT_EVERY_MS)),
        // What happens here is sent meanwhile.
        Look(4, THREE_WAIT, Do(PUSH_THREE)),
        Good(5, Success::Pushed),
        Look(2 + SNAPSHOT_EVERY_MS, IDLE, Do(Ask::Hello)),
        Good(2 + SNAPSHOT_EVERY_MS, Success::Greeted),
        Look(2 + SNAPSHOT_EVERY_MS, IDLE, Do(Ask::Snapshot)),
    ]);
}

#[test]
fn a_catalogue_that_does_not_add_up_is_compared_once_and_replaced() {
    check(&[
        Good(0, Success::Greeted),
        Look(0, IDLE, Do(PULL)),
        Good(1, Success::Pulled { up_to_date: true }),
        Look(1, SUSPECT, Do(Ask::Hello)),
        Good(2, Success::Greeted),
        Look(2, SUSPECT, Do(Ask::Snapshot)),
        Good(3, Success::SnapshotTaken),
        Look(3, IDLE, Do(PULL)),
        Good(4, Success::Pulled { up_to_date: true }),
        Look(4, SUSPECT, Do(Ask::Hello)),
        Good(5, Success::Greeted),
        Look(5, SUSPECT, WaitUntil(3 + SNAPSHOT_EVERY_MS)),
    ]);
}

#[test]
fn every_failure_waits_and_greets_again() {
    let detail = || String::from("detail");
    let failures = [
        Failure::Unreachable { detail: detail() },
        Failure::TimedOut,
        Failure::HubTrouble { detail: detail(), retry_after_ms: None },
        Failure::HubFault { detail: detail() },
        Failure::Garbage { detail: detail() },
        Failure::OtherHub { detail: detail() },
        Failure::NotEnrolled { detail: detail() },
        Failure::Storage { detail: detail() },
    ];
    for failure in failures {
        check(&[
            Good(0, Success::Greeted),
            Bad(0, PULL, failure, full(1)),
            Look(0, THREE_WAIT, WaitUntil(BACKOFF_FIRST_MS)),
            Look(BACKOFF_FIRST_MS - 1, IDLE, WaitUntil(BACKOFF_FIRST_MS)),
            Look(BACKOFF_FIRST_MS, THREE_WAIT, Do(Ask::Hello)),
        ]);
    }
}

#[test]
fn a_failed_terminal_does_not_wait_when_told_to_hurry() {
    check(&[
        Bad(0, PULL, Failure::TimedOut, full(1)),
        Look(0, IDLE, WaitUntil(BACKOFF_FIRST_MS)),
        Hurry(10),
        Look(10, IDLE, Do(Ask::Hello)),
        Good(11, Success::Greeted),
        Good(12, Success::Pulled { up_to_date: true }),
        Look(13, IDLE, Do(LISTEN)),
        Good(13, Success::Pulled { up_to_date: true }),
        Look(13, IDLE, WaitUntil(13 + PULL_EVERY_MS)),
        Hurry(14),
        Look(14, IDLE, Do(LISTEN)),
    ]);
}

/// Doubled up to five minutes; any random number gives something between nothing and that.
#[test]
fn delays_double_up_to_a_ceiling() {
    let expected_s = [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300];
    let mut uplink = Uplink::new(0);
    for (failures, ceiling_s) in (1..).zip(expected_s) {
        for (jitter, delay_ms) in [(0, 0), (1, 1), (full(failures), ceiling_s * 1_000), (full(failures) + 1, 0)] {
            let mut tried = uplink.clone();
            tried.failed(0, PULL, Failure::TimedOut, jitter);
            assert_eq!(tried.next_try_ms(), delay_ms, "after {failures} failures, jitter {jitter}");
        }
        uplink.failed(0, PULL, Failure::TimedOut, u64::MAX);
    }
}

/// The delay that a hub in trouble asks for is kept, but not for longer than the ceiling.
#[test]
fn a_hub_may_ask_for_time() {
    for (asked, jitter, delay_ms) in [
        (None, 0, 0),
        (Some(700), 0, 700),
        (Some(700), 900, 900),
        (Some(20_000), full(1), 20_000),
        (Some(-5), 0, 0),
        (Some(BACKOFF_MAX_MS + 1), 0, BACKOFF_MAX_MS),
        (Some(i64::MAX), 0, BACKOFF_MAX_MS),
        (Some(i64::MIN), 0, 0),
    ] {
        let mut uplink = Uplink::new(0);
        uplink.failed(0, PULL, Failure::HubTrouble { detail: String::new(), retry_after_ms: asked }, jitter);
        assert_eq!(uplink.next_try_ms(), delay_ms, "{asked:?} with jitter {jitter}");
    }
}

/// A greeting is no proof that work can be done: the delays grow on until something is done.
#[test]
fn a_hub_that_greets_and_then_fails_is_not_hammered() {
    let mut uplink = Uplink::new(0);
    let mut now_ms = 0;
    for failures in 1..=12 {
        assert_eq!(uplink.step(now_ms, THREE_WAIT), Do(Ask::Hello));
        uplink.succeeded(now_ms, Success::Greeted);
        let Do(ask) = uplink.step(now_ms, THREE_WAIT) else { panic!("greeted") };
        assert_eq!(ask, if failures == 1 { PUSH_THREE } else { PULL });
        // Neither ends well.
        uplink.failed(now_ms, PUSH_THREE, Failure::TimedOut, full(failures));
        assert_eq!(uplink.last_failure(), Some(&Failure::TimedOut));
        assert_eq!(uplink.next_try_ms() - now_ms, i64::try_from(full(failures)).expect("minutes"), "after {failures} failures");
        now_ms = uplink.next_try_ms();
    }
    uplink.succeeded(now_ms, Success::Pushed);
    assert_eq!((uplink.last_failure(), uplink.last_success_ms()), (None, Some(now_ms)));
    uplink.failed(now_ms, PULL, Failure::TimedOut, full(1));
    assert_eq!(uplink.next_try_ms() - now_ms, BACKOFF_FIRST_MS, "a success makes the next failure the first");
}

/// What peers told goes behind what happened here, and before news. An op on which the hub fails is found
/// and parked like an own one, and none of it keeps news from coming.
#[test]
fn what_peers_told_is_passed_on() {
    const TOLD: Standing = Standing { passes_on: true, ..IDLE };
    let pass = |ops_max, park| Ask::PassOn { ops_max, park };
    let fault = || Failure::HubFault { detail: String::new() };
    check(&[
        Good(0, Success::Greeted),
        Look(0, Standing { pending: 3, ..TOLD }, Do(PUSH_THREE)),
        Look(0, TOLD, Do(pass(PUSH_OPS_MAX, false))),
        Bad(0, pass(2, false), fault(), 0),
        Look(0, TOLD, Do(pass(1, false))),
        Bad(0, pass(1, false), fault(), 0),
        Bad(0, pass(1, false), fault(), 0),
        Look(0, TOLD, Do(pass(1, true))),
        Good(0, Success::PassedOn),
        Look(0, TOLD, Do(pass(2, false))),
        Bad(0, pass(2, false), Failure::TimedOut, 0),
        Good(1, Success::Greeted),
        Look(1, TOLD, Do(PULL)),
        Good(1, Success::Pulled { up_to_date: true }),
        Look(1, TOLD, Do(pass(2, false))),
        Good(1, Success::PassedOn),
        Look(1, IDLE, Do(PULL)),
    ]);
}

/// What becomes of one ask while the hub is not well.
#[derive(Debug, Clone)]
enum Weather {
    Fails(Failure, u64),
    Gone,
    Well,
}

/// The world that a scheduler lives in: what waits on both sides.
#[derive(Debug)]
struct World {
    uplink: Uplink,
    now_ms: i64,
    standing: Standing,
    /// Pages of the feed not yet pulled.
    pages: u64,
    pulled: bool,
    asks: u64,
    push_failed: bool,
}

fn failure() -> impl Strategy<Value = Failure> {
    let detail = String::new;
    prop_oneof![
        Just(Failure::Unreachable { detail: detail() }),
        Just(Failure::TimedOut),
        proptest::option::of(any::<i64>()).prop_map(move |retry_after_ms| Failure::HubTrouble { detail: detail(), retry_after_ms }),
        Just(Failure::HubFault { detail: detail() }),
        Just(Failure::Garbage { detail: detail() }),
        Just(Failure::OtherHub { detail: detail() }),
        Just(Failure::NotEnrolled { detail: detail() }),
        Just(Failure::Storage { detail: detail() }),
    ]
}

fn weather() -> impl Strategy<Value = Weather> {
    prop_oneof![3 => (failure(), any::<u64>()).prop_map(|(failure, jitter)| Weather::Fails(failure, jitter)), 1 => Just(Weather::Gone), 2 => Just(Weather::Well)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    /// After any foul weather, once the hub is well, everything is sent and fetched: in as many asks
    /// as there is work and a few, and within the longest waits.
    #[test]
    fn nothing_waits_for_ever(
        foul in prop::collection::vec(weather(), 0..60),
        pending in 0..5_000u64,
        pages in 0..9u64,
        has_cursor: bool,
        passes_on: bool,
    ) {
        let standing = Standing { pending, passes_on, has_cursor, suspect: false };
        let mut world = World { uplink: Uplink::new(0), now_ms: 0, standing, pages, pulled: false, asks: 0, push_failed: false };
        for weather in foul {
            world.ask(weather);
        }
        let (begin_ms, begin_asks) = (world.now_ms, world.asks);
        // After faults the pushes grow from one op at a time: ten doublings.
        let work = world.standing.pending.div_ceil(500) + 10 + world.pages + 6;
        world.pulled = false;
        while world.standing.pending > 0 || world.standing.passes_on || !world.standing.has_cursor || !world.pulled {
            world.ask(Weather::Well);
            prop_assert!(world.asks - begin_asks <= work, "{} asks for {work} of work: {world:?}", world.asks - begin_asks);
        }
        let waited_ms = world.now_ms - begin_ms;
        prop_assert!(waited_ms <= BACKOFF_MAX_MS + SNAPSHOT_EVERY_MS + PULL_EVERY_MS, "waited {waited_ms} ms");
        prop_assert_eq!(world.uplink.last_failure(), None);
    }
}

impl World {
    /// Waits until there is something to ask, asks it, lets it end as the weather has it.
    fn ask(&mut self, weather: Weather) {
        let ask = loop {
            match self.uplink.step(self.now_ms, self.standing) {
                Do(ask) => break ask,
                WaitUntil(then_ms) => {
                    assert!(then_ms > self.now_ms, "waits for what is past");
                    assert!(then_ms - self.now_ms <= SNAPSHOT_EVERY_MS.max(BACKOFF_MAX_MS), "waits too long");
                    self.now_ms = then_ms;
                }
            }
        };
        let sends = matches!(ask, Ask::Hello | Ask::Push { .. } | Ask::Park);
        assert!(self.standing.pending == 0 || sends || self.push_failed, "what happened here goes first, not {ask:?}");
        self.asks += 1;
        match (weather, ask) {
            (Weather::Fails(failure, jitter), ask) => {
                self.push_failed = matches!(ask, Ask::Push { .. } | Ask::Park) || self.push_failed && ask == Ask::Hello;
                self.uplink.failed(self.now_ms, ask, failure, jitter);
            }
            (Weather::Gone, Ask::Pull { .. }) => self.uplink.succeeded(self.now_ms, Success::Gone),
            (_, ask) => {
                self.push_failed &= ask == Ask::Hello;
                let success = self.done(ask);
                self.uplink.succeeded(self.now_ms, success);
            }
        }
    }

    fn done(&mut self, ask: Ask) -> Success {
        match ask {
            Ask::Hello => Success::Greeted,
            Ask::Push { ops_max } => {
                self.standing.pending = self.standing.pending.saturating_sub(ops_max as u64);
                Success::Pushed
            }
            Ask::Park => {
                self.standing.pending -= 1;
                Success::Pushed
            }
            Ask::PassOn { .. } => {
                self.standing.passes_on = false;
                Success::PassedOn
            }
            Ask::Renew(_) => Success::Renewed,
            Ask::Snapshot => {
                self.standing.has_cursor = true;
                Success::SnapshotTaken
            }
            Ask::Pull { .. } => {
                self.pages = self.pages.saturating_sub(1);
                self.pulled = self.pages == 0;
                Success::Pulled { up_to_date: self.pulled }
            }
        }
    }
}

/// The random number that gives the longest delay after so many failures.
fn full(failures: u32) -> u64 {
    let ceiling_ms = (BACKOFF_FIRST_MS << (failures - 1).min(20)).min(BACKOFF_MAX_MS);
    ceiling_ms.unsigned_abs()
}

fn check(table: &[Line]) {
    let mut uplink = Uplink::new(0);
    for (row, line) in table.iter().enumerate() {
        match line {
            Look(now_ms, standing, expected) => assert_eq!(uplink.step(*now_ms, *standing), *expected, "row {row}"),
            Good(now_ms, success) => uplink.succeeded(*now_ms, *success),
            Bad(now_ms, ask, failure, jitter) => uplink.failed(*now_ms, *ask, failure.clone(), *jitter),
            Hurry(now_ms) => uplink.hurry(*now_ms),
            Interrupt(now_ms) => uplink.interrupted(*now_ms),
        }
    }
}
