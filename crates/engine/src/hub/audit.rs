//! The whole log looked through: every op's bytes, every link, every hash, up to the head.
//!
//! What was changed, taken out or put in shows at the first op where something no longer fits. What was
//! cut off at the end, with the hub's own record mended to match, shows only against a head that
//! somebody kept elsewhere: that is what terminals keep heads for.

use super::{as_u32, hash_of, heads};
use crate::fault::Fault;
use crate::sql::{Record, Sql, Value};
use ledger::id::TerminalId;
use ledger::op::{Envelope, Hash};
use ledger::proof::Tree;
use ledger::sync::wire::{LogHead, log_hash};
use std::collections::HashMap;
use std::fmt;

/// Ops read at once: an op has at most two megabytes, and most have less than one thousandth of it.
const PAGE_ROWS: i64 = 256;
/// Most notes kept; the others are counted.
const NOTES_MAX: usize = 100;

/// What the log is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Witness {
    pub head: LogHead,
    /// Root of the tree over the log up to that head, if the witness has one.
    pub tree_root: Option<Hash>,
}

/// What looking through the log came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Audit {
    /// How far the log is good.
    pub head: LogHead,
    /// The first thing that is not.
    pub flaw: Option<LogFlaw>,
    /// Breaks in authors' chains that the hub knows of: see its incidents.
    pub notes: Vec<LogNote>,
    pub notes_left_out: u64,
}

/// A place in the log where something is wrong. As text it is a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFlaw {
    pub number: u64,
    what: String,
}

/// A place in the log that is unusual but known. As text it is a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogNote {
    pub number: u64,
    what: String,
}

impl fmt::Display for LogFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The log is bad from op {} on: {}.", self.number, self.what)
    }
}

impl fmt::Display for LogNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Op {}: {}.", self.number, self.what)
    }
}

/// One op as the log has it.
struct Entry {
    number: u64,
    device: TerminalId,
    incarnation: u32,
    seq: u64,
    bytes: Vec<u8>,
    hash: Hash,
    broken: bool,
    log_hash: Hash,
}

/// What is remembered on the way.
#[derive(Default)]
struct Walk {
    audit: Audit,
    tree: Tree,
    /// The last op of each author's incarnation.
    chains: HashMap<(TerminalId, u32), (u64, Hash)>,
}

/// Looks through the log, as it stands at one moment, until the first flaw. `progress` is told how many ops of how many are
/// done.
pub(super) fn audit(sql: &mut dyn Sql, witness: Option<&Witness>, progress: &mut dyn FnMut(u64, u64)) -> Result<Audit, Fault> {
    let end = heads::load(sql)?.log;
    let mut walk = Walk::default();
    loop {
        let page = entries_after(sql, walk.audit.head.number)?;
        if page.is_empty() {
            break;
        }
        for entry in &page {
            if let Err(flaw) = walk.step(entry).and_then(|()| walk.compare(witness)) {
                walk.audit.flaw = Some(flaw);
                return Ok(walk.audit);
            }
        }
        progress(walk.audit.head.number, end.number);
    }
    walk.audit.flaw = walk.ends_well(end, witness).err();
    Ok(walk.audit)
}

impl Walk {
    fn step(&mut self, entry: &Entry) -> Result<(), LogFlaw> {
        let number = self.audit.head.number + 1;
        let flaw = |what: String| Err(LogFlaw { number, what });
        if entry.number != number {
            return flaw(format!("it is missing, the next one is op {}", entry.number));
        }
        if Hash::of(&entry.bytes) != entry.hash {
            return flaw(format!("its bytes ({}) are not those that its hash was taken of", entry.place()));
        }
        let hash = log_hash(&self.audit.head.hash, &entry.device, entry.incarnation, entry.seq, &entry.hash);
        if hash != entry.log_hash {
            return flaw(format!("its log hash ({}) does not follow from the op before it and its own place and hash", entry.place()));
        }
        self.follow(entry)?;
        self.audit.head = LogHead { number, hash };
        self.tree.push(&hash);
        Ok(())
    }

    /// Follows the author's own chain. A break that was noticed when the op arrived is no flaw of the
    /// log.
    fn follow(&mut self, entry: &Entry) -> Result<(), LogFlaw> {
        let (last, hash) = self.chains.get(&(entry.device.clone(), entry.incarnation)).copied().unwrap_or_default();
        let prev = Envelope::read(&entry.bytes).ok().map(|envelope| envelope.prev);
        let fits = entry.seq == last + 1 && prev == Some(hash);
        // Behind numbers that were given up as lost an op may name none before it.
        let starts_anew = entry.seq > last + 1 && prev == Some(Hash::default());
        if !fits && !entry.broken && !starts_anew {
            let what = format!("it ({}) does not follow op {last} of its author's chain, and that was not so when it arrived", entry.place());
            return Err(LogFlaw { number: entry.number, what });
        }
        if !fits {
            self.note(entry, format!("{} does not follow op {last} of its author's chain; the hub noticed it when it arrived", entry.place()));
        }
        if entry.seq > last {
            self.chains.insert((entry.device.clone(), entry.incarnation), (entry.seq, entry.hash));
        }
        Ok(())
    }

    fn note(&mut self, entry: &Entry, what: String) {
        if self.audit.notes.len() < NOTES_MAX {
            self.audit.notes.push(LogNote { number: entry.number, what });
        } else {
            self.audit.notes_left_out += 1;
        }
    }

    /// Compares with what was kept elsewhere, once the walk is there.
    fn compare(&self, witness: Option<&Witness>) -> Result<(), LogFlaw> {
        let LogHead { number, hash } = self.audit.head;
        let Some(witness) = witness.filter(|witness| witness.head.number == number) else { return Ok(()) };
        if witness.head.hash != hash {
            let what = "up to here the log has another hash than the head that was signed: it or an op before it was changed".into();
            return Err(LogFlaw { number, what });
        }
        if witness.tree_root.is_some_and(|root| root != self.tree.root()) {
            return Err(LogFlaw { number, what: "up to here the log has another tree than the one that was signed".into() });
        }
        Ok(())
    }

    fn ends_well(&self, end: LogHead, witness: Option<&Witness>) -> Result<(), LogFlaw> {
        let last = self.audit.head;
        if last != end {
            let what = format!("the hub's own record speaks of {} ops and the hash {}, but the log ends with op {}", end.number, end.hash, last.number);
            return Err(LogFlaw { number: last.number.min(end.number) + 1, what });
        }
        match witness {
            Some(witness) if witness.head.number > last.number => {
                let what = format!("it is missing; a head over {} ops was signed, so the end was cut off, or a backup was restored", witness.head.number);
                Err(LogFlaw { number: last.number + 1, what })
            }
            _ => Ok(()),
        }
    }
}

impl Entry {
    fn place(&self) -> String {
        format!("{} {}-{}", self.device, self.incarnation, self.seq)
    }
}

fn entries_after(sql: &mut dyn Sql, after: u64) -> Result<Vec<Entry>, Fault> {
    let text = "SELECT number, device, incarnation, seq, bytes, hash, broken, log_hash FROM op WHERE number > $1 ORDER BY number LIMIT $2";
    Ok(sql.rows(text, &[after.into(), Value::Int(PAGE_ROWS)])?.into_iter().map(read).collect())
}

fn read(mut record: Record) -> Entry {
    Entry {
        number: record[0].as_count(),
        device: TerminalId::from(record[1].as_text()),
        incarnation: as_u32(&record[2]),
        seq: record[3].as_count(),
        hash: hash_of(&record[5]),
        broken: record[6].as_int() != 0,
        log_hash: hash_of(&record[7]),
        bytes: std::mem::replace(&mut record[4], Value::Null).into_bytes(),
    }
}
