//! How this terminal and the hub are doing.

use super::disputes;
use super::header::sync_kind;
use super::rows::Rows;
use super::send::Send;
use super::words::{count, grouped};
use crate::message::Intent;
use crate::view::{NotApplied, PeerRow, SyncError, SyncView};
use screens::{Age, AppWindow, NotAppliedRow, OutcomeKind, PeerItem, QuestionRow, SyncAdapter, SyncErrorKind};
use slint::ComponentHandle;

pub struct Sync {
    questions: Rows<QuestionRow>,
    peers: Rows<PeerItem>,
}

impl Sync {
    pub fn bind(window: &AppWindow, send: &Send) -> Self {
        let adapter = window.global::<SyncAdapter>();
        adapter.on_sync_now(send.just(Intent::SyncNow));
        adapter.on_seen(send.just(Intent::OutcomesSeen));
        let questions = Rows::new();
        adapter.set_questions(questions.model());
        let peers = Rows::new();
        adapter.set_peers(peers.model());
        Self { questions, peers }
    }

    pub fn render(&self, window: &AppWindow, sync: &SyncView) {
        let adapter = window.global::<SyncAdapter>();
        adapter.set_state(sync_kind(sync.state));
        adapter.set_hub((&sync.hub).into());
        adapter.set_pending(count(sync.pending));
        adapter.set_oldest(age(sync.oldest_seconds));
        adapter.set_last_success(age(sync.last_success_seconds));
        adapter.set_next_try(age(sync.next_try_seconds));
        adapter.set_error(error_kind(sync.error));
        adapter.set_error_detail((&sync.error_detail).into());
        adapter.set_in_flight(sync.in_flight);
        adapter.set_units(grouped(sync.units).into());
        adapter.set_heard(count(sync.heard));
        adapter.set_products(grouped(sync.products).into());
        adapter.set_can_see(sync.can_see && sync.not_applied.iter().any(|row| !row.seen));
        let disputes = sync.disputes.iter().map(|dispute| QuestionRow { disputed: true, dispute: disputes::row(dispute), ..QuestionRow::default() });
        let ops = sync.not_applied.iter().map(|op| QuestionRow { op: row(op), ..QuestionRow::default() });
        self.questions.show(&disputes.chain(ops).collect::<Vec<_>>());
        self.peers.show(&sync.peers.iter().map(peer).collect::<Vec<_>>());
    }
}

/// A span in whole units, of which the screen says the largest.
fn age(seconds: Option<u64>) -> Age {
    let all = seconds.unwrap_or_default();
    Age { known: seconds.is_some(), seconds: count(all), minutes: count(all / 60), hours: count(all / 3600), days: count(all / 86_400) }
}

fn row(row: &NotApplied) -> NotAppliedRow {
    NotAppliedRow { document: (&row.document).into(), at: (&row.at).into(), outcome: outcome(&row.outcome), reason: (&row.reason).into(), seen: row.seen }
}

fn peer(row: &PeerRow) -> PeerItem {
    PeerItem { name: (&row.name).into(), reachable: row.reachable, heard: age(row.heard_seconds), missing: count(row.missing) }
}

/// The hub's frozen word for an outcome; one from a newer hub is still not applied.
fn outcome(code: &str) -> OutcomeKind {
    match code {
        "conflict" => OutcomeKind::Conflict,
        "rejected" => OutcomeKind::Rejected,
        "parked" => OutcomeKind::Parked,
        _ => OutcomeKind::Other,
    }
}

fn error_kind(error: SyncError) -> SyncErrorKind {
    match error {
        SyncError::None => SyncErrorKind::None,
        SyncError::Unreachable => SyncErrorKind::Unreachable,
        SyncError::TimedOut => SyncErrorKind::TimedOut,
        SyncError::Garbage => SyncErrorKind::Garbage,
        SyncError::OtherHub => SyncErrorKind::OtherHub,
        SyncError::NotEnrolled => SyncErrorKind::NotEnrolled,
        SyncError::HubTrouble => SyncErrorKind::HubTrouble,
        SyncError::Outdated => SyncErrorKind::Outdated,
        SyncError::Storage => SyncErrorKind::Storage,
    }
}
