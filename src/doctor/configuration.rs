//! The two files that make this box a terminal: its configuration and its identity.

use super::Finding;
use crate::config::Config;
use crate::identity::{Identity, IdentityFault};
use std::path::Path;

const PART: &str = "configuration";

/// What is said of the file, and what the rest is looked at with: the defaults if it is no good.
pub fn examine(path: Option<&Path>) -> (Config, Vec<Finding>) {
    let Some(path) = path else {
        let none = Finding::look(
            PART,
            "No file was named, so every setting has its default.",
            "Name one: `counterfoil doctor --config /etc/counterfoil/terminal.toml`.",
        );
        return (Config::default(), vec![none]);
    };
    match Config::read(path) {
        Ok(config) => {
            let advice = config.advice().into_iter().map(|advice| Finding::look(PART, advice, ""));
            let good = Finding::ok(PART, format!("{} is good.", path.display()));
            let findings = std::iter::once(good).chain(advice).collect();
            (config, findings)
        }
        Err(fault) => {
            let bad = Finding::mend(PART, fault.to_string().trim_end().to_owned(), "Mend that line; all below was looked at with the defaults.");
            (Config::default(), vec![bad])
        }
    }
}

/// Whether a hub knows this box.
pub fn enrolment(identity: &Result<Identity, IdentityFault>) -> Option<Finding> {
    const PART: &str = "enrolment";
    Some(match identity {
        Ok(identity) => Finding::ok(PART, format!("This is {} ({}) of {}.", identity.name, identity.terminal, identity.hub)),
        Err(fault) => Finding::mend(PART, fault.to_string(), ""),
    })
}
