//! What the ledger answers to an op, and what the hub writes down for ever.

use crate::refusal::Refusal;
use crate::row::Conflict;
use serde::{Deserialize, Serialize};

/// The answer to one op, ordered from good to bad.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Applied,
    /// The same op with the same bytes was taken before: a success.
    Duplicate,
    /// It happened, but another document had taken the same units out first. Both stand until a
    /// person decides.
    Conflict(Vec<Conflict>),
    Refused(Refusal),
}

/// The hub's final word on an op. Never changes once given; a correction is another op.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    Applied,
    /// The units that are now disputed, as `SKU serial`.
    Conflict {
        units: Vec<String>,
    },
    Rejected {
        code: String,
        reason: String,
    },
    /// Stored but not understood, or waiting behind such a one.
    Parked {
        code: String,
        reason: String,
    },
}

impl Outcome {
    pub fn name(&self) -> &'static str {
        match self {
            Outcome::Applied => "applied",
            Outcome::Conflict { .. } => "conflict",
            Outcome::Rejected { .. } => "rejected",
            Outcome::Parked { .. } => "parked",
        }
    }

    pub fn of(verdict: &Verdict) -> Outcome {
        match verdict {
            Verdict::Applied | Verdict::Duplicate => Outcome::Applied,
            Verdict::Conflict(conflicts) => Outcome::Conflict { units: conflicts.iter().map(|c| format!("{} {}", c.sku, c.serial)).collect() },
            Verdict::Refused(refusal) => Outcome::Rejected { code: refusal.code().into(), reason: refusal.to_string() },
        }
    }
}
