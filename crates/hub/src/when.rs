//! Moments for people who read a table or a document: in UTC, since it may be read anywhere.

use chrono::DateTime;

/// A moment in milliseconds since 1970.
pub fn when(at_ms: i64) -> String {
    let time = DateTime::from_timestamp_millis(at_ms);
    time.map_or_else(|| format!("{at_ms} ms"), |time| time.format("%Y-%m-%d %H:%M:%S UTC").to_string())
}
