//! The data folder: made, checked and held by one hub at a time.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Why a hub cannot live in this folder.
#[derive(Debug, thiserror::Error)]
pub enum FolderFault {
    #[error("{path} cannot be made or written: {source}. Name another folder with --data, or give this user the right to write there.")]
    Unwritable { path: PathBuf, source: io::Error },
    #[error("Another hub is running on {path}. Stop that one first, or name another folder with --data.")]
    Taken { path: PathBuf },
}

/// Makes the folder if need be, for this user alone, and proves that it can be written.
pub fn prepare(path: &Path) -> Result<(), FolderFault> {
    let unwritable = |source| FolderFault::Unwritable { path: path.to_owned(), source };
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(unwritable)?;
    let probe = path.join(".probe");
    fs::write(&probe, b"").and_then(|()| fs::remove_file(&probe)).map_err(unwritable)
}

/// Holds the folder for as long as the answer lives; the system lets go when the process ends,
/// however it ends.
pub fn hold(path: &Path) -> Result<File, FolderFault> {
    let unwritable = |source| FolderFault::Unwritable { path: path.to_owned(), source };
    let lock = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path.join("hub.lock")).map_err(unwritable)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(FolderFault::Taken { path: path.to_owned() }),
        Err(TryLockError::Error(source)) => Err(unwritable(source)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_hub_at_a_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a/b");
        prepare(&path).expect("made");
        let held = hold(&path).expect("free");
        assert!(matches!(hold(&path), Err(FolderFault::Taken { .. })));
        drop(held);
        hold(&path).expect("free again");
    }

    #[test]
    fn a_file_is_no_folder() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let sentence = prepare(&file.path().join("data")).expect_err("a file").to_string();
        assert!(sentence.contains("cannot be made or written"), "{sentence}");
    }
}
