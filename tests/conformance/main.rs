//! The engine against what may happen to a machine: crashes at every step, damaged files, a full
//! disk, answers of the hub in any order. The ledger's stories run here too, over real stores.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use engine::database::Database;
use std::fs;
use std::path::Path;

mod conflicts;
mod crash;
mod damage;
mod drafts;
mod evidence;
mod faults;
mod fleet;
mod peers;
mod reads;
mod stories;
mod submit;
mod support;
mod sync;

/// A new hub's database.
fn database(folder: &Path) -> Database {
    Database::Sqlite(folder.join("hub.db"))
}

/// A backup of it: what is in the files just now.
fn back_up(database: &Database, folder: &Path) -> Database {
    let (path, backup) = (database.file().unwrap(), folder.join("backup.db"));
    for suffix in ["", "-wal"] {
        fs::copy(format!("{}{suffix}", path.display()), format!("{}{suffix}", backup.display())).unwrap();
    }
    Database::Sqlite(backup)
}
