//! A disk of one machine in memory: files as the store uses them, through `Disk` and through a
//! virtual file system of SQLite's, with the faults of real ones.
//!
//! The model. What is written is seen at once and durable after a sync of the file; a name is
//! durable after a sync of the folder. A power cut keeps any part of the rest. A killed process
//! loses nothing that was written, but stops anywhere. Whoever had a file open before a machine
//! stopped reaches nothing through it any more.

mod faults;
mod files;
mod platter;
mod vfs;

pub use faults::Lie;
pub use vfs::{VFS, seed_sqlite};

use crate::dice::Dice;
use faults::{Cut, Faults};
use platter::{Node, Platter};
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How a machine came to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// The process was killed; the machine runs on.
    Kill,
    PowerCut,
}

/// The disk of one machine. Clones are the same disk.
#[derive(Clone)]
pub struct SimDisk {
    shared: Arc<Shared>,
}

/// A copy of everything that a disk held.
#[derive(Clone)]
pub struct Image(Platter);

struct Shared {
    root: PathBuf,
    state: Mutex<State>,
}

struct State {
    platter: Platter,
    faults: Faults,
    dice: Dice,
    /// Counts the starts of the machine: what was opened before one is closed by it.
    start: u64,
    /// Files that somebody holds against all others.
    held: BTreeMap<Node, u64>,
    holders: u64,
    wall_ms: i64,
}

/// A file that somebody has open.
#[derive(Clone)]
struct Handle {
    shared: Arc<Shared>,
    node: Node,
    start: u64,
    /// Under which number it holds the file against others, if it does.
    holder: u64,
}

impl SimDisk {
    pub fn new(dice: Dice) -> SimDisk {
        let state = State { platter: Platter::default(), faults: Faults::default(), dice, start: 0, held: BTreeMap::new(), holders: 0, wall_ms: 0 };
        SimDisk { shared: vfs::register(|root| Shared { root, state: Mutex::new(state) }) }
    }

    /// The folder under which SQLite finds this disk.
    pub fn root(&self) -> &Path {
        &self.shared.root
    }

    pub fn set_wall_ms(&self, wall_ms: i64) {
        self.state().wall_ms = wall_ms;
    }

    /// Stops whatever runs on the machine and starts it again, with all faults of before over.
    pub fn restart(&self, stop: Stop) {
        let mut state = self.state();
        let State { platter, dice, .. } = &mut *state;
        match stop {
            Stop::Kill => platter.collect(),
            Stop::PowerCut => platter.cut_power(dice),
        }
        state.faults.machine_stopped();
        state.held.clear();
        state.start += 1;
    }

    /// The machine stops before it changes the disk for the `changes`th time from now; the change
    /// itself may be half done. Nothing works until it is started again.
    pub fn stop_after(&self, changes: u64) {
        self.state().faults.changes_left = Some(changes);
    }

    /// Whether a stop that was ordered has come.
    pub fn is_stopped(&self) -> bool {
        self.state().faults.is_stopped()
    }

    /// Files may grow by so many bytes before the disk is full; none takes the limit away.
    pub fn set_room(&self, bytes: Option<u64>) {
        self.state().faults.room = bytes;
    }

    /// The next sync fails, and loses what it was to write.
    pub fn fail_next_sync(&self) {
        self.state().faults.failing_syncs = 1;
    }

    /// From now on syncs of some files say "done" and do nothing.
    pub fn lie(&self, lie: Option<Lie>) {
        self.state().faults.lie = lie;
    }

    /// Nothing goes wrong any more; only a liar stays one.
    pub fn behave(&self) {
        let mut state = self.state();
        state.faults = Faults { changes: state.faults.changes, lie: state.faults.lie, ..Faults::default() };
    }

    /// Turns a bit of a file over and answers where; none if there is no such file or it is empty.
    pub fn flip(&self, name: &str) -> Option<usize> {
        let mut state = self.state();
        let node = state.platter.find(name)?;
        let length = state.platter.seen(node).len();
        if length == 0 {
            return None;
        }
        let (at, bit) = (state.dice.index(length), state.dice.below(8) as u8);
        state.platter.flip(node, at, bit);
        Some(at)
    }

    /// Changes of the disk since it was made: where a stop may be placed.
    pub fn changes(&self) -> u64 {
        self.state().faults.changes
    }

    pub fn image(&self) -> Image {
        Image(self.state().platter.image())
    }

    /// Puts an image in place of everything. The machine is to be started after it.
    pub fn put_back(&self, image: &Image) {
        self.state().platter = image.0.clone();
    }

    /// Writes a whole file durably, as a download that was checked.
    pub fn put(&self, name: &str, bytes: &[u8]) {
        let mut state = self.state();
        state.platter.unlink(name);
        let node = state.platter.create(name);
        state.platter.write(node, 0, bytes);
        state.platter.sync(node);
        state.platter.sync_names();
    }

    /// What a file holds now.
    pub fn get(&self, name: &str) -> Option<Vec<u8>> {
        let state = self.state();
        state.platter.find(name).map(|node| state.platter.seen(node).to_owned())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state()
    }

    fn open(&self, name: &str, create: bool) -> io::Result<Option<Handle>> {
        let mut state = self.state();
        state.faults.reading()?;
        let found = state.platter.find(name);
        let node = match found {
            Some(node) => node,
            None if create => {
                state.faults.changing()?;
                state.platter.create(name)
            }
            None => return Ok(None),
        };
        state.holders += 1;
        Ok(Some(Handle { shared: self.shared.clone(), node, start: state.start, holder: state.holders }))
    }

    fn length_of(&self, name: &str) -> io::Result<Option<usize>> {
        let state = self.state();
        state.faults.reading()?;
        Ok(state.platter.find(name).map(|node| state.platter.seen(node).len()))
    }

    fn unlink(&self, name: &str) -> io::Result<()> {
        let mut state = self.state();
        if state.platter.find(name).is_some() {
            state.faults.changing()?;
            state.platter.unlink(name);
        }
        Ok(())
    }

    fn move_name(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state();
        state.faults.changing()?;
        if state.platter.find(from).is_none() {
            return Err(ErrorKind::NotFound.into());
        }
        state.platter.rename(from, to);
        Ok(())
    }

    fn sync_names(&self) -> io::Result<()> {
        let mut state = self.state();
        state.faults.changing()?;
        state.platter.sync_names();
        Ok(())
    }
}

impl Shared {
    /// A panic elsewhere leaves the disk as it was between two calls.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Handle {
    fn state(&self) -> io::Result<MutexGuard<'_, State>> {
        let state = self.shared.state();
        if state.start == self.start { Ok(state) } else { Err(io::Error::other("the machine was started anew since the file was opened")) }
    }

    fn length(&self) -> io::Result<usize> {
        let state = self.state()?;
        state.faults.reading()?;
        Ok(state.platter.seen(self.node).len())
    }

    /// Reads what there is at `at`, at most as much as the buffer holds.
    fn read(&self, at: usize, buffer: &mut [u8]) -> io::Result<usize> {
        let state = self.state()?;
        state.faults.reading()?;
        let seen = state.platter.seen(self.node);
        let found = seen.get(at..).unwrap_or_default();
        let bytes = found.len().min(buffer.len());
        buffer[..bytes].copy_from_slice(&found[..bytes]);
        Ok(bytes)
    }

    fn write(&self, at: usize, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.state()?;
        let State { platter, faults, dice, .. } = &mut *state;
        let growth = (at + bytes.len()).saturating_sub(platter.seen(self.node).len());
        let done = faults.writing(growth as u64);
        let written = match &done {
            Ok(()) => bytes.len(),
            Err(Cut::Never(_)) => 0,
            Err(Cut::Anywhere(_)) => dice.index(bytes.len()),
        };
        if written > 0 {
            platter.write(self.node, at, &bytes[..written]);
        }
        done.map_err(Cut::into_error)
    }

    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        let end = self.length()?;
        self.write(end, bytes)
    }

    fn truncate(&self, length: usize) -> io::Result<()> {
        let mut state = self.state()?;
        state.faults.changing()?;
        state.platter.truncate(self.node, length);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.state()?;
        state.faults.changing()?;
        let State { platter, faults, dice, .. } = &mut *state;
        if faults.sync_fails() {
            platter.fail_sync(self.node, dice);
            return Err(io::Error::other("the medium did not take it"));
        }
        if !faults.lies_of(|name| platter.find(name) == Some(self.node)) {
            platter.sync(self.node);
        }
        Ok(())
    }

    /// Holds the file against all others; false if another one does.
    fn hold(&self) -> io::Result<bool> {
        let mut state = self.state()?;
        Ok(*state.held.entry(self.node).or_insert(self.holder) == self.holder)
    }

    fn let_go(&self) {
        if let Ok(mut state) = self.state()
            && state.held.get(&self.node) == Some(&self.holder)
        {
            state.held.remove(&self.node);
        }
    }
}
