//! Whether a recording is the shown text, and under which settings.

use super::CODE;
use super::differs::{Wrong, compare};
use super::trial::{Assumed, Reading, read};
use crate::config::{Caps, Framing, ScannerConfig, Source, Suffix};
use crate::hid::{Form, FormName};
use crate::keys::LayoutName;
use crate::label::{AimId, AimMode};
use crate::outcome::FaultKind;
use crate::raw::Raw;
use evdev::KeyCode;

/// A scanner sends a character in 2 to 50 ms; people type slower.
const CHAR_US_MAX: u64 = 60_000;
/// A pause that ends a code must be longer than those within it, by this factor.
const GAP_FACTOR: u64 = 4;
const GAP_MS_MIN: u64 = 30;

/// What a recording turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The scanner and all its settings.
    Found(Box<Found>),
    /// The scanner, but under no known settings did it send the text.
    Differs(Differs),
    /// As fast as a scanner, and void: some of it was lost, or no known country has its keys.
    Spoiled(FaultKind),
    /// Somebody typing, or another code.
    NotThis,
}

/// A scanner and its settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// With every setting as it was found. Its name is the caller's to choose.
    pub config: ScannerConfig,
    /// The keyboard countries under which the text is the same; the first of them is set. Empty for
    /// devices that are no keyboards.
    pub layouts: Vec<LayoutName>,
    /// How it sends.
    pub habits: Habits,
}

/// How a scanner sends, for people to see; nothing has to be set for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Habits {
    /// Characters come as ALT codes, under any country.
    pub alt_codes: bool,
    /// The identifier of the kind of code, beside the text or in front of it.
    pub aim: Option<AimId>,
    /// Microseconds from the first to the last key or byte.
    pub lasted_us: u64,
    /// The longest pause within the code, in microseconds.
    pub gap_max_us: u64,
}

/// A scanner that did not send what was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Differs {
    /// The nearest to the shown text.
    pub text: String,
    /// The country under which it was read; `None` for devices that are no keyboards.
    pub layout: Option<LayoutName>,
    /// Character by character, where they differ.
    pub wrong: Vec<Wrong>,
}

/// What stands around the shown text.
struct Around {
    prefix: String,
    aim: Option<AimId>,
    postfix: String,
    suffix: Option<Suffix>,
}

/// Judges what one device sent from one silence to the next. `form` is what the reports of a hidraw
/// device are.
pub fn judge(source: &Source, form: Option<&Form>, raws: &[Raw]) -> Verdict {
    let sources = framings(source);
    let tried = || sources.iter().flat_map(|source| assumptions(source, form).map(move |assumed| (source, assumed, read(source, form, raws, assumed))));
    let mut fits: Vec<(&Source, Assumed, Around)> = Vec::new();
    for (source, assumed, reading) in tried() {
        let first = fits.first().is_none_or(|(known, kept, _)| *known == source && kept.caps == assumed.caps);
        if first && let Some(around) = around(&reading) {
            fits.push((source, assumed, around));
        }
    }
    if fits.is_empty() {
        nearest(tried().map(|(source, assumed, reading)| (is_keyboard(source, form), assumed, reading)), raws)
    } else {
        found(fits, form, raws)
    }
}

/// A serial line may hold text or packets.
fn framings(source: &Source) -> Vec<Source> {
    let mut sources = vec![source.clone()];
    if let Source::Tty { path, baud, line } = source
        && line.framing == Framing::Text
    {
        let line = crate::config::Line { framing: Framing::Ssi, ..*line };
        sources.push(Source::Tty { path: path.clone(), baud: *baud, line });
    }
    sources
}

/// Every country under every meaning of Caps Lock, what needs no setting first.
fn assumptions(source: &Source, form: Option<&Form>) -> impl Iterator<Item = Assumed> + use<> {
    let countries: &[LayoutName] = if is_keyboard(source, form) { &LayoutName::ALL } else { &LayoutName::ALL[..1] };
    let caps: &[Caps] = if is_keyboard(source, form) { &[Caps::Track, Caps::Invert, Caps::Ignore] } else { &[Caps::Track] };
    caps.iter().flat_map(move |caps| countries.iter().map(move |layout| Assumed { layout: *layout, caps: *caps }))
}

fn is_keyboard(source: &Source, form: Option<&Form>) -> bool {
    match source {
        Source::Hid { .. } => true,
        Source::Hidraw { .. } => form.is_some_and(|form| form.name() == FormName::Keyboard),
        Source::Tty { .. } => false,
    }
}

fn around(reading: &Reading) -> Option<Around> {
    let Reading::Text { text, aim } = reading else { return None };
    let (before, after) = text.split_once(CODE)?;
    let own_aim = before.rfind(']').and_then(|at| AimId::split(&before[at..]).filter(|(_, rest)| rest.is_empty()).map(|(id, _)| (id, at)));
    let (suffix, postfix) = split_suffix(after);
    let prefix = own_aim.map_or(before, |(_, at)| &before[..at]);
    Some(Around { prefix: prefix.to_owned(), aim: own_aim.map(|(id, _)| id).or(*aim), postfix: postfix.to_owned(), suffix })
}

fn split_suffix(after: &str) -> (Option<Suffix>, &str) {
    let ends = [("\r\n", Suffix::CrLf), ("\r", Suffix::Cr), ("\n", Suffix::Lf), ("\t", Suffix::Tab), ("\u{3}", Suffix::Etx)];
    let end = ends.iter().find_map(|(end, suffix)| Some((Some(*suffix), after.strip_suffix(end)?)));
    end.unwrap_or((None, after))
}

fn found(mut fits: Vec<(&Source, Assumed, Around)>, form: Option<&Form>, raws: &[Raw]) -> Verdict {
    let layouts = fits.iter().map(|(_, assumed, _)| assumed.layout).filter(|_| is_keyboard(fits[0].0, form)).collect();
    let (source, assumed, around) = fits.swap_remove(0);
    let habits = habits(raws, around.aim);
    let by_message = form.is_some_and(|form| form.name() == FormName::Pos) || source.framing() == Framing::Ssi;
    let defaults = ScannerConfig::new("scanner", source.clone());
    let carried = form.is_some_and(|form| form.name() == FormName::Pos);
    let aim = if around.aim.is_some() && !carried { AimMode::Required } else { AimMode::Off };
    let gap_ms = gap_ms(&defaults, habits.gap_max_us, around.suffix.is_some() || by_message);
    let config = ScannerConfig {
        suffix: around.suffix.into_iter().collect(),
        suffix_required: around.suffix.is_some(),
        prefix: around.prefix,
        postfix: around.postfix,
        aim,
        gap_ms,
        layout: assumed.layout,
        caps: assumed.caps,
        ..defaults
    };
    Verdict::Found(Box::new(Found { config, layouts, habits }))
}

/// Unset where the default is long enough. Without a suffix every code waits for it, so that it is
/// made as short as the scanner allows.
fn gap_ms(defaults: &ScannerConfig, gap_max_us: u64, has_end: bool) -> Option<u32> {
    let default_ms = defaults.gap_us() / 1000;
    let wanted_ms = (gap_max_us * GAP_FACTOR / 1000).max(GAP_MS_MIN);
    let fits = if has_end { wanted_ms <= default_ms } else { wanted_ms == default_ms };
    if fits { None } else { u32::try_from(wanted_ms).ok() }
}

fn habits(raws: &[Raw], aim: Option<AimId>) -> Habits {
    let times: Vec<u64> = raws.iter().map(Raw::t_us).collect();
    let lasted_us = times.last().zip(times.first()).map_or(0, |(last, first)| last.saturating_sub(*first));
    let gap_max_us = times.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).max().unwrap_or(0);
    let is_alt = |raw: &Raw| matches!(raw, Raw::Event(event) if event.kind == evdev::EventType::KEY.0 && event.code == KeyCode::KEY_LEFTALT.0);
    let is_alt_report = |raw: &Raw| matches!(raw, Raw::Report { bytes, .. } if bytes.first() == Some(&4));
    Habits { alt_codes: raws.iter().any(|raw| is_alt(raw) || is_alt_report(raw)), aim, lasted_us, gap_max_us }
}

fn nearest(tried: impl Iterator<Item = (bool, Assumed, Reading)>, raws: &[Raw]) -> Verdict {
    let mut best: Option<Differs> = None;
    let mut void = None;
    for (is_keyboard, assumed, reading) in tried {
        match reading {
            Reading::Text { text, .. } => {
                let wrong = compare(&text).filter(|wrong| best.as_ref().is_none_or(|best| wrong.len() < best.wrong.len()));
                if let Some(wrong) = wrong {
                    best = Some(Differs { text, layout: is_keyboard.then_some(assumed.layout), wrong });
                }
            }
            Reading::Void(kind) => void = void.or(Some(kind)),
            Reading::Nothing => {}
        }
    }
    match (best, void) {
        (Some(differs), _) => Verdict::Differs(differs),
        (None, Some(kind)) if is_fast(raws) => Verdict::Spoiled(kind),
        _ => Verdict::NotThis,
    }
}

/// Whether so much came in so short a time that no person typed it.
fn is_fast(raws: &[Raw]) -> bool {
    let pressed = |raw: &Raw| match raw {
        Raw::Event(event) => u64::from(event.kind == evdev::EventType::KEY.0 && event.value == 1),
        Raw::Bytes { bytes, .. } => bytes.len() as u64,
        Raw::Report { .. } => 1,
        Raw::Overflow { .. } => CODE.len() as u64,
    };
    let count: u64 = raws.iter().map(pressed).sum();
    count >= CODE.len() as u64 / 2 && habits(raws, None).lasted_us <= count * CHAR_US_MAX
}
