//! The feed: every row, in its last state, whatever the page size and whoever writes meanwhile.

use crate::support::{Hub, PHONE, Terminal, product, serial};
use ledger::catalogue::ProductsChange;
use ledger::id::{Sku, TerminalId};
use ledger::op::Body;
use ledger::row::{Key, SerialPolicy, Table};
use ledger::sync::wire::{Cursor, FeedRow, PullAnswer, ScopeSum};
use proptest::test_runner::{Config, TestRunner};
use reqwest::Method;
use std::collections::BTreeMap;

/// What a terminal that takes in the feed believes: newest version of each row.
#[derive(Default, PartialEq, Debug)]
struct Copy(BTreeMap<(Table, String), (u64, Option<String>)>);

impl Copy {
    fn take(&mut self, rows: &[FeedRow]) {
        for row in rows {
            let held = self.0.entry((row.table, row.key.clone())).or_default();
            if row.ver > held.0 {
                *held = (row.ver, row.data.as_ref().map(|data| data.get().to_owned()));
            }
        }
    }

    fn sum(&self) -> ScopeSum {
        let mut sum = ScopeSum::default();
        self.0.iter().filter(|(_, (_, data))| data.is_some()).for_each(|((table, key), (ver, _))| sum.add(*table, key, *ver));
        sum
    }
}

/// How far the page says that it contains a terminal's ops.
fn contained(page: &PullAnswer, till: &Terminal) -> u64 {
    page.contained.iter().find(|chain| chain.device == till.id && chain.incarnation == till.incarnation).map_or(0, |chain| chain.seq)
}

/// Pulls to the end with pages of the given sizes in turn, and checks what holds for each page.
async fn catch_up(till: &Terminal, cursor: &mut Cursor, copy: &mut Copy, sizes: &[u32]) -> PullAnswer {
    for size in sizes.iter().cycle() {
        let page = till.pull(cursor, *size).await;
        assert!(page.next > cursor.pos || page.up_to_date, "a page moves on");
        assert!(page.rows.iter().all(|row| row.pos > cursor.pos || row.table == Table::Till));
        assert!(page.rows.iter().all(|row| row.pos <= page.next));
        copy.take(&page.rows);
        cursor.pos = page.next;
        if page.up_to_date {
            return page;
        }
        assert_eq!((&page.contained[..], page.sum), (&[][..], None), "a page in the middle says nothing of what is contained");
    }
    unreachable!("there is at least one size")
}

async fn busy_shop() -> (Hub, Terminal, Terminal) {
    let hub = Hub::start().await;
    let (mut one, mut two) = (hub.terminal("Till 1").await, hub.terminal("Till 2").await);
    let serials: Vec<String> = (0..40).map(|number| format!("S{number}")).collect();
    let serials: Vec<&str> = serials.iter().map(String::as_str).collect();
    let mut ops = vec![one.shift(), one.stock_in(&serials[..25]), one.stock_in(&serials[25..])];
    ops.extend(serials[..10].iter().map(|text| one.sale(text)));
    one.push(&ops).await;
    let mut ops = vec![two.shift()];
    ops.extend(serials[5..20].iter().map(|text| two.sale(text)));
    two.push(&ops).await;
    let products = (0..30).map(|number| product(&format!("P{number}"), SerialPolicy::Off)).collect();
    hub.submit(Body::Products(ProductsChange { products })).await;
    (hub, one, two)
}

#[test]
fn any_page_sizes_deliver_all_rows() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (hub, one, two) = runtime.block_on(busy_shop());
    let (whole, last) = runtime.block_on(async {
        let (mut copy, mut cursor) = (Copy::default(), one.beginning().await);
        let last = catch_up(&one, &mut cursor, &mut copy, &[5_000]).await;
        (copy, last)
    });
    assert_eq!(contained(&last, &one), one.seq);
    let count = |table: Table| whole.0.keys().filter(|(of, _)| *of == table).count();
    assert_eq!((count(Table::Unit), count(Table::Product), count(Table::Conflict), count(Table::Till)), (40, 31, 5, 1));
    let mut runner = TestRunner::new(Config { cases: 40, failure_persistence: None, ..Config::default() });
    let sizes = proptest::collection::vec(1_u32..60, 1..6);
    runner
        .run(&sizes, |sizes| {
            let paged = runtime.block_on(async {
                let (mut copy, mut cursor) = (Copy::default(), one.beginning().await);
                let last = catch_up(&one, &mut cursor, &mut copy, &sizes).await;
                assert_eq!((contained(&last, &one), contained(&last, &two)), (one.seq, two.seq));
                assert_eq!(last.sum, Some(copy.sum()), "the rows add up to what the hub says");
                copy
            });
            assert_eq!(paged, whole);
            Ok(())
        })
        .unwrap();
    runtime.block_on(async {
        let mut copy = Copy::default();
        catch_up(&two, &mut two.beginning().await, &mut copy, &[7]).await;
        let tills: Vec<_> = copy.0.keys().filter(|(table, _)| *table == Table::Till).collect();
        assert_eq!(tills, [&(Table::Till, two.id.to_string())], "no terminal sees another's till");
        hub.stop().await;
    });
}

#[tokio::test]
async fn rows_tell_what_the_hub_holds() {
    let (hub, one, _) = busy_shop().await;
    let mut copy = Copy::default();
    catch_up(&one, &mut one.beginning().await, &mut copy, &[1_000]).await;
    for key in [
        Key::Settings,
        Key::Product(Sku::from(PHONE)),
        Key::Unit(Sku::from(PHONE), serial("S7")),
        Key::Unit(Sku::from(PHONE), serial("S39")),
        Key::Till(one.id.clone()),
        Key::Till(TerminalId::from("T77")),
    ] {
        let told = copy.0.get(&(key.table(), key.text())).and_then(|(_, data)| data.clone());
        assert_eq!(told, hub.row(key.clone()).await.map(|row| row.to_json()), "{key:?}");
    }
}

#[tokio::test]
async fn a_cursor_of_another_feed_is_gone() {
    let hub = Hub::start().await;
    let till = hub.terminal("Till 1").await;
    let cursor = till.beginning().await;
    let pull = async |query: String| till.ask(Method::GET, &format!("/api/v1/sync/pull?{query}"), Vec::new()).await;
    pull("feed=other&after=0".into()).await.trouble(410, "gone");
    pull(format!("feed={}&after=999999", cursor.feed)).await.trouble(410, "gone");
    for query in ["", "feed=x", "feed=x&after=-1", "feed=x&after=two"] {
        pull(query.into()).await.trouble(400, "malformed");
    }
    let page = till.pull(&cursor, 0).await;
    assert_eq!(page.rows.len(), 1, "no page is empty while there is something");
    hub.state.sequencer.act(|store| store.renew_feed()).await.unwrap();
    pull(format!("feed={}&after=0", cursor.feed)).await.trouble(410, "gone");
}

/// Eight terminals push while one pulls all the time: what was delivered is what was committed.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn eight_writers_and_a_reader() {
    const WRITERS: usize = 8;
    const BATCHES: usize = 12;
    const OPS: usize = 5;
    let hub = Hub::start().await;
    let reader = hub.terminal("Reader").await;
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let mut till = hub.terminal(&format!("Till {writer}")).await;
        writers.spawn(async move {
            for batch in 0..BATCHES {
                let serials: Vec<String> = (0..OPS).map(|op| format!("W{writer}-{batch}-{op}")).collect();
                let ops: Vec<_> = serials.iter().map(|serial| till.stock_in(&[serial])).collect();
                assert_eq!(till.push(&ops).await.acked_seq, till.seq);
            }
        });
    }
    let (mut copy, mut cursor) = (Copy::default(), reader.beginning().await);
    while !writers.is_empty() {
        catch_up(&reader, &mut cursor, &mut copy, &[17]).await;
        while let Some(done) = writers.try_join_next() {
            done.unwrap();
        }
    }
    catch_up(&reader, &mut cursor, &mut copy, &[17]).await;
    let units = copy.0.keys().filter(|(table, _)| *table == Table::Unit).count();
    assert_eq!(units, WRITERS * BATCHES * OPS);
    assert_eq!(hub.counts().await.units as usize, units);
    let mut fresh = Copy::default();
    catch_up(&reader, &mut reader.beginning().await, &mut fresh, &[500]).await;
    assert_eq!(copy, fresh);
}
