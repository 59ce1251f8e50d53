//! Named numbers: read from what a bench prints, and those that follow from others.

use std::collections::BTreeMap;

/// By name. The unit belongs to the name's row.
pub type Figures = BTreeMap<String, f64>;

/// The lines `figure NAME VALUE UNIT` among others.
pub fn read(output: &str) -> Figures {
    let lines = output.lines().filter_map(|line| line.trim().strip_prefix("figure "));
    lines
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((words.next()?.to_owned(), words.next()?.parse().ok()?))
        })
        .collect()
}

/// Ratios of two figures of the run.
pub fn derive(figures: &mut Figures) {
    let ratios = [
        ("sale_commit_ratio", "sale_commit_1000000_p50", "raw_write_fdatasync_p50"),
        ("unit_look_up_growth", "unit_look_up_1000000_p99", "unit_look_up_10000_p99"),
        ("sqlite_crowd_growth", "sqlite_crowd_64_ops_per_s", "sqlite_crowd_1_ops_per_s"),
        ("postgres_crowd_growth", "postgres_crowd_64_ops_per_s", "postgres_crowd_1_ops_per_s"),
        ("postgres_push_ratio", "postgres_push_ops_per_s", "sqlite_push_ops_per_s"),
    ];
    for (name, of, to) in ratios {
        if let (Some(of), Some(to)) = (figures.get(of), figures.get(to)) {
            let ratio = of / to;
            figures.insert(name.to_owned(), ratio);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_from_among_other_words() {
        let output = "opening 1000000 units\nfigure push_ops_per_s 12.5 ops/s\n  figure growth 1.31\nfigure broken\nfigure odd one\n";
        let expected = BTreeMap::from([("push_ops_per_s".to_owned(), 12.5), ("growth".to_owned(), 1.31)]);
        assert_eq!(read(output), expected);
    }

    #[test]
    fn a_ratio_needs_both_sides() {
        let mut figures = Figures::from([("sale_commit_1000000_p50".to_owned(), 6.0)]);
        derive(&mut figures);
        assert_eq!(figures.len(), 1);
        figures.insert("raw_write_fdatasync_p50".to_owned(), 3.0);
        derive(&mut figures);
        assert_eq!(figures["sale_commit_ratio"], 2.0);
    }
}
