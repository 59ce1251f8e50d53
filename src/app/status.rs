//! How the terminal itself is doing: outbox, uplink, scanners, time.

use super::{App, Effect, LOOK_EVERY_MS, PageState, PeerNews, UplinkNews};
use crate::notice::Notice;
use crate::view::{FlashKind, FlashWhat, SyncError, SyncState};
use crate::writer::{Command, Dispute, OutboxState, Started};
use engine::terminal::Recovery;
use ledger::id::OpId;
use ledger::row::{Operator, Settings};

#[derive(Debug, Default)]
pub(crate) struct Status {
    pub outbox: OutboxState,
    pub uplink: UplinkNews,
    pub peers: Vec<PeerNews>,
}

impl App {
    pub(super) fn start(&mut self, started: Started) -> Vec<Effect> {
        self.started = true;
        self.settings = started.settings;
        self.operators = started.operators;
        self.till = Some(started.till);
        self.held = started.held;
        self.status.outbox = started.outbox;
        if let Some(cart) = started.cart.filter(|cart| !cart.is_empty()) {
            self.cart = cart;
            self.flash(FlashKind::Ok, FlashWhat::Recovered, "");
        }
        for recovery in started.recoveries {
            self.tell_recovery(recovery);
        }
        self.look_up_cart()
    }

    /// A store that failed is open again. The cart on the screen is the newer one and is kept; the
    /// till is what the disk says, whatever the page believed.
    pub(super) fn reopened(&mut self, started: Started) -> Vec<Effect> {
        self.till = Some(started.till);
        self.held = started.held;
        self.status.outbox = started.outbox;
        if matches!(self.page, PageState::OpenShift | PageState::CloseShift) {
            self.page = self.home();
        }
        started.recoveries.into_iter().for_each(|recovery| self.tell_recovery(recovery));
        self.look_up_cart()
    }

    /// Each stays until somebody has read it: nobody stands at a till while it starts.
    fn tell_recovery(&mut self, recovery: Recovery) {
        tracing::warn!(?recovery, "found on opening the store");
        self.tell(match recovery {
            Recovery::JournalRestored { moved_to, ops, .. } => Notice::JournalRestored { moved_to: moved_to.display().to_string(), kept: ops },
            Recovery::CatalogueRebuilding { .. } => Notice::CatalogueRebuilding,
            Recovery::OpsLost { first_seq, last_seq, .. } => Notice::OpsLost { first_seq, last_seq },
            Recovery::SaleWasSaved { document } => Notice::SaleWasSaved { document },
            Recovery::OpsRecovered { ops } => Notice::OpsRecovered { ops },
            Recovery::LogRepaired { ops, .. } => Notice::LogRepaired { ops },
        });
    }

    /// Tells it now, or after what stands in front.
    pub(super) fn tell(&mut self, notice: Notice) {
        if self.refusal.is_none() {
            self.fail(notice);
        } else {
            self.untold.push_back(notice);
        }
    }

    pub(super) fn shop_changed(&mut self, settings: Settings, operators: Vec<Operator>) -> Vec<Effect> {
        self.settings = settings;
        self.operators = operators;
        let still_here = |o: &Operator| self.operators.iter().find(|now| now.id == o.id && now.active).cloned();
        if let Some(operator) = &self.operator {
            match still_here(operator) {
                Some(now) => self.operator = Some(now),
                None => return self.sign_out(),
            }
        }
        self.look_up_cart()
    }

    pub(super) fn outbox(&mut self, outbox: OutboxState) -> Vec<Effect> {
        let before = std::mem::replace(&mut self.status.outbox, outbox);
        let newest = self.status.outbox.not_applied.first().map(|op| op.document.clone());
        if let Some(document) = newest.filter(|_| self.status.outbox.unseen > before.unseen && self.operator.is_some()) {
            self.flash(FlashKind::Warn, FlashWhat::HubRefusedOp, document);
        }
        let known = |dispute: &Dispute| before.disputes.iter().any(|other| other.name == dispute.name);
        let fresh = self.status.outbox.disputes.iter().find(|dispute| dispute.own && !known(dispute)).map(|dispute| dispute.serial.clone());
        if let Some(serial) = fresh {
            self.flash(FlashKind::Warn, FlashWhat::UnitDisputed, serial);
        }
        if before.products_version == self.status.outbox.products_version { Vec::new() } else { self.look_up_cart() }
    }

    /// Only what is on the screen counts as seen, by somebody who is known.
    pub(super) fn outcomes_seen(&mut self) -> Vec<Effect> {
        let unseen: Vec<OpId> = self.status.outbox.not_applied.iter().filter(|op| !op.seen).map(|op| op.op).collect();
        if self.page != PageState::Sync || self.operator.is_none() || unseen.is_empty() {
            return Vec::new();
        }
        vec![Effect::Write(Command::MarkSeen { ops: unseen, by: self.actor() })]
    }

    pub(super) fn uplink_news(&mut self, news: UplinkNews) -> Vec<Effect> {
        self.status.uplink = news;
        Vec::new()
    }

    pub(super) fn peer_news(&mut self, news: Vec<PeerNews>) -> Vec<Effect> {
        self.status.peers = news;
        Vec::new()
    }

    pub(super) fn show_sync(&mut self) -> Vec<Effect> {
        if self.page == PageState::Payment || self.busy || !self.facts.enrolled {
            return Vec::new();
        }
        self.layer = super::LayerState::None;
        self.page = PageState::Sync;
        vec![Effect::Write(Command::LookAtOutbox)]
    }

    pub(super) fn tick(&mut self) -> Vec<Effect> {
        self.pin_tick();
        self.go_blank();
        let lock_after_ms = i64::from(self.facts.lock_after_minutes) * 60_000;
        let idle = lock_after_ms > 0 && self.now_ms - self.touched_ms >= lock_after_ms;
        if idle && self.operator.is_some() && !self.busy {
            self.sign_out();
        }
        if self.now_ms - self.looked_ms < LOOK_EVERY_MS || !self.facts.enrolled {
            return Vec::new();
        }
        self.looked_ms = self.now_ms;
        if !self.started {
            return vec![Effect::Write(Command::Start)];
        }
        vec![Effect::Write(Command::LookAtOutbox)]
    }

    pub(super) fn sync_state(&self) -> SyncState {
        match self.status.uplink.error {
            SyncError::None if self.status.outbox.pending == 0 => SyncState::Synced,
            SyncError::None => SyncState::Waiting,
            SyncError::Unreachable | SyncError::TimedOut | SyncError::HubTrouble => SyncState::Offline,
            SyncError::Garbage | SyncError::OtherHub | SyncError::NotEnrolled | SyncError::Outdated | SyncError::Storage => SyncState::Trouble,
        }
    }
}
