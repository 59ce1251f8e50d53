//! Runs the benches and prints each figure beside the bar it has to reach. A bench is an example
//! that prints lines `figure NAME VALUE`; what else it prints is for people. Bars are ratios where
//! possible, since both sides of a ratio were measured on the same machine in the same run.

use crate::process::{output_of, program, shown};
use crate::root::root;
use crate::table::table;
use anyhow::{Result, bail};
use std::collections::BTreeMap;

#[derive(clap::Args)]
pub struct Options {
    /// Exit 1 if a bar is missed.
    #[arg(long)]
    strict: bool,
    /// Only the benches whose name holds this.
    only: Option<String>,
}

/// A bench: its package and example.
const BENCHES: &[(&str, &str)] = &[("engine", "bench_store")];

/// A row: the figure's name, what it is, its unit, the bar.
const ROWS: &[(&str, &str, &str, Bar)] = &[
    ("lookup_p99_us", "unit by serial, p99, 1 M units", "µs", AtMost(50.0)),
    ("lookup_growth", "unit by serial, p99 of 10 M to 10 k units", "×", AtMost(2.0)),
    ("sale_commit_ratio", "sale committed, p50, to one 4 KiB write and fdatasync", "×", AtMost(3.0)),
    ("pull_rows_per_s", "rows of the feed taken into a fresh terminal", "/s", AtLeast(50_000.0)),
    ("stock_in_10k_ms", "stock-in of 10,000 serials, 1 M units present", "ms", AtMost(1_000.0)),
];

use Bar::{AtLeast, AtMost};

/// Where a figure has to lie.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Bar {
    AtMost(f64),
    AtLeast(f64),
}

impl Bar {
    fn holds(self, value: f64) -> bool {
        match self {
            AtMost(bar) => value <= bar,
            AtLeast(bar) => value >= bar,
        }
    }

    fn shown(self, unit: &str) -> String {
        match self {
            AtMost(bar) => format!("≤ {bar} {unit}"),
            AtLeast(bar) => format!("≥ {bar} {unit}"),
        }
    }
}

pub fn run(options: &Options) -> Result<()> {
    let figures = measure(options.only.as_deref().unwrap_or_default())?;
    println!("\n{}", table(&rows(&figures)));
    let missed = ROWS.iter().filter(|(name, _, _, bar)| figures.get(*name).is_some_and(|&value| !bar.holds(value))).count();
    if options.strict && missed > 0 {
        bail!("{missed} of the bars missed.");
    }
    Ok(())
}

fn measure(only: &str) -> Result<BTreeMap<String, f64>> {
    let mut figures = BTreeMap::new();
    for (package, example) in BENCHES.iter().filter(|(_, example)| example.contains(only)) {
        if !root().join(format!("crates/{package}/examples/{example}.rs")).is_file() {
            println!("{example} of {package} does not exist: its figures are left out.");
            continue;
        }
        let bench = program(&["cargo", "run", "--quiet", "--release", "--package", package, "--example", example]);
        println!("> {}", shown(&bench));
        let output = output_of(bench)?;
        print!("{output}");
        figures.extend(figures_in(&output));
    }
    Ok(figures)
}

fn figures_in(output: &str) -> BTreeMap<String, f64> {
    let words = output.lines().filter_map(|line| line.trim().strip_prefix("figure ")?.split_once(' '));
    words.filter_map(|(name, value)| Some((name.to_owned(), value.trim().parse().ok()?))).collect()
}

fn rows(figures: &BTreeMap<String, f64>) -> Vec<[String; 4]> {
    let heading = ["figure", "here", "bar", ""].map(str::to_owned);
    let rows = ROWS.iter().map(|&(name, what, unit, bar)| {
        let value = figures.get(name).copied();
        let here = value.map_or_else(|| "not measured".to_owned(), |value| format!("{} {unit}", rounded(value)));
        let verdict = value.map_or("", |value| if bar.holds(value) { "ok" } else { "MISSED" });
        [what.to_owned(), here, bar.shown(unit), verdict.to_owned()]
    });
    std::iter::once(heading).chain(rows).collect()
}

/// Three figures say enough.
fn rounded(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_from_among_other_words() {
        let output = "opening 1000000 units\nfigure lookup_p99_us 12.5\n  figure lookup_growth 1.31\nfigure broken\nfigure odd one\n";
        let expected = BTreeMap::from([("lookup_p99_us".to_owned(), 12.5), ("lookup_growth".to_owned(), 1.31)]);
        assert_eq!(figures_in(output), expected);
    }

    #[test]
    fn a_missed_bar_and_a_missing_figure_are_told() {
        let rows = rows(&BTreeMap::from([("lookup_p99_us".to_owned(), 80.0)]));
        assert_eq!(rows[1], ["unit by serial, p99, 1 M units", "80.0 µs", "≤ 50 µs", "MISSED"]);
        assert_eq!(rows[2][1..], ["not measured", "≤ 2 ×", ""]);
        assert!(AtLeast(20.0).holds(20.0));
    }

    #[test]
    fn every_figure_has_one_row() {
        let names: std::collections::BTreeSet<_> = ROWS.iter().map(|row| row.0).collect();
        assert_eq!(names.len(), ROWS.len());
    }
}
