use clap::{Parser, Subcommand};
use std::process::ExitCode;
use xtask::{bench, chaos, check, demo, device_test, dist, feed_test, kills, packages, sim, tidy};

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "Counterfoil's own commands", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Everything that must hold before a change is shared: format, tidy, lints, tests, docs.
    Check(check::Options),
    /// The house rules that no compiler knows: lengths, imports, words, limits of the units.
    Tidy,
    /// Builds and starts a hub and a till with a sample shop.
    Demo(demo::Options),
    /// Pulls the plug of a till and a hub many times in the middle of selling, and audits what is left.
    Kills(kills::Options),
    /// Sets a fleet of terminals and their hub into a storm of cut lines and pulled plugs, and audits what is left.
    Chaos(chaos::Options),
    /// Plays terminals, a hub and their network by seeds in one process, with faults and an auditor.
    Sim(sim::Options),
    /// Measures and prints each figure beside the bar it has to reach.
    Bench(bench::Options),
    /// Writes a long feed from eight sides into PostgreSQL and watches that no row is lost on its way.
    FeedTest(feed_test::Options),
    /// Builds Debian packages of the terminal and the hub, for this machine or for a board.
    Dist(dist::Options),
    /// Boots an emulated arm64 board, installs the packages on it, and sells there with its scanners.
    DeviceTest(device_test::Options),
    /// Installs the Debian packages that building, testing and the window need.
    Packages(packages::Options),
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Check(options) => check::run(&options),
        Command::Tidy => tidy::run().map(drop),
        Command::Demo(options) => demo::run(&options),
        Command::Kills(options) => kills::run(&options),
        Command::Chaos(options) => chaos::run(&options),
        Command::Sim(options) => sim::run(&options),
        Command::Bench(options) => bench::run(&options),
        Command::FeedTest(options) => feed_test::run(&options),
        Command::Dist(options) => dist::run(&options),
        Command::DeviceTest(options) => device_test::run(&options),
        Command::Packages(options) => packages::run(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("\n{fault:#}");
            ExitCode::FAILURE
        }
    }
}
