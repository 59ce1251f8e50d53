//! The scan crate's tests on devices that the kernel makes up. A container has no such devices, and
//! there they can only say so; the board has.

use crate::dist::{Target, command_for};
use crate::process::{output_of, shown};
use anyhow::{Context, Result};
use serde_json::Value;
use std::path::PathBuf;

/// By their names in `crates/scan/tests`.
pub const NAMES: &[&str] = &["uinput", "uhid"];

/// Builds them for the board.
pub fn build(target: Target, profile: &str) -> Result<Vec<PathBuf>> {
    let mut words =
        vec!["cargo", "test", "--no-run", "--quiet", "--package", "scan", "--target", target.triple(), "--profile", profile, "--message-format", "json"];
    NAMES.iter().for_each(|name| words.extend(["--test", name]));
    let build = command_for(target, &words);
    println!("> {}", shown(&build));
    let told = output_of(build)?;
    let files: Vec<PathBuf> = NAMES.iter().filter_map(|name| executable(&told, name)).collect();
    anyhow::ensure!(files.len() == NAMES.len(), "cargo did not tell where it put the tests {NAMES:?}");
    Ok(files)
}

/// Where cargo put a test, by what it tells of each thing it built.
fn executable(told: &str, name: &str) -> Option<PathBuf> {
    let artifacts = told.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut found = artifacts.filter(|artifact| artifact["target"]["name"] == name).filter_map(|artifact| artifact["executable"].as_str().map(PathBuf::from));
    found.next()
}

/// What runs one on the board, one test after another. One that has no device says that it is skipped.
pub fn command(file: &str) -> String {
    format!(
        "/mnt/{file} --nocapture --test-threads=1 > /tmp/{file}.log 2>&1; status=$?; cat /tmp/{file}.log; [ $status = 0 ] && ! grep -q skipped: /tmp/{file}.log"
    )
}

/// The name of a test on the stick.
pub fn name_of(file: &std::path::Path) -> Result<&'static str> {
    let built = file.file_name().context("a test has a name")?.to_string_lossy().into_owned();
    NAMES.iter().find(|name| built.starts_with(**name)).copied().with_context(|| format!("{built} is no test of the kernel's devices"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_says_where_a_test_is() {
        let told = "{\"reason\":\"compiler-artifact\",\"target\":{\"name\":\"scan\"},\"executable\":null}\n\
                    {\"reason\":\"compiler-artifact\",\"target\":{\"name\":\"uinput\"},\"executable\":\"/t/uinput-1f\"}\n";
        assert_eq!(executable(told, "uinput"), Some(PathBuf::from("/t/uinput-1f")));
        assert_eq!(executable(told, "scan"), None);
        assert_eq!(name_of(std::path::Path::new("/t/uinput-1f")).unwrap(), "uinput");
    }
}
