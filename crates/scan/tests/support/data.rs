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
