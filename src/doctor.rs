//! `counterfoil doctor`: looks at everything a terminal needs from its box and says, a line each,
//! what is well, what to look at and what to mend, with the command that mends it.
//!
//! It changes nothing and may run beside the terminal. What it finds are sentences for a technician
//! at a console, in English like all that the program says there.

mod clock;
mod configuration;
mod disk;
mod display;
mod fonts;
mod hub;
mod machine;
mod printer;
mod rights;
mod scanners;

pub use machine::Machine;

use crate::config::Config;
use crate::identity::Identity;
use rights::Who;
use serde::Serialize;
use std::fmt;
use std::path::Path;

/// How one thing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    Ok,
    /// The terminal works, and yet this is hardly meant.
    Look,
    /// The terminal does not work, or loses something, until this is mended.
    Mend,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is about, a word that never changes.
    pub part: &'static str,
    pub health: Health,
    pub sentence: String,
    /// What to do about it; empty if it is well.
    pub what_to_do: String,
}

/// All of them.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The worst of all.
    pub health: Health,
    pub findings: Vec<Finding>,
}

impl Finding {
    fn ok(part: &'static str, sentence: impl Into<String>) -> Finding {
        Finding { part, health: Health::Ok, sentence: sentence.into(), what_to_do: String::new() }
    }

    fn look(part: &'static str, sentence: impl Into<String>, what_to_do: impl Into<String>) -> Finding {
        Finding { part, health: Health::Look, sentence: sentence.into(), what_to_do: what_to_do.into() }
    }

    fn mend(part: &'static str, sentence: impl Into<String>, what_to_do: impl Into<String>) -> Finding {
        Finding { part, health: Health::Mend, sentence: sentence.into(), what_to_do: what_to_do.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<5}{:<14}{}", self.health.word(), self.part, self.sentence)?;
        if self.what_to_do.is_empty() { Ok(()) } else { write!(f, " {}", self.what_to_do) }
    }
}

impl Health {
    fn word(self) -> &'static str {
        match self {
            Health::Ok => "ok",
            Health::Look => "look",
            Health::Mend => "mend",
        }
    }
}

impl Report {
    fn of(findings: Vec<Finding>) -> Report {
        let health = findings.iter().map(|finding| finding.health).max().unwrap_or(Health::Ok);
        Report { health, findings }
    }

    /// Whether a terminal can be opened to customers here.
    pub fn is_fit(&self) -> bool {
        self.health < Health::Mend
    }
}

/// A line each, and what it comes to.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.findings.iter().try_for_each(|finding| writeln!(f, "{finding}"))?;
        f.write_str(match self.health {
            Health::Ok => "All is well.",
            Health::Look => "The terminal works here; look at the lines marked so.",
            Health::Mend => "The terminal does not work here until the lines marked mend are mended.",
        })
    }
}

/// Looks at everything. `path` is the configuration's, if one was named.
pub fn examine(path: Option<&Path>, machine: &Machine) -> Report {
    let (config, mut findings) = configuration::examine(path);
    let who = Who::runs_the_terminal(machine, &config.data);
    let identity = Identity::read(&config.data);
    findings.extend(configuration::enrolment(&identity));
    findings.extend(everything_else(&config, identity.ok().as_ref(), machine, &who));
    Report::of(findings)
}

fn everything_else(config: &Config, identity: Option<&Identity>, machine: &Machine, who: &Who) -> Vec<Finding> {
    let mut findings = disk::examine(&config.data, machine, who);
    findings.extend(clock::examine(machine));
    findings.extend(identity.map(hub::examine).unwrap_or_default());
    findings.extend(fonts::examine());
    findings.extend(scanners::examine(config, machine, who));
    findings.extend(printer::examine(config.printer.as_ref(), machine, who));
    findings.extend(display::examine(&config.display, machine, who));
    findings
}
