//! Symbol's and Zebra's serial packets: a length, what it is, from whom, a status, data, and a
//! check sum; each is acknowledged, or it comes again.
//!
//! ```text
//! length  code  source  status  data ...  sum high  sum low
//! ```
//!
//! The length counts all but the sum. Pure: bytes in, packets and the bytes to answer with out.

/// Code of a packet with a read code.
const DECODE_DATA: u8 = 0xf3;
/// A part of a message too long for one packet: a number, then the part.
const MULTIPACKET: u8 = 0x73;
const ACKNOWLEDGED: u8 = 0xd0;
const NOT_ACKNOWLEDGED: u8 = 0xd1;
const BEEP: u8 = 0xe6;
const FROM_HOST: u8 = 4;
const CAUSE_SUM: u8 = 1;
/// Sent before; its answer was lost.
const STATUS_AGAIN: u8 = 1;
/// Another packet of the same code follows.
const STATUS_MORE: u8 = 2;
const LENGTH_MIN: usize = 4;
/// A packet's bytes follow each other; after this much silence the rest will not come.
pub(crate) const PACKET_GAP_US: u64 = 100_000;
/// What scanners send when they were triggered and found nothing.
const NO_READ: &[u8] = b"NR";
/// Longer than any code; a message that claims more is none.
const MESSAGE_MAX: usize = 1 << 16;

/// What a packet means for the scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SsiPart {
    Data {
        kind: u8,
        bytes: Vec<u8>,
        more: bool,
    },
    /// Triggered without a code in sight.
    NoRead,
    /// It was not understood and will come again.
    Damaged,
    /// Acknowledged, and about something else or known already.
    Nothing,
}

/// Cuts a serial line into packets.
#[derive(Debug, Default)]
pub(crate) struct SsiReader {
    pending: Vec<u8>,
    last: Vec<u8>,
    /// Parts of a message in many packets, without their numbers.
    message: Vec<u8>,
    parts: u8,
    answers: Vec<u8>,
}

impl SsiReader {
    /// Takes bytes; the caller has waited long enough between packets if `fresh`, so that a packet
    /// of which only a part came is over.
    pub(crate) fn push(&mut self, bytes: &[u8], fresh: bool) -> Vec<SsiPart> {
        let mut parts = Vec::new();
        if fresh && !self.pending.is_empty() {
            self.pending.clear();
            parts.push(SsiPart::Damaged);
        }
        self.pending.extend_from_slice(bytes);
        while let Some(part) = self.next_part() {
            parts.push(part);
        }
        parts
    }

    /// What to send to the scanner now.
    pub(crate) fn take_answers(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.answers)
    }

    /// Whether part of a packet waits for its rest.
    pub(crate) fn is_partial(&self) -> bool {
        !self.pending.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    fn next_part(&mut self) -> Option<SsiPart> {
        let length = usize::from(*self.pending.first()?);
        if length < LENGTH_MIN {
            return Some(self.refuse_all());
        }
        if self.pending.len() < length + 2 {
            return None;
        }
        let packet: Vec<u8> = self.pending.drain(..length + 2).collect();
        let (body, sum) = packet.split_at(length);
        if sum != sum_of(body).to_be_bytes() {
            return Some(self.refuse_all());
        }
        // An answer to ours is not answered, or it would never end.
        if !matches!(body[1], ACKNOWLEDGED | NOT_ACKNOWLEDGED) {
            self.answers.extend(packet_of(&[ACKNOWLEDGED, FROM_HOST, 0]));
        }
        Some(self.accept(body))
    }

    /// Nobody knows where the next packet begins, so everything that waits goes.
    fn refuse_all(&mut self) -> SsiPart {
        self.pending.clear();
        self.answers.extend(packet_of(&[NOT_ACKNOWLEDGED, FROM_HOST, 0, CAUSE_SUM]));
        SsiPart::Damaged
    }

    fn accept(&mut self, body: &[u8]) -> SsiPart {
        if body[1] == MULTIPACKET {
            return self.multipacket(body);
        }
        let again = body[3] & STATUS_AGAIN != 0 && same_but_status(&self.last, body);
        self.last = body.to_vec();
        if again { SsiPart::Nothing } else { read_body(&body[1..]) }
    }

    /// `length 73 more 0 number part ...`; the parts together are one packet's `code source status
    /// length(2) kind 1 length(2) text`, whose first length counts neither itself nor the 1.
    fn multipacket(&mut self, body: &[u8]) -> SsiPart {
        let Some((&[_, _, _, _, number], part)) = body.split_first_chunk() else { return SsiPart::Damaged };
        if number == 0 {
            (self.message, self.parts) = (Vec::new(), 0);
        } else if self.parts > 0 && number == self.parts - 1 {
            return SsiPart::Nothing;
        } else if number != self.parts {
            (self.message, self.parts) = (Vec::new(), 0);
            return SsiPart::Damaged;
        }
        self.message.extend_from_slice(part);
        self.parts = self.parts.saturating_add(1);
        self.whole_message()
    }

    fn whole_message(&mut self) -> SsiPart {
        let Some((&[code, _, _, high, low], rest)) = self.message.split_first_chunk() else { return SsiPart::Nothing };
        let length = usize::from(u16::from_be_bytes([high, low]));
        if length > MESSAGE_MAX || rest.len() > length + 1 {
            (self.message, self.parts) = (Vec::new(), 0);
            return SsiPart::Damaged;
        }
        if rest.len() <= length {
            return SsiPart::Nothing;
        }
        let part = match rest.split_first_chunk() {
            Some((&[kind, _, high, low], text)) if code == DECODE_DATA && text.len() == usize::from(u16::from_be_bytes([high, low])) => {
                SsiPart::Data { kind, bytes: text.to_vec(), more: false }
            }
            _ if code == DECODE_DATA => SsiPart::Damaged,
            _ => SsiPart::Nothing,
        };
        (self.message, self.parts) = (Vec::new(), 0);
        part
    }
}

/// What makes a scanner beep, by the number of a melody.
pub(crate) fn beep(melody: u8) -> Vec<u8> {
    packet_of(&[BEEP, FROM_HOST, 0, melody])
}

/// `code source status kind text ...`
fn read_body(body: &[u8]) -> SsiPart {
    match body {
        [DECODE_DATA, _, _, _, text @ ..] if text == NO_READ => SsiPart::NoRead,
        [DECODE_DATA, _, status, kind, text @ ..] => SsiPart::Data { kind: *kind, bytes: text.to_vec(), more: status & STATUS_MORE != 0 },
        [DECODE_DATA, ..] => SsiPart::Damaged,
        _ => SsiPart::Nothing,
    }
}

/// A packet with its length and sum around `code source status data`.
fn packet_of(inner: &[u8]) -> Vec<u8> {
    let mut packet = vec![(inner.len() + 1) as u8];
    packet.extend_from_slice(inner);
    packet.extend(sum_of(&packet).to_be_bytes());
    packet
}

/// The two's complement of the sum of all bytes.
fn sum_of(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0u16, |sum, byte| sum.wrapping_sub((*byte).into()))
}

fn same_but_status(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).enumerate().all(|(at, (a, b))| at == 3 || a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_packets() {
        assert_eq!(packet_of(&[ACKNOWLEDGED, FROM_HOST, 0]), [0x04, 0xd0, 0x04, 0x00, 0xff, 0x28]);
        assert_eq!(packet_of(&[0x00, FROM_HOST, 0x00, 0x12]), [0x05, 0x00, 0x04, 0x00, 0x12, 0xff, 0xe5]);
    }

    #[test]
    fn answers_are_not_answered() {
        let mut reader = SsiReader::default();
        assert_eq!(reader.push(&packet_of(&[ACKNOWLEDGED, 0, 0]), true), [SsiPart::Nothing]);
        assert!(reader.take_answers().is_empty());
    }

    #[test]
    fn packets_are_acknowledged_and_read_once() {
        let data = |text: &[u8], more| SsiPart::Data { kind: 3, bytes: text.to_vec(), more };
        let packet = |status: u8, text: &[u8]| packet_of(&[&[DECODE_DATA, 0, status, 3], text].concat());
        let mut reader = SsiReader::default();
        assert_eq!(reader.push(&packet(0, b"AB"), true), [data(b"AB", false)]);
        assert_eq!(reader.take_answers(), packet_of(&[ACKNOWLEDGED, FROM_HOST, 0]));
        assert_eq!(reader.push(&packet(STATUS_AGAIN, b"AB"), true), [SsiPart::Nothing]);
        assert_eq!(reader.push(&packet(0, b"AB"), true), [data(b"AB", false)]);
        assert_eq!(reader.push(&packet(STATUS_AGAIN, b"CD"), true), [data(b"CD", false)], "the first sending was lost");
        assert_eq!(reader.push(&packet(STATUS_MORE, b"EF"), true), [data(b"EF", true)]);
        assert_eq!(reader.push(&packet(0, NO_READ), true), [SsiPart::NoRead]);
    }

    #[test]
    fn a_damaged_packet_is_asked_for_again() {
        let mut reader = SsiReader::default();
        let packet = packet_of(&[DECODE_DATA, 0, 0, 3, b'A']);
        let mut damaged = packet.clone();
        damaged[5] = b'B';
        assert_eq!(reader.push(&damaged, true), [SsiPart::Damaged]);
        assert_eq!(reader.take_answers(), packet_of(&[NOT_ACKNOWLEDGED, FROM_HOST, 0, CAUSE_SUM]));
        assert_eq!(reader.push(&packet[..3], true), []);
        assert!(reader.is_partial());
        assert_eq!(reader.push(&packet, true).len(), 2, "the part is over, the whole packet is read");
        assert_eq!(reader.push(&[0], true), [SsiPart::Damaged]);
    }
}
