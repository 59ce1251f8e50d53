//! PINs: argon2id against the hash the hub gave, with a throttle that is written before the answer
//! is known, so that pulling the plug does not buy another try.

use super::run::Desk;
use super::{Answer, PinPurpose, PinResult};
use argon2::password_hash::{PasswordHash, PasswordVerifier};
use engine::fault::Fault;
use engine::terminal::Throttle;
use ledger::id::OperatorId;
use ledger::role::Role;

/// Wrong PINs before the first wait.
const TRIES_FREE: u32 = 5;
/// Wrong PINs after which only a supervisor's own PIN unlocks: a six-digit PIN has a million
/// values, and ten tries must be all that a finder gets.
const TRIES_MAX: u32 = 10;
/// The first wait; doubled with every further wrong PIN.
const WAIT_MS: i64 = 30_000;

impl Desk {
    pub(super) fn check_pin(&mut self, operator: OperatorId, pin: &str, purpose: PinPurpose, now_ms: i64) -> Result<Answer, Fault> {
        let before = self.store()?.throttle_load(&operator)?;
        let result = match refusal(&before, now_ms) {
            Some(result) => result,
            None => self.try_pin(&operator, pin, &before, now_ms)?,
        };
        Ok(Answer::Pin { operator, purpose, result })
    }

    fn try_pin(&mut self, operator: &OperatorId, pin: &str, before: &Throttle, now_ms: i64) -> Result<PinResult, Fault> {
        let tries = before.tries.saturating_add(1);
        let charged = Throttle { tries, until_ms: wait_until(tries, now_ms), last_ms: now_ms.max(before.last_ms) };
        self.store()?.throttle_save(operator, charged)?;
        let found = self.store()?.operators()?.into_iter().find(|o| o.id == *operator && o.active);
        if found.is_some_and(|operator| matches_pin(&operator.pin_hash, pin)) {
            self.unlock(operator)?;
            return Ok(PinResult::Right);
        }
        Ok(refusal(&charged, now_ms).unwrap_or(PinResult::Wrong { tries_left: TRIES_FREE.saturating_sub(tries) }))
    }

    /// The right PIN ends one's own throttle; a supervisor's ends everybody's, which is how a locked
    /// colleague is let in again.
    fn unlock(&mut self, operator: &OperatorId) -> Result<(), Fault> {
        let all = self.store()?.operators()?;
        let supervises = all.iter().any(|o| o.id == *operator && o.role >= Role::Supervisor);
        for other in all.iter().filter(|o| o.id == *operator || supervises) {
            if self.store()?.throttle_load(&other.id)? != Throttle::default() {
                self.store()?.throttle_save(&other.id, Throttle::default())?;
            }
        }
        Ok(())
    }
}

/// Why no PIN is looked at now. A clock that was set back does not shorten the wait: time counts
/// from the latest moment ever seen.
fn refusal(throttle: &Throttle, now_ms: i64) -> Option<PinResult> {
    if throttle.tries >= TRIES_MAX {
        return Some(PinResult::Locked);
    }
    let now_ms = now_ms.max(throttle.last_ms);
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
            assert_eq!(refusal(&throttle, 1_000_000 + since_ms), expected, "{tries} tries, {since_ms} ms later");
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
}
