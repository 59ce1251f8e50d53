//! The document that a shopkeeper hands to a customer or a court: what is known of the unit in plain
//! sentences, then what proves it. It needs nothing from anywhere else, and holds the evidence itself
//! for whoever wants to check it by machine.

use super::html::Html;
use super::words;
use super::{EVIDENCE, SIGNATURE};
use crate::keys::HubKey;
use crate::when::when;
use ledger::evidence::{Event, Evidence, Sealed, signed_page};
use ledger::op::Hash;

const PROVES: [&str; 2] = [
    "Every operation was chained by its terminal to the one before it, and by the hub into one log of all operations. The hub signed the end of that log, \
     a tree over all of it, every word of the evidence, and this page. Whoever changes one byte of an operation, its place, this page or the evidence inside it \
     breaks a hash or a signature, which \u{201c}counterfoil-hub audit verify-report FILE\u{201d} shows without a network and without the hub.",
    "It is worth as much as the key it was signed with: compare the key below with the one that a terminal of the shop keeps. It does not prove that a clock was right \
     or who held the device; times are what the machines said. That no operation about the unit is missing is the hub's word, and is confirmed by looking into the log itself.",
];

/// Writes and signs the page.
pub fn page(sealed: &Sealed, evidence: &Evidence, key: &HubKey) -> String {
    let unsigned = unsigned(sealed, evidence);
    let signature = key.sign(&signed_page(&unsigned));
    unsigned.replacen(SIGNATURE, &format!("{SIGNATURE}{signature}"), 1)
}

fn unsigned(sealed: &Sealed, evidence: &Evidence) -> String {
    let mut html = Html::default();
    html.tag("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.tag(SIGNATURE).tag("\">\n<meta name=\"viewport\" content=\"width=device-width\">\n");
    html.tag("<title>").text(&title(evidence)).tag("</title>\n<style>\n").tag(include_str!("page.css")).tag("</style>\n</head>\n<body>\n");
    head(&mut html, evidence);
    unit(&mut html, evidence);
    events(&mut html, evidence);
    conflicts(&mut html, evidence);
    proof(&mut html, sealed, evidence);
    html.tag(EVIDENCE).json(&sealed.line()).tag("</script>\n</body>\n</html>\n");
    html.finish()
}

fn title(evidence: &Evidence) -> String {
    format!("Evidence for unit {}", evidence.unit.serial)
}

fn head(html: &mut Html, evidence: &Evidence) {
    html.tag("<header>\n<h1>").text(&title(evidence)).tag("</h1>\n");
    let shop = if evidence.shop.is_empty() { "the shop" } else { &evidence.shop };
    html.paragraph(&format!("{}. Written for {shop} by hub {} on {}.", evidence.product, evidence.hub, when(evidence.made_at_ms)));
    html.tag("</header>\n");
}

fn unit(html: &mut Html, evidence: &Evidence) {
    html.heading("The unit").table(&words::unit(evidence));
}

fn events(html: &mut Html, evidence: &Evidence) {
    html.heading("What happened");
    if evidence.left_out > 0 {
        html.paragraph(&format!("{} older operations found no room in this document.", evidence.left_out));
    }
    for (event, place) in evidence.events.iter().zip(1..) {
        let told = words::event(evidence, event);
        html.tag("<h3>").text(&format!("{place}. {}", told.title)).tag("</h3>\n");
        for sentence in &told.sentences {
            html.paragraph(sentence);
        }
    }
}

fn conflicts(html: &mut Html, evidence: &Evidence) {
    if evidence.conflicts.is_empty() {
        return;
    }
    html.tag("<section class=\"alarm\">\n").heading("Conflicts");
    for conflict in &evidence.conflicts {
        html.paragraph(&words::conflict(evidence, conflict));
    }
    html.tag("</section>\n");
}

fn proof(html: &mut Html, sealed: &Sealed, evidence: &Evidence) {
    html.heading("What this document proves");
    for paragraph in PROVES {
        html.paragraph(paragraph);
    }
    html.tag("<section class=\"proof\">\n").heading("Proof").table(&[
        ("hub", evidence.hub.clone()),
        ("key of the hub", sealed.hub_key.clone()),
        ("operations in the log", evidence.head.number.to_string()),
        ("hash of the log", evidence.head.hash.to_string()),
        ("its signature", evidence.head.signature.clone()),
        ("root of the tree", evidence.tree_root.to_string()),
        ("its signature", evidence.tree_signature.clone()),
        ("path of the last", path(&evidence.head_path)),
        ("signature of the evidence", sealed.signature.clone()),
    ]);
    for event in &evidence.events {
        proof_of(html, event);
    }
    html.tag("</section>\n");
}

fn proof_of(html: &mut Html, event: &Event) {
    html.tag("<h3>").text(&format!("Operation {} of the log", event.number)).tag("</h3>\n").table(&[
        ("place", format!("{} {}-{}", event.device, event.incarnation, event.seq)),
        ("hash", event.hash.to_string()),
        ("log hash before", event.log_hash_before.to_string()),
        ("log hash after", event.log_hash().to_string()),
        ("path to the root", path(&event.path)),
    ]);
    html.tag("<pre>").text(&event.op).tag("</pre>\n");
}

fn path(hashes: &[Hash]) -> String {
    if hashes.is_empty() { "none: it is the root".into() } else { hashes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ") }
}
