//! What the service manager is told: that the hub takes connections, and from then on that it lives.
//! Without a service manager nobody is told anything.
//!
//! The hub lives if its sequencer answers. One that stands by, or whose database is away, answers by
//! sending away, and restarting it would mend nothing.

use crate::sequencer::{Sequencer, Standing};
use sd_notify::NotifyState;
use std::time::Duration;

/// Told that often in the time the service manager waits: one lost turn is no death.
const TURNS: u32 = 3;

/// Tells that connections are taken.
pub fn ready() {
    tell(NotifyState::Ready);
}

/// Tells that the hub finishes what is under way and ends.
pub fn stopping() {
    tell(NotifyState::Stopping);
}

/// Tells again and again that the hub lives, for as long as it does. Returns at once if nobody watches.
pub async fn watch(sequencer: Sequencer) {
    let Some(longest) = sd_notify::watchdog_enabled() else { return };
    keep_telling(&sequencer, longest / TURNS, || tell(NotifyState::Watchdog)).await;
}

async fn keep_telling(sequencer: &Sequencer, pause: Duration, mut tell: impl FnMut()) {
    let mut turns = tokio::time::interval(pause);
    loop {
        turns.tick().await;
        if lives(sequencer).await {
            tell();
        }
    }
}

/// A sequencer that hangs never answers, and then this does not either.
async fn lives(sequencer: &Sequencer) -> bool {
    match sequencer.standing() {
        Standing::Standby | Standing::Away => true,
        Standing::Starting | Standing::Active => sequencer.act(|_store| Ok(())).await.is_ok(),
    }
}

/// A socket that does not listen is the service manager's trouble, and the hub goes on.
fn tell(state: NotifyState) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "the service manager could not be told");
    }
}
