//! What an answer of PostgreSQL means for the ledger.

use crate::fault::{Fault, Source};
use ::postgres::Error;
use std::io;
use std::path::Path;

/// A connection that was not made.
pub(super) fn connecting(path: &Path, error: Error) -> Fault {
    match error.code() {
        Some(_) => fault(path, "connect", error),
        // The library says only in words that a password was asked for and none was there.
        None if error.to_string().starts_with("invalid configuration") => database(path, NO_PASSWORD, error),
        None => away(path, "Check that the server runs and that its address is right", error),
    }
}

/// A connection that was there and is there no more.
pub(super) fn lost(path: &Path) -> Fault {
    let source: Source = io::Error::from(io::ErrorKind::ConnectionAborted).into();
    away(path, LOST, source)
}

/// A statement that failed; on a line that broke, that is what counts.
pub(super) fn while_running(path: &Path, sql: &str, error: Error, closed: bool) -> Fault {
    if closed && error.code().is_none() { away(path, LOST, error) } else { fault(path, sql, error) }
}

/// An answer with a code of the server's, see "PostgreSQL Error Codes" in its manual.
pub(super) fn fault(path: &Path, sql: &str, error: Error) -> Fault {
    let code = error.code().map_or("", |code| code.code()).to_owned();
    match (code.get(..2).unwrap_or(""), code.as_str()) {
        ("28", _) => database(path, "does not let this user in. Check user and password, and the server's pg_hba.conf", error),
        ("3D", _) => database(path, "is not there. Make it with createdb, then start again", error),
        (_, "42501") => database(path, "does not allow this user to do that. Make the user the owner of the database", error),
        (_, "25006") => database(path, "can only be read: it is a replica or was locked. Name the main server", error),
        ("XX", "XX001" | "XX002") => database(path, "says that its files are damaged. Restore it from a backup", error),
        (_, "53100") => Fault::DiskFull { path: path.to_owned(), source: error.into() },
        (_, "53300") => away(path, "It has no connection left to give. Raise its max_connections", error),
        ("57" | "08", _) => away(path, LOST, error),
        ("40", _) | (_, "55P03") => Fault::Busy { path: path.to_owned(), source: error.into() },
        ("22" | "54", _) => Fault::Unfit { path: path.to_owned(), source: error.into() },
        _ => Fault::Sql { path: path.to_owned(), sql: sql.into(), source: error.into() },
    }
}

/// A column of a kind that the port does not know.
pub(super) fn unread(path: &Path, sql: &str, error: Error) -> Fault {
    Fault::Sql { path: path.to_owned(), sql: sql.into(), source: error.into() }
}

const LOST: &str = "The line to it broke or it is being stopped; it is tried again";
const NO_PASSWORD: &str = "wants a password. Put it into the address or into the environment as PGPASSWORD";

fn database(path: &Path, what: &str, source: impl Into<Source>) -> Fault {
    Fault::Database { path: path.to_owned(), what: what.into(), source: Some(source.into()) }
}

fn away(path: &Path, what: &'static str, source: impl Into<Source>) -> Fault {
    Fault::Away { path: path.to_owned(), what, source: source.into() }
}
