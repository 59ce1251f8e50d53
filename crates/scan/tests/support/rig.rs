//! A pipeline with a clock of its own.

use scan::{Form, Outcome, Pipeline, RawEvent, ScannerConfig, Source};

/// Longer than any pipeline waits for anything.
pub const REST_US: u64 = 10_000_000;

pub struct Rig {
    pub pipeline: Pipeline,
    pub now_us: u64,
    pub out: Vec<Outcome>,
}

impl Rig {
    pub fn new(config: &ScannerConfig) -> Self {
        Self { pipeline: Pipeline::new(config), now_us: 1_000_000, out: Vec::new() }
    }

    pub fn events(&mut self, events: &[RawEvent]) {
        for event in events {
            self.now_us = self.now_us.max(event.t_us);
            self.pipeline.key_event(*event, &mut self.out);
        }
    }

    /// Bytes that arrive one after the other, each seen at once.
    pub fn bytes(&mut self, bytes: &[u8], byte_us: u64) {
        for byte in bytes {
            self.pass(byte_us);
            self.pipeline.bytes(&[*byte], self.now_us, self.now_us, &mut self.out);
        }
    }

    /// Bytes found after the reader was held up.
    pub fn late_bytes(&mut self, bytes: &[u8], stall_us: u64) {
        let empty_us = self.now_us;
        self.now_us += stall_us;
        self.pipeline.bytes(bytes, empty_us, self.now_us, &mut self.out);
    }

    /// Time passes, and the timer fires whenever the pipeline asked for it.
    pub fn pass(&mut self, span_us: u64) {
        let end_us = self.now_us + span_us;
        while let Some(deadline_us) = self.pipeline.deadline_us().filter(|at_us| *at_us <= end_us) {
            self.now_us = self.now_us.max(deadline_us);
            self.pipeline.tick(self.now_us, &mut self.out);
            let next_us = self.pipeline.deadline_us();
            assert!(next_us.is_none_or(|at_us| at_us > self.now_us), "the timer would fire for ever");
        }
        self.now_us = end_us;
    }

    pub fn unplug(&mut self) {
        self.pipeline.unplugged(self.now_us, &mut self.out);
    }

    pub fn finish(mut self) -> Vec<Outcome> {
        self.pass(REST_US);
        self.out
    }
}

pub fn keyboard() -> ScannerConfig {
    let source = Source::Hid { match_name: Some("Scanner".to_owned()), match_usb: None, path: None };
    ScannerConfig::new("scanner", source)
}

/// The descriptor of a keyboard with the boot report.
pub const BOOT_KEYBOARD: &[u8] = &[
    0x05, 0x01, 0x09, 0x06, 0xa1, 0x01, 0x05, 0x07, 0x19, 0xe0, 0x29, 0xe7, 0x15, 0x00, 0x25, 0x01, 0x75, 0x01, 0x95, 0x08, 0x81, 0x02, 0x95, 0x01, 0x75, 0x08,
    0x81, 0x01, 0x95, 0x06, 0x75, 0x08, 0x15, 0x00, 0x26, 0xff, 0x00, 0x05, 0x07, 0x19, 0x00, 0x2a, 0xff, 0x00, 0x81, 0x00, 0xc0,
];

pub fn boot_keyboard() -> Form {
    Form::of(BOOT_KEYBOARD, None).unwrap()
}

/// The texts of the scans, and the number of faults.
pub fn texts_and_faults(out: &[Outcome]) -> (Vec<&str>, usize) {
    let texts = out.iter().filter_map(|outcome| match outcome {
        Outcome::Scan(scan) => Some(scan.text.as_str()),
        _ => None,
    });
    (texts.collect(), out.iter().filter(|outcome| matches!(outcome, Outcome::Fault(_))).count())
}
