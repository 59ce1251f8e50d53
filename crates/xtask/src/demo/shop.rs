//! The demo's hub and till, wired together on the loopback.

use super::ask::ask;
use super::conversation::Conversation;
use super::folder::DemoFolder;
use super::goods::Goods;
use super::health::{free_port, wait_until_healthy};
use super::place::{Place, quoted, with_config, write};
use super::pty::PtyScanner;
use super::service::Service;
use super::till::Till;
use crate::process::{output_of, run};
use anyhow::{Context, Result};
use serde_json::Value;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

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
    till: Place,
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
        let till = Place::new(&binaries.terminal, &folder.folder("till")?, &folder.path().join("till.log"));
        let more_units = more_units.to_string();
        run(with_config(&binaries.hub, &hub_config, &["seed-sample-shop", "--more-units", &more_units])).context("The sample shop could not be set up")?;
        let mut shop = Self { binaries: binaries.clone(), hub: None, hub_config, till, address, logs: folder.path().to_owned(), more_units };
        shop.start_hub()?;
        Ok(shop)
    }

    pub fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The same as a place to connect to.
    pub fn socket(&self) -> SocketAddr {
        self.address
    }

    /// What stands on the shelves.
    pub fn goods(&self) -> Result<Goods> {
        let words = ["sample-shop", "--more-units", &self.more_units];
        Goods::parse(&output_of(with_config(&self.binaries.hub, &self.hub_config, &words)).context("The hub gave no examples")?)
    }

    /// Introduces the till to the hub.
    pub fn enrol(&self) -> Result<()> {
        self.till.enrol(&self.address(), &self.enrol_code(TILL)?)
    }

    /// A code by which one terminal can enrol under that name.
    pub fn enrol_code(&self, name: &str) -> Result<String> {
        let words = ["enrol-code", "--name", name];
        let told = output_of(with_config(&self.binaries.hub, &self.hub_config, &words)).context("The hub gave no code to enrol with")?;
        Ok(told.lines().next().unwrap_or_default().trim().to_owned())
    }

    /// Opens the till's window and waits until it is closed. Meanwhile every line typed here is
    /// scanned, for whoever has no scanner at hand.
    pub fn run_window(&self) -> Result<()> {
        let mut scanner = PtyScanner::open()?;
        let path = scanner.path().to_owned();
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
        self.till.run_window(&path)
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
        self.till.start_headless(scanner)
    }

    /// The till's files.
    pub fn till(&self) -> &Place {
        &self.till
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

    /// What a person should know about.
    pub fn incidents(&self) -> Result<Value> {
        self.ask("/api/v1/incidents")
    }

    /// The hub's database.
    pub fn database(&self) -> PathBuf {
        self.hub_folder().join("hub.db")
    }

    fn ask(&self, path: &str) -> Result<Value> {
        let token = fs::read_to_string(self.hub_folder().join(ADMIN_TOKEN)).context("the hub left no admin token")?;
        ask(self.address, path, token.trim())
    }

    /// Where the hub keeps everything.
    pub fn hub_folder(&self) -> &Path {
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

fn write_hub_config(folder: &Path, address: SocketAddr) -> Result<PathBuf> {
    write(folder.join("hub.toml"), &format!("data = {}\nlisten = {:?}\n", quoted(folder), address.to_string()))
}
