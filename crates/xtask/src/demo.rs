//! A whole shop on one machine: a hub with the sample shop, a till enrolled with it, and either the
//! till's window or, without a display, a scripted shift whose figures are printed.

pub mod conversation;
pub mod folder;
pub mod health;
pub mod percentile;
pub mod pty;
pub mod service;
pub mod shop;
pub mod summary;

use crate::packages::{self, For};
use crate::process::{program, run as run_program, shown};
use crate::root::target;
use anyhow::{Context, Result, bail};
use folder::DemoFolder;
use shop::{Binaries, Shop};
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Options {
    /// No window: play a scripted shift and print its figures, also where there is a display.
    #[arg(long)]
    headless: bool,
    /// Do not install missing system packages, only say which.
    #[arg(long)]
    no_install: bool,
    /// Keep the demo's databases and logs when all went well, too.
    #[arg(long)]
    keep: bool,
}

pub fn run(options: &Options) -> Result<()> {
    let windowed = !options.headless && has_display();
    packages::ensure(if windowed { For::Window } else { For::Building }, !options.no_install)?;
    let binaries = build()?;
    let folder = DemoFolder::create()?;
    let played = play(&binaries, &folder, windowed);
    folder.end(options.keep || played.is_err());
    played
}

/// Where the pictures of a scripted shift are put.
pub fn pictures_folder() -> Result<PathBuf> {
    let folder = target().join("demo");
    std::fs::create_dir_all(&folder).with_context(|| format!("{} could not be made", folder.display()))?;
    Ok(folder)
}

fn has_display() -> bool {
    std::env::var_os("DISPLAY").is_some_and(|display| !display.is_empty())
}

/// In the release profile, since the demo is what the speed of a till is judged by; with the remote
/// control that a scripted shift needs.
fn build() -> Result<Binaries> {
    let build = program(&["cargo", "build", "--release", "--package", "counterfoil", "--package", "hub", "--bins", "--features", "counterfoil/remote"]);
    println!("> {}  (some minutes the first time)", shown(&build));
    run_program(build)?;
    let folder = target().join("release");
    Ok(Binaries { hub: folder.join("counterfoil-hub"), terminal: folder.join("counterfoil") })
}

fn play(binaries: &Binaries, folder: &DemoFolder, windowed: bool) -> Result<()> {
    let shop = Shop::open(binaries, folder)?;
    println!("The hub serves the sample shop at {}.", shop.address());
    shop.enrol()?;
    if !windowed {
        bail!("The till is enrolled, but a scripted shift is not there yet: start `cargo xtask demo` where there is a display.");
    }
    println!("Close the window to end the demo.");
    shop.run_window()
}
