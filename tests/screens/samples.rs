//! A shop in full swing: a view for every page and layer.

mod devices;

use counterfoil::message::{LineField, PaymentMethod};
use counterfoil::notice::Notice;
use counterfoil::view::*;
pub use devices::*;
use ledger::refusal::Refusal;

/// Every page, layer and state that has a picture, by the picture's name.
pub fn all() -> Vec<(&'static str, View)> {
    vec![
        ("enrol", enrol()),
        ("enrol_trouble", enrol_trouble()),
        ("login", login()),
        ("login_pin", login_pin(LoginState::Wrong { tries_left: 2 }, 3)),
        ("login_wait", login_pin(LoginState::Wait { seconds: 30 }, 0)),
        ("open_shift", open_shift()),
        ("sale", sale()),
        ("sale_empty", sale_empty()),
        ("sale_trouble", sale_trouble()),
        ("sale_flash", sale_flash()),
        ("sale_busy", View { busy: true, ..sale() }),
        ("sale_changed", sale_changed()),
        ("sale_not_sold", sale_not_sold()),
        ("payment_cash", payment_cash()),
        ("payment_card", payment_card()),
        ("payment_paid", payment_paid()),
        ("receipt", receipt()),
        ("receipt_again", receipt_again()),
        ("receipts", receipts()),
        ("receipts_none", View { page: Page::Receipts, ..base() }),
        ("close_shift", close_shift()),
        ("z_report", View { page: Page::ZReport, ..close_shift() }),
        ("sync_well", sync_well()),
        ("sync_trouble", sync_trouble()),
        ("sync_peers", sync_peers()),
        ("sync_disputes", sync_disputes()),
        ("login_first", login_first()),
        ("scanners", scanners()),
        ("scanners_trouble", scanners_trouble()),
        ("scanners_country", scanners_country()),
        ("refusal_country", View { refusal: Some(Notice::OtherCountry { seems: "de, at, ch, …".into() }), ..sale() }),
        ("learn", learn()),
        ("learn_foreign", learn_foreign()),
        ("learn_found", learn_at(LearnStage::Found(found_scanner()))),
        ("learn_differs", learn_at(wrong_scan())),
        ("learn_spoiled", learn_at(LearnStage::Spoiled(scan::FaultKind::Lost))),
        ("set_up_sheet", set_up_sheet()),
        ("serials", serials()),
        ("serials_full", serials_full()),
        ("serials_reference", serials_reference()),
        ("ask_serials", ask_serials()),
        ("caution", caution()),
        ("line_editor", line_editor()),
        ("approval", approval()),
        ("chooser", chooser()),
        ("chooser_code", chooser_code()),
        ("search", search()),
        ("search_nothing", search_nothing()),
        ("held", held()),
        ("held_none", View { layer: Layer::Held(Vec::new()), ..sale_empty() }),
        ("blank", View { blank: true, ..refusal() }),
        ("refusal", refusal()),
        ("good_news", View { refusal: Some(Notice::SaleWasSaved { document: "T01-000123".into() }), ..login() }),
    ]
}

pub fn base() -> View {
    View {
        header: Header {
            enrolled: true,
            shop: "Harbour Electronics".into(),
            terminal: "T01".into(),
            operator: "Mei Lin".into(),
            sync: SyncState::Synced,
            scanner: ScannerState::Live,
            scanner_name: "DS2208".into(),
            ..Header::default()
        },
        ..View::default()
    }
}

fn tile(name: &str, role: &str) -> OperatorTile {
    OperatorTile { name: name.into(), role: role.into() }
}

pub fn login() -> View {
    let operators = vec![
        tile("Mei Lin", "cashier"),
        tile("Budi Santoso", "cashier"),
        tile("Nguyễn Thị Hoa", "supervisor"),
        tile("Somchai", "picker"),
        tile("Ana", "admin"),
    ];
    let header = Header { operator: String::new(), ..base().header };
    View { page: Page::Login, header, login: LoginView { operators, ..LoginView::default() }, ..base() }
}

pub fn login_pin(state: LoginState, pin_length: usize) -> View {
    let mut view = login();
    view.login = LoginView { chosen: Some(0), pin_length, state, ..view.login };
    view
}

pub fn open_shift() -> View {
    View { page: Page::OpenShift, shift: ShiftView { entry: "200.00".into(), ..ShiftView::default() }, ..base() }
}

fn line(name: &str, sku: &str, quantity: u32, price: &str, total: &str) -> LineView {
    LineView { name: name.into(), sku: sku.into(), quantity, price: price.into(), total: total.into(), ..LineView::default() }
}

pub fn sale() -> View {
    let lines = vec![
        LineView {
            serials: "PX9-00017, PX9-00018".into(),
            serials_have: 2,
            serials_wanted: 2,
            serials_state: LineSerials::Complete,
            ..line("Phone X9 128 GB, midnight", "PX9-128-BK", 2, "$899.00", "$1,798.00")
        },
        LineView {
            serials: "HB#2201/A".into(),
            serials_have: 1,
            serials_wanted: 3,
            serials_state: LineSerials::Required,
            ..line("无线蓝牙耳机 Pro", "EAR-PRO-W", 3, "$129.50", "$388.50")
        },
        LineView { serials: "REF-77120".into(), ..line("USB-C cable, 1 metre", "CAB-C-1M", 12, "$6.90", "$82.80") },
        LineView {
            list_price: "$49.00".into(),
            serials_wanted: 1,
            serials_state: LineSerials::Optional,
            ..line("Power bank 20 000 mAh", "PB-20K", 1, "$39.00", "$39.00")
        },
        LineView { discount: "$10.00".into(), ..line("Protective case with strap for Phone X9", "CASE-PX9", 2, "$25.00", "$40.00") },
        line("Screen protector", "SCR-PX9", 1, "$9.90", "$9.90"),
    ];
    View {
        page: Page::Sale,
        sale: SaleView {
            lines,
            selected: Some(1),
            quantity: 21,
            total: "$2,358.20".into(),
            discount: "$10.00".into(),
            held: 2,
            can_undo: false,
            last_scan: "HB#2201/A".into(),
        },
        ..base()
    }
}

pub fn sale_empty() -> View {
    View { page: Page::Sale, sale: SaleView { total: "$0.00".into(), ..SaleView::default() }, ..base() }
}

/// Everything that can be wrong around a sale, and an undo on offer.
pub fn sale_trouble() -> View {
    let mut view = sale();
    view.header = Header { sync: SyncState::Offline, pending: 12, unseen: 2, scanner: ScannerState::Absent, disk_low: true, ..view.header };
    view.sale.can_undo = true;
    view
}

pub fn sale_flash() -> View {
    let flash = Flash { kind: FlashKind::Ok, what: FlashWhat::Added, text: "Phone X9 128 GB, midnight".into(), serial_no: 1 };
    View { flash: Some(flash), ..sale() }
}

/// The hub changed what is in the sale.
pub fn sale_changed() -> View {
    let mut view = sale();
    view.header.unseen = 2;
    view.sale.lines[0].change = LineChange::Price { from: "$899.00".into(), to: "$949.00".into() };
    view.sale.lines[4].change = LineChange::Parts;
    view.sale.can_undo = true;
    view
}

pub fn sale_not_sold() -> View {
    let mut view = sale();
    view.sale.lines[1].change = LineChange::NotSold;
    view
}

pub fn payment_cash() -> View {
    View {
        page: Page::Payment,
        payment: PaymentView {
            due: "$2,358.20".into(),
            left: "$2,358.20".into(),
            quick: vec!["$2,358.20".into(), "$2,360.00".into(), "$2,400.00".into(), "$2,500.00".into()],
            entry: "2400".into(),
            ..PaymentView::default()
        },
        ..sale()
    }
}

pub fn payment_card() -> View {
    let mut view = payment_cash();
    view.payment = PaymentView {
        left: "$1,358.20".into(),
        method: PaymentMethod::Card,
        entry: String::new(),
        reference: "AUTH-55120".into(),
        quick: vec!["$1,358.20".into()],
        taken: vec![PaymentRow { method: PaymentMethod::Cash, amount: "$1,000.00".into(), reference: String::new() }],
        ..view.payment
    };
    view
}

pub fn payment_paid() -> View {
    let mut view = payment_card();
    let card = PaymentRow { method: PaymentMethod::Card, amount: "$1,300.00".into(), reference: "AUTH-55120".into() };
    let cash = PaymentRow { method: PaymentMethod::Cash, amount: "$100.00".into(), reference: String::new() };
    view.payment.taken.extend([card, cash]);
    view.payment = PaymentView { left: "$0.00".into(), change: "$41.80".into(), complete: true, quick: Vec::new(), reference: String::new(), ..view.payment };
    view
}

fn slip() -> Vec<String> {
    [
        "          Harbour Electronics           ",
        "      12 Quay Road, 1st floor           ",
        "----------------------------------------",
        "T01-000123            2026-11-23 14:02",
        "Mei Lin",
        "----------------------------------------",
        "Phone X9 128 GB, midnight",
        "  2 x $899.00                 $1,798.00",
        "  SN PX9-00017",
        "  SN PX9-00018",
        "Power bank 20 000 mAh",
        "  1 x $39.00                     $39.00",
        "Protective case with strap",
        "  2 x $25.00                     $50.00",
        "  Discount                      -$10.00",
        "----------------------------------------",
        "TOTAL                         $1,877.00",
        "Cash                          $1,900.00",
        "Change                           $23.00",
        "----------------------------------------",
        "        Thank you, come again           ",
    ]
    .map(str::to_owned)
    .to_vec()
}

pub fn receipt() -> View {
    View {
        page: Page::Receipt,
        receipt: ReceiptView {
            number: "T01-000123".into(),
            total: "$1,877.00".into(),
            change: "$23.00".into(),
            slip: slip(),
            printer: PrinterState::Printed,
            ..ReceiptView::default()
        },
        ..base()
    }
}

pub fn receipt_again() -> View {
    let mut view = receipt();
    view.receipt = ReceiptView { printer: PrinterState::Failed, printer_reason: "the printer is out of paper".into(), reprint: true, ..view.receipt };
    view
}

pub fn receipts() -> View {
    let row = |number: u32, at: &str, total: &str, serials: &str| ReceiptRow {
        number: format!("T01-{number:06}"),
        at: at.into(),
        total: total.into(),
        serials: serials.into(),
    };
    let receipts = vec![
        row(123, "14:02", "$1,877.00", "PX9-00017, PX9-00018"),
        row(122, "13:48", "$6.90", ""),
        row(121, "13:31", "$129.50", "HB#2200/A"),
        row(120, "12:57", "$12,940.00", "LT-88A01, LT-88A02, LT-88A03, LT-88A04, LT-88A05"),
        row(119, "12:40", "$25.00", ""),
        row(118, "12:02", "$39.00", "PB20-7781"),
        row(117, "11:55", "$9.90", ""),
    ];
    View { page: Page::Receipts, receipts, ..base() }
}

pub fn close_shift() -> View {
    let report = ZReport {
        number: "T01-Z0042".into(),
        operator: "Mei Lin".into(),
        opened_at: "2026-11-23 08:58".into(),
        closed_at: "2026-11-23 18:04".into(),
        sales: 64,
        units: 131,
        gross: "$18,402.60".into(),
        discounts: "$212.00".into(),
        cash: "$4,120.10".into(),
        card: "$11,900.00".into(),
        wallet: "$2,382.50".into(),
        opening_float: "$200.00".into(),
        cash_expected: "$4,320.10".into(),
        cash_counted: "$4,315.00".into(),
        difference: "-$5.10".into(),
        difference_sign: -1,
        first_receipt: "T01-000060".into(),
        last_receipt: "T01-000123".into(),
        held: 1,
        pending: 3,
    };
    View { page: Page::CloseShift, shift: ShiftView { entry: String::new(), report }, ..base() }
}

pub fn sync_well() -> View {
    View {
        page: Page::Sync,
        sync: SyncView { hub: "https://hub.harbour.example".into(), last_success_seconds: Some(4), units: 48_210, products: 1_304, ..SyncView::default() },
        ..base()
    }
}

pub fn sync_peers() -> View {
    let peer = |name: &str, reachable, heard_seconds, missing| PeerRow { name: name.into(), reachable, heard_seconds, missing };
    let mut view = sync_well();
    view.header = Header { sync: SyncState::Offline, pending: 2, ..view.header };
    view.sync = SyncView {
        state: SyncState::Offline,
        pending: 2,
        peers: vec![peer("Till 2", true, Some(3), 0), peer("Counter by the door", false, Some(1_260), 2), peer("till-4.shop:7171", false, None, 0)],
        heard: 5,
        ..view.sync
    };
    view
}

pub fn sync_trouble() -> View {
    let row = |document: &str, outcome: &str, reason: &str| NotApplied {
        document: document.into(),
        at: "2026-11-23 12:40".into(),
        outcome: outcome.into(),
        reason: reason.into(),
        seen: false,
    };
    let mut view = sync_well();
    view.header = Header { sync: SyncState::Trouble, pending: 12, unseen: 2, ..view.header };
    view.sync = SyncView {
        state: SyncState::Trouble,
        pending: 12,
        oldest_seconds: Some(7_400),
        last_success_seconds: Some(7_420),
        next_try_seconds: Some(30),
        error: SyncError::OtherHub,
        error_detail: "hub id 7f3a…, enrolled at 91c0…".into(),
        not_applied: vec![
            row("T01-000119", "conflict", "already_sold: PX9-00012 was sold already, document T02-000077."),
            row("T01-000101", "parked", "unknown_sku: SKU CAB-X is not in the catalogue."),
            NotApplied { seen: true, ..row("T01-000077", "rejected", "no_shift: No shift is open on this terminal.") },
        ],
        can_see: true,
        ..view.sync
    };
    view
}

pub fn sync_disputes() -> View {
    let side = |document: &str, at: &str, believed, base| DisputeSide { document: document.into(), at: at.into(), believed, base };
    let dispute = |serial: &str, likely, own| DisputeView {
        serial: serial.into(),
        product: "Phone X9 128 GB, midnight".into(),
        own,
        likely,
        first: side("T02-001182", "2026-11-23 11:58", Some(3), Some(48_201)),
        second: side("T01-000119", "2026-11-23 12:40", Some(3), Some(48_160)),
    };
    let mut other = dispute("PX9-00044", false, false);
    other.second = side("T03-000007", "2026-11-23 12:51", None, None);
    let mut view = sync_trouble();
    view.header = Header { disputes: 2, ..view.header };
    view.sync.disputes = vec![dispute("PX9-00012", false, true), dispute("PX9-00019", true, true), other];
    view.sync.not_applied.truncate(1);
    view
}

pub fn caution() -> View {
    let refusal = Refusal::AskElsewhere { serial: "PX9-00017".into(), warehouse: "Airport".into() };
    View { layer: Layer::Caution(Notice::Refused(refusal)), ..sale() }
}

pub fn serials() -> View {
    View {
        layer: Layer::Serials(SerialPrompt {
            name: "无线蓝牙耳机 Pro".into(),
            sku: "EAR-PRO-W".into(),
            part_of: "Travel set".into(),
            wanted: 3,
            have: 1,
            taken: vec![TakenSerial { serial: "HB#2201/A".into(), of: "无线蓝牙耳机 Pro".into() }],
            required: true,
            ..SerialPrompt::default()
        }),
        ..sale()
    }
}

pub fn serials_full() -> View {
    let mut view = serials();
    view.layer = Layer::Serials(SerialPrompt {
        name: "Phone X9 128 GB, midnight".into(),
        sku: "PX9-128-BK".into(),
        wanted: 2,
        have: 2,
        taken: ["PX9-00017", "PX9-00018"].map(|serial| TakenSerial { serial: serial.into(), of: String::new() }).to_vec(),
        required: true,
        ..SerialPrompt::default()
    });
    view
}

/// Nobody asks for these.
pub fn serials_reference() -> View {
    let prompt = SerialPrompt { name: "USB-C cable, 1 metre".into(), sku: "CAB-C-1M".into(), wanted: 12, for_reference: true, ..SerialPrompt::default() };
    View { layer: Layer::Serials(prompt), ..sale() }
}

pub fn ask_serials() -> View {
    View { layer: Layer::AskSerials { missing: 3, names: vec!["Power bank 20 000 mAh".into(), "无线蓝牙耳机 Pro".into()] }, ..sale() }
}

pub fn line_editor() -> View {
    View {
        layer: Layer::LineEditor(LineEditor {
            line: 3,
            name: "Power bank 20 000 mAh".into(),
            field: LineField::Price,
            quantity: "1".into(),
            price: "$39.00".into(),
            discount: "$0.00".into(),
            entry: "35".into(),
            needs_approval: true,
        }),
        ..sale()
    }
}

pub fn approval() -> View {
    let operators = vec![tile("Nguyễn Thị Hoa", "supervisor"), tile("Ana", "admin")];
    View { layer: Layer::Approval(LoginView { operators, chosen: Some(0), pin_length: 2, state: LoginState::Ready }), ..sale() }
}

pub fn chooser() -> View {
    View { layer: Layer::Chooser { code: "00017".into(), by: ChosenBy::Serial, products: choices() }, ..sale() }
}

pub fn chooser_code() -> View {
    View { layer: Layer::Chooser { code: "4006381333931".into(), by: ChosenBy::Code, products: choices() }, ..sale() }
}

fn choices() -> Vec<Choice> {
    let choice = |name: &str, sku: &str, price: &str, in_stock| Choice { name: name.into(), sku: sku.into(), price: price.into(), in_stock };
    vec![choice("Phone X9 128 GB, midnight", "PX9-128-BK", "$899.00", true), choice("Charger 65 W", "CHG-65", "$35.00", false)]
}

pub fn search() -> View {
    let row = |name: &str, sku: &str, price: &str, on_hand, tracked| SearchRow { name: name.into(), sku: sku.into(), price: price.into(), on_hand, tracked };
    let results = vec![
        row("Phone X9 128 GB, midnight", "PX9-128-BK", "$899.00", 12, true),
        row("Phone X9 256 GB, midnight", "PX9-256-BK", "$999.00", 0, true),
        row("Protective case with strap for Phone X9", "CASE-PX9", "$25.00", 41, false),
        row("Screen protector", "SCR-PX9", "$9.90", 108, false),
    ];
    View { layer: Layer::Search { query: "px9".into(), results, more: true }, ..sale() }
}

pub fn search_nothing() -> View {
    View { layer: Layer::Search { query: "zzz".into(), results: Vec::new(), more: false }, ..sale() }
}

pub fn held() -> View {
    let row = |at: &str, operator: &str, first: &str, lines, total: &str| HeldRow {
        at: at.into(),
        operator: operator.into(),
        first_line: first.into(),
        lines,
        total: total.into(),
    };
    let rows = vec![row("13:20", "Mei Lin", "Power bank 20 000 mAh", 3, "$96.70"), row("12:05", "Budi Santoso", "Phone X9 128 GB, midnight", 1, "$899.00")];
    View { layer: Layer::Held(rows), ..sale() }
}

pub fn refusal() -> View {
    // Noon in Greenwich is the same day in every shop's time but a few islands'.
    let at_ms = 1_772_539_200_000;
    let refusal = Refusal::AlreadySold { serial: "PX9-00017".into(), document: "T02-001182".into(), at_ms };
    View { refusal: Some(Notice::Refused(refusal)), ..sale() }
}

/// A box that was just unpacked.
pub fn login_first() -> View {
    let view = login();
    let header = Header { scanner: ScannerState::None, ..view.header };
    View { header, scanners: ScannersView { offered: true, may_set_up: true, ..ScannersView::default() }, ..view }
}
