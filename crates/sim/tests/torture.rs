//! One terminal's store against everything that its disk may do: in the end every sale that was
//! acknowledged is there once, as it was, and the books are right.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod bench;

use bench::Bench;
use sim::disk::{Lie, Stop};
use std::sync::{Mutex, PoisonError};

const SEEDS: u64 = 12;
const STEPS: usize = 60;

/// SQLite's own chance is one for the whole process: a run that is to be repeated needs it alone.
static ALONE: Mutex<()> = Mutex::new(());

/// Plays one seed and answers what the auditor found.
fn play(seed: u64, lie: Option<Lie>) -> Result<Bench, String> {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut bench = Bench::new(seed, lie);
    for step in 0..STEPS {
        bench.step().and_then(|()| bench.audit()).map_err(|found| format!("seed {seed}, step {step}: {found:#}"))?;
    }
    bench.settle_down().map_err(|found| format!("seed {seed}, settled: {found:#}"))?;
    Ok(bench)
}

#[test]
fn nothing_that_was_acknowledged_is_lost_whatever_the_disk_does() {
    let (mut acknowledged, mut stops, mut syncs) = (0, 0, 0);
    for seed in 1..=SEEDS {
        let bench = play(seed, None).unwrap_or_else(|found| panic!("{found}"));
        acknowledged += bench.acknowledged.len();
        stops += bench.stops[&Stop::Kill] + bench.stops[&Stop::PowerCut];
        syncs += bench.failed_syncs;
    }
    assert!(acknowledged > 100 && stops > 100 && syncs > 20, "{acknowledged} ops, {stops} stops and {syncs} failed syncs prove too little");
}

#[test]
fn a_lying_witness_is_made_good_by_the_other() {
    for (file, seed) in ["ops.log", "journal.db"].into_iter().flat_map(|file| (1..=SEEDS / 2).map(move |seed| (file, seed))) {
        play(seed, Some(Lie::About(file))).unwrap_or_else(|found| panic!("{file} lies: {found}"));
    }
}

#[test]
fn a_disk_that_lies_about_everything_is_found_out() {
    let found = (1..=SEEDS).filter_map(|seed| play(seed, Some(Lie::Everything)).err());
    let found: Vec<String> = found.collect();
    assert!(found.iter().any(|text| text.contains("acknowledged")), "{found:?}");
}

#[test]
fn the_same_seed_is_the_same_run() {
    let run = |seed| play(seed, None).unwrap().trace;
    assert_eq!(run(3), run(3));
    assert_ne!(run(3), run(4));
}
