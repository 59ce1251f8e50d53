//! Debian's kernel, the modules an emulated board needs, and the little system in memory that finds the
//! disk.

use super::debian::unpack;
use crate::process::{output_of, program};
use anyhow::{Context, Result};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Folders of modules; those of real graphics cards and the like would only make the disk large.
pub const FOLDERS: [&str; 12] = [
    "drivers/virtio",
    "drivers/block/virtio_blk.ko",
    "drivers/net",
    "drivers/char",
    "drivers/gpu/drm/virtio",
    "drivers/gpu/drm/drm.ko",
    "drivers/gpu/drm/drm_kms_helper.ko",
    "drivers/gpu/drm/drm_shmem_helper.ko",
    "drivers/input",
    "drivers/hid",
    "drivers/usb",
    "fs/ext4",
];
/// The same for what those need.
pub const NEEDED: [&str; 9] =
    ["lib", "crypto", "fs/jbd2", "fs/mbcache.ko", "net/core", "drivers/virt", "arch", "drivers/gpu/drm/drm_dma_helper.ko", "drivers/gpu/drm/display"];

/// What must be there before the disk is, in any order: busybox's modprobe knows what each needs.
const EARLY: [&str; 4] = ["virtio_pci", "virtio_blk", "crc32c_generic", "ext4"];

const INIT: &str = "#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
for module in $(/bin/busybox cat /early); do /bin/busybox modprobe $module; done
until [ -b /dev/vda ]; do /bin/busybox usleep 20000; done
/bin/busybox mount -t ext4 /dev/vda /disk || exec /bin/busybox sh
/bin/busybox mount --move /dev /disk/dev
/bin/busybox umount /proc /sys
exec /bin/busybox switch_root /disk /lib/systemd/systemd
";

/// What the emulator is started with.
#[derive(Debug, Clone)]
pub struct Kernel {
    pub image: PathBuf,
    pub initrd: PathBuf,
}

/// Unpacks the kernel into `folder` and makes what it starts from.
pub fn prepare(package: &Path, busybox: &Path, folder: &Path) -> Result<Kernel> {
    let unpacked = folder.join("kernel");
    let made_of = package.to_string_lossy();
    if !fs::read_to_string(folder.join("kernel.txt")).is_ok_and(|before| before == made_of) {
        let _absent_at_first = fs::remove_dir_all(&unpacked);
        unpack(package, &unpacked)?;
        sort_modules(&unpacked, &version(&unpacked)?)?;
        fs::write(folder.join("kernel.txt"), made_of.as_bytes())?;
    }
    let image = unpacked.join("boot").join(format!("vmlinuz-{}", version(&unpacked)?));
    Ok(Kernel { image, initrd: initrd(&unpacked, busybox, folder)? })
}

/// Puts the modules that are wanted into a system's folder.
pub fn copy_modules(unpacked: &Path, root: &Path) -> Result<()> {
    let version = version(unpacked)?;
    let from = unpacked.join("lib/modules").join(&version);
    let to = root.join("lib/modules").join(&version);
    fs::create_dir_all(&to)?;
    let parts = FOLDERS.iter().chain(&NEEDED).map(|part| format!("kernel/{part}"));
    let lists = ["modules.builtin", "modules.builtin.modinfo", "modules.order"].map(str::to_owned);
    for part in parts.chain(lists).filter(|part| from.join(part).exists()) {
        let mut copy = program(&["cp", "--archive", "--parents"]);
        copy.current_dir(&from).arg(&part).arg(&to);
        output_of(copy).with_context(|| format!("the kernel's {part} could not be copied"))?;
    }
    sort_modules(root, &version)
}

/// Writes down which module needs which others, and which device wants which.
fn sort_modules(root: &Path, version: &str) -> Result<()> {
    let mut depmod = program(&["depmod", "--basedir"]);
    depmod.arg(root).arg(version);
    output_of(depmod).map(drop).context("the kernel's modules could not be sorted")
}

fn initrd(unpacked: &Path, busybox: &Path, folder: &Path) -> Result<PathBuf> {
    let root = folder.join("initrd");
    if root.exists() {
        fs::remove_dir_all(&root)?;
    }
    ["bin", "dev", "proc", "sys", "disk"].iter().try_for_each(|name| fs::create_dir_all(root.join(name)))?;
    unpack(busybox, &root)?;
    copy_modules(unpacked, &root)?;
    fs::write(root.join("early"), EARLY.join("\n"))?;
    fs::write(root.join("init"), INIT)?;
    fs::set_permissions(root.join("init"), fs::Permissions::from_mode(0o755))?;
    let packed = folder.join("initrd.img");
    let mut pack = program(&["sh", "-c", "find . | cpio --create --format=newc --quiet | gzip -1 > \"$0\""]);
    pack.arg(&packed).current_dir(&root);
    output_of(pack).context("the first system could not be packed")?;
    Ok(packed)
}

fn version(unpacked: &Path) -> Result<String> {
    let mut folders = fs::read_dir(unpacked.join("lib/modules")).context("the kernel's package has no modules")?;
    let folder = folders.next().context("the kernel's package has no modules")??;
    Ok(folder.file_name().to_string_lossy().into_owned())
}
