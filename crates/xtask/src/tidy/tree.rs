//! The text files of the work tree, read once for all rules.

use super::Finding;
use super::source::{Source, read_source};
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;

/// Folders that hold nothing of ours: what is built, and what other tools keep for themselves.
const SKIPPED: &[&str] = &["target", "node_modules", "vendor"];
/// Hidden folders that are ours.
const HIDDEN: &[&str] = &[".cargo", ".ci", ".config", ".github"];
/// Other files are pictures, databases and recordings.
const TEXT: &[&str] = &["rs", "slint", "toml", "md", "sql", "html", "css", "js", "po", "service", "conf", "rules", "sh", "story", "svg", "txt", "lock", "json"];

/// Every text file of the tree, in order of path.
pub struct Tree {
    pub files: Vec<File>,
}

/// One text file.
pub struct File {
    /// From the root, with `/`.
    pub path: String,
    pub text: String,
    /// Of Rust and Slint: the same text with its strings and comments told apart.
    pub source: Option<Source>,
}

impl Tree {
    pub fn read(root: &Path) -> Result<Self> {
        let mut files = vec![];
        read_folder(root, "", &mut files)?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self { files })
    }

    /// The files with this ending.
    pub fn with_ending<'a>(&'a self, ending: &'a str) -> impl Iterator<Item = &'a File> {
        self.files.iter().filter(move |file| file.ending() == ending)
    }

    pub fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// A tree of one file, for the tests of the rules.
    #[cfg(test)]
    pub fn of(path: &str, text: &str) -> Self {
        Self { files: vec![File::new(path.to_owned(), text.to_owned())] }
    }
}

impl File {
    fn new(path: String, text: String) -> Self {
        let is_source = [".rs", ".slint"].iter().any(|ending| path.ends_with(ending));
        let source = is_source.then(|| read_source(&text));
        Self { path, text, source }
    }

    pub fn ending(&self) -> &str {
        self.path.rsplit_once('.').map_or("", |(_, ending)| ending)
    }

    pub fn is_in(&self, places: &[&str]) -> bool {
        places.iter().any(|place| self.path.starts_with(place))
    }

    /// What the compiler reads: comments and the insides of strings are blank. Other files as they are.
    pub fn code(&self) -> &str {
        self.source.as_ref().map_or(&self.text, |source| &source.code)
    }

    pub fn finding(&self, line: usize, what: impl Into<String>) -> Finding {
        Finding { path: self.path.clone(), line, what: what.into() }
    }
}

fn read_folder(folder: &Path, prefix: &str, files: &mut Vec<File>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("{} could not be listed", folder.display()))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            if is_ours(&name) {
                read_folder(&entry.path(), &format!("{path}/"), files)?;
            }
        } else if is_text(&path) {
            let text = fs::read_to_string(entry.path()).with_context(|| format!("{path} is not UTF-8"))?;
            files.push(File::new(path, text));
        }
    }
    Ok(())
}

fn is_ours(folder: &str) -> bool {
    !SKIPPED.contains(&folder) && (!folder.starts_with('.') || HIDDEN.contains(&folder))
}

fn is_text(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, ending)| TEXT.contains(&ending)) || path.starts_with(".ci/")
}
