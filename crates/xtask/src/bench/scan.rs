//! What reading a scanner adds, beside what others wait by design.

use super::example::Example;
use super::figures::Figures;
use anyhow::Result;

/// Microseconds that others wait after a code's last character, as their sources say: Odoo's barcode
/// service (`max_time_between_keys_in_ms`) where a code does not end with Enter or Tab, and
/// onScan.js (`timeBeforeScanTest`), which ERPNext uses.
const FIXED_WAITS: [(&str, f64); 2] = [("scan_wait_odoo", 100_000.0), ("scan_wait_onscan", 100_000.0)];

pub fn measure(example: &Example) -> Result<Figures> {
    let mut figures = example.run(&[])?;
    figures.extend(FIXED_WAITS.map(|(name, wait_us)| (name.to_owned(), wait_us)));
    Ok(figures)
}
