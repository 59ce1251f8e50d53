//! What may go wrong in one run. Each run has some of the faults and not others: one fault alone
//! finds what many at once would hide.

use crate::dice::Dice;

/// Chances are in percent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Weather {
    /// A message gets lost.
    pub drop: u64,
    /// A message arrives twice.
    pub twice: u64,
    /// An answer is cut short.
    pub cut: u64,
    /// Something between answers with a status of its own.
    pub foreign: u64,
    pub delay_ms_max: i64,
    /// What happens from time to time.
    pub mishaps: Vec<Mishap>,
    /// Between two mishaps.
    pub mishap_every_ms: i64,
    /// Terminals hear each other.
    pub peers: bool,
}

/// Something that happens to a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    /// A terminal is cut off from the hub for a while.
    Partition,
    TerminalStops,
    TerminalDiskFull,
    TerminalSyncFails,
    BitFlips,
    ClockJumps,
    /// A disk is copied into a second machine, which runs beside the first.
    Clone,
    /// A disk is put back to an older state.
    Rollback,
    HubStops,
    HubDiskFull,
    HubSyncFails,
    HubClockJumps,
    HubRestored,
    /// The hub fails on one op whenever it is to fold it in.
    Poison,
    /// Terminals are too old for a while.
    Outdated,
    /// Somebody newer sends what this version does not know.
    Stranger,
    /// A machine and its disk are destroyed for good.
    Destroyed,
}

impl Mishap {
    pub const ALL: [Mishap; 16] = [
        Mishap::Partition,
        Mishap::TerminalStops,
        Mishap::TerminalDiskFull,
        Mishap::TerminalSyncFails,
        Mishap::BitFlips,
        Mishap::ClockJumps,
        Mishap::Clone,
        Mishap::Rollback,
        Mishap::HubStops,
        Mishap::HubDiskFull,
        Mishap::HubSyncFails,
        Mishap::HubClockJumps,
        Mishap::HubRestored,
        Mishap::Poison,
        Mishap::Outdated,
        Mishap::Stranger,
    ];
}

impl Weather {
    pub fn of(dice: &mut Dice) -> Weather {
        let mut chance = |most: i64| if dice.one_in(2) { dice.between(1, most).unsigned_abs() } else { 0 };
        let (drop, twice, cut, foreign) = (chance(15), chance(10), chance(5), chance(5));
        let mut mishaps: Vec<Mishap> = Mishap::ALL.into_iter().filter(|_| dice.percent(35)).collect();
        let (delay_ms_max, mishap_every_ms) = (dice.between(5, 3_000), dice.between(4_000, 40_000));
        // Thrown aside: a run without peers stays what it was before there were any.
        let mut aside = dice.clone();
        let peers = aside.percent(60);
        if peers && aside.percent(35) {
            mishaps.push(Mishap::Destroyed);
        }
        Weather { drop, twice, cut, foreign, delay_ms_max, mishaps, mishap_every_ms, peers }
    }

    /// Nothing goes wrong any more.
    pub fn fair(&self) -> Weather {
        Weather { delay_ms_max: 20, mishap_every_ms: i64::MAX, peers: self.peers, ..Weather::default() }
    }
}
