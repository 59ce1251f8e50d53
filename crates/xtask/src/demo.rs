//! A whole shop on one machine: a hub with the sample shop, a till enrolled with it, and either the
//! till's window or, without a display, a scripted shift whose figures are printed.

pub mod ask;
pub mod conversation;
pub mod folder;
pub mod goods;
pub mod health;
pub mod percentile;
pub mod place;
pub mod pty;
pub mod service;
pub mod shift;
pub mod shop;
pub mod summary;
pub mod till;

use crate::packages::{self, For};
use crate::process::{program, run as run_program, shown};
use crate::root::target;
use anyhow::{Context, Result};
use folder::DemoFolder;
use shop::{Binaries, Shop};
use std::path::PathBuf;
use summary::Summary;

/// The profile that the demo builds in, and the benches of a whole till.
pub const PROFILE: &str = "quick";

#[derive(clap::Args)]
pub struct Options {
    /// No window: play a scripted shift and print its figures, also where there is a display.
    #[arg(long)]
    headless: bool,
    /// Build with optimisation: as fast as on a device, and much longer to build.
    #[arg(long)]
    optimised: bool,
    /// Print the figures as JSON in the last line.
    #[arg(long)]
    json: bool,
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
    let binaries = build(!options.optimised)?;
    let folder = DemoFolder::create()?;
    if windowed {
        let played = open_window(&binaries, &folder);
        folder.end(options.keep || played.is_err());
        return played;
    }
    let mut summary = Summary::default();
    let played = play_shift(&binaries, &folder, &mut summary);
    summary.note(played);
    // Before the summary, which is the last line.
    folder.end(options.keep || !summary.is_well());
    summary.print(options.json)
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

/// With the remote control that a scripted shift needs.
pub fn build(debug: bool) -> Result<Binaries> {
    let words = ["cargo", "build", "--package", "counterfoil", "--package", "hub", "--bins", "--features", "counterfoil/remote", "--profile"];
    let build = program(&[&words[..], &[if debug { "dev" } else { PROFILE }]].concat());
    println!("> {}  (some minutes the first time)", shown(&build));
    run_program(build)?;
    Ok(built(debug))
}

/// The hub alone, as tests have it.
pub fn build_hub_debug() -> Result<()> {
    let build = program(&["cargo", "build", "--package", "hub", "--bins"]);
    println!("> {}", shown(&build));
    run_program(build)
}

/// Where cargo leaves the two programs.
pub fn built(debug: bool) -> Binaries {
    let folder = profile_folder(debug);
    Binaries { hub: folder.join("counterfoil-hub"), terminal: folder.join("counterfoil") }
}

/// Where cargo puts what it builds.
pub fn profile_folder(debug: bool) -> PathBuf {
    target().join(if debug { "debug" } else { PROFILE })
}

fn open_window(binaries: &Binaries, folder: &DemoFolder) -> Result<()> {
    let shop = open(binaries, folder)?;
    shop.goods()?.print();
    println!("Type a code here and press Enter to scan it. Close the window to end the demo.");
    shop.run_window()
}

fn open(binaries: &Binaries, folder: &DemoFolder) -> Result<Shop> {
    let shop = Shop::open(binaries, folder)?;
    println!("The hub serves the sample shop at {}.", shop.address());
    shop.enrol()?;
    Ok(shop)
}

fn play_shift(binaries: &Binaries, folder: &DemoFolder, summary: &mut Summary) -> Result<()> {
    let mut shop = open(binaries, folder)?;
    let pictures = pictures_folder()?;
    let goods = shop.goods()?;
    shift::play(&mut shop, goods, &pictures, summary)?;
    summary.synced = shop.synced()?;
    shop.stop_hub()?;
    println!("Pictures of every screen are in {}.", pictures.display());
    Ok(())
}
