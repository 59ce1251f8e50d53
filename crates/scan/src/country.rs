//! Whether a scanner still types as the keyboard country that is set for it.
//!
//! Somebody scans a set-up code of the manual, or another scanner takes the place, and from then on
//! the keys stand for other characters. Most texts look none the worse for it. Where a label carries
//! structure (a check digit, an AIM identifier, GS1's syntax, a rule of the shop), its keys make no
//! sense under the country that is set and make sense under another. Such a code is a fault, and so
//! is every later one that the two countries read differently, until the scanner is set up again.
//!
//! No text is ever corrected by it: that another country fits is a sign, not a proof.

use evdev::KeyCode;

use crate::config::{Looking, ScannerConfig};
use crate::framer::Arrival;
use crate::keys::{KeyChange, LAYOUT_KEYS, LayoutName};
use crate::label::{Label, is_plain, is_proof, is_structured};
use crate::outcome::FaultKind;

/// Key changes of one code that are kept. A serial of 64 characters sent as ALT codes has 650; what
/// is longer is no serial and no product's number.
const CHANGES_MAX: usize = 4096;

/// What the keys of a code say of the scanner's country.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Opinion {
    /// Nothing.
    None,
    /// It could be one of these: only then the serial, or the text, has the characters of serials.
    Doubt(Vec<LayoutName>),
    /// It is another, and seems to be one of these.
    Other(Vec<LayoutName>),
}

/// Keeps the keys of the code that is coming in, and judges them at its end.
pub(crate) struct CountryWatch {
    /// Of this scanner, with nothing that looks back at other codes; `None`: nothing is watched.
    config: Option<Box<ScannerConfig>>,
    keys: RecordedKeys,
    /// Something of the code is not among its keys.
    lacks: bool,
    /// What the keys of `]` in the other countries are in this one.
    brackets: String,
    /// Of these it seems to be one since a code said so.
    accused: Vec<LayoutName>,
}

/// The keys of one code.
#[derive(Debug, Default)]
pub(crate) struct RecordedKeys {
    /// Down when it began.
    pub(crate) held: Vec<KeyCode>,
    pub(crate) sees_every_digit: bool,
    changes: Vec<KeyChange>,
    /// When each frame came, and where its changes end.
    frames: Vec<(Arrival, usize)>,
}

impl CountryWatch {
    pub(crate) fn new(config: &ScannerConfig) -> Self {
        let watched = config.layout_check == Looking::Auto;
        let brackets = if watched { brackets(config.layout) } else { String::new() };
        let config = watched.then(|| Box::new(ScannerConfig { layout_check: Looking::Off, same_ms: 0, ..config.clone() }));
        Self { config, keys: RecordedKeys::default(), lacks: false, brackets, accused: Vec::new() }
    }

    pub(crate) fn sees_every_digit(&mut self, sees: bool) {
        self.keys.sees_every_digit = sees;
    }

    /// The device was plugged in anew, and is perhaps another.
    pub(crate) fn trust(&mut self) {
        self.accused.clear();
    }

    /// What comes now belongs to another code.
    pub(crate) fn begin(&mut self, held: &[KeyCode]) {
        self.keys.held.clear();
        self.keys.held.extend_from_slice(held);
        self.keys.changes.clear();
        self.keys.frames.clear();
        self.lacks = false;
    }

    pub(crate) fn take(&mut self, arrival: Arrival, changes: &[KeyChange]) {
        if self.config.is_none() || self.keys.changes.len() + changes.len() > CHANGES_MAX {
            return self.lacks = true;
        }
        self.keys.changes.extend_from_slice(changes);
        self.keys.frames.push((arrival, self.keys.changes.len()));
    }

    /// Something of the code is not told by [`CountryWatch::take`].
    pub(crate) fn lacks_some(&mut self) {
        self.lacks = true;
    }

    /// The code is at its end, and this is what became of it.
    pub(crate) fn judge(&mut self, own: Result<&Label, FaultKind>) -> Opinion {
        if self.lacks || self.keys.frames.is_empty() {
            return Opinion::None;
        }
        let opinion = match own {
            Ok(label) if self.accused.is_empty() => self.of_text(label),
            Ok(label) => self.of_accused(label),
            Err(kind) => self.of_fault(kind),
        };
        if let Opinion::Other(layouts) = &opinion {
            self.accused.clone_from(layouts);
        }
        opinion
    }

    fn of_text(&self, own: &Label) -> Opinion {
        let structured = is_structured(own);
        let was_bracket = !structured && own.text.starts_with(|first| self.brackets.contains(first));
        if is_plain(own) && !was_bracket {
            return Opinion::None;
        }
        let readings = self.readings(&LayoutName::ALL);
        let others = layouts(&readings, is_proof);
        if !structured && !others.is_empty() {
            return Opinion::Other(others);
        }
        let plain = layouts(&readings, |label| is_plain(label) && (!structured || is_structured(label)));
        match () {
            () if is_plain(own) || plain.is_empty() => Opinion::None,
            () if !structured && !own.text.is_ascii() => Opinion::Other(plain),
            () => Opinion::Doubt(plain),
        }
    }

    /// A text that is the same either way says nothing; one that has structure as it is, and none
    /// under the other countries, speaks for the scanner.
    fn of_accused(&mut self, own: &Label) -> Opinion {
        let readings = self.readings(&self.accused);
        let alike = readings.len() == self.accused.len() && readings.iter().all(|(_, label)| label.text == own.text);
        if alike {
            return Opinion::None;
        }
        if is_proof(own) && layouts(&readings, is_proof).is_empty() {
            self.accused.clear();
            return Opinion::None;
        }
        Opinion::Other(self.accused.clone())
    }

    fn of_fault(&self, kind: FaultKind) -> Opinion {
        let expected = matches!(kind, FaultKind::Affix | FaultKind::NoAim | FaultKind::Envelope | FaultKind::Gs1 | FaultKind::Symbology | FaultKind::Unmatched);
        let unmapped = kind == FaultKind::Unmapped && !self.keys.changes.iter().any(|change| change.key == KeyCode::KEY_CAPSLOCK);
        if !expected && !unmapped {
            return Opinion::None;
        }
        let readings = self.readings(&LayoutName::ALL);
        let fits = |label: &Label| is_proof(label) || if expected { label.text.is_ascii() } else { is_plain(label) };
        let fitting = layouts(&readings, fits);
        if fitting.is_empty() { Opinion::None } else { Opinion::Other(fitting) }
    }

    /// What the keys are under these countries, apart from the one that is set.
    fn readings(&self, names: &[LayoutName]) -> Vec<(LayoutName, Label)> {
        let Some(config) = &self.config else { return Vec::new() };
        let others = names.iter().filter(|name| **name != config.layout);
        others.filter_map(|name| Some((*name, crate::pipeline::read_keys(&ScannerConfig { layout: *name, ..(**config).clone() }, &self.keys)?))).collect()
    }
}

impl RecordedKeys {
    pub(crate) fn frames(&self) -> impl Iterator<Item = (Arrival, &[KeyChange])> {
        let begins = std::iter::once(0).chain(self.frames.iter().map(|(_, end)| *end));
        self.frames.iter().zip(begins).map(|((arrival, end), begin)| (*arrival, &self.changes[begin..*end]))
    }
}

/// A text that is typed under another country than it is read and begins with an identifier begins with
/// one of these, and may look well otherwise.
fn brackets(read_as: LayoutName) -> String {
    let levels = [(false, false), (true, false), (false, true), (true, true)];
    let keys = levels.iter().flat_map(|level| LAYOUT_KEYS.iter().map(move |key| (*key, *level)));
    let is_bracket = |key, (shift, altgr)| LayoutName::ALL.iter().any(|name| name.layout().char_of(key, shift, altgr) == Some(']'));
    let brackets = keys.filter(|(key, level)| is_bracket(*key, *level));
    brackets.filter_map(|(key, (shift, altgr))| read_as.layout().char_of(key, shift, altgr)).filter(|read| *read != ']').collect()
}

/// Dvorak makes letters of most signs, so that under it nearly any text looks like a serial; only
/// proof speaks for it.
fn layouts(readings: &[(LayoutName, Label)], fits: impl Fn(&Label) -> bool) -> Vec<LayoutName> {
    let believed = |(name, label): &&(LayoutName, Label)| fits(label) && (*name != LayoutName::UsDvorak || is_proof(label));
    readings.iter().filter(believed).map(|(name, _)| *name).collect()
}
