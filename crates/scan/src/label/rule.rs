//! Rules of a shop about the texts of a scanner: what kind a text is, and which parts of it are
//! what. The text itself stays as it is.

use std::collections::BTreeMap;

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::symbology::Symbology;
use super::{Gs1, Label};
use crate::config::ConfigFault;

/// A rule as it is written. The first one that fits counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What the text is then, in the application's words.
    pub kind: String,
    /// When it fits; without conditions, always.
    #[serde(default, skip_serializing_if = "When::is_always")]
    pub when: When,
    /// Names of parts and what they are: `"$name"` or `"$1"` of the expression's groups or, with
    /// `gs1`, an application identifier.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, String>,
}

/// What must hold for a rule to fit: all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct When {
    /// Found anywhere in the text: begin with `^` and end with `$` for the whole of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regex: Option<Pattern>,
    /// The code is GS1's, and has every identifier that `set` asks for.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub gs1: bool,
    /// Of one of these kinds; empty: of any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub symbologies: Vec<Symbology>,
}

/// A regular expression.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern(Regex);

/// What a rule says of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sorted {
    /// The rule's `kind`.
    pub kind: String,
    /// What `set` names, with their values.
    pub parts: BTreeMap<String, String>,
}

impl Rule {
    /// Finds what can never be: a part of an expression that has no such group, or of no expression.
    pub(crate) fn check(&self) -> Result<(), ConfigFault> {
        let fault = |part: &str| ConfigFault::RulePart { kind: self.kind.clone(), part: part.to_owned() };
        for (name, value) in &self.set {
            let known = if self.when.gs1 { is_identifier(value) } else { self.when.regex.as_ref().is_some_and(|pattern| pattern.has_groups(value)) };
            if !known {
                return Err(fault(name));
            }
        }
        Ok(())
    }

    pub(super) fn sort(&self, label: &Label) -> Option<Sorted> {
        let kinds = &self.when.symbologies;
        if !kinds.is_empty() && !label.symbology.is_some_and(|kind| kinds.contains(&kind)) {
            return None;
        }
        let captured = self.when.regex.as_ref().map(|pattern| pattern.0.captures(&label.text));
        if captured.as_ref().is_some_and(Option::is_none) {
            return None;
        }
        let gs1 = label.gs1.as_ref().filter(|_| self.when.gs1);
        if self.when.gs1 && gs1.is_none() {
            return None;
        }
        let part = |value: &String| match (gs1, &captured) {
            (Some(gs1), _) => Gs1::value(gs1, value).map(str::to_owned),
            (None, Some(Some(groups))) => {
                let mut part = String::new();
                groups.expand(value, &mut part);
                Some(part)
            }
            (None, _) => None,
        };
        let parts = self.set.iter().map(|(name, value)| Some((name.clone(), part(value)?))).collect::<Option<_>>()?;
        Some(Sorted { kind: self.kind.clone(), parts })
    }
}

impl When {
    fn is_always(&self) -> bool {
        *self == Self::default()
    }
}

impl Pattern {
    /// Whether every group that the template names is one.
    fn has_groups(&self, template: &str) -> bool {
        let mut rest = template;
        while let Some((_, after)) = rest.split_once('$') {
            let after = after.trim_start_matches('{');
            let end = after.find(|read: char| !read.is_ascii_alphanumeric() && read != '_').unwrap_or(after.len());
            let (name, behind) = after.split_at(end);
            let numbered = name.parse::<usize>().is_ok_and(|at| at < self.0.captures_len());
            if !numbered && !self.0.capture_names().flatten().any(|known| known == name) {
                return false;
            }
            rest = behind;
        }
        true
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for Pattern {}

impl TryFrom<String> for Pattern {
    type Error = ConfigFault;

    fn try_from(text: String) -> Result<Self, ConfigFault> {
        Regex::new(&text).map(Self).map_err(|fault| ConfigFault::Regex { text, fault: fault.to_string() })
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.0.as_str().to_owned()
    }
}

fn is_identifier(text: &str) -> bool {
    (2..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}
