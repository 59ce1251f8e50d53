//! A server that says no, goes away, and comes back.

use crate::cluster::{Cluster, PASSWORD, USER, cluster, name_of};
use crate::shop::{fill, op_id, stock_in};
use engine::database::Database;
use engine::fault::Fault;
use ledger::verdict::Outcome;
use std::error::Error;

fn database(address: &str) -> Database {
    address.parse().unwrap()
}

/// The sentence of a fault and of everything under it.
fn whole(fault: &Fault) -> String {
    let mut told = fault.to_string();
    let mut cause = fault.source();
    while let Some(inner) = cause {
        told.push_str(&format!(": {inner}"));
        cause = inner.source();
    }
    told
}

#[test]
fn it_says_why_it_cannot_be_opened() {
    let cluster = cluster();
    let (name, port) = (name_of(&cluster.database()).to_owned(), cluster.port);
    let check = |address: &str, transient: bool, sentence: &str| {
        let fault = database(address).store().err().expect(sentence);
        let told = whole(&fault);
        assert!(told.contains(sentence), "{told}");
        assert!(!told.contains(PASSWORD) && !format!("{fault:?}").contains(PASSWORD), "the password shows: {told}");
        assert_eq!(fault.is_transient(), transient, "{told}");
    };
    check(&format!("postgres://{USER}:{PASSWORD}x@127.0.0.1:{port}/{name}"), false, "does not let this user in");
    check(&format!("postgres://nobody:{PASSWORD}@127.0.0.1:{port}/{name}"), false, "does not let this user in");
    check(&format!("postgres://{USER}@127.0.0.1:{port}/{name}"), false, "wants a password");
    check(&format!("postgres://{USER}:{PASSWORD}@127.0.0.1:{port}/nowhere"), false, "is not there. Make it with createdb");
    check(&format!("postgres://{USER}:{PASSWORD}@127.0.0.1:1/{name}"), true, "does not answer. Check that the server runs");
    check(&format!("postgres://{USER}@/{name}?host=/nowhere"), true, "does not answer. Check that the server runs");
    cluster.sql("postgres", "CREATE ROLE guest LOGIN");
    cluster.sql(&name, "REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    check(&cluster.address(&name).replace(USER, "guest"), false, "does not allow this user to do that");
    cluster.sql("postgres", &format!("ALTER DATABASE {name} SET default_transaction_read_only = on"));
    check(&cluster.address(&name), false, "can only be read");
    let latin = "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' LOCALE_PROVIDER libc TEMPLATE template0";
    cluster.sql("postgres", latin);
    check(&cluster.address("latin"), false, "cannot keep text of every language");
    let with_password = format!("postgres://{USER}@127.0.0.1:{port}/{name}");
    assert!(database(&with_password).or_password(PASSWORD).connect_read_only().is_ok());
}

#[test]
fn a_server_that_could_lose_sales_is_refused() {
    let cluster = Cluster::start();
    let server = database(&cluster.database());
    drop(server.store().unwrap());
    cluster.sql("postgres", "ALTER SYSTEM SET fsync = off");
    cluster.sql("postgres", "SELECT pg_reload_conf()");
    // The setting is there once the server says so.
    while cluster.sql("postgres", "SHOW fsync").trim() == "on" {}
    let told = server.store().err().expect("fsync is off").to_string();
    assert!(told.contains("would lose confirmed sales with the power"), "{told}");
}

#[test]
fn a_commit_waits_for_the_disk_whatever_the_server_is_set_to() {
    let address = cluster().database();
    cluster().sql("postgres", &format!("ALTER DATABASE {} SET synchronous_commit = off", name_of(&address)));
    let mut sql = database(&address).connect().unwrap();
    let shown = sql.rows("SELECT current_setting('synchronous_commit')", &[]).unwrap();
    assert_eq!(shown[0][0].as_text(), "on");
}

#[test]
fn a_lost_connection_is_made_anew_between_transactions() {
    let address = cluster().database();
    let server = database(&address);
    let mut store = server.store().unwrap();
    fill(&mut store, 5);
    let mut reader = server.reader().unwrap();
    let counts = reader.counts().unwrap();
    cluster().disconnect(name_of(&address));
    assert_eq!(reader.counts().unwrap(), counts, "a reader does not even notice");
    let mut add = |number: u128, serial: &str| store.submit(3, op_id(number), stock_in("HUB-2", "PHONE", &[serial.into()]));
    assert_eq!(add(50, "N1").unwrap(), Outcome::Applied, "nor does a writer that does not lead");
}

#[test]
fn a_statement_of_a_broken_transaction_never_runs_by_itself() {
    let address = cluster().database();
    let server = database(&address);
    drop(server.store().unwrap());
    let mut sql = server.connect().unwrap();
    sql.begin().unwrap();
    sql.exec("UPDATE hub SET op_number = 5", &[]).unwrap();
    cluster().disconnect(name_of(&address));
    for _ in 0..2 {
        let fault = sql.exec("UPDATE hub SET feed_pos = 5", &[]).unwrap_err();
        assert!(matches!(fault, Fault::Away { .. }), "{fault:?}");
    }
    assert!(sql.commit().is_err());
    sql.rollback().unwrap();
    let row = sql.rows("SELECT op_number, feed_pos FROM hub", &[]).unwrap();
    assert_eq!((row[0][0].as_int(), row[0][1].as_int()), (0, 0));
}

#[test]
fn one_leads_and_another_takes_over() {
    let address = cluster().database();
    let server = database(&address);
    let [mut one, mut two] = [(); 2].map(|()| server.store().unwrap());
    assert!(one.lead().unwrap() && one.lead().unwrap());
    assert!(!two.lead().unwrap());
    cluster().disconnect(name_of(&address));
    assert!(two.lead().unwrap(), "the lock went with the connection");
    let lost = one.submit(1, op_id(1), stock_in("HUB-1", "PHONE", &["A".into()]));
    assert!(matches!(lost, Err(Fault::Away { .. })), "it does not lead any more and has to hear it: {lost:?}");
    assert!(!one.lead().unwrap());
    drop(two);
    assert!(one.lead().unwrap());
}

#[test]
fn after_a_crash_of_the_server_everything_confirmed_is_there() {
    let cluster = Cluster::start();
    let server = database(&cluster.database());
    let mut store = server.store().unwrap();
    fill(&mut store, 5);
    let mut confirmed = server.reader().unwrap().counts().unwrap().ops;
    for round in 0..3 {
        let before = store.submit(3, op_id(100 + round), stock_in("HUB-9", "PHONE", &[format!("R{round}")]));
        assert_eq!(before.unwrap(), Outcome::Applied);
        confirmed += 1;
        cluster.stop();
        let fault = store.submit(3, op_id(200 + round), stock_in("HUB-9", "PHONE", &[format!("S{round}")])).unwrap_err();
        assert!(fault.is_transient() && fault.to_string().contains("does not answer"), "{fault}");
        cluster.start_again();
        assert_eq!(server.reader().unwrap().counts().unwrap().ops, confirmed);
    }
}
