//! Terminals and a hub on either database: the hub is the real program, each terminal a process of its
//! own, so that the memory of both sides can be told.

use super::example::Example;
use super::figures::Figures;
use super::process::peak_mb;
use crate::demo::folder::DemoFolder;
use crate::demo::health::{free_port, wait_until_healthy};
use crate::demo::service::Service;
use crate::process::{program, run};
use anyhow::{Context, Result};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// A PostgreSQL server that is gone afterwards; the tests have one too.
#[allow(clippy::unwrap_used, reason = "the tests' own: there it may stop at the first surprise, and they use more of it")]
#[path = "../../../../tests/cluster/mod.rs"]
mod cluster;

/// Units of the shop whose feed is pulled.
const UNITS: u32 = 100_000;
/// Units of the largest shop that one terminal is meant for.
const UNITS_LARGE: u32 = 1_000_000;
/// Ops of a backlog: weeks without a line.
const BACKLOG_OPS: u32 = 10_000;
/// Ops that a crowd pushes together, and how many they are.
const CROWD_OPS: u32 = 10_240;
const CROWDS: [u32; 4] = [1, 16, 64, 256];

/// The two programs, built.
pub struct Programs {
    pub hub: PathBuf,
    pub terminals: Example,
}

/// Measures both databases; the names of the figures begin with the database's.
pub fn measure(programs: &Programs) -> Result<Figures> {
    let mut figures = Figures::new();
    figures.extend(on(programs, "sqlite", |folder| format!("sqlite:{}", folder.join("hub.db").display()))?);
    println!("A PostgreSQL server is made; it is gone afterwards.");
    let server = cluster::Cluster::start();
    figures.extend(on(programs, "postgres", |_| server.database())?);
    Ok(figures)
}

fn on(programs: &Programs, name: &str, database: impl Fn(&Path) -> String) -> Result<Figures> {
    let mut figures = Figures::new();
    let mut shop = Shop::found(programs, name, UNITS, &database)?;
    figures.extend(shop.terminal(&["pull"])?);
    figures.extend(shop.terminal(&["push", "--ops", &BACKLOG_OPS.to_string()])?);
    for connections in CROWDS {
        figures.extend(shop.terminal(&["crowd", "--connections", &connections.to_string(), "--ops", &CROWD_OPS.to_string()])?);
    }
    figures.insert("hub_mb".into(), shop.end()?);
    let mut large = Shop::found(programs, name, UNITS_LARGE, &database)?;
    figures.extend(large.terminal(&["snapshot"])?);
    figures.insert("hub_snapshot_mb".into(), large.end()?);
    Ok(figures.into_iter().map(|(figure, value)| (format!("{name}_{figure}"), value)).collect())
}

/// A hub with so many units, and places for terminals.
struct Shop<'a> {
    programs: &'a Programs,
    folder: DemoFolder,
    hub: Service,
    address: SocketAddr,
    terminals: u32,
}

impl<'a> Shop<'a> {
    fn found(programs: &'a Programs, name: &str, units: u32, database: impl Fn(&Path) -> String) -> Result<Self> {
        println!("A hub on {name} with {units} units.");
        let folder = DemoFolder::create()?;
        let hub_folder = folder.folder("hub")?;
        let database = database(&hub_folder);
        run(programs.terminals.command(&["found", "--database", &database, "--units", &units.to_string()])).context("The shop could not be made")?;
        let address = free_port()?;
        let words = ["serve", "--data", &hub_folder.to_string_lossy(), "--database", &database, "--listen", &address.to_string()];
        let serve = program(&[&[&*programs.hub.to_string_lossy()], &words[..]].concat());
        let mut hub = Service::start("hub", serve, folder.path())?;
        wait_until_healthy(&mut hub, address, "/api/v1/health")?;
        Ok(Shop { programs, folder, hub, address, terminals: 0 })
    }

    /// Has a terminal do something, or several of them.
    fn terminal(&mut self, role: &[&str]) -> Result<Figures> {
        self.terminals += 1;
        let place = self.folder.path().join(format!("terminal-{}", self.terminals));
        let (hub, hub_folder) = (format!("http://{}", self.address), self.folder.folder("hub")?);
        let words = ["--hub", &hub, "--hub-folder", &hub_folder.to_string_lossy(), "--folder", &place.to_string_lossy()];
        let told = self.programs.terminals.run(&[role, &words[..]].concat());
        told.with_context(|| format!("The hub's last words:\n{}", self.hub.last_words()))
    }

    /// Ends the hub and answers the most memory it had, in megabytes.
    fn end(self) -> Result<f64> {
        let peak = peak_mb(self.hub.id())?;
        self.hub.stop()?;
        Ok(peak)
    }
}
