//! Taking in what the hub tells: a page of its feed, rows and cursor in one transaction.

use super::catalogue::{self, Standing};
use super::{Doubtful, Ingested, TerminalStore, forks, overlay, owner, peer_ops, till};
use crate::fault::Fault;
use crate::rows::{self, Held, forget_tombstone, held, held_alive, key_from_text};
use crate::sql::{Sql, transaction};
use ledger::row::{Conflict, Key, Row, Table};
use ledger::sync::wire::{Contained, Cursor, FeedRow, PullAnswer};

impl TerminalStore {
    /// Where the catalogue stands in the hub's feed; none before the first page or snapshot.
    pub fn cursor(&mut self) -> Result<Option<Cursor>, Fault> {
        Ok(self.standing.cursor.clone())
    }

    /// Takes in one page of the feed. A page that was taken before, or an older one, changes
    /// nothing. The first page of an empty catalogue decides which feed it is.
    ///
    /// When the feed is up to date, the overlay is computed anew if the page touched it or contains
    /// further own ops. In the middle of a catch-up it is not: rows of own ops may be still to come.
    ///
    /// # Errors
    /// [`Fault::OtherFeed`] for a page of another feed than the catalogue's.
    pub fn ingest(&mut self, page: &PullAnswer, wall_ms: i64) -> Result<Ingested, Fault> {
        self.ingest_asked(page, &[], wall_ms)
    }

    /// The same with what the page was asked besides, see [`PullAnswer::known`].
    pub(super) fn ingest_asked(&mut self, page: &PullAnswer, asked: &[Contained], wall_ms: i64) -> Result<Ingested, Fault> {
        self.writable()?;
        let done = self.take_page(page, asked, wall_ms);
        self.watch(done)
    }

    /// When, by this terminal's clock, the catalogue was last known to be up to date; none if never.
    pub fn known_at_ms(&self) -> Option<i64> {
        (self.standing.heard_ms != 0).then_some(self.standing.heard_ms)
    }

    fn take_page(&mut self, page: &PullAnswer, asked: &[Contained], wall_ms: i64) -> Result<Ingested, Fault> {
        let known = self.standing.cursor.clone().unwrap_or_else(|| Cursor { feed: page.feed.clone(), pos: 0 });
        if known.feed != page.feed {
            return Err(Fault::OtherFeed { known: known.feed, told: page.feed.clone() });
        }
        let latest = page.next >= known.pos;
        let mut standing = Standing { cursor: Some(Cursor { pos: known.pos.max(page.next), ..known }), ..self.standing.clone() };
        standing.learn(&page.contained);
        if latest {
            standing.log = page.head.log();
        }
        if page.up_to_date && latest {
            standing.heard_ms = wall_ms;
            standing.parked = self.own_parked(&page.parked)?;
            standing.whole_pos = page.next;
            self.learn_own(&mut standing, page.known.as_deref())?;
        }
        let taken = transaction(&mut *self.catalogue, |sql| {
            let mut taken = Taken { graves: rows::any_removed(sql)?, ..Taken::default() };
            page.rows.iter().try_for_each(|row| taken.take(sql, row, &mut standing))?;
            if latest && page.sum.is_some_and(|told| told != standing.sum) && standing.skipped_by.is_empty() {
                standing.suspect = true;
            }
            catalogue::save(sql, &standing)?;
            Ok(taken)
        })?;
        let same = standing.contained == self.standing.contained
            && standing.parked == self.standing.parked
            && standing.own == self.standing.own
            && standing.own_beyond == self.standing.own_beyond;
        let newly_suspect = standing.suspect && !self.standing.suspect;
        let whole_before = std::mem::replace(&mut self.standing, standing).whole_pos;
        self.touched(page, asked, !same, &taken.keys, whole_before)?;
        if newly_suspect {
            tracing::error!("the catalogue does not add up to the hub's rows; it is fetched anew");
            self.write(owner::count_repair)?;
        }
        if taken.keys.iter().any(|key| matches!(key, Key::Product(_))) {
            self.products_changed();
        }
        if page.up_to_date {
            self.freshen_till()?;
        }
        let doubtful = self.catch_up(page.up_to_date)?;
        let terminal = &self.identity.terminal;
        let conflicts = taken.conflicts.into_iter().filter(|conflict| conflict.concerns(terminal)).collect();
        Ok(Ingested { changed: taken.keys.len() as u64, skipped: taken.skipped, doubtful, conflicts })
    }

    /// Notes whether the overlay has to be computed after a page. What came in stands already: should a
    /// fault come before the overlay follows, that is owed.
    fn touched(&mut self, page: &PullAnswer, asked: &[Contained], is_other_standing: bool, keys: &[Key], whole_before: u64) -> Result<(), Fault> {
        let was_stale = self.overlay_stale;
        self.overlay_stale = true;
        self.replay_owed |= page.up_to_date;
        let settled = page.up_to_date && page.next >= self.standing.whole_pos && self.settle_heard(asked, page.known.as_deref())?;
        let touched = was_stale || is_other_standing || settled || self.hides_any(keys)? || self.heard_forks(whole_before)?;
        self.overlay_stale = touched;
        self.replay_owed &= touched;
        Ok(())
    }

    /// Books the till anew if this disk was found to be an older one: the hub's till has it all.
    fn freshen_till(&mut self) -> Result<(), Fault> {
        if owner::till_is_stale(&mut *self.journal)? {
            till::rebuild(&mut *self.journal, &mut *self.catalogue, &self.standing, &self.identity)?;
        }
        Ok(())
    }

    fn catch_up(&mut self, up_to_date: bool) -> Result<Vec<Doubtful>, Fault> {
        if up_to_date && self.overlay_stale { self.replay() } else { Ok(std::mem::take(&mut self.untold)) }
    }

    /// Whether the rows, now that they are whole, tell of ops under taken numbers that a peer may have told.
    fn heard_forks(&mut self, whole_before: u64) -> Result<bool, Fault> {
        let news = self.standing.whole_pos > whole_before && !peer_ops::is_empty(&mut *self.journal)?;
        Ok(news && forks::any_after(&mut *self.catalogue, whole_before)?)
    }

    /// Whether the overlay has any of the rows.
    fn hides_any(&mut self, keys: &[Key]) -> Result<bool, Fault> {
        if overlay::is_empty(&mut *self.journal)? {
            return Ok(false);
        }
        for key in keys {
            if held(&mut *self.journal, key)? != Held::Nothing {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// What a page changed.
#[derive(Default)]
struct Taken {
    /// Whether any row was ever deleted: mostly none, which spares a look-up a row.
    graves: bool,
    keys: Vec<Key>,
    skipped: u64,
    /// Those that were not known as open before.
    conflicts: Vec<Conflict>,
}

impl Taken {
    fn take(&mut self, sql: &mut dyn Sql, told: &FeedRow, standing: &mut Standing) -> Result<(), Fault> {
        let Some((key, row)) = read(told) else {
            tracing::warn!(table = told.table.name(), key = %told.key, "a row of the feed is not in a form this version knows");
            env!("CARGO_PKG_VERSION").clone_into(&mut standing.skipped_by);
            self.skipped += 1;
            return Ok(());
        };
        let known = self.replace(sql, told, &key, row.as_ref())?;
        if known.ver() >= told.ver && known != Held::Nothing {
            return Ok(());
        }
        let text = key.text();
        if let Held::Row(ver) = known {
            standing.sum.take_away(key.table(), &text, ver);
        }
        if row.is_some() {
            standing.sum.add(key.table(), &text, told.ver);
        }
        let was_there = matches!(known, Held::Row(_));
        count(standing, &key, was_there, row.is_some());
        if let Some(Row::Conflict(conflict)) = row
            && !was_there
            && conflict.resolved.is_none()
        {
            self.conflicts.push(conflict);
        }
        self.keys.push(key);
        Ok(())
    }

    /// Writes or removes the row unless a newer one is known, and answers what was known.
    fn replace(&mut self, sql: &mut dyn Sql, told: &FeedRow, key: &Key, row: Option<&Row>) -> Result<Held, Fault> {
        // Most rows of a long feed are units that are not here yet: those take one statement.
        if let Some(Row::Unit(unit)) = row
            && !self.graves
            && rows::add_unit(sql, unit, told.ver, told.pos)?
        {
            return Ok(Held::Nothing);
        }
        let known = if self.graves { held(sql, key)? } else { held_alive(sql, key)? };
        if known.ver() >= told.ver && known != Held::Nothing {
            return Ok(known);
        }
        if matches!(known, Held::Removed(_)) {
            forget_tombstone(sql, key)?;
        }
        match row {
            Some(row) => rows::save(sql, row, Some(told.ver), told.pos)?,
            None => {
                rows::remove(sql, key, told.ver, told.pos)?;
                self.graves = true;
            }
        }
        Ok(known)
    }
}

/// The key and, unless it was deleted, the row.
fn read(told: &FeedRow) -> Option<(Key, Option<Row>)> {
    match &told.data {
        None => Some((key_from_text(told.table, &told.key)?, None)),
        Some(data) => {
            let row = Row::from_json(told.table, data.get()).ok()?;
            Some((row.key(), Some(row)))
        }
    }
}

fn count(standing: &mut Standing, key: &Key, was_there: bool, is_there: bool) {
    let counter = match key.table() {
        Table::Unit => &mut standing.counts.units,
        Table::Product => &mut standing.counts.products,
        _ => return,
    };
    *counter = (*counter + u64::from(is_there)).saturating_sub(u64::from(was_there));
}
