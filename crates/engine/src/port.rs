//! What the world tells us: the time and new names. Passed in, so that a simulator can play both.

use ledger::id::OpId;
use std::fs;
use std::io;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// The clocks of this machine. Evidence, never an arbiter.
pub trait Clock: Send {
    /// Milliseconds since 1970 by the wall clock; may jump.
    fn wall_ms(&self) -> i64;
    /// Milliseconds by a clock that never jumps, comparable within one boot.
    fn mono_ms(&self) -> u64;
    /// Which boot the monotonic clock counts from.
    fn boot(&self) -> &str;
}

/// New op ids.
pub trait Ids: Send {
    fn op_id(&mut self) -> OpId;
}

/// Random bytes: names, nonces and keys.
pub trait Chance: Send {
    fn fill(&mut self, bytes: &mut [u8]);
}

/// The operating system's.
pub struct SystemChance;

impl Chance for SystemChance {
    fn fill(&mut self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system always has random numbers to give");
    }
}

/// From now on files that this process makes are for its user alone, also when it was started by hand
/// and not by its unit: they hold keys, PINs and what a shop earns.
pub fn keep_files_private() {
    #[allow(unsafe_code)]
    // SAFETY: umask() takes a number, touches no memory and cannot fail.
    unsafe {
        libc::umask(0o077)
    };
}

/// The machine's own clocks.
pub struct SystemClock {
    boot: String,
    started: Instant,
    started_mono_ms: u64,
}

impl SystemClock {
    /// Reads which boot this is. Where the system does not say, every start counts as a boot.
    pub fn new() -> Self {
        let told = fs::read_to_string("/proc/sys/kernel/random/boot_id").map(|text| text.trim().to_owned());
        let boot = told.unwrap_or_else(|_| uuid_v7(wall_now_ms()).to_string());
        Self { boot, started: Instant::now(), started_mono_ms: uptime_ms().unwrap_or(0) }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn wall_ms(&self) -> i64 {
        wall_now_ms()
    }

    fn mono_ms(&self) -> u64 {
        let since_start = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.started_mono_ms.saturating_add(since_start)
    }

    fn boot(&self) -> &str {
        &self.boot
    }
}

/// Version 7 UUIDs: random, and sorted by the time they were made.
pub struct RandomIds;

impl Ids for RandomIds {
    fn op_id(&mut self) -> OpId {
        OpId(uuid_v7(wall_now_ms()))
    }
}

fn uuid_v7(wall_ms: i64) -> uuid::Uuid {
    let mut random = [0; 10];
    SystemChance.fill(&mut random);
    uuid::Builder::from_unix_timestamp_millis(u64::try_from(wall_ms).unwrap_or(0), &random).into_uuid()
}

pub(crate) fn wall_now_ms() -> i64 {
    let ms = |time: std::time::Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    SystemTime::now().duration_since(UNIX_EPOCH).map_or_else(|before| -ms(before.duration()), ms)
}

fn uptime_ms() -> io::Result<u64> {
    let text = fs::read_to_string("/proc/uptime")?;
    let seconds = text.split_whitespace().next().and_then(|word| word.parse::<f64>().ok());
    Ok(seconds.map_or(0, |seconds| (seconds * 1000.0) as u64))
}
