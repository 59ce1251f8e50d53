//! What a shop writes down, and what is refused with which words.
#![allow(clippy::unwrap_used)]

use scan::{Caps, DeviceName, LayoutName, ScannerConfig, Source, Suffix, UsbId};

#[test]
fn a_name_and_a_source_are_enough() {
    let config = parse("name = 'till'\nsource = { hid = { match_usb = '05e0:1200' } }").unwrap();
    let match_usb = Some(UsbId { vendor: 0x05e0, product: 0x1200 });
    let source = Source::Hid { match_name: None, match_usb, path: None };
    assert_eq!(config, ScannerConfig::new("till", source));
    assert_eq!((config.gap_us(), config.quiet_ms, config.same_ms, config.raw_max), (100_000, 150, 300, 4096));
    assert_eq!(config.suffix, [Suffix::Cr, Suffix::CrLf, Suffix::Tab]);
}

#[test]
fn everything_can_be_set() {
    let config = parse(
        "name = 'dock'\nsource = { tty = { path = '/dev/pos/dock', baud = 4800 } }\nsuffix = ['LF', 'CRLF']\n\
         suffix_required = false\nquiet_ms = 200\nsame_ms = 0\nraw_max = 100\ncaps = 'invert'\nlayout = 'us'",
    )
    .unwrap();
    assert_eq!(config.source, Source::tty("/dev/pos/dock", 4800));
    assert_eq!((config.suffix, config.caps, config.layout), (vec![Suffix::Lf, Suffix::CrLf], Caps::Invert, LayoutName::Us));
}

#[test]
fn a_slow_line_gets_a_longer_gap() {
    for (baud, gap_us) in [(300, 1_600_000), (4800, 100_000), (7200, 66_000), (9600, 50_000), (115_200, 50_000)] {
        let config = ScannerConfig::new("a", Source::tty("/dev/a", baud));
        assert_eq!(config.gap_us(), gap_us, "{baud}");
    }
}

#[test]
fn refusals() {
    check("name = 'a'\nsource = { hid = { match_usb = '05e0' } }", "\"05e0\" is not a USB id");
    check("name = 'a'\nsource = { hid = { match_usb = '+5e0:1200' } }", "is not a USB id");
    check("name = 'a'\nsource = { hid = { match_usb = '005e0:1200' } }", "is not a USB id");
    check("name = 'a'\nsource = { hid = {} }", "would take every keyboard");
    check("name = ''\nsource = { tty = { path = '/dev/a' } }", "empty name");
    check("name = 'a'\nsource = { tty = { path = '/dev/a' } }\nsuffix = []", "requires a suffix but lists none");
    check("name = 'a'\nsource = { tty = { path = '/dev/a', baud = 1 } }", "baud = 1 is outside 300 to 4000000");
    check("name = 'a'\nsource = { tty = { path = '/dev/a' } }\ngap_ms = 0", "gap_ms = 0 is outside 5 to 60000");
    check("name = 'a'\nsource = { tty = { path = '/dev/a' } }\nquiet_ms = 1", "quiet_ms = 1 is outside");
    check("name = 'a'\nsource = { tty = { path = '/dev/a' } }\nraw_max = 0", "raw_max = 0 is outside");
    check("name = 'a'\nsource = { tty = { path = '/dev/a' } }\nsame_ms = 99999", "same_ms = 99999 is outside");
    check("name = 'a'\nsource = { tty = { path = '/dev/a' } }\nsufix = ['CR']", "unknown field `sufix`");
    check("name = 'a'\nsource = { tty = { path = '/dev/a', bauds = 1 } }", "bauds");
    check("name = 'a'\nsource = { usb = {} }", "usb");
    check("source = { tty = { path = '/dev/a' } }", "missing field `name`");
}

#[test]
fn keys_are_named_as_the_kernel_names_them() {
    let head = "name = 'a'\nsource = { tty = { path = '/dev/a' } }\n";
    let config = parse(&format!("{head}key_map = {{ F8 = \"\\u001d\", 'CTRL+RIGHTBRACE' = '!' }}")).unwrap();
    assert_eq!(toml::to_string(&config.key_map).unwrap(), "F8 = \"\\u001D\"\n\"CTRL+RIGHTBRACE\" = \"!\"\n");
    check(&format!("{head}key_map = {{ F99 = 'x' }}"), "\"F99\" is not a key");
    check(&format!("{head}key_map = {{ F8 = 'xy' }}"), "expected a character");
}

#[test]
fn what_is_written_is_read_again() {
    let config = parse("name = 'a'\nsource = { hid = { match_usb = '05e0:1200' } }\nlayout = 'fr_oss'\nkey_map = { F8 = 'x' }").unwrap();
    assert_eq!(parse(&toml::to_string(&config).unwrap()).unwrap(), config);
}

/// Where it says what goes without saying, it is so.
#[test]
fn the_readme_shows_the_defaults() {
    let readme = include_str!("../README.md");
    let sample = readme.split("```toml").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let table: toml::Table = toml::from_str(sample).unwrap();
    let shown: ScannerConfig = table["scanner"][0].clone().try_into().unwrap();
    shown.check().unwrap();
    assert_eq!((shown.gap_us(), shown.rules.len(), shown.key_map.is_empty()), (100_000, 2, false));
    let defaults = ScannerConfig::new("till", shown.source.clone());
    assert_eq!(ScannerConfig { gap_ms: None, rules: Vec::new(), key_map: defaults.key_map.clone(), ..shown }, defaults);
    for source in sample.lines().filter_map(|line| line.strip_prefix("# source = ")) {
        parse(&format!("name = 'a'\nsource = {source}")).unwrap();
    }
}

#[test]
fn names_are_unique() {
    let one = ScannerConfig::new("a", Source::tty("/dev/a", 9600));
    let fault = scan::config::check_all(&[one.clone(), one]).unwrap_err();
    assert_eq!(fault, scan::ConfigFault::NameTwice(DeviceName::from("a")));
}

fn parse(text: &str) -> Result<ScannerConfig, String> {
    let config: ScannerConfig = toml::from_str(text).map_err(|fault| fault.to_string())?;
    config.check().map_err(|fault| fault.to_string())?;
    Ok(config)
}

fn check(text: &str, expected: &str) {
    let fault = parse(text).unwrap_err();
    assert!(fault.contains(expected), "{fault}\nhas not: {expected}");
}
