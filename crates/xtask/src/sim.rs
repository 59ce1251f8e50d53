//! The simulator, built as fast as it can be without waiting long for the compiler. Every word behind
//! `sim` is the simulator's own.

use crate::process::{program, run as run_program};
use anyhow::{Context, Result};

#[derive(clap::Args)]
pub struct Options {
    /// --seeds N, --seed S, --trace, --break NAME, --breaks, --list-breaks
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "OPTIONS")]
    words: Vec<String>,
}

pub fn run(options: &Options) -> Result<()> {
    let mut command = program(&["cargo", "run", "--quiet", "--profile", "quick", "--package", "sim", "--"]);
    command.args(&options.words);
    run_program(command).context("The simulator ended badly; why stands above")
}
