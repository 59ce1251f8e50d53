//! HID devices of the real kernel, made through `/dev/uhid`.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};

/// `struct uhid_event` of `linux/uhid.h`: a type, and the largest of its bodies.
const EVENT_SIZE: usize = 4376;
const CREATE2: u32 = 11;
const DESTROY: u32 = 1;
const INPUT2: u32 = 12;
const OUTPUT: u32 = 6;
const GET_REPORT: u32 = 9;
const GET_REPORT_REPLY: u32 = 10;
const SET_REPORT: u32 = 13;
const SET_REPORT_REPLY: u32 = 14;
const BUS_USB: u16 = 3;

/// A plugged in device. Dropping it unplugs it.
pub struct HidDevice {
    file: File,
}

/// What the host told a device.
#[derive(Debug, PartialEq, Eq)]
pub struct Told {
    /// By a set request, rather than as output.
    pub feature: bool,
    pub report: Vec<u8>,
}

impl HidDevice {
    /// `None` where devices cannot be made.
    pub fn plug(name: &str, usb: (u16, u16), descriptor: &[u8]) -> Option<Self> {
        let opened = OpenOptions::new().read(true).write(true).open("/dev/uhid");
        let mut file = opened.inspect_err(|error| println!("skipped: no devices through /dev/uhid: {error}")).ok()?;
        let mut body = fixed(name.as_bytes(), 128);
        body.extend(fixed(b"", 64));
        body.extend(fixed(b"", 64));
        body.extend((descriptor.len() as u16).to_ne_bytes());
        body.extend(BUS_USB.to_ne_bytes());
        for number in [u32::from(usb.0), u32::from(usb.1), 0x100, 0] {
            body.extend(number.to_ne_bytes());
        }
        body.extend(fixed(descriptor, 4096));
        file.write_all(&event(CREATE2, &body)).unwrap();
        Some(Self { file })
    }

    pub fn report(&mut self, report: &[u8]) {
        let mut body = (report.len() as u16).to_ne_bytes().to_vec();
        body.extend(report);
        self.file.write_all(&event(INPUT2, &body)).unwrap();
    }

    /// Waits for the next report from the host. Requests are answered on the way.
    pub fn hear(&mut self) -> Told {
        loop {
            let mut bytes = vec![0; EVENT_SIZE];
            let length = self.file.read(&mut bytes).unwrap();
            assert!(length >= 4, "an event has a type");
            let (kind, body) = (number(&bytes), &bytes[4..]);
            match kind {
                OUTPUT => {
                    let size = usize::from(u16::from_ne_bytes([body[4096], body[4097]]));
                    return Told { feature: false, report: body[..size].to_vec() };
                }
                SET_REPORT => {
                    self.file.write_all(&event(SET_REPORT_REPLY, &[&body[..4], &[0; 2]].concat())).unwrap();
                    let size = usize::from(u16::from_ne_bytes([body[6], body[7]]));
                    return Told { feature: true, report: body[8..8 + size].to_vec() };
                }
                GET_REPORT => self.file.write_all(&event(GET_REPORT_REPLY, &[&body[..4], &[5, 0, 0, 0]].concat())).unwrap(),
                _ => {}
            }
        }
    }
}

impl Drop for HidDevice {
    fn drop(&mut self) {
        self.file.write_all(&event(DESTROY, &[])).unwrap();
    }
}

fn event(kind: u32, body: &[u8]) -> Vec<u8> {
    let mut bytes = kind.to_ne_bytes().to_vec();
    bytes.extend(body);
    bytes.resize(EVENT_SIZE, 0);
    bytes
}

fn fixed(bytes: &[u8], size: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes.resize(size, 0);
    bytes
}

fn number(bytes: &[u8]) -> u32 {
    u32::from_ne_bytes(bytes[..4].try_into().unwrap())
}
