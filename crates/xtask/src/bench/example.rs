//! Benches that are examples of the crate they measure: they print lines `figure NAME VALUE UNIT`.

use super::figures::{self, Figures};
use crate::demo::{PROFILE, profile_folder};
use crate::process::{output_of, program, run, shown};
use anyhow::Result;
use std::path::PathBuf;
use std::process::Command;

/// A bench, built.
pub struct Example(PathBuf);

pub fn build(package: &str, name: &str) -> Result<Example> {
    let build = program(&["cargo", "build", "--profile", PROFILE, "--package", package, "--example", name]);
    println!("> {}", shown(&build));
    run(build)?;
    Ok(Example(profile_folder(false).join("examples").join(name)))
}

impl Example {
    pub fn command(&self, words: &[&str]) -> Command {
        program(&[&[&*self.0.to_string_lossy()], words].concat())
    }

    /// Runs it with these words and reads its figures.
    pub fn run(&self, words: &[&str]) -> Result<Figures> {
        let bench = self.command(words);
        println!("> {}", shown(&bench));
        let output = output_of(bench)?;
        print!("{output}");
        Ok(figures::read(&output))
    }
}
