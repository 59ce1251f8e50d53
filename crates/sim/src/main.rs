//! `sim`: plays seeds and prints what the auditor found.

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use sim::breaks::Break;
use sim::crew;
use sim::world::{Scenario, World};
use std::ops::Range;
use std::process::ExitCode;

/// Most seeds of one run: they are all named before the first is played, and take two days.
const SEEDS_MAX: u64 = 1_000_000;

#[derive(Parser)]
#[command(name = "sim", about = "Plays the whole system in one process, with faults by seed and an auditor")]
struct Options {
    /// How many seeds are played.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..=SEEDS_MAX))]
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
    /// Switch on the deliberate bugs one after the other; each of them has to be found.
    #[arg(long, conflicts_with_all = ["bug", "trace"])]
    breaks: bool,
    /// Processes that share the work; one a core without it.
    #[arg(long)]
    jobs: Option<usize>,
    /// Play the seeds of the standard input, for the process that asks.
    #[arg(long, hide = true)]
    worker: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    if options.list_breaks {
        Break::names().for_each(crew::say);
        return ExitCode::SUCCESS;
    }
    if options.worker {
        return crew::work(options.bug);
    }
    let seeds = options.range();
    if options.trace {
        let ending = World::run(Scenario { seed: seeds.start, bug: options.bug, shown: true });
        return if ending.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    if options.breaks {
        return crew::prove(&seeds.collect::<Vec<_>>(), options.jobs);
    }
    let kept = crew::regressions().filter(|seed| options.seed.is_none() && options.bug.is_none() && !seeds.contains(seed));
    let seeds: Vec<u64> = seeds.clone().chain(kept).collect();
    crew::lead(&seeds, options.bug, options.jobs)
}

impl Options {
    /// The seeds that are asked for. Ends the program if there are not so many behind the first.
    fn range(&self) -> Range<u64> {
        let first = self.seed.unwrap_or(1);
        let Some(end) = first.checked_add(self.seeds) else {
            let text = format!("--seed {first} leaves no {} seeds: the last one is {}. Begin earlier, or play fewer with --seeds.", self.seeds, u64::MAX - 1);
            Options::command().error(ErrorKind::ValueValidation, text).exit();
        };
        first..end
    }
}

fn break_of(name: &str) -> Result<Break, String> {
    Break::from_name(name).ok_or_else(|| format!("{name:?} is none of the deliberate bugs; --list-breaks names them"))
}
