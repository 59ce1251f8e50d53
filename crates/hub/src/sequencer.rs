//! The one that writes: a thread that owns the store and takes everything queued into one durable
//! transaction, so that many terminals share each wait for the disk.
//!
//! Of several hub processes on one PostgreSQL database one leads and the others stand by: they
//! answer what only reads, and send away what would write, with "standby" and when to come back. They
//! do not pass it on to the leader. Terminals send everything again until it is answered anyway, so
//! sending away loses nothing; passing on would want addresses and trust between hubs, and a second
//! place where an answer can get lost. What decides is a lock that ends with the connection which
//! holds it, so another one takes over by itself. Whoever loses its connection does not know whether
//! its last transaction was committed: the terminals are told to ask again, and what was taken is
//! known by its place.

use crate::trouble::{Trouble, causes, sentence};
use engine::fault::Fault;
use engine::hub::{HubStore, ReadBatch};
use ledger::sync::wire::PushAnswer;
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};

/// Most ops in one transaction: beyond it, waiting for the disk is no longer what costs time.
const GROUP_OPS_MAX: usize = 2_000;

/// How long to wait before a database that is away is tried again; doubled each time up to the limit.
const PAUSE_MIN: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// Whether this process takes what is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Not known yet; what comes meanwhile waits.
    Starting,
    Active,
    /// Another process takes it.
    Standby,
    /// The database does not answer.
    Away,
}

impl Standing {
    /// Its name in the answer about health.
    pub fn name(self) -> &'static str {
        match self {
            Standing::Starting => "starting",
            Standing::Active => "active",
            Standing::Standby => "standby",
            Standing::Away => "database_away",
        }
    }

    fn trouble(self) -> Option<Trouble> {
        match self {
            Standing::Starting | Standing::Active => None,
            Standing::Standby => Some(Trouble::standby()),
            Standing::Away => Some(Trouble::database_away()),
        }
    }
}

/// What the thread is asked to do.
enum Job {
    Push {
        batch: ReadBatch,
        answer: oneshot::Sender<Result<PushAnswer, Trouble>>,
    },
    /// Anything rarer, in a transaction of its own.
    Act(Act),
}

type Act = Box<dyn FnOnce(&mut HubStore) -> After + Send>;

/// How the store is after some work.
#[derive(Debug, Clone, PartialEq, Eq)]
enum After {
    Well,
    /// Somebody else may lead by now.
    Away,
    /// The sentence of the fault after which the store is lost.
    Lost(String),
}

impl After {
    /// A row that cannot be read or written concerns one request only.
    fn of(fault: &Fault) -> After {
        match fault {
            Fault::Away { .. } => After::Away,
            Fault::Row { .. } | Fault::Unfit { .. } => After::Well,
            fault if fault.is_transient() => After::Well,
            fault => After::Lost(sentence(fault)),
        }
    }
}

/// The way to the writer. Cheap to clone; the thread ends when the last one is gone.
#[derive(Clone)]
pub struct Sequencer {
    jobs: mpsc::Sender<Job>,
    /// Set to the sentence of the fault after which nothing is written any more.
    broken: Arc<watch::Sender<Option<String>>>,
    /// How far the feed goes, as far as this process wrote it.
    news: watch::Receiver<u64>,
    closing: Arc<watch::Sender<bool>>,
    standing: watch::Receiver<Standing>,
}

impl Sequencer {
    /// Starts the thread. `clock` tells milliseconds since 1970.
    pub fn start(mut store: HubStore, queue_max: usize, clock: fn() -> i64) -> std::io::Result<Sequencer> {
        let (jobs, queue) = mpsc::channel(queue_max);
        let broken = Arc::new(watch::Sender::new(None));
        let told = Arc::clone(&broken);
        let (tell, news) = watch::channel(store.feed_pos().unwrap_or(0));
        let (stand, standing) = watch::channel(Standing::Starting);
        let writer = Writer { store, clock, broken: told, news: tell, standing: stand };
        thread::Builder::new().name("sequencer".into()).spawn(move || writer.run(queue))?;
        Ok(Sequencer { jobs, broken, news, closing: Arc::new(watch::Sender::new(false)), standing })
    }

    pub fn standing(&self) -> Standing {
        *self.standing.borrow()
    }

    /// Waits until this process is what it is asked for.
    pub async fn stands(&self, wanted: Standing) {
        // A thread that ended stands no more.
        let _ = self.standing.clone().wait_for(|standing| *standing == wanted).await;
    }

    fn queue(&self, job: Job) -> Result<(), Trouble> {
        match self.standing().trouble() {
            Some(trouble) => Err(trouble),
            None => self.jobs.try_send(job).map_err(|_full| Trouble::busy()),
        }
    }

    /// Has a batch written, durably before it answers.
    pub async fn push(&self, batch: ReadBatch) -> Result<PushAnswer, Trouble> {
        let (answer, answered) = oneshot::channel();
        self.queue(Job::Push { batch, answer })?;
        answered.await.unwrap_or_else(|_dropped| Err(Trouble::busy()))
    }

    /// Has the store do something else.
    pub async fn act<T: Send + 'static>(&self, work: impl FnOnce(&mut HubStore) -> Result<T, Fault> + Send + 'static) -> Result<T, Trouble> {
        let (answer, answered) = oneshot::channel();
        let act = Box::new(move |store: &mut HubStore| {
            let done = work(store);
            let after = done.as_ref().err().map_or(After::Well, After::of);
            // Nobody waiting any more is no reason to leave the work undone.
            let _ = answer.send(done);
            after
        });
        self.queue(Job::Act(act))?;
        Ok(answered.await.map_err(|_dropped| Trouble::busy())??)
    }

    /// Waits until the feed goes on behind `after`, at most so long.
    pub async fn wait_for_news(&self, after: u64, longest: Duration) {
        let mut news = self.news.clone();
        let mut closing = self.closing.subscribe();
        tokio::select! {
            _ = news.wait_for(|pos| *pos > after) => (),
            _ = closing.wait_for(|closing| *closing) => (),
            () = tokio::time::sleep(longest) => (),
        }
    }

    /// Ends all waiting for news: the hub is about to stop.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }

    /// How many wait for news just now.
    pub fn waiting(&self) -> usize {
        self.closing.receiver_count()
    }

    pub fn is_closing(&self) -> bool {
        *self.closing.borrow()
    }

    /// Waits until the store fails for good. Then the process must end and be started anew: only
    /// reopening tells what reached the disk.
    pub async fn failed(&self) -> String {
        let mut broken = self.broken.subscribe();
        let sentence = broken.wait_for(Option::is_some).await.map(|told| told.clone());
        sentence.ok().flatten().unwrap_or_default()
    }
}

struct Writer {
    store: HubStore,
    clock: fn() -> i64,
    broken: Arc<watch::Sender<Option<String>>>,
    news: watch::Sender<u64>,
    standing: watch::Sender<Standing>,
}

type Waiting = (ReadBatch, oneshot::Sender<Result<PushAnswer, Trouble>>);

impl Writer {
    fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        while self.lead(&mut queue) {
            match self.serve(&mut queue) {
                After::Well => return,
                After::Away => {}
                After::Lost(sentence) => return self.give_up(sentence),
            }
        }
    }

    /// Waits until this process leads. False if there is nothing to lead any more.
    fn lead(&mut self, queue: &mut mpsc::Receiver<Job>) -> bool {
        let mut pause = PAUSE_MIN;
        while !queue.is_closed() {
            match self.store.lead() {
                Ok(true) => {
                    self.stand(Standing::Active);
                    return true;
                }
                Ok(false) => {
                    self.stand(Standing::Standby);
                    pause = PAUSE_MIN;
                }
                Err(fault) if fault.is_transient() => {
                    tracing::warn!("{fault}{}", causes(&fault));
                    self.stand(Standing::Away);
                    // sleeps because nothing tells when a server is back
                    thread::sleep(pause);
                    pause = (pause * 2).min(PAUSE_MAX);
                }
                Err(fault) => {
                    self.give_up(sentence(&fault));
                    return false;
                }
            }
            // What was queued before it was known is answered: nothing was taken.
            while queue.try_recv().is_ok() {}
        }
        false
    }

    fn stand(&self, standing: Standing) {
        let before = self.standing.send_replace(standing);
        // A hub that simply starts has no need to say so.
        if before != standing && (before, standing) != (Standing::Starting, Standing::Active) {
            tracing::info!(before = before.name(), standing = standing.name(), "another standing of this hub");
        }
    }

    /// Works off the queue for as long as all is well.
    fn serve(&mut self, queue: &mut mpsc::Receiver<Job>) -> After {
        while let Some(job) = queue.blocking_recv() {
            let mut next = Some(job);
            while let Some(job) = next.take() {
                let after = match job {
                    Job::Act(act) => act(&mut self.store),
                    Job::Push { batch, answer } => {
                        let (group, other) = group((batch, answer), queue);
                        next = other;
                        self.write(group)
                    }
                };
                if after != After::Well {
                    return after;
                }
                self.tell_news();
            }
        }
        After::Well
    }

    fn write(&mut self, group: Vec<Waiting>) -> After {
        let (batches, waiting): (Vec<_>, Vec<_>) = group.into_iter().unzip();
        let (answers, after): (Vec<Result<PushAnswer, Trouble>>, After) = match self.store.receive_read((self.clock)(), &batches) {
            Ok(answers) => (answers.into_iter().map(Ok).collect(), After::Well),
            Err(fault) => {
                let trouble = Trouble::from(&fault);
                (waiting.iter().map(|_| Err(trouble.clone())).collect(), After::of(&fault))
            }
        };
        for (answer, waiting) in answers.into_iter().zip(waiting) {
            // A terminal that hung up asks again and gets the same answer.
            let _ = waiting.send(answer);
        }
        after
    }

    /// Wakes whoever waits for the feed to go on.
    fn tell_news(&mut self) {
        // A fault here shows with the next job; the waiting ends by its time.
        if let Ok(pos) = self.store.feed_pos() {
            self.news.send_if_modified(|known| std::mem::replace(known, pos) != pos);
        }
    }

    fn give_up(&self, sentence: String) {
        self.broken.send_replace(Some(sentence));
    }
}

/// Takes what else is queued along, and the job that ended the group.
fn group(first: Waiting, queue: &mut mpsc::Receiver<Job>) -> (Vec<Waiting>, Option<Job>) {
    let mut ops = first.0.ops();
    let mut group = vec![first];
    while ops < GROUP_OPS_MAX {
        match queue.try_recv() {
            Ok(Job::Push { batch, answer }) => {
                ops += batch.ops();
                group.push((batch, answer));
            }
            Ok(job) => return (group, Some(job)),
            Err(_empty) => break,
        }
    }
    (group, None)
}
