//! What happens next, by chance. The same seed draws the same events; what the machine makes of their
//! moments differs a little.

use super::fleet::Fleet;
use super::line::Quality;
use super::state::Direction;
use crate::crew::dice::Dice;
use anyhow::Result;
use std::time::{Duration, Instant};

/// Longest pause between two events.
const PAUSE: Duration = Duration::from_millis(900);
/// A connection is cut or garbled within its first so many bytes: a greeting has one kilobyte, a push
/// some, and a snapshot hundreds.
const SPOILT_BYTES: u64 = 6_000;
/// Slower than any answer should be, and quicker than a request is given up.
const SLOWEST: Duration = Duration::from_millis(400);
/// Copies of terminals at most: each is one more process.
const CLONES_MAX: u32 = 2;

/// What must have happened in every run, as a share of its time.
const MUST: &[(f64, Event)] = &[(0.2, Event::CopyHub), (0.35, Event::Clone), (0.6, Event::RestoreHub)];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    Spoil,
    Mend,
    Partition,
    MendAll,
    KillHub,
    StartHub,
    CopyHub,
    RestoreHub,
    Clone,
}

/// Lets it rage for so long.
pub fn rage(fleet: &mut Fleet<'_>, dice: &mut Dice, during: Duration) -> Result<()> {
    let began = Instant::now();
    let mut due = MUST.iter().peekable();
    while began.elapsed() < during {
        let event = match due.next_if(|(share, _)| began.elapsed() >= during.mul_f64(*share)) {
            Some((_, event)) => *event,
            None => draw(dice),
        };
        happen(fleet, dice, event)?;
        fleet.check_alive()?;
        // sleeps because the storm has its own time, whatever the others do meanwhile
        std::thread::sleep(dice.within(PAUSE));
    }
    Ok(())
}

fn draw(dice: &mut Dice) -> Event {
    match dice.below(100) {
        0..35 => Event::Spoil,
        35..58 => Event::Mend,
        58..64 => Event::Partition,
        64..76 => Event::MendAll,
        76..85 => Event::KillHub,
        85..95 => Event::StartHub,
        95..97 => Event::CopyHub,
        97..98 => Event::RestoreHub,
        _ => Event::Clone,
    }
}

fn happen(fleet: &mut Fleet<'_>, dice: &mut Dice, event: Event) -> Result<()> {
    let which = usize::try_from(dice.below(fleet.terminals() as u64)).unwrap_or(0);
    match event {
        Event::Spoil => fleet.spoil(which, quality(dice)),
        Event::Mend => fleet.spoil(which, Quality::Good),
        Event::Partition => fleet.spoil_all(if dice.one_in(2) { Quality::Refused } else { Quality::BlackHole }),
        Event::MendAll => fleet.spoil_all(Quality::Good),
        Event::KillHub => fleet.kill_hub()?,
        Event::StartHub => fleet.ensure_hub()?,
        Event::CopyHub => fleet.copy_hub()?,
        Event::RestoreHub => fleet.restore_hub()?,
        Event::Clone if fleet.tally.clones < CLONES_MAX => fleet.clone_terminal(which)?,
        Event::Clone => {}
    }
    Ok(())
}

fn quality(dice: &mut Dice) -> Quality {
    let direction = if dice.one_in(2) { Direction::Up } else { Direction::Down };
    let after = usize::try_from(dice.below(SPOILT_BYTES)).unwrap_or(0);
    match dice.below(6) {
        0 => Quality::Slow(dice.within(SLOWEST)),
        1 | 2 => Quality::Cut { direction, after },
        3 => Quality::Garbled { direction, after },
        4 => Quality::Refused,
        _ => Quality::BlackHole,
    }
}
