//! What the hub makes of own ops, and what was found when the store was opened.

use super::till::Till;
use super::*;
use crate::writer::{NotAppliedOp, Started};
use engine::terminal::Recovery;

fn rejected(number: u128) -> NotAppliedOp {
    let (document, outcome, reason) = (format!("T1-{number:06}"), "rejected".into(), "because".into());
    NotAppliedOp { op: OpId(uuid::Uuid::from_u128(number)), document, at_ms: 0, outcome, reason, seen: false }
}

#[test]
fn what_the_hub_questions_stays_in_the_header_until_it_was_seen() {
    let mut till = Till::open();
    till.outbox.not_applied = vec![rejected(2), rejected(1)];
    till.outbox.unseen = 2;
    till.play(&[("wait 1000", "Sale/None")]);
    assert_eq!(till.app.view().flash.map(|flash| flash.text), Some("T1-000002".into()));
    till.play(&[("wait 60000", "Sale/None"), ("seen", "Sale/None")]);
    let view = till.app.view();
    assert_eq!((view.header.unseen, view.flash), (2, None), "the word went by itself, the mark did not");
    till.play(&[("sync", "Sync/None"), ("sign-out", "Login/None"), ("sync", "Sync/None"), ("seen", "Sync/None")]);
    assert_eq!((till.app.view().header.unseen, till.app.view().sync.can_see), (2, false), "nobody who is known has seen them");
    till.play(&[("back", "Login/None"), ("pick ana", "Login/None"), ("pin 1111", "Sale/None"), ("sync", "Sync/None"), ("seen", "Sync/None")]);
    let view = till.app.view();
    assert_eq!((view.header.unseen, view.sync.not_applied.len()), (0, 2), "they stay in the list");
    assert!(view.sync.not_applied.iter().all(|row| row.seen));
}

/// Each stays until somebody has read it, one after the other.
#[test]
fn whatever_was_found_on_opening_is_told() {
    let mut till = Till::new();
    let recoveries = vec![
        Recovery::JournalRestored { moved_to: "/x/journal.db.damaged-1".into(), ops: 7, drafts: 1 },
        Recovery::OpsLost { incarnation: 1, first_seq: 4, last_seq: 6 },
        Recovery::OpsRecovered { ops: 2 },
        Recovery::LogRepaired { ops: 3, moved_to: None },
        Recovery::CatalogueRebuilding { moved_to: "/x/catalog.db.damaged-1".into(), products: 0, units: 0 },
        Recovery::SaleWasSaved { document: "T1-000009".into() },
    ];
    let told = [
        ("journal_restored", "/x/journal.db.damaged-1"),
        ("ops_lost", "4 to 6"),
        ("ops_recovered", "2 ops"),
        ("log_repaired", "3 ops"),
        ("catalogue_rebuilding", "fetched again"),
        ("sale_was_saved", "T1-000009"),
    ];
    let started = Started { recoveries, ..till.started() };
    till.input(Input::Writer(Answer::Started(Box::new(started))));
    for (code, fact) in told {
        let notice = till.app.view().refusal.expect(code);
        assert!(notice.code() == code && notice.to_string().contains(fact), "{code}: {notice}");
        till.play(&[("wait 60000", &format!("Login/None !{code}")), ("ok", "Login/None")]);
    }
    assert_eq!(till.app.view().refusal, None);
}
