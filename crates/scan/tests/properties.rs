//! Exact text or a fault, never another text: for any serial, any way of sending it, any damage
//! that leaves a trace.
//!
//! Damage that leaves no trace is outside the promise, and is left out here: a key whose press and
//! release both vanish without `SYN_DROPPED` was never typed, as far as anyone can tell. One event
//! that vanishes alone, or occurs twice, always contradicts its neighbours.

mod support;

use proptest::prelude::*;
use scan::{KeyCode, Outcome, RawEvent, ScannerConfig};
use support::chance::tries;
use support::rig::{Rig, keyboard, texts_and_faults};
use support::us::{STYLES, Style, Typist, dropped_at, held_after};

/// The pause between two codes; longer than the scanner's gap and quiet together.
const PAUSE_US: u64 = 400_000;
/// Keys that begin no code by themselves.
const SILENT: [KeyCode; 4] = [KeyCode::KEY_LEFTSHIFT, KeyCode::KEY_RIGHTSHIFT, KeyCode::KEY_LEFTALT, KeyCode::KEY_CAPSLOCK];

#[derive(Debug, Clone)]
struct Code {
    text: String,
    styles: Vec<Style>,
    frame_us: u64,
    scan_codes: bool,
}

/// What happens to the events on their way.
#[derive(Debug, Clone, Copy)]
enum Damage {
    Nothing,
    /// The kernel's queue overflowed: these events are gone, and `SYN_DROPPED` says so; the last
    /// `SYN_REPORT` is never among them. If `asked`, the device then tells the held keys.
    Overflow {
        from: usize,
        count: usize,
        asked: bool,
    },
    Vanish {
        at: usize,
    },
    Twice {
        at: usize,
    },
    /// Nothing more comes.
    Cut {
        at: usize,
        unplugged: bool,
    },
}

fn code() -> impl Strategy<Value = Code> {
    let text = r"[A-Za-z0-9_\-()#/]{1,64}";
    let styles = prop::collection::vec(prop::sample::select(&STYLES[..]), 64);
    (text, styles, 1000u64..16_000, any::<bool>()).prop_map(|(text, styles, frame_us, scan_codes)| Code { text, styles, frame_us, scan_codes })
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = 0usize..2000;
    prop_oneof![
        (at.clone(), 0usize..200, any::<bool>()).prop_map(|(from, count, asked)| Damage::Overflow { from, count, asked }),
        at.clone().prop_map(|at| Damage::Vanish { at }),
        at.clone().prop_map(|at| Damage::Twice { at }),
        (at, any::<bool>()).prop_map(|(at, unplugged)| Damage::Cut { at, unplugged }),
    ]
}

proptest! {
    #![proptest_config(tries(1000))]

    #[test]
    fn any_serial_sent_in_any_way_arrives(code in code()) {
        let mut rig = Rig::new(&config());
        play(&mut rig, &events_of(&code, 2_000_000), Damage::Nothing);
        let out = rig.finish();
        prop_assert_eq!(texts_and_faults(&out), (vec![code.text.as_str()], 0));
    }

    #[test]
    fn reports_may_overlap(text in r"[A-Za-z0-9_\-()#/]{1,64}") {
        let mut rig = Rig::new(&config());
        rig.events(&overlapped(&text).events);
        let out = rig.finish();
        prop_assert_eq!(texts_and_faults(&out), (vec![text.as_str()], 0));
    }

    #[test]
    fn bytes_may_be_cut_anywhere(texts in prop::collection::vec(r"[A-Za-z0-9_\-()#/]{1,64}", 1..5), cuts in prop::collection::vec(1usize..40, 40)) {
        let sent: String = texts.iter().map(|text| format!("{text}\r\n")).collect();
        let mut rig = Rig::new(&config());
        let mut rest = sent.as_bytes();
        for cut in cuts.iter().cycle() {
            let (now, later) = rest.split_at((*cut).min(rest.len()));
            rig.now_us += 1000;
            rig.pipeline.bytes(now, rig.now_us, rig.now_us, &mut rig.out);
            rest = later;
            if rest.is_empty() { break }
        }
        let out = rig.finish();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        prop_assert_eq!(texts_and_faults(&out), (texts, 0));
    }

    #[test]
    fn damage_gives_a_fault_and_never_another_text(code in code(), second in code(), damage in damage()) {
        let out = damaged_then_clean(&code, &second, damage);
        let (texts, faults) = texts_and_faults(&out);
        prop_assert!(texts.iter().all(|text| *text == code.text || *text == second.text), "{:?} from {:?}", texts, damage);
        prop_assert!(texts.len() == 2 || faults >= 1 || !was_begun(&code, damage), "{:?} from {:?}", out, damage);
        prop_assert!(texts.len() <= 2);
    }

    #[test]
    fn after_an_overflow_the_next_code_is_read(code in code(), second in code(), from in 0usize..2000, count in 0usize..200, asked: bool) {
        let out = damaged_then_clean(&code, &second, Damage::Overflow { from, count, asked });
        let (texts, faults) = texts_and_faults(&out);
        prop_assert_eq!(texts.last(), Some(&second.text.as_str()));
        prop_assert!(faults >= 1);
    }

    #[test]
    fn any_events_whatever_do_no_harm(events in prop::collection::vec((0u64..300_000, 0u16..6, 0u16..130, -1i32..4), 0..400)) {
        let mut rig = Rig::new(&config());
        let mut t_us = 2_000_000;
        for (gap_us, kind, code, value) in events {
            t_us += gap_us;
            rig.pass(t_us - rig.now_us);
            rig.events(&[RawEvent { t_us, kind, code, value }]);
        }
        let before = rig.out.len();
        rig.pass(support::rig::REST_US);
        prop_assert!(rig.out.len() <= before + 1);
        prop_assert!(rig.pipeline.is_settled());
    }
}

/// Whether a whole frame with a key of the first code arrived; of a code that was cut before that
/// nobody can know.
fn was_begun(code: &Code, damage: Damage) -> bool {
    let Damage::Cut { at, .. } = damage else { return true };
    let events = events_of(code, 2_000_000);
    let arrived = &events[..at % events.len()];
    let is_key = |event: &RawEvent| event.kind == 1 && event.value == 1 && !SILENT.contains(&KeyCode(event.code));
    let first_key = arrived.iter().position(is_key);
    first_key.is_some_and(|at| arrived[at..].iter().any(|event| event.kind == 0))
}

fn config() -> ScannerConfig {
    ScannerConfig { same_ms: 0, ..keyboard() }
}

/// The first code is damaged; the second follows after a pause.
fn damaged_then_clean(code: &Code, second: &Code, damage: Damage) -> Vec<Outcome> {
    let mut rig = Rig::new(&config());
    let events = events_of(code, 2_000_000);
    let end_us = events.last().map_or(0, |event| event.t_us) + PAUSE_US;
    play(&mut rig, &events, damage);
    rig.pass(end_us - rig.now_us);
    play(&mut rig, &events_of(second, end_us), Damage::Nothing);
    rig.finish()
}

fn play(rig: &mut Rig, events: &[RawEvent], damage: Damage) {
    match damage {
        Damage::Nothing => rig.events(events),
        Damage::Overflow { from, count, asked } => overflow(rig, events, from, count, asked),
        Damage::Vanish { at } => {
            let at = at % events.len();
            rig.events(&events[..at]);
            rig.events(&events[at + 1..]);
        }
        Damage::Twice { at } => {
            let at = at % events.len();
            rig.events(&events[..=at]);
            rig.events(&events[at..]);
        }
        Damage::Cut { at, unplugged } => {
            rig.events(&events[..at % events.len()]);
            if unplugged {
                rig.unplug();
            }
        }
    }
}

fn overflow(rig: &mut Rig, events: &[RawEvent], from: usize, count: usize, asked: bool) {
    let from = from % events.len();
    let to = (from + count).min(events.len() - 1);
    rig.events(&events[..from]);
    // The kernel stamps the notice with the time of the event that found no room.
    rig.events(&[dropped_at(events[to].t_us)]);
    if asked {
        rig.pipeline.resync(&held_after(&events[..to]), rig.now_us);
    }
    rig.events(&events[to..]);
}

fn events_of(code: &Code, start_us: u64) -> Vec<RawEvent> {
    let mut typist = Typist { frame_us: code.frame_us, scan_codes: code.scan_codes, ..Typist::new(start_us) };
    for (typed, style) in code.text.chars().zip(&code.styles) {
        typist.char(typed, *style);
    }
    typist.tap(KeyCode::KEY_ENTER);
    typist.events
}

/// Each report lets go of the last key and presses the next, unless it is the same key again.
fn overlapped(text: &str) -> Typist {
    let mut typist = Typist::new(2_000_000);
    let mut last: Vec<KeyCode> = Vec::new();
    let chars = text.chars().map(support::us::key_of).chain([(KeyCode::KEY_ENTER, false)]);
    for (key, shift) in chars {
        let mut next = vec![key];
        if shift {
            next.insert(0, KeyCode::KEY_LEFTSHIFT);
        }
        if last.contains(&key) {
            typist.frame(&last.iter().map(|key| (*key, 0)).collect::<Vec<_>>());
            last.clear();
        }
        let ups = last.iter().filter(|key| !next.contains(key)).map(|key| (*key, 0));
        let downs = next.iter().filter(|key| !last.contains(key)).map(|key| (*key, 1));
        typist.frame(&ups.chain(downs).collect::<Vec<_>>());
        last = next;
    }
    typist.frame(&last.iter().map(|key| (*key, 0)).collect::<Vec<_>>());
    typist
}
