//! Pulls plugs, many times: a hub and a till of real processes, a cashier who sells, and kill -9 in
//! moments that chance chooses. Afterwards everything that a screen ever acknowledged must be there
//! exactly once, on the till and in the hub.

mod audit;
mod rounds;
mod tally;

use crate::crew::seed_of_now;
use crate::demo::folder::DemoFolder;
use crate::demo::shop::{Binaries, Shop};
use crate::demo::{build, built};
use anyhow::Result;
use rounds::Rounds;
use std::time::Instant;
use tally::Tally;

/// Kills between two lines of progress.
const PROGRESS_KILLS: u32 = 20;

#[derive(clap::Args)]
pub struct Options {
    /// How often a plug is pulled.
    #[arg(long, default_value_t = 200)]
    kills: u32,
    /// Repeats the choices of an earlier run; what the machine makes of them differs a little.
    #[arg(long)]
    seed: Option<u64>,
    /// Build without optimisation: faster to build, slower to run.
    #[arg(long)]
    debug: bool,
    /// Use the programs as they were built last, with the remote control.
    #[arg(long)]
    built: bool,
    /// Print what came of it as JSON in the last line.
    #[arg(long)]
    json: bool,
    /// Keep databases and logs when all went well, too.
    #[arg(long)]
    keep: bool,
}

pub fn run(options: &Options) -> Result<()> {
    let binaries = if options.built { built(options.debug) } else { build(options.debug)? };
    let seed = options.seed.unwrap_or_else(seed_of_now);
    println!("Seed {seed}, {} kills.", options.kills);
    let folder = DemoFolder::create()?;
    let began = Instant::now();
    let mut tally = Tally::new(seed);
    let played = play(&binaries, &folder, options.kills, &mut tally);
    tally.seconds = began.elapsed().as_secs_f64();
    tally.failure = played.as_ref().err().map(|fault| format!("{fault:#}"));
    folder.end(options.keep || played.is_err());
    tally.print(options.json)?;
    played
}

fn play(binaries: &Binaries, folder: &DemoFolder, kills: u32, tally: &mut Tally) -> Result<()> {
    let mut shop = Shop::open(binaries, folder)?;
    shop.enrol()?;
    let goods = shop.goods()?;
    let mut rounds = Rounds::new(&mut shop, goods, tally.seed)?;
    let played = pull_plugs(&mut rounds, kills);
    *tally = rounds.tally(tally.seed);
    (tally.sales, tally.synced) = played?;
    Ok(())
}

/// Answers how many sales there were and how many ops the hub has.
fn pull_plugs(rounds: &mut Rounds, kills: u32) -> Result<(usize, u64)> {
    rounds.open()?;
    while rounds.kills() < kills {
        rounds.play()?;
        if rounds.kills().is_multiple_of(PROGRESS_KILLS) {
            println!("{:>5} kills, {} receipts seen", rounds.kills(), rounds.post.acknowledged.len());
        }
    }
    rounds.end()?;
    let ops = rounds.post.ops()?;
    let synced = audit::audit(rounds.shop, &ops, &rounds.post.acknowledged)?;
    Ok((ops.iter().filter(|op| op.is_sale()).count(), synced))
}
