//! HID report descriptors: which bits of which report mean what.

/// Longer than any descriptor; the kernel's own limit.
const DESCRIPTOR_MAX: usize = 4096;
/// Fields and usages of one descriptor; a keyboard has 6 fields, a point-of-sale scanner 40.
const FIELDS_MAX: usize = 256;
const USAGES_MAX: usize = 1024;
/// Elements of one field, and bits of each: what a report could hold at most.
const COUNT_MAX: u32 = 4096;
const BITS_MAX: u32 = 64;

/// A run of equal elements of an input report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    /// 0 where reports have no numbers.
    pub(super) report: u8,
    /// Where it begins, the report's number included.
    pub(super) bit: usize,
    pub(super) bits: usize,
    pub(super) count: usize,
    /// Each element is a thing of its own; otherwise each names one of many.
    pub(super) variable: bool,
    /// Page and usage of the elements, the last one repeated; a range is spelled out.
    pub(super) usages: Vec<Usage>,
}

/// Usage page and usage.
pub(super) type Usage = (u16, u16);

/// What a descriptor says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Descriptor {
    /// Of the outermost collections.
    pub(super) purposes: Vec<Usage>,
    pub(super) inputs: Vec<Field>,
}

#[derive(Debug, Clone, Default)]
struct Globals {
    page: u16,
    bits: u32,
    count: u32,
    report: u8,
}

#[derive(Default)]
struct Parser {
    globals: Globals,
    pushed: Vec<Globals>,
    usages: Vec<Usage>,
    usage_min: Option<Usage>,
    depth: usize,
    /// Bits already given away, by report number.
    ends: Vec<(u8, usize)>,
    found: Descriptor,
}

impl Descriptor {
    /// `None` for what is no descriptor, or none that a scanner would have.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > DESCRIPTOR_MAX {
            return None;
        }
        let mut parser = Parser::default();
        let mut rest = bytes;
        while let Some((head, after)) = rest.split_first() {
            let size = [0, 1, 2, 4][usize::from(head & 3)];
            // A long item, which nobody has ever defined.
            if *head == 0xfe || after.len() < size {
                return None;
            }
            let (data, after) = after.split_at(size);
            parser.item(head & 0xfc, number(data))?;
            rest = after;
        }
        Some(parser.found)
    }
}

impl Parser {
    /// An item by its kind and tag. What does not matter for scanners is passed over.
    fn item(&mut self, head: u8, value: u32) -> Option<()> {
        match head {
            0x04 => self.globals.page = u16::try_from(value).ok()?,
            0x74 => self.globals.bits = value,
            0x84 => self.globals.report = u8::try_from(value).ok()?,
            0x94 => self.globals.count = value,
            0xa4 => self.pushed.push(self.globals.clone()),
            0xb4 => self.globals = self.pushed.pop()?,
            0x08 => self.add_usage(self.usage(value))?,
            0x18 => self.usage_min = Some(self.usage(value)),
            0x28 => self.usages_up_to(self.usage(value))?,
            0x80 => self.input(value)?,
            0xa0 => self.collection(),
            0xc0 => self.depth = self.depth.checked_sub(1)?,
            _ => {}
        }
        if self.pushed.len() > USAGES_MAX {
            return None;
        }
        if matches!(head, 0x80 | 0x90 | 0xb0 | 0xa0 | 0xc0) {
            self.usages.clear();
            self.usage_min = None;
        }
        Some(())
    }

    /// A usage of four bytes brings its own page.
    fn usage(&self, value: u32) -> Usage {
        let page = (value >> 16) as u16;
        (if page == 0 { self.globals.page } else { page }, value as u16)
    }

    fn add_usage(&mut self, usage: Usage) -> Option<()> {
        (self.usages.len() < USAGES_MAX).then(|| self.usages.push(usage))
    }

    fn usages_up_to(&mut self, (page, last): Usage) -> Option<()> {
        let (_, first) = self.usage_min.take()?;
        (first..=last).try_for_each(|usage| self.add_usage((page, usage)))
    }

    fn input(&mut self, flags: u32) -> Option<()> {
        let Globals { bits, count, report, .. } = self.globals;
        if bits > BITS_MAX || count > COUNT_MAX || self.found.inputs.len() == FIELDS_MAX {
            return None;
        }
        let (bits, count) = (bits as usize, count as usize);
        let bit = self.reserve(report, bits * count);
        let is_constant = flags & 1 != 0;
        if !is_constant {
            self.found.inputs.push(Field { report, bit, bits, count, variable: flags & 2 != 0, usages: self.usages.clone() });
        }
        Some(())
    }

    fn reserve(&mut self, report: u8, bits: usize) -> usize {
        if let Some((_, end)) = self.ends.iter_mut().find(|(known, _)| *known == report) {
            *end += bits;
            return *end - bits;
        }
        let first = if report == 0 { 0 } else { 8 };
        self.ends.push((report, first + bits));
        first
    }

    fn collection(&mut self) {
        if self.depth == 0 {
            self.found.purposes.extend(self.usages.last());
        }
        self.depth += 1;
    }
}

impl Field {
    /// Where its bytes are in the report, if it consists of whole bytes.
    pub(super) fn bytes(&self) -> Option<std::ops::Range<usize>> {
        let whole = self.bits == 8 && self.bit.is_multiple_of(8);
        whole.then(|| self.bit / 8..self.bit / 8 + self.count)
    }
}

fn number(data: &[u8]) -> u32 {
    data.iter().rev().fold(0, |sum, byte| sum << 8 | u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_descriptor_is_none() {
        for bytes in [&[0x05][..], &[0xfe, 1, 2, 3], &[0xc0], &[0xb4], &[0x29, 0xff], &[0x95, 0xff, 0x76, 0xff, 0xff, 0x81, 2], &[0; DESCRIPTOR_MAX + 1]] {
            assert_eq!(Descriptor::parse(bytes), None, "{bytes:x?}");
        }
        assert_eq!(Descriptor::parse(&[]), Some(Descriptor::default()));
    }
}
