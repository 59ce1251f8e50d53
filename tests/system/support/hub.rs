//! The real hub, on a real listener, in a thread of the test.

use engine::hub::{Device, HubReader};
use hub::config::Config;
use hub::keys::EnrolCode;
use hub::routes::{CodeRequest, code_expires_ms, new_code};
use hub::{HubState, now_ms, serve};
use ledger::id::WarehouseId;
use ledger::serial::Serial;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

pub struct Hub {
    folder: PathBuf,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Hub {
    /// Opens the folder and answers at `address` when this returns.
    pub fn start(folder: &Path, address: SocketAddr) -> Hub {
        let config = Config { data: folder.to_owned(), listen: address, ..Config::default() };
        let (stop, stopped) = oneshot::channel::<()>();
        let (ready, up) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::bind(address).await.unwrap();
                let hub = HubState::open(&config).unwrap();
                ready.send(()).unwrap();
                serve(listener, hub, async move { drop(stopped.await) }).await.unwrap();
            });
        });
        up.recv().expect("the hub starts");
        Hub { folder: folder.to_owned(), stop: Some(stop), thread: Some(thread) }
    }

    /// A code to enrol one terminal with.
    pub fn code(&self, name: &str) -> String {
        let request = CodeRequest { name: name.into(), warehouse: WarehouseId::from(hub::sample_shop::WAREHOUSE) };
        let (code, stored) = new_code(request, now_ms()).unwrap();
        engine::hub::HubStore::open(&self.folder.join("hub.db")).unwrap().add_code(&stored).unwrap();
        code.to_string()
    }

    /// A code for a terminal that has lost its key.
    pub fn code_again(&self, terminal: &str) -> String {
        let (code, mut store) = (EnrolCode::random(), engine::hub::HubStore::open(&self.folder.join("hub.db")).unwrap());
        store.add_code_again(&terminal.into(), code.hash(), code_expires_ms(now_ms())).unwrap().expect("the terminal is there");
        code.to_string()
    }

    /// The terminals that it knows.
    pub fn devices(&self) -> Vec<Device> {
        self.reader().devices().unwrap()
    }

    /// What is noted on the only unit that bears the serial.
    pub fn note(&self, serial: &str) -> String {
        let found = self.reader().units(&Serial::parse(serial).unwrap()).unwrap();
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].unit.notes.clone()
    }

    /// It has `ops` ops of the only terminal, none of them twice, in dispute or in a wrong place.
    pub fn has_exactly(&self, ops: u64, serials: &[&str]) {
        let devices = self.devices();
        assert_eq!(devices.len(), 1, "{devices:?}");
        assert_eq!(devices[0].head_seq, ops, "ops of the terminal at the hub");
        self.has_sold_once(1, serials);
    }

    /// So many terminals, and of these units each was sold once; nothing is in dispute.
    pub fn has_sold_once(&self, terminals: usize, serials: &[&str]) {
        assert_eq!(self.devices().len(), terminals);
        let counts = self.reader().counts().unwrap();
        assert_eq!((counts.forks, counts.conflicts), (0, 0));
        for serial in serials {
            let found = self.reader().units(&Serial::parse(serial).unwrap()).unwrap();
            let sold = found.iter().flat_map(|unit| &unit.history).filter(|entry| entry.kind.starts_with("sale@")).count();
            assert_eq!(sold, 1, "sales of {serial}: {found:?}");
        }
    }

    fn reader(&self) -> HubReader {
        HubReader::open(&self.folder.join("hub.db")).unwrap()
    }
}

/// Ends as a service manager would end it, and waits.
impl Drop for Hub {
    fn drop(&mut self) {
        let _ended_already = self.stop.take().map(|stop| stop.send(()));
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(std::thread::panicking() || ended.is_none_or(|ended| ended.is_ok()), "the hub panicked");
    }
}
