//! What goes wrong from time to time.

use super::server::Poison;
use super::till::Till;
use super::weather::Mishap;
use super::{Event, World, any_stop};
use crate::audit::hearsay;
use crate::audit::kept::{self, HubOp};
use crate::audit::record::Promise;
use crate::disk::{Image, Stop};
use std::collections::BTreeSet;

const TILLS_MAX: usize = 6;
/// With one alone nobody would be told anything.
const TILLS_LEFT: usize = 2;
/// Files that a bit may flip in. Nothing in the catalogue has a checksum; it holds only what the hub
/// could send again.
const FILES: [&str; 3] = ["journal.db", "journal.db-wal", "ops.log"];
const YEAR_MS: i64 = 365 * 86_400_000;

/// The end of a trouble that lasts a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relief {
    Online(usize),
    Room(usize),
    HubRoom,
    Cured,
    Updated,
}

impl World {
    pub(super) fn mishap(&mut self) {
        if self.is_healed() {
            return;
        }
        if let Some(mishap) = self.dice.pick(&self.weather.mishaps.clone()).copied() {
            self.say(format_args!("— {mishap:?}"));
            self.befall(mishap);
        }
        let pause_ms = self.dice.between(1, self.weather.mishap_every_ms * 2);
        self.plan(pause_ms, Event::Mishap);
    }

    fn befall(&mut self, mishap: Mishap) {
        let at = self.dice.index(self.tills.len());
        let while_ms = self.dice.between(1_000, 60_000);
        let relief = |world: &mut World, relief| world.plan(while_ms, Event::Relief(relief));
        match mishap {
            Mishap::Partition => {
                self.tills[at].is_alone = true;
                relief(self, Relief::Online(at));
            }
            Mishap::TerminalStops => {
                self.tills[at].stop = any_stop(&mut self.dice);
                let changes = self.dice.below(80);
                self.tills[at].disk.stop_after(changes);
            }
            Mishap::TerminalDiskFull => {
                let bytes = self.dice.below(30_000);
                self.tills[at].disk.set_room(Some(bytes));
                relief(self, Relief::Room(at));
            }
            Mishap::TerminalSyncFails => self.tills[at].disk.fail_next_sync(),
            Mishap::BitFlips => self.flip(at),
            Mishap::ClockJumps => self.tills[at].offset_ms = self.jump_ms(),
            Mishap::Clone => self.clone_till(at),
            Mishap::Rollback => self.roll_back(at),
            Mishap::HubStops => {
                self.server.stop = any_stop(&mut self.dice);
                let changes = self.dice.below(60);
                self.server.disk.stop_after(changes);
            }
            Mishap::HubDiskFull => {
                let bytes = self.dice.below(30_000);
                self.server.disk.set_room(Some(bytes));
                relief(self, Relief::HubRoom);
            }
            Mishap::HubSyncFails => self.server.disk.fail_next_sync(),
            Mishap::HubClockJumps => self.server.offset_ms = self.jump_ms(),
            Mishap::HubRestored => self.restore_hub(),
            Mishap::Poison => {
                self.server.poison = Poison::Next;
                relief(self, Relief::Cured);
            }
            Mishap::Outdated => {
                self.server.outdated = true;
                relief(self, Relief::Updated);
            }
            Mishap::Destroyed => self.destroy(at),
            // It comes by itself.
            Mishap::Stranger => {}
        }
    }

    pub(super) fn relieve(&mut self, relief: Relief) {
        match relief {
            Relief::Online(at) => self.tills[at].is_alone = false,
            Relief::Room(at) => self.tills[at].disk.set_room(None),
            Relief::HubRoom => self.server.disk.set_room(None),
            Relief::Cured => self.server.poison = Poison::None,
            Relief::Updated => self.server.outdated = false,
        }
    }

    /// Seconds, hours, or years.
    fn jump_ms(&mut self) -> i64 {
        let most = [30_000, 7_200_000, 5 * YEAR_MS][self.dice.index(3)];
        self.dice.between(-most, most)
    }

    /// The program is killed, and while it lies there a bit flips in one of the two witnesses.
    fn flip(&mut self, at: usize) {
        let till = &self.tills[at];
        if till.store.is_none() || till.disk.get("store.lock").is_none_or(|said| said.is_empty()) {
            return;
        }
        self.kill(at);
        if !self.is_whole(at) {
            return;
        }
        let file = FILES[self.dice.index(FILES.len())];
        let till = &mut self.tills[at];
        if let Some(place) = till.disk.flip(file) {
            till.damaged = true;
            let name = till.name.clone();
            // What peers told is in one file only. They tell it again when they hear what is left.
            self.record.hearsay.forget(at, |_| true);
            self.record.gone(at);
            self.say(format_args!("{name}: a bit flips in {file} at {place}"));
        }
    }

    fn kill(&mut self, at: usize) {
        self.tills[at].disk.stop_after(0);
        self.program_ends(at, "it is killed");
        self.tills[at].disk.restart(Stop::Kill);
    }

    /// Whether both witnesses have the same: only then may one be damaged.
    fn is_whole(&self, at: usize) -> bool {
        let disk = &self.tills[at].disk;
        let log = disk.get("ops.log").and_then(|bytes| kept::log(&bytes).ok());
        log.is_some_and(|log| kept::journal(&disk.image()).is_ok_and(|journal| journal == log))
    }

    /// A machine and its disk are no more. What it told somebody is still there.
    fn destroy(&mut self, at: usize) {
        if self.tills.iter().filter(|till| !till.is_gone).count() <= TILLS_LEFT || self.tills[at].is_gone {
            return;
        }
        let till = &mut self.tills[at];
        (till.store, till.flight, till.unanswered, till.is_gone) = (None, None, None, true);
        let name = till.name.clone();
        self.record.hearsay.forget(at, |_| true);
        self.record.gone(at);
        self.say(format_args!("{name}: destroyed"));
        self.count_copies();
    }

    fn clone_till(&mut self, at: usize) {
        if self.tills.len() >= TILLS_MAX || self.tills[at].is_gone {
            return;
        }
        let image = self.tills[at].disk.image();
        let name = format!("{}-{}", self.tills[at].name, self.tills.len());
        let dice = self.dice.fork();
        let mut copy = Till::new(&name, self.tills[at].identity.clone(), dice, super::PHONES);
        copy.disk.put_back(&image);
        copy.disk.restart(Stop::Kill);
        copy.copied = true;
        self.tills[at].copied = true;
        self.tills.push(copy);
        self.say(format_args!("{name}: copied"));
        self.plan(1_000, Event::Start(self.tills.len() - 1));
    }

    /// Keeps the state of a disk, or puts back the one that was kept.
    fn roll_back(&mut self, at: usize) {
        if self.tills[at].is_gone {
            return;
        }
        let Some(old) = self.tills[at].old.take() else {
            self.tills[at].old = Some(self.tills[at].disk.image());
            return;
        };
        self.kill(at);
        self.put_back(at, &old);
    }

    fn put_back(&mut self, at: usize, image: &Image) {
        let till = &mut self.tills[at];
        till.disk.put_back(image);
        till.disk.restart(Stop::Kill);
        till.copied = true;
        till.unanswered = None;
        let name = till.name.clone();
        self.say(format_args!("{name}: put back to an older state"));
        self.put_back_in_time(at);
        self.count_copies();
    }

    /// What a disk that was put back does not have any more was never sold there, and never heard.
    fn put_back_in_time(&mut self, at: usize) {
        let image = self.tills[at].disk.image();
        let left: BTreeSet<String> = kept::journal(&image).unwrap_or_default().values().map(|bytes| kept::hash(bytes)).collect();
        let lost = |(hash, promise): &(&String, &mut Promise)| promise.machine == at && !left.contains(*hash);
        self.record.promises.iter_mut().filter(lost).for_each(|(_, promise)| promise.sold = None);
        self.record.hearsay.forget(at, |_| true);
        self.record.gone(at);
    }

    fn restore_hub(&mut self) {
        if self.server.backups.is_empty() {
            return;
        }
        let index = self.dice.index(self.server.backups.len());
        self.server.backups.truncate(index + 1);
        let Some(image) = self.server.backups.last().cloned() else { return };
        let ran = self.server.hub.is_some();
        let known = kept::hub(&self.server.disk.image()).unwrap_or_default();
        self.server.disk.stop_after(0);
        self.server.hub = None;
        self.server.disk.put_back(&image);
        self.server.disk.restart(Stop::Kill);
        self.record.hub_restored(&image);
        self.forget_what_the_hub_took(&known);
        // A terminal would hear of it when it greets the hub; a stranger never greets.
        if let Some(stranger) = &mut self.stranger {
            stranger.send_again(self.flights);
        }
        self.say(format_args!("hub: restored from backup {index}"));
        self.count_copies();
        if ran {
            self.hub_died();
        }
    }

    /// A terminal that heard an op keeps it until the hub has it, and no longer.
    fn forget_what_the_hub_took(&mut self, known: &[HubOp]) {
        for at in 0..self.tills.len() {
            let kept = hearsay::kept(&self.tills[at].disk.image()).unwrap_or_default();
            known.iter().map(|op| kept::hash(&op.bytes)).filter(|hash| !kept.contains_key(hash)).for_each(|hash| self.record.lost_by(at, &hash));
        }
    }

    /// What no disk has any more is gone.
    fn count_copies(&mut self) {
        let mut copies = BTreeSet::new();
        for till in self.tills.iter().filter(|till| !till.is_gone) {
            let log = till.disk.get("ops.log").and_then(|bytes| kept::log(&bytes).ok()).unwrap_or_default();
            let journal = kept::journal(&till.disk.image()).unwrap_or_default();
            copies.extend(log.values().chain(journal.values()).map(|bytes| kept::hash(bytes)));
        }
        if let Some(stranger) = &self.stranger {
            copies.extend(stranger.ops.iter().map(|bytes| kept::hash(bytes)));
        }
        copies.extend(kept::hub(&self.server.disk.image()).unwrap_or_default().iter().map(|op| kept::hash(&op.bytes)));
        self.record.destroyed(&copies);
    }
}
