//! The scanners: each is opened as the terminal would, for as long as it takes to know.

use super::Finding;
use crate::config::Config;
use scan::{DeviceState, Reason, ScanEvent, ScannerConfig, Scanners};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

const PART: &str = "scanner";
/// A scanner that was found is live after its time of silence; slower ones are told as they stand.
const OPEN_MAX: Duration = Duration::from_secs(2);

pub fn examine(config: &Config) -> Vec<Finding> {
    if config.scanners.is_empty() {
        return vec![Finding::look(PART, "No scanner is configured.", "Tap \"Set up a scanner\" on the till's first page, or write one under [[scanner]].")];
    }
    if terminal_runs(&config.data) {
        let sentence = format!("The running terminal has the scanners ({}).", names(&config.scanners));
        return vec![Finding::ok(PART, sentence)];
    }
    match states(&config.scanners) {
        Ok(states) => states.into_iter().map(|(name, (state, reason))| judge(&name, state, &reason)).collect(),
        Err(fault) => vec![Finding::mend(PART, format!("The scanners cannot be opened: {fault}."), "Mend that in the configuration.")],
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
