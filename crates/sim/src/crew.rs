//! Many seeds on all cores: processes, not threads, because SQLite's own chance is one for a process.

use crate::breaks::Break;
use crate::world::{Ending, Scenario, World};
use serde::{Deserialize, Serialize};
use std::env;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Instant;

/// Seeds that once found something, one a line, each with what it was.
const REGRESSIONS: &str = include_str!("../regressions.txt");

/// What a worker tells of one seed.
#[derive(Debug, Serialize, Deserialize)]
struct Told {
    seed: u64,
    findings: Vec<String>,
    events: u64,
    promises: usize,
    conflicts: usize,
}

#[derive(Default)]
struct Tally {
    seeds: u64,
    events: u64,
    promises: usize,
    conflicts: usize,
    found: Vec<Told>,
}

/// The seeds that are kept.
pub fn regressions() -> impl Iterator<Item = u64> {
    REGRESSIONS.lines().filter_map(|line| line.split('#').next()?.trim().parse().ok())
}

/// Plays the seeds that stand in the lines of the standard input and tells of each in a line.
pub fn work(bug: Option<Break>) -> ExitCode {
    for seed in io::stdin().lines().map_while(Result::ok).filter_map(|line| line.parse().ok()) {
        let Ending { findings, events, promises, conflicts, .. } = World::run(Scenario { seed, bug, shown: false });
        let told = Told { seed, findings, events, promises, conflicts };
        let line = serde_json::to_string(&told).expect("a result holds only text and numbers");
        if writeln!(io::stdout(), "{line}").is_err() {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// Plays the seeds and says what came of it. With a deliberate bug the first find is enough.
pub fn lead(seeds: &[u64], bug: Option<Break>, jobs: Option<usize>) -> ExitCode {
    let began = Instant::now();
    let Ok(tally) = play(seeds, bug, jobs) else { return no_workers() };
    say(&tally.line(began));
    let well = match bug {
        Some(_) => {
            let catch = tally.catch();
            say(catch.as_deref().unwrap_or("NOT CAUGHT: with this bug no seed shows anything."));
            catch.is_some()
        }
        None => tally.is_clean(seeds.len() as u64),
    };
    if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Plays the seeds with every deliberate bug, one after the other; none may go unnoticed.
pub fn prove(seeds: &[u64], jobs: Option<usize>) -> ExitCode {
    let mut missed = Vec::new();
    for bug in Break::all() {
        let Ok(tally) = play(seeds, Some(bug), jobs) else { return no_workers() };
        let catch = tally.catch();
        say(&format!("{:<18} {}", bug.name(), catch.as_deref().unwrap_or("NOT CAUGHT")));
        if catch.is_none() {
            missed.push(bug.name());
        }
    }
    if missed.is_empty() {
        return ExitCode::SUCCESS;
    }
    say(&format!("Of {} seeds none shows anything with: {}.", seeds.len(), missed.join(", ")));
    ExitCode::FAILURE
}

fn no_workers() -> ExitCode {
    say("The workers cannot be started.");
    ExitCode::FAILURE
}

/// Shares the seeds among processes and sums up.
fn play(seeds: &[u64], bug: Option<Break>, jobs: Option<usize>) -> io::Result<Tally> {
    let jobs = jobs.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from)).max(1);
    let (tell, results) = mpsc::channel();
    let shares = (0..jobs).map(|job| seeds.iter().copied().skip(job).step_by(jobs).collect());
    let mut crew = shares.map(|share| hire(share, bug, tell.clone())).collect::<io::Result<Vec<Child>>>()?;
    drop(tell);
    let tally = sum(&results, bug.is_some());
    if bug.is_some() {
        crew.iter_mut().for_each(|worker| drop(worker.kill()));
    }
    crew.iter_mut().for_each(|worker| drop(worker.wait()));
    Ok(tally)
}

/// Starts a worker on its share and has its lines come here.
fn hire(share: Vec<u64>, bug: Option<Break>, tell: Sender<Told>) -> io::Result<Child> {
    let bug = bug.iter().flat_map(|bug| ["--break", bug.name()]);
    let mut worker = Command::new(env::current_exe()?).arg("--worker").args(bug).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let (input, output) = (worker.stdin.take(), worker.stdout.take());
    thread::spawn(move || {
        // A worker that ended does not read on; that it did shows in its results.
        input.map(|mut input| share.iter().try_for_each(|seed| writeln!(input, "{seed}")))
    });
    thread::spawn(move || {
        let lines = output.into_iter().flat_map(|output| BufReader::new(output).lines()).map_while(Result::ok);
        lines.filter_map(|line| serde_json::from_str(&line).ok()).try_for_each(|told| tell.send(told))
    });
    Ok(worker)
}

fn sum(results: &Receiver<Told>, first_find_only: bool) -> Tally {
    let mut tally = Tally::default();
    for told in results {
        tally.seeds += 1;
        tally.events += told.events;
        tally.promises += told.promises;
        tally.conflicts += told.conflicts;
        if !told.findings.is_empty() {
            tally.found.push(told);
            if first_find_only {
                break;
            }
        }
    }
    tally.found.sort_by_key(|told| told.seed);
    tally
}

impl Tally {
    fn line(&self, began: Instant) -> String {
        let seconds = began.elapsed().as_secs_f64();
        let Tally { seeds, events, promises, conflicts, .. } = self;
        format!("{seeds} seeds in {seconds:.1} s: {events} events, {promises} promises, {conflicts} conflicts.")
    }

    /// Which seed found the bug, and how it showed.
    fn catch(&self) -> Option<String> {
        self.found.first().map(|told| format!("Caught by seed {}: {}", told.seed, told.findings.join("; ")))
    }

    /// Says what was found, if anything was.
    fn is_clean(&self, wanted: u64) -> bool {
        for Told { seed, findings, .. } in &self.found {
            say(&format!("seed {seed}: {}\n    repeat it: cargo xtask sim --seed {seed} --trace", findings.join("; ")));
        }
        if self.seeds < wanted {
            say(&format!("{} of {wanted} seeds were not played to their end: a worker broke off.", wanted - self.seeds));
        }
        self.seeds == wanted && self.found.is_empty()
    }
}

/// Whoever does not listen any more misses nothing.
pub fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}
