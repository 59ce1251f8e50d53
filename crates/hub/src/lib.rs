//! The hub: takes ops from terminals, gives each one final outcome, and feeds back what changed.
//!
//! Requests come in at [`routes`], pass [`auth`], and are written by the one [`sequencer`] thread or
//! read by the [`readers`]. What is stored and how is [`engine::hub`]'s business; what is true is
//! the ledger's.

pub mod auth;
pub mod carried;
pub mod config;
pub mod disputes;
pub mod evidence;
pub mod folder;
pub mod keys;
pub mod migrate;
pub mod notify;
pub mod readers;
pub mod routes;
pub mod sample_shop;
pub mod say;
pub mod sequencer;
pub mod snapshots;
pub mod trouble;
pub mod when;

use config::{Config, Limits};
use engine::fault::Fault;
use engine::hub::Identity;
use folder::FolderFault;
use keys::{AdminToken, HubKey};
use readers::Readers;
use sequencer::Sequencer;
use snapshots::Snapshots;
use std::fs::File;
use std::io;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::net::TcpListener;

/// Everything that requests share.
pub struct HubState {
    pub id: String,
    pub key: HubKey,
    pub admin: AdminToken,
    pub limits: Limits,
    pub sequencer: Sequencer,
    pub readers: Readers,
    pub snapshots: Snapshots,
    /// Keeps a second hub out of the folder.
    _held: File,
}

/// Why a hub did not start, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum HubFault {
    #[error(transparent)]
    Folder(#[from] FolderFault),
    #[error("{}", trouble::sentence(.0))]
    Store(#[from] Fault),
    #[error("The back office's token in {path} cannot be used: {source}.")]
    AdminToken { path: PathBuf, source: io::Error },
    #[error("{path} cannot be prepared for snapshots: {source}.")]
    Snapshots { path: PathBuf, source: io::Error },
    #[error("No more threads can be started: {0}.")]
    Thread(io::Error),
    #[error("The listener broke: {0}.")]
    Listen(io::Error),
    #[error("The store failed and must be opened again: {0}")]
    Broken(String),
}

impl HubState {
    /// How many pulls are held back until there is news.
    pub fn waiting(&self) -> usize {
        self.sequencer.waiting()
    }

    /// Takes the data folder and opens everything in it.
    pub fn open(config: &Config) -> Result<Arc<HubState>, HubFault> {
        folder::prepare(&config.data)?;
        let held = folder::hold(&config.data)?;
        let Opened { identity: Identity { id, secret, .. }, readers, sequencer } = off_async(|| Opened::open(config))?;
        let token_file = config.admin_token_file();
        let admin = AdminToken::load(&token_file).map_err(|source| HubFault::AdminToken { path: token_file, source })?;
        let snapshots = Snapshots::new(config.snapshots(), config.snapshot.clone(), readers.clone());
        Ok(Arc::new(HubState {
            id,
            key: HubKey::from_secret(&secret),
            admin,
            limits: config.limits.clone(),
            sequencer,
            readers,
            snapshots: snapshots.map_err(|source| HubFault::Snapshots { path: config.snapshots(), source })?,
            _held: held,
        }))
    }
}

/// The database, with all that works on it.
struct Opened {
    identity: Identity,
    readers: Readers,
    sequencer: Sequencer,
}

impl Opened {
    fn open(config: &Config) -> Result<Opened, HubFault> {
        let database = config.database();
        let mut store = database.store()?;
        let identity = store.identity()?;
        let readers = Readers::open(&database, config.limits.readers)?;
        let sequencer = Sequencer::start(store, config.limits.queue_max, now_ms).map_err(HubFault::Thread)?;
        Ok(Opened { identity, readers, sequencer })
    }
}

/// Runs `work` on a thread of its own: a database's client that blocks may not be called on one that
/// runs async tasks.
fn off_async<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| scope.spawn(work).join()).unwrap_or_else(|panic| resume_unwind(panic))
}

/// Serves until `shutdown` resolves; requests under way are finished first.
///
/// # Errors
/// [`HubFault::Broken`] when the store failed for good.
pub async fn serve(listener: TcpListener, hub: Arc<HubState>, shutdown: impl Future<Output = ()> + Send + 'static) -> Result<(), HubFault> {
    let sequencer = hub.sequencer.clone();
    let closing = sequencer.clone();
    let told = async move {
        shutdown.await;
        notify::stopping();
        // Pulls that are held back would keep the hub from ending.
        closing.close();
    };
    let serving = axum::serve(listener, routes::router(hub)).with_graceful_shutdown(told);
    tokio::select! {
        served = serving.into_future() => served.map_err(HubFault::Listen),
        sentence = sequencer.failed() => Err(HubFault::Broken(sentence)),
    }
}

/// The hub's clock: milliseconds since 1970.
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
