//! Listening to everything that could be a scanner, for the page that looks for one.
//!
//! Nothing is taken over: keys that a person types go on to where they went before, and a scanner
//! that this program has in use already is not heard as a keyboard. Let go of it first, by
//! [`Scanners::reload`](crate::Scanners::reload) with an empty list.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::candidates::{Candidate, CandidateKind};
use super::hotplug::Hotplug;
use super::port::{self, Hold, OpenFault, Port};
use super::sys;
use super::sysfs::Folders;
use crate::config::Source;
use crate::event::Reason;
use crate::hid::FormName;
use crate::keys::ReadEnd;
use crate::learn::{Verdict, judge};
use crate::linux::holders::group_of;
use crate::raw::Raw;

/// Silence that ends what was sent; as long as a slow scanner pauses, and short enough to wait for.
const SILENCE_US: u64 = 300_000;
/// Devices come and go while the page is open; nodes get their rights after they appear.
const RESCAN_US: u64 = 1_000_000;
/// More than any till has; a till with more keyboards has another trouble.
const LISTENED_MAX: usize = 32;
/// More than the shown text makes in any form; whoever sends more is no scanner of ours.
const RAWS_MAX: usize = 4096;
/// After a failed `poll`, which means the system is out of memory: not to make it worse.
const POLL_FAILED_PAUSE: Duration = Duration::from_millis(20);
/// The speeds that scanners are delivered with, most usual first.
const BAUDS: [u32; 6] = [9600, 115_200, 19_200, 38_400, 57_600, 4800];

/// What happens while a scanner is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LearnEvent {
    /// This device is heard from now on. A line whose speed was changed is told again.
    Listening(Candidate),
    /// This one is not, and why. Told once; it is tried again.
    NotListening {
        /// The device.
        candidate: Candidate,
        /// Why it cannot be listened to.
        reason: Reason,
    },
    /// It was unplugged.
    Gone(Candidate),
    /// What a device sends, as it comes.
    Raw {
        /// Where it came from.
        node: PathBuf,
        /// What came.
        raw: Raw,
    },
    /// Silence after something was sent: what each device that sent is, the best first.
    Heard(Vec<Heard>),
}

/// What one device turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The device that sent something.
    pub candidate: Candidate,
    /// What that was.
    pub verdict: Verdict,
}

/// The listening thread. Dropping it ends the thread, too.
pub struct Learner {
    stop: Arc<File>,
    thread: Option<JoinHandle<()>>,
}

impl Learner {
    /// Listens to every candidate and calls `sender`, from a thread of its own, with what happens.
    pub fn start(sender: impl Fn(LearnEvent) + Send + 'static) -> io::Result<Self> {
        Self::start_with(|| Folders::default().candidates(), sender)
    }

    /// The same with candidates of the caller's; asked again every second.
    pub fn start_with(candidates: impl Fn() -> Vec<Candidate> + Send + 'static, sender: impl Fn(LearnEvent) + Send + 'static) -> io::Result<Self> {
        let stop = Arc::new(sys::event_fd()?);
        let ear = Ear {
            candidates: Box::new(candidates),
            folders: Folders::default(),
            listening: Vec::new(),
            silent: Vec::new(),
            hotplug: Hotplug::new().ok(),
            stop: Arc::clone(&stop),
            rescan_at_us: 0,
            send: Box::new(sender),
        };
        let thread = thread::Builder::new().name("scan-learn".to_owned()).spawn(|| ear.run())?;
        Ok(Self { stop, thread: Some(thread) })
    }

    /// Ends the thread and waits for it; every device is let go.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        let woken = self.stop.as_ref().write_all(&1u64.to_ne_bytes());
        woken.expect("a fresh counter takes one more");
        if thread.join().is_err() {
            tracing::error!("the listening thread panicked");
        }
    }
}

impl Drop for Learner {
    fn drop(&mut self) {
        self.end();
    }
}

/// Everything that lives on the listening thread.
struct Ear {
    candidates: Box<dyn Fn() -> Vec<Candidate> + Send>,
    folders: Folders,
    listening: Vec<Listened>,
    /// Those that cannot be opened, which was told.
    silent: Vec<PathBuf>,
    hotplug: Option<Hotplug>,
    stop: Arc<File>,
    rescan_at_us: u64,
    send: Box<dyn Fn(LearnEvent) + Send>,
}

/// A device and what it has sent since the last silence.
struct Listened {
    candidate: Candidate,
    port: Box<dyn Port>,
    raws: Vec<Raw>,
    last_us: u64,
    gone: bool,
}

impl Ear {
    fn run(mut self) {
        loop {
            let now_us = sys::monotonic_us();
            // Looking around takes longer than the kernel keeps the keys of a fast scanner.
            if now_us >= self.rescan_at_us && self.silent_at_us(now_us).is_none() {
                self.rescan_at_us = now_us + RESCAN_US;
                self.rescan();
            }
            if self.wait() {
                return;
            }
            self.read();
            self.judge_if_silent(sys::monotonic_us());
        }
    }

    fn rescan(&mut self) {
        let found = (self.candidates)();
        if let Some(hotplug) = &mut self.hotplug {
            let sources: Vec<&Source> = found.iter().map(|candidate| &candidate.source).collect();
            hotplug.watch(&self.folders.watched(&sources));
            hotplug.drain();
        }
        self.silent.retain(|node| found.iter().any(|candidate| candidate.node == *node));
        for candidate in found {
            let known = self.listening.iter().any(|listened| listened.candidate.node == candidate.node);
            if !known && self.listening.len() < LISTENED_MAX {
                self.listen(candidate);
            }
        }
    }

    fn listen(&mut self, candidate: Candidate) {
        match port::open(&candidate.source, &candidate.node, &self.folders, Hold::Shared) {
            Ok(opened) => {
                self.silent.retain(|node| *node != candidate.node);
                (self.send)(LearnEvent::Listening(candidate.clone()));
                self.listening.push(Listened { candidate, port: opened.port, raws: Vec::new(), last_us: 0, gone: false });
            }
            Err(OpenFault::Gone) => {}
            Err(fault) => self.not_listening(candidate, fault),
        }
    }

    fn not_listening(&mut self, candidate: Candidate, fault: OpenFault) {
        if self.silent.contains(&candidate.node) {
            return;
        }
        self.silent.push(candidate.node.clone());
        let reason = match fault {
            OpenFault::Gone => Reason::NotFound,
            OpenFault::Busy => Reason::HeldByOther,
            OpenFault::Denied => Reason::PermissionMissing { path: candidate.node.clone(), group: group_of(&candidate.node) },
            OpenFault::Failed { kind, detail } => Reason::OpenFailed { kind, detail },
        };
        (self.send)(LearnEvent::NotListening { candidate, reason });
    }

    /// Whether the thread is to end.
    fn wait(&mut self) -> bool {
        let hotplug = self.hotplug.as_ref().map(Hotplug::fd);
        let fds: Vec<BorrowedFd<'_>> = [self.stop.as_fd()].into_iter().chain(hotplug).chain(self.listening.iter().map(|listened| listened.port.fd())).collect();
        let ready = match sys::poll(&fds, self.timeout()) {
            Ok(ready) => ready,
            Err(error) => {
                tracing::warn!(%error, "poll failed");
                // sleeps because a poll that fails at once would spin
                thread::sleep(POLL_FAILED_PAUSE);
                return false;
            }
        };
        let devices_at = fds.len() - self.listening.len();
        let nodes_changed = self.hotplug.is_some() && ready[1].readable;
        for (listened, readiness) in self.listening.iter_mut().zip(&ready[devices_at..]) {
            listened.gone = readiness.hung_up;
        }
        if nodes_changed {
            self.rescan_at_us = 0;
        }
        ready[0].readable
    }

    fn timeout(&self) -> Duration {
        let now_us = sys::monotonic_us();
        let wake_at_us = self.silent_at_us(now_us).unwrap_or(self.rescan_at_us);
        Duration::from_micros(wake_at_us.saturating_sub(now_us))
    }

    /// When all will have been silent for long enough, if somebody is sending now. One that never ends
    /// does not count.
    fn silent_at_us(&self, now_us: u64) -> Option<u64> {
        let sending = self.listening.iter().filter(|listened| (1..RAWS_MAX).contains(&listened.raws.len()));
        sending.map(|listened| listened.last_us + SILENCE_US).filter(|at_us| *at_us > now_us).max()
    }

    fn read(&mut self) {
        for listened in &mut self.listening {
            let (raws, node, last_us, send) = (&mut listened.raws, &listened.candidate.node, &mut listened.last_us, &self.send);
            let end = listened.port.drain(&mut |raw| {
                *last_us = sys::monotonic_us();
                if raws.len() < RAWS_MAX {
                    raws.push(raw.clone());
                }
                send(LearnEvent::Raw { node: node.clone(), raw });
            });
            listened.gone |= end == ReadEnd::Closed;
        }
        for gone in self.listening.extract_if(.., |listened| listened.gone) {
            (self.send)(LearnEvent::Gone(gone.candidate));
        }
    }

    /// One scan may come by several ways at once; it is judged when all are silent.
    fn judge_if_silent(&mut self, now_us: u64) {
        if self.silent_at_us(now_us).is_some() {
            return;
        }
        let mut heard: Vec<Heard> = self.listening.iter_mut().filter(|listened| !listened.raws.is_empty()).map(Listened::judge).collect();
        if heard.is_empty() {
            return;
        }
        heard.sort_by_key(|heard| rank(&heard.verdict, heard.candidate.kind));
        let mistuned: Vec<Candidate> = heard.iter().filter_map(retuned).collect();
        (self.send)(LearnEvent::Heard(heard));
        // Whoever scans once more does so now.
        self.rescan_at_us = sys::monotonic_us() + RESCAN_US;
        mistuned.into_iter().for_each(|candidate| self.retune(candidate));
    }

    /// Opens a line again with another speed.
    fn retune(&mut self, candidate: Candidate) {
        self.listening.retain(|listened| listened.candidate.node != candidate.node);
        self.listen(candidate);
    }
}

impl Listened {
    fn judge(&mut self) -> Heard {
        let raws = std::mem::take(&mut self.raws);
        let verdict = judge(&self.candidate.source, self.candidate.form.as_ref(), &raws);
        Heard { candidate: self.candidate.clone(), verdict }
    }
}

/// A line on which something else than text came, at its next speed. USB lines have none.
fn retuned(heard: &Heard) -> Option<Candidate> {
    let Source::Tty { path, baud, line } = &heard.candidate.source else { return None };
    let is_usb_line = heard.candidate.node.file_name().is_some_and(|name| name.to_string_lossy().starts_with("ttyACM"));
    if is_usb_line || matches!(heard.verdict, Verdict::Found(_)) {
        return None;
    }
    let at = BAUDS.iter().position(|known| known == baud)?;
    let source = Source::Tty { path: path.clone(), baud: BAUDS[(at + 1) % BAUDS.len()], line: *line };
    Some(Candidate { source, ..heard.candidate.clone() })
}

/// Less is better. A way that tells the kind of code goes before keys, and keys that the kernel
/// stamps and guards go before raw ones.
fn rank(verdict: &Verdict, kind: CandidateKind) -> (u8, u8) {
    let verdict = match verdict {
        Verdict::Found(_) => 0,
        Verdict::Differs(_) => 1,
        Verdict::Spoiled(_) => 2,
        Verdict::NotThis => 3,
    };
    let kind = match kind {
        CandidateKind::Reports(FormName::Pos) => 0,
        CandidateKind::Keyboard => 1,
        CandidateKind::Reports(FormName::Symbol) => 2,
        CandidateKind::Line => 3,
        CandidateKind::Reports(FormName::Keyboard) => 4,
    };
    (verdict, kind)
}
