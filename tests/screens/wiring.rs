//! Fingers and keys become the right intents, and nothing else.

use crate::samples;
use crate::stage::{Size, Stage};
use counterfoil::message::{Intent, Language, LineField, PadKey, PaymentMethod};
use counterfoil::view::{EnrolView, Layer, LearnStage, LearnView, LineChange, Page, SaleView, SerialPrompt, TakenSerial, View};
use screens::EnrolAdapter;
use slint::ComponentHandle;
use slint::SharedString;
use slint::platform::Key;
use std::time::Duration;

/// Shows the view on both shapes of screen, taps, and looks at what was sent.
#[track_caller]
fn check(stage: &mut Stage, view: &View, taps: &[(&str, Intent)]) {
    for size in [Size::Wide, Size::Narrow] {
        stage.resize(size);
        for (label, intent) in taps {
            stage.show(&View::default());
            stage.show(view);
            stage.sent();
            stage.tap(label);
            assert_eq!(stage.sent(), std::slice::from_ref(intent), "{label} on {}", size.name());
        }
    }
}

#[test]
fn login() {
    let mut stage = Stage::new(Size::Wide);
    check(
        &mut stage,
        &samples::login(),
        &[
            ("Budi Santoso", Intent::PickOperator(1)),
            ("简体中文", Intent::SetLanguage(Language::SimplifiedChinese)),
            ("English", Intent::SetLanguage(Language::English)),
            ("Sync status", Intent::ShowSync),
        ],
    );
    check_pin(&mut stage);
}

#[track_caller]
fn check_pin(stage: &mut Stage) {
    stage.show(&samples::login_pin(counterfoil::view::LoginState::Ready, 0));
    for label in ["7", "0", "Erase", "Enter"] {
        stage.tap(label);
    }
    let key = Intent::Key;
    assert_eq!(stage.sent(), [key(PadKey::Digit(7)), key(PadKey::Digit(0)), key(PadKey::Back), key(PadKey::Enter)]);
}

#[test]
fn login_on_a_handheld_goes_back_to_the_names() {
    let mut stage = Stage::new(Size::Narrow);
    stage.show(&samples::login_pin(counterfoil::view::LoginState::Ready, 0));
    stage.tap("Other name");
    assert_eq!(stage.sent(), [Intent::Back]);
}

#[test]
fn a_blocked_pin_pad_sends_nothing() {
    let mut stage = Stage::new(Size::Wide);
    for view in [samples::login(), samples::login_pin(counterfoil::view::LoginState::Wait { seconds: 9 }, 0)] {
        stage.show(&view);
        stage.tap("5");
        stage.tap("Enter");
        assert_eq!(stage.sent(), []);
    }
}

#[test]
fn shifts() {
    let mut stage = Stage::new(Size::Wide);
    check(
        &mut stage,
        &samples::open_shift(),
        &[("Open shift", Intent::OpenShift), ("00", Intent::Key(PadKey::DoubleZero)), ("Erase", Intent::Key(PadKey::Back))],
    );
    check(&mut stage, &samples::close_shift(), &[("Close shift", Intent::CloseShift), ("Back", Intent::Back), ("Decimal point", Intent::Key(PadKey::Dot))]);
    check(&mut stage, &View { page: Page::ZReport, ..samples::close_shift() }, &[("Print", Intent::PrintZReport), ("Done", Intent::Back)]);
}

#[test]
fn sale() {
    let mut stage = Stage::new(Size::Wide);
    check(
        &mut stage,
        &samples::sale(),
        &[
            ("Pay", Intent::Pay),
            ("Hold", Intent::Hold),
            ("Search", Intent::ShowSearch),
            ("One more", Intent::MoreOf(1)),
            ("One less", Intent::LessOf(1)),
            ("Edit", Intent::EditLine(1)),
            ("Serials", Intent::OpenSerials(1)),
            ("Remove", Intent::RemoveLine(1)),
            ("Phone X9 128 GB, midnight", Intent::SelectLine(0)),
        ],
    );
    check(&mut stage, &samples::sale_trouble(), &[("Undo", Intent::Undo)]);
    check(&mut stage, &samples::sale_changed(), &[("Take the new price", Intent::TakeChange(0)), ("Keep the old price", Intent::KeepPrice(0))]);
    check(&mut stage, &samples::sale_not_sold(), &[("Remove the changed line", Intent::RemoveLine(1))]);
    let mut parts = samples::sale();
    parts.sale.lines[4].change = LineChange::Parts;
    check(&mut stage, &parts, &[("Take as it is now", Intent::TakeChange(4)), ("Remove the changed line", Intent::RemoveLine(4))]);
    let off = View { sale: SaleView { selected: Some(2), ..samples::sale().sale }, ..samples::sale() };
    check(&mut stage, &off, &[("Serials", Intent::OpenSerials(2))]);
}

/// Neither a finger nor a key reaches what lies in the dark.
#[test]
fn a_dark_screen_is_only_woken() {
    let mut stage = Stage::new(Size::Wide);
    let dark = View { blank: true, ..samples::sale() };
    stage.show(&samples::sale());
    for touch in ["Pay", "One more", "Menu", "Sync status"] {
        let at = stage.middle(touch);
        stage.show(&dark);
        stage.screen.tap(at.0, at.1);
        assert_eq!(stage.sent(), [Intent::Wake], "{touch}");
        stage.show(&samples::sale());
    }
    stage.show(&samples::serials());
    stage.show(&View { blank: true, ..samples::serials() });
    for key in ["7", "A", "\u{1b}", "\n"] {
        stage.screen.key(key);
        assert_eq!(stage.sent(), [Intent::Wake], "{key:?}");
    }
    stage.show(&samples::sale());
    stage.tap("Pay");
    assert_eq!(stage.sent(), [Intent::Pay]);
}

#[test]
fn an_empty_sale_can_be_neither_paid_nor_held() {
    let mut stage = Stage::new(Size::Wide);
    stage.show(&samples::sale_empty());
    stage.tap("Pay");
    stage.tap("Hold");
    stage.tap("Held sales");
    assert_eq!(stage.sent(), [Intent::ShowHeld]);
}

#[test]
fn menu() {
    let mut stage = Stage::new(Size::Wide);
    let entries = [
        ("Receipts", Intent::ShowReceipts),
        ("Held sales", Intent::ShowHeld),
        ("Scanners", Intent::ShowScanners),
        ("Sync status", Intent::ShowSync),
        ("Close shift", Intent::ShowCloseShift),
        ("Sign out", Intent::SignOut),
    ];
    stage.show(&samples::sale());
    for (label, intent) in entries {
        stage.tap("Menu");
        stage.tap(label);
        assert_eq!(stage.sent(), [intent]);
    }
    stage.tap("Menu");
    stage.tap("Close menu");
    stage.tap("Pay");
    assert_eq!(stage.sent(), [Intent::Pay]);
}

#[test]
fn enrolling() {
    let mut stage = Stage::new(Size::Wide);
    check(&mut stage, &samples::enrol(), &[("Set up a scanner", Intent::LearnScanner)]);
    check(&mut stage, &samples::enrol_trouble(), &[("Join the shop", Intent::Enrol)]);
    stage.show(&View::default());
    stage.show(&samples::enrol());
    stage.tap("Address of the hub");
    stage.screen.key('9');
    stage.tap("Code of the hub");
    stage.screen.key('X');
    assert_eq!(stage.sent(), [Intent::EnrolAddress("9".into()), Intent::EnrolCode("X".into())]);
    stage.show(&View { enrol: EnrolView { code: "SCANNED".into(), ..samples::enrol().enrol }, ..samples::enrol() });
    let fields = stage.ui.component().global::<EnrolAdapter>();
    assert_eq!((fields.get_hub().as_str(), fields.get_code().as_str()), ("9", "SCANNED"), "what was scanned stands in its field");
}

#[test]
fn scanners() {
    let mut stage = Stage::new(Size::Wide);
    check(&mut stage, &samples::login_first(), &[("Set up a scanner", Intent::LearnScanner)]);
    let pages = [("Set up a scanner", Intent::LearnScanner), ("Set-up sheet", Intent::ShowSetUpSheet), ("Back", Intent::Back)];
    check(&mut stage, &samples::scanners(), &pages);
    check(&mut stage, &samples::learn(), &[("Print this code", Intent::PrintSetUpSheet), ("Back", Intent::Back)]);
    check(
        &mut stage,
        &samples::learn_at(LearnStage::Found(samples::found_scanner())),
        &[("Use it", Intent::KeepScanner), ("Listen again", Intent::LearnAgain)],
    );
    check(&mut stage, &samples::set_up_sheet(), &[("Print", Intent::PrintSetUpSheet)]);
    stage.resize(Size::Wide);
    stage.show(&samples::sale());
    stage.tap("Scanners");
    assert_eq!(stage.sent(), [Intent::ShowScanners], "the chip in the header");
    stage.show(&samples::scanners_trouble());
    stage.tap("Set up a scanner");
    assert_eq!(stage.sent(), [], "not everybody may");
}

/// A scanner is given the name that is typed, and the app's own suggestion is not eaten by it.
#[test]
fn a_scanner_is_named() {
    let mut stage = Stage::new(Size::Wide);
    let found = samples::learn_at(LearnStage::Found(samples::found_scanner()));
    stage.show(&found);
    stage.tap("Name of the scanner");
    stage.screen.key(Key::Backspace);
    stage.screen.key('9');
    let named = |name: &str| Intent::ScannerName(name.to_owned());
    assert_eq!(stage.sent(), [named("DS220"), named("DS2209")]);
    stage.show(&View { learn: LearnView { name: "DS220".into(), ..found.learn.clone() }, ..found.clone() });
    stage.screen.key('!');
    assert_eq!(stage.sent(), [named("DS2209!")], "the app's late answer does not take the field back");
}

/// On a handheld the code lies along the screen, two dots for its thinnest bar.
#[test]
fn the_code_fills_a_handheld() {
    let mut stage = Stage::new(Size::Narrow);
    stage.show(&samples::learn());
    stage.tap("Show the code");
    let picture = stage.screen.screenshot();
    let column = |y: u32| picture.rgb[((y * picture.width + picture.width / 2) * 3) as usize] < 128;
    let modules = counterfoil::code128::Bars::of(scan::learn::CODE).expect("printable").modules();
    let top = (picture.height - 2 * modules.len() as u32) / 2;
    let seen: Vec<bool> = (0..2 * modules.len() as u32).map(|dot| column(top + dot)).collect();
    let wanted: Vec<bool> = modules.iter().flat_map(|module| [*module, *module]).collect();
    assert!(seen == wanted, "the bars on the screen are not those of the code");
    stage.tap("Make it small again");
    stage.tap("Back");
    assert_eq!(stage.sent(), [Intent::Back]);
}

#[test]
fn payment() {
    let mut stage = Stage::new(Size::Wide);
    check(
        &mut stage,
        &samples::payment_cash(),
        &[
            ("Card", Intent::PickMethod(PaymentMethod::Card)),
            ("Wallet", Intent::PickMethod(PaymentMethod::Wallet)),
            ("Cash", Intent::PickMethod(PaymentMethod::Cash)),
            ("$2,400.00", Intent::QuickAmount(2)),
            ("9", Intent::Key(PadKey::Digit(9))),
            ("Add payment", Intent::AddPayment),
            ("Back", Intent::Back),
        ],
    );
    check(&mut stage, &samples::payment_paid(), &[("Settle", Intent::Settle), ("Take back $1,000.00", Intent::DropPayment(0))]);
}

#[test]
fn receipt() {
    let mut stage = Stage::new(Size::Wide);
    check(&mut stage, &samples::receipt(), &[("Next sale", Intent::NextSale), ("Print again", Intent::PrintReceipt)]);
    check(&mut stage, &samples::receipt_again(), &[("Done", Intent::Back), ("Back", Intent::Back), ("Print again", Intent::PrintReceipt)]);
    check(&mut stage, &samples::receipts(), &[("T01-000122", Intent::PickReceipt(1)), ("Back", Intent::Back)]);
}

#[test]
fn sync() {
    let mut stage = Stage::new(Size::Wide);
    check(
        &mut stage,
        &samples::sync_trouble(),
        &[("Sync now", Intent::SyncNow), ("I have seen these", Intent::OutcomesSeen), ("Sync status", Intent::ShowSync), ("Back", Intent::Back)],
    );
    let mut seen = samples::sync_trouble();
    seen.sync.not_applied.iter_mut().for_each(|row| row.seen = true);
    stage.show(&seen);
    assert!(!stage.labels().iter().any(|label| label == "I have seen these"), "there is nothing left to see");
}

#[test]
fn layers() {
    let mut stage = Stage::new(Size::Wide);
    check(
        &mut stage,
        &samples::serials(),
        &[("Take out HB#2201/A", Intent::DropSerial(0)), ("Later, before payment", Intent::SkipSerials), ("Close", Intent::Back)],
    );
    check(&mut stage, &samples::serials_full(), &[("Done", Intent::Back)]);
    check(&mut stage, &samples::serials_reference(), &[("Done", Intent::Back)]);
    check(&mut stage, &samples::caution(), &[("Do not sell it", Intent::AnswerCaution(false)), ("Sell it", Intent::AnswerCaution(true))]);
    check(&mut stage, &samples::ask_serials(), &[("Pay without", Intent::AnswerAskSerials(false)), ("Enter them", Intent::AnswerAskSerials(true))]);
    check(
        &mut stage,
        &samples::line_editor(),
        &[
            ("Quantity", Intent::EditField(LineField::Quantity)),
            ("Price", Intent::EditField(LineField::Price)),
            ("Discount", Intent::EditField(LineField::Discount)),
            ("Apply", Intent::ApplyEdit),
            ("4", Intent::Key(PadKey::Digit(4))),
            ("Close", Intent::Back),
        ],
    );
    check(&mut stage, &samples::approval(), &[("Enter", Intent::Key(PadKey::Enter)), ("Close", Intent::Back)]);
    check(&mut stage, &samples::chooser(), &[("Charger 65 W", Intent::Choose(1)), ("Close", Intent::Back)]);
    check(&mut stage, &samples::chooser_code(), &[("Charger 65 W", Intent::Choose(1))]);
    check(&mut stage, &samples::search(), &[("Phone X9 256 GB, midnight", Intent::PickResult(1)), ("Back", Intent::Back)]);
    check(&mut stage, &samples::held(), &[("Phone X9 128 GB, midnight", Intent::Recall(1)), ("Close", Intent::Back)]);
    check(&mut stage, &samples::refusal(), &[("Understood", Intent::Acknowledge)]);
}

#[test]
fn a_layer_lets_no_touch_through() {
    let mut stage = Stage::new(Size::Wide);
    stage.show(&samples::ask_serials());
    stage.screen.tap(760.0, 440.0);
    stage.settle();
    assert_eq!(stage.sent(), []);
    stage.show(&View { busy: true, ..samples::sale() });
    stage.tap("Pay");
    assert_eq!(stage.sent(), []);
}

#[test]
fn keys_of_a_keyboard_on_a_cable() {
    let mut stage = Stage::new(Size::Wide);
    stage.show(&samples::payment_cash());
    let keys: [SharedString; 6] = ["5".into(), ".".into(), Key::Backspace.into(), Key::Delete.into(), Key::Return.into(), Key::Escape.into()];
    for key in keys {
        stage.screen.key(key);
    }
    let keys = [PadKey::Digit(5), PadKey::Dot, PadKey::Back, PadKey::Clear, PadKey::Enter].map(Intent::Key);
    assert_eq!(stage.sent(), [&keys[..], &[Intent::Back]].concat());
}

#[test]
fn a_refusal_takes_every_key_until_it_is_acknowledged() {
    let mut stage = Stage::new(Size::Wide);
    stage.show(&samples::refusal());
    stage.screen.key("5");
    stage.screen.key(Key::Return);
    assert_eq!(stage.sent(), [Intent::Acknowledge]);
}

#[test]
fn text_from_either_keyboard() {
    let mut stage = Stage::new(Size::Wide);
    stage.show(&samples::serials());
    stage.screen.key("A");
    stage.tap("Keyboard");
    stage.tap("b");
    stage.tap("#");
    stage.tap("Erase");
    stage.tap("Take");
    let typed = ["A", "AB", "AB#", "AB"].map(|text| Intent::SerialText(text.into()));
    assert_eq!(stage.sent(), [&typed[..], &[Intent::SubmitSerial]].concat());
}

#[test]
fn a_held_backspace_repeats() {
    let mut stage = Stage::new(Size::Wide);
    stage.show(&samples::search());
    stage.hold("Erase", Duration::from_millis(700));
    let shorter = ["px", "p", ""].map(|text| Intent::SearchText(text.into()));
    assert_eq!(stage.sent(), shorter);
}

/// The app answers late and out of step with the fingers; what was typed stays.
#[test]
fn an_echo_never_eats_a_letter() {
    let mut stage = Stage::new(Size::Wide);
    let prompt = |entry: &str, taken: &[&str]| {
        let taken = taken.iter().map(|serial| TakenSerial { serial: (*serial).to_owned(), of: String::new() }).collect();
        View {
            layer: Layer::Serials(SerialPrompt { name: "Phone".into(), wanted: 2, taken, entry: entry.into(), ..SerialPrompt::default() }),
            ..samples::sale()
        }
    };
    stage.show(&prompt("", &[]));
    for letter in ["X", "9"] {
        stage.screen.key(letter);
    }
    stage.show(&prompt("X", &[]));
    stage.screen.key("-");
    stage.show(&prompt("", &["X9-"]));
    stage.screen.key("Y");
    let typed = ["X", "X9", "X9-", "Y"].map(|text| Intent::SerialText(text.into()));
    assert_eq!(stage.sent(), typed);
}

#[test]
fn search_and_reference_are_typed() {
    let mut stage = Stage::new(Size::Narrow);
    stage.show(&samples::search());
    stage.tap("7");
    stage.tap("Clear");
    assert_eq!(stage.sent(), [Intent::SearchText("px97".into()), Intent::SearchText(String::new())]);
    stage.show(&samples::payment_card());
    stage.tap("Reference");
    stage.tap("1");
    stage.tap("Enter");
    assert_eq!(stage.sent(), [Intent::ReferenceText("AUTH-551201".into())]);
    stage.screen.key("3");
    assert_eq!(stage.sent(), [Intent::Key(PadKey::Digit(3))], "after the reference the keys are the keypad's again");
}
