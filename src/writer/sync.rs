//! What the uplink and the peers' thread ask of the writer. Answers go back by themselves, not over the screen's queue.

use super::run::Desk;
use crate::clock;
use engine::fault::Fault;
use engine::terminal::{Doubtful, PeerRefusal, TerminalStore};
use ledger::id::TerminalId;
use ledger::row::Table;
use ledger::sync::message::{Answer, Request};
use ledger::sync::peer::{PeerAnswer, PeerHead, PeerPush, Tidings};
use ledger::sync::uplink::{Ask, Failure, Standing, Success};
use ledger::sync::wire::{Contained, Peer, SnapshotManifest};
use ledger::verdict::Verdict;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::oneshot::Sender;

type Reply<T> = Sender<Result<T, Failure>>;

#[derive(Debug)]
pub enum SyncCommand {
    Standing(Sender<Standing>),
    /// What to send to ask this; none if there is nothing to ask any more.
    Request {
        ask: Ask,
        reply: Reply<Option<Request>>,
    },
    /// What to send behind a push that is on its way; none if there is no more.
    Behind {
        ask: Ask,
        before: Arc<Request>,
        reply: Reply<Option<Request>>,
    },
    /// The hub's answer to a request.
    Take {
        exchange: Box<(Arc<Request>, Answer)>,
        reply: Reply<Result<Success, Failure>>,
    },
    InstallSnapshot {
        file: PathBuf,
        manifest: SnapshotManifest,
        reply: Reply<()>,
    },
    /// The other terminals of the warehouse.
    Peers(Reply<Vec<Peer>>),
    /// What there is to tell them.
    Tidings(Reply<Tidings>),
    /// What to tell one that has so much and wants to hear this nonce.
    PeerRequest {
        have: Vec<Contained>,
        nonce: String,
        reply: Reply<PeerPush>,
    },
    /// A peer greets: what is known of its ops?
    PeerGreeted {
        from: TerminalId,
        head: Box<PeerHead>,
        reply: Reply<Result<PeerAnswer, PeerRefusal>>,
    },
    PeerTake {
        from: TerminalId,
        head: Box<PeerHead>,
        ops: Vec<Vec<u8>>,
        reply: Reply<Result<PeerAnswer, PeerRefusal>>,
    },
}

impl Desk {
    pub(super) fn sync(&mut self, command: SyncCommand) {
        let wall_ms = clock::wall_ms();
        match command {
            SyncCommand::Standing(reply) => drop(reply.send(self.standing())),
            SyncCommand::Request { ask, reply } => drop(reply.send(self.on_store(|store| store.request(ask, wall_ms)))),
            SyncCommand::Behind { ask, before, reply } => drop(reply.send(self.behind(ask, &before, wall_ms))),
            SyncCommand::Take { exchange, reply } => drop(reply.send(self.take(&exchange.0, &exchange.1, wall_ms))),
            SyncCommand::InstallSnapshot { file, manifest, reply } => {
                let _until_installed = self.pulse.long_work();
                drop(reply.send(self.on_store(|store| store.install_snapshot(&file, &manifest).map(drop))));
                self.tell_shop();
                self.tell_outbox();
            }
            SyncCommand::Peers(reply) => drop(reply.send(self.on_store(TerminalStore::peers))),
            SyncCommand::Tidings(reply) => drop(reply.send(self.on_store(TerminalStore::tidings))),
            SyncCommand::PeerRequest { have, nonce, reply } => drop(reply.send(self.on_store(|store| store.peer_request(&have, &nonce, wall_ms)))),
            SyncCommand::PeerGreeted { from, head, reply } => drop(reply.send(self.on_store(|store| store.peer_greeted(&from, &head)))),
            SyncCommand::PeerTake { from, head, ops, reply } => drop(reply.send(self.peer_take(&from, &head, &ops))),
        }
    }

    /// Takes what a peer tells; the cashier hears of it if an own sale is in doubt by it.
    fn peer_take(&mut self, from: &TerminalId, head: &PeerHead, ops: &[Vec<u8>]) -> Result<Result<PeerAnswer, PeerRefusal>, Failure> {
        let now_ms = self.now_ms();
        let taken = self.on_store(|store| store.peer_take(from, head, ops, now_ms))?;
        Ok(taken.map(|taken| {
            self.tell_doubtful(&taken.doubtful);
            taken.answer
        }))
    }

    /// How things stand. A store that does not answer has nothing to send and wants no snapshot:
    /// the cashier is told by whatever is asked of it next.
    fn standing(&mut self) -> Standing {
        let now_ms = self.now_ms();
        let idle = Standing { pending: 0, passes_on: false, has_cursor: true, suspect: false };
        self.on_store(|store| store.sync_standing(now_ms)).unwrap_or(idle)
    }

    fn behind(&mut self, ask: Ask, before: &Request, wall_ms: i64) -> Result<Option<Request>, Failure> {
        let Request::Push(push) = before else { return Ok(None) };
        self.on_store(|store| store.request_behind(ask, push, wall_ms))
    }

    fn take(&mut self, request: &Request, answer: &Answer, wall_ms: i64) -> Result<Result<Success, Failure>, Failure> {
        let taken = self.on_store(|store| store.take(request, answer, wall_ms))?;
        if let Answer::Page(page) = answer
            && page.rows.iter().any(|row| matches!(row.table, Table::Settings | Table::Operator))
        {
            self.tell_shop();
        }
        self.tell_doubtful(&taken.ingested.doubtful);
        if taken.ingested.changed > 0 || !matches!(answer, Answer::Page(_)) {
            self.tell_outbox();
        }
        Ok(taken.end)
    }

    /// Says which own sales took a unit that was taken elsewhere too.
    fn tell_doubtful(&mut self, doubtful: &[Doubtful]) {
        for doubt in doubtful {
            let Verdict::Conflict(conflicts) = &doubt.verdict else { continue };
            let document = doubt.document.as_ref().map(ToString::to_string).unwrap_or_default();
            let serials: Vec<&str> = conflicts.iter().map(|conflict| conflict.serial.as_str()).collect();
            (self.tell)(crate::writer::Answer::SoldTwice { document, serials: serials.join(", ") });
        }
    }

    fn on_store<T>(&mut self, work: impl FnOnce(&mut TerminalStore) -> Result<T, Fault>) -> Result<T, Failure> {
        let done = self.store().and_then(work);
        self.watch_background(&done);
        done.map_err(|fault| Failure::Storage { detail: fault.to_string() })
    }
}
