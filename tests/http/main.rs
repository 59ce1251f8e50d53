//! The hub on a real listener, spoken to as terminals and the back office speak to it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::{Path, PathBuf};

mod auth;
mod commands;
mod conflicts;
mod crash;
mod enrol;
mod feed;
mod limits;
mod parking;
mod pass_on;
mod protocol;
mod push;
mod service;
mod snapshot;
mod support;
mod terminal;
mod units;

/// Where the hub's files are.
fn files(hub: &support::Hub) -> PathBuf {
    hub.folder().to_owned()
}

/// The name of a new hub's database.
fn database(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("hub.db").display())
}
