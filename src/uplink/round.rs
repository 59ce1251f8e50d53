//! The rounds of the uplink: look how things stand, do the one thing that is due, tell how it went.

use super::http::Hub;
use crate::app::UplinkNews;
use crate::clock;
use crate::identity::random_bytes;
use crate::view::SyncError;
use crate::writer::{SyncCommand, WriterHandle};
use engine::terminal::Push;
use ledger::op::Hash;
use ledger::sync::uplink::{Ask, Failure, Standing, Step, Success, Uplink};
use ledger::sync::wire::*;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// Longest sleep between two looks. The scheduler is level-triggered: whatever was missed is seen
/// at the next look.
const LOOK_MS: i64 = 1_000;
/// Rows of one page: small enough that a scan never waits long behind it.
const PAGE_ROWS: usize = 1_000;

/// Runs until the writer is gone.
pub async fn run(hub: Hub, incarnation: u32, data: PathBuf, writer: WriterHandle, hurry: Arc<Notify>, tell: impl Fn(UplinkNews)) {
    let mut scheduler = Uplink::new(mono_ms());
    let mut round = Round { hub, incarnation, data, writer };
    let mut told = UplinkNews::default();
    tell(told.clone());
    while let Some(standing) = round.standing().await {
        match scheduler.step(mono_ms(), standing) {
            Step::Do(ask) => {
                say(&tell, &mut told, news(&scheduler, true));
                match round.perform(ask).await {
                    Ok(success) => scheduler.succeeded(mono_ms(), success),
                    Err(failure) => scheduler.failed(mono_ms(), failure, u64::from_le_bytes(random_bytes())),
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
        Failure::HubTrouble { detail, .. } => (SyncError::HubTrouble, detail.clone()),
        Failure::Garbage { detail } => (SyncError::Garbage, detail.clone()),
        Failure::OtherHub { detail } => (SyncError::OtherHub, detail.clone()),
        Failure::NotEnrolled { detail } => (SyncError::NotEnrolled, detail.clone()),
        Failure::Storage { detail } => (SyncError::Storage, detail.clone()),
    }
}

struct Round {
    hub: Hub,
    incarnation: u32,
    data: PathBuf,
    writer: WriterHandle,
}

impl Round {
    async fn standing(&self) -> Option<Standing> {
        self.writer.sync(SyncCommand::Standing).await
    }

    async fn perform(&mut self, ask: Ask) -> Result<Success, Failure> {
        match ask {
            Ask::Hello => self.hello().await,
            Ask::Push => self.push().await,
            Ask::Pull => self.pull().await,
            Ask::Snapshot => self.snapshot().await,
        }
    }

    async fn hello(&self) -> Result<Success, Failure> {
        let head = self.ask_writer(SyncCommand::Head).await??;
        let hello = Hello { incarnation: self.incarnation, head_seq: head.seq, head_hash: head.hash, acked_seq: head.acked_seq };
        let answer = self.hub.hello(&hello).await?;
        let forked = answer.head_seq == head.seq && answer.head_hash != head.hash;
        if answer.head_seq > head.seq || forked {
            // An older copy of this terminal's disk: going on would give known numbers to new ops.
            let detail = format!(
                "the hub has {} ops of this terminal, its journal only {}: the disk is an older copy; enrol this terminal anew",
                answer.head_seq, head.seq
            );
            return Err(Failure::NotEnrolled { detail });
        }
        if answer.head_seq < head.acked_seq {
            self.ask_writer(|reply| SyncCommand::Rewind { acked_seq: answer.head_seq, reply }).await??;
        }
        Ok(Success::Greeted)
    }

    async fn push(&self) -> Result<Success, Failure> {
        let Some(push) = self.ask_writer(SyncCommand::NextPush).await?? else { return Ok(Success::Pushed) };
        let answer = self.hub.push(push_body(&push)).await?;
        let last_sent = push.head.first_seq + push.ops.len() as u64 - 1;
        if answer.acked_seq > last_sent && answer.outcomes.iter().any(|outcome| outcome.seq > last_sent) {
            return Err(Failure::Garbage { detail: format!("the hub answers for op {}, the last one sent is {last_sent}", answer.acked_seq) });
        }
        if answer.outcomes.is_empty() && answer.expected_seq.is_none_or(|expected| expected >= push.head.first_seq) {
            return Err(Failure::HubTrouble { detail: "the hub took none of the ops and says nothing against them".into(), retry_after_ms: None });
        }
        let sent_from = push.head.first_seq;
        let asked_back = answer.outcomes.is_empty();
        let incarnation = push.head.incarnation;
        self.ask_writer(|reply| SyncCommand::Acknowledge { incarnation, answer, reply }).await??;
        if asked_back {
            // Trying again is right, but not at once: the ops asked for may be lost here for good.
            let detail = format!("the hub misses ops before number {sent_from} and asks for them first");
            return Err(Failure::HubTrouble { detail, retry_after_ms: None });
        }
        Ok(Success::Pushed)
    }

    async fn pull(&self) -> Result<Success, Failure> {
        let cursor = self.ask_writer(SyncCommand::Cursor).await??.unwrap_or_default();
        let Some(page) = self.hub.pull(&cursor, PAGE_ROWS).await? else { return Ok(Success::Gone) };
        if page.feed != cursor.feed || page.next < cursor.pos {
            return Err(Failure::Garbage { detail: "the page is not the one that was asked for".into() });
        }
        let up_to_date = page.up_to_date;
        let page = Box::new(page);
        self.ask_writer(|reply| SyncCommand::Ingest { page, reply }).await??;
        Ok(Success::Pulled { up_to_date })
    }

    async fn snapshot(&self) -> Result<Success, Failure> {
        let manifest = self.hub.manifest().await?;
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
    async fn ask_writer<T>(&self, command: impl FnOnce(tokio::sync::oneshot::Sender<T>) -> SyncCommand) -> Result<T, Failure> {
        self.writer.sync(command).await.ok_or(Failure::Storage { detail: "the terminal is stopping".into() })
    }
}

/// The head as a line, then each op's own bytes as a line.
fn push_body(push: &Push) -> Vec<u8> {
    let mut body = serde_json::to_vec(&push.head).expect("a push head holds only numbers");
    for op in &push.ops {
        body.push(b'\n');
        body.extend_from_slice(&op.bytes);
    }
    body.push(b'\n');
    body
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
