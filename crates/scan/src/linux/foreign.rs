//! Scanners that are plugged in and speak nothing but their maker's own language (IBM hand-held, OPOS,
//! SNAPI): nothing can be read from them until they are set to another by a setup code, and without a
//! word they would seem to be broken.

use std::path::PathBuf;

use super::sysfs::{Facts, Folders};
use crate::config::UsbId;

/// Makers of nothing but scanners, as the udev rules name them: Symbol and Zebra, Datalogic, Metrologic
/// and Honeywell, Newland, Youjie.
const MAKERS: [u16; 5] = [0x05e0, 0x05f9, 0x0c2e, 0x1eab, 0x23d0];

/// A scanner of which nothing can be read as it is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignScanner {
    /// As its maker calls it.
    pub name: String,
    /// Its numbers.
    pub usb: UsbId,
    /// One of its nodes.
    pub node: PathBuf,
}

/// Those that are plugged in. What to do is in their manuals: to set them to a USB keyboard, HID for
/// points of sale, or a serial line.
pub fn foreign_scanners() -> Vec<ForeignScanner> {
    Folders::default().foreign_scanners()
}

impl Folders {
    /// A device with one way of reading it is none of them, however many others it has.
    pub(super) fn foreign_scanners(&self) -> Vec<ForeignScanner> {
        let readable: Vec<UsbId> = self.keyboards().chain(self.hidraws()).chain(self.ttys()).filter_map(|facts| facts.usb).collect();
        let mut found: Vec<ForeignScanner> = Vec::new();
        for Facts { node, name, usb, .. } in self.all_hidraws() {
            let Some(usb) = usb.filter(|usb| MAKERS.contains(&usb.vendor) && !readable.contains(usb)) else { continue };
            if !found.iter().any(|known| known.usb == usb) {
                found.push(ForeignScanner { name, usb, node });
            }
        }
        found
    }
}
