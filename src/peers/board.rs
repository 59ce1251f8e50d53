//! Who was found where, who was reached, who was heard: what the sync page shows of it.

use super::Known;
use super::find::Found;
use super::link::Place;
use super::mono_ms;
use crate::app::PeerNews;
use crate::clock;
use ledger::id::TerminalId;
use ledger::sync::peer::{PEER_IDLE_MS, PeerLink, Tidings};
use std::collections::BTreeMap;

/// A peer that called within this is there, even if it cannot be called.
const HEARD_MS: i64 = 3 * PEER_IDLE_MS;

#[derive(Default)]
pub struct Board {
    found: BTreeMap<TerminalId, Found>,
    reached: BTreeMap<Place, TerminalId>,
    links: BTreeMap<Place, PeerLink>,
    heard: BTreeMap<TerminalId, i64>,
}

impl Board {
    /// A terminal announced itself.
    pub fn found(&mut self, place: &Found) -> bool {
        self.found.insert(place.terminal.clone(), place.clone()) != Some(place.clone())
    }

    /// A terminal called.
    pub fn heard(&mut self, terminal: &TerminalId, now_ms: i64) {
        self.heard.insert(terminal.clone(), now_ms);
    }

    /// A terminal answered there.
    pub fn reached(&mut self, place: &Place, terminal: TerminalId) {
        self.reached.insert(place.clone(), terminal);
    }

    pub fn linked(&mut self, place: &Place, link: &PeerLink) {
        self.links.insert(place.clone(), link.clone());
    }

    /// Where to try next.
    pub fn address(&self, place: &Place, tries: usize) -> Option<String> {
        match place {
            Place::Fixed(address) => Some(address.clone()),
            Place::Found(terminal) => {
                let addresses = &self.found.get(terminal)?.addresses;
                addresses.get(tries % addresses.len().max(1)).map(ToString::to_string)
            }
        }
    }

    /// Whether the terminal there is reached in another way already: one call a peer is enough. Of
    /// two ways the first in order stays.
    pub fn is_another_ways(&self, place: &Place) -> bool {
        let Some(terminal) = self.terminal(place) else { return false };
        let others = self.links.iter().filter(|(other, link)| *other < place && link.reachable());
        others.into_iter().any(|(other, _)| self.terminal(other) == Some(terminal))
    }

    /// How every peer that the hub named is doing, and every address at which nobody of them was met.
    pub fn news(&self, book: &BTreeMap<TerminalId, Known>, device: &TerminalId, tidings: &Tidings) -> Vec<PeerNews> {
        let now_ms = mono_ms();
        let ago = |at_ms: Option<i64>| at_ms.map(|at_ms| (now_ms - at_ms).max(0));
        let peers = book.iter().map(|(terminal, known)| {
            let links: Vec<&PeerLink> = self.links.iter().filter(|(place, _)| self.terminal(place) == Some(terminal)).map(|(_, link)| link).collect();
            let called = self.heard.get(terminal).copied();
            let heard_ms = ago(links.iter().filter_map(|link| link.last_heard_ms()).chain(called).max());
            let reachable = if links.is_empty() { ago(called).is_some_and(|ms| ms < HEARD_MS) } else { links.iter().any(|link| link.reachable()) };
            let missing = links.iter().map(|link| link.missing(tidings)).min().unwrap_or_else(|| tidings.missing(device, &[]));
            PeerNews { name: known.name.clone(), reachable, heard_ms: heard_ms.map(|ago_ms| clock::wall_ms() - ago_ms), missing }
        });
        let unmet = self.links.iter().filter(|(place, _)| self.terminal(place).is_none());
        let unmet = unmet.filter_map(|(place, _)| match place {
            Place::Fixed(address) => Some(PeerNews { name: address.clone(), reachable: false, heard_ms: None, missing: 0 }),
            Place::Found(_) => None,
        });
        peers.chain(unmet).collect()
    }

    fn terminal<'a>(&'a self, place: &'a Place) -> Option<&'a TerminalId> {
        match place {
            Place::Fixed(_) => self.reached.get(place),
            Place::Found(terminal) => Some(terminal),
        }
    }
}
