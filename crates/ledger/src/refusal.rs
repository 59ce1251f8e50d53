//! What a rule answers when it says no. A refusal is a value, not an error: nothing failed, the
//! ledger simply does not allow it, and the person is told why in one sentence.
//!
//! Where several hold at once, one is reported, the first on the way a document is read: who may,
//! whether the till is open, how large the document is, then line by line (product, quantity, price,
//! discount, rights, serials in order, their count), then the payments, and the sums at last. Of one
//! unit the order is: unknown, disputed, sold, defective, elsewhere, not heard of for long.
//!
//! The codes are frozen; the terminal's screens, the API and the web pages translate them.

use crate::id::{DocumentNumber, OperatorId, Sku, TerminalId, WarehouseId};
use crate::money::Money;
use crate::role::Right;
use std::fmt;

/// Why a rule said no, with the facts that its sentence needs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// The op id is known with other bytes: one of the two is not what the person confirmed.
    IdReused,
    SerialEmpty,
    SerialTooLong {
        length: usize,
    },
    /// Position counts characters from 1.
    SerialForbiddenCharacter {
        character: char,
        position: usize,
    },
    UnknownCode {
        code: String,
    },
    UnknownSku {
        sku: Sku,
    },
    ProductInactive {
        name: String,
    },
    /// A product code was scanned where the serial of `wanted` is being asked for.
    SerialExpected {
        scanned: String,
        wanted: String,
    },
    /// A combination is several goods in one: its components bear the serials. Nor can it be a part
    /// of another.
    CombinationHasNoSerial {
        name: String,
    },
    UnknownSerial {
        serial: String,
        name: String,
    },
    WrongSku {
        serial: String,
        belongs_to: String,
        wanted: String,
    },
    DuplicateInSale {
        serial: String,
    },
    /// Two units of the stock-in bear the same serial, or it is registered already; `name` is what
    /// the registered unit is.
    AlreadyInStock {
        serial: String,
        name: String,
    },
    AlreadySold {
        serial: String,
        document: DocumentNumber,
        at_ms: i64,
    },
    DefectiveUnit {
        serial: String,
    },
    DisputedUnit {
        serial: String,
    },
    OtherWarehouse {
        serial: String,
        warehouse: WarehouseId,
    },
    /// As [`Refusal::OtherWarehouse`], but the cashier may say yes to it.
    AskElsewhere {
        serial: String,
        warehouse: WarehouseId,
    },
    /// Another terminal of the shop has the unit in a cart.
    ReservedUnit {
        serial: String,
        terminal: TerminalId,
    },
    /// As [`Refusal::ReservedUnit`], but the cashier may say yes to it.
    AskReserved {
        serial: String,
        terminal: TerminalId,
    },
    /// What is known of the unit is too old; none if the terminal never knew all there is.
    StaleKnowledge {
        serial: String,
        age_ms: Option<u64>,
    },
    /// As [`Refusal::StaleKnowledge`], but the cashier may say yes to it.
    AskStale {
        serial: String,
        age_ms: Option<u64>,
    },
    SerialsMissing {
        name: String,
        have: u32,
        wanted: u32,
    },
    SerialsTooMany {
        name: String,
        wanted: u32,
    },
    /// No line on a sale or a stock-in list.
    EmptySale,
    TooManyLines {
        max: u32,
    },
    QuantityZero,
    QuantityTooLarge {
        max: u32,
    },
    PriceTooLarge {
        max: Money,
    },
    PriceDiffers {
        name: String,
    },
    DiscountTooLarge,
    /// An amount below zero or past [`crate::money::TOTAL_MAX`], or sums that do not add up.
    AmountOverflow,
    NotPermitted {
        right: Right,
    },
    NoShift,
    ShiftAlreadyOpen,
    PaymentShort {
        missing: Money,
    },
    /// Only cash gives change: a card or wallet cannot pay more than is due.
    PaymentTooMuch {
        over: Money,
    },
    PaymentReferenceMissing,
    /// A payment's reference, a note or a reason.
    ReferenceTooLong {
        max: u32,
    },
    /// No such conflict over the unit is known.
    UnknownConflict {
        serial: String,
    },
    /// Somebody was faster.
    ConflictResolved {
        serial: String,
        by: OperatorId,
        at_ms: i64,
    },
    /// The document that is to be wrong does not claim the unit, or no longer does.
    NotInConflict {
        serial: String,
    },
    /// A sale is to be given the very serial that is in dispute.
    SerialUnchanged {
        serial: String,
    },
    ReasonMissing,
}

impl Refusal {
    /// The unit about which the cashier may say yes, and go on.
    pub fn question(&self) -> Option<&str> {
        match self {
            Refusal::AskElsewhere { serial, .. } | Refusal::AskReserved { serial, .. } | Refusal::AskStale { serial, .. } => Some(serial),
            _ => None,
        }
    }
}

impl Refusal {
    /// The frozen name of the rule, the same in every language and on every wire.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::IdReused => "id_reused",
            Refusal::SerialEmpty => "serial_empty",
            Refusal::SerialTooLong { .. } => "serial_too_long",
            Refusal::SerialForbiddenCharacter { .. } => "serial_forbidden_character",
            Refusal::UnknownCode { .. } => "unknown_code",
            Refusal::UnknownSku { .. } => "unknown_sku",
            Refusal::ProductInactive { .. } => "product_inactive",
            Refusal::SerialExpected { .. } => "serial_expected",
            Refusal::CombinationHasNoSerial { .. } => "combination_has_no_serial",
            Refusal::UnknownSerial { .. } => "unknown_serial",
            Refusal::WrongSku { .. } => "wrong_sku",
            Refusal::DuplicateInSale { .. } => "duplicate_in_sale",
            Refusal::AlreadyInStock { .. } => "already_in_stock",
            Refusal::AlreadySold { .. } => "already_sold",
            Refusal::DefectiveUnit { .. } => "defective_unit",
            Refusal::DisputedUnit { .. } => "disputed_unit",
            Refusal::OtherWarehouse { .. } => "other_warehouse",
            Refusal::AskElsewhere { .. } => "ask_elsewhere",
            Refusal::ReservedUnit { .. } => "reserved_unit",
            Refusal::AskReserved { .. } => "ask_reserved",
            Refusal::StaleKnowledge { .. } => "stale_knowledge",
            Refusal::AskStale { .. } => "ask_stale",
            Refusal::SerialsMissing { .. } => "serials_missing",
            Refusal::SerialsTooMany { .. } => "serials_too_many",
            Refusal::EmptySale => "empty_sale",
            Refusal::TooManyLines { .. } => "too_many_lines",
            Refusal::QuantityZero => "quantity_zero",
            Refusal::QuantityTooLarge { .. } => "quantity_too_large",
            Refusal::PriceTooLarge { .. } => "price_too_large",
            Refusal::PriceDiffers { .. } => "price_differs",
            Refusal::DiscountTooLarge => "discount_too_large",
            Refusal::AmountOverflow => "amount_overflow",
            Refusal::NotPermitted { .. } => "not_permitted",
            Refusal::NoShift => "no_shift",
            Refusal::ShiftAlreadyOpen => "shift_already_open",
            Refusal::PaymentShort { .. } => "payment_short",
            Refusal::PaymentTooMuch { .. } => "payment_too_much",
            Refusal::PaymentReferenceMissing => "payment_reference_missing",
            Refusal::ReferenceTooLong { .. } => "reference_too_long",
            Refusal::UnknownConflict { .. } => "unknown_conflict",
            Refusal::ConflictResolved { .. } => "conflict_resolved",
            Refusal::NotInConflict { .. } => "not_in_conflict",
            Refusal::SerialUnchanged { .. } => "serial_unchanged",
            Refusal::ReasonMissing => "reason_missing",
        }
    }
}

/// The plain English sentence: what, why, what to do.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::IdReused => f.write_str("This op id was already used for something else. The op is kept aside; call support."),
            Refusal::SerialEmpty => f.write_str("The serial number is empty. Scan it again."),
            Refusal::SerialTooLong { length } => {
                write!(f, "A serial number has at most 64 characters, this code has {length}. Scan the serial number, not another code.")
            }
            Refusal::SerialForbiddenCharacter { character, position } => {
                write!(f, "Character {position} ({character:?}) cannot be part of a serial number. Allowed: A-Z a-z 0-9 _ - ( ) # /.")
            }
            Refusal::UnknownCode { code } => write!(f, "Nothing in the catalogue has the code {code}. Search by name, or ask for it to be added."),
            Refusal::UnknownSku { sku } => write!(f, "SKU {sku} is not in the catalogue."),
            Refusal::ProductInactive { name } => write!(f, "{name} is no longer sold."),
            Refusal::SerialExpected { scanned, wanted } => {
                write!(f, "That is the product code of {scanned}. Scan the serial number of {wanted} first.")
            }
            Refusal::CombinationHasNoSerial { name } => write!(f, "{name} is a combination and has no serial number of its own. Use those of its parts."),
            Refusal::UnknownSerial { serial, name } => {
                write!(f, "{serial} was never received as {name}. Check the label, or receive the unit first.")
            }
            Refusal::WrongSku { serial, belongs_to, wanted } => {
                write!(f, "{serial} is a unit of {belongs_to}, not of {wanted}. Take the right unit.")
            }
            Refusal::DuplicateInSale { serial } => write!(f, "{serial} is in this document already."),
            Refusal::AlreadyInStock { serial, name } => write!(f, "{serial} of {name} is in stock already."),
            Refusal::AlreadySold { serial, document, .. } => {
                write!(f, "{serial} was sold already, document {document}. Take another unit and put this one aside.")
            }
            Refusal::DefectiveUnit { serial } => write!(f, "{serial} is marked defective and cannot be sold. Take another unit."),
            Refusal::DisputedUnit { serial } => write!(f, "{serial} is disputed: two documents claim it. Take another unit."),
            Refusal::OtherWarehouse { .. }
            | Refusal::AskElsewhere { .. }
            | Refusal::ReservedUnit { .. }
            | Refusal::AskReserved { .. }
            | Refusal::StaleKnowledge { .. }
            | Refusal::AskStale { .. } => self.tell_doubt(f),
            Refusal::SerialsMissing { name, have, wanted } => write!(f, "{name} needs {wanted} serial numbers, {have} are entered."),
            Refusal::SerialsTooMany { name, wanted } => write!(f, "{name} has its {wanted} serial numbers already. Raise the quantity first."),
            Refusal::EmptySale => f.write_str("Nothing is entered yet."),
            Refusal::TooManyLines { max } => write!(f, "One document has at most {max} lines. Finish this one and start another."),
            Refusal::QuantityZero => f.write_str("The quantity must be at least 1. Remove the line instead."),
            Refusal::QuantityTooLarge { max } => write!(f, "The quantity can be at most {max}."),
            Refusal::PriceTooLarge { max } => write!(f, "The price can be at most {max}."),
            Refusal::PriceDiffers { name } => write!(f, "The price of {name} has changed. Remove the line and scan it again."),
            Refusal::DiscountTooLarge => f.write_str("The discount is larger than the price."),
            Refusal::AmountOverflow => f.write_str("The amount is below zero or larger than can be booked. Check the figures."),
            Refusal::NotPermitted { right } => write!(f, "You may not {right}. Ask a supervisor."),
            Refusal::NoShift => f.write_str("No shift is open on this terminal. Open one first."),
            Refusal::ShiftAlreadyOpen => f.write_str("A shift is open on this terminal already."),
            Refusal::PaymentShort { missing } => write!(f, "{missing} is still to be paid."),
            Refusal::PaymentTooMuch { over } => write!(f, "Card and wallet cannot pay more than is due; {over} is too much."),
            Refusal::PaymentReferenceMissing => f.write_str("Enter the reference that the card terminal or wallet shows."),
            Refusal::ReferenceTooLong { max } => write!(f, "This text has at most {max} characters. Shorten it."),
            Refusal::UnknownConflict { serial } => write!(f, "No conflict of that document over {serial} is known. Look at the list of conflicts again."),
            Refusal::ConflictResolved { serial, by, .. } => write!(f, "The conflict over {serial} was resolved already, by {by}. Nothing was changed."),
            Refusal::NotInConflict { serial } => {
                write!(f, "That document does not claim {serial} in this conflict. Look at the conflict again and name one of its two sales.")
            }
            Refusal::SerialUnchanged { serial } => write!(f, "{serial} is the serial number in dispute. Enter the one that was sold in truth."),
            Refusal::ReasonMissing => f.write_str("Say in a few words why it is decided so."),
        }
    }
}

impl Refusal {
    /// The sentence of those that doubt where a unit is.
    fn tell_doubt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::OtherWarehouse { serial, warehouse } => {
                write!(f, "{serial} belongs to warehouse {warehouse}. It must be transferred before it is sold here.")
            }
            Refusal::AskElsewhere { serial, warehouse } => {
                write!(f, "{serial} is known to be in warehouse {warehouse}. Confirm that it is here to sell it all the same.")
            }
            Refusal::ReservedUnit { serial, terminal } => {
                write!(f, "{serial} lies in a cart of terminal {terminal}. Take it out there first, or take another unit.")
            }
            Refusal::AskReserved { serial, terminal } => {
                write!(f, "{serial} lies in a cart of terminal {terminal}. Confirm that it is here to sell it all the same.")
            }
            Refusal::StaleKnowledge { serial, age_ms } => {
                write!(f, "{} {serial} may have been sold elsewhere since. Connect the terminal, then scan the unit again.", Age(*age_ms))
            }
            Refusal::AskStale { serial, age_ms } => {
                write!(f, "{} {serial} may have been sold elsewhere since. Confirm to sell it all the same.", Age(*age_ms))
            }
            _ => Ok(()),
        }
    }
}

/// How long ago the terminal knew all there is, as a sentence.
struct Age(Option<u64>);

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.map(|age_ms| age_ms / 60_000) {
            None => f.write_str("This terminal has never heard everything from the hub."),
            Some(minutes) if minutes < 120 => write!(f, "This terminal last heard from the hub {minutes} minutes ago."),
            Some(minutes) => write!(f, "This terminal last heard from the hub {} hours ago.", minutes / 60),
        }
    }
}
