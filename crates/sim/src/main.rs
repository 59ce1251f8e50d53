fn main() {
    let seed: u64 = std::env::args().nth(1).and_then(|s| s.parse().ok()).unwrap_or(1);
    let count: u64 = std::env::args().nth(2).and_then(|s| s.parse().ok()).unwrap_or(1);
    for seed in seed..seed + count {
        let ending = sim::world::World::run(sim::world::Scenario { seed, bug: None, shown: count == 1 });
        println!("{seed} {ending:?}");
    }
}
