//! Several hubs on one database: one takes what is new, the others stand by, none is needed.

use crate::cluster::{Cluster, cluster, name_of};
use crate::support::{Hub, Terminal, names};
use hub::config::Config;
use hub::sequencer::Standing;
use ledger::sync::wire::PushAnswer;
use reqwest::Method;
use serde_json::Value;

/// Another hub on the same database.
async fn beside(database: &str) -> Hub {
    let folder = tempfile::tempdir().unwrap();
    let config = Config { data: folder.path().to_owned(), database: Some(database.parse().unwrap()), ..Config::default() };
    Hub::serve(&config, folder).await
}

/// The address comes along: what is shown of a database is no address.
async fn first(cluster: &Cluster) -> (Hub, String) {
    let address = cluster.database();
    let named = address.parse().unwrap();
    (Hub::start_with(|config| config.database = Some(named)).await, address)
}

async fn role(hub: &Hub) -> String {
    let health: Value = hub.admin(Method::GET, "/api/v1/health", "").await.good();
    health["role"].as_str().unwrap().to_owned()
}

fn at(till: &Terminal, hub: &Hub) -> Terminal {
    Terminal { url: hub.url.clone(), ..till.clone_disk() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_takes_ops_and_the_other_stands_by_until_it_is_needed() {
    let (one, address) = first(cluster()).await;
    let two = beside(&address).await;
    two.state.sequencer.stands(Standing::Standby).await;
    assert_eq!((role(&one).await, role(&two).await), ("active".into(), "standby".into()));
    assert_eq!(one.state.id, two.state.id);

    let mut till = one.terminal("Till 1").await;
    let ops = [till.shift(), till.stock_in(&["A1"]), till.sale("A1")];
    let answer = at(&till, &two).push_at(1, &ops).await;
    answer.trouble(503, "standby");
    assert_eq!(answer.headers["retry-after"], "2");
    let enrolling = two.admin(Method::POST, "/api/v1/enrol-codes", r#"{"name":"Till 2","warehouse":"main"}"#).await;
    enrolling.trouble(503, "standby");
    assert_eq!(till.push(&ops).await.acked_seq, 3);

    let elsewhere = at(&till, &two);
    let page = elsewhere.pull(&till.beginning().await, 1_000).await;
    assert!(page.up_to_date && !page.rows.is_empty(), "what only reads is answered");

    let told = one.url.clone();
    one.stop().await;
    two.state.sequencer.stands(Standing::Active).await;
    assert_ne!(two.url, told);
    let answer: PushAnswer = elsewhere.push_at(1, &ops).await.good();
    assert_eq!(names(&answer), ["applied", "applied", "applied"], "known by their places, not taken again");
    assert_eq!(two.counts().await.ops, 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_lost_its_connection_goes_on_once_it_leads_again() {
    let (hub, address) = first(cluster()).await;
    let mut till = hub.terminal("Till 1").await;
    for round in 0..5_u64 {
        let op = till.stock_in(&[&format!("R{round}")]);
        cluster().disconnect(name_of(&address));
        let mut troubles = 0;
        loop {
            let answer = till.push_at(till.seq, std::slice::from_ref(&op)).await;
            if answer.status == 200 {
                assert_eq!(names(&answer.good()), ["applied"]);
                break;
            }
            answer.trouble(503, "database_away");
            troubles += 1;
            assert!(troubles < 1_000, "it does not come back");
            hub.state.sequencer.stands(Standing::Active).await;
        }
        assert!(troubles > 0, "the case was not tried");
        assert_eq!(hub.counts().await.ops, round + 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_database_is_down_terminals_are_told_to_come_back() {
    let cluster = Cluster::start();
    let (hub, _) = first(&cluster).await;
    let mut till = hub.terminal("Till 1").await;
    let op = till.stock_in(&["A1"]);
    cluster.stop();
    till.push_at(1, std::slice::from_ref(&op)).await.trouble(503, "database_away");
    hub.admin(Method::GET, "/api/v1/health", "").await.trouble(503, "database_away");
    hub.state.sequencer.act(|store| store.op_count()).await.expect_err("there is no database");
    hub.state.sequencer.stands(Standing::Away).await;
    cluster.start_again();
    hub.state.sequencer.stands(Standing::Active).await;
    assert_eq!(names(&till.push(&[op]).await), ["applied"]);
    hub.stop().await;
}

/// What is killed is the connection, at any moment of a transaction: also between a commit and its
/// answer. Every op is there once, and what was acknowledged is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_cut_at_any_moment_lose_and_double_nothing() {
    const OPS: usize = 400;
    let (hub, address) = first(cluster()).await;
    let mut till = hub.terminal("Till 1").await;
    let cutter = tokio::task::spawn_blocking(move || (0..25).for_each(|_| cluster().disconnect(name_of(&address))));
    let (mut ops, mut cuts) = (Vec::new(), 0);
    while ops.len() < OPS || !cutter.is_finished() {
        let batch: Vec<_> = (0..5).map(|at| till.stock_in(&[&format!("C{}", ops.len() + at)])).collect();
        ops.extend(batch.iter().map(|op| op.hash));
        loop {
            let answer = till.push_at(till.seq + 1 - batch.len() as u64, &batch).await;
            if answer.status == 200 {
                let answer: PushAnswer = answer.good();
                assert_eq!((answer.acked_seq, answer.expected_seq), (till.seq, None));
                break;
            }
            assert_eq!(answer.status, 503);
            cuts += 1;
            hub.state.sequencer.stands(Standing::Active).await;
        }
    }
    cutter.await.unwrap();
    println!("{cuts} pushes were cut off, {} ops came in", ops.len());
    assert!(cuts > 0, "no push was ever cut off: the case was not tried");
    let counts = hub.counts().await;
    assert_eq!((counts.ops as usize, counts.units as usize, counts.forks), (ops.len() + 1, ops.len(), 0));
}
