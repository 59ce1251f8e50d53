//! Where a test plays. Every test has its own copy of a shop that was set up once: the sample shop
//! in the hub, a terminal enrolled, with its catalogue and an open shift.

use super::{Hub, Scanner, Till};
use engine::hub::HubStore;
use hub::sample_shop::{self, SampleShop};
use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use tempfile::TempDir;

/// What the cashier types.
pub const PIN: &str = "1111";

pub struct Shop {
    folder: TempDir,
    pub address: SocketAddr,
}

/// A file of the shop that was set up, with its content.
type Kept = (PathBuf, Vec<u8>);

/// What stands on the shelves.
pub fn examples() -> &'static SampleShop {
    static EXAMPLES: OnceLock<SampleShop> = OnceLock::new();
    EXAMPLES.get_or_init(|| SampleShop::of(sample_shop::SEED, 0))
}

impl Shop {
    /// The shop at work: the terminal is down, the hub too.
    pub fn open() -> Shop {
        static SET_UP: OnceLock<Vec<Kept>> = OnceLock::new();
        let files = SET_UP.get_or_init(set_up);
        let shop = Shop::empty();
        for (path, bytes) in files {
            let path = shop.folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        shop.call_hub_at(shop.address);
        shop
    }

    /// Nothing but folders and a configuration.
    pub fn empty() -> Shop {
        let folder = tempfile::tempdir().unwrap();
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
        let shop = Shop { folder, address };
        fs::create_dir_all(shop.till_folder()).unwrap();
        fs::create_dir_all(shop.hub_folder()).unwrap();
        shop.configure(&shop.till_folder());
        shop
    }

    pub fn hub(&self) -> Hub {
        Hub::start(&self.hub_folder(), self.address)
    }

    /// Starts the terminal and waits until it is up, with a scanner.
    pub fn till(&self) -> Till {
        Till::start(self.run(), self.scanner())
    }

    pub fn scanner(&self) -> Scanner {
        Scanner::plug(&self.scanner_link())
    }

    /// The terminal's program with its configuration.
    pub fn program(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_counterfoil"));
        command.args(words).arg("--config").arg(self.config_file());
        command
    }

    pub fn run(&self) -> Command {
        self.program(&["run", "--headless"])
    }

    /// Runs the program to its end.
    pub fn output(&self, words: &[&str]) -> Output {
        self.program(words).output().unwrap()
    }

    /// Writes the configuration of a terminal whose data lies in `data`. It neither tells other
    /// terminals anything nor listens to them: every test has its own.
    pub fn configure(&self, data: &Path) {
        self.configure_with("lan = false", data);
    }

    /// The same with other words about its peers.
    pub fn configure_with(&self, lan: &str, data: &Path) {
        let path = |path: &Path| serde_json::Value::from(path.to_str().unwrap()).to_string();
        let scanner = path(&self.scanner_link());
        let text = format!("data = {}\n{lan}\n\n[[scanner]]\nname = \"till\"\nsource = {{ tty = {{ path = {scanner} }} }}\n", path(data));
        fs::write(self.config_file(), text).unwrap();
    }

    /// Writes the configuration of a terminal without a scanner, which listens to the scanner's line
    /// when one is set up.
    pub fn configure_without_scanner(&self) {
        let path = |path: &Path| serde_json::Value::from(path.to_str().unwrap()).to_string();
        let text = format!("data = {}\nlan = false\nscanner_lines = [{}]\n", path(&self.till_folder()), path(&self.scanner_link()));
        fs::write(self.config_file(), text).unwrap();
    }

    /// Makes the terminal look for its hub at another address.
    pub fn call_hub_at(&self, address: SocketAddr) {
        let path = self.till_file("identity.json");
        let mut identity: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        identity["hub"] = format!("http://{address}").into();
        fs::write(path, identity.to_string()).unwrap();
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn config_file(&self) -> PathBuf {
        self.folder.path().join("terminal.toml")
    }

    pub fn till_folder(&self) -> PathBuf {
        self.folder.path().join("till")
    }

    pub fn till_file(&self, name: &str) -> PathBuf {
        self.till_folder().join(name)
    }

    pub fn hub_folder(&self) -> PathBuf {
        self.folder.path().join("hub")
    }

    pub fn scanner_link(&self) -> PathBuf {
        self.folder.path().join("scanner")
    }
}

/// Sets a shop up once and keeps its files in memory.
fn set_up() -> Vec<Kept> {
    let shop = Shop::empty();
    sample_shop::seed(&mut HubStore::open(&shop.hub_folder().join("hub.db")).unwrap(), 1_790_000_000_000, sample_shop::SEED).unwrap();
    let hub = shop.hub();
    let enrolled = shop.output(&["enrol", "--hub", &format!("http://{}", shop.address), "--code", &hub.code("Till 1")]);
    assert!(enrolled.status.success(), "{enrolled:?}");
    let mut till = shop.till();
    till.see("the catalogue from the hub", |v| super::number(v, "units") >= 5_000);
    till.sign_in(PIN);
    till.tap("Open shift");
    till.see("an open shift", |v| super::text(v, "page") == "Sale");
    till.synced();
    till.end();
    drop(hub);
    // The hub's last threads may still be tidying up; then a file is gone before it is read.
    let root = shop.folder.path();
    std::iter::repeat_with(|| Ok([kept(root, &shop.till_folder())?, kept(root, &shop.hub_folder())?].concat())).find_map(io::Result::ok).unwrap()
}

fn kept(root: &Path, folder: &Path) -> io::Result<Vec<Kept>> {
    let mut files = vec![];
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(kept(root, &path)?);
        } else {
            files.push((path.strip_prefix(root).unwrap().to_owned(), fs::read(&path)?));
        }
    }
    Ok(files)
}
