//! The state as a [`View`]: pure, one function a part of the screen.

mod devices;

use super::amount::{quick_amounts, show, show_time};
use super::editor::Editor;
use super::serials::Prompt;
use super::{Among, App, LayerState, PageState};
use crate::message::LineField;
use crate::notice::Notice;
use crate::view::*;
use ledger::cart::{CartLine, Change};
use ledger::id::Sku;
use ledger::money::Money;
use ledger::refusal::Refusal;
use ledger::row::{Product, UnitStatus};
use ledger::sale::SoldUnit;

pub(super) fn present(app: &App) -> View {
    View {
        page: page(app.page),
        layer: layer(app),
        header: header(app),
        language: app.language,
        refusal: app.refusal.clone(),
        refusals: app.refusals,
        refusal_amount: app.refusal.as_ref().and_then(Notice::amount).map(|amount| app.money(amount)).unwrap_or_default(),
        flash: app.flash.as_ref().map(|(flash, _)| flash.clone()),
        busy: app.busy || !app.started,
        blank: app.blank,
        login: login(app),
        shift: ShiftView { entry: app.entry.text().to_owned(), report: report(app) },
        sale: sale(app),
        payment: payment(app),
        receipt: receipt(app),
        receipts: app.receipts.iter().map(|head| receipt_row(app, head)).collect(),
        sync: sync(app),
        scanners: devices::scanners(app),
        learn: devices::learn(app),
        enrol: EnrolView { hub: app.enrolment.hub.clone(), code: app.enrolment.code.clone(), trouble: app.enrolment.trouble.clone() },
    }
}

fn page(page: PageState) -> Page {
    match page {
        PageState::Enrol => Page::Enrol,
        PageState::Login => Page::Login,
        PageState::OpenShift => Page::OpenShift,
        PageState::Sale => Page::Sale,
        PageState::Payment => Page::Payment,
        PageState::Receipt => Page::Receipt,
        PageState::Receipts => Page::Receipts,
        PageState::CloseShift => Page::CloseShift,
        PageState::ZReport => Page::ZReport,
        PageState::Sync => Page::Sync,
        PageState::Scanners => Page::Scanners,
        PageState::Learn => Page::Learn,
        PageState::SetUpSheet => Page::SetUpSheet,
    }
}

fn layer(app: &App) -> Layer {
    match &app.layer {
        LayerState::None => Layer::None,
        LayerState::Serials(open) => Layer::Serials(prompt(app, open)),
        LayerState::AskSerials => {
            let missing = app.cart.missing();
            let count = missing.iter().fold(0, |sum: u32, need| sum.saturating_add(need.missing()));
            Layer::AskSerials { missing: count, names: missing.into_iter().map(|need| need.name).collect() }
        }
        LayerState::Caution(question) => Layer::Caution(Notice::Refused(question.refusal.clone())),
        LayerState::Editor(editor) => Layer::LineEditor(line_editor(app, editor)),
        LayerState::Approval(_) => Layer::Approval(login(app)),
        LayerState::Chooser { text, among } => chooser(app, text, among),
        LayerState::Search { query, found, more } => {
            Layer::Search { query: query.clone(), results: found.iter().map(|row| search_row(app, row)).collect(), more: *more }
        }
        LayerState::Held(list) => Layer::Held(list.iter().map(|held| held_row(app, held)).collect()),
    }
}

fn chooser(app: &App, code: &str, among: &Among) -> Layer {
    let choice = |product: &Product, in_stock| Choice { sku: product.sku.to_string(), name: product.name.clone(), price: app.money(product.price), in_stock };
    let (by, products) = match among {
        Among::Units(units) => (ChosenBy::Serial, units.iter().map(|u| choice(&u.product, u.unit.status == UnitStatus::InStock)).collect()),
        Among::Products(products) => (ChosenBy::Code, products.iter().map(|p| choice(&p.product, false)).collect()),
    };
    Layer::Chooser { code: code.to_owned(), by, products }
}

fn header(app: &App) -> Header {
    let (scanner, scanner_name) = app.scanner_state();
    Header {
        enrolled: app.facts.enrolled,
        shop: app.settings.shop.clone(),
        terminal: app.facts.terminal.clone(),
        operator: app.operator.as_ref().map(|o| o.name.clone()).unwrap_or_default(),
        sync: app.sync_state(),
        pending: count(app.status.outbox.pending),
        unseen: count(app.status.outbox.unseen),
        scanner,
        scanner_name,
        disk_low: app.status.outbox.disk_low,
        disputes: count(app.status.outbox.disputes.iter().filter(|dispute| dispute.own).count() as u64),
    }
}

fn login(app: &App) -> LoginView {
    let tile = |o: &&ledger::row::Operator| OperatorTile { name: o.name.clone(), role: role_name(o.role).to_owned() };
    LoginView { operators: app.tiles().iter().map(tile).collect(), chosen: app.pin.chosen, pin_length: app.pin.digits.len(), state: app.pin.state }
}

fn role_name(role: ledger::role::Role) -> &'static str {
    match role {
        ledger::role::Role::Picker => "picker",
        ledger::role::Role::Cashier => "cashier",
        ledger::role::Role::Supervisor => "supervisor",
        ledger::role::Role::Admin => "admin",
    }
}

fn report(app: &App) -> ZReport {
    let closed = app.closed.as_ref().filter(|_| app.page == PageState::ZReport);
    let open = app.till.as_ref().and_then(|till| till.open.as_ref());
    let Some(shift) = closed.map(|c| &c.shift).or(open) else { return ZReport::default() };
    let money = |amount| show(&app.settings, amount);
    let number = |n: &Option<ledger::id::DocumentNumber>| n.as_ref().map(ToString::to_string).unwrap_or_default();
    let expected = Money(shift.opening_float.0.saturating_add(shift.totals.cash.0));
    let counted = closed.map_or(Money::ZERO, |c| c.cash_counted);
    let difference = Money(counted.0.saturating_sub(expected.0));
    ZReport {
        number: shift.number.to_string(),
        operator: app.operator_name(&shift.operator),
        opened_at: show_time(shift.opened_at_ms),
        closed_at: closed.map(|c| show_time(c.closed_at_ms)).unwrap_or_default(),
        sales: shift.totals.sales,
        units: shift.totals.units,
        gross: money(shift.totals.gross),
        discounts: money(shift.totals.discounts),
        cash: money(shift.totals.cash),
        card: money(shift.totals.card),
        wallet: money(shift.totals.wallet),
        opening_float: money(shift.opening_float),
        cash_expected: money(expected),
        cash_counted: closed.map(|_| money(counted)).unwrap_or_default(),
        difference: closed.map(|_| money(difference)).unwrap_or_default(),
        difference_sign: closed.map_or(0, |_| i32::try_from(difference.0.signum()).unwrap_or(0)),
        first_receipt: number(&shift.totals.first_receipt),
        last_receipt: number(&shift.totals.last_receipt),
        held: app.held,
        pending: count(app.status.outbox.pending),
    }
}

fn sale(app: &App) -> SaleView {
    let discount = app.cart.lines.iter().fold(0_i64, |sum, line| sum.saturating_add(line.discount.0));
    SaleView {
        lines: app.cart.lines.iter().enumerate().map(|(index, line)| line_view(app, index, line)).collect(),
        selected: app.selected,
        quantity: app.cart.pieces(),
        total: app.money(app.cart.total().unwrap_or_default()),
        discount: app.money_or_nothing(Money(discount)),
        held: app.held,
        can_undo: !app.undo.is_empty(),
        last_scan: app.last_scan.clone(),
    }
}

fn line_view(app: &App, index: usize, line: &CartLine) -> LineView {
    let needs: Vec<_> = app.cart.needs().into_iter().filter(|need| need.line == index).collect();
    let wanted = needs.iter().fold(0, |sum: u32, need| sum.saturating_add(need.wanted));
    let have = needs.iter().fold(0, |sum: u32, need| sum.saturating_add(need.have));
    let serials_state = match () {
        () if needs.is_empty() => LineSerials::None,
        () if have >= wanted => LineSerials::Complete,
        () if needs.iter().any(|need| need.required && need.missing() > 0) => LineSerials::Required,
        () => LineSerials::Optional,
    };
    LineView {
        sku: line.sku.to_string(),
        name: line.name.clone(),
        quantity: line.quantity,
        price: app.money(line.price),
        list_price: if line.price == line.list_price { String::new() } else { app.money(line.list_price) },
        discount: app.money_or_nothing(line.discount),
        total: app.money(line.total().unwrap_or_default()),
        serials: line.units.iter().map(|unit| unit.serial.as_str()).collect::<Vec<_>>().join(", "),
        serials_have: have,
        serials_wanted: wanted,
        serials_state,
        change: line_change(app, index),
    }
}

fn line_change(app: &App, index: usize) -> LineChange {
    match app.change_of(index) {
        None => LineChange::None,
        Some(Change::NotSold) => LineChange::NotSold,
        Some(Change::Parts) => LineChange::Parts,
        Some(Change::Price { from, to }) => LineChange::Price { from: app.money(from), to: app.money(to) },
    }
}

fn prompt(app: &App, open: &Prompt) -> SerialPrompt {
    let (Some(need), Some(cart_line)) = (app.prompted_need(open.line), app.cart.lines.get(open.line)) else { return SerialPrompt::default() };
    let part = |sku: &Sku| cart_line.goods.iter().find(|goods| cart_line.combination && goods.sku == *sku).map(|goods| goods.name.clone());
    let taken = |unit: &SoldUnit| TakenSerial { serial: unit.serial.as_str().to_owned(), of: part(&unit.sku).unwrap_or_default() };
    SerialPrompt {
        name: need.name.clone(),
        sku: need.sku.to_string(),
        part_of: if cart_line.combination { cart_line.name.clone() } else { String::new() },
        wanted: need.wanted,
        have: need.have,
        taken: cart_line.units.iter().map(taken).collect(),
        required: need.required,
        for_reference: !need.tracked,
        entry: open.entry.clone(),
    }
}

fn line_editor(app: &App, editor: &Editor) -> LineEditor {
    let Some(line) = app.cart.lines.get(editor.line) else { return LineEditor::default() };
    let may = app.operator.as_ref().is_some_and(|o| o.role.has(editor.right()));
    LineEditor {
        line: editor.line,
        name: line.name.clone(),
        field: editor.field,
        quantity: line.quantity.to_string(),
        price: app.money(line.price),
        discount: app.money(line.discount),
        entry: editor.entry.text().to_owned(),
        needs_approval: editor.field != LineField::Quantity && !may,
    }
}

fn search_row(app: &App, row: &crate::writer::FoundProduct) -> SearchRow {
    let product = &row.facts.product;
    let policies = std::iter::once(product).chain(&row.facts.parts).map(|p| app.settings.effective(p.policy));
    SearchRow {
        sku: product.sku.to_string(),
        name: product.name.clone(),
        price: app.money(product.price),
        on_hand: row.on_hand,
        tracked: policies.into_iter().any(|policy| policy != ledger::row::SerialPolicy::Off),
    }
}

fn held_row(app: &App, held: &crate::writer::HeldCart) -> HeldRow {
    HeldRow {
        at: show_time(held.at_ms),
        operator: held.operator.clone(),
        first_line: held.cart.lines.first().map(|line| line.name.clone()).unwrap_or_default(),
        lines: count(held.cart.lines.len() as u64),
        total: app.money(held.cart.total().unwrap_or_default()),
    }
}

fn payment(app: &App) -> PaymentView {
    let due = app.cart.total().unwrap_or_default();
    let left = app.cart.left_to_pay().unwrap_or_default();
    let change = app.cart.change();
    let row = |p: &ledger::payment::Payment| PaymentRow { method: p.method, amount: app.money(p.amount), reference: p.reference.clone() };
    PaymentView {
        due: app.money(due),
        left: app.money(left),
        change: change.as_ref().map_or_else(|_| String::new(), |change| app.money_or_nothing(*change)),
        method: app.payment.method,
        entry: app.entry.text().to_owned(),
        reference: app.payment.reference.clone(),
        quick: if left > Money::ZERO { quick_amounts(left, app.settings.decimals).into_iter().map(|m| app.money(m)).collect() } else { Vec::new() },
        taken: app.cart.payments.iter().map(row).collect(),
        complete: !matches!(change, Err(Refusal::PaymentShort { .. })) && !app.cart.is_empty(),
    }
}

fn receipt(app: &App) -> ReceiptView {
    let Some(shown) = &app.shown else { return ReceiptView::default() };
    ReceiptView {
        number: shown.settled.sale.number.to_string(),
        total: app.money(shown.settled.sale.total),
        change: app.money_or_nothing(shown.settled.sale.change),
        slip: shown.slip.lines.clone(),
        printer: shown.printer,
        printer_reason: shown.printer_reason.clone(),
        reprint: shown.reprint,
    }
}

fn receipt_row(app: &App, head: &crate::writer::ReceiptHead) -> ReceiptRow {
    ReceiptRow { number: head.number.to_string(), at: show_time(head.at_ms), total: app.money(head.total), serials: head.serials.clone() }
}

fn sync(app: &App) -> SyncView {
    let (outbox, uplink) = (&app.status.outbox, &app.status.uplink);
    let seconds_since = |ms: i64| u64::try_from((app.now_ms - ms) / 1_000).unwrap_or(0);
    let peer = |peer: &super::PeerNews| PeerRow {
        name: peer.name.clone(),
        reachable: peer.reachable,
        heard_seconds: peer.heard_ms.map(seconds_since),
        missing: count(peer.missing),
    };
    let not_applied = |op: &crate::writer::NotAppliedOp| NotApplied {
        document: op.document.clone(),
        at: show_time(op.at_ms),
        outcome: op.outcome.clone(),
        reason: op.reason.clone(),
        seen: op.seen,
    };
    SyncView {
        state: app.sync_state(),
        hub: app.facts.hub.clone(),
        pending: count(outbox.pending),
        oldest_seconds: outbox.oldest_ms.map(seconds_since),
        last_success_seconds: uplink.last_success_ms.map(seconds_since),
        next_try_seconds: uplink.next_try_ms.map(|ms| u64::try_from((ms - app.now_ms) / 1_000).unwrap_or(0)),
        error: uplink.error,
        error_detail: uplink.error_detail.clone(),
        in_flight: uplink.in_flight,
        not_applied: outbox.not_applied.iter().map(not_applied).collect(),
        can_see: app.operator.is_some(),
        disputes: outbox.disputes.iter().map(dispute_view).collect(),
        units: outbox.units,
        products: outbox.products,
        peers: app.status.peers.iter().map(peer).collect(),
        heard: count(outbox.heard),
    }
}

fn dispute_view(dispute: &crate::writer::Dispute) -> DisputeView {
    let side = |document: &ledger::row::DocumentRef| DisputeSide {
        document: document.number.to_string(),
        at: show_time(document.at_ms),
        believed: document.believed,
        base: document.base,
    };
    DisputeView {
        serial: dispute.serial.clone(),
        product: dispute.product.clone(),
        own: dispute.own,
        likely: dispute.likely,
        first: side(&dispute.first),
        second: side(&dispute.second),
    }
}

fn count(n: u64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
