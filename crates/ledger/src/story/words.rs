//! A line of a story, cut into words.

use super::scribe::Stop;
use crate::money::Money;
use crate::refusal::Refusal;
use crate::serial::Serial;
use std::collections::VecDeque;

#[derive(Clone, PartialEq, Eq)]
struct Word {
    text: String,
    quoted: bool,
}

/// The words of a line that are not yet understood.
#[derive(Default)]
pub(super) struct Words {
    words: VecDeque<Word>,
}

impl Words {
    /// Cuts at blanks; a pair of double quotes keeps a word together. A remark has no words.
    pub(super) fn read(line: &str) -> Result<Words, String> {
        let mut words = VecDeque::new();
        let mut rest = line.trim_start();
        if rest.starts_with('#') {
            return Ok(Words::default());
        }
        while !rest.is_empty() {
            let (word, after) = first_word(rest)?;
            words.push_back(word);
            rest = after.trim_start();
        }
        Ok(Words { words })
    }

    /// Takes away everything after `mark`, and the mark itself.
    pub(super) fn split_off(&mut self, mark: &str) -> Words {
        let Some(at) = self.position(mark) else { return Words::default() };
        let mut after = Words { words: self.words.split_off(at) };
        after.words.pop_front();
        after
    }

    pub(super) fn peek(&self) -> Option<&str> {
        self.words.front().map(|word| word.text.as_str())
    }

    pub(super) fn next(&mut self) -> Option<String> {
        self.words.pop_front().map(|word| word.text)
    }

    pub(super) fn need(&mut self, what: &str) -> Result<String, String> {
        self.next().ok_or_else(|| what.to_owned())
    }

    /// The quoted word, wherever it stands.
    pub(super) fn take_quoted(&mut self) -> Option<String> {
        let at = self.words.iter().position(|word| word.quoted)?;
        self.words.remove(at).map(|word| word.text)
    }

    /// Takes the word `name` away, if it is there.
    pub(super) fn flag(&mut self, name: &str) -> bool {
        self.position(name).is_some_and(|at| self.words.remove(at).is_some())
    }

    /// Takes `name` and the word after it away, if they are there.
    pub(super) fn option(&mut self, name: &str) -> Option<String> {
        let at = self.position(name).filter(|at| at + 1 < self.words.len())?;
        self.words.remove(at);
        self.words.remove(at).map(|word| word.text)
    }

    /// As [`Words::option`], with two words.
    pub(super) fn option_pair(&mut self, name: &str) -> Option<(String, String)> {
        let at = self.position(name).filter(|at| at + 2 < self.words.len())?;
        self.words.remove(at);
        Some((self.words.remove(at)?.text, self.words.remove(at)?.text))
    }

    /// Everything left, joined by blanks.
    pub(super) fn rest(&mut self) -> String {
        self.words.drain(..).map(|word| word.text).collect::<Vec<_>>().join(" ")
    }

    /// Nothing may be left that nobody understood.
    pub(super) fn end(&mut self) -> Result<(), String> {
        if self.words.is_empty() { Ok(()) } else { Err(format!("no {:?} here", self.rest())) }
    }

    fn position(&self, text: &str) -> Option<usize> {
        self.words.iter().position(|word| !word.quoted && word.text == text)
    }
}

fn first_word(text: &str) -> Result<(Word, &str), String> {
    if let Some(after) = text.strip_prefix('"') {
        let (inside, rest) = after.split_once('"').ok_or("a closing quote")?;
        return Ok((Word { text: inside.to_owned(), quoted: true }, rest));
    }
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    Ok((Word { text: text[..end].to_owned(), quoted: false }, &text[end..]))
}

/// `12`, `12.5`, `12.50` or `-12.50`.
pub(super) fn amount(text: &str) -> Result<Money, String> {
    let wrong = || format!("an amount such as 12.50, not {text:?}");
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let (whole, cents) = digits.split_once('.').unwrap_or((digits, ""));
    if cents.len() > 2 {
        return Err(wrong());
    }
    let minor: i64 = format!("{whole}{cents:0<2}").parse().ok().ok_or_else(wrong)?;
    Ok(Money(sign * minor))
}

pub(super) fn count(text: &str) -> Result<u32, String> {
    text.parse().ok().ok_or_else(|| format!("a number, not {text:?}"))
}

/// The serials that a word stands for: itself, or `A1..A3` each in turn.
pub(super) fn serials(text: &str) -> Result<Vec<Serial>, Stop> {
    let Some((first, last)) = text.split_once("..") else { return Ok(vec![Serial::parse(text)?]) };
    let wrong = || Stop::Malformed(format!("a range of serials such as A01..A20, not {text:?}"));
    let prefix = first.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = first.len() - prefix.len();
    let number = |text: &str| text.strip_prefix(prefix).and_then(|number| number.parse::<u64>().ok()).ok_or_else(wrong);
    let all = (number(first)?..=number(last)?).map(|n| Serial::parse(&format!("{prefix}{n:0digits$}")));
    Ok(all.collect::<Result<_, Refusal>>()?)
}
