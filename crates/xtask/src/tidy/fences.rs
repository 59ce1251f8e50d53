//! Who may know what. A crate boundary is a dependency boundary, and cargo watches over it; these
//! fences stand where cargo sees none: inside a crate, and around the standard library.

use super::Finding;
use super::tree::{File, Tree};

/// These paths occur nowhere but in these places. Tests of whole programs may look behind them.
struct Fence {
    paths: &'static [&'static str],
    only_in: &'static [&'static str],
    why: &'static str,
}

const FENCES: &[Fence] = &[
    Fence {
        paths: &["rusqlite"],
        only_in: &[
            "crates/engine/src/sqlite.rs",
            "crates/engine/src/sqlite/",
            "crates/engine/tests/",
            "crates/engine/examples/",
            "crates/sim/src/disk/vfs.rs",
            "tests/",
        ],
        why: "SQLite is one adapter of the engine, on disks that the simulator may replace",
    },
    Fence { paths: &["postgres", "::postgres"], only_in: &["crates/engine/src/postgres"], why: "PostgreSQL is one adapter of the engine" },
    Fence {
        paths: &["slint", "slint_build", "i_slint_backend_testing"],
        only_in: &["src/ui", "src/main.rs", "crates/screens/", "tests/"],
        why: "the toolkit stops at the presenters",
    },
    Fence { paths: &["evdev", "serialport", "inotify"], only_in: &["crates/scan/"], why: "devices are the scan crate's" },
    Fence { paths: &["reqwest"], only_in: &["src/uplink", "src/peers", "tests/", "crates/hub/examples/"], why: "the network is the uplink's and the peers'" },
    // Not axum: a terminal has one address, and what it listens with is on it anyway, under its client.
    Fence { paths: &["hyper::server", "hyper_util", "http_body_util", "mdns_sd"], only_in: &["src/peers"], why: "listening to other terminals is the peers'" },
    Fence { paths: &["axum", "tower_http"], only_in: &["crates/hub/", "tests/"], why: "serving is the hub's" },
];

/// These paths do not occur in these places.
struct Absence {
    place: &'static str,
    paths: &'static [&'static str],
    why: &'static str,
}

const ABSENCES: &[Absence] = &[
    Absence {
        place: "crates/ledger/src/",
        paths: &[
            "std::fs",
            "std::net",
            "std::thread",
            "std::process",
            "std::env",
            "std::time::Instant",
            "std::time::SystemTime",
            "SystemTime",
            "Instant",
            "tokio",
            "chrono",
            "getrandom",
            "rand",
            "rusqlite",
            "postgres",
            "reqwest",
            "slint",
            "engine",
            "scan",
            "hub",
        ],
        why: "the rules are pure: no disk, network, clock, chance or thread",
    },
    Absence { place: "crates/engine/", paths: &["axum", "reqwest", "slint", "scan", "hub", "screens"], why: "storage knows no network, screen or device" },
    Absence { place: "crates/scan/", paths: &["ledger", "engine", "rusqlite", "slint", "hub", "reqwest"], why: "a scan means nothing yet" },
    Absence { place: "crates/screens/", paths: &["ledger", "engine", "scan", "hub"], why: "the screens know only themselves" },
    Absence { place: "crates/hub/", paths: &["slint", "screens", "scan", "evdev", "serialport"], why: "the hub has neither screen nor devices" },
    Absence { place: "src/app", paths: &["std::fs", "std::net", "std::thread", "SystemTime", "Instant", "tokio"], why: "the app is a pure state machine" },
];

/// Only the engine speaks SQL.
const NO_SQL: &[&str] = &["src/", "crates/ledger/", "crates/scan/", "crates/screens/", "crates/hub/"];
const SQL: &[&str] = &["SELECT ", "INSERT INTO ", "INSERT OR ", "DELETE FROM ", "CREATE TABLE ", "CREATE INDEX ", "PRAGMA ", "BEGIN IMMEDIATE"];

pub fn imports(tree: &Tree) -> Vec<Finding> {
    tree.with_ending("rs").filter(|file| !file.is_in(&["crates/xtask/"])).flat_map(breaches).collect()
}

pub fn sql(tree: &Tree) -> Vec<Finding> {
    tree.with_ending("rs").filter(|file| file.is_in(NO_SQL)).flat_map(sql_strings).collect()
}

fn breaches(file: &File) -> Vec<Finding> {
    let fences = FENCES.iter().filter(|fence| !file.is_in(fence.only_in)).map(|fence| (fence.paths, fence.why));
    let absences = ABSENCES.iter().filter(|absence| file.is_in(&[absence.place])).map(|absence| (absence.paths, absence.why));
    fences.chain(absences).flat_map(|(paths, why)| uses_of(file, paths, why)).collect()
}

fn uses_of(file: &File, paths: &[&str], why: &str) -> Vec<Finding> {
    let lines = file.code().lines().enumerate();
    lines
        .flat_map(|(index, line)| {
            let used = paths.iter().find(|path| names(line, path));
            used.map(|path| file.finding(index + 1, format!("`{path}` is not for this place: {why}")))
        })
        .collect()
}

/// Whether a line of code names this path: `use path`, `path::something` or, for a type, the bare word.
fn names(line: &str, path: &str) -> bool {
    let is_type = path.starts_with(char::is_uppercase);
    line.match_indices(path).any(|(at, _)| {
        let (before, after) = (&line[..at], &line[at + path.len()..]);
        let starts = !before.ends_with(|c: char| c.is_alphanumeric() || "_:.'".contains(c));
        let ends = !after.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        let is_path = after.starts_with("::") || before.trim_end().ends_with("use") || path.contains("::");
        ends && (if is_type { !before.ends_with(|c: char| c.is_alphanumeric() || c == '_') } else { starts && is_path })
    })
}

fn sql_strings(file: &File) -> Vec<Finding> {
    let strings = file.source.as_ref().map_or("", |source| &source.strings);
    let lines = strings.lines().enumerate();
    lines
        .filter(|(_, line)| SQL.iter().any(|word| line.contains(word)))
        .map(|(index, _)| file.finding(index + 1, "SQL outside the engine: give the engine a named query"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, text: &str, expected: usize) {
        let tree = Tree::of(path, text);
        let found = [imports(&tree), sql(&tree)].concat();
        assert_eq!(found.len(), expected, "{path}: {text}: {found:?}");
    }

    #[test]
    fn fences_hold() {
        check("crates/engine/src/log.rs", "use rusqlite::Connection;\n", 1);
        check("crates/engine/src/sqlite.rs", "use rusqlite::Connection;\n", 0);
        check("crates/engine/src/log.rs", "// rusqlite::Connection is elsewhere\n", 0);
        check("crates/engine/src/hub.rs", "use ::postgres::Client;\n", 1);
        check("crates/engine/src/hub.rs", "use crate::postgres::Address;\n", 0);
        check("crates/engine/src/postgres/value.rs", "use ::postgres::Row;\n", 0);
        check("crates/hub/src/readers.rs", "use postgres::Client;\n", 1);
        check("src/worker.rs", "fn f(h: reqwest::Url) {}\n", 1);
        check("src/uplink/http.rs", "fn f(h: reqwest::Url) {}\n", 0);
        check("crates/ledger/src/a.rs", "let t = std::time::Instant::now();\n", 1);
        check("crates/ledger/src/a.rs", "use std::fmt;\nlet scan = 1; scan.x();\n", 0);
        check("crates/ledger/src/a.rs", "let hub = crate::hub::x();\n", 0);
        check("crates/ledger/src/a.rs", "use std::time::{Duration, Instant};\n", 1);
        check("src/writer.rs", "query(\"SELECT 1\")\n", 1);
        check("src/writer.rs", "// SELECT 1\n", 0);
        check("crates/engine/src/log.rs", "query(\"SELECT 1\")\n", 0);
    }
}
