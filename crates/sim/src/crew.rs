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

/// Shares the seeds among processes and sums up. With a deliberate bug the first find is enough.
pub fn lead(seeds: &[u64], bug: Option<Break>, jobs: Option<usize>) -> ExitCode {
    let began = Instant::now();
    let jobs = jobs.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from)).max(1);
    let (tell, results) = mpsc::channel();
    let shares = (0..jobs).map(|job| seeds.iter().copied().skip(job).step_by(jobs).collect());
    let hired = shares.map(|share| hire(share, bug, tell.clone())).collect::<io::Result<Vec<Child>>>();
    drop(tell);
    let Ok(mut crew) = hired else {
        say("The workers cannot be started.");
        return ExitCode::FAILURE;
    };
    let tally = sum(&results, bug.is_some());
    if bug.is_some() {
        crew.iter_mut().for_each(|worker| drop(worker.kill()));
    }
    crew.iter_mut().for_each(|worker| drop(worker.wait()));
    say(&tally.line(began));
    match bug {
        Some(_) => tally.caught(),
        None => tally.clean(seeds.len() as u64),
    }
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

    fn caught(&self) -> ExitCode {
        let Some(told) = self.found.first() else {
            say("NOT CAUGHT: with this bug no seed shows anything.");
            return ExitCode::FAILURE;
        };
        say(&format!("Caught by seed {}: {}", told.seed, told.findings.join("; ")));
        ExitCode::SUCCESS
    }

    fn clean(&self, wanted: u64) -> ExitCode {
        for Told { seed, findings, .. } in &self.found {
            say(&format!("seed {seed}: {}\n    repeat it: cargo xtask sim --seed {seed} --trace", findings.join("; ")));
        }
        if self.seeds < wanted {
            say(&format!("{} of {wanted} seeds were not played to their end: a worker broke off.", wanted - self.seeds));
            return ExitCode::FAILURE;
        }
        if self.found.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// Whoever does not listen any more misses nothing.
pub fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}
