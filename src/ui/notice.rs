//! From a refusal to the code and the facts its sentence needs. The sentences stand in
//! `ui/notice.slint`; every match here names every case, so that a new refusal does not compile
//! without its words.

use super::words::count;
use crate::notice::Notice;
use crate::view::View;
use chrono::{DateTime, Local};
use ledger::money::Money;
use ledger::refusal::Refusal;
use ledger::role::Right;
use scan::FaultKind;
use screens::{Notice as Shown, NoticeCode, RightKind};

/// The refusal of a view as the screen shows it.
pub fn present(notice: &Notice, view: &View) -> Shown {
    let facts = match notice {
        Notice::Refused(refusal) => refused(refusal, &view.refusal_amount),
        Notice::ScanFault(kind) => code(fault(*kind)),
        Notice::OtherCountry { seems } => about(NoticeCode::ScanCountry, seems),
        Notice::ControlCharacters { shown } => about(NoticeCode::ControlCharacters, shown),
        Notice::ScanNotExpected { shown } => about(NoticeCode::ScanNotExpected, shown),
        Notice::BadAmount { text } => about(NoticeCode::BadAmount, text),
        Notice::DiskFull => code(NoticeCode::DiskFull),
        Notice::StorageFailed { reason } => about(NoticeCode::StorageFailed, reason),
        Notice::JournalRestored { moved_to, kept } => Shown { have: count(*kept), ..about(NoticeCode::JournalRestored, moved_to) },
        Notice::OpsLost { first_seq, last_seq } => Shown { have: count(*first_seq), wanted: count(*last_seq), ..code(NoticeCode::OpsLost) },
        Notice::SoldTwice { document, serials } => Shown { other: document.into(), ..about(NoticeCode::SoldTwice, serials) },
        Notice::CatalogueRebuilding => code(NoticeCode::CatalogueRebuilding),
        Notice::SaleWasSaved { document } => about(NoticeCode::SaleWasSaved, document.as_str()),
        Notice::OpsRecovered { ops } => Shown { have: count(*ops), ..code(NoticeCode::OpsRecovered) },
        Notice::LogRepaired { ops } => Shown { have: count(*ops), ..code(NoticeCode::LogRepaired) },
    };
    Shown { name: notice.code().into(), good: notice.is_good(), ..facts }
}

fn refused(refusal: &Refusal, amount: &str) -> Shown {
    match refusal {
        Refusal::IdReused => code(NoticeCode::IdReused),
        Refusal::SerialEmpty => code(NoticeCode::SerialEmpty),
        Refusal::SerialTooLong { length } => Shown { have: count(*length), ..code(NoticeCode::SerialTooLong) },
        Refusal::SerialForbiddenCharacter { character, position } => {
            Shown { have: count(*position), ..about(NoticeCode::SerialForbiddenCharacter, &visible(*character)) }
        }
        Refusal::UnknownCode { code } => about(NoticeCode::UnknownCode, code),
        Refusal::UnknownSku { sku } => about(NoticeCode::UnknownSku, sku.as_str()),
        Refusal::ProductInactive { name } => about(NoticeCode::ProductInactive, name),
        Refusal::SerialExpected { scanned, wanted } => of(NoticeCode::SerialExpected, scanned, wanted),
        Refusal::CombinationHasNoSerial { name } => about(NoticeCode::CombinationHasNoSerial, name),
        Refusal::UnknownSerial { serial, name } => of(NoticeCode::UnknownSerial, serial, name),
        Refusal::WrongSku { serial, belongs_to, wanted } => Shown { third: wanted.into(), ..of(NoticeCode::WrongSku, serial, belongs_to) },
        Refusal::DuplicateInSale { serial } => about(NoticeCode::DuplicateInSale, serial),
        Refusal::AlreadyInStock { serial, name } => of(NoticeCode::AlreadyInStock, serial, name),
        Refusal::AlreadySold { serial, document, at_ms } => Shown { third: day(*at_ms).into(), ..of(NoticeCode::AlreadySold, serial, document.as_str()) },
        Refusal::DefectiveUnit { serial } => about(NoticeCode::DefectiveUnit, serial),
        Refusal::DisputedUnit { serial } => about(NoticeCode::DisputedUnit, serial),
        Refusal::OtherWarehouse { serial, warehouse } => of(NoticeCode::OtherWarehouse, serial, warehouse.as_str()),
        Refusal::AskElsewhere { serial, warehouse } => of(NoticeCode::AskElsewhere, serial, warehouse.as_str()),
        Refusal::ReservedUnit { serial, terminal } => of(NoticeCode::ReservedUnit, serial, terminal.as_str()),
        Refusal::AskReserved { serial, terminal } => of(NoticeCode::AskReserved, serial, terminal.as_str()),
        Refusal::StaleKnowledge { serial, age_ms } => Shown { have: minutes(*age_ms), ..about(NoticeCode::StaleKnowledge, serial) },
        Refusal::AskStale { serial, age_ms } => Shown { have: minutes(*age_ms), ..about(NoticeCode::AskStale, serial) },
        Refusal::SerialsMissing { name, have, wanted } => Shown { have: count(*have), wanted: count(*wanted), ..about(NoticeCode::SerialsMissing, name) },
        Refusal::SerialsTooMany { name, wanted } => Shown { wanted: count(*wanted), ..about(NoticeCode::SerialsTooMany, name) },
        Refusal::EmptySale => code(NoticeCode::EmptySale),
        Refusal::TooManyLines { max } => at_most(NoticeCode::TooManyLines, *max),
        Refusal::QuantityZero => code(NoticeCode::QuantityZero),
        Refusal::QuantityTooLarge { max } => at_most(NoticeCode::QuantityTooLarge, *max),
        Refusal::PriceTooLarge { max } => about(NoticeCode::PriceTooLarge, &shown(amount, *max)),
        Refusal::PriceDiffers { name } => about(NoticeCode::PriceDiffers, name),
        Refusal::DiscountTooLarge => code(NoticeCode::DiscountTooLarge),
        Refusal::AmountOverflow => code(NoticeCode::AmountOverflow),
        Refusal::NotPermitted { right } => Shown { right: right_kind(*right), ..code(NoticeCode::NotPermitted) },
        Refusal::NoShift => code(NoticeCode::NoShift),
        Refusal::ShiftAlreadyOpen => code(NoticeCode::ShiftAlreadyOpen),
        Refusal::PaymentShort { missing } => about(NoticeCode::PaymentShort, &shown(amount, *missing)),
        Refusal::PaymentTooMuch { over } => about(NoticeCode::PaymentTooMuch, &shown(amount, *over)),
        Refusal::PaymentReferenceMissing => code(NoticeCode::PaymentReferenceMissing),
        Refusal::ReferenceTooLong { max } => at_most(NoticeCode::ReferenceTooLong, *max),
        Refusal::UnknownConflict { serial } => about(NoticeCode::UnknownConflict, serial),
        Refusal::ConflictResolved { serial, by, at_ms } => Shown { third: day(*at_ms).into(), ..of(NoticeCode::ConflictResolved, serial, by.as_str()) },
        Refusal::NotInConflict { serial } => about(NoticeCode::NotInConflict, serial),
        Refusal::SerialUnchanged { serial } => about(NoticeCode::SerialUnchanged, serial),
        Refusal::ReasonMissing => code(NoticeCode::ReasonMissing),
    }
}

fn code(code: NoticeCode) -> Shown {
    Shown { code, ..Shown::default() }
}

fn about(what: NoticeCode, subject: &str) -> Shown {
    Shown { subject: subject.into(), ..code(what) }
}

fn of(what: NoticeCode, subject: &str, other: &str) -> Shown {
    Shown { other: other.into(), ..about(what, subject) }
}

fn at_most(what: NoticeCode, max: u32) -> Shown {
    Shown { wanted: count(max), ..code(what) }
}

/// As the app wrote it; without its help in the ledger's plain form.
fn shown(amount: &str, money: Money) -> String {
    if amount.is_empty() { money.to_string() } else { amount.to_owned() }
}

/// A character that can be seen, or its number where it cannot.
fn visible(character: char) -> String {
    if character.is_control() || character.is_whitespace() { format!("U+{:04X}", character as u32) } else { character.to_string() }
}

/// Whole minutes; below zero where nothing is known.
fn minutes(age_ms: Option<u64>) -> i32 {
    age_ms.map_or(-1, |age_ms| count(age_ms / 60_000))
}

/// The day in the shop's own time, the same in every language.
fn day(at_ms: i64) -> String {
    DateTime::from_timestamp_millis(at_ms).map_or_else(|| at_ms.to_string(), |at| at.with_timezone(&Local).format("%Y-%m-%d").to_string())
}

pub fn fault(kind: FaultKind) -> NoticeCode {
    match kind {
        FaultKind::Lost => NoticeCode::ScanLost,
        FaultKind::Unmapped => NoticeCode::ScanUnmapped,
        FaultKind::Country => NoticeCode::ScanCountry,
        FaultKind::Damaged => NoticeCode::ScanDamaged,
        FaultKind::TooLong => NoticeCode::ScanTooLong,
        FaultKind::NoSuffix => NoticeCode::ScanNoSuffix,
        FaultKind::Truncated => NoticeCode::ScanTruncated,
        FaultKind::BadByte => NoticeCode::ScanBadByte,
        FaultKind::Affix => NoticeCode::ScanAffix,
        FaultKind::NoAim => NoticeCode::ScanNoAim,
        FaultKind::Envelope => NoticeCode::ScanEnvelope,
        FaultKind::Gs1 => NoticeCode::ScanGs1,
        FaultKind::Symbology => NoticeCode::ScanSymbology,
        FaultKind::Length => NoticeCode::ScanLength,
        FaultKind::Unmatched => NoticeCode::ScanUnmatched,
        FaultKind::QueueFull => NoticeCode::ScanQueueFull,
    }
}

fn right_kind(right: Right) -> RightKind {
    match right {
        Right::Sell => RightKind::Sell,
        Right::ChangePrice => RightKind::ChangePrice,
        Right::Discount => RightKind::Discount,
        Right::ReceiveStock => RightKind::ReceiveStock,
        Right::EditUnit => RightKind::EditUnit,
        Right::EditCatalogue => RightKind::EditCatalogue,
        Right::ResolveConflict => RightKind::ResolveConflict,
    }
}
