//! What a database holds, told by the engine's own example as lines of JSON. Only the rows are taken
//! from there: what they should be is decided in the audit, by none of the product's rules.

use crate::demo::profile_folder;
use crate::process::{output_of, program, run, shown};
use anyhow::{Context, Result};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The program that reads databases.
pub struct Dumper(PathBuf);

/// An op of the hub's log.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Logged {
    pub number: u64,
    pub device: String,
    /// As it was sealed.
    pub bytes: String,
    pub outcome: String,
}

impl Dumper {
    pub fn build(debug: bool, built: bool) -> Result<Dumper> {
        if !built {
            let profile = if debug { "dev" } else { crate::demo::PROFILE };
            let build = program(&["cargo", "build", "--profile", profile, "--package", "engine", "--example", "dump"]);
            println!("> {}", shown(&build));
            run(build)?;
        }
        Ok(Dumper(profile_folder(debug).join("examples").join("dump")))
    }

    /// Units and records of other kinds, but for tills, each as a line that is equal where the row is.
    pub fn rows(&self, database: &Path) -> Result<BTreeSet<String>> {
        Ok(self.dump("rows", database)?.lines().map(str::to_owned).collect())
    }

    /// The hub's log in order.
    pub fn log(&self, database: &Path) -> Result<Vec<Logged>> {
        let lines = self.dump("log", database)?;
        lines.lines().map(|line| serde_json::from_str(line).with_context(|| format!("no op: {line}"))).collect()
    }

    fn dump(&self, what: &str, database: &Path) -> Result<String> {
        output_of(program(&[&self.0.to_string_lossy(), what, &database.to_string_lossy()]))
    }
}
