//! Debian's own packages for the emulated machine: chosen by apt with everything they need, fetched,
//! and unpacked. Nothing of them is installed on this machine.

use crate::process::{output_of, program, run as run_program};
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a small system with systemd consists of, and what a till needs from it. Packages of ours name
/// the rest.
const SYSTEM: [&str; 31] = [
    "base-files",
    "base-passwd",
    "bash",
    "coreutils",
    "dash",
    "diffutils",
    "debconf",
    "dpkg",
    "findutils",
    "gawk",
    "grep",
    "gzip",
    "hostname",
    "init-system-helpers",
    "iproute2",
    "kmod",
    "libc-bin",
    "login",
    "mount",
    "ncurses-base",
    "passwd",
    "perl-base",
    "procps",
    "sed",
    "sqlite3",
    "systemd",
    "systemd-sysv",
    "tar",
    "udev",
    "util-linux",
    "libpam-runtime",
];

/// The kernel, and the shell that finds its disk.
const KERNEL: &str = "linux-image-arm64";
const BUSYBOX: &str = "busybox-static";

/// Every package that the machine is made of, fetched.
pub struct Debian {
    pub system: Vec<PathBuf>,
    /// The package with the kernel and its modules.
    pub kernel: PathBuf,
    pub busybox: PathBuf,
}

impl Debian {
    /// Fetches into `folder` what the system and `ours` need.
    pub fn fetch(folder: &Path, ours: &[PathBuf]) -> Result<Debian> {
        let archives = folder.join("archives");
        fs::create_dir_all(archives.join("partial")).with_context(|| format!("{} could not be made", archives.display()))?;
        // To apt, nothing is installed there yet: it chooses everything.
        fs::write(folder.join("status"), "").context("the list of installed packages could not be written")?;
        let wanted: Vec<&str> = SYSTEM.iter().copied().chain([KERNEL, BUSYBOX]).collect();
        let mut fetch = apt(folder, &["install", "--download-only", "--yes", "--quiet=2", "--no-install-recommends"]);
        fetch.args(&wanted).args(ours);
        run_program(fetch).context("Debian's packages for the emulated machine could not be fetched")?;
        Debian::sort(chosen(folder, &wanted, ours)?)
    }

    fn sort(files: Vec<PathBuf>) -> Result<Debian> {
        // The package that is asked for is empty and names the one with the kernel in it.
        let (kernels, system): (Vec<PathBuf>, Vec<PathBuf>) = files.into_iter().partition(|file| file_name(file).starts_with("linux-image-"));
        let kernel = kernels.into_iter().find(|file| !file_name(file).starts_with(KERNEL)).context("apt chose no kernel")?;
        let busybox = system.iter().find(|file| file_name(file).starts_with(BUSYBOX)).context("apt chose no busybox")?.clone();
        Ok(Debian { system, kernel, busybox })
    }
}

/// The files of what apt chooses, in its order.
fn chosen(folder: &Path, wanted: &[&str], ours: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let none = folder.join("none");
    fs::create_dir_all(none.join("partial")).with_context(|| format!("{} could not be made", none.display()))?;
    let mut print = apt(folder, &["install", "--print-uris", "--yes", "--quiet=2", "--no-install-recommends"]);
    print.args(wanted).args(ours);
    // With the archives elsewhere, so that those that are fetched already are named too.
    print.arg("--option").arg(format!("Dir::Cache::archives={}", none.display()));
    let names = output_of(print)?;
    let files: Vec<PathBuf> =
        names.lines().filter_map(|line| line.split(' ').nth(1)).filter(|name| name.ends_with(".deb")).map(|name| folder.join("archives").join(name)).collect();
    ensure!(!files.is_empty(), "apt named no packages: {names}");
    Ok(files.into_iter().filter(|file| file.is_file()).collect())
}

/// apt for arm64, with its state in `folder` and this machine's lists.
fn apt(folder: &Path, words: &[&str]) -> Command {
    let mut apt = program(&["apt-get"]);
    let options = [
        format!("Dir::State::status={}", folder.join("status").display()),
        format!("Dir::Cache::archives={}", folder.join("archives").display()),
        "Dir::Cache::pkgcache=".to_owned(),
        "Dir::Cache::srcpkgcache=".to_owned(),
        "APT::Architecture=arm64".to_owned(),
        "APT::Architectures::=arm64".to_owned(),
        "APT::Sandbox::User=".to_owned(),
        "Debug::NoLocking=1".to_owned(),
    ];
    options.iter().for_each(|option| {
        apt.arg("--option").arg(option);
    });
    apt.args(words);
    apt
}

/// Unpacks a package's files into a system of one tree, whose old folders are links.
pub fn unpack(package: &Path, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("{} could not be made", folder.display()))?;
    let words = "dpkg-deb --fsys-tarfile \"$0\" | tar --extract --preserve-permissions --same-owner --keep-directory-symlink --directory \"$1\"";
    let mut shell = program(&["sh", "-c", words]);
    shell.arg(package).arg(folder);
    output_of(shell).map(drop).with_context(|| format!("{} could not be unpacked", package.display()))
}

/// What dpkg writes down of an installed package.
pub fn status_entry(package: &Path) -> Result<String> {
    let mut dpkg = program(&["dpkg-deb", "--field"]);
    dpkg.arg(package);
    let fields = output_of(dpkg)?;
    let (first, rest) = fields.split_once('\n').with_context(|| format!("{} says nothing of itself", package.display()))?;
    Ok(format!("{first}\nStatus: install ok installed\n{}\n\n", rest.trim_end()))
}

/// The name of the file in which dpkg lists a package's files.
pub fn list_name(entry: &str) -> Option<String> {
    let field = |name: &str| entry.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let (name, architecture) = (field("Package")?, field("Architecture")?);
    Some(if field("Multi-Arch") == Some("same") { format!("{name}:{architecture}.list") } else { format!("{name}.list") })
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dpkg_finds_its_lists_where_it_looks() {
        let check = |fields: &str, name: &str| assert_eq!(list_name(fields).as_deref(), Some(name));
        check("Package: libudev1\nMulti-Arch: same\nArchitecture: arm64\n", "libudev1:arm64.list");
        check("Package: dpkg\nMulti-Arch: foreign\nArchitecture: arm64\n", "dpkg.list");
        check("Package: fonts-noto-core\nArchitecture: all\n", "fonts-noto-core.list");
        assert_eq!(list_name("Version: 1\n"), None);
    }
}
