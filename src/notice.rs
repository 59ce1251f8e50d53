//! What is told to a person in red, and why: a rule's refusal, a scanner's fault, a disk's.

use ledger::refusal::Refusal;
use scan::FaultKind;

/// A refusal in front of everything. Its words stand in `ui/notice.slint`, by the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A rule of the ledger said no.
    Refused(Refusal),
    /// The scanner lost, damaged or cut the code; nothing was taken.
    ScanFault(FaultKind),
    /// A code holding control characters: shown with their names.
    ControlCharacters { shown: String },
    /// A scan that no page or layer takes now.
    ScanNotExpected { shown: String },
    /// An amount that is not a number, or too large to type.
    BadAmount { text: String },
    /// The disk is full: nothing was saved.
    DiskFull,
    /// Storage failed: nothing was saved; the reason in the system's words.
    StorageFailed { reason: String },
    /// The journal was damaged and moved aside; `kept` ops were restored from the second witness.
    JournalRestored { moved_to: String, kept: u64 },
    /// The catalogue was damaged and is being fetched again.
    CatalogueRebuilding,
}

impl Notice {
    /// The frozen name of what is said; a refusal's own code for refusals.
    pub fn code(&self) -> &'static str {
        match self {
            Notice::Refused(refusal) => refusal.code(),
            Notice::ScanFault(_) => "scan_fault",
            Notice::ControlCharacters { .. } => "control_characters",
            Notice::ScanNotExpected { .. } => "scan_not_expected",
            Notice::BadAmount { .. } => "bad_amount",
            Notice::DiskFull => "disk_full",
            Notice::StorageFailed { .. } => "storage_failed",
            Notice::JournalRestored { .. } => "journal_restored",
            Notice::CatalogueRebuilding => "catalogue_rebuilding",
        }
    }
}
