//! Which fonts the screens are drawn with. Slint would take whatever the system offers, draws blanks
//! for what it lacks, and panics when there is none at all; so the files are found here, in a fixed
//! order, before Slint is called for the first time.

use skrifa::{FontRef, MetadataProvider};
use std::collections::BTreeSet;
use std::env;
use std::path::{Path, PathBuf};

/// Slint's own variable: a list of font files, earlier ones first.
const VARIABLE: &str = "SLINT_FONT_PATH";

/// For each use the files that serve it, best first. Debian's places.
const USES: [&[&str]; 5] = [
    &["/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf", "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"],
    &["/usr/share/fonts/truetype/noto/NotoSans-Bold.ttf", "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"],
    &["/usr/share/fonts/truetype/noto/NotoSansMono-Regular.ttf", "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf"],
    &["/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf", "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc"],
    &["/usr/share/fonts/truetype/noto/NotoSansThai-Regular.ttf", "/usr/share/fonts/truetype/tlwg/Loma.ttf", "/usr/share/fonts/opentype/tlwg/Loma.otf"],
];

/// No file of any use is there.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "no font to draw the screens with; install the Debian packages fonts-noto-core, fonts-noto-mono and \
     fonts-droid-fallback, or name font files in SLINT_FONT_PATH"
)]
pub struct NoFonts;

/// Points Slint at the installed fonts, unless somebody chose some already. Call it first thing in
/// `main`, while there is one thread.
///
/// # Errors
/// Nothing to draw letters with.
pub fn use_installed() -> Result<(), NoFonts> {
    if env::var_os(VARIABLE).is_some_and(|chosen| !chosen.is_empty()) {
        return Ok(());
    }
    let files = installed(Path::exists);
    if files.is_empty() {
        return Err(NoFonts);
    }
    set(&files);
    Ok(())
}

/// The files that the screens are drawn with: what somebody chose, else what is installed.
pub fn files() -> Vec<PathBuf> {
    match env::var_os(VARIABLE).filter(|chosen| !chosen.is_empty()) {
        Some(chosen) => env::split_paths(&chosen).collect(),
        None => installed(Path::exists),
    }
}

/// Every character that one of the files has a shape for. A file that is no font has none.
pub fn letters(files: &[PathBuf]) -> BTreeSet<char> {
    let read = files.iter().filter_map(|file| std::fs::read(file).ok());
    read.flat_map(|bytes| letters_of(&bytes)).collect()
}

fn letters_of(bytes: &[u8]) -> Vec<char> {
    let Ok(font) = FontRef::from_index(bytes, 0) else { return Vec::new() };
    font.charmap().mappings().filter_map(|(letter, _)| char::from_u32(letter)).collect()
}

/// The best file for each use, of those that are there.
fn installed(is_there: impl Fn(&Path) -> bool) -> Vec<PathBuf> {
    USES.iter().filter_map(|files| files.iter().map(PathBuf::from).find(|file| is_there(file))).collect()
}

#[allow(unsafe_code)]
fn set(files: &[PathBuf]) {
    let list = env::join_paths(files).expect("the file names above hold no colon");
    // SAFETY: called first thing in `main`, as documented: no other thread reads the environment.
    unsafe { env::set_var(VARIABLE, list) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(there: &[&str], names: &[&str]) {
        let found = installed(|file| there.iter().any(|part| file.to_string_lossy().contains(part)));
        let found: Vec<_> = found.iter().map(|file| file.file_name().expect("a file").to_string_lossy().into_owned()).collect();
        assert_eq!(found, names);
    }

    #[test]
    fn the_best_of_each_use_is_taken_in_order() {
        check(&["/"], &["NotoSans-Regular.ttf", "NotoSans-Bold.ttf", "NotoSansMono-Regular.ttf", "DroidSansFallbackFull.ttf", "NotoSansThai-Regular.ttf"]);
        check(&["dejavu", "wqy"], &["DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSansMono.ttf", "wqy-microhei.ttc"]);
        check(&["droid"], &["DroidSansFallbackFull.ttf"]);
        check(&[], &[]);
    }
}
