//! Words and characters that stay out of the tree.

use super::Finding;
use super::source::words;
use super::tree::{File, Tree};

/// What is left behind while working. Assembled, so that this file does not find itself.
const LEFTOVERS: &[(&str, &str)] = &[
    (concat!("todo", "!("), "finish it, or refuse it in words"),
    (concat!("unimplemented", "!("), "finish it, or refuse it in words"),
    (concat!("dbg", "!("), "trace it, or take it out"),
    (concat!("FIX", "ME"), "mend it, or write down why it stands"),
    (concat!("TO", "DO"), "do it, or write down why it stands"),
    (concat!("#[ig", "nore"), "an ignored test tests nothing: run it, or delete it"),
];

/// Names of machines and registries: the tree is the same wherever it lies.
const PLACES: &[&str] = &[concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("crates", ".io"), concat!("npm", "js"), concat!("py", "pi.org")];

/// Words that GLOSSARY.md keeps out of names, with the word to use.
const BANNED: &[(&str, &str)] = &[("qty", "quantity"), ("inventory", "stock"), ("parcel", "package"), ("imei", "serial")];

/// Endings where tabs never belong. (Makefiles, patches and recordings need them.)
const TABLESS: &[&str] = &["rs", "slint", "toml"];
/// Files that are taken over from others as they are.
const FOREIGN: &[&str] = &["LICENSE", "Cargo.lock", "crates/hub/assets/htmx"];
/// Stored and sent forms, byte for byte.
const FROZEN: &[&str] = &["tests/golden/"];

pub fn whitespace(tree: &Tree) -> Vec<Finding> {
    let ours = tree.files.iter().filter(|file| !file.is_in(FOREIGN) && !file.is_in(FROZEN));
    ours.flat_map(|file| ends_of_lines(file).into_iter().chain(end_of_file(file))).collect()
}

pub fn leftovers(tree: &Tree) -> Vec<Finding> {
    let ours = tree.files.iter().filter(|file| !file.is_in(FOREIGN));
    ours.flat_map(|file| LEFTOVERS.iter().flat_map(|(word, instead)| lines_with(file, word, &format!("`{word}`: {instead}")))).collect()
}

pub fn places(tree: &Tree) -> Vec<Finding> {
    let ours = tree.files.iter().filter(|file| !file.is_in(FOREIGN));
    ours.flat_map(|file| PLACES.iter().flat_map(|place| lines_with(file, place, &format!("`{place}` names a machine or a registry")))).collect()
}

pub fn glossary(tree: &Tree) -> Vec<Finding> {
    let sources = tree.with_ending("rs").chain(tree.with_ending("slint"));
    sources.filter(|file| !file.is_in(&["crates/xtask/src/tidy/"])).flat_map(banned_names).collect()
}

/// A sleep in a test hides a missing event, in the product a missing wait.
pub fn sleeps(tree: &Tree) -> Vec<Finding> {
    tree.with_ending("rs").filter(|file| !file.is_in(&["crates/xtask/src/tidy/"])).flat_map(unexplained_sleeps).collect()
}

fn ends_of_lines(file: &File) -> Vec<Finding> {
    let numbered = file.text.split('\n').enumerate();
    numbered
        .filter_map(|(index, line)| {
            let what = if line.ends_with([' ', '\t', '\r']) {
                "white space at the end of the line"
            } else if line.contains('\t') && TABLESS.contains(&file.ending()) {
                "a tab: indent with spaces"
            } else {
                return None;
            };
            Some(file.finding(index + 1, what))
        })
        .collect()
}

fn end_of_file(file: &File) -> Option<Finding> {
    (!file.text.is_empty() && !file.text.ends_with('\n')).then(|| file.finding(0, "does not end with a new line"))
}

fn lines_with(file: &File, word: &str, what: &str) -> Vec<Finding> {
    let numbered = file.text.lines().enumerate();
    numbered.filter(|(_, line)| line.contains(word)).map(|(index, _)| file.finding(index + 1, what)).collect()
}

fn banned_names(file: &File) -> Vec<Finding> {
    words(file.code())
        .flat_map(|(line, name)| pieces(name).into_iter().map(move |piece| (line, name, piece)))
        .filter_map(|(line, name, piece)| {
            let (_, instead) = BANNED.iter().find(|(banned, _)| *banned == piece)?;
            Some(file.finding(line, format!("`{name}`: the glossary says {instead}")))
        })
        .collect()
}

/// The lower-case pieces of `snake_case`, `CamelCase` and `kebab-case`.
fn pieces(name: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for c in name.chars() {
        if c == '_' || c == '-' || c.is_uppercase() {
            pieces.push(String::new());
        }
        if c.is_alphanumeric() {
            pieces.last_mut().expect("there is always one piece").extend(c.to_lowercase());
        }
    }
    pieces
}

fn unexplained_sleeps(file: &File) -> Vec<Finding> {
    let said: Vec<&str> = file.text.lines().collect();
    let explained = |index: usize| said[index.saturating_sub(1)..=index].iter().any(|line| line.contains("// sleeps because "));
    let lines = file.code().lines().enumerate();
    lines
        .filter(|&(index, line)| line.contains("thread::sleep(") && !explained(index))
        .map(|(index, _)| file.finding(index + 1, "sleeps: wait for an event, or say above it `// sleeps because …`"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rule: fn(&Tree) -> Vec<Finding>, path: &str, text: &str, expected: usize) {
        let found = rule(&Tree::of(path, text));
        assert_eq!(found.len(), expected, "{path}: {text:?}: {found:?}");
    }

    #[test]
    fn white_space_is_kept_in_order() {
        check(whitespace, "a.md", "a \nb\n", 1);
        check(whitespace, "a.md", "a\r\nb\n", 1);
        check(whitespace, "a.md", "a", 1);
        check(whitespace, "a.rs", "\tfn\n", 1);
        check(whitespace, "a.md", "\ta\n", 0);
        check(whitespace, "a.md", "", 0);
    }

    #[test]
    fn leftovers_and_places_are_found_in_any_text() {
        check(leftovers, "a.rs", concat!("fn f() { todo", "!() }\n"), 1);
        check(leftovers, "a.slint", concat!("// FIX", "ME\n"), 1);
        check(places, "a.md", concat!("see /wo", "rk/x\n"), 1);
        check(places, "a.md", "see work/x\n", 0);
    }

    #[test]
    fn names_use_the_words_of_the_glossary() {
        check(glossary, "a.rs", "let qty_max = line.InventoryItem;\n", 2);
        check(glossary, "a.rs", "// qty\nlet quantity = \"qty\";\n", 0);
    }

    #[test]
    fn a_sleep_gives_its_reason() {
        check(sleeps, "a.rs", "fn f() {\n    std::thread::sleep(d);\n}\n", 1);
        check(sleeps, "a.rs", "fn f() {\n    // sleeps because the device says nothing\n    std::thread::sleep(d);\n}\n", 0);
    }
}
