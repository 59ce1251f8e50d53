//! Where a configured scanner is plugged in.
//!
//! Keyboards are found through sysfs, which tells names and numbers without opening anything:
//! opening every input node would need rights to all of them.

use std::fs;
use std::path::{Path, PathBuf};

use evdev::KeyCode;

use crate::config::{Source, UsbId};

/// The folders of the system, exchangeable so that tests can make their own.
#[derive(Debug, Clone)]
pub(super) struct Folders {
    /// Holds one folder per input node.
    pub(super) sys_input: PathBuf,
    pub(super) dev_input: PathBuf,
}

impl Default for Folders {
    fn default() -> Self {
        Self { sys_input: "/sys/class/input".into(), dev_input: "/dev/input".into() }
    }
}

impl Folders {
    /// The node of a scanner, unless another scanner has `taken` it.
    ///
    /// Two equal scanners configured alike get one node each, in the order of their numbers.
    pub(super) fn find(&self, source: &Source, taken: &[PathBuf]) -> Option<PathBuf> {
        let free = |node: &PathBuf| !taken.contains(node);
        match source {
            Source::Tty { path, .. } => fs::canonicalize(path).ok().filter(free),
            Source::Hid { match_name, match_usb, path } => {
                let wanted = |node: &PathBuf| free(node) && self.is_wanted(node, match_name.as_deref(), *match_usb);
                match path {
                    Some(path) => fs::canonicalize(path).ok().filter(wanted),
                    None => self.keyboards().into_iter().find(wanted),
                }
            }
        }
    }

    /// The folders whose changes may mean that a scanner came or went.
    pub(super) fn watched(&self, sources: &[&Source]) -> Vec<PathBuf> {
        let mut folders: Vec<PathBuf> = sources.iter().flat_map(|source| self.watched_for(source)).collect();
        folders.sort();
        folders.dedup();
        folders
    }

    fn watched_for(&self, source: &Source) -> Vec<PathBuf> {
        let parent = |path: &Path| path.parent().map(Path::to_owned);
        match source {
            Source::Tty { path, .. } => parent(path).into_iter().collect(),
            Source::Hid { path, .. } => {
                let link_folder = path.as_deref().and_then(parent);
                link_folder.into_iter().chain([self.dev_input.clone()]).collect()
            }
        }
    }

    fn is_wanted(&self, node: &Path, name: Option<&str>, usb: Option<UsbId>) -> bool {
        let Some(file_name) = node.file_name() else { return false };
        let device = self.sys_input.join(file_name).join("device");
        name.is_none_or(|name| read_line(&device.join("name")).as_deref() == Some(name)) && usb.is_none_or(|usb| usb_id(&device) == Some(usb))
    }

    /// The nodes that can type digits and Enter, in the order of their numbers. A scanner often
    /// has more nodes, for volume keys and the like.
    fn keyboards(&self) -> Vec<PathBuf> {
        let mut numbers: Vec<u32> = fs::read_dir(&self.sys_input)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| entry.file_name().to_str()?.strip_prefix("event")?.parse().ok())
            .filter(|number| self.is_keyboard(*number))
            .collect();
        numbers.sort_unstable();
        numbers.iter().map(|number| self.dev_input.join(format!("event{number}"))).collect()
    }

    fn is_keyboard(&self, number: u32) -> bool {
        let path = self.sys_input.join(format!("event{number}/device/capabilities/key"));
        let bits = read_line(&path).unwrap_or_default();
        [KeyCode::KEY_1, KeyCode::KEY_0, KeyCode::KEY_ENTER].iter().all(|key| has_bit(&bits, key.0.into()))
    }
}

fn usb_id(device: &Path) -> Option<UsbId> {
    let number = |name| u16::from_str_radix(&read_line(&device.join("id").join(name))?, 16).ok();
    Some(UsbId { vendor: number("vendor")?, product: number("product")? })
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const KEYBOARD_BITS: &str = "1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe";
    const VOLUME_BITS: &str = "3f000301ff 0 0 0";

    #[test]
    fn finds_scanners_by_what_sysfs_says() {
        let root = Root::new("find");
        root.add(2, "Volume keys of it", "05e0", "1200", VOLUME_BITS);
        root.add(10, "Symbol Bar Code Scanner", "05e0", "1200", KEYBOARD_BITS);
        root.add(9, "Symbol Bar Code Scanner", "05e0", "1200", KEYBOARD_BITS);
        root.add(1, "Keyboard", "046d", "c31c", KEYBOARD_BITS);

        let usb = hid(None, Some((0x05e0, 0x1200)), None);
        root.check(&usb, &[], Some(9));
        root.check(&usb, &[9], Some(10));
        root.check(&usb, &[9, 10], None);
        root.check(&hid(Some("Keyboard"), None, None), &[], Some(1));
        root.check(&hid(Some("Keyboard"), Some((0x05e0, 0x1200)), None), &[], None);
        root.check(&hid(Some("keyboard"), None, None), &[], None);
        root.check(&hid(None, None, Some(root.node(10))), &[], Some(10));
        root.check(&hid(Some("Keyboard"), None, Some(root.node(10))), &[], None);
        root.check(&hid(None, None, Some(root.node(77))), &[], None);
    }

    fn hid(name: Option<&str>, usb: Option<(u16, u16)>, path: Option<PathBuf>) -> Source {
        let match_usb = usb.map(|(vendor, product)| UsbId { vendor, product });
        Source::Hid { match_name: name.map(str::to_owned), match_usb, path }
    }

    struct Root(PathBuf, Folders);

    impl Root {
        fn new(name: &str) -> Self {
            let root = std::env::temp_dir().join(format!("scan-{name}-{}", std::process::id()));
            let folders = Folders { sys_input: root.join("sys"), dev_input: root.join("dev") };
            fs::create_dir_all(&folders.sys_input).unwrap();
            fs::create_dir_all(&folders.dev_input).unwrap();
            Self(root, folders)
        }

        fn add(&self, number: u32, name: &str, vendor: &str, product: &str, bits: &str) {
            let device = self.1.sys_input.join(format!("event{number}/device"));
            fs::create_dir_all(device.join("id")).unwrap();
            fs::create_dir_all(device.join("capabilities")).unwrap();
            fs::write(device.join("name"), format!("{name}\n")).unwrap();
            fs::write(device.join("id/vendor"), format!("{vendor}\n")).unwrap();
            fs::write(device.join("id/product"), format!("{product}\n")).unwrap();
            fs::write(device.join("capabilities/key"), format!("{bits}\n")).unwrap();
            fs::write(self.node(number), "").unwrap();
        }

        fn node(&self, number: u32) -> PathBuf {
            self.1.dev_input.join(format!("event{number}"))
        }

        fn check(&self, source: &Source, taken: &[u32], expected: Option<u32>) {
            let taken: Vec<PathBuf> = taken.iter().map(|number| self.node(*number)).collect();
            assert_eq!(self.1.find(source, &taken), expected.map(|number| self.node(number)), "{source:?}");
        }
    }

    impl Drop for Root {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }
}
