//! The receipt printer: slips become ESC/POS bytes and go to a device or a file, on a thread of its
//! own, because a printer out of paper blocks for as long as it likes.

use crate::app::PrinterNews;
use crate::slip::Slip;
use serde::Deserialize;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

/// Slips waiting at once; more means that nobody looks after the printer.
const SLIPS_MAX: usize = 8;

/// How thick the thinnest bar is, in dots of an eighth of a millimetre: a quarter of a millimetre is
/// what every scanner reads.
const MODULE_DOTS: usize = 2;
/// How long the bars are, in bytes of eight dots: 24 mm, on the narrowest paper too.
const BAR_BYTES: u16 = 24;

/// How characters reach the printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Charset {
    /// Slips are written for it: English words, and SKUs for names in other scripts. What is left,
    /// such as a shop's own name, becomes `?`.
    #[default]
    Ascii,
    Utf8,
    /// Chinese printers in their factory setting.
    Gb18030,
}

/// One printer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrinterConfig {
    /// `/dev/usb/lp0`, a tty, or a file to which slips are appended.
    pub path: PathBuf,
    pub columns: usize,
    pub charset: Charset,
    /// Whether the printer has a cutter.
    pub cut: bool,
}

/// Sends slips to the printer thread.
#[derive(Clone)]
pub struct Printer {
    queue: SyncSender<Slip>,
}

impl Printer {
    /// Starts the thread; `tell` hears what became of each slip, in order.
    pub fn start(config: PrinterConfig, tell: impl Fn(PrinterNews) + Send + 'static) -> io::Result<Printer> {
        let (queue, slips) = sync_channel(SLIPS_MAX);
        std::thread::Builder::new().name("printer".into()).spawn(move || print_all(&config, &slips, tell))?;
        Ok(Printer { queue })
    }

    /// Queues a slip; when the queue is full the answer is the news to show.
    pub fn print(&self, slip: Slip) -> Option<PrinterNews> {
        match self.queue.try_send(slip) {
            Ok(()) => None,
            Err(TrySendError::Full(_)) => Some(PrinterNews::Failed { reason: "the printer does not take the slips that are waiting".into() }),
            Err(TrySendError::Disconnected(_)) => Some(PrinterNews::Failed { reason: "the printer thread has stopped".into() }),
        }
    }
}

fn print_all(config: &PrinterConfig, slips: &Receiver<Slip>, tell: impl Fn(PrinterNews)) {
    for slip in slips {
        let bytes = escpos(&slip, config);
        tell(match write_out(&config.path, &bytes) {
            Ok(()) => PrinterNews::Printed,
            Err(error) => PrinterNews::Failed { reason: format!("{}: {error}", config.path.display()) },
        });
    }
}

fn write_out(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let is_device = path.starts_with("/dev/");
    let mut file = OpenOptions::new().append(true).create(!is_device).open(path)?;
    file.write_all(bytes)?;
    file.flush()
}

/// The slip in ESC/POS: initialise, lines, feed, cut (ESC @, LF, ESC d, GS V of Epson's reference).
pub fn escpos(slip: &Slip, config: &PrinterConfig) -> Vec<u8> {
    let mut bytes = b"\x1b@".to_vec();
    if config.charset == Charset::Gb18030 {
        bytes.extend(b"\x1c&");
    }
    for line in &slip.lines {
        bytes.extend(encode(line, config.charset));
        bytes.push(b'\n');
    }
    if let Some(bars) = &slip.bars {
        bytes.extend(raster(&bars.modules()));
    }
    bytes.extend(b"\x1bd\x03");
    if config.cut {
        bytes.extend(b"\x1dV\x01");
    }
    bytes
}

/// Bars as a picture (GS v 0), across the paper and along its way: a long code is wider than the
/// paper, and every printer knows pictures, but not every one this kind of code.
fn raster(modules: &[bool]) -> Vec<u8> {
    let rows = u16::try_from(modules.len() * MODULE_DOTS).expect("a code is shorter than any paper");
    let mut bytes = b"\x1dv0\0".to_vec();
    bytes.extend(BAR_BYTES.to_le_bytes());
    bytes.extend(rows.to_le_bytes());
    for module in modules {
        let row = [if *module { 0xff } else { 0 }; BAR_BYTES as usize];
        (0..MODULE_DOTS).for_each(|_| bytes.extend(row));
    }
    bytes
}

fn encode(line: &str, charset: Charset) -> Vec<u8> {
    match charset {
        Charset::Utf8 => line.as_bytes().to_vec(),
        Charset::Gb18030 => encoding_rs::GB18030.encode(line).0.into_owned(),
        Charset::Ascii => line.chars().map(|c| u8::try_from(c).ok().filter(u8::is_ascii).unwrap_or(b'?')).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(path: &Path, charset: Charset) -> PrinterConfig {
        PrinterConfig { path: path.to_owned(), columns: 32, charset, cut: true }
    }

    #[test]
    fn bytes_of_each_charset() {
        let check = |charset, expected: &[u8]| {
            let slip = Slip { lines: vec!["SN A1 手".into()], bars: None };
            assert_eq!(escpos(&slip, &config(Path::new("x"), charset)), expected);
        };
        check(Charset::Ascii, b"\x1b@SN A1 ?\n\x1bd\x03\x1dV\x01");
        check(Charset::Utf8, "\x1b@SN A1 手\n\x1bd\x03\x1dV\x01".as_bytes());
        check(Charset::Gb18030, b"\x1b@\x1c&SN A1 \xca\xd6\n\x1bd\x03\x1dV\x01");
    }

    #[test]
    fn bars_are_printed_along_the_paper() {
        let bars = crate::code128::Bars::of("A1").expect("printable");
        let modules = bars.modules();
        let bytes = escpos(&Slip { lines: vec!["x".into()], bars: Some(bars) }, &config(Path::new("x"), Charset::Ascii));
        let picture = bytes.strip_prefix(b"\x1b@x\n\x1dv0\0\x18\0").expect("a picture 24 bytes wide");
        let (height, rows) = picture.split_at(2);
        assert_eq!(usize::from(u16::from_le_bytes([height[0], height[1]])), modules.len() * 2);
        for (index, module) in modules.iter().enumerate() {
            let expected = [if *module { 0xff } else { 0 }; 48];
            assert_eq!(rows[index * 48..][..48], expected, "module {index}");
        }
        assert!(rows[modules.len() * 48..].starts_with(b"\x1bd\x03"));
    }

    #[test]
    fn a_missing_device_is_told_and_a_file_is_appended_to() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (news_in, news) = std::sync::mpsc::channel();
        let slip = || Slip { lines: vec!["x".into()], bars: None };
        let missing = news_in.clone();
        let printer = Printer::start(config(Path::new("/dev/counterfoil-none"), Charset::Ascii), move |n| missing.send(n).unwrap()).unwrap();
        assert_eq!(printer.print(slip()), None);
        assert!(matches!(news.recv().unwrap(), PrinterNews::Failed { reason } if reason.contains("/dev/counterfoil-none")));

        let path = folder.path().join("slips");
        let printer = Printer::start(config(&path, Charset::Ascii), move |n| news_in.send(n).unwrap()).unwrap();
        for _ in 0..2 {
            assert_eq!(printer.print(slip()), None);
            assert_eq!(news.recv().unwrap(), PrinterNews::Printed);
        }
        assert_eq!(std::fs::read(&path).unwrap().len(), 2 * b"\x1b@x\n\x1bd\x03\x1dV\x01".len());
    }
}
