//! The disk of the emulated machine: Debian as it is unpacked, the few files that its installer would
//! have written, and a root shell on a line of its own for the test.

use super::debian::{Debian, list_name, status_entry, unpack};
use super::kernel;
use crate::process::{output_of, program};
use anyhow::{Context, Result};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// Room for the system, fonts and a journal; a hole in the file until it is used.
const DISK_BYTES: &str = "1536M";

/// Files of a new system, beside its packages.
const FILES: &[(&str, &str)] = &[
    ("etc/hostname", "till\n"),
    ("etc/hosts", "127.0.0.1 localhost till\n"),
    ("etc/fstab", "/dev/vda / ext4 errors=remount-ro 0 1\n"),
    // Not the first boot: systemd asks nothing and enables nothing by itself.
    ("etc/machine-id", "c0ffee00c0ffee00c0ffee00c0ffee00\n"),
    ("etc/shadow", "root::19000:0:99999:7:::\n"),
    ("etc/gshadow", ""),
    ("etc/systemd/network/50-cable.network", "[Match]\nType=ether\n[Network]\nDHCP=ipv4\n"),
    // The installers of udev would have made these.
    ("etc/sysusers.d/devices.conf", "g input - -\ng render - -\ng kvm - -\ng sgx - -\n"),
    ("etc/modules-load.d/test.conf", "uhid\nuinput\n"),
    ("etc/systemd/system/test-shell.service", TEST_SHELL),
    // What its installer would have chosen from: anybody may, and root becomes whom it likes.
    ("etc/pam.d/common-auth", "auth sufficient pam_rootok.so\nauth required pam_unix.so nullok\n"),
    ("etc/pam.d/common-account", "account required pam_unix.so\n"),
    ("etc/pam.d/common-password", "password required pam_unix.so\n"),
    ("etc/pam.d/common-session", "session required pam_unix.so\n"),
    ("etc/pam.d/common-session-noninteractive", "session required pam_unix.so\n"),
];

/// Nothing is echoed, translated or prompted for (an error output that is no terminal sees to that): what
/// comes back is what the commands wrote.
const TEST_SHELL: &str = "[Unit]
Description=Root shell of the test
DefaultDependencies=no
Wants=dev-hvc0.device
After=dev-hvc0.device systemd-tmpfiles-setup.service

[Service]
StandardInput=tty
StandardOutput=tty
StandardError=tty
TTYPath=/dev/hvc0
Environment=TERM=dumb PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8
ExecStart=/bin/sh -c 'stty raw -echo; exec bash --norc 2>/dev/null'
Restart=always
";

/// Links that say what is started, and where things are.
const LINKS: &[(&str, &str)] = &[
    ("etc/systemd/system/default.target", "/lib/systemd/system/multi-user.target"),
    ("etc/systemd/system/multi-user.target.wants/systemd-networkd.service", "/lib/systemd/system/systemd-networkd.service"),
    ("etc/systemd/system/multi-user.target.wants/test-shell.service", "/etc/systemd/system/test-shell.service"),
    // A log-in prompt on the first console, as every Debian has one.
    ("etc/systemd/system/getty.target.wants/getty@tty1.service", "/lib/systemd/system/getty@.service"),
    ("etc/mtab", "/proc/mounts"),
];

/// One tree, as every Debian is by now.
const MERGED: &[&str] = &["bin", "sbin", "lib"];

/// Timers of a server that only cost an emulated machine time.
const MASKED: &[&str] =
    &["systemd-timesyncd.service", "apt-daily.timer", "dpkg-db-backup.timer", "fstrim.timer", "e2scrub_all.timer", "systemd-update-utmp.service"];

/// Whether a disk was made of these very packages before.
pub fn is_made_of(debian: &Debian, folder: &Path, image: &Path) -> bool {
    image.is_file() && fs::read_to_string(folder.join("system.txt")).is_ok_and(|made_of| made_of == ingredients(debian))
}

/// Everything that decides what is on the disk.
fn ingredients(debian: &Debian) -> String {
    format!("{:#?}", (&debian.system, &debian.kernel, FILES, LINKS, MASKED, MERGED, kernel::FOLDERS, kernel::NEEDED))
}

/// Makes the disk `image` from packages, in `folder`. It needs root: the files of a system are root's.
pub fn build(debian: &Debian, folder: &Path, image: &Path) -> Result<()> {
    let root = folder.join("root");
    if root.exists() {
        fs::remove_dir_all(&root).with_context(|| format!("{} could not be cleared", root.display()))?;
    }
    for name in MERGED {
        fs::create_dir_all(root.join("usr").join(name))?;
        symlink(Path::new("usr").join(name), root.join(name))?;
    }
    debian.system.iter().try_for_each(|package| unpack(package, &root))?;
    write_dpkg_status(debian, &root)?;
    write_system(&root)?;
    kernel::copy_modules(&folder.join("kernel"), &root)?;
    make_disk(&root, image, DISK_BYTES)?;
    fs::write(folder.join("system.txt"), ingredients(debian))?;
    fs::remove_dir_all(&root).context("the unpacked system could not be cleared away")
}

/// A disk with what is in `folder`.
pub fn make_disk(folder: &Path, image: &Path, size: &str) -> Result<()> {
    let unfinished = image.with_extension("unfinished");
    let mut mkfs = program(&["mke2fs", "-q", "-F", "-t", "ext4", "-d"]);
    mkfs.arg(folder).arg(&unfinished).arg(size);
    output_of(mkfs).with_context(|| format!("{} could not be made", image.display()))?;
    fs::rename(&unfinished, image).context("the finished disk could not be named")
}

/// As if dpkg had installed them all, so that it installs ours in earnest.
fn write_dpkg_status(debian: &Debian, root: &Path) -> Result<()> {
    let folder = root.join("var/lib/dpkg");
    ["info", "updates", "alternatives", "triggers", "parts"].iter().try_for_each(|name| fs::create_dir_all(folder.join(name)))?;
    let entries = debian.system.iter().map(|package| status_entry(package)).collect::<Result<Vec<String>>>()?;
    for name in entries.iter().filter_map(|entry| list_name(entry)) {
        fs::write(folder.join("info").join(name), "")?;
    }
    fs::write(folder.join("available"), "")?;
    fs::write(folder.join("status"), entries.concat()).context("dpkg's list could not be written")
}

fn write_system(root: &Path) -> Result<()> {
    for name in ["passwd", "group"] {
        fs::copy(root.join("usr/share/base-passwd").join(format!("{name}.master")), root.join("etc").join(name)).context("base-passwd brought no users")?;
    }
    FILES.iter().try_for_each(|(path, text)| write(&root.join(path), text))?;
    LINKS.iter().try_for_each(|(path, to)| link(&root.join(path), to))?;
    MASKED.iter().try_for_each(|name| link(&root.join("etc/systemd/system").join(name), "/dev/null"))?;
    ["proc", "sys", "dev", "run", "tmp", "mnt", "root"].iter().try_for_each(|name| fs::create_dir_all(root.join(name)))?;
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<()> {
    make_parent(path)?;
    fs::write(path, text).with_context(|| format!("{} could not be written", path.display()))
}

fn link(path: &Path, to: &str) -> Result<()> {
    make_parent(path)?;
    let _absent_mostly = fs::remove_file(path);
    symlink(to, path).with_context(|| format!("{} could not be linked", path.display()))
}

fn make_parent(path: &Path) -> Result<()> {
    path.parent().map_or(Ok(()), |parent| fs::create_dir_all(parent).with_context(|| format!("{} could not be made", parent.display())))
}

/// A copy of a disk that takes no more room than what is on it.
pub fn copy(from: &Path, to: &Path) -> Result<PathBuf> {
    let mut copy = program(&["cp", "--sparse=always", "--reflink=auto"]);
    copy.arg(from).arg(to);
    output_of(copy).map(|_| to.to_owned()).context("the disk could not be copied")
}
