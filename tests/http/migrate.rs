//! `counterfoil-hub migrate`, the program: what people see, and that the hub is itself afterwards.

use crate::cluster::{PASSWORD, USER, cluster, name_of};
use crate::crash::run;
use crate::support::Hub;
use engine::database::Database;
use std::process::Command;

const BINARY: &str = env!("CARGO_BIN_EXE_counterfoil-hub");

/// By the loopback, which asks for the password.
fn loopback(address: &str) -> String {
    format!("postgres://{USER}@127.0.0.1:{}/{}", cluster().port, name_of(address))
}

#[test]
fn a_shop_moves_and_says_what_it_did() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("old");
    assert!(run(&data, &["seed-sample-shop"]).0);
    let from = format!("sqlite:{}", data.join("hub.db").display());
    let address = cluster().database();
    let to = loopback(&address);
    let output = Command::new(BINARY).args(["migrate", "--from", &from, "--to", &to]).env("PGPASSWORD", PASSWORD).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for sentence in
        ["table ", "unit ", "op_unit ", "hub                       1", &format!("The hub is now in {to}."), &format!("Never start a hub on {from} again")]
    {
        assert!(told.contains(sentence), "{told} lacks {sentence}");
    }
    assert!(!told.contains(PASSWORD), "{told}");
    let [old, new] = [&from, &address].map(|name| {
        let database: Database = name.parse().unwrap();
        (database.store().unwrap().identity().unwrap().id, database.reader().unwrap().counts().unwrap())
    });
    assert_eq!(old, new);
    let back = format!("sqlite:{}", folder.path().join("new/hub.db").display());
    let (done, told) = run(&data, &["migrate", "--from", &address, "--to", &back]);
    assert!(done, "{told}");
    let (done, told) = run(&data, &["migrate", "--from", &address, "--to", &back]);
    assert!(!done && told.contains("is not empty: its table unit has rows"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_at_work_does_not_move() {
    let address = cluster().database();
    let named = address.parse().unwrap();
    let hub = Hub::start_with(|config| config.database = Some(named)).await;
    let target = format!("sqlite:{}", hub.folder().join("elsewhere/hub.db").display());
    let (done, told) = run(hub.folder(), &["migrate", "--from", &address, "--to", &target]);
    assert!(!done && told.lines().count() == 1 && told.contains("A hub is at work on postgres://hub@"), "{told}");
    let file = Hub::start_with(|config| config.database = None).await;
    let from = format!("sqlite:{}", file.folder().join("hub.db").display());
    let (done, told) = run(hub.folder(), &["migrate", "--from", &from, "--to", &cluster().database()]);
    assert!(!done && told.lines().count() == 1 && told.contains("Another hub is running on"), "{told}");
}

#[test]
fn it_says_what_is_wrong_with_a_name() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |args: &[&str], sentence: &str| {
        let (done, told) = run(folder.path(), args);
        assert!(!done && told.lines().count() == 1 && told.contains(sentence) && !told.contains(PASSWORD), "{told}");
    };
    refused(&["migrate", "--from", "hub.db", "--to", "sqlite:x"], "--from cannot be understood: it wants sqlite:");
    refused(&["migrate", "--from", "sqlite:x", "--to", "postgres://hub:s3cret@db"], "--to cannot be understood: the address names no database");
    refused(&["serve", "--database", "postgres://hub:s3cret@db:x/y"], "--database cannot be understood: the address is not of the form");
    refused(&["migrate", "--from", "sqlite:/nowhere/hub.db", "--to", "sqlite:x"], "/nowhere/hub.db is not there");
    let wrong = loopback(&cluster().database()).replace("hub@", "hub:wrong@");
    refused(&["serve", "--database", &wrong], "does not let this user in. Check user and password");
}
