//! Makes the table of GS1's application identifiers from GS1's syntax dictionary:
//! `cargo run -p scan --example gs1 -- gs1-syntax-dictionary.txt > crates/scan/src/label/gs1/table.rs`.
//!
//! Only what is looked at is kept: identifiers, whether a length is predefined, the components and
//! those checks that are made here.

use std::error::Error;
use std::{env, fs};

const CHECKS: [&str; 12] = ["csum", "yymmdd", "yymmd0", "yyyymmdd", "hhmi", "hh", "mi", "ss", "nonzero", "zero", "yesno", "pieceoftotal"];

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args().nth(1).ok_or("usage: gs1 DICTIONARY")?;
    let rows: Vec<String> = fs::read_to_string(path)?.lines().filter_map(row).collect();
    println!("//! Made by `examples/gs1.rs` from the rules of GS1's syntax dictionary. Not to be edited.\n");
    println!("use super::Row;\n");
    println!("const fn row(first: &'static str, last: &'static str, predefined: bool, spec: &'static str) -> Row {{");
    println!("    Row {{ first, last, predefined, spec }}\n}}\n");
    println!("#[rustfmt::skip]\npub(super) static TABLE: [Row; {}] = [", rows.len());
    rows.iter().for_each(|row| println!("    {row},"));
    println!("];");
    Ok(())
}

fn row(line: &str) -> Option<String> {
    let mut words = line.split('#').next()?.split_whitespace();
    let identifiers = words.next()?;
    let (first, last) = identifiers.split_once('-').unwrap_or((identifiers, identifiers));
    let words: Vec<&str> = words.collect();
    let predefined = words.first().is_some_and(|flags| flags.contains('*'));
    let spec: Vec<String> = words.iter().filter(|word| is_component(word)).map(|word| component(word)).collect();
    Some(format!("row({first:?}, {last:?}, {predefined}, {:?})", spec.join(" ")))
}

fn is_component(word: &str) -> bool {
    let mut chars = word.trim_start_matches('[').chars();
    chars.next().is_some_and(|set| "NXYZ".contains(set)) && chars.next().is_some_and(|next| next == '.' || next.is_ascii_digit())
}

/// `[N4],hhmi` as `[N4,hhmi]`.
fn component(word: &str) -> String {
    let optional = word.starts_with('[');
    let mut parts = word.split(',').map(|part| part.trim_matches(['[', ']']));
    let form = parts.next().unwrap_or_default();
    let kept: Vec<&str> = [form].into_iter().chain(parts.filter(|check| CHECKS.contains(check))).collect();
    if optional { format!("[{}]", kept.join(",")) } else { kept.join(",") }
}
