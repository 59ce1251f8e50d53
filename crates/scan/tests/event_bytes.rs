//! The kernel's bytes, through a socket in place of a device node.

#![allow(clippy::unwrap_used)]

mod support;

use std::io::Write;
use std::os::unix::net::UnixStream;

use scan::{EventReader, KeyCode, RAW_EVENT_SIZE, RawEvent, ReadEnd};
use support::rig::{Rig, keyboard, texts_and_faults};
use support::us::{Style, Typist};

#[test]
fn events_are_read_whole_however_the_stream_is_cut() {
    for chunk_size in [1, 7, RAW_EVENT_SIZE, RAW_EVENT_SIZE + 1, 1000, 100_000] {
        let bytes: Vec<u8> = code("SN-(07)#a/B").into_iter().flat_map(RawEvent::to_bytes).collect();
        let mut line = Line::new();
        for chunk in bytes.chunks(chunk_size) {
            line.device.write_all(chunk).unwrap();
            assert_eq!(line.drain(), ReadEnd::Empty);
        }
        let out = line.rig.finish();
        assert_eq!(texts_and_faults(&out), (vec!["SN-(07)#a/B"], 0), "in chunks of {chunk_size}");
    }
}

#[test]
fn a_lost_event_is_seen_in_the_bytes() {
    let mut typist = Typist::new(1_000_000);
    typist.text("AB", Style::Merged);
    typist.dropped();
    typist.text("C", Style::Merged);
    typist.tap(KeyCode::KEY_ENTER);
    let mut line = Line::new();
    line.send(&typist.events);
    assert_eq!(line.drain(), ReadEnd::Empty);
    let out = line.rig.finish();
    assert_eq!(texts_and_faults(&out), (vec![], 1));
}

#[test]
fn the_end_of_the_stream_comes_after_its_last_code() {
    let mut line = Line::new();
    line.send(&code("AB"));
    line.send(&code("CD")[..5]);
    let Line { device, mut stream, mut reader, mut rig } = line;
    drop(device);
    let end = reader.drain(&mut stream, |event| rig.pipeline.key_event(event, &mut rig.out));
    assert_eq!(end, ReadEnd::Closed);
    rig.unplug();
    assert_eq!(texts_and_faults(&rig.finish()), (vec!["AB"], 1));
}

#[test]
fn bytes_and_events_are_the_same_thing() {
    let event = RawEvent { t_us: 1_491_586_389_048_072, kind: 1, code: 69, value: -1 };
    assert_eq!(RawEvent::from_bytes(&event.to_bytes()), event);
    assert_eq!(RAW_EVENT_SIZE, size_of::<libc::input_event>());
    // Laid down by hand, for a machine of 64 bits and the lower end first.
    #[cfg(all(target_pointer_width = "64", target_endian = "little"))]
    assert_eq!(
        RawEvent::from_bytes(&[2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 30, 0, 1, 0, 0, 0]),
        RawEvent { t_us: 2_000_003, kind: 1, code: 30, value: 1 }
    );
}

struct Line {
    device: UnixStream,
    stream: UnixStream,
    reader: EventReader,
    rig: Rig,
}

impl Line {
    fn new() -> Self {
        let (device, stream) = UnixStream::pair().unwrap();
        stream.set_nonblocking(true).unwrap();
        Self { device, stream, reader: EventReader::default(), rig: Rig::new(&keyboard()) }
    }

    fn send(&mut self, events: &[RawEvent]) {
        let bytes: Vec<u8> = events.iter().copied().flat_map(RawEvent::to_bytes).collect();
        self.device.write_all(&bytes).unwrap();
    }

    fn drain(&mut self) -> ReadEnd {
        let rig = &mut self.rig;
        self.reader.drain(&mut self.stream, |event| {
            rig.now_us = rig.now_us.max(event.t_us);
            rig.pipeline.key_event(event, &mut rig.out);
        })
    }
}

fn code(text: &str) -> Vec<RawEvent> {
    let mut typist = Typist { scan_codes: true, ..Typist::new(1_000_000) };
    typist.text(text, Style::Merged);
    typist.tap(KeyCode::KEY_ENTER);
    typist.events
}
