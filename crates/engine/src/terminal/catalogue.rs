//! The catalogue: the hub's rows and where they stand in its feed. Disposable.

use super::Counts;
use super::journal::hash;
use crate::fault::Fault;
use crate::migrate::{Steps, migrate, version};
use crate::rows;
use crate::sql::{Sql, Value, first, transaction};
use crate::sqlite::quick_check;
use ledger::id::TerminalId;
use ledger::sync::wire::{Contained, Cursor, LogHead, Place, ScopeSum};
use serde::Serialize;
use std::collections::BTreeSet;

const STEPS: Steps = &[rows::SCHEMA, include_str!("../../migrations/catalogue_0001.sql")];
const ROWS_ADOPTED: &str = "CREATE TABLE IF NOT EXISTS schema_version (only_one BIGINT NOT NULL PRIMARY KEY, version BIGINT NOT NULL);
    INSERT INTO schema_version (only_one, version) VALUES (1, 1) ON CONFLICT (only_one) DO NOTHING;";

/// Where the catalogue stands. Kept in memory too, since it is asked for with every op.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// None while the rows are only what was left of an earlier catalogue.
    pub cursor: Option<Cursor>,
    /// The head of the hub's log that was told with the rows; none was if its number is 0.
    pub log: LogHead,
    /// How far the rows contain the ops of each device of this warehouse.
    pub contained: Vec<Contained>,
    /// Those of the contained ops that the hub has parked: the rows know nothing of them.
    pub parked: Vec<Contained>,
    /// How far the rows contain own chains without a gap. Numbers alone do not tell: under one that was
    /// not acknowledged the hub may have an op of a copy of this disk.
    pub own: Vec<Place>,
    /// Own ops behind such a gap that the rows contain, too.
    pub own_beyond: BTreeSet<Place>,
    /// Where the feed stood when the rows were whole last: beyond it some may be still to come.
    pub whole_pos: u64,
    /// What the rows add up to.
    pub sum: ScopeSum,
    /// When, by this terminal's clock, it was last known to be up to date; 0 if never.
    pub heard_ms: i64,
    /// The sum was not the hub's: the rows are to be fetched anew.
    pub suspect: bool,
    pub counts: Counts,
    /// The program version that left rows out because it did not know them.
    pub skipped_by: String,
}

impl Standing {
    /// The last op of the device's `incarnation` that the rows contain.
    pub fn contains(&self, device: &TerminalId, incarnation: u32) -> u64 {
        let chain = self.contained.iter().find(|chain| chain.device == *device && chain.incarnation == incarnation);
        if self.cursor.is_some() { chain.map_or(0, |chain| chain.seq) } else { 0 }
    }

    /// Whether the rows tell an op's effect, as far as its number shows.
    pub fn tells(&self, device: &TerminalId, incarnation: u32, seq: u64) -> bool {
        self.contains(device, incarnation) >= seq && !self.parked_of(device, incarnation).contains(&seq)
    }

    /// Those ops of the device's `incarnation` that count as contained and are parked.
    pub fn parked_of(&self, device: &TerminalId, incarnation: u32) -> BTreeSet<u64> {
        let contained = self.contains(device, incarnation);
        let chain = self.parked.iter().filter(|place| place.device == *device && place.incarnation == incarnation);
        chain.map(|place| place.seq).filter(|seq| *seq <= contained).collect()
    }

    /// How far the rows contain an own chain without a gap.
    pub fn contains_own(&self, incarnation: u32) -> u64 {
        let known = self.own.iter().find(|place| place.incarnation == incarnation);
        if self.cursor.is_some() { known.map_or(0, |place| place.seq) } else { 0 }
    }

    /// States that the rows contain an own chain up to a number, and some ops beyond it.
    pub fn learn_own(&mut self, incarnation: u32, upto: u64, beyond: &[u64]) {
        let mut end = self.contains_own(incarnation).max(upto);
        self.own_beyond.extend(beyond.iter().map(|seq| Place { incarnation, seq: *seq }));
        self.own_beyond.retain(|place| place.incarnation != incarnation || place.seq > end);
        while self.own_beyond.remove(&Place { incarnation, seq: end + 1 }) {
            end += 1;
        }
        match self.own.iter_mut().find(|place| place.incarnation == incarnation) {
            Some(known) => known.seq = end,
            None => self.own.push(Place { incarnation, seq: end }),
        }
    }

    /// Takes over what the hub says is contained. It never becomes less while the feed is the same.
    pub fn learn(&mut self, told: &[Contained]) {
        for chain in told {
            match self.contained.iter_mut().find(|known| known.device == chain.device && known.incarnation == chain.incarnation) {
                Some(known) => known.seq = known.seq.max(chain.seq),
                None => self.contained.push(chain.clone()),
            }
        }
    }
}

/// Brings the schema up to date and reads where the catalogue stands. A program of another version
/// may know the rows that were left out: then everything is to be fetched anew.
pub fn prepare(sql: &mut dyn Sql, thorough: bool) -> Result<Standing, Fault> {
    if thorough {
        quick_check(sql)?;
    }
    migrate(sql, STEPS)?;
    for probe in rows::PROBES {
        sql.rows(probe, &[])?;
    }
    let mut standing = load(sql)?;
    if !standing.skipped_by.is_empty() && standing.skipped_by != env!("CARGO_PKG_VERSION") {
        standing.cursor = None;
    }
    Ok(standing)
}

/// Makes a file that has the hub's rows but not yet a standing into a catalogue.
pub fn adopt(sql: &mut dyn Sql, standing: &Standing) -> Result<(), Fault> {
    sql.schema(ROWS_ADOPTED)?;
    debug_assert!(version(sql).is_ok_and(|version| version >= 1), "the statement above states a version");
    migrate(sql, STEPS)?;
    let counts = count(sql)?;
    transaction(sql, |sql| save(sql, &Standing { counts, ..standing.clone() }))
}

pub fn load(sql: &mut dyn Sql) -> Result<Standing, Fault> {
    let text = "SELECT feed, pos, contained, sum_rows, sum_hash, heard_ms, suspect, units, products, skipped_by, log_number, log_hash, parked, own, own_beyond, whole_pos \
        FROM standing WHERE only_one = 1";
    let Some(row) = first(sql, text, &[])? else { return Ok(Standing::default()) };
    let feed = row[0].as_text().to_owned();
    Ok(Standing {
        cursor: (!feed.is_empty()).then(|| Cursor { feed, pos: row[1].as_count() }),
        // Unreadable means that nothing is known to be contained, which only shows own ops twice.
        contained: serde_json::from_str(row[2].as_text()).unwrap_or_default(),
        sum: ScopeSum { rows: row[3].as_count(), sum: row[4].as_int().cast_unsigned() },
        heard_ms: row[5].as_int(),
        suspect: row[6].as_int() != 0,
        counts: Counts { units: row[7].as_count(), products: row[8].as_count() },
        skipped_by: row[9].as_text().to_owned(),
        log: LogHead { number: row[10].as_count(), hash: hash(&row[11]) },
        parked: serde_json::from_str(row[12].as_text()).unwrap_or_default(),
        own: serde_json::from_str(row[13].as_text()).unwrap_or_default(),
        own_beyond: serde_json::from_str(row[14].as_text()).unwrap_or_default(),
        whole_pos: row[15].as_count(),
    })
}

pub fn save(sql: &mut dyn Sql, standing: &Standing) -> Result<(), Fault> {
    let text = "INSERT INTO standing (only_one, feed, pos, contained, sum_rows, sum_hash, heard_ms, suspect, units, products, skipped_by, log_number, log_hash, \
        parked, own, own_beyond, whole_pos) VALUES (1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) \
        ON CONFLICT (only_one) DO UPDATE SET feed = excluded.feed, pos = excluded.pos, contained = excluded.contained, sum_rows = excluded.sum_rows, \
        sum_hash = excluded.sum_hash, heard_ms = excluded.heard_ms, suspect = excluded.suspect, units = excluded.units, products = excluded.products, \
        skipped_by = excluded.skipped_by, log_number = excluded.log_number, log_hash = excluded.log_hash, \
        parked = excluded.parked, own = excluded.own, own_beyond = excluded.own_beyond, whole_pos = excluded.whole_pos";
    let cursor = standing.cursor.clone().unwrap_or_default();
    let [contained, parked] = [&standing.contained, &standing.parked].map(json);
    let params = [
        cursor.feed.into(),
        cursor.pos.into(),
        contained.into(),
        standing.sum.rows.into(),
        Value::Int(standing.sum.sum.cast_signed()),
        standing.heard_ms.into(),
        standing.suspect.into(),
        standing.counts.units.into(),
        standing.counts.products.into(),
        standing.skipped_by.as_str().into(),
        standing.log.number.into(),
        standing.log.hash.0.to_vec().into(),
        parked.into(),
        json(&standing.own).into(),
        json(&standing.own_beyond).into(),
        standing.whole_pos.into(),
    ];
    sql.exec(text, &params).map(drop)
}

fn json(list: &impl Serialize) -> String {
    serde_json::to_string(list).expect("names and numbers always encode")
}

/// Counts by going through everything; done once per snapshot, kept up to date after that.
pub fn count(sql: &mut dyn Sql) -> Result<Counts, Fault> {
    let row = first(sql, "SELECT (SELECT count(*) FROM unit), (SELECT count(*) FROM product)", &[])?;
    Ok(row.map_or(Counts::default(), |row| Counts { units: row[0].as_count(), products: row[1].as_count() }))
}
