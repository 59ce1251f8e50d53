//! `counterfoil-hub migrate`: a hub moves into another database, and people see how far it is.

use crate::folder::{self, FolderFault};
use crate::trouble::sentence;
use engine::database::Database;
use engine::fault::Fault;
use engine::transfer::{Copied, Progress, Stage, TransferFault, transfer};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// How often a line tells how far it is.
const TOLD_EVERY: Duration = Duration::from_secs(1);

/// Why it did not move.
#[derive(Debug, thiserror::Error)]
pub enum MigrateFault {
    #[error(transparent)]
    Folder(#[from] FolderFault),
    #[error("{}", sentence(.0))]
    Store(#[from] Fault),
    #[error(transparent)]
    Transfer(#[from] TransferFault),
    #[error("What was done could not be printed: {0}.")]
    Print(#[from] io::Error),
}

/// Moves it and prints what was done.
pub fn migrate(from: &Database, to: &Database) -> Result<(), MigrateFault> {
    let mut source = from.connect_read_only()?;
    let _held = hold(from, to)?;
    let mut target = to.connect()?;
    let mut told = Told::new();
    let copied = transfer(&mut source, &mut target, &mut |progress| told.hear(progress))?;
    print(&copied, told.began.elapsed(), from, to)?;
    Ok(())
}

/// Keeps hubs out of the folders of files while they are read and written.
fn hold(from: &Database, to: &Database) -> Result<Vec<File>, FolderFault> {
    let folders: BTreeSet<&Path> = [from, to].iter().filter_map(|database| database.file()?.parent()).collect();
    let hold = |folder: &Path| {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        folder::prepare(folder)?;
        folder::hold(folder)
    };
    folders.into_iter().map(hold).collect()
}

/// Who watches: one line a second.
struct Told {
    began: Instant,
    last: Instant,
    table: &'static str,
    /// Of all tables before this one.
    before: u64,
    rows: u64,
    stage: Stage,
}

impl Told {
    fn new() -> Told {
        let now = Instant::now();
        Told { began: now, last: now, table: "", before: 0, rows: 0, stage: Stage::Copying }
    }

    fn hear(&mut self, progress: Progress) {
        if progress.table != self.table {
            self.before += self.rows;
            self.table = progress.table;
        }
        if progress.stage != self.stage {
            self.stage = progress.stage;
            self.before = 0;
            self.began = Instant::now();
        }
        self.rows = progress.rows;
        if self.last.elapsed() >= TOLD_EVERY {
            self.last = Instant::now();
            self.tell(progress);
        }
    }

    fn tell(&self, progress: Progress) {
        let all = self.before + self.rows;
        let doing = if progress.stage == Stage::Copying { "copying" } else { "comparing" };
        eprintln!("{doing} {}: {} rows, {all} in all, {:.0} rows/s", progress.table, progress.rows, rate(all, self.began.elapsed()));
    }
}

fn print(copied: &[Copied], took: Duration, from: &Database, to: &Database) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{:<14} {:>12}  the same on both sides", "table", "rows")?;
    for Copied { table, sum } in copied {
        writeln!(out, "{table:<14} {:>12}  {sum}", sum.rows)?;
    }
    let all: u64 = copied.iter().map(|copied| copied.sum.rows).sum();
    writeln!(out, "{:<14} {all:>12}  in {:.1} s, {:.0} rows/s", "all", took.as_secs_f64(), rate(all, took))?;
    writeln!(out, "The hub is now in {to}. Name that as `database` in hub.toml before you start it.")?;
    writeln!(out, "Never start a hub on {from} again: there would be two of the same name, and each would miss what the other takes.")
}

fn rate(rows: u64, took: Duration) -> f64 {
    rows as f64 / took.as_secs_f64().max(0.001)
}
