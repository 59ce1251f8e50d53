//! The store itself: what is open, what is remembered, and when it must stop.

use super::catalogue::Standing;
use super::disk::{Closed, Disk};
use super::files::Lock;
use super::journal::Head;
use super::oplog::OpLog;
use super::overlay::{self, Effective};
use super::passing::Passing;
use super::peer_ops::Kept;
use super::peers::Carts;
use super::search::ProductIndex;
use super::{Doubtful, TerminalIdentity};
use crate::fault::Fault;
use crate::sql::{Sql, transaction};
use std::path::PathBuf;

/// The durable ledger of one terminal, owned by one thread.
///
/// After a fault that [is not transient](Fault::is_transient) drop the store and open it again: the
/// opening finds out what reached the disk.
pub struct TerminalStore {
    pub(super) identity: TerminalIdentity,
    pub(super) dir: PathBuf,
    pub(super) disk: Box<dyn Disk>,
    pub(super) journal: Box<dyn Sql>,
    pub(super) catalogue: Box<dyn Sql>,
    pub(super) log: OpLog,
    pub(super) head: Head,
    pub(super) standing: Standing,
    pub(super) doubtful: Vec<Doubtful>,
    /// Those among them that came up where nobody could be told; the next page or peer tells them.
    pub(super) untold: Vec<Doubtful>,
    /// The catalogue changed and the overlay could not be computed since.
    pub(super) overlay_stale: bool,
    /// Computing it is due and has not succeeded: what is looked up is not true before. In the middle of
    /// a catch-up the overlay may be stale and nothing is due yet, since rows are still to come.
    pub(super) replay_owed: bool,
    /// Peers' ops in the journal.
    pub(super) peer_kept: Kept,
    /// What lies in the carts of other terminals.
    pub(super) carts: Carts,
    pub(super) passing: Passing,
    pub(super) products: Option<ProductIndex>,
    /// The hub's feed, as its last hello named it. The catalogue may still be of an older one.
    pub(super) hub_feed: Option<String>,
    pub(super) products_version: u64,
    /// Nothing may be written any more.
    pub(super) poisoned: bool,
    /// The next opening is to look through everything.
    pub(super) suspicious: bool,
    pub(super) lock: Lock,
}

impl TerminalStore {
    pub fn identity(&self) -> &TerminalIdentity {
        &self.identity
    }

    /// Counts the times that products changed, since the store was opened. As long as it stands
    /// still, what was read of them holds.
    pub fn products_version(&self) -> u64 {
        self.products_version
    }

    pub(super) fn products_changed(&mut self) {
        self.products = None;
        self.products_version += 1;
    }

    pub(super) fn effective(&mut self) -> Effective<'_> {
        Effective { overlay: &mut *self.journal, catalogue: &mut *self.catalogue, vers: Default::default() }
    }

    /// Reads the effective rows as they are true: a replay that a fault kept from happening comes first.
    pub(super) fn look_up<T>(&mut self, work: impl FnOnce(&mut Effective<'_>) -> Result<T, Fault>) -> Result<T, Fault> {
        self.make_good()?;
        self.read(work)
    }

    /// Computes the overlay if that is owed.
    fn make_good(&mut self) -> Result<(), Fault> {
        if !self.replay_owed {
            return Ok(());
        }
        self.writable()?;
        let done = self.follow();
        self.watch(done)
    }

    /// Reads what needs no replay: the journal, the own till, and rows that no op of a till changes.
    pub(super) fn read<T>(&mut self, work: impl FnOnce(&mut Effective<'_>) -> Result<T, Fault>) -> Result<T, Fault> {
        let done = work(&mut self.effective());
        self.suspicious |= done.as_ref().is_err_and(|fault| !fault.is_transient());
        done
    }

    /// Writes to the journal in one transaction.
    pub(super) fn write<T>(&mut self, work: impl FnOnce(&mut dyn Sql) -> Result<T, Fault>) -> Result<T, Fault> {
        self.writable()?;
        let done = transaction(&mut *self.journal, work);
        self.watch(done)
    }

    pub(super) fn writable(&self) -> Result<(), Fault> {
        if self.poisoned { Err(Fault::Poisoned) } else { Ok(()) }
    }

    /// Stops the store if a write met a fault after which the state of the disk is unknown.
    pub(super) fn watch<T>(&mut self, done: Result<T, Fault>) -> Result<T, Fault> {
        if let Err(Fault::Io { .. } | Fault::Corrupt { .. } | Fault::Sql { .. } | Fault::Poisoned) = &done {
            self.poisoned = true;
        }
        done
    }

    /// Computes the overlay anew and answers the ops that became doubtful since somebody was told last.
    pub(super) fn replay(&mut self) -> Result<Vec<Doubtful>, Fault> {
        self.follow()?;
        Ok(std::mem::take(&mut self.untold))
    }

    /// Computes the overlay anew where nobody waits for what became doubtful.
    pub(super) fn follow(&mut self) -> Result<(), Fault> {
        (self.overlay_stale, self.replay_owed) = (true, true);
        let now = overlay::replay(&mut *self.journal, &mut *self.catalogue, &self.standing, &self.identity)?;
        (self.overlay_stale, self.replay_owed) = (false, false);
        self.peer_kept = now.kept;
        let fresh = now.doubtful.iter().filter(|doubt| self.doubtful.iter().all(|known| known.op != doubt.op));
        self.untold.extend(fresh.cloned());
        self.untold.retain(|doubt| now.doubtful.iter().any(|still| still.op == doubt.op));
        self.doubtful = now.doubtful;
        Ok(())
    }
}

impl Drop for TerminalStore {
    /// The databases are closed first: a crash while they are must not look like an orderly end.
    fn drop(&mut self) {
        for sql in [&mut self.journal, &mut self.catalogue] {
            *sql = Box::new(Closed(sql.path().to_owned()));
        }
        if !self.poisoned && !self.suspicious {
            self.lock.leave();
        }
    }
}
