//! The end of all trouble: everything is mended, and then it has to become quiet.

use super::{Ending, Event, World};
use crate::audit::{hearsay, kept, last};
use crate::hub::HUB_DB;
use crate::shop::{CASE, sku, warehouse};
use crate::world::server::Poison;
use crate::world::till::Till;
use ledger::sync::wire::Cursor;

/// Everything must be told and learnt this long after the last trouble: the longest pauses of the
/// scheduler (five minutes after failures, ten between snapshots), one after the other.
const QUIET_WITHIN_MS: i64 = 45 * 60_000;
const LOOK_ROUND_MS: i64 = 2_000;
/// Between two looks at what the disks keep: each reads all of them.
const DISKS_MS: i64 = 30_000;

impl World {
    pub(super) fn heal(&mut self) {
        self.say(format_args!("— everything is mended"));
        self.healed_ms = Some(self.now_ms);
        self.weather = self.weather.fair();
        self.is_line_cut = false;
        self.server.poison = Poison::None;
        self.server.outdated = false;
        let hub = &self.server.disk;
        if hub.is_stopped() {
            self.server.hub = None;
            hub.restart(self.server.stop);
        }
        hub.behave();
        self.plan(1, Event::StartHub);
        for at in (0..self.tills.len()).filter(|at| !self.tills[*at].is_gone).collect::<Vec<_>>() {
            let till = &mut self.tills[at];
            till.is_alone = false;
            if till.disk.is_stopped() {
                till.store = None;
                till.disk.restart(till.stop);
            }
            till.disk.behave();
            self.plan(1, Event::Start(at));
        }
        self.plan(LOOK_ROUND_MS, Event::LookRound);
    }

    /// Once it is quiet, support takes up what the hub has parked; once it is quiet again, all is over.
    pub(super) fn look_round(&mut self) {
        match self.unrest() {
            None if self.replayed => {
                self.is_quiet = true;
                return;
            }
            None => self.take_up_parked(),
            Some(why) if self.healed_ms.is_some_and(|healed_ms| self.now_ms - healed_ms > QUIET_WITHIN_MS) => {
                return self.record.find(format!("it does not become quiet: {why}"));
            }
            Some(_) => {}
        }
        self.plan(LOOK_ROUND_MS, Event::LookRound);
    }

    fn take_up_parked(&mut self) {
        self.replayed = true;
        let now_ms = self.now_ms;
        let Some(hub) = &mut self.server.hub else { return };
        match hub.store.replay(now_ms, None) {
            Ok(parked) => self.say(format_args!("hub: {} parked ops taken up", parked.len())),
            Err(fault) => self.record.find(format!("parked ops cannot be taken up: {fault}")),
        }
    }

    /// What is still under way, if anything is.
    fn unrest(&mut self) -> Option<String> {
        let Some(hub) = &mut self.server.hub else { return Some("the hub is down".into()) };
        let feed = match hub.reader.feed() {
            Ok(base) => Cursor { feed: base.feed, pos: base.pos },
            Err(fault) => return Some(format!("the hub cannot be read: {fault}")),
        };
        if self.stranger.as_ref().is_some_and(|stranger| !stranger.is_done()) {
            return Some("somebody newer has something to tell".into());
        }
        let living: Vec<usize> = (0..self.tills.len()).filter(|at| !self.tills[*at].is_gone).collect();
        living.into_iter().find_map(|at| self.unrest_of(at, &feed)).or_else(|| self.hearsay_left())
    }

    fn unrest_of(&mut self, at: usize, feed: &Cursor) -> Option<String> {
        let name = self.tills[at].name.clone();
        // Whoever looks something up finds what is true, even if a disk had no room when the page came.
        let now_ms = self.now_ms;
        let stands = self.on_store(at, |store| {
            store.on_hand(&sku(CASE), &warehouse())?;
            Ok((store.sync_standing(now_ms)?, store.cursor()?))
        });
        let Some((standing, cursor)) = stands else { return Some(format!("{name} is down")) };
        if standing.pending > 0 || standing.suspect || cursor.as_ref() != Some(feed) {
            return Some(format!("{name} has {standing:?} at {cursor:?} of {feed:?}"));
        }
        let asking = self.tills[at].flight.as_ref().is_some_and(|flight| !flight.is_listening());
        asking.then(|| format!("{name} is asking"))
    }

    /// Who keeps what a peer told, although the hub has it or could take it.
    fn hearsay_left(&mut self) -> Option<String> {
        if self.now_ms < self.look_at_disks_ms {
            return Some("something was still kept".into());
        }
        let ops = kept::hub(&self.server.disk.image()).ok()?;
        let left = |till: &Till| hearsay::check_left(&till.disk.image(), &ops).err().map(|left| format!("{}: {left:#}", till.name));
        let found = self.tills.iter().filter(|till| !till.is_gone).find_map(left);
        self.look_at_disks_ms = self.now_ms + if found.is_some() { DISKS_MS } else { 0 };
        found
    }

    pub(super) fn end(mut self) -> Ending {
        let mut conflicts = 0;
        if self.record.findings.is_empty() {
            let tills: Vec<last::TillSeen> = self.tills.iter_mut().filter(|till| !till.is_gone).map(last::TillSeen::of).collect();
            let copied = self.tills.iter().filter(|till| till.copied).map(|till| till.identity.terminal.to_string()).collect();
            match last::audit(&self.record, &self.server.disk.image(), &tills, &copied) {
                Ok(found) => conflicts = found,
                Err(finding) => self.record.find(format!("{finding:#}")),
            }
        }
        self.mix_disks();
        let findings = self.record.findings.clone();
        for finding in &findings {
            self.say(format_args!("FOUND {finding}"));
        }
        Ending { findings, trace: self.trace.hash, events: self.events, promises: self.record.promises.len(), conflicts }
    }
    /// Two runs are the same only if they leave the same bytes behind.
    fn mix_disks(&mut self) {
        let hub = self.server.disk.get(HUB_DB);
        let logs = self.tills.iter().flat_map(|till| [till.disk.get("ops.log"), till.disk.get("journal.db")]);
        for bytes in std::iter::once(hub).chain(logs).flatten() {
            self.trace.mix(&bytes);
        }
    }
}
