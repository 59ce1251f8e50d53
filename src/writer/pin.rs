//! PINs: argon2id against the hash the hub gave, with a throttle that is written before the answer
//! is known, so that pulling the plug does not buy another try.

use super::run::Desk;
use super::{Answer, PinPurpose, PinResult};
use argon2::password_hash::{PasswordHash, PasswordVerifier};
use engine::fault::Fault;
use engine::terminal::Throttle;
use ledger::id::OperatorId;
use ledger::role::Role;
use ledger::row::Operator;

/// Wrong PINs before the first wait.
const TRIES_FREE: u32 = 5;
/// Wrong PINs after which only a supervisor's own PIN unlocks: a six-digit PIN has a million
/// values, and ten tries must be all that a finder gets.
const TRIES_MAX: u32 = 10;
/// Of a PIN's hash, enough to tell it from the next one.
const PIN_HASH_TAIL_CHARS: usize = 16;
/// The first wait; doubled with every further wrong PIN.
const WAIT_MS: i64 = 30_000;

impl Desk {
    pub(super) fn check_pin(&mut self, operator: OperatorId, pin: &str, purpose: PinPurpose, now_ms: i64) -> Result<Answer, Fault> {
        let all = self.store()?.operators()?;
        let Some(person) = all.iter().find(|o| o.id == operator && o.active) else {
            return Ok(Answer::Pin { operator, purpose, result: PinResult::Locked });
        };
        let key = throttle_key(person);
        let before = rebased(self.store()?.throttle_load(&key)?, now_ms);
        let result = match refusal(&before, now_ms) {
            Some(result) => {
                self.store()?.throttle_save(&key, before)?;
                result
            }
            None => self.try_pin(person, &all, pin, &before, now_ms)?,
        };
        Ok(Answer::Pin { operator, purpose, result })
    }

    fn try_pin(&mut self, person: &Operator, all: &[Operator], pin: &str, before: &Throttle, now_ms: i64) -> Result<PinResult, Fault> {
        let tries = before.tries.saturating_add(1);
        let charged = Throttle { tries, until_ms: wait_until(tries, now_ms), last_ms: now_ms };
        self.store()?.throttle_save(&throttle_key(person), charged)?;
        if matches_pin(&person.pin_hash, pin) {
            self.unlock(person, all)?;
            return Ok(PinResult::Right);
        }
        Ok(refusal(&charged, now_ms).unwrap_or(PinResult::Wrong { tries_left: TRIES_FREE.saturating_sub(tries) }))
    }

    /// The right PIN ends one's own throttle; a supervisor's ends everybody's, which is how a locked
    /// colleague is let in again.
    fn unlock(&mut self, person: &Operator, all: &[Operator]) -> Result<(), Fault> {
        for other in all.iter().filter(|o| o.id == person.id || person.role >= Role::Supervisor) {
            let key = throttle_key(other);
            if self.store()?.throttle_load(&key)? != Throttle::default() {
                self.store()?.throttle_save(&key, Throttle::default())?;
            }
        }
        Ok(())
    }
}

/// Tries count against a PIN, not against a person: a new PIN from the hub starts anew, and is how
/// the last locked supervisor is let in.
fn throttle_key(person: &Operator) -> OperatorId {
    let tail: String = person.pin_hash.chars().rev().take(PIN_HASH_TAIL_CHARS).collect();
    OperatorId::new(format!("{} {tail}", person.id))
}

/// Where the clock was set back since the last wrong PIN, what was left to wait is waited from now:
/// setting the clock back neither shortens a wait nor makes it last for years.
fn rebased(throttle: Throttle, now_ms: i64) -> Throttle {
    if now_ms >= throttle.last_ms {
        return throttle;
    }
    let left_ms = throttle.until_ms.saturating_sub(throttle.last_ms);
    Throttle { until_ms: now_ms.saturating_add(left_ms), last_ms: now_ms, ..throttle }
}

/// Why no PIN is looked at now.
fn refusal(throttle: &Throttle, now_ms: i64) -> Option<PinResult> {
    if throttle.tries >= TRIES_MAX {
        return Some(PinResult::Locked);
    }
    let left_ms = throttle.until_ms.saturating_sub(now_ms);
    (left_ms > 0).then(|| PinResult::Wait { seconds: u32::try_from((left_ms + 999) / 1_000).unwrap_or(u32::MAX) })
}

fn wait_until(tries: u32, now_ms: i64) -> i64 {
    match tries.checked_sub(TRIES_FREE) {
        None => 0,
        Some(beyond) => now_ms.saturating_add(WAIT_MS << beyond.min(10)),
    }
}

fn matches_pin(hash: &str, pin: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| argon2::Argon2::default().verify_password(pin.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn throttle() {
        let check = |tries: u32, since_ms: i64, expected: Option<PinResult>| {
            let throttle = Throttle { tries, until_ms: wait_until(tries, 1_000_000), last_ms: 1_000_000 };
            let now_ms = 1_000_000 + since_ms;
            assert_eq!(refusal(&rebased(throttle, now_ms), now_ms), expected, "{tries} tries, {since_ms} ms later");
        };
        check(0, 0, None);
        check(4, 0, None);
        check(5, 0, Some(PinResult::Wait { seconds: 30 }));
        check(5, 29_001, Some(PinResult::Wait { seconds: 1 }));
        check(5, 30_000, None);
        check(6, 30_000, Some(PinResult::Wait { seconds: 30 }));
        check(9, 0, Some(PinResult::Wait { seconds: 480 }));
        check(10, i64::MAX - 1_000_000, Some(PinResult::Locked));
        check(5, -900_000, Some(PinResult::Wait { seconds: 30 }));
    }

    #[test]
    fn a_clock_set_back_is_waited_out_once() {
        let throttle = Throttle { tries: 5, until_ms: wait_until(5, 1_000_000), last_ms: 1_000_000 };
        let rebased = rebased(throttle, 100_000);
        assert_eq!(refusal(&rebased, 100_000), Some(PinResult::Wait { seconds: 30 }));
        assert_eq!(refusal(&rebased, 130_000), None);
    }
}
