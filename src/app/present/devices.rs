//! The scanners and the setting up of one, as they are shown.

use crate::app::learn::{Ear, Stage};
use crate::app::scanners::{Recent, RecentWhat};
use crate::app::{App, PageState};
use crate::view::*;
use scan::learn::{Differs, Found, Wrong};
use scan::{Candidate, CandidateKind, Caps, DeviceState, ForeignScanner, FormName, Framing, Holder, Reason, Source, Suffix, UsbId};

/// Bytes of a spoiled code that are shown.
const RAW_BYTES_MAX: usize = 24;
/// Differences that are shown: more of them say that another keyboard country is set.
const WRONG_MAX: usize = 12;

pub(super) fn scanners(app: &App) -> ScannersView {
    let shown = matches!(app.page, PageState::Scanners | PageState::Learn | PageState::SetUpSheet);
    let basics = ScannersView { offered: app.has_no_scanner() && app.may_set_up_scanners(), has_printer: app.facts.has_printer, ..ScannersView::default() };
    if !shown {
        return basics;
    }
    let names = app.scanners.in_use.iter().flatten();
    ScannersView {
        scanners: names.map(|name| scanner_row(app, name)).collect(),
        recent: app.scanners.recent.iter().map(scan_row).collect(),
        raws: raws(app),
        may_set_up: app.may_set_up_scanners(),
        problem: app.scanners.problem.clone(),
        sheet: if app.page == PageState::SetUpSheet { app.set_up_sheet().lines } else { Vec::new() },
        ..basics
    }
}

pub(super) fn learn(app: &App) -> LearnView {
    if app.page != PageState::Learn {
        return LearnView::default();
    }
    let ears = app.learn.ears.iter().map(ear_row).chain(app.learn.foreign.iter().map(foreign_row)).collect();
    LearnView { stage: stage(&app.learn.stage), ears, name: app.learn.name.clone(), raws: raws(app) }
}

fn raws(app: &App) -> Vec<String> {
    app.scanners.raws.iter().map(|line| format!("{} {}", line.device, line.raw)).collect()
}

fn scanner_row(app: &App, name: &str) -> ScannerRow {
    let state = app.scanners.states.get(name);
    let counted = app.scanners.counters.get(name);
    ScannerRow {
        name: name.to_owned(),
        state: state.map_or_else(DeviceCondition::default, |(state, reason)| condition(*state, reason)),
        path: counted.and_then(|c| c.node.as_ref()).map(|node| node.display().to_string()).unwrap_or_default(),
        scans: counted.map_or(0, |c| c.scans),
        repeats: counted.map_or(0, |c| c.repeats),
        faults: counted.map_or(0, |c| c.faults.values().sum()),
        gap_ms: counted.and_then(|c| c.gap_p95_us).map(|us| us.div_ceil(1_000)),
        chars_per_s: counted.and_then(|c| c.chars_per_s),
    }
}

fn condition(state: DeviceState, reason: &Reason) -> DeviceCondition {
    match state {
        DeviceState::Absent => DeviceCondition::Absent,
        DeviceState::Lost => DeviceCondition::Lost,
        DeviceState::Live => DeviceCondition::Live,
        DeviceState::Opening => DeviceCondition::Opening { detail: open_failure(reason) },
        DeviceState::Busy => DeviceCondition::Busy { holders: holders(reason) },
        DeviceState::Denied => denied(reason),
    }
}

fn open_failure(reason: &Reason) -> String {
    match reason {
        Reason::OpenFailed { detail, .. } => detail.clone(),
        _ => String::new(),
    }
}

fn holders(reason: &Reason) -> String {
    let shown = |holder: &Holder| format!("{} ({})", holder.program, holder.pid);
    match reason {
        Reason::HeldBy(holders) => holders.iter().map(shown).collect::<Vec<_>>().join(", "),
        _ => String::new(),
    }
}

fn denied(reason: &Reason) -> DeviceCondition {
    match reason {
        Reason::PermissionMissing { path, group } => DeviceCondition::Denied { path: path.display().to_string(), group: group.clone().unwrap_or_default() },
        _ => DeviceCondition::Denied { path: String::new(), group: String::new() },
    }
}

fn scan_row(recent: &Recent) -> ScanRow {
    let row = ScanRow { at: time_of_day(recent.at_ms), scanner: recent.scanner.clone(), ..ScanRow::default() };
    match &recent.what {
        RecentWhat::Scan { text, characters, lasted_ms, aim, seems } => {
            let characters = u32::try_from(*characters).unwrap_or(u32::MAX);
            ScanRow { text: text.clone(), characters, lasted_ms: *lasted_ms, aim: aim.clone(), seems: seems.clone(), ..row }
        }
        RecentWhat::Repeat { text } => ScanRow { text: text.clone(), repeated: true, ..row },
        RecentWhat::Fault { kind, raw } => ScanRow { text: bytes(raw), fault: Some(*kind), ..row },
    }
}

/// What can be read of it, and the rest by its number.
fn bytes(raw: &[u8]) -> String {
    let shown = |byte: &u8| if byte.is_ascii_graphic() { char::from(*byte).to_string() } else { format!("<{byte:02X}>") };
    let cut = if raw.len() > RAW_BYTES_MAX { "…" } else { "" };
    raw.iter().take(RAW_BYTES_MAX).map(shown).collect::<String>() + cut
}

fn time_of_day(at_ms: i64) -> String {
    let whole = crate::app::show_time(at_ms);
    whole.rsplit(' ').next().unwrap_or_default().to_owned()
}

fn stage(stage: &Stage) -> LearnStage {
    match stage {
        Stage::Listening => LearnStage::Listening,
        Stage::Found(candidate, found) => LearnStage::Found(found_scanner(candidate, found)),
        Stage::Differs(candidate, differs) => LearnStage::Differs(wrong_scan(candidate, differs)),
        Stage::Spoiled(kind) => LearnStage::Spoiled(*kind),
    }
}

fn ear_row(ear: &Ear) -> EarRow {
    let deaf = ear.deaf.as_ref().map(|reason| match reason {
        Reason::PermissionMissing { .. } => denied(reason),
        Reason::HeldByOther | Reason::HeldBy(_) => DeviceCondition::Busy { holders: holders(reason) },
        other => DeviceCondition::Opening { detail: open_failure(other) },
    });
    EarRow { name: device_name(&ear.candidate), connection: connection(&ear.candidate.source, ear.candidate.kind), deaf }
}

fn foreign_row(scanner: &ForeignScanner) -> EarRow {
    EarRow { name: named(&scanner.name, Some(scanner.usb)), connection: Connection::Foreign, deaf: Some(DeviceCondition::Foreign) }
}

fn device_name(candidate: &Candidate) -> String {
    named(&candidate.name, candidate.usb)
}

/// `DS2208 (05e0:1200)`.
fn named(name: &str, usb: Option<UsbId>) -> String {
    let usb = usb.map(|usb| format!(" ({})", String::from(usb))).unwrap_or_default();
    format!("{}{usb}", name.trim())
}

fn connection(source: &Source, kind: CandidateKind) -> Connection {
    match (kind, source) {
        (CandidateKind::Keyboard, _) => Connection::Keyboard,
        (CandidateKind::Reports(FormName::Keyboard), _) => Connection::RawKeyboard,
        (CandidateKind::Reports(FormName::Pos), _) => Connection::PointOfSale,
        (CandidateKind::Reports(FormName::Symbol), _) => Connection::Reports,
        (CandidateKind::Line, Source::Tty { line, .. }) if line.framing == Framing::Ssi => Connection::Packets,
        (CandidateKind::Line, _) => Connection::Line,
    }
}

fn found_scanner(candidate: &Candidate, found: &Found) -> FoundScanner {
    let codes: Vec<&str> = found.layouts.iter().map(|layout| layout.code()).collect();
    let (first, others) = codes.split_first().map_or(("", &[][..]), |(first, others)| (*first, others));
    FoundScanner {
        device: device_name(candidate),
        connection: connection(&found.config.source, candidate.kind),
        baud: match found.config.source {
            Source::Tty { baud, .. } => Some(baud),
            _ => None,
        },
        layout: first.to_owned(),
        alike: others.join(", "),
        caps: match found.config.caps {
            Caps::Track => CapsLock::Off,
            Caps::Invert => CapsLock::On,
            Caps::Ignore => CapsLock::Ignored,
        },
        alt_codes: found.habits.alt_codes,
        suffix: found.config.suffix.iter().map(|suffix| suffix_name(*suffix)).collect::<Vec<_>>().join(" "),
        aim: found.habits.aim.map(|aim| aim.to_string()).unwrap_or_default(),
        lasted_ms: found.habits.lasted_us / 1_000,
    }
}

fn suffix_name(suffix: Suffix) -> &'static str {
    match suffix {
        Suffix::Cr => "CR",
        Suffix::Lf => "LF",
        Suffix::CrLf => "CR LF",
        Suffix::Tab => "TAB",
        Suffix::Etx => "ETX",
    }
}

fn wrong_scan(candidate: &Candidate, differs: &Differs) -> WrongScan {
    let sign = |side: Option<char>| side.map_or_else(|| "–".to_owned(), String::from);
    let shown = |wrong: &Wrong| format!("{} → {}", sign(wrong.wanted), sign(wrong.read));
    WrongScan {
        device: device_name(candidate),
        read: crate::app::scanned::shown(&differs.text),
        wrong: differs.wrong.iter().take(WRONG_MAX).map(shown).collect(),
        is_keyboard: differs.layout.is_some(),
    }
}
