//! What stands around and in a text, and the published examples of GS1.
#![allow(clippy::unwrap_used)]

mod support;

use std::fs;

use scan::{AimId, Form, Outcome, Pipeline, Raw, Scan, ScannerConfig, Symbology};
use support::data;
use support::rig::{Rig, texts_and_faults};

/// A line with these settings hears this text and an Enter: the text of the scan or the fault.
#[track_caller]
fn check(settings: &str, sent: &str, expected: &str) {
    let out = heard(settings, sent);
    let shown = match &out[..] {
        [Outcome::Scan(scan)] => scan.text.clone(),
        [Outcome::Fault(fault)] => {
            assert_eq!(fault.raw, sent.as_bytes(), "the whole of it is kept for people to look at");
            format!("fault {}", fault.kind.code())
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(shown, expected, "{settings}");
}

#[test]
fn prefix_and_postfix_are_taken_off_and_missed() {
    check("prefix = 'B'", "BSN-1", "SN-1");
    check("prefix = 'B'", "SN-1", "fault affix");
    check("prefix = 'B'", "B", "fault affix");
    check("prefix = 'B'\npostfix = 'C'", "BSN-1C", "SN-1");
    check("prefix = 'B'\npostfix = 'C'", "BSN-1", "fault affix");
    check("prefix = 'AB'\npostfix = 'BC'", "ABC", "fault affix");
}

#[test]
fn aim_identifiers() {
    check("", "]C1SN-1", "]C1SN-1");
    check("aim = 'optional'", "]C0SN-1", "SN-1");
    check("aim = 'optional'", "SN-1", "SN-1");
    check("aim = 'optional'", "]yy", "]yy");
    check("aim = 'required'", "]C0SN-1", "SN-1");
    check("aim = 'required'", "SN-1", "fault no_aim");
    check("aim = 'required'", "]C0", "fault affix");
    check("prefix = 'B'\naim = 'required'", "B]C0SN-1", "SN-1");
    check("aim = 'required'", "]C0]C0SN", "]C0SN");
    let scan = scanned("aim = 'required'", "]d1SN-1");
    assert_eq!((scan.aim, scan.symbology), (Some(AimId { letter: 'd', modifier: '1' }), Some(Symbology::DataMatrix)));
}

#[test]
fn code_identifiers_of_makers() {
    check("code_id = 'honeywell'", "jSN-1", "SN-1");
    assert_eq!(scanned("code_id = 'honeywell'", "jSN-1").symbology, Some(Symbology::Code128));
    assert_eq!(scanned("code_id = 'honeywell'", "!SN-1").symbology, None);
    check("code_id = 'honeywell'", "j", "fault affix");
}

#[test]
fn kinds_and_lengths_are_filtered() {
    check("aim = 'required'\nsymbologies = ['code128', 'qr']", "]C0SN-1", "SN-1");
    check("aim = 'required'\nsymbologies = ['code128', 'qr']", "]A0SN-1", "fault symbology");
    check("symbologies = ['code128']", "SN-1", "fault symbology");
    check("min_len = 4\nmax_len = 5", "SN-1", "SN-1");
    check("min_len = 4\nmax_len = 5", "SN-12", "SN-12");
    check("min_len = 4\nmax_len = 5", "SN1", "fault length");
    check("min_len = 4\nmax_len = 5", "SN-123", "fault length");
    check("prefix = 'BBB'\nmax_len = 2", "BBBSN", "SN");
}

#[test]
fn gs1_is_told_by_evidence_alone() {
    let gs1 = |settings: &str, sent: &str| scanned(settings, sent).gs1.map(|gs1| (gs1.gtin().map(str::to_owned), gs1.serial().map(str::to_owned)));
    let both = Some((Some("12312312312333".to_owned()), Some("ABC".to_owned())));
    let sent = "011231231231233321ABC";
    assert_eq!(gs1("aim = 'required'", &format!("]C1{sent}")), both);
    assert_eq!(gs1("", &format!("{sent}\u{1d}10X")), both);
    assert_eq!(gs1("", &format!("\u{1d}{sent}")), both);
    assert_eq!(gs1("", sent), None);
    assert_eq!(gs1("", "(01)12312312312333(21)ABC"), None);
    assert_eq!(gs1("", "AB\u{1d}C"), None);
    assert_eq!(gs1("aim = 'required'\ngs1 = 'off'", &format!("]C1{sent}")), None);
    check("aim = 'required'", &format!("]C1{sent}"), sent);
    check("aim = 'required'", "]C10112312312312334", "fault gs1");
    check("aim = 'required'", "]E02112345678901", "fault gs1");
    check("aim = 'required'\ngs1 = 'off'", "]E02112345678901", "2112345678901");
}

#[test]
fn messages_are_looked_into() {
    let sent = "[)>\u{1e}06\u{1d}1PABC\u{1d}SSN-1\u{1e}\u{4}";
    check("", sent, sent);
    assert_eq!(scanned("", sent).envelope.unwrap().serial(), Some("SN-1"));
    assert_eq!(scanned("envelope = 'off'", sent).envelope, None);
    check("", "[)>\u{1e}06\u{1d}SSN-1", "fault envelope");
    let of_gs1 = "[)>\u{1e}05\u{1d}011231231231233321ABC\u{1e}\u{4}";
    assert_eq!(scanned("", of_gs1).gs1.unwrap().serial(), Some("ABC"));
}

#[test]
fn rules_sort_texts() {
    const RULES: &str = r#"
        aim = "optional"
        [[rule]]
        kind = "unit"
        when = { gs1 = true }
        set = { sku = "01", serial = "21" }
        [[rule]]
        kind = "command"
        when = { regex = '^%POS%(?<word>[A-Z]+)$' }
        set = { word = "$word", all = "<$0>" }
        [[rule]]
        kind = "serial"
        when = { regex = '^[A-Za-z0-9_\-()#/]{1,64}$', symbologies = ["code128"] }
    "#;
    let sorted = |sent: &str| {
        let sorted = scanned(RULES, sent).sorted.unwrap();
        let parts: String = sorted.parts.iter().map(|(name, part)| format!(" {name}={part}")).collect();
        format!("{}{parts}", sorted.kind)
    };
    assert_eq!(sorted("]C1011231231231233321ABC"), "unit serial=ABC sku=12312312312333");
    assert_eq!(sorted("%POS%PAY"), "command all=<%POS%PAY> word=PAY");
    assert_eq!(sorted("]C0SN-1"), "serial");
    check(RULES, "]C0SN-1", "SN-1");
    check(RULES, "SN-1", "fault unmatched");
    check(RULES, "]C1011231231231233310ABC", "fault unmatched");
    check(RULES, "]C0SN 1", "fault unmatched");
}

#[test]
fn rules_that_can_never_work_are_refused() {
    let refused = |rule: &str| config(rule).unwrap_err();
    assert!(refused("[[rule]]\nkind = 'a'\nwhen = { regex = '(' }").contains("\"(\" is not a regular expression"));
    assert!(refused("[[rule]]\nkind = 'a'\nwhen = { regex = '(.)' }\nset = { x = '$2' }").contains("sets \"x\" to nothing"));
    assert!(refused("[[rule]]\nkind = 'a'\nwhen = { regex = '(?<b>.)' }\nset = { x = '${c}' }").contains("sets \"x\" to nothing"));
    assert!(refused("[[rule]]\nkind = 'a'\nset = { x = '21' }").contains("sets \"x\" to nothing"));
    assert!(refused("[[rule]]\nkind = 'a'\nwhen = { gs1 = true }\nset = { x = '$1' }").contains("sets \"x\" to nothing"));
    assert!(config("[[rule]]\nkind = 'a'\nwhen = { regex = '(?<b>.)(.)' }\nset = { x = '${b}$2' }").is_ok());
    assert!(refused("min_len = 0").contains("min_len = 0 is outside"));
    assert!(refused("min_len = 5\nmax_len = 4").contains("max_len = 4 is outside 5"));
    let written = scan::config::to_toml(&[config("[[rule]]\nkind = 'a'\nwhen = { gs1 = true }\nset = { x = '21' }").unwrap()]).unwrap();
    let table: toml::Table = toml::from_str(&written).unwrap();
    assert_eq!(table["scanner"][0]["rule"][0]["when"]["gs1"].as_bool(), Some(true));
}

/// GS1's own examples: what its engine takes is taken apart into the same element strings, and what
/// it refuses is a fault. Left out: composites that carry two codes in one text, addresses, and
/// lengths of retail codes, which scanners are set to change.
#[test]
fn the_published_scans_of_gs1_are_read_as_there() {
    let Some(file) = data::file("gs1/gs1-engine-scandata.json") else { return };
    let file = fs::read_to_string(&file).unwrap();
    let file: serde_json::Value = serde_json::from_str(&file).unwrap();
    let mut compared = 0;
    for vector in file["process"].as_array().unwrap() {
        let sent = vector["scan"].as_str().unwrap();
        let Some((aim, inner)) = AimId::split(sent) else { continue };
        if sent.contains('|') || sent.to_lowercase().contains("://") || inner.is_empty() || (aim.letter == 'E' && !matches!(inner.len(), 8 | 13)) {
            continue;
        }
        compared += 1;
        let out = heard("aim = 'required'", sent);
        if vector["ok"] == false {
            assert_eq!(texts_and_faults(&out), (vec![], 1), "{sent:?}");
            continue;
        }
        let [Outcome::Scan(scan)] = &out[..] else { panic!("{sent:?}: {out:?}") };
        assert_eq!(scan.text, inner);
        let expected = vector["data"].as_str().unwrap();
        assert_eq!(scan.gs1.is_some(), expected.starts_with('^'), "{sent:?}");
        if let Some(gs1) = &scan.gs1 {
            let joined: String = gs1.elements().iter().map(|element| format!("{}{}", element.identifier, element.value)).collect();
            assert_eq!(joined, expected.replace('^', ""), "{sent:?}");
        }
    }
    assert!(compared >= 25, "{compared} of the examples were compared");
}

#[test]
fn the_published_element_strings_are_read_as_there() {
    let Some(file) = data::file("gs1/gs1-engine-ai.json") else { return };
    let file = fs::read_to_string(&file).unwrap();
    let file: serde_json::Value = serde_json::from_str(&file).unwrap();
    let outs = file["vectors"].as_array().unwrap().iter().filter(|vector| vector["ok"] == true);
    for vector in outs {
        let text = vector["out"].as_str().unwrap().replacen('^', "", 1).replace('^', "\u{1d}");
        let elements = scan::Gs1::parse(&text).unwrap_or_else(|| panic!("{text:?}"));
        let bracketed: String = elements.elements().iter().map(|one| format!("({}){}", one.identifier, one.value)).collect();
        assert_eq!(bracketed, vector["in"].as_str().unwrap().replace("\\(", "("));
    }
}

/// A message of six reports, as a real scanner tells of itself, and one that it was asked to.
#[test]
fn a_message_in_many_reports_is_one_text() {
    let Some(file) = data::file("hid-pos/honeywell-voyager1602g-revinf.json") else { return };
    let file = fs::read_to_string(&file).unwrap();
    let file: serde_json::Value = serde_json::from_str(&file).unwrap();
    let reports: Vec<Vec<u8>> = serde_json::from_value(file["reports"].clone()).unwrap();
    let (texts, faults) = (pos(&reports), pos(&reports[..5]));
    let [Outcome::Scan(scan), Outcome::Scan(answer)] = &texts[..] else { panic!("{texts:?}") };
    assert!(scan.text.starts_with("Product Name: Voyager 1602g\r\nBoot Revision: "), "{:?}", scan.text);
    assert_eq!(scan.aim, Some(AimId { letter: 'X', modifier: '0' }));
    assert_eq!(answer.aim, Some(AimId { letter: 'Z', modifier: '6' }));
    assert!(matches!(&faults[..], [Outcome::Fault(fault)] if fault.kind.code() == "lost"), "{faults:?}");
}

/// Its descriptor names the scanner's page and no more.
fn pos(reports: &[Vec<u8>]) -> Vec<Outcome> {
    let form = Form::of(&[0x05, 0x8c, 0x09, 0x02, 0xa1, 0x01, 0xc0], None).unwrap();
    let mut rig = Rig::new(&config("").unwrap());
    rig.pipeline.speaks(&form);
    for report in reports {
        rig.pass(4000);
        let raw = Raw::Report { empty_us: rig.now_us, t_us: rig.now_us, bytes: report.clone() };
        rig.pipeline.take(&raw, &mut rig.out);
    }
    rig.finish()
}

fn heard(settings: &str, sent: &str) -> Vec<Outcome> {
    let mut pipeline = Pipeline::new(&config(settings).unwrap());
    let mut out = Vec::new();
    pipeline.bytes(sent.as_bytes(), 1_000_000, 1_000_000, &mut out);
    pipeline.bytes(b"\r", 1_001_000, 1_001_000, &mut out);
    out
}

fn scanned(settings: &str, sent: &str) -> Scan {
    match &heard(settings, sent)[..] {
        [Outcome::Scan(scan)] => scan.clone(),
        other => panic!("{other:?}"),
    }
}

fn config(settings: &str) -> Result<ScannerConfig, String> {
    let config: ScannerConfig =
        toml::from_str(&format!("name = 'line'\nsource = {{ tty = {{ path = '/dev/a' }} }}\n{settings}")).map_err(|fault| fault.to_string())?;
    config.check().map_err(|fault| fault.to_string())?;
    Ok(config)
}
