//! The commands for whoever keeps the hub, run as they are typed, beside a hub that runs.

use crate::support::*;
use engine::terminal::{Carried, CarriedFault, TerminalIdentity, TerminalStore};
use hub::evidence;
use hub::keys::{HubKey, device_key, signed_by};
use ledger::evidence::Flaw;
use ledger::sync::wire::{EnrolAnswer, HubHead, SignedHead};
use reqwest::Method;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Runs `counterfoil-hub` on a folder and answers whether it went well, and what it said.
fn run(data: &Path, words: &[&str]) -> (bool, String) {
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_counterfoil-hub")).arg("--data").arg(data).args(words).output().unwrap();
    (status.success(), format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr)))
}

#[track_caller]
fn good(data: &Path, words: &[&str], says: &str) -> String {
    let (ended, said) = run(data, words);
    assert!(ended && said.contains(says), "{words:?}: {said}");
    said
}

#[track_caller]
fn bad(data: &Path, words: &[&str], says: &str) {
    let (ended, said) = run(data, words);
    assert!(!ended && said.contains(says) && said.trim_end().ends_with('.'), "{words:?}: {said}");
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Two units, one of them sold twice.
async fn shop(hub: &Hub) -> (Terminal, Terminal) {
    let (mut one, mut two) = (hub.terminal("Till <1>").await, hub.terminal("Till 2").await);
    let ops = [one.shift(), one.stock_in(&["A1", "A2"]), one.sale("A1")];
    one.push(&ops).await;
    let ops = [two.shift(), two.sale("A1")];
    assert_eq!(names(&two.push(&ops).await)[1], "conflict PHONE A1");
    (one, two)
}

/// Damage from outside.
fn damage(hub: &Hub, sql: &str) {
    assert!(rusqlite::Connection::open(hub.folder().join("hub.db")).unwrap().execute(sql, []).unwrap() > 0, "{sql}");
}

/// Writes the report of a unit and answers the file and the page.
fn report(data: &Path, out: &Path, serial: &str) -> (PathBuf, PathBuf) {
    let said = good(data, &["evidence", "--serial", serial, "--out", text(out)], "evidence-PHONE-");
    let mut lines = said.lines().map(PathBuf::from);
    (lines.next().unwrap(), lines.next().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_looked_through_against_heads_that_were_kept() {
    let hub = Hub::start().await;
    let (till, _) = shop(&hub).await;
    let out = tempfile::tempdir().unwrap();
    let head = till.hello().await.head;
    let kept = out.path().join("head.json");
    let write = |hub: &str, head: &SignedHead| fs::write(&kept, serde_json::to_string(&HubHead { hub: hub.into(), head: head.clone() }).unwrap()).unwrap();
    let verify = ["audit", "verify", "--head", text(&kept)];

    let said = good(hub.folder(), &["audit", "verify"], "is good: 6 ops");
    assert!(said.contains(&hub.state.key.public()), "{said}");
    write(&hub.state.id, &head);
    good(hub.folder(), &verify, "contains the head over 6 ops");
    write("0011223344556677", &head);
    bad(hub.folder(), &verify, "is of hub 0011223344556677");
    write(&hub.state.id, &SignedHead { number: 5, ..head.clone() });
    bad(hub.folder(), &verify, "was not signed by this hub's key");
    fs::write(&kept, "{}").unwrap();
    bad(hub.folder(), &verify, "holds no head of a log");
    bad(hub.folder(), &["audit", "verify", "--head", "/nowhere/head.json"], "cannot be read");

    let (file, page) = report(hub.folder(), out.path(), "A1");
    for report in [&file, &page] {
        let said = good(hub.folder(), &["audit", "verify", "--head", text(report)], "contains the head over 6 ops");
        assert!(said.contains("no other ops about PHONE A1 than the report"), "{said}");
    }
    damage(&hub, "INSERT INTO op_unit (sku, serial, number) VALUES ('PHONE', 'A1', 2)");
    bad(hub.folder(), &["audit", "verify", "--head", text(&file)], "The report leaves out what names the unit too");
    write(&hub.state.id, &head);
    damage(&hub, "UPDATE op SET bytes = CAST(replace(CAST(bytes AS TEXT), 'A2', 'B2') AS BLOB) WHERE number = 3");
    bad(hub.folder(), &verify, "The log is bad from op 3 on: its bytes");
    let empty = tempfile::tempdir().unwrap();
    bad(empty.path(), &["audit", "verify"], "There is no hub in");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_checked_without_the_hub() {
    let hub = Hub::start().await;
    shop(&hub).await;
    let (out, nowhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (file, page) = report(hub.folder(), out.path(), "A1");
    let key = hub.state.key.public();
    for report in [&file, &page] {
        let said = good(nowhere.path(), &["audit", "verify-report", text(report)], "PHONE A1 is whole: 3 ops");
        assert!(said.contains(&key) && said.contains("Compare that key"), "{said}");
        good(nowhere.path(), &["audit", "verify-report", text(report), "--hub-key", &key], "That is the key you named.");
        let other = HubKey::from_secret(&[9; 32]).public();
        bad(nowhere.path(), &["audit", "verify-report", text(report), "--hub-key", &other], "Somebody else wrote it");
        let changed = fs::read_to_string(report).unwrap().replacen("A1", "A7", 1);
        fs::write(report, changed).unwrap();
        bad(nowhere.path(), &["audit", "verify-report", text(report)], "changed after it was signed");
    }
    let sku = ["evidence", "--serial", "A1", "--sku", "CABLE", "--out", text(out.path())];
    bad(hub.folder(), &sku, "knows no unit A1 of SKU CABLE");
    bad(hub.folder(), &["evidence", "--serial", "A9", "--out", text(out.path())], "knows no unit with the serial A9");
    bad(hub.folder(), &["evidence", "--serial", "A 9", "--out", text(out.path())], "cannot be part of a serial number");
}

/// The whole page and the whole file with the hub's real key: no byte can be another.
#[tokio::test]
async fn no_changed_byte_of_a_page_goes_unseen() {
    let hub = Hub::start().await;
    shop(&hub).await;
    let page = hub.admin(Method::GET, "/api/v1/evidence/page?serial=A1", "").await;
    assert_eq!(page.status, 200);
    evidence::check(std::str::from_utf8(&page.body).unwrap()).map(drop).unwrap();
    let seen = |at: usize, mask: u8| {
        let mut changed = page.body.clone();
        changed[at] ^= mask;
        String::from_utf8(changed).is_ok_and(|text| evidence::check(&text).is_ok())
    };
    // Each costs a signature: every seventh byte of one kind after the other covers all parts.
    for (mask, offset) in [(0x01, 0), (0x02, 2), (0x20, 4)] {
        for at in (offset..page.body.len()).step_by(7) {
            assert!(!seen(at, mask), "byte {at} xor {mask}: {}", String::from_utf8_lossy(&page.body[at.saturating_sub(20)..(at + 20).min(page.body.len())]));
        }
    }
}

#[tokio::test]
async fn the_page_is_in_plain_words_and_safe() {
    let hub = Hub::start().await;
    shop(&hub).await;
    let page = hub.admin(Method::GET, "/api/v1/evidence/page?serial=A1&sku=PHONE", "").await;
    let text = String::from_utf8(page.body).unwrap();
    for words in [
        "Evidence for unit A1",
        "Received, document",
        "together with another of its kind",
        "sold it from warehouse main as part of \u{201c}The PHONE\u{201d}, 1 at $500.00 each: $500.00",
        "paid $500.00 in cash",
        "Till &lt;1&gt;",
        "had not been set since the device was switched on",
        "did not know the unit",
        "Conflicts",
        "which of them is right is for a person to decide",
        "What this document proves",
    ] {
        assert!(text.contains(words), "{words} is not in\n{text}");
    }
    for foreign in ["Till <1>", "http:", "https:", "src=", "href=", "@import", "url("] {
        assert!(!text.contains(foreign), "{foreign}");
    }
    let file = hub.admin(Method::GET, "/api/v1/evidence?serial=A1", "").await;
    let checked = evidence::check(std::str::from_utf8(&file.body).unwrap()).map(|checked| checked.sealed.hub_key);
    assert_eq!(checked, Ok::<_, Flaw>(hub.state.key.public()));
    for (query, status, code) in
        [("serial=A9", 404, "not_found"), ("serial=A%209", 400, "malformed"), ("sku=PHONE", 400, "malformed"), ("serial=A1&sku=X", 404, "not_found")]
    {
        hub.admin(Method::GET, &format!("/api/v1/evidence?{query}"), "").await.trouble(status, code);
        hub.admin(Method::GET, &format!("/api/v1/evidence/page?{query}"), "").await.trouble(status, code);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_tells_terminals_that_ops_are_safe() {
    let hub = Hub::start().await;
    let (till, mut two) = shop(&hub).await;
    assert_eq!(till.hello().await.safe_seq, 0);
    let out = tempfile::tempdir().unwrap();
    let to = out.path().join("hub-1.db");
    good(hub.folder(), &["backup", "--to", text(&to)], "holds the hub with 6 ops, and was looked through");
    assert_eq!((till.hello().await.safe_seq, two.hello().await.safe_seq), (3, 2));
    let op = two.stock_in(&["A3"]);
    assert_eq!(two.push(&[op]).await.safe_seq, 2, "what came since is not in it");
    bad(hub.folder(), &["backup", "--to", text(&to)], "is there already");
    bad(hub.folder(), &["backup", "--to", "/nowhere/at/all.db"], "There is no folder /nowhere/at");

    let other = tempfile::tempdir().unwrap();
    fs::copy(&to, other.path().join("hub.db")).unwrap();
    good(other.path(), &["audit", "verify"], "is good: 6 ops");
    damage(&hub, "UPDATE op SET hash = zeroblob(32) WHERE number = 2");
    bad(hub.folder(), &["backup", "--to", text(&out.path().join("hub-2.db"))], "No backup was kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_is_carried_to_a_terminal() {
    let hub = Hub::start().await;
    let (till, _) = shop(&hub).await;
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("shop.snapshot");
    good(hub.folder(), &["snapshot", "--out", text(&file)], "counterfoil load-snapshot --file");
    let left: Vec<_> =
        fs::read_dir(hub.folder()).unwrap().map(|entry| entry.unwrap().file_name()).filter(|name| name.to_string_lossy().starts_with("carried")).collect();
    assert!(left.is_empty(), "{left:?}");
    let key = device_key(&hub.state.key.public()).unwrap();
    let open = |key: [u8; 32]| Carried::open(&file, &hub.state.id, |bytes, signature| signed_by(&key, bytes, signature));
    let stranger = device_key(&HubKey::from_secret(&[9; 32]).public()).unwrap();
    assert!(matches!(open(stranger).map(drop), Err(CarriedFault::NotSigned { .. })));
    let identity = TerminalIdentity { terminal: till.id.clone(), incarnation: 1, warehouse: WAREHOUSE.into(), hub: "hub".into() };
    let (mut store, _) = TerminalStore::open(&out.path().join("till"), &identity).unwrap();
    let changed = store.install_carried(&open(key).unwrap(), &mut |_, _| ()).unwrap().changed;
    assert_eq!(changed, 3, "two units and a product");
    let head = store.sync_standing(0).unwrap();
    assert!(head.has_cursor && !head.suspect);
    bad(hub.folder(), &["snapshot", "--out", "/nowhere/shop.snapshot"], "There is no folder /nowhere");
    bad(hub.folder(), &["snapshot", "--out", text(out.path())], "could not be read or written: ");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_person_is_listed() {
    let hub = Hub::start().await;
    let data = hub.folder();
    good(data, &["incidents"], "Nothing has happened");
    good(data, &["parked"], "No op is parked.");
    good(data, &["replay"], "No op is parked.");
    let mut till = hub.terminal("Till 1").await;
    let op = till.bytes(|id, incarnation, seq, prev| {
        format!(r#"{{"id":"{}","device":"{id}","incarnation":{incarnation},"seq":{seq},"prev":"{prev}","kind":"barter@1"}}"#, random_id())
    });
    till.push(&[op]).await;
    good(data, &["parked"], "barter@1");
    let said = good(data, &["incidents"], "Op 2 of the log is parked: unknown_kind.");
    assert!(said.starts_with("last ") && said.contains("parked"), "{said}");
    good(data, &["replay"], "0 of 1 have their final outcome now, 1 still wait.");
    good(data, &["replay", "--number", "2"], "parked: unknown_kind");
    bad(data, &["replay", "--number", "1"], "Op 1 of the log is not parked.");
}

#[tokio::test(flavor = "multi_thread")]
async fn terminals_are_listed_and_named_where_one_is_wanted() {
    let hub = Hub::start().await;
    let data = hub.folder();
    good(data, &["terminals"], "No terminal is enrolled. `counterfoil-hub enrol-code` makes a code for one.");
    let till = hub.terminal("Till <1>").await;
    let said = good(data, &["terminals"], "Till <1>");
    let row: Vec<&str> = said.lines().nth(1).unwrap().split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
    assert_eq!((row[0], row[1], row[3], row[4]), (till.id.as_str(), WAREHOUSE, "no", "Till <1>"), "{said}");
    assert!(row[2].ends_with(" UTC"), "{said}");
    bad(data, &["revoke", "--terminal", "T77"], "There is no terminal T77 at this hub. `counterfoil-hub terminals` lists them.");
    good(data, &["revoke", "--terminal", till.id.as_str()], "is barred");
    assert!(good(data, &["terminals"], "Till <1>").contains("  yes  "));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_says_where_it_leads() {
    let hub = Hub::start().await;
    let code = |words: &[&str]| good(hub.folder(), &[&["enrol-code", "--name", "Till 1"], words].concat(), "counterfoil enrol --hub http://HUB:7070 --code");
    assert!(!code(&["--warehouse", "NOPE"]).contains("Please note"), "of an empty hub nothing is known");
    shop(&hub).await;
    assert!(code(&["--warehouse", "NOPE"]).contains("no terminal are in warehouse NOPE yet. Known are: main."));
    assert!(!code(&["--warehouse", WAREHOUSE]).contains("Please note"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_that_lost_its_key_gets_a_code() {
    let hub = Hub::start().await;
    let (data, till) = (hub.folder(), hub.terminal("Till 1").await);
    bad(data, &["enrol-code", "--terminal", "T77"], "There is no terminal T77 at this hub. `counterfoil-hub terminals` lists them.");
    let said = good(data, &["enrol-code", "--terminal", "T01"], "It gives T01, \"Till 1\", a new key and is good for 15 minutes.");
    assert!(said.contains("counterfoil enrol --hub http://HUB:7070 --code"), "{said}");
    let key = ed25519_dalek::SigningKey::from_bytes(&random());
    let answer: EnrolAnswer = hub.enrol_holding(said.lines().next().unwrap(), &key, Some(&till.id)).await.good();
    assert_eq!((answer.terminal, answer.incarnation), (till.id, 2));
    good(data, &["incidents"], "key_replaced");
    good(data, &["revoke", "--terminal", "T01"], "is barred");
    bad(data, &["enrol-code", "--terminal", "T01"], "T01 is barred for good and gets no new key.");
}

/// What was started by hand, without the unit's umask, is private too.
#[test]
fn what_the_hub_keeps_is_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("out"));
    let hub = format!("umask 022; exec {} --data \"$@\"", env!("CARGO_BIN_EXE_counterfoil-hub"));
    let run = |words: &[&str]| {
        let output = Command::new("sh").args(["-c", &hub, "sh"]).arg(&data).args(words).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    run(&["seed-sample-shop"]);
    run(&["backup", "--to", text(&folder.path().join("hub-1.db"))]);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    let files: Vec<_> = fs::read_dir(&data).unwrap().map(|entry| entry.unwrap().path()).chain([folder.path().join("hub-1.db")]).collect();
    assert!(files.len() >= 2, "{files:?}");
    files.iter().for_each(|file| assert_eq!(mode(file) & 0o077, 0, "{}", file.display()));
    let shown: serde_json::Value = serde_json::from_str(&good(&data, &["sample-shop"], "sold")).unwrap();
    run(&["evidence", "--serial", shown["sold"]["serial"].as_str().unwrap(), "--out", text(&out)]);
    let report = fs::read_dir(&out).unwrap().next().unwrap().unwrap().path();
    assert_eq!(mode(&report), 0o644, "a report is to be handed out");
}

/// `counterfoil-hub … | true`.
#[test]
fn nobody_reads_the_answer() {
    let folder = tempfile::tempdir().unwrap();
    for words in [&["sample-shop"][..], &["enrol-code", "--name", "Till 1"]] {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let output = Command::new(env!("CARGO_BIN_EXE_counterfoil-hub")).arg("--data").arg(folder.path()).args(words).stdout(writer).output().unwrap();
        assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(141), ""), "{words:?}");
    }
}

/// The whole of what is said, so that nothing stands there twice.
#[test]
fn what_goes_wrong_is_said_once() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("hub.db");
    fs::write(&database, "this is no database, although it is long enough to be looked at").unwrap();
    let damaged = format!(
        "counterfoil-hub: {} is damaged: file is not a database. Stop the hub, keep that file, and put the newest backup in its place, \
        as docs/evidence.md tells. Terminals send again what the backup lacks.\n",
        database.display()
    );
    let busy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = busy.local_addr().unwrap().to_string();
    let taken = format!("counterfoil-hub: {address} cannot be listened on: Address already in use (os error 98). Is another program using it?\n");
    let empty = folder.path().join("empty");
    let check = |data: &Path, words: &[&str], said: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_counterfoil-hub")).env("RUST_LOG", "off").arg("--data").arg(data).args(words).output().unwrap();
        assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(1), said), "{words:?}");
    };
    for words in [&["serve"][..], &["terminals"], &["enrol-code", "--name", "Till 1"], &["backup", "--to", "/tmp/never.db"]] {
        check(folder.path(), words, &damaged);
    }
    check(&empty, &["serve", "--listen", &address], &taken);
    let missing = "counterfoil-hub: /nowhere/hub.toml cannot be read: No such file or directory (os error 2).\n";
    check(&empty, &["--check-config", "--config", "/nowhere/hub.toml"], missing);
    let serial = "counterfoil-hub: The serial number is empty. Scan it again.\n";
    check(&empty, &["evidence", "--serial", "", "--out", "x"], serial);
    check(&empty, &["revoke", "--terminal", "T1"], "counterfoil-hub: There is no terminal T1 at this hub. `counterfoil-hub terminals` lists them.\n");
}

#[tokio::test]
async fn an_answer_to_a_bad_request_is_whole_sentences() {
    let hub = Hub::start().await;
    let answer = hub.admin(Method::GET, "/api/v1/evidence?serial=", "").await;
    answer.trouble(400, "malformed");
    let said = String::from_utf8(answer.body).unwrap();
    assert!(said.contains("Scan it again.") && !said.contains(".."), "{said}");
}
