//! The demo's hub and till, wired together on the loopback.

use super::conversation::Conversation;
use super::folder::DemoFolder;
use super::health::{free_port, wait_until_healthy};
use super::service::Service;
use crate::process::{output_of, run};
use anyhow::{Context, Result};
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the hub says that it is well.
const HEALTH: &str = "/api/v1/health";

/// The two programs, built.
pub struct Binaries {
    pub hub: PathBuf,
    pub terminal: PathBuf,
}

/// A running hub and the files of one till.
pub struct Shop<'a> {
    binaries: &'a Binaries,
    hub: Service,
    hub_config: PathBuf,
    terminal_config: PathBuf,
    address: SocketAddr,
    logs: PathBuf,
}

impl<'a> Shop<'a> {
    /// Seeds the sample shop and starts its hub on a free port.
    pub fn open(binaries: &'a Binaries, folder: &DemoFolder) -> Result<Self> {
        let address = free_port()?;
        let hub_config = write_hub_config(&folder.folder("hub")?, address)?;
        let terminal_config = write_terminal_config(&folder.folder("till")?, None)?;
        run(with_config(&binaries.hub, &hub_config, &["seed-sample-shop"])).context("The sample shop could not be set up")?;
        let mut hub = Service::start("hub", with_config(&binaries.hub, &hub_config, &["serve"]), folder.path())?;
        wait_until_healthy(&mut hub, address, HEALTH)?;
        Ok(Self { binaries, hub, hub_config, terminal_config, address, logs: folder.path().to_owned() })
    }

    pub fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Introduces the till to the hub.
    pub fn enrol(&self) -> Result<()> {
        let code = output_of(with_config(&self.binaries.hub, &self.hub_config, &["enrol-code"])).context("The hub gave no code to enrol with")?;
        let enrol = ["enrol", "--hub", &self.address(), "--code", code.trim()];
        run(with_config(&self.binaries.terminal, &self.terminal_config, &enrol)).context("The till could not be enrolled")
    }

    /// Opens the till's window and waits until it is closed.
    pub fn run_window(&self) -> Result<()> {
        run(with_config(&self.binaries.terminal, &self.terminal_config, &["run"]))
    }

    /// Starts the till without a screen, with the serial scanner `scanner`.
    pub fn start_headless(&self, scanner: &Path) -> Result<Conversation> {
        let folder = self.terminal_config.parent().expect("a file lies in a folder");
        let config = write_terminal_config(folder, Some(scanner))?;
        Conversation::start(with_config(&self.binaries.terminal, &config, &["run", "--headless"]), &self.logs.join("till.log"))
    }

    /// Ends the hub as systemd would.
    pub fn close(self) -> Result<()> {
        self.hub.stop().map(drop)
    }
}

fn with_config(binary: &Path, config: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(binary);
    command.args(words).arg("--config").arg(config);
    command
}

fn write_hub_config(folder: &Path, address: SocketAddr) -> Result<PathBuf> {
    write(folder.join("hub.toml"), &format!("data = {}\nlisten = {:?}\n", quoted(folder), address.to_string()))
}

fn write_terminal_config(folder: &Path, scanner: Option<&Path>) -> Result<PathBuf> {
    let scanner = scanner.map_or_else(String::new, |tty| format!("\n[[scanner]]\nname = \"till\"\nsource = {{ tty = {{ path = {} }} }}\n", quoted(tty)));
    let slips = quoted(&folder.join("slips.txt"));
    write(folder.join("terminal.toml"), &format!("data = {}\n\n[printer]\npath = {slips}\n{scanner}", quoted(folder)))
}

/// As a TOML string: a temporary folder may bear any name.
fn quoted(path: &Path) -> String {
    serde_json::Value::from(path.to_string_lossy()).to_string()
}

fn write(path: PathBuf, text: &str) -> Result<PathBuf> {
    fs::write(&path, text).with_context(|| format!("{} could not be written", path.display()))?;
    Ok(path)
}
