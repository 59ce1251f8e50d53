//! What happened, as lines for people and as one number for comparing runs.

use std::fmt::Arguments;
use std::io::{self, Write};

const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;

/// The story of a run.
#[derive(Debug, Clone)]
pub struct Trace {
    /// FNV-1a over all lines.
    pub hash: u64,
    pub lines: u64,
    /// Where virtual time began.
    began_ms: i64,
    shown: bool,
}

impl Trace {
    pub fn new(began_ms: i64, shown: bool) -> Trace {
        Trace { hash: FNV_BASIS, lines: 0, began_ms, shown }
    }

    pub fn say(&mut self, now_ms: i64, what: Arguments<'_>) {
        let line = format!("{:>9.3}  {what}", (now_ms - self.began_ms) as f64 / 1_000.0);
        self.mix(line.as_bytes());
        self.lines += 1;
        if self.shown {
            // Whoever does not listen any more misses nothing.
            let _ = writeln!(io::stdout(), "{line}");
        }
    }

    pub fn mix(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.hash = (self.hash ^ u64::from(*byte)).wrapping_mul(FNV_PRIME);
        }
    }
}
