//! Reports of a keyboard to changes of keys.
//!
//! Unlike the kernel's events, reports show a key that occurs twice in one of them, as scanners
//! send that put all digits of an ALT code into one report.

use super::form::{Form, KeyboardShape, Shape};
use super::usage::{MODIFIERS, key_of};
use crate::keys::KeyChange;

/// The keyboard has more keys down than it can report.
const ROLL_OVER: u8 = 1;

/// What one report says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ReportKeys {
    /// May be empty.
    Changes(Vec<KeyChange>),
    /// Nobody can know which keys are down.
    Unclear,
    /// A report of another number, or none of a keyboard.
    Foreign,
}

/// Remembers which keys the last report held.
#[derive(Debug)]
pub(crate) struct KeyboardReader {
    shape: KeyboardShape,
    modifiers: u8,
    usages: Vec<u8>,
}

impl KeyboardReader {
    /// `None` if the form is another device's.
    pub(crate) fn new(form: &Form) -> Option<Self> {
        let Shape::Keyboard(shape) = &form.0 else { return None };
        Some(Self { shape: shape.clone(), modifiers: 0, usages: Vec::new() })
    }

    pub(crate) fn clear(&mut self) {
        (self.modifiers, self.usages) = (0, Vec::new());
    }

    pub(crate) fn read(&mut self, report: &[u8]) -> ReportKeys {
        if self.shape.report != 0 && report.first() != Some(&self.shape.report) {
            return ReportKeys::Foreign;
        }
        let KeyboardShape { modifiers_at, keys_at, keys, .. } = self.shape;
        let (Some(modifiers), Some(usages)) = (report.get(modifiers_at), report.get(keys_at..keys_at + keys)) else { return ReportKeys::Unclear };
        let usages: Vec<u8> = usages.iter().copied().filter(|usage| *usage != 0).collect();
        // The same keys again: a second, equal character or the first one's report once more.
        let again = !usages.is_empty() && usages == self.usages && *modifiers == self.modifiers;
        if again || usages.contains(&ROLL_OVER) {
            self.usages = usages.into_iter().filter(|usage| *usage != ROLL_OVER).collect();
            self.modifiers = *modifiers;
            return ReportKeys::Unclear;
        }
        let changes = self.changes(*modifiers, &usages);
        (self.modifiers, self.usages) = (*modifiers, usages);
        ReportKeys::Changes(changes)
    }

    /// Releases first, then modifiers, then keys in the order of the report.
    fn changes(&self, modifiers: u8, usages: &[u8]) -> Vec<KeyChange> {
        let mut changes: Vec<KeyChange> = modifier_changes(self.modifiers & !modifiers, false).collect();
        let released = distinct(&self.usages).into_iter().filter(|usage| !usages.contains(usage));
        changes.extend(released.map(|usage| change(usage, false)));
        changes.extend(modifier_changes(modifiers & !self.modifiers, true));
        let mut held: Vec<u8> = distinct(&self.usages).into_iter().filter(|usage| usages.contains(usage)).collect();
        let mut kept = self.usages.clone();
        for usage in usages {
            if let Some(at) = kept.iter().position(|known| known == usage) {
                kept.swap_remove(at);
                continue;
            }
            if held.contains(usage) {
                changes.push(change(*usage, false));
            }
            changes.push(change(*usage, true));
            held.push(*usage);
        }
        changes
    }
}

fn distinct(usages: &[u8]) -> Vec<u8> {
    let mut seen = Vec::new();
    usages.iter().for_each(|usage| {
        if !seen.contains(usage) {
            seen.push(*usage);
        }
    });
    seen
}

fn change(usage: u8, down: bool) -> KeyChange {
    KeyChange { key: key_of(usage), down }
}

fn modifier_changes(bits: u8, down: bool) -> impl Iterator<Item = KeyChange> {
    (0..8).filter(move |bit| bits >> bit & 1 == 1).map(move |bit| KeyChange { key: MODIFIERS[bit], down })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(reports: &[[u8; 8]], expected: &[&str]) {
        let mut reader = KeyboardReader { shape: KeyboardShape::BOOT, modifiers: 0, usages: Vec::new() };
        let shown: Vec<String> = reports.iter().map(|report| show(reader.read(report))).collect();
        assert_eq!(shown, expected, "{reports:x?}");
    }

    fn show(read: ReportKeys) -> String {
        let ReportKeys::Changes(changes) = read else { return format!("{read:?}") };
        let one = |change: &KeyChange| format!("{}{}", if change.down { '+' } else { '-' }, format!("{:?}", change.key).trim_start_matches("KEY_"));
        changes.iter().map(one).collect()
    }

    #[test]
    fn reports_become_changes() {
        check(&[[2, 0, 4, 0, 0, 0, 0, 0], [0; 8]], &["+LEFTSHIFT+A", "-LEFTSHIFT-A"]);
        check(&[[0, 0, 5, 4, 0, 0, 0, 0], [0, 0, 4, 6, 0, 0, 0, 0]], &["+B+A", "-B+C"]);
        check(&[[4, 0, 0x62, 0x60, 0x62, 0, 0, 0], [0; 8]], &["+LEFTALT+KP0+KP8-KP0+KP0", "-LEFTALT-KP0-KP8"]);
        check(&[[0, 0, 4, 0, 0, 0, 0, 0], [0, 0, 4, 4, 0, 0, 0, 0], [0; 8]], &["+A", "-A+A", "-A"]);
        check(&[[0; 8], [0; 8]], &["", ""]);
    }

    #[test]
    fn what_cannot_be_known_is_unclear() {
        check(&[[0, 0, 4, 0, 0, 0, 0, 0], [0, 0, 4, 0, 0, 0, 0, 0]], &["+A", "Unclear"]);
        check(&[[0, 0, 1, 1, 1, 1, 1, 1], [0; 8]], &["Unclear", ""]);
    }

    #[test]
    fn reports_of_other_numbers_are_foreign() {
        let shape = KeyboardShape { report: 3, modifiers_at: 1, keys_at: 3, keys: 6 };
        let mut reader = KeyboardReader { shape, modifiers: 0, usages: Vec::new() };
        assert_eq!(reader.read(&[2, 0, 0, 4, 0, 0, 0, 0, 0]), ReportKeys::Foreign);
        assert_eq!(reader.read(&[]), ReportKeys::Foreign);
        assert_eq!(reader.read(&[3, 0, 0, 4]), ReportKeys::Unclear);
    }
}
