//! What a closed terminal is told to do at its console: take a catalogue from a stick, show its evidence.

use crate::support::Shop;
use engine::hub::{HubReader, HubStore, Witness};
use hub::carried::{Sender, carry};
use hub::evidence::signed_by_key;
use hub::keys::HubKey;
use ledger::sync::wire::{HubHead, signed_head};
use std::fs;
use std::path::PathBuf;
use std::process::Output;

/// Writes the hub's catalogue on a stick, signed by its key or another.
fn stick(shop: &Shop, key: Option<HubKey>) -> PathBuf {
    let identity = HubStore::open(&shop.hub_folder().join("hub.db")).unwrap().identity().unwrap();
    let key = key.unwrap_or_else(|| HubKey::from_secret(&identity.secret));
    let mut reader = HubReader::open(&shop.hub_folder().join("hub.db")).unwrap();
    let out = shop.path().join("stick.snapshot");
    carry(&mut reader, &Sender { hub: &identity.id, key: &key, now_ms: 1 }, shop.path(), &out, &mut |_, _| ()).unwrap();
    out
}

#[track_caller]
fn told(output: &Output, code: i32, words: &str) {
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(said.contains(words) && !said.contains("panicked"), "{words:?} is missing in {said:?}");
}

#[test]
fn a_catalogue_comes_on_a_stick() {
    let shop = Shop::open();
    let file = stick(&shop, None);
    let load = || shop.output(&["load-snapshot", "--file", file.to_str().unwrap()]);
    fs::remove_file(shop.till_file("catalog.db")).unwrap();
    told(&load(), 0, "products and units from");
    let mut till = shop.till();
    told(&load(), 1, "another terminal is running on");
    till.see("the catalogue from the stick, without any hub", |v| crate::support::number(v, "units") >= 5_000);
    till.end();
    stick(&shop, Some(HubKey::from_secret(&[9; 32])));
    told(&load(), 1, "was not signed by this terminal's hub");
    fs::write(&file, b"something else").unwrap();
    told(&load(), 1, "is not a snapshot that a hub wrote");
}

#[test]
fn the_kept_head_is_one_that_the_hub_signed() {
    let shop = Shop::open();
    let output = shop.output(&["log-head"]);
    told(&output, 0, "signature");
    let kept: HubHead = serde_json::from_slice(&output.stdout).unwrap();
    let identity = HubStore::open(&shop.hub_folder().join("hub.db")).unwrap().identity().unwrap();
    let key = HubKey::from_secret(&identity.secret).public();
    assert!(signed_by_key(&key, &signed_head(&identity.id, &kept.head.log()), &kept.head.signature), "{kept:?}");
    let witness = Witness { head: kept.head.log(), tree_root: None };
    let audit = HubReader::open(&shop.hub_folder().join("hub.db")).unwrap().audit(Some(&witness), &mut |_, _| ()).unwrap();
    assert_eq!(audit.flaw, None, "the log contains it");
}
