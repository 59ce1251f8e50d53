//! The thread itself: one queue in, answers out.

use super::{Answer, COMMANDS_MAX, Command, Pulse, SyncCommand};
use crate::clock;
use crate::notice::Notice;
use engine::fault::Fault;
use engine::port::{Clock as _, SystemClock};
use engine::terminal::{Recovery, TerminalIdentity, TerminalStore};
use ledger::op::Stamp;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::Notify;

/// How long the uplink lets a full queue drain before it asks again.
const QUEUE_FULL_WAIT: Duration = Duration::from_millis(20);

/// The running writer.
pub struct Writer {
    handle: WriterHandle,
    thread: Option<JoinHandle<()>>,
}

/// Sends commands to the writer. Cheap to clone.
#[derive(Clone)]
pub struct WriterHandle {
    queue: SyncSender<Command>,
    stir: Arc<Notify>,
    pulse: Pulse,
}

/// The store and what it is used with; lives on the writer thread.
pub struct Desk {
    /// None after a lasting fault, until it opens again.
    store: Option<TerminalStore>,
    /// It was opened again and nobody was told yet.
    reopened: bool,
    identity: TerminalIdentity,
    /// The store failed, which was told, and nothing behind the cashier's back has succeeded since.
    troubled: bool,
    pub(super) recoveries: Vec<Recovery>,
    pub(super) tell: Box<dyn Fn(Answer) + Send>,
    clock: SystemClock,
    folder: PathBuf,
    stir: Arc<Notify>,
    pub(super) pulse: Pulse,
}

impl Writer {
    /// Opens the store and starts the thread; `tell` hears every answer, in order.
    pub fn start(folder: &Path, identity: &TerminalIdentity, tell: impl Fn(Answer) + Send + 'static) -> Result<Writer, Fault> {
        let (store, recoveries) = TerminalStore::open(folder, identity)?;
        let (queue, commands) = sync_channel(COMMANDS_MAX);
        let mut desk = Desk {
            store: Some(store),
            reopened: false,
            troubled: false,
            identity: identity.clone(),
            recoveries,
            tell: Box::new(tell),
            clock: SystemClock::new(),
            folder: folder.to_owned(),
            stir: Arc::default(),
            pulse: Pulse::default(),
        };
        let (stir, pulse) = (desk.stir.clone(), desk.pulse.clone());
        let thread = std::thread::Builder::new().name("writer".into()).spawn(move || desk.run(&commands));
        let thread = thread.expect("a terminal that cannot start a thread cannot do anything");
        Ok(Writer { handle: WriterHandle { queue, stir, pulse }, thread: Some(thread) })
    }

    pub fn handle(&self) -> WriterHandle {
        self.handle.clone()
    }

    /// Finishes what is queued and waits for it.
    pub fn stop(mut self) {
        if self.handle.queue.send(Command::Stop).is_ok()
            && let Some(thread) = self.thread.take()
        {
            thread.join().expect("the writer ends only by being told to");
        }
    }
}

/// Why a command was not queued.
pub enum NotSent {
    /// The queue is full: the disk hangs, or somebody asks faster than it can answer.
    Full(Box<Command>),
    /// The writer has stopped.
    Gone,
}

impl WriterHandle {
    /// Queues a command without waiting.
    pub fn send(&self, command: Command) -> Result<(), NotSent> {
        self.queue.try_send(command).map_err(|error| match error {
            TrySendError::Full(command) => NotSent::Full(Box::new(command)),
            TrySendError::Disconnected(_) => NotSent::Gone,
        })
    }

    /// Told whenever something happened that other terminals may want to know. For one listener.
    pub fn stir(&self) -> Arc<Notify> {
        self.stir.clone()
    }

    /// Shows whether the writer works off its queue.
    pub fn pulse(&self) -> &Pulse {
        &self.pulse
    }

    /// Asks on behalf of the uplink or the peers; none when the writer is gone. The cashier's commands come
    /// first: a full queue is waited out.
    pub async fn sync<T>(&self, command: impl FnOnce(tokio::sync::oneshot::Sender<T>) -> SyncCommand) -> Option<T> {
        let (reply, answer) = tokio::sync::oneshot::channel();
        let mut command = Command::Sync(command(reply));
        loop {
            match self.send(command) {
                Ok(()) => return answer.await.ok(),
                Err(NotSent::Gone) => return None,
                Err(NotSent::Full(back)) => command = *back,
            }
            tokio::time::sleep(QUEUE_FULL_WAIT).await;
        }
    }
}

impl Desk {
    fn run(&mut self, commands: &Receiver<Command>) {
        for command in commands {
            if matches!(command, Command::Stop) {
                return;
            }
            let stirs = command.stirs();
            let done = self.perform(command);
            if stirs {
                self.stir.notify_one();
            }
            match done {
                Ok(Some(answer)) => (self.tell)(answer),
                Ok(None) => {}
                Err(fault) => self.told_and_closed(&fault),
            }
            if std::mem::take(&mut self.reopened)
                && let Ok(started) = self.started()
            {
                (self.tell)(Answer::Reopened(Box::new(started)));
            }
        }
    }

    /// The store; opened anew if a lasting fault closed it. What was acknowledged is on disk, and
    /// opening finds it: nothing that a broken store still believes is carried on.
    pub(super) fn store(&mut self) -> Result<&mut TerminalStore, Fault> {
        if self.store.is_none() {
            let _until_opened = self.pulse.long_work();
            let (store, recoveries) = TerminalStore::open(&self.folder, &self.identity)?;
            self.recoveries.extend(recoveries);
            self.store = Some(store);
            self.reopened = true;
        }
        Ok(self.store.as_mut().expect("it was opened just now"))
    }

    /// Says that a command failed, and lets go of a store that cannot be believed any more. What fails in
    /// the background after it is no news.
    fn told_and_closed(&mut self, fault: &Fault) {
        tracing::error!(%fault, "the store failed");
        self.close_after(fault);
        self.troubled |= !fault.is_transient();
        (self.tell)(Answer::Failed(Notice::from_fault(fault)));
    }

    /// Asked for by the screen every second: a store that fails is told once, not every second.
    pub(super) fn look_at_outbox(&mut self) -> Option<Answer> {
        let looked = self.outbox_state();
        self.watch_background(&looked);
        looked.ok().map(Answer::Outbox)
    }

    /// Lets go of a store that cannot be believed any more. The cashier is told only if selling
    /// suffers, and once until it succeeds again: a notice that comes back while it is read helps
    /// nobody.
    pub(super) fn watch_background<T>(&mut self, done: &Result<T, Fault>) {
        let Err(fault) = done else {
            self.troubled = false;
            return;
        };
        tracing::warn!(%fault, "the store failed in the background");
        self.close_after(fault);
        if !fault.is_transient() && !std::mem::replace(&mut self.troubled, true) {
            (self.tell)(Answer::Trouble(Notice::from_fault(fault)));
        }
    }

    pub(super) fn close_after(&mut self, fault: &Fault) {
        if !fault.is_transient() {
            self.store = None;
        }
    }

    /// Milliseconds that never jump.
    pub(super) fn now_ms(&self) -> i64 {
        i64::try_from(self.clock.mono_ms()).unwrap_or(i64::MAX)
    }

    /// Now, by every clock this machine has.
    pub(super) fn stamp(&self) -> Stamp {
        clock::stamp(&self.clock)
    }

    pub(super) fn tell_outbox(&mut self) {
        if let Ok(outbox) = self.outbox_state() {
            (self.tell)(Answer::Outbox(outbox));
        }
    }

    pub(super) fn tell_shop(&mut self) {
        let shop = self.store().and_then(|store| Ok((store.settings()?, store.operators()?)));
        if let Ok((settings, operators)) = shop {
            (self.tell)(Answer::Changed { settings: Box::new(settings), operators });
        }
    }

    pub(super) fn free_bytes(&self) -> Option<u64> {
        clock::free_bytes(&self.folder)
    }
}
