//! One task a peer, or an address that may lead to one: calls when there is something to tell.

use super::call::{CallFault, Spoken, client};
use super::{Lan, mono_ms};
use crate::identity::random_bytes;
use crate::writer::SyncCommand;
use ledger::id::TerminalId;
use ledger::sync::peer::{PEER_BACKOFF_MAX_MS, PeerLink, PeerPush, PeerStep, Tidings};
use reqwest::Client;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch::Receiver;

/// Where somebody is called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// An address of the configuration, whoever is there.
    Fixed(String),
    /// A terminal that announced itself, wherever it is.
    Found(TerminalId),
}

impl Place {
    pub fn fixed(address: String) -> Place {
        Place::Fixed(address)
    }

    pub fn found(terminal: TerminalId) -> Place {
        Place::Found(terminal)
    }
}

/// Calls for ever.
pub async fn keep(lan: Arc<Lan>, place: Place, mut tidings: Receiver<Tidings>) {
    let client = client();
    let mut link = PeerLink::new(lan.terminal.clone(), mono_ms());
    let mut tries = 0;
    loop {
        let now = tidings.borrow_and_update().clone();
        match link.step(mono_ms(), &now) {
            PeerStep::Call if lan.board().is_another_ways(&place) => rest(PEER_BACKOFF_MAX_MS).await,
            PeerStep::Call => {
                speak(&lan, &client, &place, &mut link, tries).await;
                tries += usize::from(!link.reachable());
                lan.board().linked(&place, &link);
                lan.changed.notify_one();
            }
            PeerStep::WaitUntil(at_ms) => {
                tokio::select! {
                    () = rest(at_ms - mono_ms()) => {}
                    changed = tidings.changed() => if changed.is_err() { return },
                }
            }
        }
    }
}

/// One call, and what it means for the link.
async fn speak(lan: &Lan, client: &Client, place: &Place, link: &mut PeerLink, tries: usize) {
    let address = lan.board().address(place, tries);
    let reached = match address {
        Some(address) => exchange(lan, client, &address, link).await,
        None => Err(CallFault::Stranger),
    };
    match reached {
        Ok((terminal, push, Spoken::Answered(answer))) => {
            lan.board().reached(place, terminal);
            link.answered(mono_ms(), &push, &answer);
        }
        Ok((terminal, _, Spoken::Forgotten)) => {
            lan.board().reached(place, terminal);
            link.forgotten(mono_ms());
        }
        Err(fault) => {
            tracing::debug!(?place, %fault, "a peer was not reached");
            link.failed(mono_ms(), u64::from_le_bytes(random_bytes()));
        }
    }
}

async fn exchange(lan: &Lan, client: &Client, address: &str, link: &PeerLink) -> Result<(TerminalId, PeerPush, Spoken), CallFault> {
    let (nonce, have) = link.standing();
    let (nonce, have) = (nonce.to_owned(), have.to_vec());
    let push = lan.writer.sync(|reply| SyncCommand::PeerRequest { have, nonce, reply }).await;
    let Some(Ok(push)) = push else { return Err(CallFault::Storage) };
    let (terminal, spoken) = lan.call(client, address, &push).await?;
    Ok((terminal, push, spoken))
}

async fn rest(ms: i64) {
    tokio::time::sleep(Duration::from_millis(ms.clamp(1, PEER_BACKOFF_MAX_MS).unsigned_abs())).await;
}
