//! How a box becomes a terminal of a hub. What it did for one hub is never handed to another: a hub
//! that gets ops it does not know books them, whoever they were meant for.

use crate::identity::{DeviceKey, Identity, IdentityFault};
use crate::uplink;
use crate::view::EnrolTrouble;
use engine::fault::Fault;
use engine::terminal::{Holdings, leave_empty};
use ledger::id::TerminalId;
use ledger::sync::uplink::Failure;
use ledger::sync::wire::EnrolAnswer;
use std::path::{Path, PathBuf};

/// Why the box is what it was before.
#[derive(Debug, thiserror::Error)]
pub enum EnrolFault {
    #[error("--hub is {0:?}, which is no address of a hub. It begins with http://, such as \"http://hub.shop:7070\".")]
    Address(String),
    #[error("--hub is {0:?}, and a terminal speaks no TLS: what it says is signed and not encrypted. Name the hub with http://, through a tunnel if need be.")]
    Encrypted(String),
    #[error("the hub at {hub} did not enrol this terminal: {}", uplink::sentence(.failure))]
    Refused { hub: String, failure: Failure },
    #[error(
        "{} holds {held}, and the hub at {hub} ({id}) would book all of it once more. Nothing was changed here. \
        Let the till send everything to its own hub, then name another folder as `data` in the configuration and enrol that one.",
        data.display()
    )]
    OtherHub { data: PathBuf, held: String, hub: String, id: String },
    #[error(
        "{} holds {held}, but the hub at {hub} takes this box for {terminal}, which cannot send it. Nothing was changed here. \
        Put identity.json, which holds the key that the hub knows, back from a copy; or use a code that `counterfoil-hub enrol-code --terminal {was}` makes; \
        or name another folder as `data` in the configuration.",
        data.display()
    )]
    OtherTerminal { data: PathBuf, held: String, was: String, hub: String, terminal: String },
    #[error(
        "{} holds {held}, and with identity.json gone too, nothing tells for which hub it is: another would book all of it once more. Nothing was changed. \
        Put journal.db or identity.json back from a copy, or name another folder as `data` in the configuration.",
        data.display()
    )]
    Nobodys { data: PathBuf, held: String },
    #[error("the system has no room for it: {0}")]
    Thread(std::io::Error),
    #[error("what this folder holds cannot be looked at: {0}")]
    Holdings(Fault),
    #[error(transparent)]
    Identity(#[from] IdentityFault),
}

impl EnrolFault {
    /// What it means to whoever stands at the box.
    pub fn trouble(&self) -> EnrolTrouble {
        match self {
            EnrolFault::Address(_) => EnrolTrouble::Address,
            EnrolFault::Encrypted(_) => EnrolTrouble::Encrypted,
            EnrolFault::Refused { failure, .. } => EnrolTrouble::of(failure),
            other => EnrolTrouble::Other { detail: other.to_string() },
        }
    }
}

/// Introduces the box to a hub and keeps who it is from now on. The folder must be held.
pub async fn enrol(data: &Path, hub: &str, code: &str) -> Result<EnrolAnswer, EnrolFault> {
    check_address(hub)?;
    let refused = |failure| EnrolFault::Refused { hub: hub.into(), failure };
    let holdings = Holdings::of(data).map_err(EnrolFault::Holdings)?.map(|held| owned(held, data));
    let full = holdings.as_ref().filter(|held| !held.is_empty());
    if let Some(held) = full {
        if held.terminal.is_empty() {
            return Err(EnrolFault::Nobodys { data: data.into(), held: sentence(held) });
        }
        // Asked first, so that a code is not spent in vain. It proves nothing; the answer below does.
        let health = uplink::health(hub).await.map_err(refused)?;
        may_be_of(held, data, hub, &health.hub)?;
    }
    let device = DeviceKey::of(data)?;
    let holds = full.map(|held| TerminalId::new(held.terminal.clone()));
    let answer = uplink::enrol(hub, code, &device, holds).await.map_err(refused)?;
    if let Some(held) = holdings {
        settle(&held, data, hub, &answer)?;
    }
    Identity::new(hub, &device, &answer).write(data)?;
    Ok(answer)
}

/// The same for whoever waits on a thread of its own; answers who the box is from now on.
pub fn enrol_here(data: &Path, hub: &str, code: &str) -> Result<Identity, EnrolFault> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(EnrolFault::Thread)?;
    runtime.block_on(enrol(data, hub, code))?;
    Ok(Identity::read(data)?)
}

fn check_address(hub: &str) -> Result<(), EnrolFault> {
    match hub.split_once("://") {
        Some(("http", rest)) if !rest.is_empty() => Ok(()),
        Some(("https", _)) => Err(EnrolFault::Encrypted(hub.into())),
        _ => Err(EnrolFault::Address(hub.into())),
    }
}

/// Where the journal is gone, the identity tells whose the rest is.
fn owned(held: Holdings, data: &Path) -> Holdings {
    match Identity::read(data) {
        Ok(identity) if held.terminal.is_empty() => Holdings { terminal: identity.terminal.to_string(), hub: identity.hub_name, ..held },
        _ => held,
    }
}

/// What is there must stay with whom it belongs to; a folder without ops is nobody's.
fn settle(held: &Holdings, data: &Path, hub: &str, answer: &EnrolAnswer) -> Result<(), EnrolFault> {
    let is_own = held.hub == answer.hub && held.terminal == answer.terminal.as_str();
    if is_own {
        return Ok(());
    }
    if held.is_empty() {
        return leave_empty(data).map_err(EnrolFault::Holdings);
    }
    may_be_of(held, data, hub, &answer.hub)?;
    let (held, was) = (sentence(held), held.terminal.clone());
    Err(EnrolFault::OtherTerminal { data: data.into(), held, was, hub: hub.into(), terminal: answer.terminal.to_string() })
}

/// Refuses a hub that is known to be another. A journal that is gone does not say whose it was.
fn may_be_of(held: &Holdings, data: &Path, hub: &str, id: &str) -> Result<(), EnrolFault> {
    if held.hub.is_empty() || held.hub == id {
        return Ok(());
    }
    Err(EnrolFault::OtherHub { data: data.into(), held: sentence(held), hub: hub.into(), id: id.into() })
}

fn sentence(held: &Holdings) -> String {
    let whose = if held.terminal.is_empty() { "a terminal whose journal is gone".into() } else { format!("{} of hub {}", held.terminal, held.hub) };
    format!("{} operations ({} unsent) and {} sales in progress of {whose}", held.ops, held.unsent, held.drafts)
}
