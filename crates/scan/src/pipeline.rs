//! One scanner's way from events or bytes to outcomes. No I/O and no clock: time is an argument.

use evdev::KeyCode;

use crate::config::ScannerConfig;
use crate::framer::{Arrival, Ended, Framer, Keyboard, Piece};
use crate::keys::{Frame, FrameBuilder, KeyChange, KeyDecoder, RawEvent};
use crate::outcome::{DeviceName, Fault, FaultKind, Outcome, Scan};
use crate::repeats::Repeats;

/// Turns what one scanner sends into outcomes.
///
/// It outlives the device: after an unplug the same pipeline serves the next plug, so that `seq`
/// and the window for repeats carry on.
///
/// All times are microseconds of one monotonic clock, the one that stamps the events.
pub struct Pipeline {
    device: DeviceName,
    frames: FrameBuilder,
    keys: KeyDecoder,
    keys_synced: bool,
    framer: Framer,
    repeats: Repeats,
    seq: u64,
}

impl Pipeline {
    pub fn new(config: &ScannerConfig) -> Self {
        Self {
            device: config.name.clone(),
            frames: FrameBuilder::default(),
            keys: KeyDecoder::new(config),
            keys_synced: true,
            framer: Framer::new(config),
            repeats: Repeats::new(config.same_ms),
            seq: 0,
        }
    }

    /// A device was opened, with these keys held down. Until it has been quiet once, what arrives
    /// may be the end of a scan that began unheard, and becomes a fault.
    pub fn opened(&mut self, held: &[KeyCode], now_us: u64) {
        self.frames.clear();
        self.keys.resync(held);
        self.keys_synced = true;
        self.framer.settle(now_us);
    }

    /// Takes one event of a keyboard.
    pub fn key_event(&mut self, event: RawEvent, out: &mut Vec<Outcome>) {
        match self.frames.push(event) {
            Some(Frame::Keys { t_us, changes }) => self.keys_changed(t_us, &changes, out),
            Some(Frame::Lost { t_us }) => self.keys_lost(t_us, out),
            None => {}
        }
    }

    /// Takes bytes of a serial line, read at `now_us`. `empty_us` is the last time the line was
    /// seen to hold nothing: the bytes arrived somewhere between the two.
    pub fn bytes(&mut self, bytes: &[u8], empty_us: u64, now_us: u64, out: &mut Vec<Outcome>) {
        let arrival = Arrival { earliest_us: empty_us.min(now_us), latest_us: now_us };
        let ended = self.framer.advance(arrival, Keyboard::NONE);
        self.report(ended, out);
        self.framer.touch(now_us);
        for byte in bytes {
            self.framer.press(now_us);
            let ended = self.framer.take(piece_of(*byte), arrival, Keyboard::NONE);
            self.report(ended, out);
        }
    }

    /// Lets time pass. `now_us` must have been taken before the device was last read empty;
    /// otherwise keys that wait unread would count as silence.
    pub fn tick(&mut self, now_us: u64, out: &mut Vec<Outcome>) {
        self.advance(now_us, out);
    }

    /// The device is gone; half a scan is a fault.
    pub fn unplugged(&mut self, now_us: u64, out: &mut Vec<Outcome>) {
        let ended = self.framer.unplugged(now_us);
        self.report(ended, out);
        self.frames.clear();
        self.keys.resync(&[]);
        self.keys_synced = true;
    }

    /// When [`Pipeline::tick`] must be called though nothing arrives.
    pub fn deadline_us(&self) -> Option<u64> {
        self.framer.deadline_us(self.keyboard())
    }

    /// Whether the device has been quiet since it was opened or a scan was spoiled: the next code
    /// will be read.
    pub fn is_settled(&self) -> bool {
        !self.framer.is_poisoned()
    }

    /// Whether events were lost, so that the held keys should be asked of the device and told by
    /// [`Pipeline::resync`]. Without an answer the pipeline waits for quiet.
    pub fn wants_resync(&self) -> bool {
        !self.keys_synced
    }

    /// These keys are held, says the device. Asking it throws its unread key events away, which
    /// does no harm because the scan is spoiled already.
    pub fn resync(&mut self, held: &[KeyCode], now_us: u64) {
        if self.keys_synced {
            return;
        }
        self.frames.clear();
        self.keys.resync(held);
        self.keys_synced = true;
        self.framer.touch(now_us);
    }

    fn keys_changed(&mut self, t_us: u64, changes: &[KeyChange], out: &mut Vec<Outcome>) {
        self.advance(t_us, out);
        if self.framer.is_rested(t_us) {
            self.keys.begin_scan();
        }
        self.framer.touch(t_us);
        let decoded = self.keys.decode(changes);
        if decoded.pressed {
            self.framer.press(t_us);
        }
        for piece in decoded.pieces {
            self.take(piece, t_us, out);
        }
    }

    fn keys_lost(&mut self, t_us: u64, out: &mut Vec<Outcome>) {
        self.advance(t_us, out);
        self.framer.touch(t_us);
        self.take(Piece::Spoil(FaultKind::Lost), t_us, out);
    }

    fn take(&mut self, piece: Piece, t_us: u64, out: &mut Vec<Outcome>) {
        if matches!(piece, Piece::Spoil(FaultKind::Lost | FaultKind::Damaged)) {
            self.keys_synced = false;
        }
        let ended = self.framer.take(piece, Arrival::at(t_us), self.keyboard());
        self.report(ended, out);
    }

    fn advance(&mut self, now_us: u64, out: &mut Vec<Outcome>) {
        let ended = self.framer.advance(Arrival::at(now_us), self.keyboard());
        self.report(ended, out);
        if !self.keys_synced && !self.framer.is_poisoned() {
            // Nobody could ask the device, but it has been quiet: a scanner at rest holds no key.
            self.keys.resync(&[]);
            self.keys_synced = true;
        }
    }

    fn keyboard(&self) -> Keyboard {
        Keyboard { any_held: self.keys.any_held(), synced: self.keys_synced, caps_switched: self.keys.caps_left_switched() }
    }

    fn report(&mut self, ended: Option<Ended>, out: &mut Vec<Outcome>) {
        let Some(ended) = ended else { return };
        self.keys.begin_scan();
        out.push(match ended {
            Ended::Text { text, t_first_us, t_last_us } => self.deliver(text, t_first_us, t_last_us),
            Ended::Spoiled { kind, raw, t_us } => Outcome::Fault(Fault { device: self.device.clone(), kind, raw, t_us }),
        });
    }

    fn deliver(&mut self, text: String, t_first_us: u64, t_last_us: u64) -> Outcome {
        let device = self.device.clone();
        if let Some(repeat) = self.repeats.check(&device, &text, t_first_us, t_last_us) {
            return Outcome::Repeat(repeat);
        }
        self.seq += 1;
        Outcome::Scan(Scan { device, text, t_first_us, t_last_us, seq: self.seq })
    }
}

/// Serial scanners send ASCII; anything else is noise or a wrong speed.
fn piece_of(byte: u8) -> Piece {
    match byte {
        1..=0x7f => Piece::Char(byte.into()),
        _ => Piece::Spoil(FaultKind::BadByte),
    }
}
