//! From the characters between two codes to what is known of a code: takes off what the scanner puts
//! around it, and looks into it.

use super::aim::{AimId, AimMode};
use super::rule::{Rule, Sorted};
use super::symbology::Symbology;
use super::{Label, envelope, gs1};
use crate::config::{CodeId, Looking, ScannerConfig};
use crate::outcome::FaultKind;

/// What came beside a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Carried {
    pub(crate) aim: Option<AimId>,
    pub(crate) symbology: Option<Symbology>,
}

/// What a scanner was set to put around every code, and what is expected of its codes.
#[derive(Debug)]
pub(crate) struct LabelReader {
    prefix: String,
    postfix: String,
    aim: AimMode,
    code_id: CodeId,
    envelope: Looking,
    gs1: Looking,
    symbologies: Vec<Symbology>,
    min_len: usize,
    max_len: Option<usize>,
    rules: Vec<Rule>,
}

impl LabelReader {
    pub(crate) fn new(config: &ScannerConfig) -> Self {
        Self {
            prefix: config.prefix.clone(),
            postfix: config.postfix.clone(),
            aim: config.aim,
            code_id: config.code_id,
            envelope: config.envelope,
            gs1: config.gs1,
            symbologies: config.symbologies.clone(),
            min_len: config.min_len,
            max_len: config.max_len,
            rules: config.rules.clone(),
        }
    }

    /// The exact text of the code and what is known of it, or why it is not to be taken.
    pub(crate) fn read(&self, read: &str, carried: Carried) -> Result<Label, FaultKind> {
        let inner = read.strip_prefix(&*self.prefix).and_then(|rest| rest.strip_suffix(&*self.postfix)).ok_or(FaultKind::Affix)?;
        let (aim, inner) = self.split_aim(inner, carried.aim)?;
        let (own_kind, text) = self.split_code_id(inner)?;
        if text.is_empty() {
            return Err(FaultKind::Affix);
        }
        let symbology = carried.symbology.or(own_kind).or_else(|| Symbology::of_aim(aim?));
        self.filter(text, symbology)?;
        let envelope = if self.envelope == Looking::Auto { envelope::read(text)? } else { None };
        let gs1 = match (&envelope, self.gs1) {
            (_, Looking::Off) => None,
            (Some(envelope), Looking::Auto) => envelope.gs1(),
            (None, Looking::Auto) => gs1::read(text, aim)?,
        };
        self.sorted(Label { text: text.to_owned(), aim, symbology, envelope, gs1, sorted: None })
    }

    fn split_aim<'a>(&self, text: &'a str, carried: Option<AimId>) -> Result<(Option<AimId>, &'a str), FaultKind> {
        let found = || AimId::split(text).map(|(aim, rest)| (Some(aim), rest));
        match (carried, self.aim) {
            (Some(aim), _) => Ok((Some(aim), text)),
            (None, AimMode::Off) => Ok((None, text)),
            (None, AimMode::Optional) => Ok(found().unwrap_or((None, text))),
            (None, AimMode::Required) => found().ok_or(FaultKind::NoAim),
        }
    }

    fn split_code_id<'a>(&self, text: &'a str) -> Result<(Option<Symbology>, &'a str), FaultKind> {
        if self.code_id == CodeId::None {
            return Ok((None, text));
        }
        let id = text.chars().next().filter(char::is_ascii_graphic).ok_or(FaultKind::NoAim)?;
        Ok((Symbology::of_honeywell(id), &text[1..]))
    }

    fn filter(&self, text: &str, symbology: Option<Symbology>) -> Result<(), FaultKind> {
        if !self.symbologies.is_empty() && !symbology.is_some_and(|kind| self.symbologies.contains(&kind)) {
            return Err(FaultKind::Symbology);
        }
        let chars = text.chars().count();
        let fits = chars >= self.min_len && self.max_len.is_none_or(|max| chars <= max);
        if fits { Ok(()) } else { Err(FaultKind::Length) }
    }

    /// Without rules every text is taken.
    fn sorted(&self, label: Label) -> Result<Label, FaultKind> {
        if self.rules.is_empty() {
            return Ok(label);
        }
        let sorted: Option<Sorted> = self.rules.iter().find_map(|rule| rule.sort(&label));
        sorted.map(|sorted| Label { sorted: Some(sorted), ..label }).ok_or(FaultKind::Unmatched)
    }
}
