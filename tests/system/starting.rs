//! What can be wrong before the window opens. The program ends with exit code 1 and one sentence.

use crate::support::{Fake, Shop, Till, number, text};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::{Command, Output};

/// It ended with exit code 1, and each of the words stands in what it said.
#[track_caller]
fn told(output: &Output, words: &[&str]) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    words.iter().for_each(|word| assert!(said.contains(word), "{word:?} is missing in {said:?}"));
}

#[test]
fn a_configuration_that_cannot_be_used() {
    let shop = Shop::empty();
    let check = |text: &[u8], words: &[&str]| {
        fs::write(shop.config_file(), text).unwrap();
        told(&shop.output(&["--check-config"]), words);
        told(&shop.output(&["run", "--headless"]), words);
    };
    check(b"langauge = \"en\"\n", &["terminal.toml", "line 1", "unknown field", "langauge"]);
    check(b"data = \"x\"\n\n[printer]\ncolums = 3\n", &["line 4", "colums"]);
    check(b"data = \n", &["line 1"]);
    check(b"[display]\nscale = 99\n", &["display.scale must be 0.5 to 4.0"]);
    check(b"[[scanner]]\nname = \"a\"\nsource = { hid = {} }\n", &["scanner \"a\" names no device"]);
    check(b"\xff\xfe", &["terminal.toml", "cannot be read", "UTF-8"]);
    fs::remove_file(shop.config_file()).unwrap();
    told(&shop.output(&["--check-config"]), &["terminal.toml", "cannot be read", "--config"]);
    fs::create_dir(shop.config_file()).unwrap();
    told(&shop.output(&["--check-config"]), &["terminal.toml", "cannot be read"]);
}

/// The whole of what is said, so that nothing stands there twice.
#[test]
fn what_goes_wrong_is_said_once() {
    let shop = Shop::open();
    let config = shop.config_file();
    let check = |words: &[&str], said: &str| {
        let output = shop.program(words).env("RUST_LOG", "off").output().unwrap();
        assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(1), said), "{words:?}");
    };
    let missing = "counterfoil: /nowhere/shop.snapshot cannot be read: No such file or directory (os error 2). Check that the stick is plugged in.\n";
    check(&["load-snapshot", "--file", "/nowhere/shop.snapshot"], missing);
    let scheme = "counterfoil: --hub is \"hub.shop\", which is no address of a hub. It begins with http://, such as \"http://hub.shop:7070\".\n";
    check(&["enrol", "--hub", "hub.shop", "--code", "X"], scheme);
    let encrypted = "counterfoil: --hub is \"https://hub.shop\", and a terminal speaks no TLS: what it says is signed and not encrypted. \
        Name the hub with http://, through a tunnel if need be.\n";
    check(&["enrol", "--hub", "https://hub.shop", "--code", "X"], encrypted);
    let till = shop.till();
    let busy = format!("counterfoil: another terminal is running on {}; close it first.\n", shop.till_folder().display());
    check(&["log-head"], &busy);
    till.end();
    fs::write(&config, "[printer]\ncolumns = \"x\"\n").unwrap();
    let form = "TOML parse error at line 2, column 11\n  |\n2 | columns = \"x\"\n  |           ^^^\ninvalid type: string \"x\", expected usize";
    check(&["--check-config"], &format!("counterfoil: {}: {form}.\n", config.display()));
    fs::remove_file(&config).unwrap();
    let gone = "cannot be read: No such file or directory (os error 2). Give another file with --config, or leave --config out to use the defaults.";
    check(&["--check-config"], &format!("counterfoil: {}: {gone}\n", config.display()));
}

/// `counterfoil … | true`.
#[test]
fn nobody_reads_the_answer() {
    let shop = Shop::open();
    for words in [&["--check-config"][..], &["log-head"], &["doctor"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = shop.program(words).env("RUST_LOG", "off").stdout(writer).output().unwrap();
        assert!(matches!(output.status.code(), Some(1 | 141)) && output.stderr.is_empty(), "{words:?}: {output:?}");
    }
}

/// What was started by hand, without the unit's umask, is private too.
#[test]
fn what_the_till_keeps_is_its_own() {
    let shop = Shop::empty();
    let hub = shop.hub();
    fs::remove_dir(shop.till_folder()).unwrap();
    let (address, code) = (format!("http://{}", shop.address), hub.code("Till 1"));
    for words in [&["enrol", "--hub", &address, "--code", &code][..], &["log-head"]] {
        let program = shop.program(words);
        let mut command = Command::new("sh");
        command.args(["-c", "umask 022; exec \"$@\"", "sh"]).arg(program.get_program()).args(program.get_args());
        command.output().unwrap();
    }
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&shop.till_folder()), 0o700);
    let files: Vec<_> = fs::read_dir(shop.till_folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    for name in ["identity.json", "journal.db", "catalog.db", "ops.log", "lock"] {
        assert!(files.contains(&shop.till_file(name)), "{name} is not among {files:?}");
    }
    files.iter().for_each(|file| assert_eq!(mode(file) & 0o077, 0, "{}", file.display()));
}

#[test]
fn a_good_configuration_is_called_good() {
    let shop = Shop::empty();
    let output = shop.output(&["--check-config"]);
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stdout), "The configuration is good.\n");
}

#[test]
fn a_data_folder_that_cannot_be_made() {
    let shop = Shop::empty();
    let file = shop.path().join("a-file");
    fs::write(&file, "").unwrap();
    shop.configure(&file.join("data"));
    told(&shop.output(&["run", "--headless"]), &["a-file/data cannot be made", "`data`"]);
}

#[test]
fn a_data_folder_that_cannot_be_written() {
    let shop = Shop::open();
    fs::remove_file(shop.till_file("lock")).unwrap();
    fs::set_permissions(shop.till_folder(), fs::Permissions::from_mode(0o500)).unwrap();
    let run = shop.run();
    told(&bound_by_modes(&run).output().unwrap(), &["cannot be written", "belong to the user"]);
    fs::set_permissions(shop.till_folder(), fs::Permissions::from_mode(0o700)).unwrap();
}

/// The program without root's right to pass over the modes of files; others do not have it anyway.
fn bound_by_modes(program: &Command) -> Command {
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let mut command = if is_root {
        let mut command = Command::new("setpriv");
        command.args(["--bounding-set", "-dac_override,-dac_read_search"]).arg(program.get_program());
        command
    } else {
        Command::new(program.get_program())
    };
    command.args(program.get_args());
    command
}

#[test]
fn a_terminal_that_is_not_enrolled() {
    let shop = Shop::empty();
    let mut till = Till::begin(shop.run(), shop.scanner());
    till.see("the page where it is introduced", |v| v["page"] == "Enrol" && v["busy"] == false);
    let said = till.end();
    ["not enrolled yet", "counterfoil-hub enrol-code", "counterfoil enrol --hub"].iter().for_each(|word| assert!(said.contains(word), "{said}"));
    assert!(!shop.till_file("journal.db").exists(), "nothing is kept for nobody");
}

#[test]
fn a_damaged_identity() {
    let shop = Shop::open();
    let good = fs::read_to_string(shop.till_file("identity.json")).unwrap();
    let key = good.split("device_key\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let check = |text: &str| {
        fs::write(shop.till_file("identity.json"), text).unwrap();
        told(&shop.output(&["run", "--headless"]), &["identity.json is damaged"]);
    };
    check("");
    check(&good[..good.len() / 2]);
    check(&good.replace(&key, "AAAA"));
    check(&good.replace(&key, "?"));
    fs::write(shop.till_file("identity.json"), good).unwrap();
    shop.till().end();
}

#[test]
fn a_second_terminal_on_the_same_folder() {
    let shop = Shop::open();
    let mut first = shop.till();
    let words = ["another terminal is running on", "close it first"];
    told(&shop.output(&["run", "--headless"]), &words);
    told(&shop.output(&["enrol", "--hub", "http://127.0.0.1:1", "--code", "X"]), &words);
    first.sign_in("1111");
    first.end();
}

#[test]
fn enrolling_at_what_does_not_enrol() {
    let shop = Shop::empty();
    let address = format!("http://{}", shop.address);
    let check = |hub: &str, words: &[&str]| {
        told(&shop.output(&["enrol", "--hub", hub, "--code", "XXXX-XXXX"]), &[&["did not enrol this terminal"], words].concat());
        assert!(!shop.till_file("identity.json").exists());
    };
    check(&address, &["nobody answers", "check the address"]);
    {
        let _hub = shop.hub();
        check(&address, &["it refuses the code"]);
    }
    let not_a_hub: [(&str, &[&str]); 4] = [
        ("HTTP/1.1 200 OK\r\ncontent-length: 26\r\n\r\n<html>Welcome guest</html>", &["not a Counterfoil hub"]),
        ("HTTP/1.1 302 Found\r\nlocation: http://login.example/\r\ncontent-length: 0\r\n\r\n", &["not a Counterfoil hub", "302"]),
        ("SSH-2.0-OpenSSH_9.2\r\n", &["not a Counterfoil hub"]),
        ("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n", &["busy or broken", "503"]),
    ];
    for (answer, words) in not_a_hub {
        let _fake = Fake::saying(shop.address, answer);
        check(&address, words);
    }
}

#[test]
fn a_code_is_good_once() {
    let shop = Shop::empty();
    let hub = shop.hub();
    let (address, code) = (format!("http://{}", shop.address), hub.code("Till 1"));
    assert!(shop.output(&["enrol", "--hub", &address, "--code", &code]).status.success());
    let before = fs::read(shop.till_file("identity.json")).unwrap();
    told(&shop.output(&["enrol", "--hub", &address, "--code", &code]), &["it refuses the code"]);
    assert_eq!(fs::read(shop.till_file("identity.json")).unwrap(), before, "a refused code costs nothing");
}

/// Enrolling again, as after a hub was replaced in place, must not strand what was never sent.
#[test]
fn enrolling_again_keeps_what_is_unsent() {
    let shop = Shop::open();
    let serial = &crate::support::examples().other.serials[0];
    let mut till = shop.till();
    till.sign_in("1111");
    till.sell(serial);
    till.end();
    let hub = shop.hub();
    let again = shop.output(&["enrol", "--hub", &format!("http://{}", shop.address), "--code", &hub.code("Till 1")]);
    assert!(again.status.success(), "{again:?}");
    let mut till = shop.till();
    till.synced();
    till.end();
    assert_eq!(hub.devices().len(), 1, "the hub knows the device again");
    let found = engine::hub::HubReader::open(&shop.hub_folder().join("hub.db")).unwrap().units(&ledger::serial::Serial::parse(serial).unwrap()).unwrap();
    assert_eq!(found[0].history.iter().filter(|entry| entry.kind == "sale@1").count(), 1, "{found:?}");
}

/// Another shop's hub must not get what was sold here, and nothing may be lost in the trying.
#[test]
fn a_till_with_sales_stays_with_its_hub() {
    let shop = Shop::open();
    let other = Shop::empty();
    let hub = other.hub();
    let code = hub.code("Till 1");
    let enrol = || shop.output(&["enrol", "--hub", &format!("http://{}", other.address), "--code", &code]);
    let identity = shop.till_file("identity.json");
    let before = fs::read(&identity).unwrap();
    let words = ["holds 1 operations (0 unsent)", "of T01 of hub", "would book all of it once more", "Nothing was changed here", "`data`"];
    told(&enrol(), &words);
    assert_eq!(fs::read(&identity).unwrap(), before, "it is still the other hub's");
    fs::write(&identity, "").unwrap();
    told(&enrol(), &words);
    assert_eq!(hub.devices().len(), 0, "the code was not spent");

    let mut forged: serde_json::Value = serde_json::from_slice(&before).unwrap();
    forged["hub_name"] = "another".into();
    fs::write(&identity, forged.to_string()).unwrap();
    told(&shop.output(&["run", "--headless"]), &["journal.db holds what was done for hub", "enrolled at hub another", "`data`"]);
    fs::write(&identity, &before).unwrap();
    shop.till().end();
}

/// A hub that does not know the box's key gives it another number, under which nothing could be sent.
#[test]
fn a_till_with_sales_keeps_its_number() {
    let shop = Shop::open();
    let hub = shop.hub();
    let enrol = |code: String| shop.output(&["enrol", "--hub", &format!("http://{}", shop.address), "--code", &code]);
    fs::remove_file(shop.till_file("journal.db")).unwrap();
    let again = enrol(hub.code("Till 1"));
    assert!(again.status.success(), "its key is known, and its ops are in the other witness: {again:?}");
    let mut till = shop.till();
    till.see("what came back, sent", |v| text(v, "refusal") == "ops_recovered" && text(v, "sync") == "Synced" && number(v, "pending") == 0);
    till.end();
    assert_eq!(hub.devices()[0].incarnation, 2, "of the terminal that it was");
    fs::remove_file(shop.till_file("identity.json")).unwrap();
    let words = ["The code is for T02", "this box is T01", "Nothing was changed", "`counterfoil-hub enrol-code --terminal T01`"];
    told(&enrol(hub.code("Till 2")), &words);
    assert!(!shop.till_file("identity.json").exists());
    assert_eq!(hub.devices().len(), 1, "nobody new was taken in");
}

/// The key is gone and the journal is there: with a code for the terminal that it was, what waits is sent.
#[test]
fn a_till_that_lost_its_key_comes_back() {
    let shop = Shop::open();
    let serials = &crate::support::examples().other.serials;
    let (first, second) = (serials[0].as_str(), serials[1].as_str());
    let mut till = shop.till();
    till.sign_in("1111");
    till.sell(first);
    till.end();
    fs::remove_file(shop.till_file("identity.json")).unwrap();
    told(&shop.output(&["run", "--headless"]), &["identity.json is gone", "is safe in", "journal.db", "`counterfoil-hub enrol-code --terminal TERMINAL`"]);

    let hub = shop.hub();
    let code = hub.code_again("T01");
    let enrol = |code: &str| shop.output(&["enrol", "--hub", &format!("http://{}", shop.address), "--code", code]);
    let again = enrol(&code);
    assert!(String::from_utf8_lossy(&again.stdout).starts_with("Enrolled as Till 1 (T01) at "), "{again:?}");
    told(&enrol(&code), &["it refuses the code", "was used before"]);
    let mut till = shop.till();
    till.synced();
    hub.has_sold_once(1, &[first]);
    till.sign_in("1111");
    till.sell(second);
    till.synced();
    till.end();
    hub.has_sold_once(1, &[first, second]);
    assert_eq!((hub.devices()[0].incarnation, hub.devices()[0].head_seq), (2, 1), "it goes on under numbers of its own");
}

/// With nothing left but the folder, it is the same terminal on another disk.
#[test]
fn a_till_that_lost_everything_comes_back() {
    let shop = Shop::open();
    let hub = shop.hub();
    fs::read_dir(shop.till_folder()).unwrap().for_each(|entry| fs::remove_file(entry.unwrap().path()).unwrap());
    let again = shop.output(&["enrol", "--hub", &format!("http://{}", shop.address), "--code", &hub.code_again("T01")]);
    assert!(again.status.success(), "{again:?}");
    let mut till = shop.till();
    till.see("the catalogue from the hub", |v| number(v, "units") >= 5_000);
    till.synced();
    till.end();
    hub.has_sold_once(1, &[]);
    let devices = hub.devices();
    assert_eq!((devices[0].incarnation, devices[0].head_seq), (2, 0), "it begins anew, in an incarnation of its own");
}

/// A code for another terminal than the one whose journal it is takes nobody's key.
#[test]
fn a_till_never_becomes_another_one() {
    let (shop, other) = (Shop::open(), Shop::empty());
    let hub = shop.hub();
    let address = format!("http://{}", shop.address);
    let enrol = |shop: &Shop, code: &str| shop.output(&["enrol", "--hub", &address, "--code", code]);
    assert!(enrol(&other, &hub.code("Till 2")).status.success());
    let before = hub.devices();
    fs::remove_file(shop.till_file("identity.json")).unwrap();
    let code = hub.code_again("T02");
    told(&enrol(&shop, &code), &["The code is for T02", "this box is T01", "the code is still good", "enrol-code --terminal T01"]);
    assert!(!shop.till_file("identity.json").exists());
    assert_eq!(hub.devices(), before, "both keys are what they were");

    fs::remove_file(shop.till_file("journal.db")).unwrap();
    told(&enrol(&shop, &hub.code_again("T01")), &["a terminal whose journal is gone", "nothing tells for which hub", "Nothing was changed", "`data`"]);
    assert_eq!(hub.devices(), before);
}

/// Somebody typed the wrong address, and nothing was sold yet.
#[test]
fn a_till_without_sales_may_change_its_hub() {
    let (shop, other) = (Shop::empty(), Shop::empty());
    let (first, second) = (shop.hub(), other.hub());
    for (at, code) in [(&shop, first.code("Till 1")), (&other, second.code("Till 1"))] {
        let output = shop.output(&["enrol", "--hub", &format!("http://{}", at.address), "--code", &code]);
        assert!(output.status.success(), "{output:?}");
        told(&shop.output(&["log-head"]), &["no head of its log yet"]);
    }
    let names = fs::read_dir(shop.till_folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(|name| name.starts_with("journal.db.unused-") && name.ends_with('Z')).count(), 1);
}
