//! The packages, made by cargo-deb from what the manifests of the two programs say.

use super::target::Target;
use super::{built, command_for};
use crate::process::{output_of, program, run as run_program, shown};
use crate::root::target as target_folder;
use anyhow::{Context, Result};
use std::path::PathBuf;

/// Fixed, so that the same tree makes the same packages.
const CARGO_DEB_VERSION: &str = "3.8.0";

/// A finished package.
#[derive(Debug, Clone)]
pub struct Package {
    /// As dpkg calls it.
    pub name: &'static str,
    pub file: PathBuf,
}

/// How small a package is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Squeeze {
    /// For people to fetch.
    Small,
    /// For a test, which installs it once.
    Fast,
}

/// The crates with a package, and what that is called.
const CRATES: [(&str, &str); 2] = [("counterfoil", "counterfoil-terminal"), ("hub", "counterfoil-hub")];

/// Packs what was built for `target` in `profile`. Another version than the manifest's is for trying an
/// upgrade.
pub fn packages(target: Target, profile: &str, version: Option<&str>, squeeze: Squeeze) -> Result<Vec<Package>> {
    let tool = tool()?;
    let version = version.map_or_else(manifest_version, |version| Ok(version.to_owned()))?;
    CRATES.iter().map(|(crate_name, name)| package(&tool, target, profile, &version, squeeze, (crate_name, name))).collect()
}

fn package(tool: &str, target: Target, profile: &str, version: &str, squeeze: Squeeze, (crate_name, name): (&str, &'static str)) -> Result<Package> {
    let folder = built(target, profile).join("deb");
    std::fs::create_dir_all(&folder).with_context(|| format!("{} could not be made", folder.display()))?;
    let file = folder.join(format!("{name}_{version}_{}.deb", target.architecture()));
    let words = [tool, "--package", crate_name, "--no-build", "--target", target.triple(), "--profile", profile, "--deb-version", version];
    let mut pack = command_for(target, &words);
    pack.arg("--output").arg(&file);
    if squeeze == Squeeze::Fast {
        pack.arg("--fast");
    }
    println!("> {}", shown(&pack));
    // It prints where the package is, as our caller does.
    output_of(pack).with_context(|| format!("{name} could not be packed"))?;
    Ok(Package { name, file })
}

/// Cargo-deb, installed into the target folder the first time.
fn tool() -> Result<String> {
    let folder = target_folder().join("tools");
    let tool = folder.join("bin").join("cargo-deb");
    if !tool.is_file() {
        let mut install = program(&["cargo", "install", "cargo-deb", "--version", CARGO_DEB_VERSION, "--locked", "--root"]);
        install.arg(&folder).env("CARGO_TARGET_DIR", folder.join("build"));
        println!("> {}", shown(&install));
        run_program(install).context("cargo-deb, which makes the packages, could not be installed")?;
    }
    Ok(tool.to_string_lossy().into_owned())
}

fn manifest_version() -> Result<String> {
    let id = output_of(program(&["cargo", "pkgid", "--package", "counterfoil"]))?;
    let version = id.trim().rsplit_once(['#', '@']).map(|(_, version)| version.to_owned());
    version.with_context(|| format!("cargo names no version in {id:?}"))
}
