//! A line of text for what a scanner does and what must come of it.
//!
//! ```text
//! keys "AB" drop keys "C" cr => fault lost
//! ```
//!
//! Settings come first: `caps=ignore`, `caps=invert`, `same=0`, `raw_max=5`, `gap=90`, `suffix=TAB`,
//! `no-suffix`, `layout=de`, `check=off`, `map=F8:~`, `alt=off`, `ctrl=off`, `aim=required`, `prefix=B`,
//! `rule=^[A-Z]+$`. Then steps:
//!
//! | step | what happens |
//! |---|---|
//! | `keys "AB"` | the text is typed, one key after the other |
//! | `cr` `kpenter` `tab` | these keys |
//! | `tap F1` `down A` `up A` `repeat A` | one key, by its kernel name |
//! | `frame +LEFTSHIFT+A-B` | several changes in one report |
//! | `alt 065` `kp 12` `ctrl "]"` `caps` | ALT code, keypad digits, control character, Caps Lock |
//! | `drop` | the kernel lost events |
//! | `dropped` `half A` | the notice alone, a key alone: without the end of their report |
//! | `held "A B"` | the device says these keys are held, after a loss |
//! | `open "A B"` | the device is opened with these keys held |
//! | `bytes "AB\r"` | bytes of a serial line, each seen as it arrives |
//! | `late 200ms "B\r"` | bytes found after the reader was held up |
//! | `gap 200ms` | time passes |
//! | `unplug` | the device goes away |
//!
//! At the end time passes until nothing more can come. Results: `scan "AB"`, `repeat "AB"`,
//! `fault lost`, `none`.

use std::collections::BTreeMap;

use scan::{AimMode, Caps, Chord, FaultKind, KeyCode, LayoutName, Looking, Outcome, Pattern, Rule, ScannerConfig, Suffix, When};

use super::rig::{Rig, keyboard};
use super::us::{Style, Typist, key_of};

/// Runs one line.
pub fn check(line: &str) {
    let tokens = tokens(line);
    let arrow = tokens.iter().position(|token| token == "=>").unwrap_or_else(|| panic!("no => in: {line}"));
    let found = run(&tokens[..arrow]).join(" ");
    assert_eq!(found, tokens[arrow + 1..].join(" "), "\n  in: {line}");
}

fn run(tokens: &[String]) -> Vec<String> {
    let settings = tokens.iter().take_while(|token| is_setting(token)).count();
    let mut config = keyboard();
    tokens[..settings].iter().for_each(|token| set(&mut config, token));
    let mut rig = Rig::new(&config);
    let mut steps = tokens[settings..].iter().map(String::as_str);
    while let Some(step) = steps.next() {
        play(&mut rig, step, &mut steps);
    }
    let out = rig.finish();
    if out.is_empty() { vec!["none".to_owned()] } else { out.iter().map(show).collect() }
}

fn is_setting(token: &str) -> bool {
    token.contains('=') && token != "=>" && !token.starts_with('"') || token == "no-suffix"
}

fn set(config: &mut ScannerConfig, token: &str) {
    match token.split_once('=').unwrap_or((token, "")) {
        ("caps", "ignore") => config.caps = Caps::Ignore,
        ("caps", "invert") => config.caps = Caps::Invert,
        ("same", ms) => config.same_ms = ms.parse().unwrap(),
        ("gap", ms) => config.gap_ms = Some(ms.parse().unwrap()),
        ("raw_max", max) => config.raw_max = max.parse().unwrap(),
        ("suffix", names) => config.suffix = names.split(',').map(suffix).collect(),
        ("layout", code) => config.layout = LayoutName::ALL.into_iter().find(|name| name.code() == code).unwrap(),
        ("map", pair) => config.key_map = [mapping(pair)].into_iter().collect(),
        ("alt", "off") => config.alt_codes = false,
        ("ctrl", "off") => config.ctrl_codes = false,
        ("check", "off") => config.layout_check = Looking::Off,
        ("aim", "required") => config.aim = AimMode::Required,
        ("prefix", text) => config.prefix = text.to_owned(),
        ("rule", regex) => config.rules.push(rule(regex)),
        ("no-suffix", _) => config.suffix_required = false,
        _ => panic!("unknown setting {token}"),
    }
}

fn rule(regex: &str) -> Rule {
    let regex = Some(Pattern::try_from(regex.to_owned()).unwrap());
    Rule { kind: "any".to_owned(), when: When { regex, ..When::default() }, set: BTreeMap::new() }
}

/// `CTRL+F8:~`
fn mapping(pair: &str) -> (Chord, char) {
    let (chord, mapped) = pair.split_once(':').unwrap();
    (Chord::try_from(chord.to_owned()).unwrap(), mapped.parse().unwrap())
}

fn suffix(name: &str) -> Suffix {
    match name {
        "CR" => Suffix::Cr,
        "LF" => Suffix::Lf,
        "CRLF" => Suffix::CrLf,
        "TAB" => Suffix::Tab,
        "ETX" => Suffix::Etx,
        _ => panic!("unknown suffix {name}"),
    }
}

fn play<'a>(rig: &mut Rig, step: &str, rest: &mut impl Iterator<Item = &'a str>) {
    let mut next = || rest.next().unwrap_or_else(|| panic!("{step} lacks its argument"));
    match step {
        "bytes" => rig.bytes(unquoted(next()).as_bytes(), 1000),
        "byte" => rig.bytes(&[u8::from_str_radix(next(), 16).unwrap()], 1000),
        "late" => {
            let stall_us = micros(next());
            rig.late_bytes(unquoted(next()).as_bytes(), stall_us);
        }
        "gap" => rig.pass(micros(next())),
        "unplug" => rig.unplug(),
        "open" => rig.pipeline.opened(&keys(next()), rig.now_us),
        "held" => {
            assert!(rig.pipeline.wants_resync(), "nobody asks for held keys");
            rig.pipeline.resync(&keys(next()), rig.now_us);
        }
        _ => typed(rig, step, &mut next),
    }
}

fn typed<'a>(rig: &mut Rig, step: &str, next: &mut impl FnMut() -> &'a str) {
    let mut typist = Typist::new(rig.now_us + 1000);
    match step {
        "keys" => typist.text(&unquoted(next()), Style::Merged),
        "cr" => typist.tap(KeyCode::KEY_ENTER),
        "kpenter" => typist.tap(KeyCode::KEY_KPENTER),
        "tab" => typist.tap(KeyCode::KEY_TAB),
        "caps" => typist.tap(KeyCode::KEY_CAPSLOCK),
        "tap" => typist.tap(key(next())),
        "down" => typist.frame(&[(key(next()), 1)]),
        "up" => typist.frame(&[(key(next()), 0)]),
        "repeat" => typist.frame(&[(key(next()), 2)]),
        "frame" => typist.frame(&changes(next())),
        "alt" => typist.alt_code(next()),
        "kp" => typist.text(next(), Style::Keypad),
        "ctrl" => ctrl(&mut typist, &unquoted(next())),
        "drop" => {
            typist.dropped();
            typist.report();
        }
        "dropped" => typist.dropped(),
        "half" => typist.key(key(next()), 1),
        _ => panic!("unknown step {step}"),
    }
    rig.events(&typist.events);
}

fn ctrl(typist: &mut Typist, text: &str) {
    let (key, shift) = key_of(text.chars().next().unwrap());
    let mut down = vec![(KeyCode::KEY_LEFTCTRL, 1), (key, 1)];
    if shift {
        down.insert(0, (KeyCode::KEY_LEFTSHIFT, 1));
    }
    typist.frame(&down);
    let up: Vec<_> = down.iter().map(|(key, _)| (*key, 0)).collect();
    typist.frame(&up);
}

/// `+A-B`: A goes down and B up.
fn changes(text: &str) -> Vec<(KeyCode, i32)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(sign) = rest.chars().next() {
        let end = rest[1..].find(['+', '-']).map_or(rest.len(), |at| at + 1);
        found.push((key(&rest[1..end]), i32::from(sign == '+')));
        rest = &rest[end..];
    }
    found
}

fn keys(quoted: &str) -> Vec<KeyCode> {
    unquoted(quoted).split_whitespace().map(key).collect()
}

fn key(name: &str) -> KeyCode {
    format!("KEY_{name}").parse().unwrap_or_else(|_| panic!("no key {name}"))
}

fn micros(text: &str) -> u64 {
    let ms = text.strip_suffix("ms").unwrap_or_else(|| panic!("{text} is no time in ms"));
    ms.parse::<u64>().unwrap() * 1000
}

fn show(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Scan(scan) => format!("scan {:?}", scan.text),
        Outcome::Repeat(repeat) => format!("repeat {:?}", repeat.text),
        Outcome::Fault(fault) => {
            assert!(FaultKind::ALL.contains(&fault.kind), "the list of kinds is complete");
            format!("fault {}", fault.kind.code())
        }
    }
}

/// Splits at spaces outside quotes; a quoted token keeps its quotes.
fn tokens(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = line.trim();
    while !rest.is_empty() {
        let end = if rest.starts_with('"') { quote_end(rest) } else { rest.find(' ').unwrap_or(rest.len()) };
        found.push(rest[..end].to_owned());
        rest = rest[end..].trim_start();
    }
    found
}

fn quote_end(rest: &str) -> usize {
    let mut escaped = false;
    for (at, read) in rest.char_indices().skip(1) {
        match read {
            '"' if !escaped => return at + 1,
            _ => escaped = read == '\\' && !escaped,
        }
    }
    panic!("no closing quote in: {rest}")
}

/// Removes the quotes and the escapes `\r \n \t \\ \" \u{1d}`.
fn unquoted(token: &str) -> String {
    let inner = token.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let mut chars = inner.unwrap_or_else(|| panic!("{token} is not quoted")).chars();
    let mut text = String::new();
    while let Some(read) = chars.next() {
        text.push(if read == '\\' { escape(&mut chars) } else { read });
    }
    text
}

fn escape(chars: &mut impl Iterator<Item = char>) -> char {
    match chars.next().unwrap() {
        'r' => '\r',
        'n' => '\n',
        't' => '\t',
        'u' => {
            let digits: String = chars.skip(1).take_while(|read| *read != '}').collect();
            char::from_u32(u32::from_str_radix(&digits, 16).unwrap()).unwrap()
        }
        other => other,
    }
}
