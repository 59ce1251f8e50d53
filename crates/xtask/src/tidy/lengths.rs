//! A file is read in one sitting, a function on one screen.

use super::Finding;
use super::tree::{File, Tree};

const FILE_LINES_MAX: usize = 600;
const FUNCTION_LINES_MAX: usize = 70;
/// Endings of what people write by hand and read from top to bottom.
const READ: &[&str] = &["rs", "slint", "sql", "css", "html"];

pub fn files(tree: &Tree) -> Vec<Finding> {
    let read = tree.files.iter().filter(|file| READ.contains(&file.ending()));
    let long = read.filter(|file| file.text.lines().count() > FILE_LINES_MAX);
    long.map(|file| file.finding(0, format!("has {} lines, at most {FILE_LINES_MAX}: split it by purpose", file.text.lines().count()))).collect()
}

pub fn functions(tree: &Tree) -> Vec<Finding> {
    tree.with_ending("rs").flat_map(long_functions).collect()
}

fn long_functions(file: &File) -> Vec<Finding> {
    let long = functions_of(file.code()).into_iter().filter(|function| function.lines > FUNCTION_LINES_MAX);
    long.map(|function| {
        let what = format!("`{}` has {} lines, at most {FUNCTION_LINES_MAX}: name its parts", function.name, function.lines);
        file.finding(function.line, what)
    })
    .collect()
}

#[derive(Debug, PartialEq, Eq)]
struct Function<'a> {
    name: &'a str,
    /// Of the word `fn`, from 1.
    line: usize,
    lines: usize,
}

/// Every function with a body. `code` has neither strings nor comments.
fn functions_of(code: &str) -> Vec<Function<'_>> {
    let starts = code.match_indices("fn ").filter(|&(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'));
    starts.filter_map(|(at, _)| function_at(code, at)).collect()
}

fn function_at(code: &str, at: usize) -> Option<Function<'_>> {
    let after = &code[at + "fn ".len()..];
    let name = after.split(|c: char| !c.is_alphanumeric() && c != '_').next().filter(|name| !name.is_empty())?;
    let end = end_of_body(&code[at..])?;
    let line = code[..at].matches('\n').count() + 1;
    Some(Function { name, line, lines: code[at..at + end].matches('\n').count() + 1 })
}

/// Where the body's closing brace stands; none if the declaration ends without a body.
fn end_of_body(code: &str) -> Option<usize> {
    let mut round = 0_i32;
    let mut curly = 0_i32;
    for (at, c) in code.char_indices() {
        match c {
            '(' | '[' => round += 1,
            ')' | ']' => round -= 1,
            ';' if round == 0 && curly == 0 => return None,
            '{' => curly += 1,
            '}' if curly == 1 && round == 0 => return Some(at),
            '}' => curly -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_measured() {
        let code = "impl A {\n    fn one() {}\n    fn two(f: fn (u8), a: [u8; 2]) -> u8\n    {\n        if x { y }\n    }\n    fn three();\n}\n";
        let found: Vec<(&str, usize, usize)> = functions_of(code).iter().map(|f| (f.name, f.line, f.lines)).collect();
        assert_eq!(found, [("one", 2, 1), ("two", 3, 4)]);
    }

    #[test]
    fn what_is_too_long_is_found() {
        let body = "    step();\n".repeat(FUNCTION_LINES_MAX);
        let tree = Tree::of("src/a.rs", &format!("fn long() {{\n{body}}}\n"));
        assert_eq!(functions(&tree).len(), 1);
        assert_eq!(files(&tree).len(), 0);
        assert_eq!(files(&Tree::of("src/a.rs", &"\n".repeat(FILE_LINES_MAX + 1))).len(), 1);
    }
}
