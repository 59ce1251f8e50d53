//! The rounds of the uplink: look how things stand, do the one thing that is due, tell how it went.

use super::http::Hub;
use crate::app::UplinkNews;
use crate::clock;
use crate::identity::random_bytes;
use crate::view::SyncError;
use crate::writer::{SyncCommand, WriterHandle};
use ledger::op::Hash;
use ledger::sync::message::{Answer, Request};
use ledger::sync::uplink::{Ask, Failure, Standing, Step, Success, Uplink};
use ledger::sync::wire::SnapshotManifest;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

/// Longest sleep between two looks. The scheduler is level-triggered: whatever was missed is seen
/// at the next look.
const LOOK_MS: i64 = 1_000;
/// An ask that takes longer than any of its requests may is stuck; it is given up and counted as a
/// failure, so that nothing can hang for ever.
const WATCHDOG: Duration = Duration::from_secs(900);
/// Pushes that follow each other without a look at how things stand, the next on its way before the
/// last is answered.
const RUN_PUSHES: usize = 20;

/// Runs until the writer is gone.
pub async fn run(hub: Hub, data: PathBuf, writer: WriterHandle, hurry: Arc<Notify>, tell: impl Fn(UplinkNews)) {
    let mut scheduler = Uplink::new(mono_ms());
    let round = Round { hub: Arc::new(hub), data, writer };
    let mut told = UplinkNews::default();
    tell(told.clone());
    while let Some(standing) = round.standing().await {
        match scheduler.step(mono_ms(), standing) {
            Step::Do(ask) => {
                // Listening is not work: the screen shows it as rest.
                let listening = matches!(ask, Ask::Pull { wait_ms } if wait_ms > 0);
                say(&tell, &mut told, news(&scheduler, !listening));
                let ended = tokio::select! {
                    ended = round.watched(ask) => Some(ended),
                    () = hurry.notified(), if listening => None,
                };
                match ended {
                    None => scheduler.interrupted(mono_ms()),
                    Some(Ok(success)) => scheduler.succeeded(mono_ms(), success),
                    Some(Err(failure)) => scheduler.failed(mono_ms(), ask, failure, u64::from_le_bytes(random_bytes())),
                }
                say(&tell, &mut told, news(&scheduler, false));
            }
            Step::WaitUntil(at_ms) => {
                let wait_ms = (at_ms - mono_ms()).clamp(10, LOOK_MS);
                let sleep = tokio::time::sleep(Duration::from_millis(wait_ms.unsigned_abs()));
                tokio::select! {
                    () = sleep => {}
                    () = hurry.notified() => scheduler.hurry(mono_ms()),
                }
            }
        }
    }
}

fn say(tell: &impl Fn(UplinkNews), told: &mut UplinkNews, news: UplinkNews) {
    if *told != news {
        *told = news.clone();
        tell(news);
    }
}

fn news(scheduler: &Uplink, in_flight: bool) -> UplinkNews {
    let failed = scheduler.last_failure();
    let (error, error_detail) = failed.map_or((SyncError::None, String::new()), words);
    UplinkNews {
        error,
        error_detail,
        last_success_ms: scheduler.last_success_ms().map(on_the_wall),
        next_try_ms: failed.map(|_| on_the_wall(scheduler.next_try_ms())),
        in_flight,
    }
}

fn words(failure: &Failure) -> (SyncError, String) {
    match failure {
        Failure::Unreachable { detail } => (SyncError::Unreachable, detail.clone()),
        Failure::TimedOut => (SyncError::TimedOut, String::new()),
        Failure::HubTrouble { detail, .. } | Failure::HubFault { detail } => (SyncError::HubTrouble, detail.clone()),
        Failure::Outdated { detail } => (SyncError::Outdated, detail.clone()),
        Failure::Garbage { detail } => (SyncError::Garbage, detail.clone()),
        Failure::OtherHub { detail } => (SyncError::OtherHub, detail.clone()),
        Failure::NotEnrolled { detail } => (SyncError::NotEnrolled, detail.clone()),
        Failure::Storage { detail } => (SyncError::Storage, detail.clone()),
    }
}

/// A request on its way. Nobody waits for its answer any more once this is gone.
struct Flight {
    request: Arc<Request>,
    /// Another one was still on its way when it was sent.
    is_behind: bool,
    answer: JoinHandle<Result<Answer, Failure>>,
}

impl Flight {
    async fn answer(&mut self) -> Result<Answer, Failure> {
        (&mut self.answer).await.map_err(|e| Failure::Storage { detail: e.to_string() })?
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.answer.abort();
    }
}

/// The hub took nothing, since something before it is missing.
fn is_asked_back(answer: &Answer) -> bool {
    matches!(answer, Answer::Pushed(told) if told.outcomes.is_empty() && told.expected_seq.is_some())
}

struct Round {
    hub: Arc<Hub>,
    data: PathBuf,
    writer: WriterHandle,
}

impl Round {
    async fn standing(&self) -> Option<Standing> {
        self.writer.sync(SyncCommand::Standing).await
    }

    async fn watched(&self, ask: Ask) -> Result<Success, Failure> {
        tokio::time::timeout(WATCHDOG, self.perform(ask)).await.unwrap_or_else(|_elapsed| {
            tracing::error!(?ask, "the uplink was stuck and begins anew");
            Err(Failure::TimedOut)
        })
    }

    async fn perform(&self, ask: Ask) -> Result<Success, Failure> {
        if ask == Ask::Snapshot {
            return self.snapshot().await;
        }
        let Some(mut flight) = self.send_next(ask).await? else { return Ok(Success::Pushed) };
        for left in (0..RUN_PUSHES).rev() {
            let behind = if left > 0 && matches!(ask, Ask::Push { .. }) { self.send_behind(ask, &flight).await? } else { None };
            let answer = flight.answer().await?;
            if flight.is_behind && is_asked_back(&answer) {
                // It overtook the one before, which has arrived by now.
                let Some(again) = self.send_next(ask).await? else { return Ok(Success::Pushed) };
                flight = again;
                continue;
            }
            match (self.note(&flight, answer).await?, behind) {
                (Success::Pushed, Some(next)) => flight = next,
                (end, _) => return Ok(end),
            }
        }
        Ok(Success::Pushed)
    }

    /// Sends what is to be asked as things stand; none if there is nothing to ask any more.
    async fn send_next(&self, ask: Ask) -> Result<Option<Flight>, Failure> {
        let request = self.ask_writer(|reply| SyncCommand::Request { ask, reply }).await??;
        Ok(request.map(|request| self.send(request, false)))
    }

    /// Sends what comes behind a push that is on its way; none if there is no more.
    async fn send_behind(&self, ask: Ask, flight: &Flight) -> Result<Option<Flight>, Failure> {
        let before = Arc::clone(&flight.request);
        let next = self.ask_writer(|reply| SyncCommand::Behind { ask, before, reply }).await??;
        Ok(next.map(|next| self.send(next, true)))
    }

    fn send(&self, request: Request, is_behind: bool) -> Flight {
        let (hub, request) = (Arc::clone(&self.hub), Arc::new(request));
        let sent = Arc::clone(&request);
        Flight { request, is_behind, answer: tokio::spawn(async move { hub.ask(&sent).await }) }
    }

    async fn note(&self, flight: &Flight, answer: Answer) -> Result<Success, Failure> {
        let exchange = Box::new((Arc::clone(&flight.request), answer));
        self.ask_writer(|reply| SyncCommand::Take { exchange, reply }).await??
    }

    async fn snapshot(&self) -> Result<Success, Failure> {
        let Answer::Snapshot(manifest) = self.hub.ask(&Request::Snapshot).await? else {
            return Err(Failure::Garbage { detail: "the answer is to another question".into() });
        };
        let packed = self.data.join(format!("snapshot-{}.zst", manifest.sha256));
        forget_other_snapshots(&self.data, &packed);
        self.hub.snapshot(&manifest, &packed).await?;
        let unpacked = self.data.join("snapshot.db");
        let paths = (manifest.clone(), packed.clone(), unpacked.clone());
        tokio::task::spawn_blocking(move || unpack(&paths.0, &paths.1, &paths.2)).await.map_err(|e| Failure::Storage { detail: e.to_string() })??;
        self.ask_writer(|reply| SyncCommand::InstallSnapshot { file: unpacked, manifest, reply }).await??;
        let _left_behind_is_harmless = std::fs::remove_file(&packed);
        Ok(Success::SnapshotTaken)
    }

    /// Asks the writer; when it is gone the terminal is stopping.
    async fn ask_writer<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> SyncCommand) -> Result<T, Failure> {
        self.writer.sync(command).await.ok_or(Failure::Storage { detail: "the terminal is stopping".into() })
    }
}

/// Checks the packed file against the manifest and unpacks it. A wrong file is deleted: going on
/// with it would fail for ever.
fn unpack(manifest: &SnapshotManifest, packed: &Path, unpacked: &Path) -> Result<(), Failure> {
    let storage = |e: std::io::Error| Failure::Storage { detail: e.to_string() };
    if hash_of(packed).map_err(storage)? != manifest.sha256 {
        std::fs::remove_file(packed).map_err(storage)?;
        return Err(Failure::Garbage { detail: "the snapshot's hash is not the one in its manifest".into() });
    }
    let packed = File::open(packed).map_err(storage)?;
    let mut limited = Limited { file: File::create(unpacked).map_err(storage)?, left: manifest.unpacked_bytes };
    zstd::stream::copy_decode(packed, &mut limited).map_err(|e| Failure::Garbage { detail: format!("the snapshot does not unpack: {e}") })?;
    limited.file.sync_all().map_err(storage)
}

/// Read in blocks: the file may be larger than the device's memory.
fn hash_of(path: &Path) -> std::io::Result<Hash> {
    let mut hasher = Sha256::new();
    std::io::copy(&mut File::open(path)?, &mut hasher)?;
    Ok(Hash(hasher.finalize().into()))
}

/// Stops a file that unpacks to more than it says.
struct Limited {
    file: File,
    left: u64,
}

impl std::io::Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.left = self.left.checked_sub(bytes.len() as u64).ok_or_else(|| std::io::Error::other("it is longer than its manifest says"))?;
        self.file.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

fn forget_other_snapshots(data: &Path, keep: &Path) {
    let Ok(entries) = std::fs::read_dir(data) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let is_snapshot = path.file_name().and_then(|n| n.to_str()).is_some_and(|n| n.starts_with("snapshot-") && n.ends_with(".zst"));
        if is_snapshot && path != keep {
            let _best_effort = std::fs::remove_file(path);
        }
    }
}

/// The scheduler lives by the clock that never jumps: a wall clock set back by years must not make
/// a terminal wait for years.
fn mono_ms() -> i64 {
    i64::try_from(clock::mono_us() / 1_000).unwrap_or(i64::MAX)
}

/// A moment of the scheduler's, by the wall clock as it is now.
fn on_the_wall(at_ms: i64) -> i64 {
    clock::wall_ms().saturating_add(at_ms - mono_ms())
}
