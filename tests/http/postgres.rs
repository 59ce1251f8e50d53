//! The same hub on PostgreSQL, and what only such a one can do.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::{Path, PathBuf};

mod auth;
#[path = "../cluster/mod.rs"]
mod cluster;
mod crash;
mod enrol;
mod feed;
mod limits;
mod migrate;
mod parking;
mod protocol;
mod push;
mod snapshot;
mod standby;
mod support;
mod terminal;
mod units;

/// Where the files of the hub's database are.
fn files(_hub: &support::Hub) -> PathBuf {
    cluster::cluster().folder.join("data")
}

/// The name of a new hub's database.
fn database(_folder: &Path) -> String {
    cluster::cluster().database()
}
