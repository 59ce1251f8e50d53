//! Every story in `tests/story`, told to a shop in memory.

use ledger::story::{MemoryShop, run};
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
