//! Every word exists, in every language.

use crate::samples;
use crate::stage::{Size, Stage};
use counterfoil::message::Language;
use counterfoil::notice::Notice;
use counterfoil::view::View;
use ledger::money::Money;
use ledger::refusal::Refusal;
use ledger::role::Right;
use scan::FaultKind;
use screens::{NoticeAdapter, Words};
use slint::ComponentHandle;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// One of each, with facts that can be found again in its sentence.
fn notices() -> Vec<Notice> {
    let faults = FaultKind::ALL;
    let own = [
        Notice::OtherCountry { seems: "de, at, …".into() },
        Notice::ControlCharacters { shown: "A<TAB>B".into() },
        Notice::ScanNotExpected { shown: "SN-1".into() },
        Notice::BadAmount { text: "1.2.3".into() },
        Notice::DiskFull,
        Notice::StorageFailed { reason: "input/output error".into() },
        Notice::JournalRestored { moved_to: "journal.damaged".into(), kept: 12 },
        Notice::OpsLost { first_seq: 4, last_seq: 6 },
        Notice::CatalogueRebuilding,
        Notice::SoldTwice { document: "T01-000007".into(), serials: "SN-1".into() },
        Notice::SaleWasSaved { document: "T01-000009".into() },
        Notice::OpsRecovered { ops: 2 },
        Notice::LogRepaired { ops: 3 },
    ];
    refusals().into_iter().map(Notice::Refused).chain(faults.map(Notice::ScanFault)).chain(own).collect()
}

fn refusals() -> Vec<Refusal> {
    let (serial, name) = (|| "SN-1".to_owned(), || "Phone".to_owned());
    let mut all = vec![
        Refusal::IdReused,
        Refusal::SerialEmpty,
        Refusal::SerialTooLong { length: 80 },
        Refusal::SerialForbiddenCharacter { character: '~', position: 3 },
        Refusal::UnknownCode { code: serial() },
        Refusal::UnknownSku { sku: "SKU-1".into() },
        Refusal::ProductInactive { name: name() },
        Refusal::SerialExpected { scanned: name(), wanted: "Case".into() },
        Refusal::CombinationHasNoSerial { name: name() },
        Refusal::UnknownSerial { serial: serial(), name: name() },
        Refusal::WrongSku { serial: serial(), belongs_to: name(), wanted: "Case".into() },
        Refusal::DuplicateInSale { serial: serial() },
        Refusal::AlreadyInStock { serial: serial(), name: name() },
        Refusal::AlreadySold { serial: serial(), document: "T01-000001".into(), at_ms: 1_772_539_200_000 },
        Refusal::DefectiveUnit { serial: serial() },
        Refusal::DisputedUnit { serial: serial() },
        Refusal::OtherWarehouse { serial: serial(), warehouse: "W2".into() },
        Refusal::AskElsewhere { serial: serial(), warehouse: "W2".into() },
        Refusal::ReservedUnit { serial: serial(), terminal: "T02".into() },
        Refusal::AskReserved { serial: serial(), terminal: "T02".into() },
        Refusal::StaleKnowledge { serial: serial(), age_ms: Some(5_400_000) },
        Refusal::AskStale { serial: serial(), age_ms: None },
        Refusal::SerialsMissing { name: name(), have: 1, wanted: 3 },
        Refusal::SerialsTooMany { name: name(), wanted: 3 },
        Refusal::EmptySale,
        Refusal::TooManyLines { max: 200 },
        Refusal::QuantityZero,
        Refusal::QuantityTooLarge { max: 9999 },
        Refusal::PriceTooLarge { max: Money(100) },
        Refusal::PriceDiffers { name: name() },
        Refusal::DiscountTooLarge,
        Refusal::AmountOverflow,
        Refusal::NoShift,
        Refusal::ShiftAlreadyOpen,
        Refusal::PaymentShort { missing: Money(250) },
        Refusal::PaymentTooMuch { over: Money(250) },
        Refusal::PaymentReferenceMissing,
        Refusal::ReferenceTooLong { max: 64 },
        Refusal::UnknownConflict { serial: serial() },
        Refusal::ConflictResolved { serial: serial(), by: "sam".into(), at_ms: 1_772_539_200_000 },
        Refusal::NotInConflict { serial: serial() },
        Refusal::SerialUnchanged { serial: serial() },
        Refusal::ReasonMissing,
    ];
    all.extend(Right::ALL.map(|right| Refusal::NotPermitted { right }));
    all
}

/// Title and sentence of every notice, by its code on the screen.
fn spoken(language: Language) -> Vec<(String, String, String)> {
    let mut stage = Stage::new(Size::Wide);
    let mut all = Vec::new();
    for notice in notices() {
        stage.show(&View { language, refusal: Some(notice), ..samples::sale() });
        let shown = stage.ui.component().global::<NoticeAdapter>().get_notice();
        let words = stage.ui.component().global::<Words>();
        all.push((format!("{:?}", shown.code), words.invoke_title(shown.code).into(), words.invoke_sentence(shown).into()));
    }
    all
}

#[test]
fn every_code_of_the_screens_is_spoken() {
    let source = std::fs::read_to_string(folder().join("notice.slint")).expect("the markup is in the tree");
    let (_, rest) = source.split_once("export enum NoticeCode {").expect("the codes are an enum");
    let (names, _) = rest.split_once('}').expect("an enum ends");
    let wanted: BTreeSet<String> = names.split(',').map(|name| pascal(name.trim())).filter(|name| !name.is_empty()).collect();
    let have: BTreeSet<String> = spoken(Language::English).into_iter().map(|(code, ..)| code).collect();
    assert_eq!(have, wanted);
}

#[test]
fn every_notice_says_what_and_what_to_do() {
    for (code, title, sentence) in spoken(Language::English) {
        assert!(!title.is_empty() && title.len() <= 32, "{code}: {title:?}");
        assert!(sentence.ends_with(['.', '/']) && sentence.len() > title.len(), "{code}: {sentence:?}");
        assert!(!sentence.contains(['{', '}']), "{code} has a hole: {sentence:?}");
    }
}

#[test]
fn facts_stand_in_the_sentences() {
    let english: BTreeMap<String, String> = spoken(Language::English).into_iter().map(|(code, _, sentence)| (code, sentence)).collect();
    for (code, facts) in [
        ("AlreadySold", &["SN-1", "T01-000001", "2026-03-03"][..]),
        ("WrongSku", &["SN-1", "Phone", "Case"]),
        ("SerialsMissing", &["Phone", "1 of 3"]),
        ("SerialForbiddenCharacter", &["3", "~"]),
        ("AskElsewhere", &["SN-1", "W2"]),
        ("ReservedUnit", &["SN-1", "T02"]),
        ("AskReserved", &["SN-1", "T02"]),
        ("StaleKnowledge", &["SN-1", "90 min"]),
        ("AskStale", &["SN-1", "never"]),
        ("ConflictResolved", &["SN-1", "sam", "2026-03-03"]),
        ("PaymentShort", &["2.50"]),
        ("JournalRestored", &["journal.damaged", "12"]),
        ("OpsLost", &["4 to 6"]),
        ("SaleWasSaved", &["T01-000009"]),
        ("OpsRecovered", &["2 documents"]),
        ("LogRepaired", &["3"]),
        ("ControlCharacters", &["A<TAB>B"]),
        ("ScanCountry", &["de, at"]),
    ] {
        for fact in facts {
            assert!(english[code].contains(fact), "{fact} is missing in {:?}", english[code]);
        }
    }
}

#[test]
fn an_amount_is_written_as_the_shop_writes_it() {
    let mut stage = Stage::new(Size::Wide);
    let refusal = Some(Notice::Refused(Refusal::PaymentShort { missing: Money(25_000) }));
    stage.show(&View { refusal, refusal_amount: "Rp25.000".into(), ..samples::sale() });
    assert_eq!(stage.ui.component().global::<NoticeAdapter>().get_notice().subject, "Rp25.000");
}

#[test]
fn every_notice_is_spoken_in_chinese() {
    let english = spoken(Language::English).into_iter();
    for ((code, title, sentence), (_, title_en, sentence_en)) in
        std::thread::spawn(|| spoken(Language::SimplifiedChinese)).join().expect("spoken").into_iter().zip(english)
    {
        assert!(has_ideograph(&title) && has_ideograph(&sentence), "{code}: {title:?} {sentence:?}");
        assert!(title != title_en && sentence != sentence_en, "{code}");
        assert!(!sentence.contains(['{', '}']), "{code} has a hole: {sentence:?}");
    }
}

#[test]
fn the_chinese_catalogue_is_complete() {
    let catalogue = catalogue(&folder().join("lang/zh/LC_MESSAGES/screens.po"));
    let words = words_in_markup();
    assert!(words.len() > 200, "only {} words were found in the markup", words.len());
    let missing: Vec<&String> = words.iter().filter(|word| catalogue.get(*word).is_none_or(String::is_empty)).collect();
    assert!(missing.is_empty(), "without translation: {missing:#?}");
    let unused: Vec<&String> = catalogue.keys().filter(|word| !words.contains(*word)).collect();
    assert!(unused.is_empty(), "translated, but nowhere used: {unused:#?}");
    for (word, translation) in &catalogue {
        assert_eq!(holes(word), holes(translation), "{word:?} and {translation:?} take different facts");
    }
}

/// The placeholders of a text, sorted: order may differ between languages.
fn holes(text: &str) -> Vec<&str> {
    let mut holes: Vec<&str> = text.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(hole, _)| hole).collect();
    holes.sort_unstable();
    holes
}

/// Every text in `@tr("…")`: the source words of the screens.
fn words_in_markup() -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for file in markup(&folder()) {
        let source = std::fs::read_to_string(&file).expect("markup is text");
        for part in source.split("@tr(\"").skip(1) {
            let (word, _) = part.split_once('"').expect("a string ends");
            words.insert(word.to_owned());
        }
    }
    words
}

fn markup(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the markup is in the tree") {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            files.extend(markup(&path));
        } else if path.extension().is_some_and(|extension| extension == "slint") {
            files.push(path);
        }
    }
    files
}

/// Text and translation, from the plain subset of gettext's format that the file keeps to: every
/// string on one line, one plural form.
fn catalogue(file: &Path) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(file).expect("the catalogue is in the tree");
    let mut pairs = BTreeMap::new();
    let mut word = String::new();
    for line in text.lines() {
        if let Some(id) = quoted(line, "msgid ") {
            word = id;
        } else if let Some(translation) = quoted(line, "msgstr ").or_else(|| quoted(line, "msgstr[0] ")) {
            pairs.insert(std::mem::take(&mut word), translation);
        }
    }
    pairs.remove("");
    pairs
}

fn quoted(line: &str, keyword: &str) -> Option<String> {
    Some(line.strip_prefix(keyword)?.strip_prefix('"')?.strip_suffix('"')?.to_owned())
}

fn has_ideograph(text: &str) -> bool {
    text.chars().any(|character| ('\u{4E00}'..='\u{9FFF}').contains(&character))
}

fn pascal(kebab: &str) -> String {
    kebab.split('-').map(|part| part.chars().take(1).flat_map(char::to_uppercase).chain(part.chars().skip(1)).collect::<String>()).collect()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("ui")
}
