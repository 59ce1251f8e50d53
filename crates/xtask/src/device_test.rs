//! A till on a board that is not there: Debian's own arm64 kernel and system in an emulator, our
//! packages installed on it by dpkg, the terminal under its real unit, and a hub on this machine. What
//! a scanner, a finger and a technician do is done through the emulator's devices.

mod board;
mod debian;
mod hands;
mod image;
mod kernel;
mod kernel_tests;
mod machine;
mod monitor;
mod report_scanner;
mod shell;
mod story;

use crate::demo::folder::DemoFolder;
use crate::demo::shop::Shop;
use crate::demo::{build_hub_debug, built};
use crate::dist::{self, Package, Squeeze, Target};
use crate::packages;
use crate::process::exists;
use crate::root::target as target_folder;
use anyhow::{Context, Result, bail};
use debian::Debian;
use kernel::Kernel;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

const BOARD: Target = Target::Aarch64;
/// As fast to run as matters in an emulator, and built in a fraction of the time.
const PROFILE: &str = "quick";
/// The version that is upgraded to: the same programs under a later name.
const LATER: &str = "999.0.0-1";

#[derive(clap::Args)]
pub struct Options {
    /// Use the programs for the board and the hub as they were built last.
    #[arg(long)]
    built: bool,
    /// Do not install missing system packages, only say which.
    #[arg(long)]
    no_install: bool,
    /// Keep the machine's disk and the hub's folder when all went well, too.
    #[arg(long)]
    keep: bool,
}

/// Everything that the machine is made of.
pub struct Parts {
    pub kernel: Kernel,
    /// The system, and the disk with our packages.
    pub disks: Vec<PathBuf>,
}

pub fn run(options: &Options) -> Result<()> {
    let began = Instant::now();
    if !packages::is_root() {
        bail!("The board's disk has files that belong to root, so only root can make it. Run it as root, or with sudo.");
    }
    packages::ensure_for(BOARD.architecture(), &tools(), !options.no_install)?;
    if !options.built {
        dist::prepare(BOARD, !options.no_install)?;
        dist::build(BOARD, PROFILE)?;
        build_hub_debug()?;
    }
    let folder = target_folder().join("device-test");
    let parts = parts(&folder)?;
    println!("{:7.1} s  The board's disk is made.", began.elapsed().as_secs_f64());
    let place = DemoFolder::create()?;
    let played = play(&parts, &place, &folder, began);
    place.end(options.keep || played.is_err());
    played?;
    println!("{:7.1} s  All is well. Pictures of the screen are in {}.", began.elapsed().as_secs_f64(), folder.display());
    Ok(())
}

fn play(parts: &Parts, place: &DemoFolder, pictures: &Path, began: Instant) -> Result<()> {
    let shop = Shop::open(&built(true), place)?;
    story::play(parts, shop, place.path(), pictures, began)
}

/// What the emulator and its disk are made with. One that is on the path already is used as it is.
fn tools() -> Vec<String> {
    let emulator = (!exists("qemu-system-aarch64")).then_some("qemu-system-arm");
    ["e2fsprogs", "kmod", "cpio", "gzip", "dpkg-dev"].into_iter().chain(emulator).map(str::to_owned).collect()
}

fn parts(folder: &Path) -> Result<Parts> {
    fs::create_dir_all(folder).with_context(|| format!("{} could not be made", folder.display()))?;
    clear_pictures(folder)?;
    let now = dist::make_packages(BOARD, PROFILE, None, Squeeze::Fast)?;
    let later = dist::make_packages(BOARD, PROFILE, Some(LATER), Squeeze::Fast)?;
    let ours: Vec<PathBuf> = now.iter().map(|package| package.file.clone()).collect();
    let debian = Debian::fetch(folder, &ours)?;
    let kernel = kernel::prepare(&debian.kernel, &debian.busybox, folder)?;
    let system = folder.join("system.img");
    if !image::is_made_of(&debian, folder, &system) {
        image::build(&debian, folder, &system)?;
    }
    let disk = image::copy(&system, &folder.join("disk.img"))?;
    let stick = stick(folder, &[now, later].concat(), &kernel_tests::build(BOARD, PROFILE)?)?;
    Ok(Parts { kernel, disks: vec![disk, stick] })
}

/// Those of an earlier run would pass for this one's.
fn clear_pictures(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "png") {
            fs::remove_file(&path).with_context(|| format!("{} could not be taken away", path.display()))?;
        }
    }
    Ok(())
}

/// A stick with our packages, as a technician brings it along, and tests that want a real kernel.
fn stick(folder: &Path, packages: &[Package], tests: &[PathBuf]) -> Result<PathBuf> {
    let stick = folder.join("stick");
    let _absent_at_first = fs::remove_dir_all(&stick);
    fs::create_dir_all(&stick)?;
    for package in packages {
        let name = package.file.file_name().context("a package has a name")?;
        fs::copy(&package.file, stick.join(name)).with_context(|| format!("{} could not be copied", package.file.display()))?;
    }
    for test in tests {
        fs::copy(test, stick.join(kernel_tests::name_of(test)?)).with_context(|| format!("{} could not be copied", test.display()))?;
    }
    let image = folder.join("stick.img");
    image::make_disk(&stick, &image, "128M")?;
    Ok(image)
}
