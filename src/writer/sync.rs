//! What the uplink asks of the writer. Answers go back by themselves, not over the screen's queue.

use super::run::Desk;
use crate::notice::Notice;
use crate::writer::Answer;
use engine::fault::Fault;
use engine::terminal::{OutboxStatus, Push, TerminalStore};
use ledger::op::Hash;
use ledger::row::Table;
use ledger::sync::uplink::{Failure, Standing};
use ledger::sync::wire::{Cursor, PUSH_BYTES_MAX, PUSH_OPS_MAX, PullAnswer, PushAnswer, SnapshotManifest};
use std::path::PathBuf;
use tokio::sync::oneshot::Sender;

type Reply<T> = Sender<Result<T, Failure>>;

#[derive(Debug)]
pub enum SyncCommand {
    Standing(Sender<Standing>),
    Head(Reply<Head>),
    NextPush(Reply<Option<Push>>),
    Acknowledge { incarnation: u32, answer: PushAnswer, reply: Reply<()> },
    Rewind { acked_seq: u64, reply: Reply<()> },
    Cursor(Reply<Option<Cursor>>),
    Ingest { page: Box<PullAnswer>, reply: Reply<()> },
    InstallSnapshot { file: PathBuf, manifest: SnapshotManifest, reply: Reply<()> },
}

/// Where this terminal's own chain stands.
#[derive(Debug, Clone, Copy)]
pub struct Head {
    pub seq: u64,
    pub hash: Hash,
    pub acked_seq: u64,
}

impl Desk {
    pub(super) fn sync(&mut self, command: SyncCommand) {
        match command {
            SyncCommand::Standing(reply) => drop(reply.send(self.standing())),
            SyncCommand::Head(reply) => drop(reply.send(self.on_store(|store| store.outbox_status().map(head)))),
            SyncCommand::NextPush(reply) => drop(reply.send(self.on_store(|store| store.next_push(PUSH_OPS_MAX, PUSH_BYTES_MAX)))),
            SyncCommand::Acknowledge { incarnation, answer, reply } => {
                drop(reply.send(self.on_store(|store| store.acknowledge(incarnation, &answer))));
                self.tell_outbox();
            }
            SyncCommand::Rewind { acked_seq, reply } => drop(reply.send(self.on_store(|store| store.rewind(acked_seq)))),
            SyncCommand::Cursor(reply) => drop(reply.send(self.on_store(TerminalStore::cursor))),
            SyncCommand::Ingest { page, reply } => drop(reply.send(self.ingest(&page))),
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
        let stands = |store: &mut TerminalStore| Ok(Standing { pending: store.outbox_status()?.pending, has_cursor: store.cursor()?.is_some() });
        self.on_store(stands).unwrap_or(Standing { pending: 0, has_cursor: true })
    }

    fn ingest(&mut self, page: &PullAnswer) -> Result<(), Failure> {
        let shop = page.rows.iter().any(|row| matches!(row.table, Table::Settings | Table::Operator));
        let ingested = self.on_store(|store| store.ingest(page))?;
        if shop {
            self.tell_shop();
        }
        if ingested.changed > 0 {
            self.tell_outbox();
        }
        Ok(())
    }

    fn on_store<T>(&mut self, work: impl FnOnce(&mut TerminalStore) -> Result<T, Fault>) -> Result<T, Failure> {
        let done = self.store().and_then(work);
        done.map_err(|fault| self.failure(&fault))
    }

    /// A store that cannot take what the hub sends is told to the cashier only if selling suffers.
    fn failure(&mut self, fault: &Fault) -> Failure {
        tracing::warn!(%fault, "sync could not use the store");
        self.close_after(fault);
        if !fault.is_transient() {
            (self.tell)(Answer::Trouble(Notice::from_fault(fault)));
        }
        Failure::Storage { detail: fault.to_string() }
    }
}

fn head(status: OutboxStatus) -> Head {
    Head { seq: status.head_seq, hash: status.head_hash, acked_seq: status.acked_seq }
}
