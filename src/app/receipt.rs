//! Receipts: the one just sold, and those of before to look at and print again.

use super::{App, Effect, LayerState, PageState, PrinterNews, ShownReceipt};
use crate::slip::{Paper, Slip};
use crate::view::{FlashKind, FlashWhat, PrinterState};
use crate::writer::{Command, ReceiptHead, Settled};
use ledger::refusal::Refusal;

impl App {
    pub(super) fn show_receipt(&mut self, settled: Settled, reprint: bool) {
        let cashier = self.operator_name(&settled.op.actor);
        let slip = Slip::receipt(&settled.op, &settled.sale, &cashier, self.paper(), reprint);
        let printer = if self.facts.has_printer { PrinterState::Ready } else { PrinterState::None };
        self.shown = Some(ShownReceipt { settled, slip, printer, printer_reason: String::new(), reprint });
    }

    pub(super) fn paper(&self) -> Paper<'_> {
        Paper { columns: self.facts.slip_columns, ascii: self.facts.slip_ascii, settings: &self.settings, language: self.language }
    }

    pub(super) fn print_receipt(&mut self) -> Vec<Effect> {
        let Some(shown) = &mut self.shown else { return Vec::new() };
        if !self.facts.has_printer || shown.printer == PrinterState::Printing {
            return Vec::new();
        }
        shown.printer = PrinterState::Printing;
        vec![Effect::Print(shown.slip.clone())]
    }

    pub(super) fn printer_news(&mut self, news: PrinterNews) -> Vec<Effect> {
        let on_receipt = matches!(self.page, PageState::Receipt | PageState::Receipts);
        match (news, self.shown.as_mut().filter(|_| on_receipt)) {
            (PrinterNews::Printed, Some(shown)) => shown.printer = PrinterState::Printed,
            (PrinterNews::Failed { reason }, Some(shown)) => (shown.printer, shown.printer_reason) = (PrinterState::Failed, reason),
            (PrinterNews::Printed, None) => self.flash(FlashKind::Ok, FlashWhat::Printed, ""),
            (PrinterNews::Failed { reason }, None) => self.flash(FlashKind::Warn, FlashWhat::NotPrinted, reason),
        }
        Vec::new()
    }

    pub(super) fn next_sale(&mut self) -> Vec<Effect> {
        if !matches!(self.page, PageState::Receipt | PageState::Receipts) {
            return Vec::new();
        }
        self.shown = None;
        self.layer = LayerState::None;
        self.page = self.home();
        Vec::new()
    }

    pub(super) fn show_receipts(&mut self) -> Vec<Effect> {
        if self.operator.is_none() {
            return Vec::new();
        }
        self.layer = LayerState::None;
        self.shown = None;
        self.page = PageState::Receipts;
        vec![Effect::Write(Command::ListReceipts)]
    }

    pub(super) fn show_receipt_list(&mut self, heads: Vec<ReceiptHead>) -> Vec<Effect> {
        self.receipts = heads;
        Vec::new()
    }

    pub(super) fn pick_receipt(&mut self, index: usize) -> Vec<Effect> {
        match self.receipts.get(index) {
            Some(head) => vec![Effect::Write(Command::FindReceipt { text: head.number.to_string() })],
            None => Vec::new(),
        }
    }

    pub(super) fn receipt_found(&mut self, found: Option<Settled>) -> Vec<Effect> {
        if self.page != PageState::Receipts {
            return Vec::new();
        }
        match found {
            Some(settled) => {
                self.show_receipt(settled, true);
                Vec::new()
            }
            None => self.refuse(Refusal::UnknownCode { code: self.last_scan.clone() }),
        }
    }
}
