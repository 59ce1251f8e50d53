//! Recordings of real scanners, which are not part of this repository.

use std::path::{Path, PathBuf};

/// The folder named by `COUNTERFOIL_SCANNER_DATA`, or `../shared/scanner-data` beside the
/// workspace; `None`, with a line to read, where there is neither.
pub fn folder() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/scanner-data");
    let folder = std::env::var_os("COUNTERFOIL_SCANNER_DATA").map_or_else(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no recorded data in {} (set COUNTERFOIL_SCANNER_DATA)", folder.display());
    None
}

/// One file of it; `None`, with a line to read, where another folder than the one it was found in has no
/// such file.
pub fn file(name: &str) -> Option<PathBuf> {
    let file = folder()?.join(name);
    if file.exists() {
        return Some(file);
    }
    println!("skipped: no {}", file.display());
    None
}

/// All files of one kind, in the order of their names.
pub fn files(under: &str, ending: &str) -> Vec<PathBuf> {
    let Some(folder) = folder().map(|folder| folder.join(under)) else { return Vec::new() };
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.to_string_lossy().ends_with(ending)).collect();
    files.sort();
    if files.is_empty() {
        println!("skipped: no {under}/*{ending}");
    }
    files
}
