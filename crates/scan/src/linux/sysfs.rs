//! What sysfs tells of devices without opening them: opening every node would need rights to all,
//! and wake what sleeps.

use std::fs;
use std::path::{Path, PathBuf};

use evdev::KeyCode;

use crate::config::UsbId;
use crate::hid::Form;

/// The folders of the system, exchangeable so that tests can make their own.
#[derive(Debug, Clone)]
pub(super) struct Folders {
    /// Each holds one folder per node.
    pub(super) sys_input: PathBuf,
    pub(super) sys_hidraw: PathBuf,
    pub(super) sys_tty: PathBuf,
    pub(super) dev: PathBuf,
    pub(super) dev_input: PathBuf,
}

/// A device as its maker named and numbered it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) node: PathBuf,
    pub(super) name: String,
    pub(super) usb: Option<UsbId>,
    /// What the reports of a hidraw device are; `None` for those of other devices.
    pub(super) form: Option<Form>,
}

impl Default for Folders {
    fn default() -> Self {
        Self {
            sys_input: "/sys/class/input".into(),
            sys_hidraw: "/sys/class/hidraw".into(),
            sys_tty: "/sys/class/tty".into(),
            dev: "/dev".into(),
            dev_input: "/dev/input".into(),
        }
    }
}

impl Folders {
    /// The input nodes that can type digits and Enter, in the order of their numbers. A scanner
    /// often has more nodes, for volume keys and the like.
    pub(super) fn keyboards(&self) -> impl Iterator<Item = Facts> {
        numbers(&self.sys_input, "event").into_iter().filter(|number| self.is_keyboard(*number)).filter_map(|number| {
            let node = self.dev_input.join(format!("event{number}"));
            self.input_facts(&node)
        })
    }

    /// The hidraw nodes with the reports of a scanner or keyboard, in the order of their numbers.
    pub(super) fn hidraws(&self) -> impl Iterator<Item = Facts> {
        self.all_hidraws().filter(|facts| facts.form.is_some())
    }

    /// Whatever their reports are.
    pub(super) fn all_hidraws(&self) -> impl Iterator<Item = Facts> {
        let nodes = numbers(&self.sys_hidraw, "hidraw").into_iter().map(|number| self.dev.join(format!("hidraw{number}")));
        nodes.filter_map(|node| self.hidraw_facts(&node))
    }

    /// The serial lines behind which there is something: USB and Bluetooth adapters, and ports of
    /// the board that the kernel found.
    pub(super) fn ttys(&self) -> Vec<Facts> {
        let entries = fs::read_dir(&self.sys_tty).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).filter(|name| self.is_line(name)).collect();
        names.sort_unstable();
        names.into_iter().map(|name| self.tty_facts(&name)).collect()
    }

    pub(super) fn input_facts(&self, node: &Path) -> Option<Facts> {
        let device = self.sys_input.join(node.file_name()?).join("device");
        let name = read_line(&device.join("name"))?;
        let number = |name| u16::from_str_radix(&read_line(&device.join("id").join(name))?, 16).ok();
        let usb = number("vendor").zip(number("product")).map(|(vendor, product)| UsbId { vendor, product });
        Some(Facts { node: node.to_owned(), name, usb, form: None })
    }

    pub(super) fn hidraw_facts(&self, node: &Path) -> Option<Facts> {
        let device = self.sys_hidraw.join(node.file_name()?).join("device");
        let facts = fs::read_to_string(device.join("uevent")).ok()?;
        let value = |key: &str| facts.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        let usb = value("HID_ID").and_then(hid_id);
        let descriptor = fs::read(device.join("report_descriptor")).unwrap_or_default();
        Some(Facts { node: node.to_owned(), name: value("HID_NAME")?.to_owned(), usb, form: Form::of(&descriptor, usb) })
    }

    fn tty_facts(&self, name: &str) -> Facts {
        let device = fs::canonicalize(self.sys_tty.join(name).join("device")).unwrap_or_default();
        // The USB device is a folder or two above the line's.
        let usb = device.ancestors().take(4).find(|folder| folder.join("idVendor").exists());
        let number = |name| u16::from_str_radix(&read_line(&usb?.join(name))?, 16).ok();
        let maker = usb.and_then(|folder| read_line(&folder.join("manufacturer")));
        let product = usb.and_then(|folder| read_line(&folder.join("product")));
        let words: Vec<String> = maker.into_iter().chain(product).collect();
        Facts {
            node: self.dev.join(name),
            name: if words.is_empty() { name.to_owned() } else { words.join(" ") },
            usb: number("idVendor").zip(number("idProduct")).map(|(vendor, product)| UsbId { vendor, product }),
            form: None,
        }
    }

    fn is_keyboard(&self, number: u32) -> bool {
        let path = self.sys_input.join(format!("event{number}/device/capabilities/key"));
        let bits = read_line(&path).unwrap_or_default();
        [KeyCode::KEY_1, KeyCode::KEY_0, KeyCode::KEY_ENTER].iter().all(|key| has_bit(&bits, key.0.into()))
    }

    /// The kernel makes more nodes for ports of the board than there are ports; those have type 0.
    /// On a line that is the console somebody else speaks.
    fn is_line(&self, name: &str) -> bool {
        let folder = self.sys_tty.join(name);
        let is_port = || read_line(&folder.join("type")).is_none_or(|kind| kind != "0");
        let is_console = || read_line(&self.sys_tty.join("console/active")).is_some_and(|names| names.split(' ').any(|console| console == name));
        name.starts_with("rfcomm") || folder.join("device").exists() && is_port() && !is_console()
    }
}

/// The numbers of the entries `prefix0`, `prefix1`, ...
fn numbers(folder: &Path, prefix: &str) -> Vec<u32> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut numbers: Vec<u32> = entries.filter_map(|entry| entry.file_name().to_str()?.strip_prefix(prefix)?.parse().ok()).collect();
    numbers.sort_unstable();
    numbers
}

/// `0003:000005E0:00001200`: bus, vendor and product.
fn hid_id(text: &str) -> Option<UsbId> {
    let mut numbers = text.split(':').skip(1).map(|number| u32::from_str_radix(number, 16).ok().and_then(|number| u16::try_from(number).ok()));
    Some(UsbId { vendor: numbers.next()??, product: numbers.next()?? })
}

/// Looks into a bitmap as sysfs writes it: hexadecimal machine words, the highest first.
fn has_bit(bits: &str, bit: usize) -> bool {
    let word_bits = usize::BITS as usize;
    let word = bits.split_whitespace().rev().nth(bit / word_bits).and_then(|word| usize::from_str_radix(word, 16).ok());
    word.is_some_and(|word| word >> (bit % word_bits) & 1 == 1)
}

fn read_line(path: &Path) -> Option<String> {
    Some(fs::read_to_string(path).ok()?.trim_end_matches('\n').to_owned())
}
