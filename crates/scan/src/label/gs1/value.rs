//! Whether a value is written as the dictionary says.

/// One component: a set of characters, a length, and what else is to be looked at.
struct Component<'a> {
    set: char,
    min: usize,
    max: usize,
    optional: bool,
    checks: std::str::Split<'a, char>,
}

/// The length of a value that has only one.
pub(super) fn predefined_length(spec: &str) -> Option<usize> {
    components(spec).try_fold(0, |sum, part| (part.min == part.max && !part.optional).then_some(sum + part.max))
}

/// Components use up the value from its beginning; optional ones may be missing at its end.
pub(super) fn fits(value: &str, spec: &str) -> bool {
    let mut rest = value;
    for part in components(spec) {
        if part.optional && rest.is_empty() {
            return true;
        }
        let Some((own, after)) = rest.split_at_checked(part.max.min(rest.len())) else { return false };
        let set = part.set;
        if own.len() < part.min || !own.chars().all(|read| is_of_set(read, set)) || !part.checks.clone().all(|check| passes(own, check)) {
            return false;
        }
        rest = after;
    }
    rest.is_empty()
}

/// Of 13 and 8 digits the last is a check digit. Scanners are set to send others, too, which say
/// nothing.
pub(super) fn retail_check_digit_fits(text: &str) -> bool {
    !matches!(text.len(), 8 | 13) || text.bytes().all(|byte| byte.is_ascii_digit()) && check_digit_fits(text)
}

fn components(spec: &str) -> impl Iterator<Item = Component<'_>> {
    spec.split(' ').map(|part| {
        let optional = part.starts_with('[');
        let (form, checks) = part.trim_start_matches('[').split_once([',', ']']).unwrap_or((part.trim_start_matches('['), ""));
        let length = &form[1..];
        let (min, max) = length.strip_prefix("..").map_or_else(|| (number(length), number(length)), |max| (1, number(max)));
        Component { set: form.chars().next().unwrap_or_default(), min, max, optional, checks: checks.trim_matches([',', ']']).split(',') }
    })
}

fn number(digits: &str) -> usize {
    digits.parse().expect("the table holds numbers")
}

/// N: digits. X: GS1's set 82. Y: its set 39. Z: Base64 for addresses.
fn is_of_set(read: char, set: char) -> bool {
    match set {
        'N' => read.is_ascii_digit(),
        'X' => read.is_ascii_alphanumeric() || "!\"%&'()*+,-./:;<=>?_".contains(read),
        'Y' => read.is_ascii_digit() || read.is_ascii_uppercase() || "#-/".contains(read),
        _ => read.is_ascii_alphanumeric() || "-_=".contains(read),
    }
}

fn passes(text: &str, check: &str) -> bool {
    match check {
        "csum" => check_digit_fits(text),
        "yymmdd" => is_date(text, 1),
        "yymmd0" => is_date(text, 0),
        "yyyymmdd" => is_date(&text[2..], 1),
        "hhmi" => two(text, 0) < 24 && two(text, 2) < 60,
        "hh" => two(text, 0) < 24,
        "mi" | "ss" => two(text, 0) < 60,
        "nonzero" => text.bytes().any(|digit| digit != b'0'),
        "zero" => text.bytes().all(|digit| digit == b'0'),
        "yesno" => matches!(text, "0" | "1"),
        "pieceoftotal" => (1..=two(text, 2)).contains(&two(text, 0)),
        _ => true,
    }
}

/// Of 8, 12, 13 or 14 digits, the last of which is the check digit.
pub(super) fn is_gtin(text: &str) -> bool {
    matches!(text.len(), 8 | 12 | 13 | 14) && text.bytes().all(|byte| byte.is_ascii_digit()) && check_digit_fits(text)
}

/// Weights 3 and 1 from the right; the sum with the check digit ends in 0.
fn check_digit_fits(digits: &str) -> bool {
    let weighted = digits.bytes().rev().zip([1, 3].into_iter().cycle()).map(|(digit, weight)| u32::from(digit - b'0') * weight);
    weighted.sum::<u32>().is_multiple_of(10)
}

/// Two digits each of year, month and day. A century has a leap year each fourth year here: 1900 and
/// 2100 are on no label.
fn is_date(text: &str, first_day: u32) -> bool {
    let (year, month, day) = (two(text, 0), two(text, 2), two(text, 4));
    let days = match month {
        2 if year % 4 == 0 => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (first_day..=days).contains(&day)
}

/// Two digits; a value that has none is out of every range.
fn two(text: &str, at: usize) -> u32 {
    text.get(at..at + 2).and_then(|digits| digits.parse().ok()).unwrap_or(u32::MAX)
}
