//! Reports of a point-of-sale scanner (usage page 0x8C): each holds up to 56 bytes of a text, its
//! AIM identifier, and whether more follows.

use super::form::{Form, PosShape, Shape};

/// What one report says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PosPart<'a> {
    Data {
        /// Three bytes; zeros where the scanner has none.
        aim: [u8; 3],
        bytes: &'a [u8],
        more: bool,
    },
    /// It contradicts itself.
    Damaged,
    /// About something else: triggers, settings, an empty report.
    Foreign,
}

#[derive(Debug)]
pub(crate) struct PosReader {
    shape: PosShape,
}

impl PosReader {
    /// `None` if the form is another device's.
    pub(crate) fn new(form: &Form) -> Option<Self> {
        let Shape::Pos(shape) = &form.0 else { return None };
        Some(Self { shape: shape.clone() })
    }

    pub(crate) fn read<'a>(&self, report: &'a [u8]) -> PosPart<'a> {
        let PosShape { report: number, length_at, aim_at, data_at, data, more_at: (more_at, shift) } = self.shape;
        if number != 0 && report.first() != Some(&number) {
            return PosPart::Foreign;
        }
        let parts = (report.get(length_at), report.get(aim_at..aim_at + 3), report.get(data_at..data_at + data), report.get(more_at));
        let (Some(length), Some(&[first, second, third]), Some(data), Some(more)) = parts else { return PosPart::Damaged };
        let more = more >> shift & 1 == 1;
        match data.get(..usize::from(*length)) {
            Some([]) if !more => PosPart::Foreign,
            Some(bytes) => PosPart::Data { aim: [first, second, third], bytes, more },
            None => PosPart::Damaged,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The parts named by usage, in another order than Honeywell's: number 4, text of 8 bytes, then
    /// the AIM identifier, the length and a bit for more.
    const NAMED: &[u8] = &[
        0x05, 0x8c, 0x09, 0x02, 0xa1, 0x01, 0x85, 0x04, 0x09, 0x12, 0xa1, 0x02, 0x75, 0x08, 0x95, 0x08, 0x09, 0xfe, 0x82, 0x02, 0x01, 0x95, 0x03, 0x09, 0xfb,
        0x09, 0xfc, 0x09, 0xfd, 0x81, 0x02, 0x95, 0x01, 0x05, 0x01, 0x09, 0x3b, 0x81, 0x02, 0x05, 0x8c, 0x75, 0x01, 0x09, 0xff, 0x81, 0x02, 0x75, 0x07, 0x81,
        0x01, 0xc0, 0xc0,
    ];

    #[test]
    fn parts_are_found_by_their_usage() {
        let form = Form::of(NAMED, None).expect("it is a scanner");
        let reader = PosReader::new(&form).expect("for points of sale");
        let report = *b"\x04ABCDEFGH]C0\x03\x01";
        assert_eq!(reader.read(&report), PosPart::Data { aim: *b"]C0", bytes: b"ABC", more: true });
        assert_eq!(reader.read(b"\x04ABCDEFGH]C0\x09\x00"), PosPart::Damaged);
        assert_eq!(reader.read(b"\x04ABCDEFGH]C0\x00\x00"), PosPart::Foreign);
        assert_eq!(reader.read(b"\x05ABCDEFGH]C0\x03\x00"), PosPart::Foreign);
        assert_eq!(reader.read(b"\x04ABC"), PosPart::Damaged);
    }

    #[test]
    fn a_descriptor_that_names_nothing_is_read_as_honeywells() {
        let form = Form::of(&[0x05, 0x8c, 0x09, 0x02, 0xa1, 0x01, 0xc0], None).expect("it is a scanner");
        assert_eq!(form, Form(Shape::Pos(PosShape::HONEYWELL)));
    }
}
