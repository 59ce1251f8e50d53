//! What the uplink asks of the writer. Answers go back by themselves, not over the screen's queue.

use super::run::Desk;
use crate::notice::Notice;
use crate::writer::Answer;
use engine::fault::Fault;
use engine::terminal::Push;
use ledger::op::Hash;
use ledger::sync::uplink::{Failure, Standing};
use ledger::sync::wire::{Cursor, PUSH_BYTES_MAX, PUSH_OPS_MAX, PullAnswer, PushAnswer, SnapshotManifest};
use std::path::PathBuf;
use tokio::sync::oneshot::Sender;

type Reply<T> = Sender<Result<T, Failure>>;

#[derive(Debug)]
pub enum SyncCommand {
    Standing(Sender<Standing>),
    Head(Sender<Head>),
    NextPush(Reply<Option<Push>>),
    Acknowledge { incarnation: u32, answer: PushAnswer, reply: Reply<()> },
    Rewind { acked_seq: u64, reply: Reply<()> },
    Cursor(Sender<Option<Cursor>>),
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
            SyncCommand::Head(reply) => drop(reply.send(self.head())),
            SyncCommand::NextPush(reply) => drop(reply.send(self.next_push())),
            SyncCommand::Acknowledge { incarnation, answer, reply } => {
                let result = self.store.acknowledge(incarnation, &answer).map_err(|e| self.failure(&e));
                drop(reply.send(result));
                self.tell_outbox();
            }
            SyncCommand::Rewind { acked_seq, reply } => {
                let result = self.store.rewind(acked_seq).map_err(|e| self.failure(&e));
                drop(reply.send(result));
            }
            SyncCommand::Cursor(reply) => drop(reply.send(self.store.cursor().ok().flatten())),
            SyncCommand::Ingest { page, reply } => {
                let result = self.ingest(&page);
                drop(reply.send(result));
            }
            SyncCommand::InstallSnapshot { file, manifest, reply } => {
                let result = self.store.install_snapshot(&file, &manifest).map(drop).map_err(|e| self.failure(&e));
                drop(reply.send(result));
                self.tell_shop();
                self.tell_outbox();
            }
        }
    }

    fn standing(&mut self) -> Standing {
        let pending = self.store.outbox_status().map_or(0, |status| status.pending);
        Standing { pending, has_cursor: self.store.cursor().ok().flatten().is_some() }
    }

    fn head(&mut self) -> Head {
        match self.store.outbox_status() {
            Ok(status) => Head { seq: status.head_seq, hash: status.head_hash, acked_seq: status.acked_seq },
            Err(_) => Head { seq: 0, hash: Hash::default(), acked_seq: 0 },
        }
    }

    fn next_push(&mut self) -> Result<Option<Push>, Failure> {
        self.store.next_push(PUSH_OPS_MAX, PUSH_BYTES_MAX).map_err(|e| self.failure(&e))
    }

    fn ingest(&mut self, page: &PullAnswer) -> Result<(), Failure> {
        use ledger::row::Table;
        let shop = page.rows.iter().any(|row| matches!(row.table, Table::Settings | Table::Operator));
        let ingested = self.store.ingest(page).map_err(|e| self.failure(&e))?;
        if shop {
            self.tell_shop();
        }
        if ingested.changed > 0 {
            self.tell_outbox();
        }
        Ok(())
    }

    /// A store that cannot take what the hub sends is told to the cashier only if selling suffers.
    fn failure(&self, fault: &Fault) -> Failure {
        tracing::warn!(%fault, "sync could not use the store");
        if !fault.is_transient() {
            (self.tell)(Answer::Failed(Notice::from_fault(fault)));
        }
        Failure::Storage { detail: fault.to_string() }
    }
}
