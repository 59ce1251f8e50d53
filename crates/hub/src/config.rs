//! How this hub is wired: `hub.toml`, read once. How the business runs (prices, rights, staff) is
//! no configuration but ops.
//!
//! `RawConfig` is the file's shape, [`Config`] what it means. Every default stands once, in
//! [`Config::default`]; the sample file repeats them as remarks and a test compares.

use engine::database::Database;
use serde::Deserialize;
use std::fmt;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use toml::Spanned;

/// What the hub runs by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    pub listen: SocketAddr,
    /// Folder of everything the hub keeps.
    pub data: PathBuf,
    /// A file in the data folder if none is named.
    pub database: Option<Database>,
    /// File with the back office's bearer token; made in the data folder if none is named.
    pub admin_token_file: Option<PathBuf>,
    pub limits: Limits,
    pub snapshot: SnapshotConfig,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Longest request body after decompression.
    pub request_bytes_max: usize,
    /// Time for one request from its head to its answer.
    pub request_timeout: Duration,
    /// Requests waiting for the writer; beyond it a terminal is asked to come back later.
    pub queue_max: usize,
    /// Connections that read beside the writer.
    pub readers: usize,
}

/// When a snapshot is too old to hand out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotConfig {
    /// Once the feed has moved on by this many rows.
    pub rows_moved_max: u64,
    /// Once it is this old and the feed has moved at all.
    pub age_max: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 7070)),
            data: PathBuf::from("/var/lib/counterfoil-hub"),
            database: None,
            admin_token_file: None,
            limits: Limits::default(),
            snapshot: SnapshotConfig::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { request_bytes_max: 8 * 1024 * 1024, request_timeout: Duration::from_secs(60), queue_max: 256, readers: 4 }
    }
}

impl Default for SnapshotConfig {
    fn default() -> Self {
        Self { rows_moved_max: 50_000, age_max: Duration::from_secs(3_600) }
    }
}

impl Config {
    pub fn database(&self) -> Database {
        self.database.clone().unwrap_or_else(|| Database::Sqlite(self.data.join("hub.db")))
    }

    pub fn snapshots(&self) -> PathBuf {
        self.data.join("snapshots")
    }

    pub fn admin_token_file(&self) -> PathBuf {
        self.admin_token_file.clone().unwrap_or_else(|| self.data.join("admin.token"))
    }

    /// Reads a file.
    ///
    /// # Errors
    /// The first word that cannot be understood, else every wrong value at once, a line each.
    pub fn load(path: &Path) -> Result<Config, Problems> {
        let text = fs::read_to_string(path).map_err(|e| Problems(vec![format!("{} cannot be read: {e}", path.display())]))?;
        Config::parse(&text).map_err(|problems| problems.prefixed(path))
    }

    /// Reads the file's text.
    pub fn parse(text: &str) -> Result<Config, Problems> {
        let raw: RawConfig = toml::from_str(text).map_err(|e| {
            let line = e.span().map_or(0, |span| line_of(text, span.start));
            Problems(vec![format!("line {line}: {}", e.message())])
        })?;
        Reading { text, problems: Vec::new() }.config(raw)
    }
}

/// Everything wrong with a configuration, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Problems(pub Vec<String>);

impl Problems {
    fn prefixed(self, path: &Path) -> Problems {
        Problems(self.0.into_iter().map(|problem| format!("{}, {problem}", path.display())).collect())
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct RawConfig {
    listen: Option<Spanned<String>>,
    data: Option<PathBuf>,
    database: Option<Spanned<String>>,
    admin_token_file: Option<PathBuf>,
    limits: RawLimits,
    snapshot: RawSnapshot,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct RawLimits {
    request_bytes_max: Option<Spanned<i64>>,
    request_timeout_s: Option<Spanned<i64>>,
    queue_max: Option<Spanned<i64>>,
    readers: Option<Spanned<i64>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct RawSnapshot {
    rows_moved_max: Option<Spanned<i64>>,
    age_max_s: Option<Spanned<i64>>,
}

/// Turns the raw values into what they mean and collects what is wrong on the way.
struct Reading<'a> {
    text: &'a str,
    problems: Vec<String>,
}

impl Reading<'_> {
    fn config(mut self, raw: RawConfig) -> Result<Config, Problems> {
        let usual = Config::default();
        let (limits, snapshot) = (usual.limits, usual.snapshot);
        let config = Config {
            listen: self.address(raw.listen, usual.listen),
            data: raw.data.unwrap_or(usual.data),
            database: self.database(raw.database),
            admin_token_file: raw.admin_token_file,
            limits: Limits {
                request_bytes_max: self.count("limits.request_bytes_max", raw.limits.request_bytes_max, 65_536, 64 << 20, limits.request_bytes_max),
                request_timeout: self.seconds("limits.request_timeout_s", raw.limits.request_timeout_s, 600, limits.request_timeout),
                queue_max: self.count("limits.queue_max", raw.limits.queue_max, 1, 65_536, limits.queue_max),
                readers: self.count("limits.readers", raw.limits.readers, 1, 64, limits.readers),
            },
            snapshot: SnapshotConfig {
                rows_moved_max: self.count("snapshot.rows_moved_max", raw.snapshot.rows_moved_max, 1, i64::MAX, snapshot.rows_moved_max),
                age_max: self.seconds("snapshot.age_max_s", raw.snapshot.age_max_s, 31_536_000, snapshot.age_max),
            },
        };
        if self.problems.is_empty() { Ok(config) } else { Err(Problems(self.problems)) }
    }

    fn address(&mut self, raw: Option<Spanned<String>>, usual: SocketAddr) -> SocketAddr {
        let Some(raw) = raw else { return usual };
        raw.get_ref().parse().unwrap_or_else(|_| {
            self.problem(raw.span().start, format!("listen is {:?}; it wants an address with a port, such as \"0.0.0.0:7070\"", raw.get_ref()));
            usual
        })
    }

    /// The problem does not repeat the text, which may hold a password.
    fn database(&mut self, raw: Option<Spanned<String>>) -> Option<Database> {
        let raw = raw?;
        raw.get_ref().parse().map_err(|fault| self.problem(raw.span().start, format!("database cannot be understood: {fault}"))).ok()
    }

    fn count<T: TryFrom<i64>>(&mut self, name: &str, raw: Option<Spanned<i64>>, min: i64, max: i64, usual: T) -> T {
        let Some(raw) = raw else { return usual };
        let value = *raw.get_ref();
        let fitting = Some(value).filter(|value| (min..=max).contains(value)).and_then(|value| T::try_from(value).ok());
        fitting.unwrap_or_else(|| {
            self.problem(raw.span().start, format!("{name} is {value}; it goes from {min} to {max}"));
            usual
        })
    }

    fn seconds(&mut self, name: &str, raw: Option<Spanned<i64>>, max: i64, usual: Duration) -> Duration {
        Duration::from_secs(self.count(name, raw, 1, max, usual.as_secs()))
    }

    fn problem(&mut self, offset: usize, sentence: String) {
        self.problems.push(format!("line {}: {sentence}", line_of(self.text, offset)));
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = include_str!("../../../systemd/hub.toml");

    #[test]
    fn the_sample_shows_the_defaults() {
        assert_eq!(Config::parse(SAMPLE), Ok(Config::default()), "as shipped, all settings are remarks");
        let settings: String = SAMPLE.lines().filter_map(setting).map(|line| format!("{line}\n")).collect();
        let mut config = Config::parse(&settings).expect("the sample's settings are good");
        assert_eq!(config.admin_token_file.take(), Some(Config::default().admin_token_file()));
        assert_eq!(config.database.take(), Some(Config::default().database()));
        assert_eq!(config, Config::default());
        for name in
            ["listen", "data", "database", "admin_token_file", "request_bytes_max", "request_timeout_s", "queue_max", "readers", "rows_moved_max", "age_max_s"]
        {
            assert!(settings.contains(&format!("{name} = ")), "{name} is missing from the sample");
        }
    }

    /// A line of the sample that is a setting once its `#` is gone; prose has a blank after it.
    fn setting(line: &str) -> Option<&str> {
        if line.starts_with('[') { Some(line) } else { line.strip_prefix('#').filter(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase())) }
    }

    #[test]
    fn problems_name_their_line() {
        let check = |text: &str, wanted: &[&str]| {
            let Problems(found) = Config::parse(text).expect_err(text);
            assert_eq!(found.len(), wanted.len(), "{found:?}");
            for (found, wanted) in found.iter().zip(wanted) {
                assert!(!found.contains("s3cret"), "{found:?} shows a password");
                assert!(found.contains(wanted), "{found:?} lacks {wanted:?}");
            }
        };
        check("listen = \"nowhere\"\n", &["line 1: listen is \"nowhere\""]);
        check("\nlisten = \"x\"\n[limits]\nreaders = 0\nqueue_max = -1\n", &["line 2: listen", "line 5: limits.queue_max", "line 4: limits.readers"]);
        check("\n\nlitsen = \"0.0.0.0:1\"\n", &["line 3: unknown field `litsen`"]);
        check("\ndatabase = \"hub.db\"\n", &["line 2: database cannot be understood: it wants sqlite:"]);
        check("database = \"postgres://hub:s3cret@db\"\n", &["line 1: database cannot be understood: the address names no database"]);
        check("[limits]\nreaders = \"many\"\n", &["line 2: invalid type"]);
        check("listen = \n", &["line 1:"]);
    }
}
