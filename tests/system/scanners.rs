//! Scanners that are pulled out, send nonsense or never stop.

use crate::support::{Shop, Till, examples, number, text};
use serde_json::Value;

/// A till with one line in its sale.
fn selling(shop: &Shop) -> Till {
    let mut till = shop.till();
    till.sign_in("1111");
    till.scan(&examples().off.barcode);
    till.see("a line", |v| number(v, "lines") == 1);
    till
}

#[test]
fn a_scanner_pulled_out_in_the_middle_of_a_code() {
    let shop = Shop::open();
    let mut till = selling(&shop);
    // In one piece: when the first code is on the screen, the beginning of the next one was read, too.
    let [whole, half] = [0, 1].map(|index| examples().other.serials[index].as_str());
    till.scanner.as_mut().unwrap().send(format!("{whole}\r{}", &half[..5]).as_bytes());
    till.see("the whole code taken", |v| number(v, "lines") == 2);
    till.scanner.take().unwrap().unplug();
    let sentence = till.refused("scan_fault");
    assert!(sentence.contains("Scan it again") || sentence.contains("scanner"), "{sentence}");
    till.understood();
    let view = till.see("the scanner missed", |v| v["scanner"] == "Absent");
    assert_eq!(number(&view, "lines"), 2, "half a code changes nothing");
    till.scanner = Some(shop.scanner());
    till.see("the scanner back", |v| v["scanner"] == "Live");
    till.scan(half);
    till.see("its next code taken", |v| number(v, "quantity") == 3);
    till.end();
}

#[test]
fn a_till_without_its_scanner() {
    let shop = Shop::open();
    let scanner = shop.scanner();
    std::fs::remove_file(shop.scanner_link()).unwrap();
    let mut till = Till::begin(shop.run(), scanner);
    till.see("the scanner missed", |v| v["scanner"] == "Absent" && v["busy"] == false);
    till.sign_in("1111");
    till.scanner = Some(shop.scanner());
    till.see("the scanner found", |v| v["scanner"] == "Live");
    till.sell(&examples().off.barcode);
    till.end();
}

#[test]
fn codes_that_are_none() {
    let shop = Shop::open();
    let mut till = selling(&shop);
    let mut check = |bytes: &[u8], code: &str, word: &str| {
        till.scanner.as_mut().unwrap().send(bytes);
        let sentence = till.refused(code);
        assert!(sentence.contains(word), "{bytes:?}: {sentence}");
        till.understood();
        let whole = |v: &Value| number(v, "lines") == 1 && text(v, "page") == "Sale";
        till.see("the sale unchanged", whole);
    };
    let mut long = vec![b'9'; 5_000];
    long.push(b'\r');
    check(&long, "scan_fault", "can");
    check(b"GS\x1d21\r", "control_characters", "GS<1D>21");
    check(b"TAB\tINSIDE\x01\r", "control_characters", "<01>");
    check(b"\xff\xfe\xfd\r", "scan_fault", "can");
    check(b"NOBODY-HAS-THIS\r", "unknown_code", "NOBODY-HAS-THIS");
    till.end();
}
