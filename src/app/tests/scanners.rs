//! The scanners as devices: looked at, tried out, and set up.

use super::*;
use crate::view::{DeviceCondition, EnrolTrouble, FlashWhat, LearnStage, Page};
use scan::learn::{CODE, Differs, Found, Habits, Verdict, Wrong};
use scan::{Candidate, DeviceState, FaultKind, Heard, LearnEvent, Reason, ScanEvent, ScannerConfig};
use std::path::Path;

/// What was ordered since the last time of asking: attention, or the name of a scanner to keep.
fn ordered(till: &mut Till) -> Vec<String> {
    let named = |order| match order {
        ScannersOrder::Attend(attention) => format!("{attention:?}"),
        ScannersOrder::Keep(scanner) => format!("Keep {}", scanner.name),
        ScannersOrder::Answer(scanner, feedback) => format!("{scanner} {feedback:?}"),
    };
    std::mem::take(&mut till.orders).into_iter().map(named).collect()
}

/// A till with this person at it, and these scanners in use.
fn till_of(person: &str, scanners: &[&str]) -> Till {
    let mut till = Till::new();
    let names = scanners.iter().map(ToString::to_string).collect();
    till.input(Input::Scanners(ScannersNews::InUse { names, problem: String::new() }));
    if !person.is_empty() {
        till.play(&[(&format!("pick {person}"), "Login"), ("pin 1111", "OpenShift"), ("keys 100", "OpenShift"), ("open-shift", "Sale/None")]);
    }
    till
}

fn candidate() -> Candidate {
    Candidate::line(Path::new("/dev/ttyS7"))
}

fn hear(till: &mut Till, verdict: Verdict) {
    till.input(Input::Scanners(ScannersNews::Learning(LearnEvent::Heard(vec![Heard { candidate: candidate(), verdict }]))));
}

fn found() -> Verdict {
    let habits = Habits { alt_codes: false, aim: None, lasted_us: 20_000, gap_max_us: 1_000 };
    let config = ScannerConfig { suffix: vec![scan::Suffix::Cr], ..ScannerConfig::new("scanner", candidate().source) };
    Verdict::Found(Box::new(Found { config, layouts: Vec::new(), habits }))
}

fn differs() -> Verdict {
    let wrong = vec![Wrong { wanted: Some('_'), read: Some('?') }, Wrong { wanted: Some('#'), read: None }];
    Verdict::Differs(Differs { text: CODE.replace('_', "?").replace('#', ""), layout: None, wrong })
}

#[test]
fn a_code_that_is_tried_out_sells_nothing() {
    let mut till = till_of("ana", &["Counter"]);
    till.play(&[("scan CASE", "Sale/None 1"), ("scanners", "Scanners/None 1"), ("scan CASE", "Scanners/None 1"), ("scan A<GS>B", "Scanners/None 1")]);
    let view = till.app.view();
    let texts: Vec<&str> = view.scanners.recent.iter().map(|row| row.text.as_str()).collect();
    assert_eq!(texts, ["A<1D>B", "CASE", "CASE"]);
    assert_eq!(view.flash.map(|flash| flash.what), Some(FlashWhat::ScanRead));
    till.play(&[("fault", "Scanners/None !scan_fault"), ("ok", "Scanners/None")]);
    assert_eq!(till.app.view().scanners.recent[0].fault, Some(FaultKind::Lost));
    till.play(&[("back", "Sale/None 1 $10.00")]);
    let orders: Vec<String> = ordered(&mut till).into_iter().filter(|order| !order.starts_with("till ")).collect();
    assert_eq!(orders, ["Watching", "None"]);
}

/// A scanner that types as another country than it was set up for is what is wrong with a code, not the
/// code; and a code that is known all the same is taken.
#[test]
fn a_scanner_that_has_changed_is_told() {
    let mut till = till_of("ana", &["Counter"]);
    till.play(&[("other-country", "Sale/None !other_country 0"), ("ok", "Sale/None")]);
    till.play(&[("doubtful SN/7*2", "Sale/None !other_country 0"), ("ok", "Sale/None"), ("doubtful CASE", "Sale/None 1 $10.00")]);
    till.play(&[("scan NOPE", "Sale/None !unknown_code 1"), ("ok", "Sale/None 1"), ("scan PHONE", "Sale/Serials(Pixel 9 0/1)")]);
    till.play(&[
        ("doubtful A*1", "Sale/Serials(Pixel 9 0/1) !other_country"),
        ("ok", "Sale/Serials(Pixel 9 0/1)"),
        ("scan A*1", "Sale/Serials(Pixel 9 0/1) !serial_forbidden_character"),
        ("ok", "Sale/Serials(Pixel 9 0/1)"),
    ]);
    till.play(&[("back", "Sale/None"), ("scanners", "Scanners"), ("doubtful SN/7*2", "Scanners/None"), ("other-country", "Scanners/None !other_country")]);
    let view = till.app.view();
    let rows: Vec<(&str, &str)> = view.scanners.recent.iter().map(|row| (row.text.as_str(), row.seems.as_str())).collect();
    assert_eq!(rows[..2], [("SN/7", ""), ("SN/7*2", "de, at")]);
    let told = view.refusal.map(|notice| notice.to_string()).unwrap_or_default();
    assert!(told.contains("(de, at, ch, …)"), "{told}");
}

/// The scanner itself beeps for what became of its code: once, and for nothing else.
#[test]
fn every_code_is_answered_once() {
    let mut till = till_of("ana", &["Counter"]);
    let mut check = |line: &str, expected: &[&str]| {
        till.play(&[(line, "Sale")]);
        assert_eq!(ordered(&mut till), expected, "{line}");
    };
    check("scan CASE", &["till Accept"]);
    check("more 0", &[]);
    check("scan NOPE", &["till Refuse"]);
    check("scan CASE", &["till Refuse"]);
    check("ok", &[]);
    check("scan TWIN", &[]);
    check("choose 0", &[]);
    check("fault", &["till Refuse"]);
    check("ok", &[]);
    check("undo", &[]);
}

#[test]
fn what_is_remembered_has_a_limit() {
    let mut till = till_of("ana", &["Counter"]);
    till.play(&[("scanners", "Scanners")]);
    for n in 0..100 {
        till.play(&[(&format!("scan CODE-{n}"), "Scanners")]);
        let line = RawLine { device: "Counter".into(), raw: n.to_string() };
        till.input(Input::Scanners(ScannersNews::Raws(vec![line; 10])));
    }
    let view = till.app.view().scanners;
    assert_eq!((view.recent.len(), view.recent[0].text.as_str()), (20, "CODE-99"));
    assert_eq!((view.raws.len(), view.raws[39].as_str()), (40, "Counter 99"));
}

#[test]
fn how_each_scanner_is_doing() {
    let mut till = till_of("ana", &["Counter", "Ring"]);
    till.play(&[("scanners", "Scanners")]);
    let mut check = |state, reason, shown: DeviceCondition| {
        till.input(Input::Scan(ScanEvent::State { device: "Ring".into(), state, reason }));
        let view = till.app.view();
        assert_eq!(view.scanners.scanners.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["Counter", "Ring"]);
        assert_eq!(view.scanners.scanners[1].state, shown);
    };
    let held = vec![scan::Holder { pid: 7, program: "evtest".into() }];
    check(DeviceState::Live, Reason::Ready, DeviceCondition::Live);
    check(DeviceState::Lost, Reason::Unplugged, DeviceCondition::Lost);
    check(DeviceState::Busy, Reason::HeldBy(held), DeviceCondition::Busy { holders: "evtest (7)".into() });
    check(DeviceState::Busy, Reason::HeldByOther, DeviceCondition::Busy { holders: String::new() });
    let missing = Reason::PermissionMissing { path: "/dev/input/event3".into(), group: Some("input".into()) };
    check(DeviceState::Denied, missing, DeviceCondition::Denied { path: "/dev/input/event3".into(), group: "input".into() });
    check(DeviceState::Absent, Reason::Removed, DeviceCondition::Absent);
}

#[test]
fn who_may_set_up_a_scanner() {
    let check = |person: &str, scanners: &[&str], offered: bool, expected: &str| {
        let mut till = till_of(person, scanners);
        assert_eq!(till.app.view().scanners.offered, offered, "{person} {scanners:?}");
        till.play(&[("scanners", "Scanners")]);
        ordered(&mut till);
        till.play(&[("learn", expected)]);
        assert_eq!(ordered(&mut till).concat(), if expected == "Learn" { "Learning" } else { "" });
    };
    check("", &[], true, "Learn");
    check("", &["Counter"], false, "Scanners");
    check("ana", &[], false, "Scanners");
    check("sam", &[], true, "Learn");
    check("sam", &["Counter"], false, "Learn");
}

#[test]
fn a_scanner_is_found_named_and_kept() {
    let mut till = till_of("sam", &["ttyS7"]);
    till.play(&[("scanners", "Scanners"), ("learn", "Learn/None")]);
    till.input(Input::Scanners(ScannersNews::Learning(LearnEvent::Listening(candidate()))));
    let foreign = scan::ForeignScanner { name: "Scanner ".into(), usb: scan::UsbId { vendor: 0x05e0, product: 0x1300 }, node: "/dev/hidraw0".into() };
    till.input(Input::Scanners(ScannersNews::Foreign(vec![foreign])));
    let ears = till.app.view().learn.ears;
    assert_eq!((ears.len(), ears[1].name.as_str(), &ears[1].deaf), (2, "Scanner (05e0:1300)", &Some(DeviceCondition::Foreign)));
    till.input(Input::Scanners(ScannersNews::Foreign(Vec::new())));
    hear(&mut till, Verdict::NotThis);
    assert_eq!(till.app.view().learn.stage, LearnStage::Listening);
    hear(&mut till, found());
    let view = till.app.view();
    assert!(matches!(&view.learn.stage, LearnStage::Found(found) if found.suffix == "CR" && found.baud == Some(9600)), "{:?}", view.learn.stage);
    assert_eq!((view.learn.name.as_str(), view.learn.ears.len()), ("ttyS7 2", 1), "there is one of its name already");
    hear(&mut till, differs());
    assert!(matches!(till.app.view().learn.stage, LearnStage::Found(_)), "a second pull of the trigger changes nothing");
    till.play(&[("name  ", "Learn"), ("keep", "Learn"), ("name Counter ", "Learn"), ("keep", "Learn")]);
    assert_eq!(ordered(&mut till), ["Watching", "Learning", "Keep Counter"]);
    assert!(till.app.view().busy);
    till.input(Input::Scanners(ScannersNews::Kept { name: "Counter".into() }));
    assert_eq!((till.app.view().page, till.app.view().busy), (Page::Scanners, false));
    assert_eq!(ordered(&mut till), ["Watching"]);
}

#[test]
fn a_scanner_that_sends_something_else_is_told_about() {
    let mut till = till_of("sam", &[]);
    till.play(&[("scanners", "Scanners"), ("learn", "Learn")]);
    hear(&mut till, differs());
    let LearnStage::Differs(wrong) = till.app.view().learn.stage else { panic!("{:?}", till.app.view().learn) };
    assert_eq!(wrong.wrong, ["_ → ?", "# → –"]);
    hear(&mut till, Verdict::Spoiled(FaultKind::Lost));
    assert_eq!(till.app.view().learn.stage, LearnStage::Spoiled(FaultKind::Lost));
    hear(&mut till, found());
    till.play(&[("again", "Learn")]);
    assert_eq!(till.app.view().learn.stage, LearnStage::Listening);
}

#[test]
fn a_scanner_that_cannot_be_kept_is_still_there_to_try_again() {
    let mut till = till_of("sam", &[]);
    till.play(&[("scanners", "Scanners"), ("learn", "Learn")]);
    hear(&mut till, found());
    till.play(&[("keep", "Learn")]);
    till.input(Input::Scanners(ScannersNews::NotKept { reason: "the disk is full".into() }));
    till.play(&[("again", "Learn/None !storage_failed"), ("ok", "Learn/None"), ("keep", "Learn")]);
    assert_eq!(ordered(&mut till).last().map(String::as_str), Some("Keep ttyS7"));
}

/// Whichever way the page is left, the scanners are read again.
#[test]
fn nobody_listens_on_when_the_page_is_left() {
    for (line, page) in [("back", "Scanners"), ("sign-out", "Login"), ("sync", "Sync"), ("wait 301000", "Login")] {
        let mut till = till_of("sam", &[]);
        till.play(&[("scanners", "Scanners"), ("learn", "Learn"), (line, page)]);
        let after = if page == "Scanners" { "Watching" } else { "None" };
        assert_eq!(ordered(&mut till), ["Watching", "Learning", after], "{line}");
        hear(&mut till, found());
        assert_eq!(till.app.view().learn, crate::view::LearnView::default());
    }
}

#[test]
fn the_sheet_is_printed_with_the_code() {
    let mut till = till_of("ana", &["Counter"]);
    till.play(&[("sheet", "Sale"), ("scanners", "Scanners"), ("sheet", "SetUpSheet"), ("print-sheet", "SetUpSheet"), ("back", "Scanners")]);
    assert_eq!(till.slips, 1);
    assert_eq!(till.app.set_up_sheet().bars.expect("bars").text, CODE);
}

/// A box of no hub: its scanner is set up, it reads the hub's address and code, and then it is a till.
#[test]
fn a_box_that_belongs_to_no_hub_is_set_up_and_introduced() {
    let mut till = Till::unenrolled();
    till.input(Input::Scanners(ScannersNews::InUse { names: Vec::new(), problem: String::new() }));
    till.play(&[("sync", "Enrol"), ("enrol", "Enrol"), ("scanners", "Scanners"), ("back", "Enrol"), ("learn", "Learn"), ("back", "Enrol"), ("learn", "Learn")]);
    hear(&mut till, found());
    till.play(&[("name Counter", "Learn"), ("keep", "Learn")]);
    till.input(Input::Scanners(ScannersNews::InUse { names: vec!["Counter".into()], problem: String::new() }));
    till.input(Input::Scanners(ScannersNews::Kept { name: "Counter".into() }));
    till.play(&[("learn", "Learn"), ("back", "Scanners"), ("back", "Enrol")]);
    assert_eq!(till.enrolling, None, "nothing was typed yet");

    till.play(&[("scan http://hub.shop:7070", "Enrol"), ("scan ABCD-EFGH", "Enrol"), ("enrol", "Enrol")]);
    assert_eq!(till.enrolling.take(), Some(("http://hub.shop:7070".to_owned(), "ABCD-EFGH".to_owned())));
    till.play(&[("enrol", "Enrol"), ("scan LATE", "Enrol/None !scan_not_expected"), ("ok", "Enrol")]);
    assert_eq!(till.enrolling, None, "one is under way");
    till.input(Input::Enrolled(Err(EnrolTrouble::CodeRefused)));
    assert_eq!(till.app.view().enrol.trouble, EnrolTrouble::CodeRefused);

    till.play(&[("address hub.shop", "Enrol"), ("code IJKL-MNOP", "Enrol"), ("enrol", "Enrol")]);
    assert_eq!(till.enrolling.take(), Some(("http://hub.shop:7070".to_owned(), "IJKL-MNOP".to_owned())));
    assert!(!till.app.view().header.enrolled);
    till.input(Input::Tick);
    till.input(Input::Enrolled(Ok(Till::facts_of_t1())));
    till.play(&[("pick ana", "Login"), ("pin 1111", "OpenShift")]);
    let view = till.app.view();
    assert!(view.header.enrolled && view.enrol == crate::view::EnrolView::default());
    assert_eq!((view.header.terminal.as_str(), view.header.scanner_name.as_str()), ("Till 1", ""));
    till.play(&[("scanners", "Scanners")]);
    assert_eq!(till.app.view().scanners.scanners.len(), 1, "its scanners are still there");
}
