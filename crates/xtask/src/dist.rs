//! Debian packages of the terminal and the hub, for this machine's kind and for boards: built here,
//! with the compiler and the libraries that Debian has for the other architecture, without a container.

mod deb;
mod target;

pub use deb::{Package, Squeeze, packages as make_packages};
pub use target::Target;

use crate::packages;
use crate::process::{exists, output_of, program, run as run_program, shown};
use anyhow::{Context, Result};
use std::path::PathBuf;
use std::process::Command;

#[derive(clap::Args)]
pub struct Options {
    /// What to build for: aarch64-unknown-linux-gnu (Raspberry Pi OS of 64 bits),
    /// armv7-unknown-linux-gnueabihf (of 32 bits) or x86_64-unknown-linux-gnu; again for several.
    #[arg(long = "target", value_name = "TARGET", default_value = target::NATIVE)]
    targets: Vec<Target>,
    /// How much the compiler takes trouble: release, or quick in half the time.
    #[arg(long, default_value = "release")]
    profile: String,
    /// Do not install missing system packages, only say which.
    #[arg(long)]
    no_install: bool,
}

pub fn run(options: &Options) -> Result<()> {
    for target in &options.targets {
        prepare(*target, !options.no_install)?;
        build(*target, &options.profile)?;
        let packages = make_packages(*target, &options.profile, None, Squeeze::Small)?;
        packages.iter().for_each(|package| println!("{}", package.file.display()));
    }
    Ok(())
}

/// Sees to it that the machine can build for `target`.
pub fn prepare(target: Target, may_install: bool) -> Result<()> {
    packages::ensure_for(target.architecture(), &target.packages(), may_install)?;
    if exists("rustup") && !output_of(program(&["rustup", "target", "list", "--installed"]))?.lines().any(|line| line == target.triple()) {
        run_program(program(&["rustup", "target", "add", target.triple()])).context("the standard library for that target could not be had")?;
    }
    Ok(())
}

/// Builds both programs as they go to a shop: the terminal for a screen without a desktop, and without
/// the remote control of tests.
pub fn build(target: Target, profile: &str) -> Result<()> {
    let words = ["cargo", "build", "--package", "counterfoil", "--package", "hub", "--bins", "--no-default-features", "--features", "counterfoil/kiosk"];
    let mut build = program(&[&words[..], &["--target", target.triple(), "--profile", profile]].concat());
    target.set_environment(&mut build);
    println!("> {}  (some minutes the first time)", shown(&build));
    run_program(build)
}

/// Where cargo leaves what it built.
pub fn built(target: Target, profile: &str) -> PathBuf {
    let profile = if profile == "dev" { "debug" } else { profile };
    crate::root::target().join(target.triple()).join(profile)
}

/// A command that links and looks for libraries as `target` wants it.
pub fn command_for(target: Target, words: &[&str]) -> Command {
    let mut command = program(words);
    target.set_environment(&mut command);
    command
}
