//! A fleet in a storm: the real hub and real terminals, each behind a line that is cut, slowed, garbled
//! and swallowed by chance, while plugs are pulled, disks are copied and the hub is restored from an
//! older copy. Afterwards all is mended, and every sale that a screen ever showed must be in the hub
//! once, every double sale told once, and every terminal must show what the hub has.

mod audit;
mod dump;
mod fleet;
mod line;
mod reckoning;
mod state;
mod storm;
mod tally;
mod worker;

use crate::crew::dice::Dice;
use crate::crew::seed_of_now;
use crate::demo::folder::DemoFolder;
use crate::demo::shop::Binaries;
use crate::demo::{build, built};
use anyhow::Result;
use dump::Dumper;
use fleet::Fleet;
use std::time::{Duration, Instant};
use tally::Tally;

/// Fewer would seldom want the same unit.
const TERMINALS_MIN: u64 = 2;
/// Each is a process, and a storm among more of them shows nothing new.
const TERMINALS_MAX: u64 = 16;

#[derive(clap::Args)]
pub struct Options {
    /// How long the storm rages.
    #[arg(long, default_value_t = 1.0)]
    minutes: f64,
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u64).range(TERMINALS_MIN..=TERMINALS_MAX))]
    terminals: u64,
    /// Repeats the choices of an earlier run; what the machine makes of them differs a little.
    #[arg(long)]
    seed: Option<u64>,
    /// Build without optimisation: faster to build, slower to run.
    #[arg(long)]
    debug: bool,
    /// Use the programs as they were built last, with the remote control.
    #[arg(long)]
    built: bool,
    /// Keep databases and logs when all went well, too.
    #[arg(long)]
    keep: bool,
}

pub fn run(options: &Options) -> Result<()> {
    let binaries = if options.built { built(options.debug) } else { build(options.debug)? };
    let dumper = Dumper::build(options.debug, options.built)?;
    let seed = options.seed.unwrap_or_else(seed_of_now);
    println!("Seed {seed}, {} terminals, {} minutes.", options.terminals, options.minutes);
    let folder = DemoFolder::create()?;
    let began = Instant::now();
    let mut tally = Tally::new(seed);
    let played = play(&binaries, &dumper, &folder, options, &mut tally);
    tally.seconds = began.elapsed().as_secs_f64();
    tally.failure = played.as_ref().err().map(|fault| format!("{fault:#}"));
    folder.end(options.keep || played.is_err());
    tally.print()?;
    played
}

fn play(binaries: &Binaries, dumper: &Dumper, folder: &DemoFolder, options: &Options, tally: &mut Tally) -> Result<()> {
    let mut dice = Dice::new(tally.seed);
    let mut fleet = Fleet::open(binaries, folder, tally.clone())?;
    let before = dumper.log(&fleet.shop.database())?;
    for _ in 0..options.terminals {
        fleet.add_terminal(Dice::new(dice.below(u64::MAX)))?;
        fleet.tally.terminals += 1;
    }
    let begun = fleet.wait_until_begun();
    let raged = begun.and_then(|()| storm::rage(&mut fleet, &mut dice, Duration::from_secs_f64(options.minutes * 60.0)));
    // A terminal that failed is the cause of whatever else failed then.
    let raged = raged.map_err(|fault| fleet.check_alive().err().unwrap_or(fault));
    let played = raged.and_then(|()| reckoning::reckon(&mut fleet, dumper, &before));
    *tally = fleet.tally.clone();
    played
}
