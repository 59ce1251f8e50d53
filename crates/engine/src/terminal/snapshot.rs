//! Exchanging the whole catalogue for a file that the hub made.

use super::catalogue::{self, Standing};
use super::disk::{Closed, Disk};
use super::files::{CATALOGUE, remove_database, with_suffix};
use super::{Ingested, TerminalStore, at_hub};
use crate::fault::Fault;
use crate::sqlite::{Durability, checkpoint, quick_check};
use ledger::sync::wire::{Cursor, SnapshotManifest};
use std::path::Path;

impl TerminalStore {
    /// Puts an unpacked snapshot in place of the catalogue. The file must lie on the same disk and
    /// is consumed. It is looked through before anything is given up; a crash at any point leaves
    /// either catalogue whole.
    ///
    /// # Errors
    /// [`Fault::Snapshot`] if the file is not what the manifest says or is damaged; then the old
    /// catalogue stays.
    pub fn install_snapshot(&mut self, file: &Path, manifest: &SnapshotManifest) -> Result<Ingested, Fault> {
        self.writable()?;
        let mut standing = Standing {
            cursor: Some(Cursor { feed: manifest.feed.clone(), pos: manifest.pos }),
            contained: manifest.contained.clone(),
            parked: manifest.parked.clone(),
            log: manifest.log,
            sum: manifest.sum,
            // Only a page that ends the feed says that all is known.
            heard_ms: self.standing.heard_ms,
            whole_pos: manifest.pos,
            ..Standing::default()
        };
        self.learn_own(&mut standing, Some(&[]))?;
        make_ready(&*self.disk, file, manifest, &standing).map_err(|fault| unusable(&*self.disk, file, fault))?;
        let done = self.exchange(file).and_then(|()| self.write(at_hub::forget_absence)).and_then(|()| self.replay());
        let doubtful = self.watch(done)?;
        self.products_changed();
        let counts = self.standing.counts;
        Ok(Ingested { changed: counts.units + counts.products, skipped: 0, doubtful, conflicts: Vec::new() })
    }

    fn exchange(&mut self, file: &Path) -> Result<(), Fault> {
        let path = self.dir.join(CATALOGUE);
        // A WAL of the old file must not survive it: SQLite would play it into the new one. A
        // catalogue too damaged for a checkpoint is given up as it is.
        let _ = checkpoint(&mut *self.catalogue);
        self.catalogue = Box::new(Closed(path.clone()));
        for suffix in ["-wal", "-shm"] {
            let _ = self.disk.remove(&with_suffix(&path, suffix));
        }
        self.disk.sync_dir(&self.dir)?;
        (self.overlay_stale, self.replay_owed) = (true, true);
        self.disk.rename(file, &path)?;
        self.disk.sync_dir(&self.dir)?;
        self.catalogue = self.disk.database(&path, Durability::Normal)?;
        self.standing = catalogue::prepare(&mut *self.catalogue, false)?;
        Ok(())
    }
}

/// Checks the file and makes it a catalogue that says where it stands, durably.
fn make_ready(disk: &dyn Disk, file: &Path, manifest: &SnapshotManifest, standing: &Standing) -> Result<(), Fault> {
    let bytes = disk.length(file)?.unwrap_or(0);
    if bytes != manifest.unpacked_bytes {
        return Err(Fault::corrupt(file, format!("it has {bytes} bytes instead of {}", manifest.unpacked_bytes)));
    }
    let mut sql = disk.database(file, Durability::Scratch)?;
    quick_check(&mut *sql)?;
    catalogue::adopt(&mut *sql, standing)?;
    catalogue::prepare(&mut *sql, false)?;
    drop(sql);
    disk.log(file)?.sync()
}

fn unusable(disk: &dyn Disk, file: &Path, fault: Fault) -> Fault {
    match fault {
        Fault::Corrupt { what, .. } => {
            remove_database(disk, file);
            Fault::Snapshot { path: file.to_owned(), what }
        }
        Fault::Sql { source, .. } => {
            remove_database(disk, file);
            Fault::Snapshot { path: file.to_owned(), what: source.to_string() }
        }
        other => other,
    }
}
