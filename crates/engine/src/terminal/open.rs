//! Opening the store: what is damaged is moved aside and built anew, what is missing in one place is
//! fetched from the other, and what had happened before a crash is told.

use super::catalogue::{self, Standing};
use super::disk::{Disk, RealDisk, parent};
use super::files::{CATALOGUE, JOURNAL, Lock, OPS_LOG, drop_old_catalogues, move_aside};
use super::journal::{self, as_id};
use super::passing::Passing;
use super::peer_ops::{self, Kept};
use super::peers::Carts;
use super::reconcile::{self, Reconciled};
use super::{Recovery, TerminalIdentity, TerminalStore, owner, salvage, till};
use crate::fault::Fault;
use crate::sql::{Sql, transaction};
use crate::sqlite::{Durability, quick_check, settle_wal};
use ledger::op::Op;
use std::path::{Path, PathBuf};

/// Most drafts looked at: far more sales than anybody puts aside.
const DRAFTS_MAX: i64 = 1_000;

impl TerminalStore {
    /// Opens the folder of a terminal, or begins a new one, and tells what had to be repaired.
    ///
    /// # Errors
    /// [`Fault::Busy`] while another process has it open, [`Fault::OtherTerminal`],
    /// [`Fault::OtherHub`] and [`Fault::Newer`] for a folder that is not for this terminal, its hub
    /// or this version, and what the disk answers. Damage is not an error: it is repaired and told.
    pub fn open(dir: &Path, identity: &TerminalIdentity) -> Result<(TerminalStore, Vec<Recovery>), Fault> {
        TerminalStore::open_on(Box::new(RealDisk), dir, identity)
    }

    /// The same over any [`Disk`].
    pub fn open_on(disk: Box<dyn Disk>, dir: &Path, identity: &TerminalIdentity) -> Result<(TerminalStore, Vec<Recovery>), Fault> {
        let lock = Lock::take(&*disk, dir)?;
        let mut told = Vec::new();
        let (mut journal, moved_to) = open_journal(&*disk, &dir.join(JOURNAL), identity, lock.unclean)?;
        let thorough = lock.unclean || moved_to.is_some();
        let Reconciled { log, ops } = reconcile::reconcile(&*disk, &mut *journal, &dir.join(OPS_LOG), moved_to.as_deref(), thorough, &mut told)?;
        if let Some(moved_to) = &moved_to {
            let drafts = salvage::drafts(&*disk, &mut *journal, moved_to)?;
            told.insert(0, Recovery::JournalRestored { moved_to: moved_to.clone(), ops, drafts });
        }
        let (catalogue, standing) = open_catalogue(&*disk, &dir.join(CATALOGUE), lock.unclean, &mut told)?;
        // Ops that came back may be of an incarnation whose taking did not.
        let latest = journal::incarnations(&mut *journal)?.last().copied().unwrap_or(0);
        let incarnation = identity.incarnation.max(owner::incarnation(&mut *journal)?).max(latest);
        let identity = TerminalIdentity { incarnation, ..identity.clone() };
        let mut head = journal::head(&mut *journal, identity.incarnation)?;
        head.hlc = head.hlc.max(peer_ops::hlc_max(&mut *journal)?);
        let mut store = TerminalStore {
            identity,
            dir: dir.to_owned(),
            disk,
            journal,
            catalogue,
            log,
            head,
            standing,
            doubtful: Vec::new(),
            untold: Vec::new(),
            overlay_stale: true,
            replay_owed: true,
            peer_kept: Kept::default(),
            carts: Carts::default(),
            passing: Passing::default(),
            products: None,
            hub_feed: None,
            products_version: 0,
            poisoned: false,
            suspicious: false,
            lock,
        };
        store.settle_down(thorough || ops > 0, &mut told)?;
        Ok((store, told))
    }

    /// Ops that come back are not on the till yet, and a crash may have come between the one and the
    /// other: so after every disorderly end the till is booked anew.
    fn settle_down(&mut self, book_anew: bool, told: &mut Vec<Recovery>) -> Result<(), Fault> {
        if book_anew {
            till::rebuild(&mut *self.journal, &mut *self.catalogue, &self.standing, &self.identity)?;
        }
        told.extend(drop_settled_drafts(&mut *self.journal)?);
        self.replay().map(drop)
    }
}

fn open_journal(disk: &dyn Disk, path: &Path, identity: &TerminalIdentity, thorough: bool) -> Result<(Box<dyn Sql>, Option<PathBuf>), Fault> {
    let open = |thorough| {
        let mut sql = disk.database(path, Durability::Full)?;
        journal::prepare(&mut *sql, identity)?;
        if thorough {
            quick_check(&mut *sql)?;
            reconcile::check_ops(&mut *sql)?;
            settle(&mut *sql)?;
        }
        Ok(sql)
    };
    match open(thorough) {
        Err(fault @ Fault::Corrupt { .. }) => {
            tracing::error!(%fault, "the journal is damaged");
            let moved_to = move_aside(disk, path)?;
            Ok((open(false)?, Some(moved_to)))
        }
        other => other.map(|sql| (sql, None)),
    }
}

/// A full disk must not keep anybody from seeing what is there; `ops.log` has it all, too.
fn settle(journal: &mut dyn Sql) -> Result<(), Fault> {
    match settle_wal(journal) {
        Err(fault) if fault.is_transient() => {
            tracing::warn!(%fault, "the journal's WAL could not be moved into its file; it is read from there");
            Ok(())
        }
        done => done,
    }
}

/// Opens the catalogue. One that cannot be used, for whatever reason, gives way to a new one.
fn open_catalogue(disk: &dyn Disk, path: &Path, thorough: bool, told: &mut Vec<Recovery>) -> Result<(Box<dyn Sql>, Standing), Fault> {
    let open = |thorough| {
        let mut sql = disk.database(path, Durability::Normal)?;
        let standing = catalogue::prepare(&mut *sql, thorough)?;
        Ok((sql, standing))
    };
    let (fault, moved_to) = match open(thorough) {
        Err(fault @ (Fault::Corrupt { .. } | Fault::Sql { .. } | Fault::Newer { .. })) => (fault, move_aside(disk, path)?),
        other => return other,
    };
    tracing::error!(%fault, "the catalogue cannot be used");
    let (mut sql, mut standing) = open(false)?;
    standing.counts = salvage::catalogue(disk, &mut *sql, &moved_to)?;
    transaction(&mut *sql, |sql| catalogue::save(sql, &standing))?;
    drop_old_catalogues(disk, parent(path));
    told.push(Recovery::CatalogueRebuilding { moved_to, products: standing.counts.products, units: standing.counts.units });
    Ok((sql, standing))
}

/// Drops drafts whose sale is an op already: the crash came between the commit and the screen.
fn drop_settled_drafts(journal: &mut dyn Sql) -> Result<Vec<Recovery>, Fault> {
    let settled = journal.rows("SELECT draft.op, op.bytes FROM draft JOIN op ON op.op_id = draft.op LIMIT $1", &[DRAFTS_MAX.into()])?;
    let mut told = Vec::new();
    for row in settled {
        transaction(journal, |sql| journal::drop_draft(sql, as_id(&row[0])))?;
        let document = Op::read(row[1].as_bytes()).ok().and_then(|op| op.body.document().cloned());
        told.extend(document.map(|document| Recovery::SaleWasSaved { document }));
    }
    Ok(told)
}
