//! In which characters a text differs from the one that was shown.

use super::CODE;

/// Longer texts are not compared: they are another code's.
const COMPARED_MAX: usize = 4 * CODE.len();

/// One character that did not come as it was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wrong {
    /// `None`: the scanner sent a character too many.
    pub wanted: Option<char>,
    /// `None`: the scanner left the character out.
    pub read: Option<char>,
}

/// What is wrong in a text that is alike enough to have been meant, fewest first.
pub(super) fn compare(text: &str) -> Option<Vec<Wrong>> {
    let read: Vec<char> = text.trim_end_matches(['\r', '\n', '\t', '\u{3}']).chars().collect();
    if read.len() > COMPARED_MAX {
        return None;
    }
    let wanted: Vec<char> = CODE.chars().collect();
    let costs = costs(&wanted, &read);
    let wrong = walk(&wanted, &read, &costs);
    // Letters and digits keep their places under most countries: a text with less than a third in
    // common is somebody typing.
    (wrong.len() * 3 <= wanted.len() * 2).then_some(wrong)
}

/// The fewest changes between every two beginnings.
fn costs(wanted: &[char], read: &[char]) -> Vec<Vec<usize>> {
    let mut costs = vec![(0..=read.len()).collect::<Vec<usize>>()];
    for (row, want) in wanted.iter().enumerate() {
        let above = &costs[row];
        let mut line = vec![row + 1];
        for (at, have) in read.iter().enumerate() {
            let changed = above[at] + usize::from(want != have);
            line.push(changed.min(above[at + 1] + 1).min(line[at] + 1));
        }
        costs.push(line);
    }
    costs
}

fn walk(wanted: &[char], read: &[char], costs: &[Vec<usize>]) -> Vec<Wrong> {
    let (mut row, mut at) = (wanted.len(), read.len());
    let mut wrong = Vec::new();
    while row > 0 || at > 0 {
        let cost = costs[row][at];
        let same = row > 0 && at > 0 && wanted[row - 1] == read[at - 1];
        if row > 0 && at > 0 && cost == costs[row - 1][at - 1] + usize::from(!same) {
            (row, at) = (row - 1, at - 1);
            if !same {
                wrong.push(Wrong { wanted: Some(wanted[row]), read: Some(read[at]) });
            }
        } else if row > 0 && cost == costs[row - 1][at] + 1 {
            row -= 1;
            wrong.push(Wrong { wanted: Some(wanted[row]), read: None });
        } else {
            at -= 1;
            wrong.push(Wrong { wanted: None, read: Some(read[at]) });
        }
    }
    wrong.reverse();
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_named() {
        let shown = |text: &str| {
            compare(text).map(|wrong| wrong.iter().map(|one| format!("{}{} ", one.wanted.unwrap_or('·'), one.read.unwrap_or('·'))).collect::<String>())
        };
        assert_eq!(shown(&format!("{CODE}\r\n")).as_deref(), Some(""));
        assert_eq!(shown(&CODE.replace('#', "£")).as_deref(), Some("#£ "));
        assert_eq!(shown(&CODE.replace(['_', '#'], "")).as_deref(), Some("_· #· "));
        assert_eq!(shown(&format!("x{CODE}")).as_deref(), Some("·x "));
        assert_eq!(shown("hello world"), None);
        assert_eq!(shown(&"x".repeat(1000)), None);
        assert_eq!(shown(""), None);
    }
}
