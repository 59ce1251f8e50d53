//! `sim`: plays seeds and prints what the auditor found.

use clap::Parser;
use sim::breaks::Break;
use sim::crew;
use sim::world::{Scenario, World};
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "sim", about = "Plays the whole system in one process, with faults by seed and an auditor")]
struct Options {
    /// How many seeds are played.
    #[arg(long, default_value_t = 200)]
    seeds: u64,
    /// The first of them. Without it, the seeds that once found something are played too.
    #[arg(long)]
    seed: Option<u64>,
    /// Print what happens, of the first seed only.
    #[arg(long)]
    trace: bool,
    /// Switch on a deliberate bug; it is well if the auditor finds it.
    #[arg(long = "break", value_parser = break_of)]
    bug: Option<Break>,
    /// Print the names of the deliberate bugs, one a line.
    #[arg(long)]
    list_breaks: bool,
    /// Processes that share the work; one a core without it.
    #[arg(long)]
    jobs: Option<usize>,
    /// Play the seeds of the standard input, for the process that asks.
    #[arg(long, hide = true)]
    worker: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let first = options.seed.unwrap_or(1);
    if options.list_breaks {
        Break::names().for_each(crew::say);
        return ExitCode::SUCCESS;
    }
    if options.worker {
        return crew::work(options.bug);
    }
    if options.trace {
        let ending = World::run(Scenario { seed: first, bug: options.bug, shown: true });
        return if ending.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let kept = crew::regressions().filter(|_| options.seed.is_none() && options.bug.is_none());
    let seeds: Vec<u64> = (first..first + options.seeds).chain(kept.filter(|seed| *seed >= first + options.seeds)).collect();
    crew::lead(&seeds, options.bug, options.jobs)
}

fn break_of(name: &str) -> Result<Break, String> {
    Break::from_name(name).ok_or_else(|| format!("{name:?} is none of the deliberate bugs; --list-breaks names them"))
}
