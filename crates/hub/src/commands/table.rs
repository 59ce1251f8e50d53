//! Tables on a console.

use hub::say;

/// Prints rows under their headings, each column as wide as its widest word; the last one may be
/// as long as it likes.
pub fn print<const N: usize>(headings: [&str; N], rows: &[[String; N]]) {
    let widest = |column: usize| rows.iter().map(|row| row[column].chars().count()).chain([headings[column].chars().count()]).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(widest);
    for row in [headings.map(str::to_owned)].iter().chain(rows) {
        let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        say!("{}", cells.join("  ").trim_end());
    }
}
