//! PostgreSQL behind the [`Sql`] port. With its parts the only module that names the client library.
//!
//! One connection, one thread: the client blocks, so it is never called on a thread that runs async
//! tasks. Whoever writes takes one lock of the whole database when its transaction begins. So
//! positions of the feed are given in the order in which they become visible, however many
//! processes write, and a reader never sees a position before an earlier one.
//!
//! A connection that broke is made anew when the next transaction begins, never inside of one: what
//! a broken transaction had done is gone, unless its COMMIT was under way. Then nobody knows, and
//! whoever asked has to ask again. Leadership ends with the connection that held it.

use crate::fault::Fault;
use crate::sql::{Record, Sql, Value};
use ::postgres::types::{ToSql, Type};
use ::postgres::{Client, Error, NoTls, Row, Statement};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::thread;

mod address;
mod faults;
mod value;

pub use address::{Address, AddressFault};

/// What every session is told first.
///
/// - A plan made while a table was small must not read all of it when it has grown; every statement
///   of ours that is asked often finds its rows by a key.
/// - The server notices a hub that vanished from the network within half a minute, so that another
///   one can take over.
const SESSION: &str = "SET lock_timeout = '30s'; SET enable_seqscan = off; SET jit = off; SET client_min_messages = warning; \
    SET idle_in_transaction_session_timeout = 0; SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3";
/// The number that all locks of ours have in common, "Cfol"; the second one names the lock.
const BEGIN: &str = "BEGIN; SELECT pg_advisory_xact_lock(1130786668, 1)";
const LEAD: &str = "BEGIN; SET LOCAL lock_timeout = '2s'; SELECT pg_advisory_lock(1130786668, 2); COMMIT";

pub struct Postgres {
    address: Address,
    /// The address without its password.
    name: PathBuf,
    client: Option<Client>,
    statements: HashMap<&'static str, Statement>,
    transaction: Transaction,
    leads: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transaction {
    None,
    Open,
    /// A statement failed. The server would answer COMMIT with a rollback and call that success.
    Failed,
}

impl Postgres {
    /// Connects for writing.
    ///
    /// # Errors
    /// Also if the server may lose what it has confirmed, or cannot keep every language's text.
    pub fn open(address: &Address) -> Result<Postgres, Fault> {
        let mut postgres = Postgres::open_read_only(address)?;
        postgres.hold("fsync", "on", "would lose confirmed sales with the power, since its fsync is off. Switch it on in postgresql.conf")?;
        postgres.hold("server_encoding", "UTF8", "cannot keep text of every language. Make the database with ENCODING 'UTF8' TEMPLATE template0")?;
        Ok(postgres)
    }

    /// Connects for reading beside the one that writes.
    pub fn open_read_only(address: &Address) -> Result<Postgres, Fault> {
        let name = PathBuf::from(address.to_string());
        let mut postgres = Postgres { address: address.clone(), name, client: None, statements: HashMap::new(), transaction: Transaction::None, leads: false };
        postgres.connect()?;
        Ok(postgres)
    }

    fn connect(&mut self) -> Result<(), Fault> {
        self.hang_up();
        let mut client = self.address.config().connect(NoTls).map_err(|e| faults::connecting(&self.name, e))?;
        client.batch_execute(SESSION).map_err(|e| faults::fault(&self.name, SESSION, e))?;
        // Where the server's default says that a commit need not wait for the disk, ours does.
        let text = "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";
        client.batch_execute(text).map_err(|e| faults::fault(&self.name, text, e))?;
        self.client = Some(client);
        Ok(())
    }

    fn hold(&mut self, setting: &'static str, wanted: &str, otherwise: &str) -> Result<(), Fault> {
        let found = self.rows("SELECT current_setting($1)", &[setting.into()])?;
        if found.first().is_some_and(|row| row[0].as_text() == wanted) {
            return Ok(());
        }
        Err(Fault::Database { path: self.name.clone(), what: otherwise.into(), source: None })
    }

    /// Closing waits for the server, which the library cannot do on a thread that runs async tasks.
    fn hang_up(&mut self) {
        self.statements.clear();
        if let Some(client) = self.client.take() {
            thread::scope(|scope| drop(thread::Builder::new().spawn_scoped(scope, || drop(client))));
        }
    }

    fn is_connected(&self) -> bool {
        self.client.as_ref().is_some_and(|client| !client.is_closed())
    }

    /// Sees to it that there is a connection, if a new one may stand for the old one.
    fn ready(&mut self) -> Result<(), Fault> {
        if self.is_connected() {
            return Ok(());
        }
        if self.transaction != Transaction::None || self.leads {
            self.leads = false;
            return Err(faults::lost(&self.name));
        }
        self.connect()
    }

    /// Runs something that another connection may do as well, on a new one if this one is broken.
    fn anywhere<T>(&mut self, work: impl Fn(&mut Postgres) -> Result<T, Fault>) -> Result<T, Fault> {
        self.ready()?;
        let done = work(self);
        if done.is_ok() || self.is_connected() || self.leads {
            return done;
        }
        self.connect()?;
        work(self)
    }

    /// Integers are told to be of 64 bits: beside a small constant the server would take them for 32.
    fn statement(&mut self, sql: &'static str, params: &[Value]) -> Result<Statement, Fault> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let kinds: Vec<Type> = params.iter().map(|value| if matches!(value, Value::Int(_)) { Type::INT8 } else { Type::UNKNOWN }).collect();
        let statement = self.run(sql, |client| client.prepare_typed(sql, &kinds))?;
        self.statements.insert(sql, statement.clone());
        Ok(statement)
    }

    /// Runs `work` and notes what its failing means for the transaction.
    fn run<T>(&mut self, sql: &str, work: impl FnOnce(&mut Client) -> Result<T, Error>) -> Result<T, Fault> {
        let Some(client) = self.client.as_mut() else { return Err(faults::lost(&self.name)) };
        work(client).map_err(|error| {
            let closed = client.is_closed();
            if self.transaction == Transaction::Open {
                self.transaction = Transaction::Failed;
            }
            faults::while_running(&self.name, sql, error, closed)
        })
    }

    fn batch(&mut self, sql: &str) -> Result<(), Fault> {
        self.run(sql, |client| client.batch_execute(sql))
    }

    fn query(&mut self, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, Fault> {
        let statement = self.statement(sql, params)?;
        self.run(sql, |client| client.query(&statement, &bound(params)))
    }

    fn begin_with(&mut self, sql: &'static str) -> Result<(), Fault> {
        let begun = self.anywhere(|postgres| postgres.batch(sql));
        if begun.is_err() && self.is_connected() {
            // The transaction is there, but not the lock.
            let _ = self.batch("ROLLBACK");
        }
        begun?;
        self.transaction = Transaction::Open;
        Ok(())
    }
}

impl Sql for Postgres {
    fn exec(&mut self, sql: &'static str, params: &[Value]) -> Result<u64, Fault> {
        self.ready()?;
        let statement = self.statement(sql, params)?;
        let changed = self.run(sql, |client| client.execute(&statement, &bound(params)))?;
        if self.transaction == Transaction::Failed && sql.starts_with("ROLLBACK TO ") {
            self.transaction = Transaction::Open;
        }
        Ok(changed)
    }

    fn rows(&mut self, sql: &'static str, params: &[Value]) -> Result<Vec<Record>, Fault> {
        let repeatable = self.transaction == Transaction::None && sql.starts_with("SELECT ");
        let found = if repeatable {
            self.anywhere(|postgres| postgres.query(sql, params))?
        } else {
            self.ready()?;
            self.query(sql, params)?
        };
        found.iter().map(value::record).collect::<Result<_, _>>().map_err(|source| faults::unread(&self.name, sql, source))
    }

    fn schema(&mut self, sql: &'static str) -> Result<(), Fault> {
        self.ready()?;
        // Byte order, as SQLite sorts: a page that ends at a key begins there on either.
        let text = sql.replace("{bytes}", "BYTEA").replace("{clustered}", "").replace(" TEXT", " TEXT COLLATE \"C\"");
        self.batch(&text)
    }

    fn begin(&mut self) -> Result<(), Fault> {
        self.begin_with(BEGIN)
    }

    fn begin_read(&mut self) -> Result<(), Fault> {
        self.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    }

    fn commit(&mut self) -> Result<(), Fault> {
        if self.transaction == Transaction::Failed {
            let source = "a statement of the transaction failed before".into();
            return Err(Fault::Sql { path: self.name.clone(), sql: "COMMIT".into(), source });
        }
        self.ready()?;
        self.batch("COMMIT")?;
        self.transaction = Transaction::None;
        Ok(())
    }

    /// With the connection the transaction is gone too; that is no fault of its own.
    fn rollback(&mut self) -> Result<(), Fault> {
        let open = self.transaction != Transaction::None && self.is_connected();
        self.transaction = Transaction::None;
        if open { self.batch("ROLLBACK") } else { Ok(()) }
    }

    fn lead(&mut self) -> Result<bool, Fault> {
        if self.leads && self.is_connected() {
            return Ok(true);
        }
        self.leads = false;
        match self.anywhere(|postgres| postgres.batch(LEAD)) {
            Ok(()) => self.leads = true,
            Err(fault) => {
                if self.is_connected() {
                    self.batch("ROLLBACK")?;
                }
                if !matches!(fault, Fault::Busy { .. }) {
                    return Err(fault);
                }
            }
        }
        Ok(self.leads)
    }

    fn path(&self) -> &Path {
        &self.name
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.hang_up();
    }
}

fn bound(params: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    params.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}
