//! Characters to scans: where a code begins and ends, and when it is void.
//!
//! ```text
//! Idle     --key-----------------> Collect
//! Collect  --suffix--------------> text, Idle          (one line feed right after CR is swallowed)
//! Collect  --gap-----------------> text, Idle          or, if a suffix is required, Poisoned
//! Collect  --spoiled, too long---> Poisoned
//! Poisoned --suffix or quiet-----> fault, Idle
//! Idle     --suffix--------------> Idle
//! ```
//!
//! A poisoned scan swallows everything up to its end: the rest of a spoiled code must not pass for
//! a code of its own.

use crate::config::{ScannerConfig, Suffix};
use crate::outcome::{FAULT_RAW_MAX, FaultKind};
use crate::rhythm::Rhythm;

/// A line feed this soon after a carriage return belongs to it: at 300 Bd a byte takes 33 ms, and
/// nobody scans twice within 40 ms.
const LF_AFTER_CR_US: u64 = 40_000;

/// A key held this long without anything else happening is stuck or a finger, and no reason to
/// keep the operator waiting for the fault.
const HELD_QUIET_US: u64 = 2_000_000;

/// What a decoder makes of a key or byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece {
    Char(char),
    Spoil(FaultKind),
}

/// How a scan ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Text { text: String, t_first_us: u64, t_last_us: u64 },
    Spoiled { kind: FaultKind, raw: Vec<u8>, t_us: u64 },
}

/// When something arrived: a kernel timestamp is one moment, a read of a serial line is only known
/// to lie after the last time the line was seen empty.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival {
    pub(crate) earliest_us: u64,
    pub(crate) latest_us: u64,
}

/// What the decoder knows that decides how a scan may end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Keyboard {
    /// A key is held down.
    pub(crate) any_held: bool,
    /// The held keys are known; if not, only quiet tells that the scanner is at rest.
    pub(crate) synced: bool,
    /// Caps Lock is not as it was when the scan began.
    pub(crate) caps_switched: bool,
}

pub(crate) struct Framer {
    suffix: Vec<Suffix>,
    suffix_required: bool,
    rhythm: Rhythm,
    quiet_us: u64,
    raw_max: usize,
    by_message: bool,
    state: State,
    text: String,
    chars: usize,
    t_first_us: u64,
    t_last_us: u64,
    after_cr_until_us: Option<u64>,
    last_was_cr: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    Collect,
    Poisoned(Poison),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Poison {
    kind: FaultKind,
    t_us: u64,
    /// Something of a scan was seen, so its end must be reported. Not so while a freshly opened
    /// device is merely waited for to be quiet.
    seen: bool,
}

impl Arrival {
    pub(crate) fn at(t_us: u64) -> Self {
        Self { earliest_us: t_us, latest_us: t_us }
    }

    pub(crate) fn between(empty_us: u64, read_us: u64) -> Self {
        Self { earliest_us: empty_us.min(read_us), latest_us: read_us }
    }
}

impl Keyboard {
    /// A serial line has no keys to be held.
    pub(crate) const NONE: Self = Self { any_held: false, synced: true, caps_switched: false };
}

impl Framer {
    pub(crate) fn new(config: &ScannerConfig) -> Self {
        Self {
            suffix: config.suffix.clone(),
            suffix_required: config.suffix_required,
            rhythm: Rhythm::new(config),
            quiet_us: u64::from(config.quiet_ms) * 1000,
            raw_max: config.raw_max,
            by_message: false,
            state: State::Idle,
            text: String::new(),
            chars: 0,
            t_first_us: 0,
            t_last_us: 0,
            after_cr_until_us: None,
            last_was_cr: false,
        }
    }

    /// The device tells where a text ends, so that no suffix is needed and a pause ends none.
    pub(crate) fn expect_messages(&mut self, by_message: bool) {
        self.by_message = by_message;
    }

    /// Begins by listening until the device is quiet: what arrives before may be the end of a scan
    /// whose beginning nobody heard.
    pub(crate) fn settle(&mut self, now_us: u64) {
        self.reset();
        self.t_last_us = now_us;
        self.state = State::Poisoned(Poison { kind: FaultKind::Lost, t_us: now_us, seen: false });
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.state == State::Idle
    }

    /// Freshly opened, and nothing of a scan was seen yet.
    pub(crate) fn is_settling(&self) -> bool {
        matches!(self.state, State::Poisoned(Poison { seen: false, .. }))
    }

    pub(crate) fn is_poisoned(&self) -> bool {
        matches!(self.state, State::Poisoned(_))
    }

    /// Whether nothing has happened for so long that the next key begins something new.
    pub(crate) fn is_rested(&self, t_us: u64) -> bool {
        self.is_idle() && t_us.saturating_sub(self.t_last_us) >= self.rhythm.gap_us()
    }

    /// When [`Framer::advance`] must be called though nothing arrives. Microseconds.
    pub(crate) fn deadline_us(&self, keyboard: Keyboard) -> Option<u64> {
        match self.state {
            State::Idle => self.after_cr_until_us.map(|until_us| until_us + 1),
            State::Collect => Some(self.t_last_us + self.rhythm.gap_us()),
            State::Poisoned(_) => Some(self.t_last_us + self.rest_us(keyboard)),
        }
    }

    /// Lets time pass up to an arrival, or up to now if nothing arrived.
    pub(crate) fn advance(&mut self, arrival: Arrival, keyboard: Keyboard) -> Option<Ended> {
        self.after_cr_until_us.take_if(|until_us| arrival.earliest_us > *until_us);
        let silent_us = self.silent_us(arrival);
        if self.state == State::Collect && silent_us >= self.rhythm.gap_us() {
            return self.gap(arrival, keyboard);
        }
        if self.state == State::Collect && arrival.latest_us.saturating_sub(self.t_last_us) >= self.rhythm.gap_us() {
            // The reader was held up: the new bytes may be the rest of this scan or another one.
            self.spoil(FaultKind::Lost, arrival.latest_us);
        }
        if self.is_poisoned() && silent_us >= self.rest_us(keyboard) {
            return self.end_spoiled();
        }
        None
    }

    /// Notes that keys moved: a scan lasts as long as its gaps are short, whatever the keys are.
    pub(crate) fn touch(&mut self, t_us: u64) {
        if self.state == State::Collect {
            self.rhythm.paused(t_us.saturating_sub(self.t_last_us));
        }
        self.t_last_us = self.t_last_us.max(t_us);
    }

    /// Notes that a key of a scan went down.
    pub(crate) fn press(&mut self, t_us: u64) {
        match &mut self.state {
            State::Idle => self.begin(t_us),
            State::Collect => {}
            State::Poisoned(poison) => poison.seen = true,
        }
    }

    /// Takes the next character, or the news that there is none.
    pub(crate) fn take(&mut self, piece: Piece, arrival: Arrival, keyboard: Keyboard) -> Option<Ended> {
        match piece {
            Piece::Spoil(kind) => {
                self.spoil(kind, arrival.latest_us);
                None
            }
            Piece::Char(read) => self.take_char(read, arrival, keyboard),
        }
    }

    /// Takes a character of a text whose end will be told by [`Framer::finish`].
    pub(crate) fn take_inside(&mut self, piece: Piece, arrival: Arrival) {
        match piece {
            Piece::Spoil(kind) => self.spoil(kind, arrival.latest_us),
            Piece::Char(read) => self.append(read, arrival.latest_us),
        }
    }

    /// The device says that the text is whole. A suffix at its end is taken off, though none is
    /// needed.
    pub(crate) fn finish(&mut self, arrival: Arrival) -> Option<Ended> {
        let suffix_len = self.trailing_suffix_len();
        match self.state {
            State::Poisoned(_) => self.end_spoiled(),
            _ if self.text.len() <= suffix_len => {
                self.reset();
                None
            }
            _ => {
                self.t_last_us = arrival.latest_us;
                Some(self.end_text(suffix_len))
            }
        }
    }

    /// For how long nothing had come before this, at least.
    pub(crate) fn silent_us(&self, arrival: Arrival) -> u64 {
        arrival.earliest_us.saturating_sub(self.t_last_us)
    }

    /// Ends whatever is going on because the device is gone.
    pub(crate) fn unplugged(&mut self, t_us: u64) -> Option<Ended> {
        match self.state {
            State::Idle => None,
            State::Collect => {
                self.spoil(FaultKind::Truncated, t_us);
                self.end_spoiled()
            }
            State::Poisoned(_) => self.end_spoiled(),
        }
    }

    /// The silence that ends a spoiled scan.
    fn rest_us(&self, keyboard: Keyboard) -> u64 {
        if keyboard.any_held && keyboard.synced { self.quiet_us.max(HELD_QUIET_US) } else { self.quiet_us }
    }

    fn gap(&mut self, arrival: Arrival, keyboard: Keyboard) -> Option<Ended> {
        if self.by_message {
            self.spoil(FaultKind::Lost, self.t_last_us + self.rhythm.gap_us());
            return self.advance(arrival, keyboard);
        }
        let whole = !keyboard.any_held && !keyboard.caps_switched && !self.text.is_empty();
        if !self.suffix_required && whole {
            self.rhythm.ended(Some(self.t_last_us));
            return Some(self.end_text(0));
        }
        let kind = if self.suffix_required { FaultKind::NoSuffix } else { FaultKind::Damaged };
        self.spoil(kind, self.t_last_us + self.rhythm.gap_us());
        self.advance(arrival, keyboard)
    }

    fn take_char(&mut self, read: char, arrival: Arrival, keyboard: Keyboard) -> Option<Ended> {
        let after_cr = self.after_cr_until_us.take().is_some();
        if read == '\n' && after_cr && self.is_bare() {
            self.reset();
            return None;
        }
        let suffix_len = self.suffix_len(read);
        self.last_was_cr = read == '\r';
        match suffix_len {
            Some(held_back) => self.suffix(read, held_back, arrival, keyboard),
            None => {
                self.append(read, arrival.latest_us);
                None
            }
        }
    }

    /// If `read` ends a code: how many characters of the text belong to the suffix.
    fn suffix_len(&self, read: char) -> Option<usize> {
        let listed = |suffix| self.suffix.contains(&suffix);
        match read {
            '\n' if self.last_was_cr && listed(Suffix::CrLf) => Some(1),
            '\n' if listed(Suffix::Lf) => Some(0),
            '\r' if listed(Suffix::Cr) => Some(0),
            '\t' if listed(Suffix::Tab) => Some(0),
            '\u{3}' if listed(Suffix::Etx) => Some(0),
            _ => None,
        }
    }

    /// Bytes of a listed suffix at the end of the text.
    fn trailing_suffix_len(&self) -> usize {
        let ends = [("\r\n", Suffix::CrLf), ("\r", Suffix::Cr), ("\n", Suffix::Lf), ("\t", Suffix::Tab), ("\u{3}", Suffix::Etx)];
        let end = ends.iter().find(|(end, suffix)| self.suffix.contains(suffix) && self.text.ends_with(end));
        end.map_or(0, |(end, _)| end.len())
    }

    fn suffix(&mut self, read: char, held_back: usize, arrival: Arrival, keyboard: Keyboard) -> Option<Ended> {
        if read == '\r' {
            self.after_cr_until_us = Some(arrival.latest_us + LF_AFTER_CR_US);
        }
        if self.state == State::Collect && keyboard.caps_switched {
            self.spoil(FaultKind::Damaged, arrival.latest_us);
        }
        match self.state {
            State::Poisoned(_) if !keyboard.synced => None,
            State::Poisoned(_) => self.end_spoiled(),
            _ if self.text.len() <= held_back => {
                self.reset();
                None
            }
            _ => {
                self.t_last_us = arrival.latest_us;
                self.rhythm.ended(None);
                Some(self.end_text(held_back))
            }
        }
    }

    fn append(&mut self, read: char, t_us: u64) {
        if self.is_idle() {
            self.begin(t_us);
        }
        if self.is_poisoned() {
            return;
        }
        if self.chars == self.raw_max {
            return self.spoil(FaultKind::TooLong, t_us);
        }
        self.text.push(read);
        self.chars += 1;
    }

    /// The first reason stays: what follows is its consequence.
    fn spoil(&mut self, kind: FaultKind, t_us: u64) {
        match &mut self.state {
            State::Poisoned(poison) => poison.seen = true,
            _ => self.state = State::Poisoned(Poison { kind, t_us, seen: true }),
        }
    }

    fn begin(&mut self, t_us: u64) {
        self.state = State::Collect;
        self.t_first_us = t_us;
        if self.rhythm.is_rest(t_us) {
            self.spoil(FaultKind::Lost, t_us);
        }
    }

    fn end_text(&mut self, held_back: usize) -> Ended {
        let mut text = std::mem::take(&mut self.text);
        text.truncate(text.len() - held_back);
        let ended = Ended::Text { text, t_first_us: self.t_first_us, t_last_us: self.t_last_us };
        self.reset();
        ended
    }

    fn end_spoiled(&mut self) -> Option<Ended> {
        let State::Poisoned(poison) = self.state else {
            return None;
        };
        let mut raw = std::mem::take(&mut self.text).into_bytes();
        raw.truncate(FAULT_RAW_MAX);
        self.reset();
        poison.seen.then_some(Ended::Spoiled { kind: poison.kind, raw, t_us: poison.t_us })
    }

    /// No text of a scan is there, and none was lost.
    pub(crate) fn is_bare(&self) -> bool {
        !self.is_poisoned() && self.text.is_empty()
    }

    fn reset(&mut self) {
        self.state = State::Idle;
        self.text.clear();
        self.chars = 0;
        self.last_was_cr = false;
    }
}
