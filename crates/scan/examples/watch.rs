//! Prints everything a scanner does: `watch DEVICE [BAUD]`.
//!
//! A device below `/dev/input` is taken as a keyboard, for this program alone, until Enter is
//! pressed on another keyboard; `/dev/hidraw*` by its reports; anything else as a serial line.

use std::env;
use std::error::Error;
use std::io;
use std::path::PathBuf;

use scan::{ScanEvent, ScannerConfig, Scanners, Source};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let path: PathBuf = arguments.next().ok_or("usage: watch DEVICE [BAUD]")?.into();
    let baud = arguments.next().map_or(Ok(scan::config::BAUD_DEFAULT), |text| text.parse())?;
    let scanners = Scanners::start(vec![ScannerConfig::new("scanner", source(path, baud))], print)?;
    println!("Enter ends the program.");
    io::stdin().read_line(&mut String::new())?;
    scanners.stop();
    Ok(())
}

fn source(path: PathBuf, baud: u32) -> Source {
    let file_name = path.file_name().unwrap_or_default().to_string_lossy();
    if path.starts_with("/dev/input") {
        Source::keyboard(path)
    } else if file_name.starts_with("hidraw") {
        Source::Hidraw { match_name: None, match_usb: None, path: Some(path), form: None }
    } else {
        Source::tty(path, baud)
    }
}

fn print(event: ScanEvent) {
    match event {
        ScanEvent::Scan(scan) => println!("{:>4}  {:?}  in {} ms", scan.seq, scan.text, (scan.t_last_us - scan.t_first_us) / 1000),
        ScanEvent::Repeat(repeat) => println!("      {:?}  again, {} times", repeat.text, repeat.count),
        ScanEvent::Fault(fault) => {
            println!("      {}: {} After {:?}.", fault.kind.code(), fault.kind, String::from_utf8_lossy(&fault.raw));
        }
        ScanEvent::State { state, reason, .. } => println!("      {}: {reason}", state.code()),
    }
}
