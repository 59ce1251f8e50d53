//! The machine's clocks, and what is left on its disk. Read here and nowhere else, and handed on as
//! values.

use engine::port::Clock;
use ledger::op::{ClockQuality, Stamp};
use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// A wall clock before this was never set since the board was powered: 2026-01-01.
const CLOCK_PLAUSIBLE_MS: i64 = 1_767_225_600_000;

/// Now, by every clock of this machine. The hybrid clock is the store's business.
pub fn stamp(clock: &impl Clock) -> Stamp {
    let wall_ms = clock.wall_ms();
    let clock_quality = if is_plausible(wall_ms) { ClockQuality::System } else { ClockQuality::Unset };
    Stamp { wall_ms, hlc: 0, mono_ms: clock.mono_ms(), boot: clock.boot().to_owned(), clock: clock_quality }
}

/// Whether the wall clock was ever set.
pub fn is_plausible(wall_ms: i64) -> bool {
    wall_ms >= CLOCK_PLAUSIBLE_MS
}

/// Whether the kernel is told by somebody what time it is.
pub fn is_synchronised() -> bool {
    // SAFETY: timex is plain data for which zero is a value and asks for no change, and the pointer is live.
    #[allow(unsafe_code)]
    let (state, asked) = unsafe {
        let mut asked: libc::timex = std::mem::zeroed();
        (libc::adjtimex(&mut asked), asked)
    };
    state >= 0 && state != libc::TIME_ERROR && asked.status & libc::STA_UNSYNC == 0
}

/// Milliseconds since 1970, as this machine believes.
pub fn wall_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Monotonic microseconds, the clock that scans are stamped with.
pub fn mono_us() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a live timespec, and CLOCK_MONOTONIC always exists on Linux.
    #[allow(unsafe_code)]
    unsafe {
        libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut time);
    }
    u64::try_from(time.tv_sec).unwrap_or(0) * 1_000_000 + u64::try_from(time.tv_nsec).unwrap_or(0) / 1_000
}

/// Bytes that the folder's disk still takes; none if the system does not say.
pub fn free_bytes(folder: &Path) -> Option<u64> {
    let path = CString::new(folder.as_os_str().as_bytes()).ok()?;
    // SAFETY: statvfs is plain data for which zero is a value, and both pointers are live.
    #[allow(unsafe_code)]
    let (result, stat) = unsafe {
        let mut stat: libc::statvfs = std::mem::zeroed();
        (libc::statvfs(path.as_ptr(), &mut stat), stat)
    };
    // The fields are narrower on 32-bit machines.
    #[allow(clippy::useless_conversion)]
    let free = (result == 0).then(|| u64::from(stat.f_bavail).saturating_mul(u64::from(stat.f_frsize)));
    free
}
