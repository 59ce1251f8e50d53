//! The file that a terminal begins with.

use crate::support::{Answer, Hub, Terminal, product};
use hub::config::Config;
use ledger::catalogue::ProductsChange;
use ledger::op::{Body, Hash};
use ledger::row::SerialPolicy;
use ledger::sync::wire::{Cursor, SnapshotManifest};
use reqwest::Method;

async fn manifest(till: &Terminal) -> SnapshotManifest {
    till.ask(Method::GET, "/api/v1/sync/snapshot", Vec::new()).await.good()
}

async fn fetch(till: &Terminal, manifest: &SnapshotManifest, range: Option<String>) -> Answer {
    let (request, _) = till.signed(Method::GET, &format!("/api/v1/sync/snapshot/{}", manifest.sha256), Vec::new());
    let request = range.into_iter().fold(request, |request, range| request.header("range", range));
    Answer::of(request.header("accept-encoding", "zstd").send().await.unwrap()).await
}

#[tokio::test]
async fn a_snapshot_resumes_and_goes_on_in_the_feed() {
    let hub = Hub::start().await;
    let mut till = hub.terminal("Till 1").await;
    let serials: Vec<String> = (0..500).map(|number| format!("S{number}")).collect();
    let ops = [till.shift(), till.stock_in(&serials.iter().map(String::as_str).collect::<Vec<_>>()), till.sale("S3")];
    till.push(&ops).await;
    let told = manifest(&till).await;
    assert_eq!((told.contained.last().map(|chain| chain.seq), told.pos), (Some(3), till.hello().await.feed_pos));

    let half = told.bytes / 2;
    let (head, tail) = (fetch(&till, &told, Some(format!("bytes=0-{}", half - 1))).await, fetch(&till, &told, Some(format!("bytes={half}-"))).await);
    assert_eq!((head.status, tail.status), (206.try_into().unwrap(), 206.try_into().unwrap()));
    let packed = [head.body, tail.body].concat();
    let whole = fetch(&till, &told, None).await;
    assert!(!whole.headers.contains_key("content-encoding"), "it is packed already");
    assert_eq!((packed.len() as u64, Hash::of(&packed)), (told.bytes, told.sha256));
    assert_eq!(whole.body, packed);
    fetch(&till, &told, Some(format!("bytes={}-", told.bytes + 1))).await.trouble(416, "bad_range");

    let plain = zstd::decode_all(&packed[..]).unwrap();
    assert_eq!(plain.len() as u64, told.unpacked_bytes);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), plain).unwrap();
    let catalogue = rusqlite::Connection::open(file.path()).unwrap();
    let one = |sql: &str| catalogue.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(one("SELECT count(*) FROM unit"), 500);
    assert_eq!(one("SELECT count(*) FROM unit WHERE status = 1 AND serial = 'S3'"), 1);
    assert_eq!(one("SELECT count(*) FROM record WHERE tbl = 'till'"), 1);
    let secrets = "SELECT count(*) FROM sqlite_schema WHERE name IN ('hub', 'op', 'device', 'enrol_code', 'chain', 'fork')";
    assert_eq!(one(secrets), 0, "what is the hub's alone stays there");

    let page = till.pull(&Cursor { feed: told.feed, pos: told.pos }, 100).await;
    assert!(page.rows.is_empty() && page.up_to_date);
}

#[tokio::test]
async fn it_is_built_again_when_it_is_too_old() {
    let hub = Hub::start_with(|config: &mut Config| config.snapshot.rows_moved_max = 2).await;
    let mut till = hub.terminal("Till 1").await;
    let first = manifest(&till).await;
    assert_eq!(manifest(&till).await, first);
    let op = till.shift();
    till.push(&[op]).await;
    assert_eq!(manifest(&till).await, first, "one row is not enough");
    let rows = |prefix: &str| (0..5).map(|number| product(&format!("{prefix}{number}"), SerialPolicy::Off)).collect();
    hub.submit(Body::Products(ProductsChange { products: rows("P") })).await;
    let second = manifest(&till).await;
    assert!(second.pos > first.pos && second.contained.last().is_some_and(|chain| chain.seq == 1));
    assert_eq!(fetch(&till, &first, None).await.status, 200, "whoever is still fetching it may finish");
    hub.submit(Body::Products(ProductsChange { products: rows("Q") })).await;
    let third = manifest(&till).await;
    assert_eq!(fetch(&till, &third, None).await.status, 200);
    fetch(&till, &first, None).await.trouble(404, "not_found");
}

#[tokio::test]
async fn names_that_are_none() {
    let hub = Hub::start().await;
    let till = hub.terminal("Till 1").await;
    for (name, status, code) in [("x", 400, "malformed"), ("..%2Fhub.db", 400, "malformed"), (&"0".repeat(64), 404, "not_found")] {
        till.ask(Method::GET, &format!("/api/v1/sync/snapshot/{name}"), Vec::new()).await.trouble(status, code);
    }
}
