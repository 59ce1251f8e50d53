//! The peers' thread: terminals of one shop find each other and tell each other what the hub has not
//! heard yet, so that a unit sold on one till is refused on the others while the hub is away.
//!
//! They say what they would say to the hub: sealed ops, signed requests, signed answers, with the
//! keys that the hub named. Nothing here decides anything about an op, and nothing is passed on.

mod board;
mod call;
mod find;
mod link;
mod listen;
mod trouble;

pub use find::{Announcement, Found};

use crate::app::PeerNews;
use crate::clock;
use crate::config::LanConfig;
use crate::identity::{Identity, Keys, PeerKey};
use crate::writer::{SyncCommand, WriterHandle};
use board::Board;
use ledger::id::TerminalId;
use ledger::sync::peer::Tidings;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, watch};

/// Longest time between two looks at who is a peer and what there is to tell them.
const LOOK: Duration = Duration::from_secs(5);

/// What the tasks of the thread share.
struct Lan {
    terminal: TerminalId,
    keys: Keys,
    writer: WriterHandle,
    book: Mutex<BTreeMap<TerminalId, Known>>,
    board: Mutex<Board>,
    /// Something on the board changed.
    changed: Notify,
}

/// A terminal that the hub named.
#[derive(Clone)]
struct Known {
    name: String,
    key: PeerKey,
}

/// Starts the thread; `tell` hears how the peers are doing whenever that changes. It ends with the
/// writer.
pub fn start(config: LanConfig, identity: &Identity, writer: WriterHandle, tell: impl Fn(Vec<PeerNews>) + Send + 'static) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let keys = identity.keys().expect("the identity was checked when it was read");
    let announcement = Announcement { terminal: identity.terminal.clone(), hub: identity.hub_name.clone(), port: config.listen.port() };
    let lan = Arc::new(Lan { terminal: identity.terminal.clone(), keys, writer, book: Mutex::default(), board: Mutex::default(), changed: Notify::new() });
    std::thread::Builder::new().name("peers".into()).spawn(move || runtime.block_on(run(lan, config, announcement, tell)))?;
    Ok(())
}

async fn run(lan: Arc<Lan>, config: LanConfig, announcement: Announcement, tell: impl Fn(Vec<PeerNews>)) {
    let (tidings, heard) = watch::channel(Tidings::default());
    tokio::spawn(listen::serve(lan.clone(), config.listen));
    for address in config.peers {
        tokio::spawn(link::keep(lan.clone(), link::Place::fixed(address), heard.clone()));
    }
    let mut finding = find::start(&announcement);
    let mut found = BTreeSet::new();
    let mut told = Vec::new();
    let stir = lan.writer.stir();
    while let Some(()) = look(&lan, &tidings).await {
        let news = lan.board().news(&lan.book(), &lan.terminal, &tidings.borrow());
        if told != news {
            told.clone_from(&news);
            tell(news);
        }
        tokio::select! {
            () = stir.notified() => {}
            () = lan.changed.notified() => {}
            () = tokio::time::sleep(LOOK) => {}
            place = finding.next() => {
                let first = place.terminal != lan.terminal && lan.board().found(&place);
                if first && found.insert(place.terminal.clone()) {
                    tokio::spawn(link::keep(lan.clone(), link::Place::found(place.terminal), heard.clone()));
                }
            }
        }
    }
}

/// Looks who is a peer and what there is to tell; none when the writer is gone.
async fn look(lan: &Lan, tidings: &watch::Sender<Tidings>) -> Option<()> {
    if let Ok(named) = lan.writer.sync(SyncCommand::Peers).await? {
        let known = |peer: ledger::sync::wire::Peer| Some((peer.terminal, Known { name: peer.name, key: PeerKey::read(&peer.key)? }));
        *lan.book() = named.into_iter().filter_map(known).collect();
    }
    // A store that does not answer has nothing to tell; the cashier hears of it by what is asked next.
    if let Ok(now) = lan.writer.sync(SyncCommand::Tidings).await? {
        tidings.send_if_modified(|before| {
            let news = *before != now;
            *before = now;
            news
        });
    }
    Some(())
}

impl Lan {
    fn book(&self) -> MutexGuard<'_, BTreeMap<TerminalId, Known>> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self, terminal: &TerminalId) -> Option<Known> {
        self.book().get(terminal).cloned()
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The links live by the clock that never jumps.
fn mono_ms() -> i64 {
    i64::try_from(clock::mono_us() / 1_000).unwrap_or(i64::MAX)
}
