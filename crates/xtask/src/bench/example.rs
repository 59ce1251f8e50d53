//! Benches that are examples of the crate they measure: they print lines `figure NAME VALUE UNIT`.

use super::figures::{self, Figures};
use crate::process::{output_of, program, run, shown};
use crate::root::target;
use anyhow::Result;
use std::path::PathBuf;
use std::process::Command;

/// What is measured is built as it is shipped.
const PROFILE: &str = "release";

/// A bench, built.
pub struct Example(PathBuf);

pub fn build(package: &str, name: &str) -> Result<Example> {
    Ok(Example(built(package, "--example", name)?.join("examples").join(name)))
}

/// The hub's program.
pub fn build_hub() -> Result<PathBuf> {
    let name = "counterfoil-hub";
    Ok(built("hub", "--bin", name)?.join(name))
}

/// Builds it and answers the folder of all that is built so.
fn built(package: &str, form: &str, name: &str) -> Result<PathBuf> {
    let build = program(&["cargo", "build", "--profile", PROFILE, "--package", package, form, name]);
    println!("> {}  (some minutes the first time)", shown(&build));
    run(build)?;
    Ok(target().join(PROFILE))
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
