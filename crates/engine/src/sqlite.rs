//! SQLite behind the [`Sql`] port. The only module that names rusqlite.

use crate::fault::Fault;
use crate::sql::{Record, Sql, Value};
use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql, ffi, params_from_iter};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Prepared statements kept: more than the engine has, so none is ever prepared twice.
const STATEMENTS_MAX: usize = 256;
/// Page cache of a wide connection: negative, in KiB.
const WIDE_CACHE: &str = "-65536";
/// Page cache of a narrow connection, likewise.
const NARROW_CACHE: &str = "-1024";
/// Pages in the WAL of a wide connection before they are moved: as many as its file may keep.
const WIDE_WAL_PAGES: &str = "16000";
/// How a file is opened that is to be written.
const WRITING: OpenFlags = OpenFlags::SQLITE_OPEN_READ_WRITE.union(OpenFlags::SQLITE_OPEN_CREATE);
/// How long a lock of another connection is waited for. Readers of ours are far quicker.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// What a commit promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Survives the loss of power: the WAL is synced with every commit.
    Full,
    /// Stays consistent, but the last commits may be lost with the power. For what can be fetched again.
    Normal,
    /// Promises nothing before the file is synced as a whole. For a file being built.
    Scratch,
}

/// Whether other connections may have the file open, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Locking {
    Shared,
    Alone,
}

pub struct Sqlite {
    connection: Connection,
    path: PathBuf,
    /// The statements as SQLite wants them. It numbers `$2` by where it stands, not by its digit;
    /// `?2` means what it says. They are found by where the constant lies: hashing a long one takes
    /// as long as running it.
    texts: HashMap<(usize, usize), String>,
}

impl Sqlite {
    /// Opens for writing, and creates the file if there is none.
    pub fn open(path: &Path, durability: Durability) -> Result<Sqlite, Fault> {
        Sqlite::connect(None, path, WRITING, Locking::Shared)?.made_durable(durability)
    }

    /// The same for a file that nobody else may open meanwhile. Reading is quicker, because no
    /// lock has to be taken for it.
    pub fn open_alone(path: &Path, durability: Durability) -> Result<Sqlite, Fault> {
        Sqlite::connect(None, path, WRITING, Locking::Alone)?.made_durable(durability)
    }

    /// The same on the files of another virtual file system than the machine's, which need not
    /// know memory that is shared between connections.
    pub fn open_alone_on(vfs: &str, path: &Path, durability: Durability) -> Result<Sqlite, Fault> {
        Sqlite::connect(Some(vfs), path, WRITING, Locking::Alone)?.made_durable(durability)
    }

    fn made_durable(self, durability: Durability) -> Result<Sqlite, Fault> {
        let sqlite = self;
        sqlite.set("cell_size_check", "ON")?;
        let (journal, synchronous) = match durability {
            Durability::Full => ("wal", 2),
            Durability::Normal => ("wal", 1),
            Durability::Scratch => ("off", 0),
        };
        sqlite.hold("journal_mode", journal)?;
        sqlite.hold("synchronous", &synchronous.to_string())?;
        sqlite.set("wal_autocheckpoint", "4000")?;
        sqlite.set("journal_size_limit", "67108864")?;
        Ok(sqlite)
    }

    /// Takes more memory and moves the WAL into the file less often: for a hub, which touches pages
    /// at random all over a large file and has the memory of a server.
    pub fn widen(&self) -> Result<(), Fault> {
        self.set("cache_size", WIDE_CACHE)?;
        self.set("wal_autocheckpoint", WIDE_WAL_PAGES)
    }

    /// Keeps next to nothing in memory: for a file that is gone through once, from end to end. What
    /// is cached for that is never asked for again, and the allocator would hold on to the room.
    pub fn narrow(&self) -> Result<(), Fault> {
        self.set("cache_size", NARROW_CACHE)
    }

    /// Opens an existing file for reading beside its writer.
    pub fn open_read_only(path: &Path) -> Result<Sqlite, Fault> {
        Sqlite::connect(None, path, OpenFlags::SQLITE_OPEN_READ_ONLY, Locking::Shared)
    }

    /// The same on the files of another virtual file system, with no writer beside it.
    pub fn open_read_only_on(vfs: &str, path: &Path) -> Result<Sqlite, Fault> {
        Sqlite::connect(Some(vfs), path, OpenFlags::SQLITE_OPEN_READ_ONLY, Locking::Alone)
    }

    /// Looks through every page. Takes a time proportional to the file's size.
    pub fn quick_check(&mut self) -> Result<(), Fault> {
        quick_check(self)
    }

    fn connect(vfs: Option<&str>, path: &Path, flags: OpenFlags, locking: Locking) -> Result<Sqlite, Fault> {
        let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_PRIVATE_CACHE;
        let opened = match vfs {
            None => Connection::open_with_flags(path, flags),
            Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs),
        };
        let connection = opened.map_err(|e| fault(path, "open", e))?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(|e| fault(path, "busy_timeout", e))?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        // Without this SQLite plans a statement anew whenever a parameter of its LIMIT is bound,
        // which takes ten times as long as running it.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(|e| fault(path, "stable plans", e))?;
        let sqlite = Sqlite { connection, path: path.to_owned(), texts: HashMap::new() };
        // Before the file is looked at for the first time: after that a WAL has its shared memory.
        sqlite.set("locking_mode", if locking == Locking::Alone { "EXCLUSIVE" } else { "NORMAL" })?;
        sqlite.set("trusted_schema", "OFF")?;
        sqlite.set("mmap_size", "0")?;
        sqlite.set("foreign_keys", "ON")?;
        sqlite.set("temp_store", "MEMORY")?;
        sqlite.set("cache_size", "-16384")?;
        Ok(sqlite)
    }

    fn set(&self, pragma: &str, value: &str) -> Result<(), Fault> {
        self.connection.pragma_update_and_check(None, pragma, value, |_| Ok(())).or_else(no_rows).map_err(|e| fault(&self.path, pragma, e))
    }

    /// Sets a pragma and reads it back: durability is not something to assume.
    fn hold(&self, pragma: &str, value: &str) -> Result<(), Fault> {
        self.set(pragma, value)?;
        let read = |row: &rusqlite::Row<'_>| row.get_ref(0).map(as_text);
        let found = self.connection.pragma_query_value(None, pragma, read).map_err(|e| fault(&self.path, pragma, e))?;
        if found == value {
            return Ok(());
        }
        let source = format!("{pragma} stayed {found} and did not become {value}").into();
        Err(Fault::Sql { path: self.path.clone(), sql: pragma.into(), source })
    }

    fn run(&self, sql: &'static str) -> Result<(), Fault> {
        self.connection.execute_batch(sql).map_err(|e| fault(&self.path, sql, e))
    }
}

impl Sql for Sqlite {
    fn exec(&mut self, sql: &'static str, params: &[Value]) -> Result<u64, Fault> {
        let text = self.texts.entry(place(sql)).or_insert_with(|| numbered(sql));
        let run = |connection: &Connection| connection.prepare_cached(text)?.execute(params_from_iter(params));
        run(&self.connection).map(|changed| changed as u64).map_err(|e| fault(&self.path, sql, e))
    }

    fn rows(&mut self, sql: &'static str, params: &[Value]) -> Result<Vec<Record>, Fault> {
        let text = self.texts.entry(place(sql)).or_insert_with(|| numbered(sql));
        query(&self.connection, text, params).map_err(|e| fault(&self.path, sql, e))
    }

    fn schema(&mut self, sql: &'static str) -> Result<(), Fault> {
        let text = sql.replace("{bytes}", "BLOB").replace("{clustered}", "WITHOUT ROWID");
        self.connection.execute_batch(&text).map_err(|e| fault(&self.path, sql, e))
    }

    fn begin(&mut self) -> Result<(), Fault> {
        self.run("BEGIN IMMEDIATE")
    }

    fn begin_read(&mut self) -> Result<(), Fault> {
        self.run("BEGIN DEFERRED")
    }

    fn commit(&mut self) -> Result<(), Fault> {
        self.run("COMMIT")
    }

    /// SQLite has rolled back by itself after some faults; that is no fault of its own.
    fn rollback(&mut self) -> Result<(), Fault> {
        if self.connection.is_autocommit() { Ok(()) } else { self.run("ROLLBACK") }
    }

    fn file(&self) -> Option<&Path> {
        Some(&self.path)
    }

    fn path(&self) -> &Path {
        &self.path
    }
}

/// Looks through every page of a SQLite database. Takes a time proportional to the file's size.
pub fn quick_check(sql: &mut dyn Sql) -> Result<(), Fault> {
    let answer = sql.rows("PRAGMA quick_check(1)", &[])?;
    match answer.first().and_then(|row| row.first()) {
        Some(Value::Text(text)) if text == "ok" => Ok(()),
        other => Err(Fault::corrupt(sql.path(), format!("{other:?}"))),
    }
}

/// Moves the WAL of a SQLite database into its file.
pub fn checkpoint(sql: &mut dyn Sql) -> Result<(), Fault> {
    sql.rows("PRAGMA wal_checkpoint(TRUNCATE)", &[]).map(drop)
}

/// Copies a SQLite database, as it stands at one moment, into a new file. Its writer is not waited for
/// and does not wait. The copy is not synced.
pub fn copy_into(sql: &mut dyn Sql, path: &Path) -> Result<(), Fault> {
    sql.exec("VACUUM INTO $1", &[path.to_string_lossy().as_ref().into()]).map(drop)
}

/// Moves what an earlier program left in the WAL of a SQLite database into its file. After a failed
/// sync the system may show pages that never reached the medium and that no later sync tries again:
/// what is written behind them would be lost with them.
pub fn settle_wal(sql: &mut dyn Sql) -> Result<(), Fault> {
    checkpoint(sql)
}

fn query(connection: &Connection, text: &str, params: &[Value]) -> rusqlite::Result<Vec<Record>> {
    let mut statement = connection.prepare_cached(text)?;
    let columns = statement.column_count();
    let mut rows = statement.query(params_from_iter(params))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push((0..columns).map(|index| row.get_ref(index).map(owned)).collect::<rusqlite::Result<_>>()?);
    }
    Ok(found)
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Int(number) => ValueRef::Integer(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

fn owned(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Real(number) => Value::Int(number as i64),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_owned()),
    }
}

fn as_text(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        _ => String::new(),
    }
}

/// Where a constant lies, and how long it is there.
fn place(sql: &'static str) -> (usize, usize) {
    (sql.as_ptr().addr(), sql.len())
}

/// `$1` becomes `?1`. No statement of ours holds a `$` anywhere else.
fn numbered(sql: &str) -> String {
    sql.replace('$', "?")
}

fn no_rows(error: rusqlite::Error) -> rusqlite::Result<()> {
    if error == rusqlite::Error::QueryReturnedNoRows { Ok(()) } else { Err(error) }
}

/// What an answer of SQLite means for the ledger.
fn fault(path: &Path, sql: &str, error: rusqlite::Error) -> Fault {
    let path = path.to_owned();
    let Some(code) = error.sqlite_error().copied() else {
        return Fault::Sql { path, sql: sql.into(), source: error.into() };
    };
    match (code.code, code.extended_code) {
        (_, ffi::SQLITE_IOERR_CORRUPTFS | ffi::SQLITE_IOERR_DATA) | (ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase, _) => {
            Fault::Corrupt { path, what: error.to_string(), source: Some(error.into()) }
        }
        (ErrorCode::DiskFull, _) => Fault::DiskFull { path, source: error.into() },
        (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => Fault::Busy { path, source: error.into() },
        (ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen | ErrorCode::AuthorizationForStatementDenied, _) => {
            Fault::Unwritable { path, source: error.into() }
        }
        (ErrorCode::SystemIoFailure, _) => Fault::Io { path, source: error.into() },
        _ => Fault::Sql { path, sql: sql.into(), source: error.into() },
    }
}
