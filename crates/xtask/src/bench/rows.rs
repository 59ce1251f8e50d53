//! The table: what each figure is, in which unit it is read, and which bar it has to reach.

use super::figures::Figures;

/// One line of the table.
struct Row {
    name: &'static str,
    what: &'static str,
    unit: &'static str,
    /// What a figure as it was measured is multiplied by to be in `unit`.
    scale: f64,
    bar: Bar,
}

use Bar::{AtLeast, AtMost, Below, Open};

/// Where a figure has to lie.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Bar {
    AtMost(f64),
    AtLeast(f64),
    Below(f64),
    /// Anywhere: it is there to read the others by.
    Open,
}

const fn row(name: &'static str, what: &'static str, unit: &'static str, bar: Bar) -> Row {
    Row { name, what, unit, scale: 1.0, bar }
}

/// Measured in µs, read in ms.
const fn ms(name: &'static str, what: &'static str, bar: Bar) -> Row {
    Row { name, what, unit: "ms", scale: 0.001, bar }
}

const ROWS: &[Row] = &[
    ms("raw_write_fdatasync_p50", "disk: 4 KiB written and fdatasync, p50", Open),
    ms("raw_write_fdatasync_p99", "disk: the same, p99", Open),
    ms("sale_commit_1000000_p50", "sale committed, 1 M units, p50", Open),
    ms("sale_commit_1000000_p99", "sale committed, 1 M units, p99", Open),
    row("sale_commit_ratio", "sale committed, p50, to the disk's p50", "×", AtMost(3.0)),
    row("unit_look_up_10000_p99", "unit by SKU and serial, 10 k units, p99", "µs", AtMost(50.0)),
    row("unit_look_up_1000000_p99", "unit by SKU and serial, 1 M units, p99", "µs", AtMost(50.0)),
    row("unit_look_up_growth", "the same, 1 M to 10 k units", "×", AtMost(2.0)),
    row("scan_resolve_1000000_p99", "meaning of a scanned serial, 1 M units, p99", "µs", Open),
    row("stock_in_10000_units", "stock-in of 10,000 serials, 1 M units there", "ms", AtMost(1_000.0)),
    row("ingest", "feed taken in, storage alone", "rows/s", AtLeast(50_000.0)),
    row("snapshot_1m_s", "snapshot of 1 M units: built, sent, in use", "s", Below(10.0)),
    row("scan_decode_codes_per_s", "key events to texts, codes of 20 characters", "codes/s", AtLeast(10_000.0)),
    ms("scan_idle_p50", "scanner's last byte to the application, p50", Open),
    ms("scan_idle_p99", "… p99", AtMost(5.0)),
    ms("scan_idle_p999", "… p99.9", Open),
    ms("scan_hog_p50", "… with every processor busy, p50", Open),
    ms("scan_hog_p99", "… p99", AtMost(25.0)),
    ms("scan_hog_p999", "… p99.9", Open),
    ms("scan_no_suffix_p50", "… without a suffix, by a learned pause", AtMost(50.0)),
    ms("scan_wait_odoo", "Odoo's fixed wait without Enter, by its source", Open),
    ms("scan_wait_onscan", "onScan.js's fixed wait, by its source", Open),
    row("scan_verdict_10k_p50", "scan to verdict drawn, 10 k units, p50", "ms", Open),
    row("scan_verdict_10k_p99", "scan to verdict drawn, 10 k units, p99", "ms", AtMost(10.0)),
    row("scan_verdict_1m_p50", "scan to verdict drawn, 1 M units, p50", "ms", Open),
    row("scan_verdict_1m_p99", "scan to verdict drawn, 1 M units, p99", "ms", AtMost(10.0)),
    row("first_frame_1m_ms", "terminal's start to its first frame, 1 M units", "ms", AtMost(1_000.0)),
    row("rss_1m_mb", "terminal's memory after 240 scans, 1 M units", "MB", AtMost(80.0)),
    row("rss_snapshot_1m_mb", "terminal's memory after the snapshot", "MB", AtMost(80.0)),
    row("idle_cpu_1m_percent", "terminal's idle CPU, 1 M units", "%", Below(0.5)),
];

/// Each of these is measured on both databases; the name of the figure begins with the database's.
const SYNC: &[Row] = &[
    row("push_ops_per_s", "backlog of 10,000 sales over HTTP", "ops/s", AtLeast(20_000.0)),
    row("push_bytes_per_op", "bytes of an op and its answer", "bytes", Open),
    row("pull_rows_per_s", "100,000 rows of the feed over HTTP", "rows/s", AtLeast(50_000.0)),
    row("pull_stored_rows_per_s", "the same, only the time taken to store them", "rows/s", Open),
    row("pull_bytes_per_row", "bytes of a row, unpacked", "bytes", Open),
    row("snapshot_build_s", "snapshot of 1 M units: built", "s", Open),
    row("snapshot_send_s", "… sent", "s", Open),
    row("snapshot_load_s", "… checked, unpacked and in use", "s", Open),
    row("snapshot_s", "… all of it", "s", Below(10.0)),
    row("snapshot_mb", "… its size", "MB", Open),
    row("terminal_push_mb", "most memory of a terminal that pushes", "MB", Below(60.0)),
    row("terminal_pull_mb", "… that pulls", "MB", Below(60.0)),
    row("terminal_snapshot_mb", "… that takes the snapshot", "MB", Below(60.0)),
    row("hub_mb", "most memory of the hub, 100 k units", "MB", Open),
    row("hub_snapshot_mb", "… that makes the snapshot", "MB", Open),
    row("crowd_1_ops_per_s", "hub, 1 connection, 20 ops a push", "ops/s", Open),
    row("crowd_16_ops_per_s", "… 16 connections", "ops/s", Open),
    row("crowd_64_ops_per_s", "… 64 connections", "ops/s", Open),
    row("crowd_256_ops_per_s", "… 256 connections", "ops/s", Open),
    row("crowd_growth", "… 64 connections to 1", "×", Open),
    row("push_ratio", "pushes, time waited for this hub to SQLite's", "×", Open),
];
const DATABASES: [(&str, &str); 2] = [("sqlite", "SQLite"), ("postgres", "PostgreSQL")];

/// A row with the names it bears in this run.
struct Named {
    name: String,
    what: String,
    row: &'static Row,
}

/// The heading and a row for each figure, for people.
pub fn rows(figures: &Figures) -> Vec<[String; 4]> {
    let heading = ["figure", "here", "bar", ""].map(str::to_owned);
    std::iter::once(heading).chain(all().map(|named| named.cells(figures))).collect()
}

/// The names of the figures that miss their bar.
pub fn missed(figures: &Figures) -> Vec<String> {
    let misses = |named: &Named| named.value(figures).is_some_and(|value| !named.row.bar.holds(value));
    all().filter(misses).map(|named| named.name).collect()
}

fn all() -> impl Iterator<Item = Named> {
    let alone = ROWS.iter().map(|row| Named { name: row.name.to_owned(), what: row.what.to_owned(), row });
    let on = |(name, title): (&'static str, &'static str)| {
        // What is compared with SQLite is not SQLite itself.
        let told = SYNC.iter().filter(move |row| name != "sqlite" || row.name != "push_ratio");
        told.map(move |row| Named { name: format!("{name}_{}", row.name), what: format!("{title}: {}", row.what), row })
    };
    alone.chain(DATABASES.into_iter().flat_map(on))
}

impl Named {
    fn value(&self, figures: &Figures) -> Option<f64> {
        figures.get(&self.name).map(|value| value * self.row.scale)
    }

    fn cells(&self, figures: &Figures) -> [String; 4] {
        let (value, row) = (self.value(figures), self.row);
        let here = value.map_or_else(|| "not measured".to_owned(), |value| format!("{} {}", rounded(value), row.unit));
        let verdict = match (value, row.bar) {
            (None, _) | (_, Open) => "",
            (Some(value), bar) => {
                if bar.holds(value) {
                    "ok"
                } else {
                    "MISSED"
                }
            }
        };
        [self.what.clone(), here, row.bar.shown(row.unit), verdict.to_owned()]
    }
}

impl Bar {
    fn holds(self, value: f64) -> bool {
        match self {
            AtMost(bar) => value <= bar,
            AtLeast(bar) => value >= bar,
            Below(bar) => value < bar,
            Open => true,
        }
    }

    fn shown(self, unit: &str) -> String {
        match self {
            AtMost(bar) => format!("≤ {bar} {unit}"),
            AtLeast(bar) => format!("≥ {bar} {unit}"),
            Below(bar) => format!("< {bar} {unit}"),
            Open => String::new(),
        }
    }
}

/// Three figures say enough.
fn rounded(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missed_bar_and_a_missing_figure_are_told() {
        let figures = Figures::from([("unit_look_up_1000000_p99".to_owned(), 80.0), ("raw_write_fdatasync_p50".to_owned(), 1_234.0)]);
        let rows = rows(&figures);
        let cells = |what: &str| rows.iter().find(|row| row[0].contains(what)).unwrap()[1..].to_vec();
        assert_eq!(cells("serial, 1 M units"), ["80.0 µs", "≤ 50 µs", "MISSED"]);
        assert_eq!(cells("1 M to 10 k"), ["not measured", "≤ 2 ×", ""]);
        assert_eq!(cells("disk: 4 KiB"), ["1.23 ms", "", ""]);
        assert_eq!(missed(&figures), ["unit_look_up_1000000_p99"]);
    }

    #[test]
    fn a_bar_itself_is_reached_unless_it_is_a_limit_to_stay_below() {
        assert!(AtLeast(20.0).holds(20.0) && AtMost(20.0).holds(20.0) && !Below(20.0).holds(20.0));
    }

    #[test]
    fn every_figure_has_one_row() {
        let names: std::collections::BTreeSet<_> = all().map(|named| named.name).collect();
        assert_eq!(names.len(), all().count());
    }
}
