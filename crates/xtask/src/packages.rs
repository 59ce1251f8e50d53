//! The system packages a fresh machine lacks. Debian and its kin are served by apt-get; elsewhere
//! the names are told and nothing is touched.

use crate::process::{exists, output_of, program, run as run_program, shown};
use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::process::Command;

/// What building and testing needs: a C compiler and linker for SQLite and zstd, fontconfig for
/// text, libinput, udev and xkbcommon for the kiosk's display, and fonts, since text is measured
/// and drawn in the tests: without any font Slint stops at start. A PostgreSQL server, since a hub may
/// live in one: each test program starts its own.
const BUILD: &[&str] = &[
    "gcc",
    "libc6-dev",
    "pkg-config",
    "libfontconfig-dev",
    "libinput-dev",
    "libudev-dev",
    "libxkbcommon-dev",
    "postgresql",
    "fonts-noto-core",
    "fonts-noto-mono",
    "fonts-droid-fallback",
];

/// What a window on an X display loads when it opens.
const WINDOW: &[&str] = &["libx11-xcb1", "libxkbcommon-x11-0", "libxcursor1", "libxi6", "libxrandr2", "xkb-data"];

/// The same on the other common systems, as a hint: these names are not tested.
const HINTS: &[(&str, &str)] = &[
    (
        "Fedora",
        "sudo dnf install gcc postgresql-server pkgconf-pkg-config fontconfig-devel libinput-devel systemd-devel libxkbcommon-devel google-noto-sans-fonts google-noto-sans-mono-fonts google-droid-sans-fonts libxkbcommon-x11 libXcursor libXi libXrandr",
    ),
    (
        "Arch",
        "sudo pacman -S --needed base-devel postgresql fontconfig libinput systemd-libs libxkbcommon noto-fonts ttf-droid libxkbcommon-x11 libxcursor libxi libxrandr",
    ),
];

/// What the packages are wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum For {
    /// Building, testing, and everything without a display.
    Building,
    /// The same, and a window on an X display.
    Window,
}

#[derive(clap::Args)]
pub struct Options {
    /// Only say what is missing; exit 1 if anything is.
    #[arg(long)]
    no_install: bool,
}

pub fn run(options: &Options) -> Result<()> {
    ensure(For::Window, !options.no_install)?;
    println!("Every system package is there.");
    Ok(())
}

/// Sees to it that the packages are there, or says what to do.
pub fn ensure(wanted: For, may_install: bool) -> Result<()> {
    if !exists("dpkg-query") || !exists("apt-get") {
        return without_apt();
    }
    let missing = missing(wanted)?;
    if missing.is_empty() {
        return Ok(());
    }
    install_or_tell(&missing, may_install)
}

/// The same for packages by name, of which some are for another architecture: those are written
/// `name:architecture`, and dpkg is told once that the machine holds such ones too.
pub fn ensure_for(architecture: &str, wanted: &[String], may_install: bool) -> Result<()> {
    if !exists("dpkg-query") || !exists("apt-get") {
        bail!("This is done with Debian's own packages, and this system has no apt-get. On Debian or a container of it, the same command works.");
    }
    let installed = installed(&status_of(wanted)?);
    let native = output_of(program(&["dpkg", "--print-architecture"]))?;
    let missing: Vec<&str> = wanted.iter().map(String::as_str).filter(|name| !is_installed(name, native.trim(), &installed)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let foreign = architecture != native.trim() && !output_of(program(&["dpkg", "--print-foreign-architectures"]))?.lines().any(|line| line == architecture);
    if foreign && may_install {
        as_root(&["dpkg", "--add-architecture", architecture])?;
    }
    install_or_tell(&missing, may_install)
}

fn install_or_tell(missing: &[&str], may_install: bool) -> Result<()> {
    println!("Missing system packages: {}", missing.join(" "));
    if !may_install {
        bail!("Install them and start again:\n    sudo apt-get install --no-install-recommends {}", missing.join(" "));
    }
    install(missing)
}

/// On a system without apt nobody asks what is there: pkg-config's word decides.
fn without_apt() -> Result<()> {
    let libraries = ["fontconfig", "libinput", "libudev", "xkbcommon"];
    let complete = exists("pkg-config") && Command::new("pkg-config").arg("--exists").args(libraries).status().is_ok_and(|status| status.success());
    if complete {
        return Ok(());
    }
    let hints: Vec<String> = HINTS.iter().map(|(system, command)| format!("  {system}: {command}")).collect();
    bail!(
        "This system has no apt-get, and pkg-config does not find all of: {}.\nInstall a C compiler, pkg-config, these libraries with their headers, and the Noto Sans and Droid Fallback fonts, and start again. Perhaps:\n{}",
        libraries.join(", "),
        hints.join("\n")
    )
}

fn missing(wanted: For) -> Result<Vec<&'static str>> {
    let names: Vec<&str> = match wanted {
        For::Building => BUILD.to_vec(),
        For::Window => [BUILD, WINDOW].concat(),
    };
    let installed = installed(&status_of(&names)?);
    let native = output_of(program(&["dpkg", "--print-architecture"]))?;
    Ok(names.into_iter().filter(|name| !is_installed(name, native.trim(), &installed)).collect())
}

fn status_of(names: &[impl AsRef<OsStr>]) -> Result<String> {
    // dpkg-query answers for the packages it knows and exits with 1 for those it does not.
    let output = Command::new("dpkg-query")
        .args(["--show", "--showformat=${Package}:${Architecture} ${db:Status-Status}\\n"])
        .args(names)
        .output()
        .context("dpkg-query could not be started")?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn installed(answer: &str) -> BTreeSet<String> {
    answer.lines().filter_map(|line| line.strip_suffix(" installed")).map(str::to_owned).collect()
}

/// A name without an architecture means this machine's, or a package that is for all.
fn is_installed(name: &str, native: &str, installed: &BTreeSet<String>) -> bool {
    installed.contains(name) || [native, "all"].iter().any(|architecture| installed.contains(&format!("{name}:{architecture}")))
}

fn install(missing: &[&str]) -> Result<()> {
    // A mirror that is being filled fails with one list of many: those that are there may do.
    if let Err(fault) = as_root(&["apt-get", "update", "--quiet"]) {
        println!("{fault:#}. Going on with the lists that are there.");
    }
    let install = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", "--no-remove"];
    as_root(&[&install[..], missing].concat())
}

/// The words before a command: none for root, sudo for others.
fn privilege() -> Option<Vec<&'static str>> {
    if is_root() {
        return Some(vec![]);
    }
    exists("sudo").then(|| vec!["sudo"])
}

pub fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|user| user.stdout.trim_ascii() == b"0")
}

fn as_root(words: &[&str]) -> Result<()> {
    let Some(prefix) = privilege() else {
        bail!("Neither root nor sudo is at hand. Have this done, or run as root:\n    {}", words.join(" "));
    };
    let mut command = program(&[&prefix[..], words].concat());
    command.env("DEBIAN_FRONTEND", "noninteractive");
    println!("> {}", shown(&command));
    run_program(command).context("The system packages could not be installed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_wholly_installed_counts() {
        let answer = "gcc:amd64 installed\nlibudev-dev:amd64 config-files\nlibinput-dev:arm64 installed\nxkb-data:all installed\n";
        let installed = installed(answer);
        let there = |name: &str| is_installed(name, "amd64", &installed);
        for (name, expected) in [("gcc", true), ("libudev-dev", false), ("libinput-dev", false), ("libinput-dev:arm64", true), ("xkb-data", true)] {
            assert_eq!(there(name), expected, "{name}");
        }
    }

    #[test]
    fn no_package_is_named_twice() {
        let names = [BUILD, WINDOW].concat();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    }
}
