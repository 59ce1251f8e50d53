//! Where a hub's data lives: a file of SQLite, or a PostgreSQL server.

use crate::fault::Fault;
use crate::hub::{HubReader, HubStore};
use crate::port::SystemChance;
use crate::postgres::{Address, AddressFault, Postgres};
use crate::sql::Sql;
use crate::sqlite::{Durability, Sqlite};
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A hub's database by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    Sqlite(PathBuf),
    Postgres(Address),
}

/// Why a text names no database. It completes a sentence, and holds no password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseFault {
    #[error(transparent)]
    Address(#[from] AddressFault),
    #[error("it wants sqlite:/path/to/hub.db or postgres://user@host/database")]
    Kind,
}

impl Database {
    /// Opens it for the one that writes, and founds a hub in it if there is none.
    pub fn store(&self) -> Result<HubStore, Fault> {
        HubStore::on(self.connect()?, Box::new(SystemChance))
    }

    /// Opens it for one of those that read.
    pub fn reader(&self) -> Result<HubReader, Fault> {
        Ok(HubReader::on(self.connect_read_only()?))
    }

    /// A connection that writes.
    pub fn connect(&self) -> Result<Box<dyn Sql>, Fault> {
        match self {
            Database::Sqlite(path) => {
                let file = Sqlite::open(path, Durability::Full)?;
                file.widen()?;
                Ok(Box::new(file))
            }
            Database::Postgres(address) => Ok(Box::new(Postgres::open(address)?)),
        }
    }

    /// A connection that only reads.
    pub fn connect_read_only(&self) -> Result<Box<dyn Sql>, Fault> {
        match self {
            Database::Sqlite(path) if !path.exists() => Err(Fault::Database { path: path.clone(), what: "is not there. Check its name".into(), source: None }),
            Database::Sqlite(path) => Ok(Box::new(Sqlite::open_read_only(path)?)),
            Database::Postgres(address) => Ok(Box::new(Postgres::open_read_only(address)?)),
        }
    }

    /// Completes an address that has no password.
    #[must_use]
    pub fn or_password(self, password: &str) -> Database {
        match self {
            Database::Postgres(address) => Database::Postgres(address.or_password(password)),
            file @ Database::Sqlite(_) => file,
        }
    }

    /// The file, if it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Database::Sqlite(path) => Some(path),
            Database::Postgres(_) => None,
        }
    }
}

impl FromStr for Database {
    type Err = DatabaseFault;

    fn from_str(text: &str) -> Result<Database, DatabaseFault> {
        match text.split_once(':') {
            Some(("postgres" | "postgresql", _)) => Ok(Database::Postgres(text.parse()?)),
            Some(("sqlite", path)) if !path.is_empty() => Ok(Database::Sqlite(path.into())),
            _ => Err(DatabaseFault::Kind),
        }
    }
}

/// As it is written, but without a password.
impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Database::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Database::Postgres(address) => address.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn databases_have_names() {
        let check = |text: &str, wanted: Result<&str, DatabaseFault>| {
            let found = text.parse::<Database>().map(|database| database.to_string());
            assert_eq!(found, wanted.map(str::to_owned), "{text}");
        };
        check("sqlite:/var/lib/hub.db", Ok("sqlite:/var/lib/hub.db"));
        check("postgres://hub:secret@db/shop", Ok("postgres://hub@db/shop"));
        check("postgresql://hub@db/shop", Ok("postgres://hub@db/shop"));
        check("postgres://hub@db", Err(AddressFault::NoDatabase.into()));
        for text in ["", "hub.db", "mysql://db/shop", "sqlite:"] {
            check(text, Err(DatabaseFault::Kind));
        }
    }
}
