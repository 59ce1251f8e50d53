//! The scanners: each is opened as the terminal would, for as long as it takes to know. And what else
//! is plugged in that could be one.

use super::rights::Barred;
use super::{Finding, Machine, Who};
use crate::config::Config;
use crate::scanners;
use scan::{Candidate, DeviceState, ForeignScanner, Reason, ScanEvent, ScannerConfig, Scanners};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

const PART: &str = "scanner";
/// A scanner that was found is live after its time of silence; slower ones are told as they stand.
const OPEN_MAX: Duration = Duration::from_secs(2);

pub fn examine(config: &Config, machine: &Machine, who: &Who) -> Vec<Finding> {
    let candidates = scan::candidates();
    let (all, problem) = scanners::all(&config.scanners, &config.data);
    let mut findings = known(&all, &config.data, &candidates);
    if !problem.is_empty() {
        findings.push(Finding::mend(
            PART,
            format!("Scanners that were set up at the till are not in use: {}.", problem.trim_end()),
            "Mend that line, or remove the file and set them up again.",
        ));
    }
    findings.extend(scan::foreign_scanners().iter().map(foreign));
    findings.extend(candidates.iter().filter_map(|candidate| barred(candidate, machine, who)));
    findings
}

fn known(scanners: &[ScannerConfig], data: &Path, candidates: &[Candidate]) -> Vec<Finding> {
    if scanners.is_empty() {
        return vec![none(candidates)];
    }
    if terminal_runs(data) {
        let sentence = format!("The running terminal has the scanners ({}).", names(scanners));
        return vec![Finding::ok(PART, sentence)];
    }
    match states(scanners) {
        Ok(states) => states.into_iter().map(|(name, (state, reason))| judge(&name, state, &reason)).collect(),
        Err(fault) => vec![Finding::mend(PART, format!("The scanners cannot be opened: {fault}."), "Mend that in the configuration.")],
    }
}

fn none(candidates: &[Candidate]) -> Finding {
    let found: Vec<&str> = candidates.iter().map(|candidate| candidate.name.trim()).collect();
    let could_be =
        if found.is_empty() { "nothing is plugged in that could be one".to_owned() } else { format!("one of these could be one: {}", found.join(", ")) };
    let todo = "Tap \"Set up a scanner\" on the till's first page and scan the code that it shows.";
    Finding::look(PART, format!("No scanner is set up; {could_be}."), todo)
}

fn foreign(scanner: &ForeignScanner) -> Finding {
    let sentence = format!("{} ({}) speaks its maker's language alone: nothing can be read from it.", scanner.name.trim(), String::from(scanner.usb));
    Finding::mend(PART, sentence, "Set it to a USB keyboard, HID for points of sale or a serial line, by a code of its manual.")
}

/// A device that the terminal could not open if it were the scanner.
fn barred(candidate: &Candidate, machine: &Machine, who: &Who) -> Option<Finding> {
    match who.may_use(machine, &candidate.node) {
        Err(Barred::Denied(how)) => {
            let sentence = format!("{} ({}) may not be opened by {}.", candidate.name.trim(), candidate.node.display(), who.name);
            Some(Finding::look("device", sentence, format!("If that is a scanner: {how}")))
        }
        Ok(()) | Err(Barred::Absent) => None,
    }
}

fn names(scanners: &[ScannerConfig]) -> String {
    scanners.iter().map(|scanner| scanner.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// It holds the lock of its data folder.
fn terminal_runs(data: &Path) -> bool {
    std::fs::File::open(data.join("lock")).is_ok_and(|lock| lock.try_lock().is_err())
}

type States = BTreeMap<String, (DeviceState, Reason)>;

fn states(scanners: &[ScannerConfig]) -> Result<States, scan::StartFault> {
    let (sender, events) = channel();
    let running = Scanners::start(scanners.to_vec(), move |event| drop(sender.send(event)))?;
    let states = listen(&events, scanners.len());
    running.stop();
    Ok(states)
}

/// Listens until every scanner is more than found, or long enough.
fn listen(events: &Receiver<ScanEvent>, scanners: usize) -> States {
    let (until, mut states) = (Instant::now() + OPEN_MAX, States::new());
    while states.len() < scanners || states.values().any(|(state, _)| *state == DeviceState::Opening) {
        let Ok(event) = events.recv_timeout(until.saturating_duration_since(Instant::now())) else { break };
        if let ScanEvent::State { device, state, reason } = event {
            states.insert(device.to_string(), (state, reason));
        }
    }
    states
}

fn judge(name: &str, state: DeviceState, reason: &Reason) -> Finding {
    let sentence = format!("{name}: {reason}");
    match state {
        DeviceState::Live => Finding::ok(PART, sentence),
        DeviceState::Absent | DeviceState::Lost => Finding::look(PART, sentence, "Plug it in; `lsusb` shows whether this box sees it."),
        DeviceState::Opening => Finding::look(PART, sentence, "Pull it out and plug it in again."),
        DeviceState::Busy | DeviceState::Denied => Finding::mend(PART, sentence, ""),
    }
}
