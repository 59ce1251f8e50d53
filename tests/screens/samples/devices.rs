//! The pages of the scanners.

use super::base;
use counterfoil::view::*;

fn scanner(name: &str, state: DeviceCondition, path: &str) -> ScannerRow {
    ScannerRow { name: name.into(), state, path: path.into(), scans: 128, repeats: 3, faults: 1, gap_ms: Some(8), chars_per_s: Some(412) }
}

pub fn scanners() -> View {
    let read = ScanRow { at: "14:03:12".into(), scanner: "Counter".into(), text: "PX9-00017".into(), characters: 9, lasted_ms: 31, ..ScanRow::default() };
    let recent = vec![
        read.clone(),
        ScanRow { text: "HB#2201/A".into(), repeated: true, ..read.clone() },
        ScanRow { text: "SN-77<1D>2".into(), fault: Some(scan::FaultKind::Lost), scanner: "Handheld".into(), ..read.clone() },
        ScanRow { text: "04012345678901".into(), characters: 14, aim: "]C1".into(), ..read },
    ];
    let scanners = vec![
        scanner("Counter", DeviceCondition::Live, "/dev/input/event4"),
        ScannerRow { gap_ms: None, chars_per_s: None, ..scanner("Handheld", DeviceCondition::Absent, "") },
    ];
    let raws = ["KEY_LEFTSHIFT down", "KEY_A down", "SYN_REPORT", "KEY_A up"].map(|raw| format!("Counter {raw}")).to_vec();
    let scanners = ScannersView { scanners, recent, raws, may_set_up: true, has_printer: true, ..ScannersView::default() };
    View { page: Page::Scanners, scanners, ..base() }
}

/// One that types as another country than it did.
pub fn scanners_country() -> View {
    let mut view = scanners();
    let row = view.scanners.recent[0].clone();
    view.scanners.recent = vec![
        ScanRow { text: "$))^#*!###(#!".into(), fault: Some(scan::FaultKind::Country), ..row.clone() },
        ScanRow { text: "SN/7*2".into(), characters: 6, seems: "de, at".into(), ..row },
    ];
    view
}

/// Every trouble that a scanner can be in, seen by somebody who may not set one up.
pub fn scanners_trouble() -> View {
    let mut view = scanners();
    let denied = |group: &str| DeviceCondition::Denied { path: "/dev/hidraw2".into(), group: group.into() };
    view.scanners.scanners = vec![
        scanner("Counter", DeviceCondition::Busy { holders: "evtest (2114)".into() }, ""),
        scanner("Handheld", denied("input"), ""),
        scanner("Ring", denied(""), ""),
        scanner("Scale", DeviceCondition::Opening { detail: "Input/output error".into() }, ""),
        scanner("Old one", DeviceCondition::Lost, ""),
    ];
    view.scanners.may_set_up = false;
    view.scanners.recent.clear();
    view.scanners.problem = "/var/lib/counterfoil/scanners.toml: line 4: unknown field `nmae`".into();
    view
}

pub fn learn() -> View {
    learn_at(LearnStage::Listening)
}

pub fn learn_at(stage: LearnStage) -> View {
    let ear = |name: &str, connection, deaf| EarRow { name: name.into(), connection, deaf };
    let ears = vec![
        ear("Symbol Technologies DS2208 (05e0:1200)", Connection::Keyboard, None),
        ear(
            "Symbol Technologies DS2208 (05e0:1200)",
            Connection::RawKeyboard,
            Some(DeviceCondition::Denied { path: "/dev/hidraw2".into(), group: String::new() }),
        ),
        ear("FTDI USB Serial (0403:6001)", Connection::Line, None),
    ];
    let name = if matches!(stage, LearnStage::Found(_)) { "DS2208".to_owned() } else { String::new() };
    let view = scanners();
    View { page: Page::Learn, learn: LearnView { stage, ears, name, raws: Vec::new() }, ..view }
}

/// The only scanner there is cannot be read as it is set.
pub fn learn_foreign() -> View {
    let mut view = learn();
    view.learn.ears =
        vec![EarRow { name: "Symbol Bar Code Scanner (05e0:1300)".into(), connection: Connection::Foreign, deaf: Some(DeviceCondition::Foreign) }];
    view
}

pub fn found_scanner() -> FoundScanner {
    FoundScanner {
        device: "Symbol Technologies DS2208 (05e0:1200)".into(),
        connection: Connection::Keyboard,
        baud: None,
        layout: "de".into(),
        alike: "at".into(),
        caps: CapsLock::On,
        alt_codes: true,
        suffix: "CR".into(),
        aim: "]C0".into(),
        lasted_ms: 312,
    }
}

pub fn wrong_scan() -> LearnStage {
    let wrong = ["_ → ?", "( → )", ") → =", "# → §"].map(str::to_owned).to_vec();
    LearnStage::Differs(WrongScan { device: "DS2208".into(), read: "%POS%aAzZqQwWyYmM0123456789?-)=§-".into(), wrong, is_keyboard: true })
}

pub fn set_up_sheet() -> View {
    let settings = ledger::row::Settings::default();
    let paper = counterfoil::slip::Paper { columns: 48, ascii: false, settings: &settings, language: counterfoil::message::Language::English };
    let view = scanners();
    let scanners = ScannersView { sheet: counterfoil::slip::Slip::set_up_sheet(paper).lines, ..view.scanners };
    View { page: Page::SetUpSheet, scanners, ..view }
}

/// A box that was just unpacked, before it belongs to a hub.
pub fn enrol() -> View {
    let header = Header { scanner: ScannerState::None, ..Header::default() };
    View { page: Page::Enrol, header, scanners: ScannersView { offered: true, ..ScannersView::default() }, ..View::default() }
}

/// With a scanner, and a hub that says no.
pub fn enrol_trouble() -> View {
    let header = Header { scanner: ScannerState::Live, ..Header::default() };
    let enrol = EnrolView { hub: "hub.shop".into(), code: "7KQ2-M4XD".into(), trouble: EnrolTrouble::CodeRefused };
    View { page: Page::Enrol, header, enrol, ..View::default() }
}
