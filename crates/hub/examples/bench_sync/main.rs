//! How fast terminals and a hub come into step: real stores on a real disk, real requests over the
//! loopback, both ends durable before they go on, and each end a process of its own, so that the memory
//! each takes can be told. One line a measurement: `figure`, name, value, unit.
//!
//! `cargo xtask bench sync` starts the hub and gives the roles one after another. By hand: `found`, then
//! `counterfoil-hub serve` on the same folder and database, then the others.

mod author;
mod crowd;
mod line;
mod shop;
mod terminal;

use clap::{Args, Parser, Subcommand};
use engine::database::Database;
use ledger::id::OpId;
use std::error::Error;
use std::path::PathBuf;

pub type Done<T> = Result<T, Box<dyn Error>>;

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    role: Role,
}

#[derive(Subcommand)]
enum Role {
    /// Makes a hub with people, products and units.
    Found {
        #[arg(long)]
        database: Database,
        #[arg(long)]
        units: u32,
    },
    /// A fresh terminal takes the whole feed.
    Pull(Place),
    /// A terminal sells offline for long and sends its backlog.
    Push {
        #[command(flatten)]
        place: Place,
        #[arg(long)]
        ops: u32,
    },
    /// A fresh terminal begins with a snapshot file.
    Snapshot(Place),
    /// Many terminals push at once.
    Crowd {
        #[command(flatten)]
        place: Place,
        #[arg(long)]
        connections: u32,
        #[arg(long)]
        ops: u32,
    },
}

#[derive(Args)]
pub struct Place {
    /// Address of the hub.
    #[arg(long)]
    pub hub: String,
    /// Its data folder, where the back office's token is.
    #[arg(long)]
    pub hub_folder: PathBuf,
    /// Where a terminal may keep its files; gone afterwards.
    #[arg(long)]
    pub folder: PathBuf,
}

fn main() -> Done<()> {
    let role = Cli::parse().role;
    if let Role::Found { database, units } = role {
        // On no runtime: the client of PostgreSQL has one of its own.
        return shop::found(&database, units);
    }
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?.block_on(play(role))
}

async fn play(role: Role) -> Done<()> {
    match role {
        Role::Found { .. } => Ok(()),
        Role::Pull(place) => terminal::pull(&place).await,
        Role::Push { place, ops } => terminal::push(&place, ops).await,
        Role::Snapshot(place) => terminal::snapshot(&place).await,
        Role::Crowd { place, connections, ops } => crowd::push(&place, connections, ops).await,
    }
}

pub fn figure(name: &str, value: f64, unit: &str) {
    println!("figure {name} {value:.3} {unit}");
}

/// The most memory that this process ever had.
pub fn tell_memory(name: &str) -> Done<()> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("the kernel does not tell a peak of memory")?;
    let kilobytes: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    figure(name, kilobytes / 1_024.0, "MB");
    Ok(())
}

pub fn random_op() -> OpId {
    OpId(uuid::Builder::from_unix_timestamp_millis(hub::now_ms().unsigned_abs(), &random()).into_uuid())
}

pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system always has random numbers to give");
    bytes
}
