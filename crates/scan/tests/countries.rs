//! Any serial, from a scanner of any country, sent in any way it may: exactly that text arrives.

mod support;

use std::io::{self, Read};

use proptest::prelude::*;
use scan::{AimMode, Caps, EventReader, FaultKind, KeyCode, LayoutName, Outcome, RawEvent, Scan, ScannerConfig};
use support::chance::tries;
use support::rig::{REST_US, Rig, keyboard, texts_and_faults};
use support::us::{STYLES, Style, Typist, key_in};

/// A control character that scanners send as Ctrl and a key.
const SEPARATOR: char = '\u{1d}';

#[derive(Debug, Clone)]
struct Sent {
    layout: LayoutName,
    text: String,
    styles: Vec<Style>,
    /// The kernel repeats a key that is held for long.
    repeats: bool,
    /// Bytes of each read.
    reads: Vec<usize>,
}

fn sent() -> impl Strategy<Value = Sent> {
    let layout = prop::sample::select(&LayoutName::ALL[..]);
    let styles = prop::collection::vec(prop::sample::select(&STYLES[..]), 64);
    let reads = prop::collection::vec(1usize..200, 1..20);
    (layout, r"[A-Za-z0-9_\-()#/\x1d]{1,64}", styles, any::<bool>(), reads).prop_map(|(layout, text, styles, repeats, reads)| Sent {
        layout,
        text,
        styles,
        repeats,
        reads,
    })
}

/// A number with a check digit, or an identifier with what it promises.
fn structured() -> impl Strategy<Value = String> {
    let number = |digits: usize| prop::collection::vec(0u8..10, digits).prop_map(|digits| with_check_digit(&digits));
    let serial = r"[A-Z][A-Z0-9\-/()_]{0,19}";
    prop_oneof![
        prop_oneof![number(7), number(11), number(12), number(13)],
        number(12).prop_map(|number| format!("]E0{number}")),
        (number(13), serial).prop_map(|(number, serial)| format!("]C101{number}21{serial}")),
        (number(13), serial).prop_map(|(number, serial)| format!("]d201{number}10LOT{SEPARATOR}21{serial}")),
    ]
}

fn is_serial(text: &str) -> bool {
    text.chars().all(|read| read.is_ascii_alphanumeric() || "_-()#/".contains(read))
}

fn with_check_digit(digits: &[u8]) -> String {
    let sum: u32 = digits.iter().rev().zip([3, 1].into_iter().cycle()).map(|(digit, weight)| u32::from(*digit) * weight).sum();
    digits.iter().map(|digit| char::from(b'0' + digit)).chain([char::from(b'0' + ((10 - sum % 10) % 10) as u8)]).collect()
}

proptest! {
    #![proptest_config(tries(1000))]

    #[test]
    fn any_serial_of_any_country_arrives(sent in sent()) {
        let out = read(&config(sent.layout, Caps::Track), &events(&sent), &sent.reads);
        prop_assert_eq!(texts_and_faults(&out), (vec![sent.text.as_str()], 0));
    }

    /// The next key goes down in the report in which the last one goes up.
    #[test]
    fn keys_may_overlap(sent in sent()) {
        let out = read(&config(sent.layout, Caps::Track), &overlapped(&sent), &sent.reads);
        prop_assert_eq!(texts_and_faults(&out), (vec![sent.text.as_str()], 0));
    }

    /// Where a letter's two cases are on two keys, inverting is not certain, and a fault.
    #[test]
    fn inverted_letters_arrive_or_are_a_fault(sent in sent()) {
        let inverted = Sent { styles: vec![Style::Inverted; 64], ..sent };
        let out = read(&config(inverted.layout, Caps::Invert), &events(&inverted), &inverted.reads);
        let (texts, faults) = texts_and_faults(&out);
        prop_assert!(texts.iter().all(|text| *text == inverted.text), "{:?}", texts);
        prop_assert_eq!(texts.len() + faults, 1);
        prop_assert!(faults == 0 || inverted.layout == LayoutName::Tr, "{:?}", inverted);
    }

    /// Whatever country a scanner is set to, and whatever country it is read as: a label with structure
    /// gives its own text, a fault, or a text in doubt, and every label after one that was a fault for it
    /// gives its own text or a fault. What keeps all of GS1's rules as it was read cannot be seen.
    #[test]
    fn a_label_with_structure_is_never_read_as_another(label in structured(), sent in sent(), read_as in prop::sample::select(&LayoutName::ALL[..])) {
        // Hungary's 0 is Canada's #, so that a number there is as good a serial here.
        prop_assume!((sent.layout, read_as) != (LayoutName::Hu, LayoutName::Ca));
        let config = ScannerConfig { aim: AimMode::Optional, ..config(read_as, Caps::Track) };
        let first = Sent { text: label, styles: vec![Style::Merged; 64], ..sent.clone() };
        let mut rig = Rig::new(&config);
        rig.events(&events(&first));
        rig.pass(REST_US);
        rig.events(&events_from(&sent, rig.now_us));
        let out = rig.finish();
        let accused = matches!(&out[0], Outcome::Fault(fault) if fault.kind == FaultKind::Country);
        prop_assert!(!accused || sent.layout != read_as, "{:?}", out);
        let believed = [(&first, out.first()), (&sent, out.get(1).filter(|_| accused))];
        for (sent, outcome) in believed {
            let whole = |scan: &Scan| format!("{}{}", scan.aim.map(|aim| aim.to_string()).unwrap_or_default(), scan.text);
            let well = |scan: &Scan| !scan.seems.is_empty() || scan.gs1.as_ref().and_then(|gs1| gs1.serial()).is_some_and(is_serial);
            prop_assert!(!matches!(outcome, Some(Outcome::Scan(scan)) if whole(scan) != sent.text && !well(scan)), "{:?} from {:?}", out, first);
        }
    }

    /// A scanner of one country read as another's gives other texts or faults, but a country's own
    /// table never both of one code.
    #[test]
    fn one_code_has_one_outcome(sent in sent(), read_as in prop::sample::select(&LayoutName::ALL[..])) {
        let out = read(&config(read_as, Caps::Track), &events(&sent), &sent.reads);
        let (texts, faults) = texts_and_faults(&out);
        prop_assert_eq!(texts.len() + faults, 1);
    }
}

fn config(layout: LayoutName, caps: Caps) -> ScannerConfig {
    ScannerConfig { layout, caps, same_ms: 0, ..keyboard() }
}

fn events(sent: &Sent) -> Vec<RawEvent> {
    events_from(sent, 2_000_000)
}

fn events_from(sent: &Sent, start_us: u64) -> Vec<RawEvent> {
    let mut typist = Typist { layout: sent.layout, ..Typist::new(start_us) };
    for (typed, style) in sent.text.chars().zip(&sent.styles) {
        type_char(&mut typist, typed, *style);
        if sent.repeats {
            repeated(&mut typist);
        }
    }
    typist.tap(KeyCode::KEY_ENTER);
    typist.events
}

/// What is on no key of the country comes as ALT code, as scanners do it.
fn type_char(typist: &mut Typist, typed: char, style: Style) {
    let wanted = if style == Style::Inverted && typed.is_ascii_alphabetic() { other_case(typed) } else { typed };
    let by_keys = key_in_country(typist.layout, wanted);
    match (typed, style) {
        (SEPARATOR, Style::Alt3 | Style::Alt4) => typist.char(typed, style),
        (SEPARATOR, _) => control(typist),
        _ if by_keys => typist.char(typed, style),
        _ => typist.char(typed, Style::Alt3),
    }
}

fn key_in_country(layout: LayoutName, typed: char) -> bool {
    typed.is_ascii_graphic() && key_in(layout, typed).is_some()
}

/// Ctrl and the bracket, where the country has it without AltGr.
fn control(typist: &mut Typist) {
    match key_in(typist.layout, ']') {
        Some((key, false, false)) => typist.with(&[KeyCode::KEY_LEFTCTRL], key),
        _ => typist.char(SEPARATOR, Style::Alt4),
    }
}

/// The last key is held for so long that the kernel repeats it.
fn repeated(typist: &mut Typist) {
    let Some(last) = typist.events.iter().rev().find(|event| event.kind == 1).copied() else { return };
    typist.key(KeyCode(last.code), 2);
    let t_us = typist.now_us;
    typist.events.push(RawEvent { t_us, kind: 0, code: 0, value: 1 });
    typist.now_us += typist.frame_us;
}

fn overlapped(sent: &Sent) -> Vec<RawEvent> {
    let mut typist = Typist { layout: sent.layout, ..Typist::new(2_000_000) };
    let mut held: Vec<KeyCode> = Vec::new();
    for typed in sent.text.chars() {
        let Some((key, shift, altgr)) = key_in(sent.layout, printable(typed)).filter(|_| typed != SEPARATOR) else {
            let_go(&mut typist, &mut held);
            type_char(&mut typist, typed, Style::Alt3);
            continue;
        };
        if held.contains(&key) {
            let_go(&mut typist, &mut held);
        }
        let modifiers = [(shift, KeyCode::KEY_LEFTSHIFT), (altgr, KeyCode::KEY_RIGHTALT)];
        let next: Vec<KeyCode> = modifiers.into_iter().filter(|(on, _)| *on).map(|(_, key)| key).chain([key]).collect();
        let ups = held.iter().filter(|key| !next.contains(key)).map(|key| (*key, 0));
        let downs = next.iter().filter(|key| !held.contains(key)).map(|key| (*key, 1));
        typist.frame(&ups.chain(downs).collect::<Vec<_>>());
        held = next;
    }
    let_go(&mut typist, &mut held);
    typist.tap(KeyCode::KEY_ENTER);
    typist.events
}

/// The key table of the tests knows no control characters.
fn printable(typed: char) -> char {
    if typed == SEPARATOR { ' ' } else { typed }
}

fn let_go(typist: &mut Typist, held: &mut Vec<KeyCode>) {
    if !held.is_empty() {
        typist.frame(&held.drain(..).map(|key| (key, 0)).collect::<Vec<_>>());
    }
}

fn other_case(typed: char) -> char {
    if typed.is_ascii_lowercase() { typed.to_ascii_uppercase() } else { typed.to_ascii_lowercase() }
}

/// Reads the events as bytes, in pieces that need not be whole events.
fn read(config: &ScannerConfig, events: &[RawEvent], reads: &[usize]) -> Vec<Outcome> {
    let mut rig = Rig::new(config);
    let mut stream = Pieces { bytes: events.iter().flat_map(|event| event.to_bytes()).collect(), at: 0, sizes: reads.iter().cycle() };
    let mut reader = EventReader::default();
    reader.drain(&mut stream, |event| rig.events(&[event]));
    rig.finish()
}

struct Pieces<'a, I: Iterator<Item = &'a usize>> {
    bytes: Vec<u8>,
    at: usize,
    sizes: I,
}

impl<'a, I: Iterator<Item = &'a usize>> Read for Pieces<'a, I> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = &self.bytes[self.at..];
        let size = (*self.sizes.next().expect("the sizes go round")).min(rest.len()).min(buffer.len());
        if size == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        buffer[..size].copy_from_slice(&rest[..size]);
        self.at += size;
        Ok(size)
    }
}
