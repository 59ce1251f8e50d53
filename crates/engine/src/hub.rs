//! The hub's store: every op with its one final outcome, the rows they fold into, the feed of what
//! changed, the terminals that may speak.
//!
//! One [`HubStore`] writes; any number of [`HubReader`]s read beside it, each from a consistent
//! moment. The feed is the rows themselves in order of their last change: a row has one position,
//! the newest, given inside the writer's transaction, so a position that a reader can see is
//! committed and everything before it too.

use crate::fault::Fault;
use crate::migrate::migrate;
use crate::port::{Chance, SystemChance};
use crate::rows;
use crate::sql::{Sql, Value, first, transaction};
use crate::sqlite::{Durability, Sqlite, settle_wal};
use crate::tables::{Table, tables as tables_of};
use ledger::evidence::Evidence;
use ledger::id::{OpId, OperatorId, Sku, TerminalId, WarehouseId};
use ledger::op::{Base, Body, HUB_DEVICE, Hash, Op, Stamp};
use ledger::serial::Serial;
use ledger::sync::wire::{Contained, Hello, HelloAnswer, LogHead, Lost, PullAnswer, PushAnswer, Renew, RenewAnswer};
use ledger::verdict::Outcome;
use std::array::TryFromSliceError;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::OnceLock;

mod arrival;
mod audit;
mod backup;
mod books;
mod chain;
mod conflicts;
mod desk;
mod devices;
mod evidence;
mod feed;
mod heads;
mod hello;
mod incident;
mod interpret;
mod known;
mod parking;
mod pass_on;
mod reading;
mod receive;
mod snapshot;
mod tills;
mod units;

pub use audit::{Audit, LogFlaw, LogNote, Witness};
pub use backup::Backup;
pub use conflicts::{Claim, ConflictFound, Decided, Decision, SaleFacts, Side, Truth, Which};
pub use devices::{Device, EnrolRefusal, Enrolled, NewCode, Newcomer};
pub use incident::{Incident, IncidentKind};
pub use parking::{PARKED_AT_ONCE_MAX, ParkedOp};
pub use reading::ReadBatch;
pub use receive::Batch;
pub use snapshot::SnapshotHead;
pub use units::{Counts, HistoryEntry, UnitFound};

pub(crate) const SCHEMA: &[&str] = &[concat!(include_str!("../migrations/rows_0001.sql"), "\n", include_str!("../migrations/hub_0001.sql"))];

/// Every table of a hub.
pub fn tables() -> &'static [Table] {
    static TABLES: OnceLock<Vec<Table>> = OnceLock::new();
    TABLES.get_or_init(|| SCHEMA.iter().flat_map(|step| tables_of(step)).collect())
}

/// The hub's incarnation of its own chain: its journal is this file, restored only as a whole.
const HUB_INCARNATION: u32 = 1;

/// Who this hub is.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    pub id: String,
    /// Seed of the ed25519 key that signs the hub's answers.
    pub secret: [u8; 32],
    /// Names the numbering of positions. Another feed means that old cursors say nothing.
    pub feed: String,
}

/// The writing side. One in the world at a time, but for PostgreSQL, where several take turns.
pub struct HubStore {
    sql: Box<dyn Sql>,
    chance: Box<dyn Chance>,
}

impl HubStore {
    /// Opens a file, or makes a new hub with a new identity.
    ///
    /// # Errors
    /// [`Fault::Newer`] if a newer version of the program wrote it.
    pub fn open(path: &Path) -> Result<HubStore, Fault> {
        let mut sql = Sqlite::open(path, Durability::Full)?;
        sql.widen()?;
        settle_wal(&mut sql)?;
        HubStore::on(sql, Box::new(SystemChance))
    }

    /// The same on any database, with names drawn from `chance`.
    pub fn on(sql: impl Sql + 'static, mut chance: Box<dyn Chance>) -> Result<HubStore, Fault> {
        let mut sql: Box<dyn Sql> = Box::new(sql);
        migrate(&mut sql, SCHEMA)?;
        transaction(&mut sql, |sql| found_hub(sql, &mut *chance))?;
        Ok(HubStore { sql, chance })
    }

    /// Tries to become the one of several processes that takes ops, see [`Sql::lead`]. That there is
    /// only one makes large groups of small ones; that none is lost or doubled does not depend on it.
    pub fn lead(&mut self) -> Result<bool, Fault> {
        self.sql.lead()
    }

    pub fn identity(&mut self) -> Result<Identity, Fault> {
        identity(&mut self.sql)
    }

    /// Reads batches and takes them.
    pub fn receive(&mut self, now_ms: i64, batches: &[Batch]) -> Result<Vec<PushAnswer>, Fault> {
        self.receive_read(now_ms, &batches.iter().cloned().map(ReadBatch::from).collect::<Vec<_>>())
    }

    /// Takes many batches in one durable transaction and answers each, in order. On a fault none of
    /// them was taken.
    pub fn receive_read(&mut self, now_ms: i64, batches: &[ReadBatch]) -> Result<Vec<PushAnswer>, Fault> {
        let chance = &mut *self.chance;
        transaction(&mut self.sql, |sql| receive::receive(sql, chance, now_ms, batches))
    }

    /// Takes ops that `by` was told by their author. What does not go on where the author's chain ends is
    /// left: then the answer has no outcomes.
    pub fn pass_on(&mut self, now_ms: i64, by: &TerminalId, batch: &Batch) -> Result<PushAnswer, Fault> {
        let chance = &mut *self.chance;
        transaction(&mut self.sql, |sql| pass_on::pass_on(sql, chance, now_ms, by, batch))
    }

    /// Compares where a terminal and this hub stand.
    pub fn hello(&mut self, now_ms: i64, terminal: &TerminalId, hello: &Hello) -> Result<HelloAnswer, Fault> {
        let chance = &mut *self.chance;
        transaction(&mut self.sql, |sql| hello::hello(sql, chance, now_ms, terminal, hello))
    }

    /// Goes on behind ops that a terminal has lost for good.
    pub fn lost(&mut self, now_ms: i64, terminal: &TerminalId, lost: &Lost) -> Result<PushAnswer, Fault> {
        transaction(&mut self.sql, |sql| receive::lost(sql, now_ms, terminal, lost))
    }

    /// Gives a terminal a new incarnation.
    pub fn renew(&mut self, now_ms: i64, terminal: &TerminalId, renew: &Renew) -> Result<RenewAnswer, Fault> {
        transaction(&mut self.sql, |sql| hello::renew(sql, now_ms, terminal, renew))
    }

    /// Takes parked ops up again in their order, all or the one with that number in the log, at
    /// most [`PARKED_AT_ONCE_MAX`], and answers what became of each.
    pub fn replay(&mut self, now_ms: i64, only: Option<u64>) -> Result<Vec<ParkedOp>, Fault> {
        transaction(&mut self.sql, |sql| parking::replay(sql, now_ms, only))
    }

    /// States that every op up to `number` of the log is in a backup that was verified.
    pub fn mark_safe(&mut self, number: u64) -> Result<(), Fault> {
        transaction(&mut self.sql, |sql| chain::mark_safe(sql, number))
    }

    /// Forgets deletions that are older than `before_ms`. Terminals that were away since then begin
    /// with a snapshot. Answers how many were forgotten.
    pub fn forget_deletions(&mut self, before_ms: i64) -> Result<u64, Fault> {
        transaction(&mut self.sql, |sql| {
            let pos = feed::pos_at(sql, before_ms)?;
            feed::forget_deletions(sql, pos)
        })
    }

    /// Writes an op of the hub's own.
    pub fn submit(&mut self, now_ms: i64, id: OpId, body: Body) -> Result<Outcome, Fault> {
        let chance = &mut *self.chance;
        transaction(&mut self.sql, |sql| submit(sql, chance, now_ms, id, body))
    }

    /// Resolves a conflict in the hub's own name.
    pub fn resolve(&mut self, now_ms: i64, decision: &Decision) -> Result<Decided, Fault> {
        let chance = &mut *self.chance;
        transaction(&mut self.sql, |sql| conflicts::resolve(sql, chance, now_ms, decision))
    }

    /// Ops received so far, the hub's own among them.
    pub fn op_count(&mut self) -> Result<u64, Fault> {
        Ok(first(&mut self.sql, "SELECT op_number FROM hub WHERE only_one = 1", &[])?.map_or(0, |row| row[0].as_count()))
    }

    /// Where the feed ends.
    pub fn feed_pos(&mut self) -> Result<u64, Fault> {
        Ok(feed::head(&mut self.sql)?.pos)
    }

    /// Allows one terminal to enrol.
    pub fn add_code(&mut self, code: &NewCode) -> Result<(), Fault> {
        transaction(&mut self.sql, |sql| devices::add_code(sql, code))
    }

    /// Allows a terminal that has lost its key to enrol as what it was, and answers the terminal; none if
    /// there is no such. One that is revoked gets no code.
    pub fn add_code_again(&mut self, terminal: &TerminalId, hash: Hash, expires_ms: i64) -> Result<Option<Device>, Fault> {
        transaction(&mut self.sql, |sql| devices::add_code_again(sql, terminal, hash, expires_ms))
    }

    /// Takes a terminal in, if the code is good.
    pub fn enrol(&mut self, now_ms: i64, code: Hash, newcomer: &Newcomer) -> Result<Result<Enrolled, EnrolRefusal>, Fault> {
        transaction(&mut self.sql, |sql| devices::enrol(sql, now_ms, code, newcomer))
    }

    /// Takes a terminal in without a code: for terminals that exist only as data.
    pub fn add_device(&mut self, now_ms: i64, name: &str, warehouse: &WarehouseId, device_key: [u8; 32]) -> Result<Enrolled, Fault> {
        transaction(&mut self.sql, |sql| devices::add(sql, now_ms, name, warehouse, device_key, ""))
    }

    /// Bars a terminal for good. False if there is no such terminal.
    pub fn revoke(&mut self, terminal: &TerminalId) -> Result<bool, Fault> {
        transaction(&mut self.sql, |sql| devices::revoke(sql, terminal))
    }

    /// Begins a new feed: after a restore from a backup, whose positions others may have seen
    /// meaning something else.
    pub fn renew_feed(&mut self) -> Result<(), Fault> {
        let chance = &mut *self.chance;
        transaction(&mut self.sql, |sql| {
            chain::forget_nonces(sql)?;
            renew_feed(sql, chance)
        })
    }
}

/// The reading side.
pub struct HubReader {
    sql: Box<dyn Sql>,
}

impl HubReader {
    /// Opens an existing hub's file beside its writer.
    pub fn open(path: &Path) -> Result<HubReader, Fault> {
        Ok(HubReader::on(Sqlite::open_read_only(path)?))
    }

    /// The same on any database that holds a hub.
    pub fn on(sql: impl Sql + 'static) -> HubReader {
        HubReader { sql: Box::new(sql) }
    }

    /// A page of the feed, or none if the cursor is not of this feed.
    pub fn pull(&mut self, terminal: &TerminalId, feed: &str, after: u64, rows_max: u32, now_ms: i64) -> Result<Option<PullAnswer>, Fault> {
        self.read(|sql| feed::pull(sql, terminal, feed, after, rows_max, now_ms))
    }

    /// The same for a terminal that keeps ops which the rows may contain: those behind each of `asked`.
    pub fn pull_asking(
        &mut self,
        terminal: &TerminalId,
        (feed, after): (&str, u64),
        asked: &[Contained],
        rows_max: u32,
        now_ms: i64,
    ) -> Result<Option<PullAnswer>, Fault> {
        self.read(|sql| {
            let page = feed::pull(sql, terminal, feed, after, rows_max, now_ms)?;
            page.map(|page| {
                let known = page.up_to_date.then(|| known::known(sql, terminal, asked)).transpose()?;
                Ok(PullAnswer { known, ..page })
            })
            .transpose()
        })
    }

    /// Whether the log contains what it once was, as a terminal was told. If not, this hub is an older
    /// state of itself, and shows it when that terminal greets it.
    pub fn knows(&mut self, log: &LogHead) -> Result<bool, Fault> {
        Ok(hello::log_hash_at(&mut self.sql, log.number)? == Some(log.hash))
    }

    /// The feed's name and end.
    pub fn feed(&mut self) -> Result<Base, Fault> {
        self.read(feed::head)
    }

    /// Who this hub is.
    pub fn identity(&mut self) -> Result<Identity, Fault> {
        identity(&mut self.sql)
    }

    /// Looks through the whole log until the first flaw, and compares it with what was kept
    /// elsewhere. `progress` is told how many ops of how many are done.
    pub fn audit(&mut self, witness: Option<&Witness>, progress: &mut dyn FnMut(u64, u64)) -> Result<Audit, Fault> {
        self.read(|sql| audit::audit(sql, witness, progress))
    }

    /// Copies the database into a new file at `to` and looks through the copy.
    pub fn backup(&mut self, to: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<Backup, Fault> {
        backup::backup(&mut self.sql, to, progress)
    }

    /// What proves a unit's life, unsigned; none if there is no such unit.
    pub fn evidence(&mut self, sku: &Sku, serial: &Serial, now_ms: i64, progress: &mut dyn FnMut(u64, u64)) -> Result<Option<Evidence>, Fault> {
        self.read(|sql| evidence::gather(sql, sku, serial, now_ms, progress))
    }

    /// The SKUs of which a unit bears the serial.
    pub fn skus_of(&mut self, serial: &Serial) -> Result<Vec<Sku>, Fault> {
        Ok(rows::units_by_serial(&mut self.sql, serial)?.into_iter().map(|(unit, _)| unit.sku).collect())
    }

    /// How far the log goes.
    pub fn log_head(&mut self) -> Result<LogHead, Fault> {
        Ok(self.read(heads::load)?.log)
    }

    /// What a person should know about, the latest first.
    pub fn incidents(&mut self, rows_max: u32) -> Result<Vec<Incident>, Fault> {
        self.read(|sql| incident::latest(sql, rows_max))
    }

    /// The parked ops in their order, at most [`PARKED_AT_ONCE_MAX`].
    pub fn parked(&mut self) -> Result<Vec<ParkedOp>, Fault> {
        self.read(parking::list)
    }

    pub fn device(&mut self, terminal: &TerminalId) -> Result<Option<Device>, Fault> {
        devices::find(&mut self.sql, terminal)
    }

    /// All terminals in order of their names, at most `DEVICES_MAX`.
    pub fn devices(&mut self) -> Result<Vec<Device>, Fault> {
        self.read(devices::all)
    }

    /// Every warehouse that goods or terminals were ever in.
    pub fn warehouses(&mut self) -> Result<BTreeSet<WarehouseId>, Fault> {
        self.read(devices::warehouses)
    }

    /// Every unit bearing the serial with its whole history.
    pub fn units(&mut self, serial: &Serial) -> Result<Vec<UnitFound>, Fault> {
        self.read(|sql| units::found(sql, serial))
    }

    /// The newest conflicts first, at most `rows_max`.
    pub fn conflicts(&mut self, which: Which, rows_max: u32) -> Result<Vec<ConflictFound>, Fault> {
        self.read(|sql| conflicts::list(sql, which, rows_max))
    }

    pub fn counts(&mut self) -> Result<Counts, Fault> {
        self.read(units::counts)
    }

    /// Reads one row of the ledger.
    pub fn row(&mut self, key: &ledger::row::Key) -> Result<Option<ledger::slice::Versioned>, Fault> {
        rows::load(&mut self.sql, key)
    }

    /// A page of products in SKU order.
    pub fn products_after(&mut self, after: &Sku, rows_max: u32) -> Result<Vec<ledger::row::Product>, Fault> {
        rows::products_after(&mut self.sql, after, rows_max)
    }

    /// Writes a terminal's catalogue as it stands now into a new file at `path`.
    pub fn snapshot(&mut self, path: &Path) -> Result<SnapshotHead, Fault> {
        snapshot::build(&mut self.sql, path)
    }

    /// The same into a new file that is open already, wherever it lies.
    pub fn snapshot_into(&mut self, file: Sqlite) -> Result<SnapshotHead, Fault> {
        snapshot::fill(&mut self.sql, file)
    }

    fn read<T>(&mut self, work: impl FnOnce(&mut dyn Sql) -> Result<T, Fault>) -> Result<T, Fault> {
        self.sql.begin_read()?;
        let done = work(&mut self.sql);
        let _ = self.sql.rollback();
        done
    }
}

fn found_hub(sql: &mut dyn Sql, chance: &mut dyn Chance) -> Result<(), Fault> {
    if first(sql, "SELECT 1 FROM hub WHERE only_one = 1", &[])?.is_some() {
        return Ok(());
    }
    let mut secret = [0; 32];
    chance.fill(&mut secret);
    let text = "INSERT INTO hub (only_one, id, secret, feed, feed_pos, feed_pos_min, op_number, log_hash, safe_number, sum_rows, sum_hash) \
        VALUES (1, $1, $2, $3, 0, 0, 0, $4, 0, 0, 0) ON CONFLICT (only_one) DO NOTHING";
    sql.exec(text, &[name(chance).into(), secret.to_vec().into(), name(chance).into(), Hash::default().0.to_vec().into()]).map(drop)
}

/// A short name that nobody else has.
fn name(chance: &mut dyn Chance) -> String {
    let mut random = [0; 8];
    chance.fill(&mut random);
    random.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn renew_feed(sql: &mut dyn Sql, chance: &mut dyn Chance) -> Result<(), Fault> {
    sql.exec("UPDATE hub SET feed = $1", &[name(chance).into()]).map(drop)
}

fn identity(sql: &mut dyn Sql) -> Result<Identity, Fault> {
    let row = first(sql, "SELECT id, secret, feed FROM hub WHERE only_one = 1", &[])?;
    let row = row.ok_or_else(|| Fault::corrupt(sql.path(), "the hub's own record is missing"))?;
    let cut = |source: TryFromSliceError| Fault::Row { table: "hub", key: String::new(), source: source.into() };
    let secret = row[1].as_bytes().try_into().map_err(cut)?;
    Ok(Identity { id: row[0].as_text().to_owned(), secret, feed: row[2].as_text().to_owned() })
}

fn submit(sql: &mut dyn Sql, chance: &mut dyn Chance, now_ms: i64, id: OpId, body: Body) -> Result<Outcome, Fault> {
    let device = TerminalId::from(HUB_DEVICE);
    let chain = chain::load(sql, &device, HUB_INCARNATION)?;
    let op = Op {
        id,
        device: device.clone(),
        incarnation: HUB_INCARNATION,
        seq: chain.head_seq + 1,
        actor: OperatorId::from(HUB_DEVICE),
        approved_by: None,
        at: Stamp { wall_ms: now_ms, ..Stamp::default() },
        base: feed::head(sql)?,
        prev: chain.head_hash,
        body,
    };
    let batch = Batch { device, incarnation: HUB_INCARNATION, first_seq: op.seq, ops: vec![op.seal().bytes], ..Batch::default() };
    let answers = receive::receive(sql, chance, now_ms, &[batch.into()])?;
    let outcome = answers.into_iter().next().and_then(|answer| answer.outcomes.into_iter().next());
    Ok(outcome.expect("one op in its right place has one outcome").outcome)
}

fn hash_of(value: &Value) -> Hash {
    Hash(value.as_bytes().try_into().unwrap_or_default())
}

fn as_u32(value: &Value) -> u32 {
    u32::try_from(value.as_int()).unwrap_or(u32::MAX)
}
