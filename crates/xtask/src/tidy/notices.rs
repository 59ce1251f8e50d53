//! A refusal without words would be a silent till.

use super::Finding;
use super::tree::{File, Tree};

const REFUSALS: &str = "crates/ledger/src/refusal.rs";
/// Where the words are looked for: the terminal's red notice.
const WORDS: &str = "ui/notice.slint";

pub fn refusals_have_words(tree: &Tree) -> Vec<Finding> {
    let (Some(refusals), Some(words)) = (tree.file(REFUSALS), tree.file(WORDS)) else { return vec![] };
    let codes = codes(refusals);
    if codes.is_empty() {
        return vec![refusals.finding(0, "no refusal codes were found: the rule that compares them with the screens is blind")];
    }
    let silent = codes.iter().filter(|code| !says(words, code));
    silent.map(|code| words.finding(0, format!("has no words for the refusal `{code}`"))).collect()
}

/// The strings of the lines `Refusal::… => "code"`.
fn codes(refusals: &File) -> Vec<String> {
    let arms = refusals.text.lines().filter_map(|line| line.trim().strip_prefix("Refusal::")?.split_once(" => \""));
    let codes = arms.filter_map(|(_, after)| after.strip_suffix("\","));
    codes.filter(|code| code.chars().all(|c| c.is_ascii_lowercase() || c == '_')).map(str::to_owned).collect()
}

/// Slint writes a code with `-`; Rust's `_` is the same name to it.
fn says(words: &File, code: &str) -> bool {
    let kebab = code.replace('_', "-");
    let text = words.code();
    text.split(|c: char| !c.is_alphanumeric() && c != '-' && c != '_').any(|word| word == kebab || word == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_without_words_is_found() {
        let refusals = Tree::of(REFUSALS, "    Refusal::IdReused => \"id_reused\",\n    Refusal::NoShift { .. } => \"no_shift\",\n");
        let words = Tree::of(WORDS, "export enum NoticeKind { id-reused }\n");
        let tree = Tree { files: refusals.files.into_iter().chain(words.files).collect() };
        let found: Vec<String> = refusals_have_words(&tree).iter().map(Finding::to_string).collect();
        assert_eq!(found, ["ui/notice.slint: has no words for the refusal `no_shift`"]);
    }
}
