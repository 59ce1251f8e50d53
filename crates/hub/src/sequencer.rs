//! The one that writes: a thread that owns the store and takes everything queued into one durable
//! transaction, so that many terminals share each wait for the disk.

use crate::trouble::Trouble;
use engine::fault::Fault;
use engine::hub::{Batch, HubStore};
use ledger::sync::wire::PushAnswer;
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};

/// Most ops in one transaction: beyond it, waiting for the disk is no longer what costs time.
const GROUP_OPS_MAX: usize = 2_000;

/// What the thread is asked to do.
enum Job {
    Push {
        batch: Batch,
        answer: oneshot::Sender<Result<PushAnswer, Trouble>>,
    },
    /// Anything rarer, in a transaction of its own.
    Act(Act),
}

/// Answers the sentence of the fault after which the store is lost, if that was it.
type Act = Box<dyn FnOnce(&mut HubStore) -> Option<String> + Send>;

/// The way to the writer. Cheap to clone; the thread ends when the last one is gone.
#[derive(Clone)]
pub struct Sequencer {
    jobs: mpsc::Sender<Job>,
    /// Set to the sentence of the fault after which nothing is written any more.
    broken: Arc<watch::Sender<Option<String>>>,
    /// How far the feed goes, as far as this process wrote it.
    news: watch::Receiver<u64>,
    closing: Arc<watch::Sender<bool>>,
}

impl Sequencer {
    /// Starts the thread. `clock` tells milliseconds since 1970.
    pub fn start(mut store: HubStore, queue_max: usize, clock: fn() -> i64) -> std::io::Result<Sequencer> {
        let (jobs, queue) = mpsc::channel(queue_max);
        let broken = Arc::new(watch::Sender::new(None));
        let told = Arc::clone(&broken);
        let (tell, news) = watch::channel(store.feed_pos().unwrap_or(0));
        thread::Builder::new().name("sequencer".into()).spawn(move || Writer { store, clock, broken: told, news: tell }.run(queue))?;
        Ok(Sequencer { jobs, broken, news, closing: Arc::new(watch::Sender::new(false)) })
    }

    /// Has a batch written, durably before it answers.
    pub async fn push(&self, batch: Batch) -> Result<PushAnswer, Trouble> {
        let (answer, answered) = oneshot::channel();
        self.jobs.try_send(Job::Push { batch, answer }).map_err(|_full| Trouble::busy())?;
        answered.await.unwrap_or_else(|_dropped| Err(Trouble::busy()))
    }

    /// Has the store do something else.
    pub async fn act<T: Send + 'static>(&self, work: impl FnOnce(&mut HubStore) -> Result<T, Fault> + Send + 'static) -> Result<T, Trouble> {
        let (answer, answered) = oneshot::channel();
        let act = Box::new(move |store: &mut HubStore| {
            let done = work(store);
            let lost = done.as_ref().err().and_then(lasting);
            // Nobody waiting any more is no reason to leave the work undone.
            let _ = answer.send(done);
            lost
        });
        self.jobs.try_send(Job::Act(act)).map_err(|_full| Trouble::busy())?;
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
}

type Waiting = (Batch, oneshot::Sender<Result<PushAnswer, Trouble>>);

impl Writer {
    fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        while let Some(job) = queue.blocking_recv() {
            let mut next = Some(job);
            while let Some(job) = next.take() {
                next = match job {
                    Job::Act(act) => {
                        let lost = act(&mut self.store);
                        self.note(lost);
                        self.tell_news();
                        None
                    }
                    Job::Push { batch, answer } => self.group((batch, answer), &mut queue),
                };
            }
            if self.broken.borrow().is_some() {
                return;
            }
        }
    }

    /// Takes what else is queued along, writes it, and answers the job that ended the group.
    fn group(&mut self, first: Waiting, queue: &mut mpsc::Receiver<Job>) -> Option<Job> {
        let mut ops = first.0.ops.len();
        let mut group = vec![first];
        let mut other = None;
        while ops < GROUP_OPS_MAX {
            match queue.try_recv() {
                Ok(Job::Push { batch, answer }) => {
                    ops += batch.ops.len();
                    group.push((batch, answer));
                }
                Ok(job) => {
                    other = Some(job);
                    break;
                }
                Err(_empty) => break,
            }
        }
        self.write(group);
        other
    }

    fn write(&mut self, group: Vec<Waiting>) {
        let (batches, waiting): (Vec<_>, Vec<_>) = group.into_iter().unzip();
        let answers: Vec<Result<PushAnswer, Trouble>> = match self.store.receive((self.clock)(), &batches) {
            Ok(answers) => answers.into_iter().map(Ok).collect(),
            Err(fault) => {
                let trouble = Trouble::from(&fault);
                self.note(lasting(&fault));
                waiting.iter().map(|_| Err(trouble.clone())).collect()
            }
        };
        self.tell_news();
        for (answer, waiting) in answers.into_iter().zip(waiting) {
            // A terminal that hung up asks again and gets the same answer.
            let _ = waiting.send(answer);
        }
    }

    /// Wakes whoever waits for the feed to go on.
    fn tell_news(&mut self) {
        // A fault here shows with the next job; the waiting ends by its time.
        if let Ok(pos) = self.store.feed_pos() {
            self.news.send_if_modified(|known| std::mem::replace(known, pos) != pos);
        }
    }

    fn note(&self, lost: Option<String>) {
        if lost.is_some() {
            self.broken.send_replace(lost);
        }
    }
}

/// The fault's sentence, if the store must be opened again after it. A row that cannot be read
/// concerns one request only.
fn lasting(fault: &Fault) -> Option<String> {
    (!fault.is_transient() && !matches!(fault, Fault::Row { .. })).then(|| fault.to_string())
}
