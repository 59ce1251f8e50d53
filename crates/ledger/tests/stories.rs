//! Every story in `tests/story`, told to a shop in memory.

use ledger::story::{MemoryShop, StoryError, run};
use std::collections::BTreeSet;
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/story")
}

fn stories() -> Vec<(String, String)> {
    let files = std::fs::read_dir(folder()).expect("the stories are part of the source");
    let paths = files.map(|file| file.expect("a readable folder").path()).filter(|path| path.extension().is_some_and(|e| e == "story"));
    let mut stories: Vec<_> = paths.map(|path| (path.display().to_string(), std::fs::read_to_string(&path).expect("text"))).collect();
    stories.sort();
    stories
}

#[test]
fn every_story_comes_true_in_memory() {
    let told = stories().into_iter().map(|(name, text)| run(&text, &mut MemoryShop::default()).map_err(|error| format!("{name}, {error}")));
    let untrue: Vec<String> = told.filter_map(Result::err).collect();
    assert!(untrue.is_empty(), "{}", untrue.join("\n"));
}

/// Codes that no story can end in, because the ledger does not give them: with the reason.
const OUTSIDE_STORIES: [(&str, &str); 4] = [
    ("unknown_code", "a scan that names neither a product nor a unit never becomes an op"),
    ("serial_expected", "asked on the serials page of the till, before there is an op"),
    ("reserved_unit", "what lies in other carts is known while a sale is made, and is no part of it"),
    ("ask_reserved", "the same"),
];

#[test]
fn stories_end_in_every_refusal_there_is() {
    let told: BTreeSet<String> = stories().iter().flat_map(|(_, text)| verdicts(text)).collect();
    let frozen = include_str!("../../../tests/golden/refusals.txt");
    let outside = OUTSIDE_STORIES.map(|(code, _)| code);
    let untold: Vec<&str> = frozen.lines().filter(|code| !told.contains(*code) && !outside.contains(code)).collect();
    assert!(untold.is_empty(), "no story ends in {untold:?}");
    let needless: Vec<&str> = outside.into_iter().filter(|code| told.contains(*code)).collect();
    assert!(needless.is_empty(), "stories do end in {needless:?}: strike them off OUTSIDE_STORIES");
}

/// The first word of each verdict; that it comes true is the other test's concern.
fn verdicts(text: &str) -> Vec<String> {
    let events = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let ends = events.filter_map(|line| line.split_once(" -> "));
    ends.filter_map(|(_, verdict)| verdict.split_whitespace().next()).map(str::to_owned).collect()
}

/// A story that cannot come true says so, in the line where it begins to be untrue.
#[test]
fn an_untrue_or_unreadable_line_is_named() {
    let scene = "product CASE 10.00 off\noperator ana cashier\nT1 open 0.00\n";
    let table = [
        ("T1 sell CASE*1 -> no_shift", "no_shift", "applied"),
        ("T1 sell CASE*0 -> applied", "applied", "quantity_zero The quantity must be at least 1. Remove the line instead."),
        (
            "T1 sell CASE*0 unpaid -> quantity_zero \"too many\"",
            "quantity_zero too many",
            "quantity_zero The quantity must be at least 1. Remove the line instead.",
        ),
        ("expect stock CASE main 3", "3", "none"),
        (
            "expect till T1 drawer 9.00 sales 0",
            "drawer 9.00",
            "receipts 0, shifts 1, open, operator ana, float 0.00, drawer 0.00, sales 0, units 0, gross 0.00, discounts 0.00, cash 0.00, card 0.00, wallet 0.00, first none, last none",
        ),
        ("T1 fly", "open, close, stock-in, sell, edit or resolve, not fly", "T1 fly"),
        ("T1 open", "a float", "T1 open"),
        ("T1 open 1.234", "an amount such as 12.50, not \"1.234\"", "T1 open 1.234"),
        ("T1 open 1.00 quickly", "no \"quickly\" here", "T1 open 1.00 quickly"),
        ("T1 edit CASE X1 notes \"a", "a closing quote", "T1 edit CASE X1 notes \"a"),
        ("T1 stock-in CASE A1..B2", "a range of serials such as A01..A20, not \"A1..B2\"", "T1 stock-in CASE A1..B2"),
        ("expect weather fine", "unit, stock, till, closed, product, conflict or conflicts", "expect weather fine"),
    ];
    for (line, expected, got) in table {
        let untrue = StoryError { line: 4, expected: expected.into(), got: got.into() };
        assert_eq!(run(&format!("{scene}{line}"), &mut MemoryShop::default()), Err(untrue), "{line}");
    }
    let early = run("again", &mut MemoryShop::default()).expect_err("nothing was said before");
    assert_eq!(early.to_string(), "line 1: expected an event before `again`, got again");
}

/// The hub's own ops need nobody's right; a till's name alone gives none.
#[test]
fn only_the_hub_is_above_rights() {
    let mut shop = MemoryShop::default();
    run("T1 product CASE 1.00 off by nobody -> not_permitted\nHUB product CASE 1.00 off by nobody -> not_permitted\nproduct CASE 1.00 off", &mut shop)
        .expect("it is so");
}
