//! The hub as its routes serve it: requests in, answers out, and what a program does whose store fails.

use crate::audit::record::Record;
use crate::breaks::Break;
use crate::dice::Dice;
use crate::disk::{Image, Lie, SimDisk, Stop};
use crate::hub::{SimHub, snapshot};
use crate::wire::{Letter, Reply};
use engine::fault::Fault;
use engine::hub::Batch;
use ledger::id::TerminalId;
use ledger::op::Hash;
use ledger::sync::message::{PassOn, Push};
use ledger::sync::wire::{Contained, Hello, LogHead, Lost, PULL_ROWS_MAX, PassOnHead, PushAnswer, PushHead, Renew, SnapshotManifest};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// How long a snapshot is given to whoever asks.
const SNAPSHOT_FRESH_MS: i64 = 60_000;

pub struct Server {
    pub disk: SimDisk,
    pub hub: Option<SimHub>,
    pub offset_ms: i64,
    /// How the machine stops next.
    pub stop: Stop,
    pub backups: Vec<Image>,
    pub poison: Poison,
    /// No terminal may pull.
    pub outdated: bool,
    pub bug: Option<Break>,
    snapshots: Vec<Snapshot>,
    dice: Dice,
}

/// The op on which the hub fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Poison {
    None,
    /// The next one that comes.
    Next,
    Op(Hash),
}

/// What became of a request.
pub enum Served {
    Reply(Reply),
    /// There is nothing new yet; the answer may wait until then.
    Hold(i64),
    /// The program ended over it.
    Died,
}

#[derive(Clone)]
struct Snapshot {
    manifest: SnapshotManifest,
    bytes: Vec<u8>,
    made_ms: i64,
}

impl Server {
    pub fn new(mut dice: Dice, bug: Option<Break>) -> Server {
        let disk = SimDisk::new(dice.fork());
        disk.lie((bug == Some(Break::HubLies)).then_some(Lie::Everything));
        Server { disk, hub: None, offset_ms: 0, stop: Stop::Kill, backups: Vec::new(), poison: Poison::None, outdated: false, bug, snapshots: Vec::new(), dice }
    }

    /// Starts the program on a machine that runs.
    pub fn open(&mut self) -> Result<(), Fault> {
        self.snapshots.clear();
        self.hub = Some(SimHub::open(&self.disk, self.dice.fork())?);
        Ok(())
    }

    /// Serves one request; with `may_wait`, a pull that finds nothing new is held back.
    pub fn serve(&mut self, now_ms: i64, letter: &Letter, may_wait: bool, record: &mut Record) -> Served {
        let Some(hub) = &mut self.hub else { return Served::Reply(Reply::foreign(502)) };
        let wall_ms = now_ms + self.offset_ms;
        let (path, query) = letter.split();
        let done = match path.strip_prefix("/api/v1/sync/").unwrap_or_default() {
            "hello" => answer(&letter.body, |hello: Hello| hub.store.hello(wall_ms, &letter.device, &hello)),
            "lost" => answer(&letter.body, |lost: Lost| hub.store.lost(wall_ms, &letter.device, &lost)),
            "renew" => answer(&letter.body, |renew: Renew| hub.store.renew(wall_ms, &letter.device, &renew)),
            "pass-on" => self.pass_on(wall_ms, letter, record),
            what @ ("push" | "park") => self.push(wall_ms, letter, what == "park", record),
            "pull" => {
                let number = |name: &str| query(name).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
                let (after, rows_max, wait_ms) = (number("after"), number("rows").clamp(1, PULL_ROWS_MAX as u64), number("wait_ms"));
                let until_ms = if may_wait { now_ms + wait_ms as i64 } else { now_ms };
                let log = query("log").and_then(LogHead::parse);
                match log.map_or(Ok(true), |log| hub.reader.knows(&log)) {
                    Ok(true) => {}
                    known => return self.ended(known.map(|_| Reply::trouble(410, "gone"))),
                }
                let asked = Contained::parse_list(query("ops").unwrap_or_default());
                return self.pull(now_ms, &letter.device, query("feed").unwrap_or_default(), (after, rows_max as u32, &asked), until_ms);
            }
            "snapshot" => self.manifest(now_ms),
            other => Ok(self.file(other)),
        };
        self.ended(done)
    }

    fn push(&mut self, wall_ms: i64, letter: &Letter, uninterpreted: bool, record: &mut Record) -> Result<Reply, Fault> {
        let Ok((head, ops)) = Push::read(&letter.body) else { return Ok(Reply::trouble(400, "malformed")) };
        if !uninterpreted && self.fails_on(&ops) {
            return Ok(Reply::trouble(500, "internal"));
        }
        let (device, came) = (&letter.device, ops.clone());
        let PushHead { incarnation, first_seq, nonce, wall_ms: sent_ms, count: _ } = head;
        let batch = Batch { device: device.clone(), incarnation, first_seq, ops, nonce: Some(nonce), wall_ms: Some(sent_ms), uninterpreted };
        let told = self.receive(wall_ms, batch, record)?;
        record.answered(device, incarnation, first_seq, &came, &told);
        Ok(Reply::good(&told))
    }

    fn pass_on(&mut self, wall_ms: i64, letter: &Letter, record: &mut Record) -> Result<Reply, Fault> {
        let Ok((PassOnHead { push, device, park }, ops)) = PassOn::read(&letter.body) else { return Ok(Reply::trouble(400, "malformed")) };
        if !park && self.fails_on(&ops) {
            return Ok(Reply::trouble(500, "internal"));
        }
        let PushHead { incarnation, first_seq, .. } = push;
        let batch = Batch { device, incarnation, first_seq, ops, nonce: None, wall_ms: None, uninterpreted: park };
        let hub = self.hub.as_mut().expect("only an open hub is asked");
        let told = hub.store.pass_on(wall_ms, &letter.device, &batch)?;
        record.answered(&batch.device, incarnation, first_seq, &batch.ops, &told);
        Ok(Reply::good(&told))
    }

    /// Where most of the bugs are that can be switched on.
    fn receive(&mut self, wall_ms: i64, mut batch: Batch, record: &Record) -> Result<PushAnswer, Fault> {
        let hub = self.hub.as_mut().expect("only an open hub is asked");
        match self.bug {
            Some(bug @ (Break::DropUnknown | Break::DropForks)) => drop_some(hub, wall_ms, bug, &batch, record),
            Some(Break::ChangeBytes) => {
                batch.ops.iter_mut().filter(|bytes| bytes.ends_with(b"1000}}")).for_each(|bytes| bytes.splice(bytes.len() - 6.., *b"1001}}").for_each(drop));
                receive(hub, wall_ms, batch)
            }
            Some(bug) => {
                let (device, incarnation, first_seq, ops) = (batch.device.clone(), batch.incarnation, batch.first_seq, batch.ops.clone());
                let mut told = receive(hub, wall_ms, batch)?;
                let again = (first_seq..).zip(&ops).filter(|(seq, _)| record.hub_has(&device, incarnation, *seq));
                let again: Vec<(u64, &Vec<u8>)> = again.collect();
                crate::world::bugs::after_push(hub, bug, &again, &mut told, &mut self.dice)?;
                Ok(told)
            }
            None => receive(hub, wall_ms, batch),
        }
    }

    fn fails_on(&mut self, ops: &[Vec<u8>]) -> bool {
        if self.poison == Poison::Next
            && let Some(bytes) = ops.last()
        {
            self.poison = Poison::Op(Hash::of(bytes));
        }
        ops.iter().any(|bytes| self.poison == Poison::Op(Hash::of(bytes)))
    }

    fn pull(&mut self, now_ms: i64, device: &TerminalId, feed: &str, (after, rows_max, asked): (u64, u32, &[Contained]), until_ms: i64) -> Served {
        if self.outdated {
            return Served::Reply(Reply::trouble(426, "outdated"));
        }
        let hub = self.hub.as_mut().expect("only an open hub is asked");
        let found = hub.reader.pull_asking(device, (feed, after), asked, rows_max, now_ms + self.offset_ms);
        let done = match found {
            Ok(Some(page)) if page.next == after && now_ms < until_ms => return Served::Hold(until_ms),
            Ok(Some(mut page)) => {
                if self.bug == Some(Break::SkipRows) && page.rows.len() > 1 {
                    page.rows.pop();
                    page.sum = None;
                }
                Ok(Reply::good(&page))
            }
            Ok(None) => Ok(Reply::trouble(410, "gone")),
            Err(fault) => Err(fault),
        };
        self.ended(done)
    }

    fn manifest(&mut self, now_ms: i64) -> Result<Reply, Fault> {
        self.snapshots.retain(|snapshot| (0..SNAPSHOT_FRESH_MS).contains(&(now_ms - snapshot.made_ms)));
        let feed = self.hub.as_mut().expect("only an open hub is asked").reader.feed()?.feed;
        if let Some(fresh) = self.snapshots.iter().find(|snapshot| snapshot.manifest.feed == feed) {
            return Ok(Reply::good(&fresh.manifest));
        }
        let hub = self.hub.as_mut().expect("only an open hub is asked");
        let (head, bytes) = snapshot(&mut hub.reader, self.dice.fork())?;
        let manifest = SnapshotManifest {
            feed: head.cursor.feed,
            pos: head.cursor.pos,
            sha256: Hash::of(&bytes),
            bytes: bytes.len() as u64,
            unpacked_bytes: bytes.len() as u64,
            contained: head.contained,
            parked: head.parked,
            log: head.log,
            sum: head.sum,
        };
        self.snapshots.push(Snapshot { manifest: manifest.clone(), bytes, made_ms: now_ms });
        Ok(Reply::good(&manifest))
    }

    fn file(&self, path: &str) -> Reply {
        let hash = path.strip_prefix("snapshot/").and_then(Hash::from_hex);
        let found = self.snapshots.iter().find(|snapshot| Some(snapshot.manifest.sha256) == hash);
        found.map_or_else(|| Reply::trouble(404, "not_found"), |snapshot| Reply::bytes(snapshot.bytes.clone()))
    }

    /// What a fault of the store means to whoever asked, and to the program.
    fn ended(&mut self, done: Result<Reply, Fault>) -> Served {
        if self.disk.is_stopped() {
            self.hub = None;
            return Served::Died;
        }
        match done {
            Ok(reply) => Served::Reply(reply),
            Err(fault) if fault.is_transient() => Served::Reply(Reply::trouble(503, "busy")),
            Err(Fault::Row { .. }) => Served::Reply(Reply::trouble(500, "internal")),
            Err(_) => {
                self.hub = None;
                Served::Died
            }
        }
    }
}

/// Reads a question of one kind and answers it.
fn answer<Q: DeserializeOwned, A: Serialize>(body: &[u8], ask: impl FnOnce(Q) -> Result<A, Fault>) -> Result<Reply, Fault> {
    match serde_json::from_slice(body) {
        Ok(question) => ask(question).map(|answer| Reply::good(&answer)),
        Err(_) => Ok(Reply::trouble(400, "malformed")),
    }
}

pub fn receive(hub: &mut SimHub, wall_ms: i64, batch: Batch) -> Result<PushAnswer, Fault> {
    let answer = hub.store.receive(wall_ms, &[batch])?.pop();
    Ok(answer.expect("one batch has one answer"))
}

use crate::world::bugs::drop_some;
