//! The hub: whether it answers, whether it is ours, and how far its clock is from ours.

use super::Finding;
use crate::clock;
use crate::identity::Identity;
use crate::uplink::{self, HubHealth};
use ledger::sync::uplink::Failure;

const PART: &str = "hub";
/// The hub tells whole seconds, and the answer was on its way.
const APART_OK_MS: u64 = 5_000;
/// More than this and a day's receipts bear the wrong day.
const APART_MEND_MS: u64 = 10 * 60_000;

pub fn examine(identity: &Identity) -> Vec<Finding> {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return vec![Finding::mend(PART, format!("The hub cannot be asked: {error}."), "Start this box again.")],
    };
    let answer = runtime.block_on(uplink::health(&identity.hub));
    judge(identity, &answer, clock::wall_ms())
}

fn judge(identity: &Identity, answer: &Result<HubHealth, Failure>, now_ms: i64) -> Vec<Finding> {
    let address = &identity.hub;
    match answer {
        Ok(health) if health.hub != identity.hub_name => {
            let sentence = format!("The hub at {address} is {}, and this terminal belongs to {}.", health.hub, identity.hub_name);
            vec![Finding::mend(
                PART,
                sentence,
                "Give the terminal its own hub's address, or enrol it at this one: `counterfoil enrol --hub ADDRESS --code CODE`.",
            )]
        }
        Ok(health) => {
            let well = Finding::ok(PART, format!("The hub answers at {address} and runs {}.", health.version));
            std::iter::once(well).chain(health.wall_ms.map(|hub_ms| apart(now_ms, hub_ms))).collect()
        }
        // Selling goes on without a hub, so it is nothing to mend before opening.
        Err(failure) => vec![Finding::look(PART, format!("The hub at {address}: {}.", uplink::sentence(failure)), "Selling goes on without it.")],
    }
}

fn apart(now_ms: i64, hub_ms: i64) -> Finding {
    let apart_ms = now_ms.abs_diff(hub_ms);
    let sentence = format!("This clock and the hub's are {} s apart.", apart_ms / 1_000);
    let todo = "See to the one that is wrong: `timedatectl` on both says whether it is kept right.";
    match apart_ms {
        ms if ms <= APART_OK_MS => Finding::ok("clock", "This clock agrees with the hub's."),
        ms if ms < APART_MEND_MS => Finding::look("clock", sentence, todo),
        _ => Finding::mend("clock", sentence, todo),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Health;

    #[test]
    fn clocks_are_compared() {
        let check = |apart_ms: i64, health| {
            for sign in [1, -1] {
                assert_eq!(apart(1_790_000_000_000, 1_790_000_000_000 + sign * apart_ms).health, health, "{apart_ms}");
            }
        };
        check(0, Health::Ok);
        check(5_000, Health::Ok);
        check(6_000, Health::Look);
        check(3_600_000, Health::Mend);
    }
}
