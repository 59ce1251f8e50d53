//! What the doctor says of a box that is well, and of one where something is wrong.

use crate::support::{Fake, Shop, Till};
use serde_json::Value;
use std::fs;

/// What is said of one part, in order: each a health and words.
fn findings(shop: &Shop, part: &str) -> Vec<(String, String)> {
    let output = shop.output(&["doctor", "--json"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"));
    let fit = report["health"] != "mend";
    assert_eq!(output.status.code(), Some(if fit { 0 } else { 1 }), "{report}");
    let all = report["findings"].as_array().unwrap().iter();
    let word = |finding: &Value, field: &str| finding[field].as_str().unwrap().to_owned();
    all.filter(|finding| finding["part"] == part)
        .map(|finding| (word(finding, "health"), format!("{} {}", word(finding, "sentence"), word(finding, "what_to_do"))))
        .collect()
}

/// The last finding of a part has this health and says all of the words.
#[track_caller]
fn check(shop: &Shop, part: &str, health: &str, words: &[&str]) {
    let found = findings(shop, part);
    let (is, said) = found.last().unwrap_or_else(|| panic!("nothing is said of {part}"));
    assert_eq!(is, health, "{said}");
    words.iter().for_each(|word| assert!(said.contains(word), "{word:?} is missing in {said:?}"));
}

#[test]
fn a_terminal_that_is_well() {
    let shop = Shop::open();
    let (_hub, _scanner) = (shop.hub(), shop.scanner());
    for (part, words) in [
        ("configuration", &["terminal.toml is good"][..]),
        ("enrolment", &["Till 1"]),
        ("data", &["belongs to"]),
        ("hub", &["answers at"]),
        ("clock", &["agrees with the hub's"]),
        ("fonts", &["English", "简体中文", "Bahasa Indonesia", "ไทย", "Tiếng Việt"]),
        ("scanner", &["till: The scanner is ready"]),
        ("printer", &["No printer is configured"]),
    ] {
        check(&shop, part, "ok", words);
    }
    let said = findings(&shop, "disk").into_iter().map(|(_, said)| said).collect::<String>();
    ["MB are free", "The journal lies on", "A flush of 4 KiB takes"].iter().for_each(|word| assert!(said.contains(word), "{said}"));
    assert!(!shop.till_file("doctor.probe").exists(), "nothing is left behind");
}

#[test]
fn what_is_wrong_is_told_with_what_to_do() {
    let shop = Shop::open();
    check(&shop, "hub", "look", &["nobody answers", "Selling goes on"]);
    check(&shop, "scanner", "look", &["till: The scanner is not plugged in", "lsusb"]);
    let config = fs::read_to_string(shop.config_file()).unwrap();
    fs::write(shop.config_file(), format!("{config}\n[printer]\npath = \"/dev/counterfoil-none\"\n")).unwrap();
    check(&shop, "printer", "mend", &["/dev/counterfoil-none is not there", "plug it in"]);
    fs::write(shop.config_file(), config.replace("name", "nmae")).unwrap();
    check(&shop, "configuration", "mend", &["terminal.toml", "line", "nmae"]);
    fs::write(shop.config_file(), &config).unwrap();
    fs::remove_file(shop.till_file("identity.json")).unwrap();
    check(&shop, "enrolment", "mend", &["identity.json is gone", "enrol-code --terminal", "counterfoil enrol --hub"]);
    fs::remove_dir_all(shop.till_folder()).unwrap();
    check(&shop, "data", "mend", &["is not there", "sudo install -d"]);
}

#[test]
fn a_hub_that_is_another_one() {
    let shop = Shop::open();
    let body = r#"{"hub":"of-others","version":"9"}"#;
    let _other = Fake::saying(shop.address, format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()));
    check(&shop, "hub", "mend", &["is of-others", "belongs to", "counterfoil enrol"]);
}

#[test]
fn a_running_terminal_is_left_alone() {
    let shop = Shop::open();
    let mut till: Till = shop.till();
    check(&shop, "scanner", "ok", &["The running terminal has the scanners (till)"]);
    till.see("the scanner untouched", |v| v["scanner"] == "Live");
    till.end();
}

#[test]
fn people_get_a_line_for_each() {
    let shop = Shop::open();
    let said = String::from_utf8(shop.output(&["doctor"]).stdout).unwrap();
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines.len() > 8, "{said}");
    let (last, all) = lines.split_last().unwrap();
    assert!(all.iter().all(|line| ["ok   ", "look ", "mend "].contains(&&line[..5])), "{said}");
    assert!(last.ends_with('.'), "{said}");
}
