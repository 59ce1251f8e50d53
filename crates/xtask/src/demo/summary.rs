//! What came of a scripted shift: one JSON object, the last line of the demo.

use super::percentile::percentile;
use anyhow::{Result, bail};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Debug, Default, Serialize)]
pub struct Summary {
    /// Sales that were committed.
    pub sales: u32,
    /// How often each rule said no, by its code.
    pub refused: BTreeMap<String, u32>,
    /// Ops that have their final outcome from the hub.
    pub synced: u64,
    /// Ops that still wait for it.
    pub pending: u32,
    pub scan_to_verdict_ms: Spread,
    pub expectations: Vec<Expectation>,
    /// What ended the shift before its evening.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// Where the samples of a duration lie, in milliseconds.
#[derive(Debug, Default, Serialize)]
pub struct Spread {
    pub samples: usize,
    pub p50: f64,
    pub p99: f64,
}

/// Something the script knew beforehand.
#[derive(Debug, Serialize)]
pub struct Expectation {
    pub what: String,
    pub met: bool,
    /// What came instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
}

impl Spread {
    pub fn of(samples_ms: &[f64]) -> Self {
        let at = |share| percentile(samples_ms, share).unwrap_or_default();
        Self { samples: samples_ms.len(), p50: at(50.0), p99: at(99.0) }
    }
}

impl Summary {
    pub fn count_refusal(&mut self, code: &str) {
        *self.refused.entry(code.to_owned()).or_default() += 1;
    }

    /// Notes whether `found` is what the script expects.
    pub fn expect<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, found: &T, expected: &T) {
        let met = found == expected;
        let found = (!met).then(|| format!("{found:?} instead of {expected:?}"));
        self.expectations.push(Expectation { what: what.to_owned(), met, found });
    }

    /// Keeps what ended the shift early; what was counted until then stays.
    pub fn note(&mut self, played: Result<()>) {
        self.failure = played.err().map(|fault| format!("{fault:#}"));
    }

    /// Whether the shift came to its end, and as expected.
    pub fn is_well(&self) -> bool {
        self.failure.is_none() && self.expectations.iter().all(|expectation| expectation.met)
    }

    /// Prints it, as JSON in one line if asked to; an error names what was not as expected.
    pub fn print(&self, json: bool) -> Result<()> {
        let unmet: Vec<&Expectation> = self.expectations.iter().filter(|expectation| !expectation.met).collect();
        if json {
            println!("{}", serde_json::to_string(self)?);
        } else {
            self.print_for_people();
        }
        if let Some(failure) = &self.failure {
            bail!("{failure}");
        }
        if !unmet.is_empty() {
            let unmet: Vec<String> = unmet.iter().map(|e| format!("{}: {}", e.what, e.found.as_deref().unwrap_or_default())).collect();
            bail!("Not as expected:\n{}", unmet.join("\n"));
        }
        Ok(())
    }

    fn print_for_people(&self) {
        println!("\n{} sales, {} ops synced, {} waiting.", self.sales, self.synced, self.pending);
        for (code, times) in &self.refused {
            println!("  refused {times:>2} times: {code}");
        }
        let spread = &self.scan_to_verdict_ms;
        println!("  scan to verdict on the screen: p50 {:.2} ms, p99 {:.2} ms over {} scans", spread.p50, spread.p99, spread.samples);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_is_one_json_object() {
        let mut summary = Summary { sales: 2, scan_to_verdict_ms: Spread::of(&[3.0, 1.0, 2.0]), ..Summary::default() };
        summary.count_refusal("already_sold");
        summary.count_refusal("already_sold");
        summary.expect("pending", &0, &0);
        let json = serde_json::to_value(&summary).unwrap();
        assert_eq!(json["refused"]["already_sold"], 2);
        assert_eq!(json["scan_to_verdict_ms"]["p50"], 2.0);
        assert_eq!(json["expectations"][0], serde_json::json!({ "what": "pending", "met": true }));
        summary.print(true).unwrap();
        summary.print(false).unwrap();
    }

    #[test]
    fn a_shift_that_ended_early_is_summed_up() {
        let mut summary = Summary { sales: 2, ..Summary::default() };
        summary.note(Err(anyhow::anyhow!("the till does not run").context("The hub is away")));
        let json = serde_json::to_value(&summary).unwrap();
        assert_eq!((&json["sales"], &json["failure"]), (&2.into(), &"The hub is away: the till does not run".into()));
        assert_eq!(summary.print(true).unwrap_err().to_string(), "The hub is away: the till does not run");
        assert!(!summary.is_well());
        summary.note(Ok(()));
        assert!(summary.is_well());
        assert_eq!(serde_json::to_value(&summary).unwrap().get("failure"), None);
    }

    #[test]
    fn what_was_not_met_is_told() {
        let mut summary = Summary::default();
        summary.expect("sales", &1, &2);
        assert!(!summary.is_well());
        let fault = summary.print(true).unwrap_err().to_string();
        assert!(fault.contains("sales: 1 instead of 2"), "{fault}");
    }
}
