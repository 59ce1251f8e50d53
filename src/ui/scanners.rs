//! The scanners: how they are doing, and what came of them.

use super::notice::fault;
use super::rows::Rows;
use super::words::count;
use crate::view::{DeviceCondition, ScanRow, ScannerRow, ScannersView};
use screens::{AppWindow, Condition, ConditionKind, NoticeCode, ScanItem, ScannerItem, ScannersAdapter};
use slint::{ComponentHandle, SharedString};

pub struct Scanners {
    scanners: Rows<ScannerItem>,
    recent: Rows<ScanItem>,
    raws: Rows<SharedString>,
}

impl Scanners {
    pub fn bind(window: &AppWindow) -> Self {
        let adapter = window.global::<ScannersAdapter>();
        let page = Self { scanners: Rows::new(), recent: Rows::new(), raws: Rows::new() };
        adapter.set_scanners(page.scanners.model());
        adapter.set_recent(page.recent.model());
        adapter.set_raws(page.raws.model());
        page
    }

    pub fn render(&self, window: &AppWindow, scanners: &ScannersView) {
        let adapter = window.global::<ScannersAdapter>();
        adapter.set_may_set_up(scanners.may_set_up);
        adapter.set_offered(scanners.offered);
        adapter.set_problem((&scanners.problem).into());
        self.scanners.show(&scanners.scanners.iter().map(scanner).collect::<Vec<_>>());
        self.recent.show(&scanners.recent.iter().map(scan).collect::<Vec<_>>());
        self.raws.show(&scanners.raws.iter().map(SharedString::from).collect::<Vec<_>>());
    }
}

pub fn condition(of: &DeviceCondition) -> Condition {
    let (kind, detail, group) = match of {
        DeviceCondition::Absent => (ConditionKind::Absent, "", ""),
        DeviceCondition::Opening { detail } => (ConditionKind::Opening, detail.as_str(), ""),
        DeviceCondition::Live => (ConditionKind::Live, "", ""),
        DeviceCondition::Lost => (ConditionKind::Lost, "", ""),
        DeviceCondition::Busy { holders } => (ConditionKind::Busy, holders.as_str(), ""),
        DeviceCondition::Foreign => (ConditionKind::Foreign, "", ""),
        DeviceCondition::Denied { path, group } => (ConditionKind::Denied, path.as_str(), group.as_str()),
    };
    Condition { kind, detail: detail.into(), group: group.into() }
}

fn scanner(row: &ScannerRow) -> ScannerItem {
    let measured = |figure: Option<u64>| figure.map_or(-1, count);
    ScannerItem {
        name: (&row.name).into(),
        condition: condition(&row.state),
        path: (&row.path).into(),
        scans: count(row.scans),
        repeats: count(row.repeats),
        faults: count(row.faults),
        gap: measured(row.gap_ms),
        speed: measured(row.chars_per_s),
    }
}

fn scan(row: &ScanRow) -> ScanItem {
    ScanItem {
        at: (&row.at).into(),
        scanner: (&row.scanner).into(),
        text: (&row.text).into(),
        bad: row.fault.is_some(),
        fault: row.fault.map_or_else(NoticeCode::default, fault),
        repeated: row.repeated,
        characters: count(row.characters),
        lasted: count(row.lasted_ms),
        aim: (&row.aim).into(),
        seems: (&row.seems).into(),
    }
}
