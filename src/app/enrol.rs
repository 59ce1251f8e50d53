//! A box that belongs to no shop yet: it is introduced to a hub here, by an address and a code that are
//! typed or scanned. A scanner may be set up before that, for there is nobody yet who could forbid it.

use super::scanned::shown;
use super::{App, Effect, Facts, PageState};
use crate::view::{EnrolTrouble, FlashKind, FlashWhat};
use ledger::sync::uplink::Failure;

/// Longest address and code: more is no address that anybody types.
const CHARS_MAX: usize = 200;
/// Where a hub listens unless its configuration says otherwise.
const PORT_DEFAULT: u16 = 7070;

/// What is to be told the hub, and why it was not.
#[derive(Debug, Default)]
pub(crate) struct Enrolment {
    pub hub: String,
    pub code: String,
    pub trouble: EnrolTrouble,
}

impl App {
    /// A terminal of no hub, with nothing but its scanners.
    pub fn unenrolled(facts: Facts, ids: Box<dyn FnMut() -> ledger::id::OpId>, now_ms: i64) -> Self {
        App { page: PageState::Enrol, started: true, ..App::new(Facts { enrolled: false, ..facts }, ids, now_ms) }
    }

    pub(super) fn enrol_address(&mut self, text: String) -> Vec<Effect> {
        self.enrolment.hub = text.chars().take(CHARS_MAX).collect();
        Vec::new()
    }

    pub(super) fn enrol_code(&mut self, text: String) -> Vec<Effect> {
        self.enrolment.code = text.chars().take(CHARS_MAX).collect();
        Vec::new()
    }

    pub(super) fn enrol(&mut self) -> Vec<Effect> {
        let (hub, code) = (address(&self.enrolment.hub), self.enrolment.code.trim().to_owned());
        if self.page != PageState::Enrol || self.busy || hub.is_empty() || code.is_empty() {
            return Vec::new();
        }
        self.busy = true;
        self.enrolment.trouble = EnrolTrouble::None;
        vec![Effect::Enrol { hub, code }]
    }

    /// The hub has answered, and the box works for it from now on; or why not.
    pub(super) fn enrolled(&mut self, outcome: Result<Facts, EnrolTrouble>) -> Vec<Effect> {
        self.busy = false;
        match outcome {
            Ok(facts) => {
                (self.facts, self.started) = (facts, false);
                self.enrolment = Enrolment::default();
                self.page = PageState::Login;
                vec![Effect::Write(crate::writer::Command::Start)]
            }
            Err(trouble) => {
                self.enrolment.trouble = trouble;
                Vec::new()
            }
        }
    }

    /// What begins like an address is one; everything else can only be the code.
    pub(super) fn enrolment_scanned(&mut self, text: &str) -> Vec<Effect> {
        let text = text.trim();
        let field = if text.contains("://") { &mut self.enrolment.hub } else { &mut self.enrolment.code };
        *field = text.chars().take(CHARS_MAX).collect();
        self.flash(FlashKind::Ok, FlashWhat::ScanRead, shown(text));
        Vec::new()
    }
}

impl EnrolTrouble {
    /// What a failure of the hub's answer means to whoever stands at the box.
    pub fn of(failure: &Failure) -> EnrolTrouble {
        match failure {
            Failure::Unreachable { .. } | Failure::TimedOut => EnrolTrouble::NobodyAnswers,
            Failure::NotEnrolled { .. } => EnrolTrouble::CodeRefused,
            Failure::HubTrouble { .. } | Failure::HubFault { .. } => EnrolTrouble::HubTrouble,
            Failure::Garbage { .. } => EnrolTrouble::NoHub,
            Failure::OtherHub { detail } | Failure::Storage { detail } | Failure::Outdated { detail } => EnrolTrouble::Other { detail: detail.clone() },
        }
    }
}

/// A hub's name alone is enough to type.
fn address(typed: &str) -> String {
    let typed = typed.trim();
    if typed.is_empty() || typed.contains("://") {
        return typed.to_owned();
    }
    let host = typed.trim_end_matches('/');
    let port = if host.contains(':') { String::new() } else { format!(":{PORT_DEFAULT}") };
    format!("http://{host}{port}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_an_address() {
        let check = |typed: &str, expected: &str| assert_eq!(address(typed), expected, "{typed}");
        check("hub.shop", "http://hub.shop:7070");
        check(" 192.168.1.5 ", "http://192.168.1.5:7070");
        check("hub.shop:8080/", "http://hub.shop:8080");
        check("http://hub.shop", "http://hub.shop");
        check("https://hub.shop", "https://hub.shop");
        check("", "");
    }
}
