//! The files of one terminal, and how its program is started on them.

use super::conversation::Conversation;
use super::pty::PtyScanner;
use crate::process::run;
use anyhow::{Context, Result};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A terminal, running or not.
#[derive(Debug, Clone)]
pub struct Place {
    binary: PathBuf,
    folder: PathBuf,
    log: PathBuf,
}

impl Place {
    /// The folder is there; what the program logs goes to `log`.
    pub fn new(binary: &Path, folder: &Path, log: &Path) -> Self {
        Self { binary: binary.to_owned(), folder: folder.to_owned(), log: log.to_owned() }
    }

    /// Where the terminal keeps its data and its slips.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Introduces the terminal to a hub.
    pub fn enrol(&self, hub: &str, code: &str) -> Result<()> {
        let config = self.write_config(None)?;
        run(with_config(&self.binary, &config, &["enrol", "--hub", hub, "--code", code])).context("The till could not be enrolled")
    }

    /// Starts it without a screen and waits for nothing.
    pub fn start_headless(&self, scanner: &PtyScanner) -> Result<Conversation> {
        let config = self.write_config(Some(scanner.path()))?;
        Conversation::start(with_config(&self.binary, &config, &["run", "--headless"]), &self.log)
    }

    /// Opens its window and waits until that is closed.
    pub fn run_window(&self, scanner: &Path) -> Result<()> {
        let config = self.write_config(Some(scanner))?;
        run(with_config(&self.binary, &config, &["run"]))
    }

    fn write_config(&self, scanner: Option<&Path>) -> Result<PathBuf> {
        let scanner = scanner.map_or_else(String::new, |tty| format!("\n[[scanner]]\nname = \"till\"\nsource = {{ tty = {{ path = {} }} }}\n", quoted(tty)));
        let slips = quoted(&self.folder.join("slips.txt"));
        // Several terminals on one machine would all want the same port for their neighbours.
        let text = format!("data = {}\nlan = false\n\n[printer]\npath = {slips}\n{scanner}", quoted(&self.folder));
        write(self.folder.join("terminal.toml"), &text)
    }
}

/// A program of ours with these words and its configuration.
pub fn with_config(binary: &Path, config: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(binary);
    command.args(words).arg("--config").arg(config);
    command
}

/// As a TOML string: a temporary folder may bear any name.
pub fn quoted(path: &Path) -> String {
    Value::from(path.to_string_lossy()).to_string()
}

/// Writes a file of text and answers where it is.
pub fn write(path: PathBuf, text: &str) -> Result<PathBuf> {
    fs::write(&path, text).with_context(|| format!("{} could not be written", path.display()))?;
    Ok(path)
}
