//! Takes off what the scanner puts around a code: prefix, AIM identifier, postfix.

use super::aim::{AimId, AimMode};
use crate::config::ScannerConfig;
use crate::outcome::FaultKind;

/// What a scanner was set to put around every code.
#[derive(Debug)]
pub(crate) struct Unwrapper {
    prefix: String,
    postfix: String,
    aim: AimMode,
}

/// A text and what was said about it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unwrapped<'a> {
    pub(crate) text: &'a str,
    pub(crate) aim: Option<AimId>,
}

impl Unwrapper {
    pub(crate) fn new(config: &ScannerConfig) -> Self {
        Self { prefix: config.prefix.clone(), postfix: config.postfix.clone(), aim: config.aim }
    }

    /// `carried` is an identifier that came beside the text, as in a report.
    pub(crate) fn unwrap<'a>(&self, text: &'a str, carried: Option<AimId>) -> Result<Unwrapped<'a>, FaultKind> {
        let inner = text.strip_prefix(&*self.prefix).and_then(|rest| rest.strip_suffix(&*self.postfix)).ok_or(FaultKind::Affix)?;
        let (aim, text) = match (carried, self.aim) {
            (Some(aim), _) => (Some(aim), inner),
            (None, AimMode::Off) => (None, inner),
            (None, AimMode::Optional) => AimId::split(inner).map_or((None, inner), |(aim, rest)| (Some(aim), rest)),
            (None, AimMode::Required) => AimId::split(inner).map(|(aim, rest)| (Some(aim), rest)).ok_or(FaultKind::NoAim)?,
        };
        if text.is_empty() { Err(FaultKind::Affix) } else { Ok(Unwrapped { text, aim }) }
    }
}
