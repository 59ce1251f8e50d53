//! Setting up a scanner: a code is shown, everything that could be a scanner is listened to, and
//! whoever sends that code says by it how it is set up.

use super::{App, Effect, LayerState, PageState, ScannersOrder};
use crate::notice::Notice;
use crate::view::{FlashKind, FlashWhat};
use scan::learn::{Differs, Found, Verdict};
use scan::{Candidate, FaultKind, ForeignScanner, Heard, LearnEvent, Reason, ScannerConfig};

/// Longest name of a scanner: what fits into the header.
const NAME_CHARS_MAX: usize = 24;

/// Where it stands.
#[derive(Debug, Default)]
pub(crate) struct Learn {
    pub stage: Stage,
    pub ears: Vec<Ear>,
    pub foreign: Vec<ForeignScanner>,
    pub name: String,
}

#[derive(Debug, Default)]
pub(crate) enum Stage {
    #[default]
    Listening,
    Found(Candidate, Box<Found>),
    /// A scanner that did not send what was shown.
    Differs(Candidate, Differs),
    Spoiled(FaultKind),
}

/// A device that is listened to, or why it is not.
#[derive(Debug, Clone)]
pub(crate) struct Ear {
    pub candidate: Candidate,
    pub deaf: Option<Reason>,
}

impl App {
    pub(super) fn show_learn(&mut self) -> Vec<Effect> {
        if !self.may_set_up_scanners() || self.busy || !matches!(self.page, PageState::Enrol | PageState::Login | PageState::Scanners) {
            return Vec::new();
        }
        self.layer = LayerState::None;
        self.learn = Learn::default();
        self.scanners.raws.clear();
        self.page = PageState::Learn;
        Vec::new()
    }

    /// From the beginning, with the devices that are listened to already.
    pub(super) fn learn_again(&mut self) -> Vec<Effect> {
        self.learn.stage = Stage::Listening;
        self.scanners.raws.clear();
        Vec::new()
    }

    pub(super) fn learn_name(&mut self, name: String) -> Vec<Effect> {
        self.learn.name = name.chars().take(NAME_CHARS_MAX).collect();
        Vec::new()
    }

    pub(super) fn keep_learnt(&mut self) -> Vec<Effect> {
        let name = self.learn.name.trim();
        let Stage::Found(_, found) = &self.learn.stage else { return Vec::new() };
        if self.page != PageState::Learn || self.busy || name.is_empty() {
            return Vec::new();
        }
        let scanner = ScannerConfig { name: name.into(), ..found.config.clone() };
        self.busy = true;
        vec![Effect::Scanners(ScannersOrder::Keep(Box::new(scanner)))]
    }

    pub(super) fn scanner_kept(&mut self, name: &str) {
        self.busy = false;
        if self.page == PageState::Learn {
            self.page = PageState::Scanners;
        }
        self.flash(FlashKind::Ok, FlashWhat::Saved, name);
    }

    pub(super) fn scanner_not_kept(&mut self, reason: String) -> Vec<Effect> {
        self.busy = false;
        self.fail(Notice::StorageFailed { reason })
    }

    pub(super) fn learn_event(&mut self, event: LearnEvent) {
        if self.page != PageState::Learn {
            return;
        }
        match event {
            LearnEvent::Listening(candidate) => self.note_ear(Ear { candidate, deaf: None }),
            LearnEvent::NotListening { candidate, reason } => self.note_ear(Ear { candidate, deaf: Some(reason) }),
            LearnEvent::Gone(candidate) => self.learn.ears.retain(|ear| ear.candidate.node != candidate.node),
            LearnEvent::Heard(heard) => self.heard(heard),
            // Shown in pieces, with those of scanners that are read.
            LearnEvent::Raw { .. } => {}
        }
    }

    fn note_ear(&mut self, ear: Ear) {
        self.learn.ears.retain(|other| other.candidate.node != ear.candidate.node);
        self.learn.ears.push(ear);
    }

    /// What was found stays until somebody wants to listen again: a second pull of the trigger must
    /// not change it under the finger.
    fn heard(&mut self, heard: Vec<Heard>) {
        self.touched_ms = self.now_ms;
        let Some(Heard { candidate, verdict }) = heard.into_iter().next() else { return };
        if matches!(self.learn.stage, Stage::Found(..)) {
            return;
        }
        match verdict {
            Verdict::Found(found) => {
                self.learn.name = self.free_name(&candidate.name);
                self.flash(FlashKind::Ok, FlashWhat::ScannerFound, candidate.name.clone());
                self.learn.stage = Stage::Found(candidate, found);
            }
            Verdict::Differs(differs) => self.not_learnt(Stage::Differs(candidate, differs)),
            Verdict::Spoiled(kind) => self.not_learnt(Stage::Spoiled(kind)),
            // Somebody types, or scans another code.
            Verdict::NotThis => {}
        }
    }

    fn not_learnt(&mut self, stage: Stage) {
        self.flash(FlashKind::Warn, FlashWhat::ScannerNotFound, "");
        self.learn.stage = stage;
    }

    /// What its maker calls it, with a number if there is one of that name already.
    fn free_name(&self, of_maker: &str) -> String {
        let plain: String = of_maker.trim().chars().take(NAME_CHARS_MAX - 3).collect();
        let plain = if plain.is_empty() { "scanner".to_owned() } else { plain };
        let taken = |name: &String| self.scanners.in_use.iter().flatten().any(|other| other == name);
        let numbered = (2..100).map(|number| format!("{plain} {number}"));
        std::iter::once(plain.clone()).chain(numbered).find(|name| !taken(name)).unwrap_or(plain)
    }
}
