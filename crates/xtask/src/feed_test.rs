//! The long run of the watch over the feed: eight writers on one PostgreSQL database, one reader.

use crate::process::{program, run as run_program};
use anyhow::{Context, Result};

#[derive(clap::Args)]
pub struct Options {
    /// How many rows are written.
    #[arg(long, default_value_t = 300_000)]
    rows: u32,
}

pub fn run(options: &Options) -> Result<()> {
    let mut command = program(&["cargo", "test", "--package", "engine", "--test", "feed", "--", "--nocapture"]);
    command.env("FEED_ROWS", options.rows.to_string());
    run_program(command).context("Rows were lost, or the test could not run; why stands above")
}
