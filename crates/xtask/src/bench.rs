//! Measures the product on this machine, in one run, and prints each figure beside the bar it has to
//! reach. Bars are ratios where possible, since both sides of a ratio were then measured on the same
//! disk in the same minutes; absolute ones say for which machine they are meant.

mod example;
mod figures;
mod machine;
mod process;
mod rows;
mod scan;
mod shop;
mod sync;

use crate::demo::{self, shop::Binaries};
use crate::table::table;
use anyhow::{Result, bail};
use figures::Figures;
use machine::Machine;
use serde_json::json;

/// What makes 10,000 units of the sample shop's own five thousand.
const SMALL_MORE_UNITS: u32 = 4_500;
/// The largest shop that one terminal is meant for has a million.
const LARGE_MORE_UNITS: u32 = 1_000_000;

#[derive(clap::Args)]
pub struct Options {
    /// Exit 1 if a bar is missed.
    #[arg(long)]
    strict: bool,
    /// Print the figures as JSON in the last line.
    #[arg(long)]
    json: bool,
    /// Only one part.
    #[arg(value_enum)]
    part: Option<Part>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// A terminal's storage beside the disk it lies on.
    Store,
    /// Backlogs, feeds and snapshots between terminals and a hub over HTTP, on either database.
    Sync,
    /// The way from a scanner's last character to the application, idle and on a busy machine.
    Scan,
    /// The terminal's own process, with a small and a large shop.
    Till,
}

pub fn run(options: &Options) -> Result<()> {
    let machine = Machine::look()?;
    println!("{}", machine.sentence());
    let figures = measure(options.part)?;
    println!("\n{}", table(&rows::rows(&figures)));
    println!("{}", machine.sentence());
    println!("{}", machine::HOW_TO_REPEAT);
    let missed = rows::missed(&figures);
    if options.json {
        println!("{}", json!({ "machine": machine, "figures": figures, "missed": missed }));
    }
    if options.strict && !missed.is_empty() {
        bail!("{} of the bars missed: {}.", missed.len(), missed.join(", "));
    }
    Ok(())
}

fn measure(only: Option<Part>) -> Result<Figures> {
    let wanted = |part| only.is_none_or(|only| only == part);
    let mut figures = Figures::new();
    // Everything is built before anything is measured: a compiler beside it would be measured too.
    let store = wanted(Part::Store).then(|| example::build("engine", "bench_store")).transpose()?;
    let scan = wanted(Part::Scan).then(|| example::build("scan", "bench_scan")).transpose()?;
    let sync = wanted(Part::Sync).then(build_sync).transpose()?;
    let till: Option<Binaries> = wanted(Part::Till).then(|| demo::build(false)).transpose()?;
    if let Some(example) = store {
        figures.extend(example.run(&[])?);
    }
    if let Some(example) = scan {
        figures.extend(scan::measure(&example)?);
    }
    if let Some(programs) = sync {
        figures.extend(sync::measure(&programs)?);
    }
    if let Some(binaries) = till {
        figures.extend(shop::measure(&binaries, "10k", SMALL_MORE_UNITS)?);
        figures.extend(shop::measure(&binaries, "1m", LARGE_MORE_UNITS)?);
    }
    figures::derive(&mut figures);
    Ok(figures)
}

fn build_sync() -> Result<sync::Programs> {
    Ok(sync::Programs { hub: example::build_hub()?, terminals: example::build("hub", "bench_sync")? })
}
