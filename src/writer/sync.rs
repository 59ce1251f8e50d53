//! What the uplink asks of the writer. Answers go back by themselves, not over the screen's queue.

use super::run::Desk;
use crate::clock;
use engine::fault::Fault;
use engine::terminal::TerminalStore;
use ledger::row::Table;
use ledger::sync::message::{Answer, Request};
use ledger::sync::uplink::{Ask, Failure, Standing, Success};
use ledger::sync::wire::SnapshotManifest;
use std::path::PathBuf;
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
    /// The hub's answer to a request.
    Take {
        exchange: Box<(Request, Answer)>,
        reply: Reply<Result<Success, Failure>>,
    },
    InstallSnapshot {
        file: PathBuf,
        manifest: SnapshotManifest,
        reply: Reply<()>,
    },
}

impl Desk {
    pub(super) fn sync(&mut self, command: SyncCommand) {
        let wall_ms = clock::wall_ms();
        match command {
            SyncCommand::Standing(reply) => drop(reply.send(self.standing())),
            SyncCommand::Request { ask, reply } => drop(reply.send(self.on_store(|store| store.request(ask, wall_ms)))),
            SyncCommand::Take { exchange, reply } => drop(reply.send(self.take(&exchange.0, &exchange.1, wall_ms))),
            SyncCommand::InstallSnapshot { file, manifest, reply } => {
                drop(reply.send(self.on_store(|store| store.install_snapshot(&file, &manifest).map(drop))));
                self.tell_shop();
                self.tell_outbox();
            }
        }
    }

    /// How things stand. A store that does not answer has nothing to send and wants no snapshot:
    /// the cashier is told by whatever is asked of it next.
    fn standing(&mut self) -> Standing {
        self.on_store(TerminalStore::sync_standing).unwrap_or(Standing { pending: 0, has_cursor: true, suspect: false })
    }

    fn take(&mut self, request: &Request, answer: &Answer, wall_ms: i64) -> Result<Result<Success, Failure>, Failure> {
        let taken = self.on_store(|store| store.take(request, answer, wall_ms))?;
        if let Answer::Page(page) = answer
            && page.rows.iter().any(|row| matches!(row.table, Table::Settings | Table::Operator))
        {
            self.tell_shop();
        }
        if taken.ingested.changed > 0 || !matches!(answer, Answer::Page(_)) {
            self.tell_outbox();
        }
        Ok(taken.end)
    }

    fn on_store<T>(&mut self, work: impl FnOnce(&mut TerminalStore) -> Result<T, Fault>) -> Result<T, Failure> {
        let done = self.store().and_then(work);
        self.watch_background(&done);
        done.map_err(|fault| Failure::Storage { detail: fault.to_string() })
    }
}
