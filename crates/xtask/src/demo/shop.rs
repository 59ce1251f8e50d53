//! The demo's hub and till, wired together on the loopback.

use super::ask::ask;
use super::conversation::Conversation;
use super::folder::DemoFolder;
use super::goods::Goods;
use super::health::{free_port, wait_until_healthy};
use super::pty::PtyScanner;
use super::service::Service;
use super::till::Till;
use crate::process::{output_of, run};
use anyhow::{Context, Result};
use serde_json::Value;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the hub says that it is well.
const HEALTH: &str = "/api/v1/health";
/// What the till is called.
const TILL: &str = "Till 1";
/// Where the hub keeps the back office's token, in its folder.
const ADMIN_TOKEN: &str = "admin.token";

/// The two programs, built.
#[derive(Debug, Clone)]
pub struct Binaries {
    pub hub: PathBuf,
    pub terminal: PathBuf,
}

/// A hub, running or away, and the files of one till.
pub struct Shop {
    binaries: Binaries,
    hub: Option<Service>,
    hub_config: PathBuf,
    terminal_config: PathBuf,
    address: SocketAddr,
    logs: PathBuf,
    /// How many units the sample shop got beyond its own, as its hub was told.
    more_units: String,
}

impl Shop {
    /// Seeds the sample shop and starts its hub on a free port.
    pub fn open(binaries: &Binaries, folder: &DemoFolder) -> Result<Self> {
        Self::open_larger(binaries, folder, 0)
    }

    /// The same with so many units more.
    pub fn open_larger(binaries: &Binaries, folder: &DemoFolder, more_units: u32) -> Result<Self> {
        let address = free_port()?;
        let hub_config = write_hub_config(&folder.folder("hub")?, address)?;
        let terminal_config = write_terminal_config(&folder.folder("till")?, None)?;
        let more_units = more_units.to_string();
        run(with_config(&binaries.hub, &hub_config, &["seed-sample-shop", "--more-units", &more_units])).context("The sample shop could not be set up")?;
        let mut shop = Self { binaries: binaries.clone(), hub: None, hub_config, terminal_config, address, logs: folder.path().to_owned(), more_units };
        shop.start_hub()?;
        Ok(shop)
    }

    pub fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What stands on the shelves.
    pub fn goods(&self) -> Result<Goods> {
        let words = ["sample-shop", "--more-units", &self.more_units];
        Goods::parse(&output_of(with_config(&self.binaries.hub, &self.hub_config, &words)).context("The hub gave no examples")?)
    }

    /// Introduces the till to the hub.
    pub fn enrol(&self) -> Result<()> {
        let words = ["enrol-code", "--name", TILL];
        let told = output_of(with_config(&self.binaries.hub, &self.hub_config, &words)).context("The hub gave no code to enrol with")?;
        let code = told.lines().next().unwrap_or_default();
        let enrol = ["enrol", "--hub", &self.address(), "--code", code.trim()];
        run(with_config(&self.binaries.terminal, &self.terminal_config, &enrol)).context("The till could not be enrolled")
    }

    /// Opens the till's window and waits until it is closed. Meanwhile every line typed here is
    /// scanned, for whoever has no scanner at hand.
    pub fn run_window(&self) -> Result<()> {
        let mut scanner = PtyScanner::open()?;
        let folder = self.terminal_config.parent().expect("a file lies in a folder");
        let config = write_terminal_config(folder, Some(scanner.path()))?;
        // Ends with the program: a thread that waits for typing cannot be told to stop.
        std::thread::spawn(move || {
            for line in std::io::stdin().lines().map_while(Result::ok) {
                if let Err(error) = scanner.scan(line.trim()) {
                    println!("{error:#}");
                }
            }
            // Without typing the scanner stays plugged in for as long as the window is open.
            std::thread::park();
        });
        run(with_config(&self.binaries.terminal, &config, &["run"]))
    }

    /// Starts the till without a screen, with `scanner` or a new one on a serial line, and waits
    /// until the scanner is listened to.
    pub fn start_till(&self, scanner: Option<PtyScanner>, pictures: &Path) -> Result<Till> {
        let scanner = scanner.map_or_else(PtyScanner::open, Ok)?;
        let mut till = Till::new(self.start_headless(&scanner)?, scanner, pictures);
        till.see("the scanner ready", |v| v["scanner"] == "Live" && v["busy"] == false)?;
        Ok(till)
    }

    /// Starts the till without a screen and waits for nothing.
    pub fn start_headless(&self, scanner: &PtyScanner) -> Result<Conversation> {
        let config = write_terminal_config(self.till_folder(), Some(scanner.path()))?;
        let command = with_config(&self.binaries.terminal, &config, &["run", "--headless"]);
        Conversation::start(command, &self.logs.join("till.log"))
    }

    /// Where the till keeps its data and its slips.
    pub fn till_folder(&self) -> &Path {
        self.terminal_config.parent().expect("a file lies in a folder")
    }

    /// The running hub, for somebody else to end.
    pub fn take_hub(&mut self) -> Option<Service> {
        self.hub.take()
    }

    /// Starts the hub, on the same address as before, and waits until it is well.
    pub fn start_hub(&mut self) -> Result<()> {
        let mut hub = Service::start("hub", with_config(&self.binaries.hub, &self.hub_config, &["serve"]), &self.logs)?;
        wait_until_healthy(&mut hub, self.address, HEALTH)?;
        self.hub = Some(hub);
        Ok(())
    }

    /// How many of the till's ops the hub has.
    pub fn synced(&self) -> Result<u64> {
        let answer = self.ask("/api/v1/devices")?;
        let till = answer["devices"].as_array().and_then(|all| all.iter().find(|device| device["name"] == TILL));
        till.and_then(|device| device["head_seq"].as_u64()).with_context(|| format!("the hub does not list the till: {answer}"))
    }

    /// What the hub says of the units bearing `serial`.
    pub fn units(&self, serial: &str) -> Result<Value> {
        self.ask(&format!("/api/v1/units?serial={serial}"))
    }

    /// The double uses that the hub found.
    pub fn conflicts(&self) -> Result<Value> {
        self.ask("/api/v1/conflicts")
    }

    fn ask(&self, path: &str) -> Result<Value> {
        let token = fs::read_to_string(self.hub_folder().join(ADMIN_TOKEN)).context("the hub left no admin token")?;
        ask(self.address, path, token.trim())
    }

    fn hub_folder(&self) -> &Path {
        self.hub_config.parent().expect("a file lies in a folder")
    }

    /// Ends the hub as systemd would.
    pub fn stop_hub(&mut self) -> Result<()> {
        match self.hub.take() {
            Some(hub) => hub.stop().map(drop),
            None => Ok(()),
        }
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
    Value::from(path.to_string_lossy()).to_string()
}

fn write(path: PathBuf, text: &str) -> Result<PathBuf> {
    fs::write(&path, text).with_context(|| format!("{} could not be written", path.display()))?;
    Ok(path)
}
