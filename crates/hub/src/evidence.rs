//! A unit's life as a document: signed here, and checked here without any hub.

use crate::keys::{HubKey, device_key, signed_by};
use ledger::evidence::{self, Evidence, Flaw, Sealed, signed_page};
use ledger::proof::signed_tree;
use ledger::sync::wire::signed_head;

mod html;
pub mod page;
mod words;

/// Where a page holds its signature, and where it holds the evidence. Both stand before the first word
/// that anybody but the hub wrote, or cannot be written by anybody else: words hold no `<`.
const SIGNATURE: &str = "<meta name=\"counterfoil-signature\" content=\"";
const SIGNATURE_END: &str = "\">";
const EVIDENCE: &str = "<script type=\"application/json\" id=\"evidence\">";
const EVIDENCE_END: &str = "</script>";

/// A report that holds in every part.
pub struct Checked {
    pub sealed: Sealed,
    pub evidence: Evidence,
}

/// Signs what the store gathered.
pub fn seal(mut evidence: Evidence, key: &HubKey) -> (Sealed, Evidence) {
    let head = evidence.head.log();
    evidence.head.signature = key.sign(&signed_head(&evidence.hub, &head));
    evidence.tree_signature = key.sign(&signed_tree(&evidence.hub, &head, &evidence.tree_root));
    (evidence::seal(&evidence, key.public(), |bytes| key.sign(bytes)), evidence)
}

/// Whether `signature` of `bytes` was made by this public key, all in base64.
pub fn signed_by_key(key: &str, bytes: &[u8], signature: &str) -> bool {
    device_key(key).is_some_and(|key| signed_by(&key, bytes, signature))
}

/// Checks a report, the file or the page, in every byte.
///
/// # Errors
/// The first part that does not hold.
pub fn check(text: &str) -> Result<Checked, Flaw> {
    let is_page = text.starts_with('<');
    let line = if is_page { between(text, EVIDENCE, EVIDENCE_END).ok_or_else(|| Flaw::Form("it holds no evidence".into()))? } else { text };
    let (sealed, evidence) = evidence::check(line, signed_by_key)?;
    if is_page && !is_page_signed(text, &sealed.hub_key) {
        return Err(Flaw::Page);
    }
    Ok(Checked { sealed, evidence })
}

/// Reads the evidence in a report without believing it.
pub fn read(text: &str) -> Result<(Sealed, Evidence), Flaw> {
    Sealed::read(between(text, EVIDENCE, EVIDENCE_END).unwrap_or(text))
}

fn is_page_signed(page: &str, key: &str) -> bool {
    let Some(signature) = between(page, SIGNATURE, SIGNATURE_END) else { return false };
    let unsigned = page.replacen(&format!("{SIGNATURE}{signature}"), SIGNATURE, 1);
    signed_by_key(key, &signed_page(&unsigned), signature)
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(from)?;
    Some(rest.split_once(to)?.0)
}
