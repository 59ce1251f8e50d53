//! Tells code, strings and comments of Rust (and of Slint, which writes them alike) apart. Not a
//! parser: just enough that a word in a comment is not taken for an import.

/// A file's text, thrice, each with everything else blanked and every line where it was.
pub struct Source {
    pub code: String,
    pub strings: String,
    pub comments: String,
}

/// What the reader stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Code,
    LineComment,
    /// They nest in Rust.
    BlockComment(usize),
    Text,
    /// Ends at a quote and so many `#`.
    RawText(usize),
    Character,
}

pub fn read_source(text: &str) -> Source {
    let chars: Vec<char> = text.chars().collect();
    let mut source = Source { code: String::new(), strings: String::new(), comments: String::new() };
    let mut within = Within::Code;
    let mut at = 0;
    while at < chars.len() {
        let before = within;
        let length = step(&chars, at, &mut within);
        // The marks that open and close a string or a comment count as its own.
        let place = if before == Within::Code { within } else { before };
        for &c in &chars[at..at + length] {
            write(&mut source, place, c);
        }
        at += length;
    }
    source
}

/// Moves over one token or character: gives its length and where the reader stands after it.
fn step(chars: &[char], at: usize, within: &mut Within) -> usize {
    let rest = &chars[at..];
    match *within {
        Within::Code => step_code(chars, at, within),
        Within::LineComment if rest[0] == '\n' => end(within, 1),
        Within::BlockComment(1) if rest.starts_with(&['*', '/']) => end(within, 2),
        Within::BlockComment(depth) if rest.starts_with(&['*', '/']) => deeper(within, depth - 1),
        Within::BlockComment(depth) if rest.starts_with(&['/', '*']) => deeper(within, depth + 1),
        Within::Text | Within::Character if rest[0] == '\\' => 2.min(rest.len()),
        Within::Text if rest[0] == '"' => end(within, 1),
        Within::Character if rest[0] == '\'' => end(within, 1),
        Within::RawText(hashes) if closes_raw(rest, hashes) => end(within, 1 + hashes),
        _ => 1,
    }
}

fn step_code(chars: &[char], at: usize, within: &mut Within) -> usize {
    let rest = &chars[at..];
    let follows_word = at > 0 && is_word(chars[at - 1]);
    if rest.starts_with(&['/', '/']) {
        *within = Within::LineComment;
        return 2;
    }
    if rest.starts_with(&['/', '*']) {
        *within = Within::BlockComment(1);
        return 2;
    }
    if let Some(hashes) = opens_raw(rest).filter(|_| !follows_word || chars[at - 1] == 'b') {
        *within = Within::RawText(hashes);
        return 2 + hashes;
    }
    if rest[0] == '"' {
        *within = Within::Text;
    } else if rest[0] == '\'' && is_character(rest) {
        *within = Within::Character;
    }
    1
}

fn end(within: &mut Within, length: usize) -> usize {
    *within = Within::Code;
    length
}

fn deeper(within: &mut Within, depth: usize) -> usize {
    *within = Within::BlockComment(depth);
    2
}

/// The number of `#` of `r#"`.
fn opens_raw(rest: &[char]) -> Option<usize> {
    let after = rest.strip_prefix(&['r'])?;
    let hashes = after.iter().take_while(|&&c| c == '#').count();
    (after.get(hashes) == Some(&'"')).then_some(hashes)
}

fn closes_raw(rest: &[char], hashes: usize) -> bool {
    rest[0] == '"' && rest.len() > hashes && rest[1..=hashes].iter().all(|&c| c == '#')
}

/// `'a'` and `'\n'` are characters, `'a` is a lifetime.
fn is_character(rest: &[char]) -> bool {
    rest.get(1) == Some(&'\\') || rest.get(2) == Some(&'\'')
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn write(source: &mut Source, place: Within, c: char) {
    let blank = if c == '\n' { '\n' } else { ' ' };
    let is = |wanted: bool| if wanted { c } else { blank };
    source.code.push(is(place == Within::Code));
    source.comments.push(is(matches!(place, Within::LineComment | Within::BlockComment(_))));
    source.strings.push(is(matches!(place, Within::Text | Within::RawText(_) | Within::Character)));
}

/// The words of a text with the line each stands on, from 1. A word is what could be an identifier.
pub fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().flat_map(|(index, line)| line.split(|c| !is_word(c)).filter(|word| !word.is_empty()).map(move |word| (index + 1, word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `expected` is the code with one space for every other character.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(read_source(text).code, expected);
    }

    #[test]
    fn only_code_is_left() {
        check("a // b\nc", "a     \nc");
        check("a /* b /* c */ d */ e", "a                   e");
        check("f(\"x // y\") + 1", "f(        ) + 1");
        check(r#"f("\"") + 1"#, "f(    ) + 1");
        check("f(r#\"a \" b\"#, 2)", "f(          , 2)");
        check("f(br\"a\", 2)", "f(b    , 2)");
        check("let for_r = 'x'; &'a str", "let for_r =    ; &'a str");
        check(r"match c { '\'' => '{' }", "match c {      =>     }");
        check("r#type", "r#type");
    }

    #[test]
    fn strings_and_comments_keep_their_place() {
        let source = read_source("f(\"SELECT\"); // why\n");
        assert_eq!(source.strings, "  \"SELECT\"         \n");
        assert_eq!(source.comments, "             // why\n");
    }
}
