//! A scanner through the raw reports of its HID device.
//!
//! A keyboard's reports arrive here even while its keys are grabbed elsewhere, so they are read by
//! whoever is faster to lose them: the kernel keeps 63 and drops what comes after, without a sign.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::port::{OpenFault, Opened, Port};
use super::sys;
use super::sysfs::Folders;
use crate::config::UsbId;
use crate::hid::{Form, FormName};
use crate::keys::ReadEnd;
use crate::raw::Raw;

/// The kernel's own limit for one report.
const REPORT_MAX: usize = 4096;
/// Reports that the kernel keeps. Whoever finds as many at once may have missed more.
const QUEUE_LENGTH: usize = 63;
/// Reads in a row before the other scanners get their turn.
const READS_MAX: usize = 256;
/// Scanners of these makers send nothing before they are told to, by this feature report.
const WANT_TO_BE_ASKED: [u16; 2] = [0x0c2e, 0x23d0];
const ASK: [u8; 2] = [0xfe, 0x01];

pub(super) struct HidrawPort {
    stream: File,
    empty_us: u64,
    sending: Arc<AtomicBool>,
}

impl HidrawPort {
    pub(super) fn open(node: &Path, folders: &Folders) -> Result<Opened, OpenFault> {
        let facts = folders.hidraw_facts(node).ok_or(OpenFault::Gone)?;
        let form = facts.form.ok_or_else(|| OpenFault::Failed { kind: io::ErrorKind::Unsupported, detail: "its reports are not a scanner's".to_owned() })?;
        let stream = OpenOptions::new().read(true).write(true).custom_flags(libc::O_NONBLOCK).open(node)?;
        ask_for_texts(&stream, &form, facts.usb)?;
        let since_us = sys::monotonic_us();
        let port = Self { stream, empty_us: since_us, sending: Arc::default() };
        Ok(Opened { port: Box::new(port), held: Vec::new(), since_us, form: Some(form) })
    }
}

impl Port for HidrawPort {
    fn fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }

    fn drain(&mut self, take: &mut dyn FnMut(Raw)) -> ReadEnd {
        let started_us = sys::monotonic_us();
        let mut buffer = [0; REPORT_MAX];
        for count in 0..READS_MAX {
            match self.stream.read(&mut buffer) {
                Ok(0) => return ReadEnd::Closed,
                Ok(length) => {
                    let t_us = sys::monotonic_us();
                    take(Raw::Report { empty_us: self.empty_us, t_us, bytes: buffer[..length].to_vec() });
                    if count + 1 == QUEUE_LENGTH {
                        take(Raw::Overflow { t_us });
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.empty_us = started_us;
                    return ReadEnd::Empty;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return ReadEnd::Closed,
            }
        }
        ReadEnd::Empty
    }

    /// The kernel waits for the device to take a report, for seconds if need be: not on this
    /// thread, and nothing new while something old is on its way.
    fn send(&mut self, messages: Vec<Vec<u8>>) -> io::Result<()> {
        let mut stream = self.stream.try_clone()?;
        if self.sending.swap(true, Ordering::AcqRel) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let sending = Arc::clone(&self.sending);
        let send = move || {
            if let Err(error) = messages.iter().try_for_each(|report| stream.write_all(report)) {
                tracing::debug!(%error, "the scanner took no report");
            }
            sending.store(false, Ordering::Release);
        };
        let started = thread::Builder::new().name("scan-send".to_owned()).spawn(send);
        started.map(drop).inspect_err(|_| self.sending.store(false, Ordering::Release))
    }
}

/// Whether it was understood shows in whether texts come. A device that does not answer holds its
/// asker up for seconds.
fn ask_for_texts(stream: &File, form: &Form, usb: Option<UsbId>) -> io::Result<()> {
    let asks = form.name() == FormName::Pos && usb.is_some_and(|usb| WANT_TO_BE_ASKED.contains(&usb.vendor));
    if !asks {
        return Ok(());
    }
    let stream = stream.try_clone()?;
    let ask = move || {
        if let Err(error) = sys::send_feature(stream.as_fd(), ASK) {
            tracing::debug!(%error, "the scanner takes no feature report");
        }
    };
    thread::Builder::new().name("scan-send".to_owned()).spawn(ask).map(drop)
}
