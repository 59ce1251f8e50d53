//! The commands of a terminal that is closed: taking a snapshot from a stick, and showing the head of
//! the hub's log that it keeps as evidence.
#![warn(clippy::print_stdout)]

use crate::identity::Identity;
use crate::say;
use anyhow::Context as _;
use engine::terminal::{Carried, TerminalStore};
use ledger::sync::wire::HubHead;
use std::path::Path;
use std::time::{Duration, Instant};

/// How often a long reading is told.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// Puts the catalogue in a file that `counterfoil-hub snapshot` wrote in place of this terminal's.
pub fn load_snapshot(data: &Path, file: &Path) -> anyhow::Result<()> {
    let identity = Identity::read(data)?;
    let keys = identity.keys().map_err(anyhow::Error::msg)?;
    let carried = Carried::open(file, &identity.hub_name, |bytes, signature| keys.is_hub(bytes, signature))?;
    let mut told = Instant::now();
    let mut progress = |done: u64, all: u64| {
        if told.elapsed() >= TELL_EVERY {
            told = Instant::now();
            eprintln!("{done} of {all} bytes read …");
        }
    };
    let taken = open(data, &identity)?.install_carried(&carried, &mut progress)?;
    say!("{} products and units from {}, up to position {} of the hub's feed.", taken.changed, file.display(), carried.head().manifest.pos);
    if !taken.doubtful.is_empty() {
        say!("{} own operations no longer fit what the hub knew then. The till's sync page lists them.", taken.doubtful.len());
    }
    Ok(())
}

/// Prints the last head of the hub's log that the hub signed for this terminal, as
/// `counterfoil-hub audit verify --head` takes it.
pub fn log_head(data: &Path) -> anyhow::Result<()> {
    let identity = Identity::read(data)?;
    let head = open(data, &identity)?.log_head()?;
    let head = head.context("the hub has told this terminal no head of its log yet; let it connect once")?;
    say!("{}", serde_json::to_string(&HubHead { hub: identity.hub_name, head })?);
    Ok(())
}

fn open(data: &Path, identity: &Identity) -> anyhow::Result<TerminalStore> {
    let (store, recoveries) = TerminalStore::open(data, &identity.for_store())?;
    for recovery in recoveries {
        tracing::warn!(?recovery, "the store was repaired");
    }
    Ok(store)
}
