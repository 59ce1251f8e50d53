//! System calls that the standard library and the device crates lack.
#![allow(unsafe_code)]

use std::ffi::CString;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;
use std::time::Duration;

use evdev::EventType;

/// `EVIOCSCLOCKID` of `linux/input.h`.
const SET_CLOCK: libc::Ioctl = libc::_IOW::<libc::c_int>(b'E' as u32, 0xa0);
/// `EVIOCSMASK` of `linux/input.h`.
const SET_MASK: libc::Ioctl = libc::_IOW::<InputMask>(b'E' as u32, 0x93);

/// `HIDIOCSFEATURE(2)` of `linux/hidraw.h`.
const SEND_FEATURE: libc::Ioctl = libc::_IOWR::<[u8; 2]>(b'H' as u32, 0x06);

/// `ASYNC_LOW_LATENCY` of `linux/tty_flags.h`.
const LOW_LATENCY: libc::c_int = 1 << 13;

/// `struct serial_struct` of `linux/serial.h`.
#[repr(C)]
struct SerialSettings {
    kind: libc::c_int,
    line: libc::c_int,
    port: libc::c_uint,
    irq: libc::c_int,
    flags: libc::c_int,
    /// What is read is written back as it was.
    rest: [u32; 20],
}

/// `struct input_mask` of `linux/input.h`.
#[repr(C)]
struct InputMask {
    kind: u32,
    codes_size: u32,
    codes_ptr: u64,
}

/// What `poll` says of one file descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Readiness {
    pub(super) readable: bool,
    /// Hung up or in error: once it is read empty, nothing more will come.
    pub(super) hung_up: bool,
}

/// Microseconds of the clock that the kernel stamps the events with.
pub(super) fn monotonic_us() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid timespec that lives through the call.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    assert_eq!(result, 0, "every Linux has a monotonic clock");
    time.tv_sec as u64 * 1_000_000 + time.tv_nsec as u64 / 1000
}

/// Waits until something can be read or the time is up; an interruption counts as time being up.
pub(super) fn poll(fds: &[BorrowedFd<'_>], timeout: Duration) -> io::Result<Vec<Readiness>> {
    let mut polled: Vec<libc::pollfd> = fds.iter().map(|fd| libc::pollfd { fd: fd.as_raw_fd(), events: libc::POLLIN, revents: 0 }).collect();
    let time = libc::timespec { tv_sec: timeout.as_secs().try_into().unwrap_or(libc::time_t::MAX), tv_nsec: timeout.subsec_nanos() as libc::c_long };
    // SAFETY: `polled` is a valid array of the given length and `time` a valid timespec, both live
    // through the call; a null signal mask leaves signals as they are.
    let result = unsafe { libc::ppoll(polled.as_mut_ptr(), polled.len() as libc::nfds_t, &raw const time, ptr::null()) };
    match checked(result) {
        Err(error) if error.kind() != io::ErrorKind::Interrupted => Err(error),
        _ => Ok(polled.iter().map(|fd| readiness(fd.revents)).collect()),
    }
}

/// A counter to wake the scan thread with.
pub(super) fn event_fd() -> io::Result<File> {
    // SAFETY: the call takes no pointers.
    let fd = checked(unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) })?;
    // SAFETY: the descriptor is new and nobody else's.
    Ok(unsafe { File::from_raw_fd(fd) })
}

/// Makes the kernel stamp this reader's events with the monotonic clock, which no one sets.
pub(super) fn stamp_monotonic(device: BorrowedFd<'_>) -> io::Result<()> {
    let clock: libc::c_int = libc::CLOCK_MONOTONIC;
    // SAFETY: the kernel reads one int, which lives through the call.
    checked(unsafe { libc::ioctl(device.as_raw_fd(), SET_CLOCK, &raw const clock) }).map(drop)
}

/// Keeps all events of a kind out of this reader's queue.
pub(super) fn hide_events(device: BorrowedFd<'_>, kind: EventType) -> io::Result<()> {
    let no_codes = [0u8; 8];
    let mask = InputMask { kind: kind.0.into(), codes_size: no_codes.len() as u32, codes_ptr: no_codes.as_ptr() as usize as u64 };
    // SAFETY: the kernel reads one InputMask and the bytes it points to; both live through the call.
    checked(unsafe { libc::ioctl(device.as_raw_fd(), SET_MASK, &raw const mask) }).map(drop)
}

/// Sends a feature report, its number first.
pub(super) fn send_feature(device: BorrowedFd<'_>, report: [u8; 2]) -> io::Result<()> {
    // SAFETY: the kernel reads two bytes, which live through the call.
    checked(unsafe { libc::ioctl(device.as_raw_fd(), SEND_FEATURE, report.as_ptr()) }).map(drop)
}

/// Whether this process may read and write the node, by its effective rights.
pub(super) fn may_open(node: &Path) -> io::Result<()> {
    let path = CString::new(node.as_os_str().as_bytes())?;
    // SAFETY: the path is a valid string that lives through the call.
    checked(unsafe { libc::faccessat(libc::AT_FDCWD, path.as_ptr(), libc::R_OK | libc::W_OK, libc::AT_EACCESS) }).map(drop)
}

/// Asks a USB serial line not to collect bytes before it hands them over; FTDI's do so for 16 ms.
/// Lines that know no such thing refuse.
pub(super) fn hurry_bytes(line: BorrowedFd<'_>) -> io::Result<()> {
    let mut settings = SerialSettings { kind: 0, line: 0, port: 0, irq: 0, flags: 0, rest: [0; 20] };
    // SAFETY: the kernel writes its structure, which is shorter than ours, and ours lives through the call.
    checked(unsafe { libc::ioctl(line.as_raw_fd(), libc::TIOCGSERIAL, &raw mut settings) })?;
    settings.flags |= LOW_LATENCY;
    // SAFETY: as above, and the kernel reads what it has written.
    checked(unsafe { libc::ioctl(line.as_raw_fd(), libc::TIOCSSERIAL, &raw const settings) }).map(drop)
}

/// Puts this thread before others that want the processor, where that is allowed (`CAP_SYS_NICE`, or
/// a limit as systemd's `LimitNICE=` sets it).
pub(super) fn go_before_others() -> io::Result<()> {
    const NICE: libc::c_int = -10;
    // SAFETY: the call takes no pointers; 0 is the calling thread.
    checked(unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, NICE) }).map(drop)
}

/// A second descriptor for a port that only shows its number.
pub(super) fn duplicate(port: &impl AsRawFd) -> io::Result<OwnedFd> {
    // SAFETY: `port` owns the descriptor and is borrowed, so it stays open through the call.
    unsafe { BorrowedFd::borrow_raw(port.as_raw_fd()) }.try_clone_to_owned()
}

/// Makes reads return at once when nothing waits.
pub(super) fn set_nonblocking(file: &impl AsFd) -> io::Result<()> {
    let fd: RawFd = file.as_fd().as_raw_fd();
    // SAFETY: the call takes no pointers, and the borrowed descriptor is open.
    let flags = checked(unsafe { libc::fcntl(fd, libc::F_GETFL) })?;
    // SAFETY: as above.
    checked(unsafe { libc::fcntl(fd, libc::F_SETFL, flags | libc::O_NONBLOCK) }).map(drop)
}

fn readiness(revents: libc::c_short) -> Readiness {
    Readiness { readable: revents & libc::POLLIN != 0, hung_up: revents & (libc::POLLHUP | libc::POLLERR | libc::POLLNVAL) != 0 }
}

fn checked(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}
