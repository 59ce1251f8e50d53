//! The fleet with its hub on PostgreSQL. Terminals keep theirs in files as ever.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![allow(dead_code, reason = "the support serves more tests than these")]

use engine::database::Database;
use std::path::Path;

#[path = "../cluster/mod.rs"]
mod cluster;
mod fleet;
mod support;

/// A new hub's database.
fn database(_folder: &Path) -> Database {
    cluster::cluster().database().parse().unwrap()
}

/// A backup of it: a copy, for which the server wants nobody to be connected. Hub and reader connect
/// again by themselves.
fn back_up(database: &Database, _folder: &Path) -> Database {
    let shown = database.to_string();
    let (_, name) = shown.rsplit_once('/').unwrap();
    cluster::cluster().disconnect(name);
    cluster::cluster().database_from(name).parse().unwrap()
}
