//! Tables and examples that others have published, where they are at hand: what was written down here
//! from the standards agrees with them.
#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::path::Path;

use scan::{AimId, Form, FormName, Framing, LayoutName, Line, Outcome, Pipeline, Raw, ScannerConfig, Source, Symbology, UsbId};
use serde_json::Value;
use support::data;
use support::rig::{Rig, keyboard, texts_and_faults};
use support::us::key_in;

/// What a scanner of the US turns into under each country, as reckoned from the keyboard data.
#[test]
fn a_wrong_country_gives_the_texts_that_were_reckoned() {
    let Some(file) = data::file("keymaps/_charset-mismatch.json") else { return };
    for row in json(&file).as_array().unwrap() {
        let name = row["layout"].as_str().unwrap().replace('(', "_").replace(')', "");
        let layout = LayoutName::ALL.into_iter().find(|layout| layout.code() == name).unwrap();
        let mut wrong: Vec<String> = serials_letters().filter_map(|typed| wrong_in(layout, typed)).collect();
        let mut expected: Vec<String> =
            row["us_scanner_read_with_this_layout_wrong"].as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect();
        wrong.sort();
        expected.sort();
        // Dead keys and keys without a letter are told in another way there.
        expected.retain(|one| one.chars().count() == 4);
        assert_eq!(wrong, expected, "{name}");
    }
}

#[test]
fn every_published_aim_letter_is_known() {
    let Some(file) = data::file("aim/aim-identifiers.json") else { return };
    let table = json(&file);
    for (letter, what) in table["codes"].as_object().unwrap() {
        let text = format!("]{letter}0x");
        let (aim, rest) = AimId::split(&text).unwrap_or_else(|| panic!("{text}: {what}"));
        assert_eq!((aim.to_string(), rest), (format!("]{letter}0"), "x"));
    }
    for aim in table["gs1_element_string"].as_array().unwrap() {
        let out = line("name = 'a'\nsource = { tty = { path = '/dev/a' } }\naim = 'required'", format!("{}21AB\r", aim.as_str().unwrap()).as_bytes());
        assert!(matches!(&out[..], [Outcome::Scan(scan)] if scan.gs1.as_ref().and_then(|gs1| gs1.serial()) == Some("AB")), "{aim}: {out:?}");
    }
}

#[test]
fn honeywells_letters_mean_what_is_published() {
    let Some(file) = data::file("aim/aim-identifiers.json") else { return };
    let known = [
        ("code39", Symbology::Code39),
        ("code93", Symbology::Code93),
        ("code11", Symbology::Code11),
        ("code128", Symbology::Code128),
        ("gs1-128", Symbology::Gs1Code128),
        ("codabar", Symbology::Codabar),
        ("itf", Symbology::Interleaved2Of5),
        ("msi", Symbology::Msi),
        ("telepen", Symbology::Telepen),
        ("ean13", Symbology::Ean13),
        ("ean8", Symbology::Ean8),
        ("upca", Symbology::UpcA),
        ("upce", Symbology::UpcE),
        ("databar-omni", Symbology::DataBar),
        ("databar-limited", Symbology::DataBar),
        ("databar-expanded", Symbology::DataBar),
        ("pdf417", Symbology::Pdf417),
        ("datamatrix", Symbology::DataMatrix),
        ("qr", Symbology::Qr),
        ("aztec", Symbology::Aztec),
        ("maxicode", Symbology::MaxiCode),
        ("han-xin", Symbology::HanXin),
    ];
    for (id, name) in json(&file)["honeywell_code_id"].as_object().unwrap() {
        let letter = char::from(u8::from_str_radix(id, 16).unwrap());
        let out = line("name = 'a'\nsource = { tty = { path = '/dev/a' } }\ncode_id = 'honeywell'\ngs1 = 'off'", format!("{letter}SN-1\r").as_bytes());
        let [Outcome::Scan(scan)] = &out[..] else { panic!("{letter}: {out:?}") };
        let expected = known.iter().find(|(published, _)| *published == name.as_str().unwrap()).map(|(_, kind)| *kind);
        assert_eq!((scan.text.as_str(), scan.symbology), ("SN-1", expected), "{letter} {name}");
    }
}

/// Packets with right and wrong sums, in pieces, and a message of three.
#[test]
fn the_published_packets_are_read() {
    let Some(file) = data::file("ssi/ssi-vectors.json") else { return };
    let vectors = json(&file);
    let answer = |packet: &[u8]| {
        let mut pipeline = Pipeline::new(&ssi());
        pipeline.take(&Raw::Bytes { empty_us: 1_000_000, t_us: 1_000_000, bytes: packet.to_vec() }, &mut Vec::new());
        pipeline.take_answers()
    };
    let acknowledged = hex(vectors["host_frames_hex"]["ACK"].as_str().unwrap());
    for packet in strings(&vectors["checksum_ok_hex"]).chain(strings(&vectors["rsm_hex"])).chain(strings(&vectors["param_send_hex"])) {
        assert_eq!(answer(&hex(packet)), acknowledged, "{packet}");
    }
    for packet in strings(&vectors["checksum_bad_hex"]) {
        assert_eq!(answer(&hex(packet))[1], 0xd1, "{packet}");
    }
    let data = vectors["decode_data"].as_array().unwrap();
    assert_eq!(packets(&[bare(data[0]["payload_hex"].as_str().unwrap())]), [data[0]["text"].as_str().unwrap()]);
    let parts: Vec<Vec<u8>> = strings(&data[1]["fragments_hex"]).map(bare).collect();
    assert_eq!(packets(&parts), [data[1]["text"].as_str().unwrap()]);
    assert_eq!(packets(&[hex(data[2]["frame_hex"].as_str().unwrap())]), Vec::<String>::new(), "no read is no scan");
}

#[test]
fn the_published_message_in_many_packets_is_read() {
    let Some(file) = data::file("ssi/ssi-vectors.json") else { return };
    let message = &json(&file)["multipacket_0x73"];
    let part = |number: usize| {
        let (head, tail) = (format!("packet{number}_head_hex"), format!("packet{number}_tail_hex"));
        let (head, tail) = (hex(message[&head].as_str().unwrap()), hex(message[&tail].as_str().unwrap()));
        let length = message["lengths"][number - 1].as_u64().unwrap() as usize;
        let fill = u8::from_str_radix(message["fill"].as_str().unwrap(), 16).unwrap();
        [head.clone(), vec![fill; length - head.len() - tail.len()], tail].concat()
    };
    assert_eq!(packets(&[part(1), part(2), part(3)]), ["Z".repeat(500)]);
    assert_eq!(packets(&[part(1), part(2), part(2), part(3)]), ["Z".repeat(500)], "one was sent again");
    assert_eq!(packets(&[part(1), part(3)]), Vec::<String>::new(), "one is missing");
}

/// The names that the usage tables give to the parts of a scanner's report.
#[test]
fn parts_of_reports_are_found_by_their_published_names() {
    let Some(file) = data::file("hid-pos/hid-usage-pages.json") else { return };
    let pages = json(&file);
    let usage = |wanted: &str| {
        let usages = pages["pages"]["0x8c"]["usages"].as_object().unwrap();
        let number = usages.iter().find(|(_, name)| *name == wanted).unwrap_or_else(|| panic!("no {wanted}")).0;
        u8::from_str_radix(number.trim_start_matches("0x"), 16).unwrap()
    };
    let aim = ["Symbology Identifier 1", "Symbology Identifier 2", "Symbology Identifier 3"].map(usage);
    let descriptor = [
        &[0x05, 0x8c, 0x09, usage("Barcode Scanner"), 0xa1, 0x01, 0x85, 0x07, 0x09, usage("Scanned Data Report"), 0xa1, 0x02][..],
        &[0x75, 0x08, 0x95, 0x01, 0x81, 0x03, 0x95, 0x03, 0x09, aim[0], 0x09, aim[1], 0x09, aim[2], 0x81, 0x02],
        &[0x95, 0x05, 0x09, usage("Decoded Data"), 0x82, 0x02, 0x01, 0x75, 0x01, 0x95, 0x01, 0x09, usage("Decode Data Continued"), 0x81, 0x02, 0xc0, 0xc0],
    ]
    .concat();
    let form = Form::of(&descriptor, None).unwrap();
    assert_eq!(form.name(), FormName::Pos);
    let mut rig = Rig::new(&keyboard());
    rig.pipeline.speaks(&form);
    for report in [b"\x07\x05]C0SN-20\x01", b"\x07\x02]C026\0\0\0\0"] {
        rig.pass(1000);
        rig.pipeline.take(&Raw::Report { empty_us: rig.now_us, t_us: rig.now_us, bytes: report.to_vec() }, &mut rig.out);
    }
    let out = rig.finish();
    assert_eq!(texts_and_faults(&out), (vec!["SN-2026"], 0), "{out:?}");
}

/// Numbers of real devices are numbers of configurations.
#[test]
fn numbers_of_real_scanners_can_be_written_down() {
    let Some(file) = data::file("device-names/real-names.tsv") else { return };
    let names = fs::read_to_string(&file).unwrap();
    let ids: Vec<&str> = names
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split('\t').nth(1))
        .filter(|id| id.contains(':') && !id.contains('*'))
        .collect();
    assert!(ids.len() >= 15, "the table moved");
    for id in ids {
        let parsed = UsbId::try_from(id.to_owned()).unwrap();
        assert_eq!(String::from(parsed), id.to_lowercase());
    }
}

fn wrong_in(layout: LayoutName, typed: char) -> Option<String> {
    let (key, shift, _) = key_in(LayoutName::Us, typed)?;
    let read = layout.layout().char_of(key, shift, false)?;
    (read != typed).then(|| format!("{typed}->{read}"))
}

fn serials_letters() -> impl Iterator<Item = char> {
    ('!'..='~').filter(|read| read.is_ascii_alphanumeric() || "_-()#/".contains(*read))
}

fn line(config: &str, bytes: &[u8]) -> Vec<Outcome> {
    let mut out = Vec::new();
    Pipeline::new(&toml::from_str(config).unwrap()).bytes(bytes, 1_000_000, 1_000_000, &mut out);
    out
}

fn ssi() -> ScannerConfig {
    let line = Line { framing: Framing::Ssi, ..Line::default() };
    ScannerConfig::new("packets", Source::Tty { path: "/dev/a".into(), baud: 9600, line })
}

/// The texts of these packets, each of which arrives in two pieces.
fn packets(packets: &[Vec<u8>]) -> Vec<String> {
    let mut rig = Rig::new(&ssi());
    for packet in packets {
        let (head, tail) = packet.split_at(packet.len() / 2);
        for bytes in [head, tail] {
            rig.pass(5000);
            let raw = Raw::Bytes { empty_us: rig.now_us, t_us: rig.now_us, bytes: bytes.to_vec() };
            rig.pipeline.take(&raw, &mut rig.out);
        }
    }
    let out = rig.finish();
    texts_and_faults(&out).0.into_iter().map(str::to_owned).collect()
}

/// A packet around `code source status ...`, which is published without length and sum.
fn bare(payload: &str) -> Vec<u8> {
    let payload = hex(payload);
    let mut packet = vec![payload.len() as u8 + 1];
    packet.extend(payload);
    let sum = packet.iter().fold(0u16, |sum, byte| sum.wrapping_sub(u16::from(*byte)));
    packet.extend(sum.to_be_bytes());
    packet
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn strings(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap())
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}
