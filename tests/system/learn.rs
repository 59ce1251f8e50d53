//! A terminal without a scanner is given one: by scanning the code that it shows.

use crate::support::{Shop, Till, examples, number, text};
use scan::learn::CODE;
use std::fs;

/// A terminal that was never given a scanner, on its first page.
fn unpacked(shop: &Shop) -> Till {
    shop.configure_without_scanner();
    let mut till = Till::begin(shop.run(), shop.scanner());
    till.see("the terminal up without a scanner", |v| v["busy"] == false && v["scanner"] == "None" && number(v, "units") > 0);
    till
}

/// Goes to the page and waits until the scanner's line is heard.
fn listening(till: &mut Till) {
    till.tap("Set up a scanner");
    till.see("somebody listening", |v| text(v, "page") == "Learn" && text(v, "ears").contains("scanner"));
}

#[test]
fn a_scanner_is_set_up_by_one_scan_and_sells() {
    let shop = Shop::open();
    let mut till = unpacked(&shop);
    listening(&mut till);
    till.scan(CODE);
    let view = till.see("the scanner found", |v| text(v, "learn") == "Found");
    assert!(text(&view, "learnt").contains("CR"), "{view}");
    till.tap("Use it");
    till.see("the scanner in use", |v| text(v, "page") == "Scanners" && v["scanner"] == "Live");
    till.scan("TRY#1");
    till.see("a code tried out", |v| text(v, "tried") == "TRY#1");
    till.see("what was sent for it", |v| number(v, "raws") > 0);
    till.tap("Back");
    till.sign_in("1111");
    till.sell(&examples().off.barcode);
    till.end();
    let written = fs::read_to_string(shop.till_file("scanners.toml")).unwrap();
    assert!(written.contains("[[scanner]]") && written.contains("tty"), "{written}");

    let mut till = shop.till();
    till.sign_in("1111");
    till.sell(&examples().off.barcode);
    till.end();
}

#[test]
fn a_scanner_that_sends_other_characters_is_told_which() {
    let shop = Shop::open();
    let mut till = unpacked(&shop);
    listening(&mut till);
    till.scan(&CODE.replace('_', "?").replace('#', "\\"));
    let view = till.see("what differs", |v| text(v, "learn") == "Differs");
    assert_eq!(text(&view, "learnt"), "_ → ? # → \\", "{view}");
    till.tap("Back");
    till.see("the first page", |v| text(v, "page") == "Login" && v["scanner"] == "None");
    assert!(!shop.till_file("scanners.toml").exists(), "nothing was found, nothing is kept");
    till.end();
}

/// A technician sets the box up before the office has made a code, and scans that when it is there.
#[test]
fn a_box_of_no_hub_is_given_a_scanner_and_joins_by_it() {
    let shop = Shop::open();
    fs::remove_dir_all(shop.till_folder()).unwrap();
    shop.configure_without_scanner();
    let mut till = Till::begin(shop.run(), shop.scanner());
    till.see("its first page", |v| text(v, "page") == "Enrol" && v["scanner"] == "None" && v["busy"] == false);
    listening(&mut till);
    till.scan(CODE);
    till.see("the scanner found", |v| text(v, "learn") == "Found");
    till.tap("Use it");
    till.see("the scanner in use", |v| text(v, "page") == "Scanners" && v["scanner"] == "Live");
    till.tap("Back");
    till.see("its first page again", |v| text(v, "page") == "Enrol");

    let join = |till: &mut Till, code: &str| {
        till.scan(code);
        till.see("the code taken", |v| text(v, "flash").contains(code));
        till.tap("Join the shop");
    };
    till.scan(&format!("http://{}", shop.address));
    till.see("the address taken", |v| text(v, "flash").contains("http"));
    join(&mut till, "WRONG-CODE");
    till.see("that nobody answers", |v| text(v, "enrol") == "NobodyAnswers");
    let hub = shop.hub();
    till.tap("Join the shop");
    till.see("that the code is wrong", |v| text(v, "enrol") == "CodeRefused");
    join(&mut till, &hub.code("Till 2"));
    till.see("the till", |v| text(v, "page") == "Login" && v["busy"] == false && v["scanner"] == "Live" && number(v, "units") > 0);
    till.end();
    assert_eq!(hub.devices().len(), 2);
    assert!(shop.till_file("identity.json").exists() && shop.till_file("scanners.toml").exists());
    let mut till = Till::begin(shop.run(), shop.scanner());
    till.see("the till again", |v| text(v, "page") == "Login" && v["scanner"] == "Live");
    till.end();
}

/// Whoever edits the file sees it followed at once; a slip of the pen costs nothing.
#[test]
fn the_file_of_scanners_is_followed_while_the_terminal_runs() {
    let shop = Shop::open();
    let mut till = unpacked(&shop);
    let file = shop.till_file("scanners.toml");
    let good = format!("[[scanner]]\nname = \"Counter\"\nsource = {{ tty = {{ path = {:?} }} }}\n", shop.scanner_link());
    fs::write(&file, &good).unwrap();
    till.see("the scanner in use", |v| v["scanner"] == "Live");
    till.tap("Scanners");
    till.see("one scanner", |v| number(v, "scanners") == 1);
    fs::write(&file, good.replace("name", "nmae")).unwrap();
    till.see("the mistake told", |v| text(v, "scanner_problem").contains("nmae") && text(v, "scanner_problem").contains("line"));
    till.scan("STILL-READ");
    till.see("a code read all the same", |v| text(v, "tried") == "STILL-READ");
    fs::write(&file, &good).unwrap();
    till.see("the mistake mended", |v| text(v, "scanner_problem").is_empty());
    fs::remove_file(&file).unwrap();
    till.see("no scanner", |v| v["scanner"] == "None" && number(v, "scanners") == 0);
    till.end();
}
