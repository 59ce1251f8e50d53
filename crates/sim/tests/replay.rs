//! One seed is one run: whatever a seed found can be looked at again.

use sim::world::{Scenario, World};

/// SQLite's own chance is one for the whole process, so that one test plays all runs.
#[test]
fn a_seed_replays_bit_for_bit() {
    let play = |seed| World::run(Scenario { seed, bug: None, shown: false });
    let check = |seed| {
        let (first, again) = (play(seed), play(seed));
        assert_eq!(first, again, "seed {seed}");
        assert!(first.findings.is_empty() && first.promises > 0, "seed {seed} proves too little: {first:?}");
        first.trace
    };
    assert_ne!(check(2), check(5), "other seeds are other runs");
}
