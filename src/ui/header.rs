//! The line on top of every page.

use super::words::count;
use crate::view::{Header, ScannerState, SyncState};
use screens::{AppWindow, HeaderAdapter, ScannerKind, SyncKind};
use slint::ComponentHandle;

pub fn render(window: &AppWindow, header: &Header) {
    let adapter = window.global::<HeaderAdapter>();
    adapter.set_enrolled(header.enrolled);
    adapter.set_shop((&header.shop).into());
    adapter.set_terminal((&header.terminal).into());
    adapter.set_operator((&header.operator).into());
    adapter.set_sync(sync_kind(header.sync));
    adapter.set_pending(count(header.pending));
    adapter.set_unseen(count(header.unseen));
    adapter.set_scanner(scanner_kind(header.scanner));
    adapter.set_scanner_name((&header.scanner_name).into());
    adapter.set_disk_low(header.disk_low);
    adapter.set_disputes(count(header.disputes));
}

pub fn sync_kind(state: SyncState) -> SyncKind {
    match state {
        SyncState::Synced => SyncKind::Synced,
        SyncState::Waiting => SyncKind::Waiting,
        SyncState::Offline => SyncKind::Offline,
        SyncState::Trouble => SyncKind::Trouble,
    }
}

fn scanner_kind(state: ScannerState) -> ScannerKind {
    match state {
        ScannerState::None => ScannerKind::None,
        ScannerState::Live => ScannerKind::Live,
        ScannerState::Absent => ScannerKind::Absent,
        ScannerState::Busy => ScannerKind::Busy,
        ScannerState::Denied => ScannerKind::Denied,
    }
}
