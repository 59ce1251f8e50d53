//! The systemd units stay locked down. systemd itself says how exposed they are; where the tool is
//! absent there is nobody to ask, which is told.

use super::Finding;
use super::tree::{File, Tree};
use crate::process::exists;
use crate::root::root;
use std::process::Command;

/// Tenths of systemd's own scale of 0 (safe) to 10: an ordinary service has 96.
const EXPOSURE_MAX: u32 = 20;

const ANALYZE: &str = "systemd-analyze";

/// Why nobody looked at the units.
pub fn left_out() -> Option<&'static str> {
    (!exists(ANALYZE)).then_some("systemd-analyze is not installed, so nobody saw how exposed the units are")
}

pub fn exposure(tree: &Tree) -> Vec<Finding> {
    if left_out().is_some() {
        return vec![];
    }
    tree.with_ending("service").filter_map(exposed).collect()
}

fn exposed(unit: &File) -> Option<Finding> {
    let threshold = format!("--threshold={EXPOSURE_MAX}");
    let asked = Command::new(ANALYZE).args(["security", "--offline=true", "--no-pager", &threshold]).arg(root().join(&unit.path)).output();
    let answer = match asked {
        Ok(answer) => answer,
        Err(fault) => return Some(unit.finding(0, format!("systemd-analyze could not be started: {fault}"))),
    };
    let said = format!("{}{}", String::from_utf8_lossy(&answer.stdout), String::from_utf8_lossy(&answer.stderr));
    let verdict = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("no answer").trim();
    (!answer.status.success()).then(|| unit.finding(0, format!("{verdict} (at most {EXPOSURE_MAX} tenths)")))
}
