//! One scanner's way from what the kernel hands over to outcomes. No I/O and no clock: time is an
//! argument.

use evdev::KeyCode;

use crate::config::{Framing, ScannerConfig};
use crate::country::{CountryWatch, Opinion, RecordedKeys};
use crate::framer::{Arrival, Ended, Framer, Keyboard, Piece};
use crate::hid::{Form, FormName, KeyboardReader, PosPart, PosReader, ReportKeys, symbol_bytes};
use crate::keys::{Frame, FrameBuilder, KeyChange, KeyDecoder, RawEvent};
use crate::label::{AimId, Carried, Label, LabelReader, Symbology};
use crate::outcome::{DeviceName, FAULT_RAW_MAX, Fault, FaultKind, Outcome, Scan};
use crate::raw::Raw;
use crate::repeats::Repeats;
use crate::ssi::{SsiPart, SsiReader};

/// Turns what one scanner sends into outcomes.
///
/// It outlives the device: after an unplug the same pipeline serves the next plug, so that `seq`
/// and the window for repeats carry on.
///
/// All times are microseconds of one monotonic clock, the one that stamps the events.
pub struct Pipeline {
    device: DeviceName,
    frames: FrameBuilder,
    reader: Reader,
    keys: KeyDecoder,
    keys_synced: bool,
    country: CountryWatch,
    framer: Framer,
    /// Of the message that is being put together.
    carried: Carried,
    labels: LabelReader,
    repeats: Repeats,
    seq: u64,
    no_reads: u64,
}

/// How bytes and reports are read. Key events are read in one way only.
#[derive(Debug)]
enum Reader {
    Text,
    Ssi(SsiReader),
    Keyboard(KeyboardReader),
    Pos(PosReader),
    Symbol,
}

impl Pipeline {
    /// A pipeline for a scanner that is configured so.
    pub fn new(config: &ScannerConfig) -> Self {
        let mut framer = Framer::new(config);
        let reader = match config.source.framing() {
            Framing::Text => Reader::Text,
            Framing::Ssi => Reader::Ssi(SsiReader::default()),
        };
        framer.expect_messages(matches!(reader, Reader::Ssi(_)));
        Self {
            device: config.name.clone(),
            frames: FrameBuilder::default(),
            reader,
            keys: KeyDecoder::new(config),
            keys_synced: true,
            country: CountryWatch::new(config),
            framer,
            carried: Carried::default(),
            labels: LabelReader::new(config),
            repeats: Repeats::new(config.same_ms),
            seq: 0,
            no_reads: 0,
        }
    }

    /// A hidraw device was found to speak in this form. To be told before [`Pipeline::opened`].
    pub fn speaks(&mut self, form: &Form) {
        self.reader = match form.name() {
            FormName::Keyboard => KeyboardReader::new(form).map_or(Reader::Text, Reader::Keyboard),
            FormName::Pos => PosReader::new(form).map_or(Reader::Text, Reader::Pos),
            FormName::Symbol => Reader::Symbol,
        };
        self.keys.sees_every_digit(form.name() == FormName::Keyboard);
        self.country.sees_every_digit(form.name() == FormName::Keyboard);
        self.framer.expect_messages(form.name() == FormName::Pos);
    }

    /// A device was opened, and at this time these keys were held down. Until it has been quiet once, what arrives
    /// may be the end of a scan that began unheard, and becomes a fault.
    pub fn opened(&mut self, held: &[KeyCode], now_us: u64) {
        self.country.trust();
        self.forget_keys(held);
        self.frames.begin(now_us);
        if let Reader::Ssi(reader) = &mut self.reader {
            reader.clear();
        }
        self.framer.settle(now_us);
    }

    /// Takes what the device sent.
    pub fn take(&mut self, raw: &Raw, out: &mut Vec<Outcome>) {
        match raw {
            Raw::Event(event) => self.key_event(*event, out),
            Raw::Bytes { empty_us, t_us, bytes } => self.bytes(bytes, *empty_us, *t_us, out),
            Raw::Report { empty_us, t_us, bytes } => self.report_read(bytes, Arrival::between(*empty_us, *t_us), out),
            Raw::Overflow { t_us } => self.keys_lost(*t_us, out),
        }
    }

    /// Takes one event of a keyboard.
    pub fn key_event(&mut self, event: RawEvent, out: &mut Vec<Outcome>) {
        match self.frames.push(event) {
            Some(Frame::Keys { t_us, changes }) => self.keys_changed(Arrival::at(t_us), &changes, out),
            Some(Frame::Lost { t_us }) => self.keys_lost(t_us, out),
            None => {}
        }
    }

    /// Takes bytes of a serial line, read at `now_us`. `empty_us` is the last time the line was
    /// seen to hold nothing: the bytes arrived somewhere between the two.
    pub fn bytes(&mut self, bytes: &[u8], empty_us: u64, now_us: u64, out: &mut Vec<Outcome>) {
        let arrival = Arrival::between(empty_us, now_us);
        match &mut self.reader {
            Reader::Ssi(_) => self.packets(bytes, arrival, out),
            _ => self.text_bytes(bytes, arrival, out),
        }
    }

    /// What the protocol wants to be sent to the scanner now; mostly nothing.
    pub fn take_answers(&mut self) -> Vec<u8> {
        match &mut self.reader {
            Reader::Ssi(reader) => reader.take_answers(),
            _ => Vec::new(),
        }
    }

    /// Lets time pass. `now_us` must have been taken before the device was last read empty;
    /// otherwise keys that wait unread would count as silence.
    pub fn tick(&mut self, now_us: u64, out: &mut Vec<Outcome>) {
        self.advance(Arrival::at(now_us), out);
    }

    /// The device is gone; half a scan is a fault.
    pub fn unplugged(&mut self, now_us: u64, out: &mut Vec<Outcome>) {
        let ended = self.framer.unplugged(now_us);
        self.report(ended, out);
        self.forget_keys(&[]);
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
        self.forget_keys(held);
        self.framer.touch(now_us);
    }

    /// The number of the last scan.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// Lets the numbers of scans go on after those of another pipeline.
    pub fn go_on_after(&mut self, seq: u64) {
        self.seq = seq;
    }

    /// How often the scanner said that it saw no code.
    pub fn no_reads(&self) -> u64 {
        self.no_reads
    }

    fn forget_keys(&mut self, held: &[KeyCode]) {
        self.frames.clear();
        if let Reader::Keyboard(reader) = &mut self.reader {
            reader.clear();
        }
        self.keys.resync(held);
        self.keys_synced = true;
        self.country.begin(held);
    }

    fn keys_changed(&mut self, arrival: Arrival, changes: &[KeyChange], out: &mut Vec<Outcome>) {
        self.advance(arrival, out);
        if self.framer.is_rested(arrival.earliest_us) {
            self.begin_scan();
        }
        self.country.take(arrival, changes);
        self.framer.touch(arrival.latest_us);
        let decoded = self.keys.decode(changes);
        // A key is up for whoever asks which are held before its release is told.
        if self.framer.is_settling() && changes.iter().all(|change| !change.down) {
            return;
        }
        if decoded.pressed {
            self.framer.press(arrival.latest_us);
        }
        for (after, piece) in (0..decoded.pieces.len()).rev().zip(decoded.pieces) {
            let codes = out.len();
            self.piece(piece, arrival, out);
            if out.len() > codes && after > 0 {
                // The next code began in the frame that ended this one.
                self.country.lacks_some();
            }
        }
    }

    fn begin_scan(&mut self) {
        self.keys.begin_scan();
        self.country.begin(self.keys.held());
    }

    fn keys_lost(&mut self, t_us: u64, out: &mut Vec<Outcome>) {
        self.advance(Arrival::at(t_us), out);
        self.framer.touch(t_us);
        self.country.lacks_some();
        self.piece(Piece::Spoil(FaultKind::Lost), Arrival::at(t_us), out);
    }

    fn text_bytes(&mut self, bytes: &[u8], arrival: Arrival, out: &mut Vec<Outcome>) {
        self.advance(arrival, out);
        self.framer.touch(arrival.latest_us);
        for byte in bytes {
            self.framer.press(arrival.latest_us);
            let ended = self.framer.take(piece_of(*byte), arrival, Keyboard::NONE);
            self.report(ended, out);
        }
    }

    fn report_read(&mut self, report: &[u8], arrival: Arrival, out: &mut Vec<Outcome>) {
        match &mut self.reader {
            Reader::Keyboard(reader) => match reader.read(report) {
                ReportKeys::Changes(changes) => self.keys_changed(arrival, &changes, out),
                ReportKeys::Unclear => self.report_unclear(arrival, out),
                ReportKeys::Foreign => {}
            },
            Reader::Symbol => match symbol_bytes(report) {
                Some(bytes) => self.text_bytes(bytes, arrival, out),
                None => self.report_unclear(arrival, out),
            },
            Reader::Pos(reader) => match reader.read(report) {
                PosPart::Data { aim, bytes, more } => {
                    let carried = Carried { aim: AimId::of_report(aim), symbology: None };
                    self.message_part(carried, bytes, more, arrival, out);
                }
                PosPart::Damaged => self.report_unclear(arrival, out),
                PosPart::Foreign => {}
            },
            Reader::Text | Reader::Ssi(_) => self.report_unclear(arrival, out),
        }
    }

    /// A report of which nobody knows what it means.
    fn report_unclear(&mut self, arrival: Arrival, out: &mut Vec<Outcome>) {
        self.advance(arrival, out);
        self.framer.touch(arrival.latest_us);
        self.piece(Piece::Spoil(FaultKind::Damaged), arrival, out);
    }

    fn packets(&mut self, bytes: &[u8], arrival: Arrival, out: &mut Vec<Outcome>) {
        let Reader::Ssi(reader) = &mut self.reader else { return };
        let fresh = reader.is_partial() && self.framer.silent_us(arrival) >= crate::ssi::PACKET_GAP_US;
        for part in reader.push(bytes, fresh) {
            match part {
                SsiPart::Data { kind, bytes, more } => {
                    let carried = Carried { aim: None, symbology: Symbology::of_ssi(kind) };
                    self.message_part(carried, &bytes, more, arrival, out);
                }
                SsiPart::NoRead => self.no_reads += 1,
                SsiPart::Damaged => {
                    self.advance(arrival, out);
                    self.framer.press(arrival.latest_us);
                }
                SsiPart::Nothing => {}
            }
        }
        self.framer.touch(arrival.latest_us);
    }

    /// A part of a text whose end the scanner tells, and which needs no suffix therefore.
    fn message_part(&mut self, carried: Carried, bytes: &[u8], more: bool, arrival: Arrival, out: &mut Vec<Outcome>) {
        self.advance(arrival, out);
        self.framer.touch(arrival.latest_us);
        if self.framer.is_idle() || self.framer.is_bare() {
            self.carried = carried;
        }
        self.framer.press(arrival.latest_us);
        if carried != self.carried {
            self.framer.take_inside(Piece::Spoil(FaultKind::Damaged), arrival);
        }
        bytes.iter().for_each(|byte| self.framer.take_inside(piece_of(*byte), arrival));
        if !more {
            let ended = self.framer.finish(arrival);
            self.report(ended, out);
        }
    }

    fn piece(&mut self, piece: Piece, arrival: Arrival, out: &mut Vec<Outcome>) {
        if matches!(piece, Piece::Spoil(FaultKind::Lost | FaultKind::Damaged)) {
            self.keys_synced = false;
        }
        let ended = self.framer.take(piece, arrival, self.keyboard());
        self.report(ended, out);
    }

    fn advance(&mut self, arrival: Arrival, out: &mut Vec<Outcome>) {
        let ended = self.framer.advance(arrival, self.keyboard());
        self.report(ended, out);
        if !self.keys_synced && !self.framer.is_poisoned() {
            // Nobody could ask the device, but it has been quiet: a scanner at rest holds no key.
            self.forget_keys(&[]);
        }
    }

    fn keyboard(&self) -> Keyboard {
        Keyboard { any_held: self.keys.any_held(), synced: self.keys_synced, caps_switched: self.keys.caps_left_switched() }
    }

    fn report(&mut self, ended: Option<Ended>, out: &mut Vec<Outcome>) {
        let Some(ended) = ended else { return };
        out.push(match ended {
            Ended::Text { text, t_first_us, t_last_us } => self.deliver(&text, t_first_us, t_last_us),
            Ended::Spoiled { kind, raw, t_us } => {
                let opinion = self.country.judge(Err(kind));
                self.fault(kind, opinion, raw, t_us)
            }
        });
        self.begin_scan();
        self.carried = Carried::default();
    }

    fn deliver(&mut self, read: &str, t_first_us: u64, t_last_us: u64) -> Outcome {
        let label = self.labels.read(read, self.carried);
        let opinion = self.country.judge(label.as_ref().map_err(|kind| *kind));
        let (label, seems) = match (label, opinion) {
            (Err(kind), opinion) => return self.fault(kind, opinion, head_of(read), t_last_us),
            (Ok(_), opinion @ Opinion::Other(_)) => return self.fault(FaultKind::Country, opinion, head_of(read), t_last_us),
            (Ok(label), Opinion::Doubt(seems)) => (label, seems),
            (Ok(label), Opinion::None) => (label, Vec::new()),
        };
        let device = self.device.clone();
        if let Some(repeat) = self.repeats.check(&device, &label.text, t_first_us, t_last_us) {
            return Outcome::Repeat(repeat);
        }
        self.seq += 1;
        let Label { text, aim, symbology, envelope, gs1, sorted } = label;
        Outcome::Scan(Scan { device, text, t_first_us, t_last_us, seq: self.seq, aim, symbology, envelope, gs1, sorted, seems })
    }

    fn fault(&self, kind: FaultKind, opinion: Opinion, raw: Vec<u8>, t_us: u64) -> Outcome {
        let (kind, seems) = match opinion {
            Opinion::Other(seems) => (FaultKind::Country, seems),
            Opinion::Doubt(_) | Opinion::None => (kind, Vec::new()),
        };
        Outcome::Fault(Fault { device: self.device.clone(), kind, raw, seems, t_us })
    }
}

/// The label of one code, if its keys are one under these settings.
pub(crate) fn read_keys(config: &ScannerConfig, keys: &RecordedKeys) -> Option<Label> {
    let mut pipeline = Pipeline::new(config);
    pipeline.keys.sees_every_digit(keys.sees_every_digit);
    pipeline.keys.resync(&keys.held);
    let mut out = Vec::new();
    for (arrival, changes) in keys.frames() {
        pipeline.keys_changed(arrival, changes, &mut out);
    }
    if let Some(deadline_us) = pipeline.deadline_us().filter(|_| out.is_empty()) {
        pipeline.tick(deadline_us, &mut out);
    }
    match out.into_iter().next()? {
        Outcome::Scan(Scan { text, aim, symbology, envelope, gs1, sorted, .. }) => Some(Label { text, aim, symbology, envelope, gs1, sorted }),
        Outcome::Fault(_) | Outcome::Repeat(_) => None,
    }
}

/// Scanners send ASCII; anything else is noise or a wrong speed.
fn piece_of(byte: u8) -> Piece {
    match byte {
        1..=0x7f => Piece::Char(byte.into()),
        _ => Piece::Spoil(FaultKind::BadByte),
    }
}

fn head_of(text: &str) -> Vec<u8> {
    text.bytes().take(FAULT_RAW_MAX).collect()
}
