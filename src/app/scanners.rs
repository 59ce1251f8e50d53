//! The scanners as devices: how each is doing, and the page on which they are tried out. There a code
//! is looked at and sells nothing.

use super::scanned::{countries, shown};
use super::{App, Effect, LayerState, PageState};
use crate::view::{FlashKind, FlashWhat, ScannerState};
use ledger::role::Role;
use scan::{Counters, DeviceState, Fault, FaultKind, Feedback, ForeignScanner, LearnEvent, Reason, Scan, ScannerConfig};
use std::collections::{BTreeMap, VecDeque};

/// Codes remembered for the page: as many as a person tries out before looking.
const RECENT_MAX: usize = 20;
/// Lines of what scanners send: one code of a keyboard scanner makes some hundred, and its end is
/// what tells most.
const RAW_LINES_MAX: usize = 40;

/// What the scanners are asked for. It follows from the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Attention {
    /// To be read.
    #[default]
    None,
    /// To be read, and to show what they send.
    Watching,
    /// Everything is listened to that could be a scanner, and none is read.
    Learning,
}

/// What the app asks of the scanners.
#[derive(Debug)]
pub enum ScannersOrder {
    Attend(Attention),
    /// Write this one down and use it from now on.
    Keep(Box<ScannerConfig>),
    /// Have a scanner beep for what became of its code, if it can.
    Answer(String, Feedback),
}

/// What becomes of the scanners, beside what they read.
#[derive(Debug)]
pub enum ScannersNews {
    /// Those that are read, and what is wrong with the file of those that were set up here; empty if
    /// nothing is.
    InUse {
        names: Vec<String>,
        problem: String,
    },
    Counted(Vec<Counters>),
    Raws(Vec<RawLine>),
    Learning(LearnEvent),
    /// All that are plugged in and cannot be read as they are set, whenever that changes.
    Foreign(Vec<ForeignScanner>),
    Kept {
        name: String,
    },
    NotKept {
        reason: String,
    },
}

/// A piece of what a device sent, as a technician reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawLine {
    pub device: String,
    pub raw: String,
}

/// All that is known of the scanners.
#[derive(Debug, Default)]
pub(crate) struct Scanners {
    pub attention: Attention,
    pub states: BTreeMap<String, (DeviceState, Reason)>,
    /// None before it was told.
    pub in_use: Option<Vec<String>>,
    pub problem: String,
    pub counters: BTreeMap<String, Counters>,
    /// Newest first.
    pub recent: VecDeque<Recent>,
    pub raws: VecDeque<RawLine>,
    /// Whose code has not been answered yet.
    pub unanswered: Option<String>,
    pub answer: Option<(String, Feedback)>,
}

/// A code that came, or did not.
#[derive(Debug, Clone)]
pub(crate) struct Recent {
    pub at_ms: i64,
    pub scanner: String,
    pub what: RecentWhat,
}

#[derive(Debug, Clone)]
pub(crate) enum RecentWhat {
    Scan { text: String, characters: usize, lasted_ms: u64, aim: String, seems: String },
    Repeat { text: String },
    Fault { kind: FaultKind, raw: Vec<u8> },
}

impl App {
    /// Called after every input: whichever way a page was left, its scanners are told.
    pub(super) fn attend(&mut self) -> Option<Effect> {
        let wanted = match self.page {
            PageState::Scanners => Attention::Watching,
            PageState::Learn => Attention::Learning,
            _ => Attention::None,
        };
        let before = std::mem::replace(&mut self.scanners.attention, wanted);
        (before != wanted).then_some(Effect::Scanners(ScannersOrder::Attend(wanted)))
    }

    /// What became of a code is told where people listen: at the scanner. Only the first thing that
    /// is said after it is about it.
    pub(super) fn answer_scan(&mut self, feedback: Feedback) {
        self.scanners.answer = self.scanners.unanswered.take().map(|scanner| (scanner, feedback));
    }

    /// Called after every input.
    pub(super) fn answers(&mut self) -> Option<Effect> {
        let (scanner, feedback) = self.scanners.answer.take()?;
        Some(Effect::Scanners(ScannersOrder::Answer(scanner, feedback)))
    }

    pub(super) fn show_scanners(&mut self) -> Vec<Effect> {
        if self.page == PageState::Payment || self.busy {
            return Vec::new();
        }
        self.layer = LayerState::None;
        self.scanners.raws.clear();
        self.page = PageState::Scanners;
        Vec::new()
    }

    /// A box without a scanner is set up by whoever unpacks it; later it takes a supervisor.
    pub(super) fn may_set_up_scanners(&self) -> bool {
        match &self.operator {
            Some(operator) => operator.role >= Role::Supervisor,
            None => self.has_no_scanner() || !self.facts.enrolled,
        }
    }

    pub(super) fn has_no_scanner(&self) -> bool {
        self.scanners.in_use.as_ref().is_some_and(Vec::is_empty)
    }

    pub(super) fn scanners_news(&mut self, news: ScannersNews) -> Vec<Effect> {
        match news {
            ScannersNews::InUse { names, problem } => {
                self.scanners.states.retain(|name, _| names.contains(name));
                (self.scanners.in_use, self.scanners.problem) = (Some(names), problem);
            }
            ScannersNews::Counted(counters) => {
                self.scanners.counters = counters.into_iter().map(|counted| (counted.device.to_string(), counted)).collect();
            }
            ScannersNews::Raws(lines) => self.note_raws(lines),
            ScannersNews::Learning(event) => self.learn_event(event),
            ScannersNews::Foreign(scanners) => self.learn.foreign = scanners,
            ScannersNews::Kept { name } => self.scanner_kept(&name),
            ScannersNews::NotKept { reason } => return self.scanner_not_kept(reason),
        }
        Vec::new()
    }

    fn note_raws(&mut self, lines: Vec<RawLine>) {
        self.scanners.raws.extend(lines);
        let too_many = self.scanners.raws.len().saturating_sub(RAW_LINES_MAX);
        self.scanners.raws.drain(..too_many);
    }

    pub(super) fn scanner_is(&mut self, name: String, state: DeviceState, reason: Reason) {
        match reason {
            Reason::Removed => self.scanners.states.remove(&name),
            reason => self.scanners.states.insert(name, (state, reason)),
        };
    }

    pub(super) fn note_scan(&mut self, scan: &Scan) {
        self.scanners.unanswered = Some(scan.device.to_string());
        self.note(
            scan.device.to_string(),
            RecentWhat::Scan {
                text: shown(&scan.text),
                characters: scan.text.chars().count(),
                lasted_ms: scan.t_last_us.saturating_sub(scan.t_first_us) / 1_000,
                aim: scan.aim.map(|aim| aim.to_string()).unwrap_or_default(),
                seems: countries(&scan.seems),
            },
        );
    }

    pub(super) fn note_repeat(&mut self, scanner: String, text: &str) {
        self.note(scanner, RecentWhat::Repeat { text: shown(text) });
    }

    pub(super) fn note_fault(&mut self, fault: &Fault) {
        self.scanners.unanswered = Some(fault.device.to_string());
        self.note(fault.device.to_string(), RecentWhat::Fault { kind: fault.kind, raw: fault.raw.clone() });
    }

    fn note(&mut self, scanner: String, what: RecentWhat) {
        self.scanners.recent.truncate(RECENT_MAX - 1);
        self.scanners.recent.push_front(Recent { at_ms: self.now_ms, scanner, what });
    }

    /// A code on the page where scanners are tried out.
    pub(super) fn tried_out(&mut self, text: &str) -> Vec<Effect> {
        self.flash(FlashKind::Ok, FlashWhat::ScanRead, shown(text));
        Vec::new()
    }

    pub(super) fn set_up_sheet(&self) -> crate::slip::Slip {
        crate::slip::Slip::set_up_sheet(self.paper())
    }

    pub(super) fn show_sheet(&mut self) -> Vec<Effect> {
        if matches!(self.page, PageState::Scanners | PageState::Learn) {
            self.page = PageState::SetUpSheet;
        }
        Vec::new()
    }

    pub(super) fn print_sheet(&mut self) -> Vec<Effect> {
        if !self.facts.has_printer {
            return Vec::new();
        }
        vec![Effect::Print(self.set_up_sheet())]
    }

    /// The scanner to speak of: one that needs attention if any does.
    pub(super) fn scanner_state(&self) -> (ScannerState, String) {
        let worst = self.scanners.states.iter().max_by_key(|(_, (state, _))| match state {
            DeviceState::Live => 0,
            DeviceState::Opening => 1,
            DeviceState::Absent | DeviceState::Lost => 2,
            DeviceState::Busy => 3,
            DeviceState::Denied => 4,
        });
        let Some((name, (state, _))) = worst else { return (ScannerState::None, String::new()) };
        let state = match state {
            DeviceState::Live => ScannerState::Live,
            // One that is being opened takes no code yet.
            DeviceState::Opening | DeviceState::Absent | DeviceState::Lost => ScannerState::Absent,
            DeviceState::Busy => ScannerState::Busy,
            DeviceState::Denied => ScannerState::Denied,
        };
        (state, name.clone())
    }
}
