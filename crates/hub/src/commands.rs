//! The commands for whoever keeps the hub, a file each. All of them work beside a running hub.

use engine::hub::HubReader;
use hub::config::Config;
use hub::keys::HubKey;
use std::path::Path;

pub mod audit;
pub mod backup;
pub mod conflicts;
pub mod evidence;
mod progress;
pub mod snapshot;
mod table;
pub mod terminals;
pub mod trouble;

/// The database for a command that only reads.
fn reader(config: &Config) -> anyhow::Result<HubReader> {
    let database = config.database();
    let is_there = database.file().is_none_or(Path::is_file);
    anyhow::ensure!(is_there, "There is no hub in {}. Name its folder with --data, or its database with --database.", config.data.display());
    Ok(database.reader()?)
}

/// Makes sure that a file can be put where it is wanted.
fn has_folder(file: &Path) -> anyhow::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    anyhow::ensure!(folder.is_dir(), "There is no folder {} to write {} into.", folder.display(), file.display());
    Ok(())
}

/// The hub's name and key.
fn identity(reader: &mut HubReader) -> anyhow::Result<(String, HubKey)> {
    let identity = reader.identity()?;
    Ok((identity.id, HubKey::from_secret(&identity.secret)))
}
