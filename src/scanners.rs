//! The scanners of this terminal, on a thread of their own beside the one that reads them: those of
//! the configuration and those that were set up at the till, changed while they run; listening to
//! everything that could be a scanner; and what each of them sends, for whoever looks.

mod file;

use crate::app::{Attention, RawLine, ScannersNews, ScannersOrder};
use file::{Kept, together};
use scan::{Candidate, ForeignScanner, LearnEvent, Learner, ScanEvent, ScannerConfig, Scanners, StartFault};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Orders waiting at once: a person gives one at a time.
const ORDERS_MAX: usize = 16;
/// How often the file is looked at that somebody may edit.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often it is shown what scanners send: as often as eyes follow.
const SHOW_EVERY: Duration = Duration::from_millis(200);
/// What is kept of it between two showings: the last code, whichever way it came.
const RAW_LINES_MAX: usize = 64;

/// Handle to the running threads.
pub struct Desk {
    orders: SyncSender<ScannersOrder>,
    thread: Option<JoinHandle<()>>,
}

/// Where the scanners of this box are written down.
pub struct Places {
    /// Those of the configuration.
    pub configured: Vec<ScannerConfig>,
    /// Lines that are listened to when a scanner is set up, besides those that are found.
    pub lines: Vec<PathBuf>,
    pub data: PathBuf,
}

impl Desk {
    /// Starts the scanners; `scan` hears what they read and must not wait, `tell` the rest.
    ///
    /// # Errors
    /// The configured scanners contradict each other, or the system has no threads left.
    pub fn start(places: Places, scan: impl Fn(ScanEvent) + Send + 'static, tell: impl Fn(ScannersNews) + Clone + Send + 'static) -> Result<Desk, StartFault> {
        let (orders, waiting) = sync_channel(ORDERS_MAX);
        let mut kept = Kept::in_folder(&places.data);
        kept.look();
        let (running, problem) = begin(&places.configured, &kept, scan)?;
        let mut worker = Worker { places, kept, problem, running, learner: None, foreign: Vec::new(), attention: Attention::None, raws: Raws::default(), tell };
        let thread = std::thread::Builder::new().name("scanners".into()).spawn(move || worker.run(&waiting)).map_err(StartFault::System)?;
        Ok(Desk { orders, thread: Some(thread) })
    }

    /// Asks for something; when the queue is full and somebody waits for it, the answer is the news
    /// to show.
    pub fn give(&self, order: ScannersOrder) -> Option<ScannersNews> {
        let awaited = matches!(order, ScannersOrder::Keep(_));
        let refused = self.orders.try_send(order).err()?;
        tracing::warn!(%refused, "the scanners do not listen");
        awaited.then(|| ScannersNews::NotKept { reason: "the scanners do not listen; wait a moment and try again".into() })
    }

    /// Lets go of every scanner. Half a scan becomes a fault before that.
    pub fn stop(mut self) {
        drop(self.orders);
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread of the scanners panicked");
        }
    }
}

/// What was set up at the till must not keep it from starting: without it, if it has to be.
fn begin(configured: &[ScannerConfig], kept: &Kept, scan: impl Fn(ScanEvent) + Send + 'static) -> Result<(Scanners, String), StartFault> {
    let (mut all, mut problem) = (together(configured, kept.scanners()), kept.problem().to_owned());
    if let Err(fault) = scan::config::check_all(&all) {
        (all, problem) = (configured.to_vec(), format!("{}: {fault}", kept.path().display()));
    }
    Ok((Scanners::start(all, scan)?, problem))
}

struct Worker<F> {
    places: Places,
    kept: Kept,
    /// What is wrong with the file of kept scanners; empty if nothing.
    problem: String,
    running: Scanners,
    learner: Option<Learner>,
    /// Told last, while a scanner is looked for.
    foreign: Vec<ForeignScanner>,
    attention: Attention,
    raws: Raws,
    tell: F,
}

impl<F: Fn(ScannersNews) + Clone + Send + 'static> Worker<F> {
    fn run(&mut self, orders: &Receiver<ScannersOrder>) {
        self.tell_in_use();
        loop {
            let patience = if self.attention == Attention::None { LOOK_EVERY } else { SHOW_EVERY };
            match orders.recv_timeout(patience) {
                Ok(ScannersOrder::Attend(attention)) => self.attend(attention),
                Ok(ScannersOrder::Keep(scanner)) => self.keep(*scanner),
                Ok(ScannersOrder::Answer(scanner, feedback)) => self.running.feedback(&scanner.as_str().into(), feedback),
                Err(RecvTimeoutError::Timeout) => self.look(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Time has gone by.
    fn look(&mut self) {
        if self.kept.look() && self.attention != Attention::Learning {
            self.reload();
        }
        let lines = self.raws.take();
        if !lines.is_empty() {
            (self.tell)(ScannersNews::Raws(lines));
        }
        if self.attention == Attention::Learning {
            self.look_for_foreign();
        }
        if self.attention == Attention::Watching {
            (self.tell)(ScannersNews::Counted(self.running.counters()));
        }
    }

    /// A device can be read or listened to, not both: while a scanner is looked for, those in use
    /// are let go.
    fn attend(&mut self, attention: Attention) {
        let before = std::mem::replace(&mut self.attention, attention);
        self.learner = None;
        self.running.tap(None);
        self.raws.take();
        match attention {
            Attention::Learning => self.learn(),
            Attention::Watching => self.running.tap(Some(self.raws.tap())),
            Attention::None => {}
        }
        if before == Attention::Learning && attention != Attention::Learning {
            self.reload();
        }
    }

    fn look_for_foreign(&mut self) {
        let found = scan::foreign_scanners();
        if found != self.foreign {
            self.foreign.clone_from(&found);
            (self.tell)(ScannersNews::Foreign(found));
        }
    }

    fn learn(&mut self) {
        self.foreign.clear();
        self.running.reload(Vec::new()).expect("no scanners contradict each other");
        let (lines, raws, tell) = (self.places.lines.clone(), self.raws.clone(), self.tell.clone());
        let candidates = move || scan::candidates().into_iter().chain(lines.iter().map(|line| Candidate::line(line))).collect();
        let hear = move |event| match event {
            LearnEvent::Raw { node, raw } => raws.put(RawLine { device: node.display().to_string(), raw: raw.to_string() }),
            event => tell(ScannersNews::Learning(event)),
        };
        match Learner::start_with(candidates, hear) {
            Ok(learner) => self.learner = Some(learner),
            Err(error) => (self.tell)(ScannersNews::NotKept { reason: format!("nothing can be listened to: {error}") }),
        }
    }

    /// Writes a scanner down. It is in use when the page that set it up is left.
    fn keep(&mut self, scanner: ScannerConfig) {
        let name = scanner.name.to_string();
        let news = match self.kept.keep(scanner, &self.places.configured) {
            Ok(()) => ScannersNews::Kept { name },
            Err(reason) => ScannersNews::NotKept { reason },
        };
        (self.tell)(news);
    }

    fn reload(&mut self) {
        self.problem = match self.running.reload(together(&self.places.configured, self.kept.scanners())) {
            Ok(()) => self.kept.problem().to_owned(),
            Err(fault) => format!("{}: {fault}", self.kept.path().display()),
        };
        self.tell_in_use();
    }

    fn tell_in_use(&self) {
        if !self.problem.is_empty() {
            tracing::warn!(problem = %self.problem, "scanners that were set up here are not in use");
        }
        let all = together(&self.places.configured, self.kept.scanners());
        let names = all.iter().map(|scanner| scanner.name.to_string()).collect();
        (self.tell)(ScannersNews::InUse { names, problem: self.problem.clone() });
    }
}

/// What scanners sent since it was last shown, the oldest forgotten first.
#[derive(Clone, Default)]
struct Raws(Arc<Mutex<VecDeque<RawLine>>>);

impl Raws {
    fn put(&self, line: RawLine) {
        // Nothing is done under the lock that could panic half way.
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == RAW_LINES_MAX {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    fn take(&self) -> Vec<RawLine> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).into()
    }

    fn tap(&self) -> scan::Tap {
        let raws = self.clone();
        Box::new(move |device, raw| raws.put(RawLine { device: device.to_string(), raw: raw.to_string() }))
    }
}

/// The scanners a terminal with this configuration reads, and what is wrong with those that were set
/// up at the till; empty if nothing is.
pub fn all(configured: &[ScannerConfig], data: &Path) -> (Vec<ScannerConfig>, String) {
    let mut kept = Kept::in_folder(data);
    kept.look();
    (together(configured, kept.scanners()), kept.problem().to_owned())
}
