//! How many cases a property is tried with, and by which chance.

use proptest::test_runner::{Config, RngSeed};
use std::time::{SystemTime, UNIX_EPOCH};

/// `PROPTEST_CASES` and `PROPTEST_RNG_SEED` go before what is given here; the seed is printed, so that a
/// failure can be played again.
pub fn tries(cases: u32) -> Config {
    let outside = Config::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { outside.cases } else { cases };
    let rng_seed = match outside.rng_seed {
        RngSeed::Random => RngSeed::Fixed(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64)),
        RngSeed::Fixed(seed) => RngSeed::Fixed(seed),
    };
    println!("PROPTEST_RNG_SEED={rng_seed}");
    Config { cases, rng_seed, failure_persistence: None, ..outside }
}
