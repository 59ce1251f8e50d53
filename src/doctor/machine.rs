//! The box, as its files tell of it. Another root makes another box, for tests.

use std::fs;
use std::path::{Path, PathBuf};

/// Where the box's files begin.
#[derive(Debug, Clone)]
pub struct Machine {
    root: PathBuf,
}

impl Machine {
    /// The one that this program runs on.
    pub fn this() -> Machine {
        Machine { root: "/".into() }
    }

    /// One whose files lie below a folder.
    pub fn below(root: &Path) -> Machine {
        Machine { root: root.to_owned() }
    }

    /// Where a file of the box lies for this program.
    pub fn file(&self, absolute: impl AsRef<Path>) -> PathBuf {
        let absolute = absolute.as_ref();
        self.root.join(absolute.strip_prefix("/").unwrap_or(absolute))
    }

    /// What a file says, without the end of its line; none if it is not there.
    pub fn read(&self, absolute: impl AsRef<Path>) -> Option<String> {
        fs::read_to_string(self.file(absolute)).ok().map(|text| text.trim_end().to_owned())
    }

    /// Everything in a folder whose name begins so, as paths of the box, in order of their names.
    pub fn list(&self, folder: &str, beginning: &str) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.file(folder)).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name()).filter(|name| name.to_string_lossy().starts_with(beginning));
        let mut paths: Vec<PathBuf> = names.map(|name| Path::new(folder).join(name)).collect();
        paths.sort();
        paths
    }
}
