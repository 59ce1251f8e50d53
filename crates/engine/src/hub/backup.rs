//! A copy of the hub's database that is known to be good.

use super::audit::{self, Audit};
use super::hello::log_hash_at;
use crate::fault::Fault;
use crate::sql::Sql;
use crate::sqlite::{Sqlite, copy_into, quick_check};
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// What became of a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Backup {
    /// It is in its place, durably, and holds the log up to this head.
    Good(Audit),
    /// The log that was copied is not good. No file was left.
    Bad(Audit),
}

/// Copies the database as it stands at one moment into a new file at `to`, beside its writer, and
/// looks through the copy. Until it is found good it has another name.
pub(super) fn backup(sql: &mut dyn Sql, to: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<Backup, Fault> {
    if sql.file().is_none() {
        let what = "is a server's, of which no file can be copied. Stop the hub and move a copy into a file with `counterfoil-hub migrate`, or use the server's own backups";
        return Err(Fault::Database { path: sql.path().to_owned(), what: what.into(), source: None });
    }
    let partial = partial(to);
    forget(&partial)?;
    // The database holds the hub's key, so the copy is for this user alone from its first byte.
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(&partial).map_err(|e| Fault::io(&partial, e))?;
    let done = copy_into(sql, &partial).and_then(|()| verify(sql, &partial, progress));
    match done {
        Ok(audit) if audit.flaw.is_none() => put_in_place(&partial, to).map(|()| Backup::Good(audit)),
        other => {
            forget(&partial)?;
            other.map(Backup::Bad)
        }
    }
}

fn verify(sql: &mut dyn Sql, copy: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<Audit, Fault> {
    let mut file = Sqlite::open_read_only(copy)?;
    quick_check(&mut file)?;
    let audit = audit::audit(&mut file, None, progress)?;
    let here = log_hash_at(sql, audit.head.number)?.unwrap_or_default();
    if audit.flaw.is_none() && here != audit.head.hash {
        return Err(Fault::corrupt(copy, "the copy's log does not end as the hub's own does"));
    }
    Ok(audit)
}

fn put_in_place(partial: &Path, to: &Path) -> Result<(), Fault> {
    let durable = |path: &Path| File::open(path).and_then(|file| file.sync_all()).map_err(|e| Fault::io(path, e));
    durable(partial)?;
    fs::rename(partial, to).map_err(|e| Fault::io(to, e))?;
    durable(to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")))
}

fn partial(to: &Path) -> PathBuf {
    let mut name = to.as_os_str().to_owned();
    name.push(".partial");
    PathBuf::from(name)
}

fn forget(path: &Path) -> Result<(), Fault> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Fault::io(path, e)),
        _ => Ok(()),
    }
}
