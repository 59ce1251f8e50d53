//! Keyboards read through raw reports: what is seen of damage, and what cannot be.

mod support;

use proptest::prelude::*;
use scan::{KeyCode, LayoutName, Outcome, Raw, ScannerConfig};
use support::chance::tries;
use support::rig::{Rig, boot_keyboard, keyboard, texts_and_faults};
use support::us::{key_of, usage_of};

const REPORT_US: u64 = 1000;

proptest! {
    #![proptest_config(tries(500))]

    #[test]
    fn any_serial_arrives(text in r"[A-Za-z0-9_\-()#/]{1,64}", releases: bool) {
        let out = play(&config(), &reports(&text, releases), |_| {});
        prop_assert_eq!(texts_and_faults(&out), (vec![text.as_str()], 0));
    }

    /// The queue was full: whatever came before and after, the code is void.
    #[test]
    fn an_overflow_is_a_fault(text in r"[A-Za-z0-9_\-()#/]{1,64}", at: prop::sample::Index, lost in 0usize..40) {
        let reports = reports(&text, true);
        let enter = reports.len() - 2;
        let at = 1 + at.index(enter);
        let kept = [&reports[..at], &reports[(at + lost).min(enter).max(at)..]].concat();
        let out = play(&config(), &kept, |rig| {
            if rig.now_us == time_of(at - 1) {
                rig.pipeline.take(&Raw::Overflow { t_us: rig.now_us }, &mut rig.out);
            }
        });
        let (texts, faults) = texts_and_faults(&out);
        prop_assert!(texts.is_empty() && faults >= 1, "{:?}", out);
    }

    /// A report twice is an equal character or none: nobody knows.
    #[test]
    fn a_report_that_comes_twice_is_a_fault_or_nothing(text in r"[A-Za-z0-9_\-()#/]{1,64}", at: prop::sample::Index) {
        let mut reports = reports(&text, true);
        let at = at.index(reports.len());
        reports.insert(at, reports[at]);
        let out = play(&config(), &reports, |_| {});
        let (texts, _) = texts_and_faults(&out);
        prop_assert!(texts.iter().all(|read| *read == text), "{:?}", out);
    }

    #[test]
    fn a_code_that_is_cut_is_a_fault(text in r"[A-Za-z0-9_\-()#/]{2,64}", at: prop::sample::Index, unplugged: bool) {
        let reports = reports(&text, true);
        let whole = reports.len() - 2;
        let at = 1 + at.index(whole - 1);
        let out = play(&config(), &reports[..at], |rig| {
            if unplugged && rig.now_us == time_of(at - 1) {
                rig.unplug();
            }
        });
        prop_assert_eq!(texts_and_faults(&out), (vec![], if unplugged { out.len() } else { 1 }), "{:?}", out);
    }
}

/// One press that vanishes before the kernel leaves no trace in raw reports, where the evdev way has
/// a release without press. This is the limit of that way, and why it is the second choice: what
/// shows the loss is a length, a prefix where the first key vanished, or a check digit in the code.
#[test]
fn losses_that_leave_no_trace_are_shown_by_the_length() {
    let text = "SN-2024(07)#A/B_0042XyZ";
    let reports = reports(text, true);
    let lose = |config: &ScannerConfig| {
        let mut others = 0;
        for at in 0..reports.len() - 2 {
            let kept = [&reports[..at], &reports[at + 1..]].concat();
            let out = play(config, &kept, |_| {});
            let (texts, faults) = texts_and_faults(&out);
            assert_eq!(texts.len() + faults, 1, "one code, one outcome");
            others += texts.iter().filter(|read| **read != text).count();
        }
        others
    };
    let length = text.chars().count();
    let unchecked = lose(&config());
    println!("of {} single losses {unchecked} gave another text, and none with a fixed length", reports.len() - 2);
    assert_eq!(unchecked, length, "every lost press is a lost character, and no lost release is");
    assert_eq!(lose(&ScannerConfig { min_len: length, max_len: Some(length), ..config() }), 0);
}

/// A scanner that types as another country is told by its raw reports as by its keys.
#[test]
fn another_country_is_told() {
    let read_as = |layout, text: &str| {
        let out = play(&ScannerConfig { layout, ..config() }, &reports(text, true), |_| {});
        match &out[..] {
            [Outcome::Scan(scan)] => scan.text.clone(),
            [Outcome::Fault(fault)] => format!("{} {}", fault.kind.code(), fault.seems.contains(&LayoutName::Us)),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(read_as(LayoutName::Us, "4006381333931"), "4006381333931");
    assert_eq!(read_as(LayoutName::De, "4006381333931"), "4006381333931");
    assert_eq!(read_as(LayoutName::Fr, "4006381333931"), "country true");
}

fn config() -> ScannerConfig {
    ScannerConfig { same_ms: 0, ..keyboard() }
}

fn time_of(at: usize) -> u64 {
    1_000_000 + (at as u64 + 1) * REPORT_US
}

fn play(config: &ScannerConfig, reports: &[[u8; 8]], mut after: impl FnMut(&mut Rig)) -> Vec<Outcome> {
    let mut rig = Rig::new(config);
    rig.pipeline.speaks(&boot_keyboard());
    for report in reports {
        rig.pass(REPORT_US);
        let raw = Raw::Report { empty_us: rig.now_us, t_us: rig.now_us, bytes: report.to_vec() };
        rig.pipeline.take(&raw, &mut rig.out);
        after(&mut rig);
    }
    rig.finish()
}

/// A report for each key and, unless the next key is another, one with none.
fn reports(text: &str, releases: bool) -> Vec<[u8; 8]> {
    let mut reports: Vec<[u8; 8]> = Vec::new();
    let keys = text.chars().map(key_of).chain([(KeyCode::KEY_ENTER, false)]);
    for (key, shift) in keys {
        let usage = usage_of(key);
        if !releases && reports.last().is_some_and(|last| last[2] == usage) {
            reports.push([0; 8]);
        }
        reports.push([if shift { 2 } else { 0 }, 0, usage, 0, 0, 0, 0, 0]);
        if releases {
            reports.push([0; 8]);
        }
    }
    if !releases {
        reports.push([0; 8]);
    }
    reports
}
