//! Code 128: the bars of a text, as the widths of bar, space, bar, space and so on. For the screen and
//! the printer to draw; pure.
//!
//! The tables are those of ISO/IEC 15417: 106 patterns of six widths that make eleven modules each,
//! and the stop of seven that makes thirteen.

/// Modules of white before and after the bars, without which no scanner finds them.
pub const QUIET_MODULES: usize = 10;
/// More than this is wider than any paper.
const CHARS_MAX: usize = 80;

const START_B: usize = 104;
const START_C: usize = 105;
const TO_C: usize = 99;
const TO_B: usize = 100;
/// Digits in a row from which pairs are shorter than single ones, both switches counted.
const PAIRED_DIGITS_MIN: usize = 6;
/// The same at an end of the text, where only one switch is needed or none.
const PAIRED_DIGITS_MIN_AT_END: usize = 4;

const STOP: &[u8] = b"2331112";
const PATTERNS: [&[u8; 6]; 106] = [
    b"212222", b"222122", b"222221", b"121223", b"121322", b"131222", b"122213", b"122312", b"132212", b"221213", b"221312", b"231212", b"112232", b"122132",
    b"122231", b"113222", b"123122", b"123221", b"223211", b"221132", b"221231", b"213212", b"223112", b"312131", b"311222", b"321122", b"321221", b"312212",
    b"322112", b"322211", b"212123", b"212321", b"232121", b"111323", b"131123", b"131321", b"112313", b"132113", b"132311", b"211313", b"231113", b"231311",
    b"112133", b"112331", b"132131", b"113123", b"113321", b"133121", b"313121", b"211331", b"231131", b"213113", b"213311", b"213131", b"311123", b"311321",
    b"331121", b"312113", b"312311", b"332111", b"314111", b"221411", b"431111", b"111224", b"111422", b"121124", b"121421", b"141122", b"141221", b"112214",
    b"112412", b"122114", b"122411", b"142112", b"142211", b"241211", b"221114", b"413111", b"241112", b"134111", b"111242", b"121142", b"121241", b"114212",
    b"124112", b"124211", b"411212", b"421112", b"421211", b"212141", b"214121", b"412121", b"111143", b"111341", b"131141", b"114113", b"114311", b"411113",
    b"411311", b"113141", b"114131", b"311141", b"411131", b"211412", b"211214", b"211232",
];

/// The bars of a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bars {
    pub text: String,
    /// Widths in modules, black first and black last.
    widths: Vec<u8>,
}

impl Bars {
    /// The bars of a printable ASCII text; none if it is empty, too long or holds anything else.
    pub fn of(text: &str) -> Option<Bars> {
        let fits = (1..=CHARS_MAX).contains(&text.len()) && text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        fits.then(|| Bars { text: text.to_owned(), widths: widths(&symbols(text.as_bytes())) })
    }

    /// Every module from the first white one to the last, black ones true.
    pub fn modules(&self) -> Vec<bool> {
        let bars = self.widths.iter().enumerate().flat_map(|(index, width)| vec![index % 2 == 0; usize::from(*width)]);
        let quiet = || std::iter::repeat_n(false, QUIET_MODULES);
        quiet().chain(bars).chain(quiet()).collect()
    }
}

/// The start, what the text is in the code's three alphabets (B for all characters, C for pairs of
/// digits), and the check symbol.
fn symbols(text: &[u8]) -> Vec<usize> {
    let mut symbols: Vec<usize> = Vec::new();
    let (mut at, mut pairs) = (0, None);
    while at < text.len() {
        let paired = paired_digits(text, at);
        let wanted = paired > 0;
        match pairs {
            None => symbols.push(if wanted { START_C } else { START_B }),
            Some(now) if now != wanted => symbols.push(if wanted { TO_C } else { TO_B }),
            Some(_) => {}
        }
        pairs = Some(wanted);
        let end = at + paired.max(1);
        symbols.extend(if wanted { pairs_of(&text[at..end]) } else { vec![usize::from(text[at] - b' ')] });
        at = end;
    }
    let check = symbols.iter().enumerate().fold(0, |sum, (index, symbol)| sum + symbol * index.max(1)) % 103;
    symbols.push(check);
    symbols
}

/// How many digits from here on are better written in pairs: an even number, 0 for none. Of an odd
/// number in a row the first stands alone.
fn paired_digits(text: &[u8], at: usize) -> usize {
    let digits = text[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let at_end = at == 0 || at + digits == text.len();
    let min = if at_end { PAIRED_DIGITS_MIN_AT_END } else { PAIRED_DIGITS_MIN };
    if digits >= min && digits % 2 == 0 { digits } else { 0 }
}

fn pairs_of(digits: &[u8]) -> Vec<usize> {
    digits.chunks_exact(2).map(|pair| usize::from(pair[0] - b'0') * 10 + usize::from(pair[1] - b'0')).collect()
}

fn widths(symbols: &[usize]) -> Vec<u8> {
    let patterns = symbols.iter().flat_map(|symbol| PATTERNS[*symbol]);
    patterns.chain(STOP).map(|digit| digit - b'0').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads bars as a scanner does: by the widths alone, checking the check symbol.
    fn read(bars: &Bars) -> String {
        let (symbols, stop) = bars.widths.split_at(bars.widths.len() - STOP.len());
        assert_eq!(stop.iter().map(|width| width + b'0').collect::<Vec<u8>>(), STOP);
        let symbols: Vec<usize> = symbols.chunks(6).map(symbol).collect();
        let (check, symbols) = symbols.split_last().expect("a check symbol");
        let sum: usize = symbols.iter().enumerate().map(|(index, symbol)| symbol * index.max(1)).sum();
        assert_eq!(sum % 103, *check);
        spell(symbols)
    }

    fn symbol(six: &[u8]) -> usize {
        let digits: Vec<u8> = six.iter().map(|width| width + b'0').collect();
        PATTERNS.iter().position(|pattern| pattern[..] == digits).expect("a pattern of the table")
    }

    fn spell(symbols: &[usize]) -> String {
        let mut pairs = symbols[0] == START_C;
        let mut text = String::new();
        for symbol in &symbols[1..] {
            match (pairs, *symbol) {
                (true, TO_B) => pairs = false,
                (false, TO_C) => pairs = true,
                (true, pair) => text.push_str(&format!("{pair:02}")),
                (false, symbol) => text.push(char::from(b' ' + u8::try_from(symbol).expect("a character"))),
            }
        }
        text
    }

    #[test]
    fn every_pattern_is_itself_alone() {
        for (index, pattern) in PATTERNS.iter().enumerate() {
            assert_eq!(pattern.iter().map(|digit| u32::from(digit - b'0')).sum::<u32>(), 11, "{index}");
            let black: u32 = pattern.iter().step_by(2).map(|digit| u32::from(digit - b'0')).sum();
            assert_eq!(black % 2, 0, "{index} has an odd number of black modules");
            assert_eq!(PATTERNS.iter().filter(|other| *other == pattern).count(), 1, "{index}");
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let check = |text: &str, modules: usize| {
            let bars = Bars::of(text).expect(text);
            assert_eq!(read(&bars), text);
            assert_eq!(bars.modules().len(), modules + 2 * QUIET_MODULES, "{text}");
        };
        check("A", 3 * 11 + 13);
        check("Wikipedia", 11 * 11 + 13);
        check("1234", 4 * 11 + 13);
        check("12345", 5 * 11 + 13 + 11);
        check("AB1234", 7 * 11 + 13);
        check("A123456B", 9 * 11 + 13);
        check("A1234B", 8 * 11 + 13);
        check(scan::learn::CODE, 32 * 11 + 13);
        let all: String = (b' '..=b'~').map(char::from).collect();
        all.as_bytes().chunks(50).for_each(|part| assert_eq!(read(&Bars::of(std::str::from_utf8(part).expect("ASCII")).expect("printable")).as_bytes(), part));
    }

    #[test]
    fn bars_as_the_standard_prints_them() {
        // The known example of the check symbol: PJJ123C with start A has 54; with start B 55.
        let bars = Bars::of("PJJ123C").expect("printable");
        let check = &bars.widths[bars.widths.len() - STOP.len() - 6..bars.widths.len() - STOP.len()];
        assert_eq!(symbol(check), 55);
    }

    #[test]
    fn what_cannot_be_drawn_is_not() {
        for text in ["", "é", "A\n", &"9".repeat(81)] {
            assert_eq!(Bars::of(text), None, "{text:?}");
        }
    }
}
