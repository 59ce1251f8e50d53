//! How the world may fail the ledger. A refusal is not here: that is a [`ledger::refusal::Refusal`].

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

/// What lies under a fault, whichever library said it.
pub type Source = Box<dyn Error + Send + Sync>;

/// A failure of the machine. After each of them nothing is half done: what was asked for either
/// did not happen, or shows as done when the store is opened again.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("The disk holding {path} is full. Nothing was saved. Free some space, then try again.")]
    DiskFull {
        path: PathBuf,
        #[source]
        source: Source,
    },
    #[error("{path} is damaged: {what}. Start the program again; it puts the file aside and recovers what it can.")]
    Corrupt {
        path: PathBuf,
        what: String,
        #[source]
        source: Option<Source>,
    },
    #[error("{path} is in use by another program. Close that one, then try again.")]
    Busy {
        path: PathBuf,
        #[source]
        source: Source,
    },
    #[error("{path} cannot be written. Nothing was saved. Check the folder's owner and that the disk is not mounted read-only.")]
    Unwritable {
        path: PathBuf,
        #[source]
        source: Source,
    },
    #[error("{path} was written by a newer version of the program (schema {found}, this one knows {known}). Update the program.")]
    Newer { path: PathBuf, found: i64, known: i64 },
    #[error("{path} belongs to terminal {found}, but this is terminal {wanted}. Point the program to its own folder.")]
    OtherTerminal { path: PathBuf, found: String, wanted: String },
    #[error(
        "{path} holds what was done for hub {found}, but this terminal is enrolled at hub {wanted}, which would book all of it once more. \
        Enrol at hub {found} again, or name another folder as `data` in the configuration."
    )]
    OtherHub { path: PathBuf, found: String, wanted: String },
    /// A device error in the middle of a write: what reached the disk is only known after reopening.
    #[error("The store stopped after an error of the disk and must be opened again.")]
    Poisoned,
    /// The database server cannot be reached just now. What was under way did not happen, unless
    /// only the answer to its commit was lost.
    #[error("The database {path} does not answer. {what}.")]
    Away {
        path: PathBuf,
        what: &'static str,
        #[source]
        source: Source,
    },
    /// The database server says no, and will until somebody changes something there.
    #[error("The database {path} {what}.")]
    Database {
        path: PathBuf,
        what: String,
        #[source]
        source: Option<Source>,
    },
    /// One value that the database cannot hold. It concerns one op only.
    #[error("{path}: the database cannot hold a value that was given to it")]
    Unfit {
        path: PathBuf,
        #[source]
        source: Source,
    },
    #[error("{path}: the database did not accept {sql:?}")]
    Sql {
        path: PathBuf,
        sql: String,
        #[source]
        source: Source,
    },
    #[error("{path} could not be read or written")]
    Io {
        path: PathBuf,
        #[source]
        source: Source,
    },
    #[error("The {table} row {key:?} is not in a form this version knows")]
    Row {
        table: &'static str,
        key: String,
        #[source]
        source: Source,
    },
    #[error("The hub's changes belong to feed {told}, but the catalogue to feed {known}. Fetch a snapshot.")]
    OtherFeed { known: String, told: String },
    #[error("{path} is not a usable snapshot: {what}. It was not installed; the old data stays in use.")]
    Snapshot { path: PathBuf, what: String },
}

impl Fault {
    /// Whether the same call may succeed later on the same open store, once somebody made room or
    /// let go or the server is back. Everything else needs the store to be opened again, or a person.
    pub fn is_transient(&self) -> bool {
        matches!(self, Fault::DiskFull { .. } | Fault::Busy { .. } | Fault::Unwritable { .. } | Fault::Away { .. })
    }

    /// Whether it says that a file's content is not what was written there.
    pub fn is_damage(&self) -> bool {
        matches!(self, Fault::Corrupt { .. } | Fault::Row { .. })
    }

    /// Names a failed file operation by what it means for the ledger.
    pub fn io(path: &Path, source: io::Error) -> Fault {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => Fault::DiskFull { path, source: source.into() },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Fault::Unwritable { path, source: source.into() },
            io::ErrorKind::WouldBlock => Fault::Busy { path, source: source.into() },
            _ => Fault::Io { path, source: source.into() },
        }
    }

    /// Damage that we found ourselves, without a library telling us.
    pub fn corrupt(path: &Path, what: impl Into<String>) -> Fault {
        Fault::Corrupt { path: path.to_owned(), what: what.into(), source: None }
    }
}
