//! The house rules that no compiler knows, as a lint that is also a test. Each rule is a function
//! from the tree to findings; a finding says where, what, and what to do instead.

mod fences;
mod lengths;
mod manifest;
mod notices;
mod source;
mod tree;
mod units;
mod words;

use crate::root::root;
use anyhow::{Result, bail};
use std::fmt;
use tree::Tree;

/// The name of the step in `check`.
pub const NAME: &str = "tidy";

/// A rule of the house.
type Rule = fn(&Tree) -> Vec<Finding>;

const RULES: &[Rule] = &[
    lengths::files,
    lengths::functions,
    fences::imports,
    fences::sql,
    words::whitespace,
    words::leftovers,
    words::places,
    words::glossary,
    words::sleeps,
    manifest::purposes,
    manifest::sources,
    notices::refusals_have_words,
    units::exposure,
];

/// One breach of one rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    path: String,
    /// From 1; 0 means the whole file.
    line: usize,
    what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.what),
            line => write!(f, "{}:{line}: {}", self.path, self.what),
        }
    }
}

/// Prints that all is well, or gives every finding in one error. Answers what could not be looked at
/// on this machine, since that is not the same as being well.
pub fn run() -> Result<Option<&'static str>> {
    let tree = Tree::read(&root())?;
    let findings = findings(&tree);
    if !findings.is_empty() {
        let lines: Vec<String> = findings.iter().map(Finding::to_string).collect();
        bail!("{}\n{} to tidy up.", lines.join("\n"), findings.len());
    }
    println!("{} files, {} rules: tidy.", tree.files.len(), RULES.len());
    let left_out = units::left_out();
    left_out.iter().for_each(|why| println!("Left out: {why}."));
    Ok(left_out)
}

fn findings(tree: &Tree) -> Vec<Finding> {
    let mut findings: Vec<Finding> = RULES.iter().flat_map(|rule| rule(tree)).collect();
    findings.sort();
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_tidy() {
        let tree = Tree::read(&root()).expect("the work tree can be read");
        let lines: Vec<String> = findings(&tree).iter().map(Finding::to_string).collect();
        assert!(lines.is_empty(), "\n{}\n", lines.join("\n"));
    }
}
