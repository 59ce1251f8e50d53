//! What is told to a person in red, and why: a rule's refusal, a scanner's fault, a disk's.

use ledger::id::DocumentNumber;
use ledger::refusal::Refusal;
use scan::FaultKind;

/// A refusal in front of everything. Its words stand in `ui/notice.slint`, by the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A rule of the ledger said no.
    Refused(Refusal),
    /// The scanner lost, damaged or cut the code; nothing was taken.
    ScanFault(FaultKind),
    /// A code that makes sense only as another keyboard country's, and which those are.
    OtherCountry { seems: String },
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
    /// Own ops that neither witness on this terminal has any more.
    OpsLost { first_seq: u64, last_seq: u64 },
    /// The catalogue was damaged and is being fetched again.
    CatalogueRebuilding,
    /// A unit of an own sale was sold elsewhere too, before either heard of the other.
    SoldTwice { document: String, serials: String },
    /// The sale on the screen had been saved when the power went.
    SaleWasSaved { document: DocumentNumber },
    /// Own ops came back from the second witness into a journal that is otherwise sound.
    OpsRecovered { ops: u64 },
    /// The second witness was damaged, and completed from the journal.
    LogRepaired { ops: u64 },
}

impl Notice {
    /// What a failing store means to the person in front of it.
    pub fn from_fault(fault: &engine::fault::Fault) -> Notice {
        match fault {
            engine::fault::Fault::DiskFull { .. } => Notice::DiskFull,
            other => Notice::StorageFailed { reason: other.to_string() },
        }
    }

    /// Whether it is no bad news: nothing was refused, and nothing is lost.
    pub fn is_good(&self) -> bool {
        matches!(self, Notice::SaleWasSaved { .. } | Notice::OpsRecovered { .. } | Notice::LogRepaired { .. })
    }

    /// The amount that is named, if one is.
    pub fn amount(&self) -> Option<ledger::money::Money> {
        match self {
            Notice::Refused(Refusal::PriceTooLarge { max: amount } | Refusal::PaymentShort { missing: amount } | Refusal::PaymentTooMuch { over: amount }) => {
                Some(*amount)
            }
            _ => None,
        }
    }

    /// The frozen name of what is said; a refusal's own code for refusals.
    pub fn code(&self) -> &'static str {
        match self {
            Notice::Refused(refusal) => refusal.code(),
            Notice::ScanFault(_) => "scan_fault",
            Notice::OtherCountry { .. } => "other_country",
            Notice::ControlCharacters { .. } => "control_characters",
            Notice::ScanNotExpected { .. } => "scan_not_expected",
            Notice::BadAmount { .. } => "bad_amount",
            Notice::DiskFull => "disk_full",
            Notice::StorageFailed { .. } => "storage_failed",
            Notice::JournalRestored { .. } => "journal_restored",
            Notice::OpsLost { .. } => "ops_lost",
            Notice::CatalogueRebuilding => "catalogue_rebuilding",
            Notice::SoldTwice { .. } => "sold_twice",
            Notice::SaleWasSaved { .. } => "sale_was_saved",
            Notice::OpsRecovered { .. } => "ops_recovered",
            Notice::LogRepaired { .. } => "log_repaired",
        }
    }
}

/// The plain English sentence, for logs and the remote control; screens have their own words.
impl std::fmt::Display for Notice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Notice::Refused(refusal) => refusal.fmt(f),
            Notice::ScanFault(kind) => kind.fmt(f),
            Notice::OtherCountry { seems } => {
                write!(f, "The scanner seems to type as another keyboard country than it did when it was set up ({seems}). Nothing was taken; set it up again.")
            }
            Notice::ControlCharacters { shown } => write!(f, "The code {shown} holds control characters. Scan the product or serial number."),
            Notice::ScanNotExpected { shown } => write!(f, "{shown} is not expected here. Finish or leave this page first."),
            Notice::BadAmount { text } => write!(f, "{text:?} is not an amount. Type it again."),
            Notice::DiskFull => f.write_str("The disk is full: nothing was saved. Free some space and try again."),
            Notice::StorageFailed { reason } => write!(f, "Nothing was saved: {reason}"),
            Notice::JournalRestored { moved_to, kept } => {
                write!(f, "The journal was damaged. It was kept as {moved_to}; {kept} ops were restored from the second copy.")
            }
            Notice::OpsLost { first_seq, last_seq } => {
                write!(
                    f,
                    "Documents {first_seq} to {last_seq} of this terminal are on its disk no more. What the hub has of them is safe there. Tell support before selling on."
                )
            }
            Notice::SoldTwice { document, serials } => {
                write!(f, "{serials} on {document} was sold elsewhere too. Both sales stand until a person decides; tell your supervisor.")
            }
            Notice::CatalogueRebuilding => f.write_str("The catalogue was damaged and is being fetched again. Selling goes on with what is known."),
            Notice::SaleWasSaved { document } => {
                write!(
                    f,
                    "The sale on the screen was saved as {document} before this terminal stopped. Do not ring it up again; its receipt is under Receipts."
                )
            }
            Notice::OpsRecovered { ops } => write!(f, "{ops} ops that the journal had not taken in came back from the second copy. Nothing is lost."),
            Notice::LogRepaired { ops } => {
                write!(f, "The second copy of the documents was damaged and completed from the journal ({ops} ops). Nothing is lost. Tell support.")
            }
        }
    }
}
