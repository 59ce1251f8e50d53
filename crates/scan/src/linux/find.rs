//! Where a configured scanner is plugged in.

use std::fs;
use std::path::{Path, PathBuf};

use super::sysfs::{Facts, Folders};
use crate::config::{Source, UsbId};
use crate::hid::FormName;

/// What a configuration says about a device's maker.
struct Wanted<'a> {
    name: Option<&'a str>,
    usb: Option<UsbId>,
    form: Option<FormName>,
}

impl Folders {
    /// The node of a scanner, unless another scanner has `taken` it.
    ///
    /// Two equal scanners configured alike get one node each, in the order of their numbers.
    pub(super) fn find(&self, source: &Source, taken: &[PathBuf]) -> Option<PathBuf> {
        match source {
            Source::Tty { path, .. } => fs::canonicalize(path).ok().filter(|node| !taken.contains(node)),
            Source::Hid { match_name, match_usb, path } => {
                let wanted = Wanted { name: match_name.as_deref(), usb: *match_usb, form: None };
                let named = || path.as_deref().map(|path| self.input_facts(&fs::canonicalize(path).ok()?));
                first(named().map_or_else(|| self.keyboards().collect(), |found| found.into_iter().collect()), &wanted, taken)
            }
            Source::Hidraw { match_name, match_usb, path, form } => {
                let wanted = Wanted { name: match_name.as_deref(), usb: *match_usb, form: *form };
                let named = || path.as_deref().map(|path| self.hidraw_facts(&fs::canonicalize(path).ok()?));
                first(named().map_or_else(|| self.raw_scanners(), |found| found.into_iter().collect()), &wanted, taken)
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
            Source::Hid { path, .. } => path.as_deref().and_then(parent).into_iter().chain([self.dev_input.clone()]).collect(),
            Source::Hidraw { path, .. } => path.as_deref().and_then(parent).into_iter().chain([self.dev.clone()]).collect(),
        }
    }

    /// One device may have several: what tells most comes first.
    fn raw_scanners(&self) -> Vec<Facts> {
        let mut found: Vec<Facts> = self.hidraws().collect();
        found.sort_by_key(|facts| match facts.form.as_ref().map(|form| form.name()) {
            Some(FormName::Pos) => 0,
            Some(FormName::Symbol) => 1,
            _ => 2,
        });
        found
    }
}

fn first(found: Vec<Facts>, wanted: &Wanted<'_>, taken: &[PathBuf]) -> Option<PathBuf> {
    found.into_iter().find(|facts| wanted.is_met(facts) && !taken.contains(&facts.node)).map(|facts| facts.node)
}

impl Wanted<'_> {
    fn is_met(&self, facts: &Facts) -> bool {
        let form = || facts.form.as_ref().map(|form| form.name());
        self.name.is_none_or(|name| facts.name == name)
            && self.usb.is_none_or(|usb| facts.usb == Some(usb))
            && self.form.is_none_or(|wanted| form() == Some(wanted))
    }
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

    /// A scanner with two interfaces, beside an ordinary keyboard and a device of another maker.
    #[test]
    fn raw_scanners_are_found_by_what_their_reports_are() {
        const POS: &[u8] = &[0x05, 0x8c, 0x09, 0x02, 0xa1, 0x01, 0xc0];
        const KEYBOARD: &[u8] = &[
            0x05, 0x01, 0x09, 0x06, 0xa1, 0x01, 0x05, 0x07, 0x19, 0xe0, 0x29, 0xe7, 0x75, 0x01, 0x95, 0x08, 0x81, 0x02, 0x95, 0x01, 0x75, 0x08, 0x81, 0x01,
            0x95, 0x06, 0x19, 0x00, 0x2a, 0xff, 0x00, 0x81, 0x00, 0xc0,
        ];
        let root = Root::new("raw");
        root.add_raw(0, "0003:0000046D:0000C31C", KEYBOARD);
        root.add_raw(1, "0003:00000C2E:00000901", KEYBOARD);
        root.add_raw(2, "0003:00000C2E:00000901", POS);
        root.add_raw(3, "0003:00000C2E:00000901", &[0x06, 0x8c, 0xff, 0x09, 0x01, 0xa1, 0x01, 0xc0]);
        root.add_raw(4, "0003:000005E0:00000600", &[]);
        let raw = |usb: Option<(u16, u16)>, form| {
            let match_usb = usb.map(|(vendor, product)| UsbId { vendor, product });
            Source::Hidraw { match_name: None, match_usb, path: None, form }
        };
        let honeywell = Some((0x0c2e, 0x0901));
        root.check_raw(&raw(honeywell, None), &[], Some(2));
        root.check_raw(&raw(honeywell, None), &[2], Some(1));
        root.check_raw(&raw(honeywell, None), &[1, 2], None);
        root.check_raw(&raw(honeywell, Some(FormName::Keyboard)), &[], Some(1));
        root.check_raw(&raw(Some((0x05e0, 0x0600)), None), &[], Some(4));
    }

    /// A scanner with nothing but its maker's reports, beside one that has others, too, and a mouse.
    #[test]
    fn scanners_that_speak_their_makers_language_are_named() {
        const MAKERS_OWN: &[u8] = &[0x06, 0x45, 0xff, 0x09, 0x4b, 0xa1, 0x01, 0xc0];
        let root = Root::new("foreign");
        root.add_raw(0, "0003:000005E0:00001300", MAKERS_OWN);
        root.add_raw(1, "0003:000005E0:00001300", MAKERS_OWN);
        root.add_raw(2, "0003:00000C2E:00000901", MAKERS_OWN);
        root.add_raw(3, "0003:00000C2E:00000901", &[0x05, 0x8c, 0x09, 0x02, 0xa1, 0x01, 0xc0]);
        root.add_raw(4, "0003:0000046D:0000C077", MAKERS_OWN);
        let found = root.1.foreign_scanners();
        let found: Vec<(&str, String)> = found.iter().map(|one| (one.name.as_str(), String::from(one.usb))).collect();
        assert_eq!(found, [("Scanner", "05e0:1300".to_owned())]);
    }

    /// What there is to choose from, and how each is named so that it is found again.
    #[test]
    fn candidates_are_named_so_that_each_is_found_again() {
        let root = Root::new("candidates");
        root.add(1, "Keyboard", "046d", "c31c", KEYBOARD_BITS);
        root.add(2, "Scanner", "05e0", "1200", KEYBOARD_BITS);
        root.add(3, "Scanner", "05e0", "1200", KEYBOARD_BITS);
        root.add(4, "Volume keys", "05e0", "1300", VOLUME_BITS);
        for (name, kind) in [("ttyS0", "4"), ("ttyS1", "0"), ("ttyAMA0", "4"), ("ttyACM0", "")] {
            root.add_line(name, kind);
        }
        fs::create_dir_all(root.1.sys_tty.join("tty1")).unwrap();
        fs::create_dir_all(root.1.sys_tty.join("console")).unwrap();
        fs::write(root.1.sys_tty.join("console/active"), "tty1 ttyAMA0\n").unwrap();
        let found = root.1.candidates();
        let nodes: Vec<String> = found.iter().map(|one| one.node.file_name().unwrap().to_string_lossy().into_owned()).collect();
        assert_eq!(nodes, ["event1", "event2", "event3", "ttyACM0", "ttyS0"]);
        for candidate in &found {
            assert_eq!(root.1.find(&candidate.source, &[]).as_ref(), Some(&candidate.node), "{candidate:?}");
        }
        assert_eq!(found[0].source, hid(None, Some((0x046d, 0xc31c)), None));
    }

    fn hid(name: Option<&str>, usb: Option<(u16, u16)>, path: Option<PathBuf>) -> Source {
        let match_usb = usb.map(|(vendor, product)| UsbId { vendor, product });
        Source::Hid { match_name: name.map(str::to_owned), match_usb, path }
    }

    struct Root(PathBuf, Folders);

    impl Root {
        fn new(name: &str) -> Self {
            let root = std::env::temp_dir().join(format!("scan-{name}-{}", std::process::id()));
            let folders = Folders {
                sys_input: root.join("sys"),
                sys_hidraw: root.join("sys-hidraw"),
                sys_tty: root.join("sys-tty"),
                dev: root.join("dev"),
                dev_input: root.join("dev"),
            };
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

        fn add_line(&self, name: &str, kind: &str) {
            let folder = self.1.sys_tty.join(name);
            fs::create_dir_all(folder.join("device")).unwrap();
            if !kind.is_empty() {
                fs::write(folder.join("type"), format!("{kind}\n")).unwrap();
            }
            fs::write(self.1.dev.join(name), "").unwrap();
        }

        fn add_raw(&self, number: u32, id: &str, descriptor: &[u8]) {
            let device = self.1.sys_hidraw.join(format!("hidraw{number}/device"));
            fs::create_dir_all(&device).unwrap();
            fs::write(device.join("uevent"), format!("DRIVER=hid-generic\nHID_ID={id}\nHID_NAME=Scanner\n")).unwrap();
            fs::write(device.join("report_descriptor"), descriptor).unwrap();
        }

        fn check_raw(&self, source: &Source, taken: &[u32], expected: Option<u32>) {
            let node = |number: &u32| self.1.dev.join(format!("hidraw{number}"));
            let taken: Vec<PathBuf> = taken.iter().map(node).collect();
            assert_eq!(self.1.find(source, &taken), expected.as_ref().map(node), "{source:?}");
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
