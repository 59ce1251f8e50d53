//! One terminal with a store of its own.

use super::line::Line;
use super::shop::{CASHIER, PRODUCTS, WAREHOUSE, serial, sku};
use super::{Done, Place, figure, random_op, tell_memory};
use engine::terminal::{DocumentKind, TerminalIdentity, TerminalStore};
use hub::now_ms;
use ledger::cart::{Candidate, Cart, Vantage};
use ledger::id::OperatorId;
use ledger::money::Money;
use ledger::op::{Body, Hash, Stamp};
use ledger::payment::{Payment, PaymentMethod};
use ledger::shift::ShiftOpen;
use ledger::sync::message::{Answer, Pull, Request};
use ledger::sync::uplink::Ask;
use ledger::sync::wire::*;
use ledger::verdict::{Outcome, Verdict};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use tokio::task::JoinHandle;

/// Rows of one page, as a terminal asks for them.
const PAGE_ROWS: usize = 1_000;

/// A fresh terminal takes the whole feed.
pub async fn pull(place: &Place) -> Done<()> {
    let mut line = Line::open(place).await?;
    let mut store = open(&place.folder, &line)?;
    let hello: HelloAnswer = line.say(&store.request(Ask::Hello, now_ms())?.ok_or("there is always something to say hello with")?).await?;
    let mut cursor = Cursor { feed: hello.feed, pos: 0 };
    line.bytes = 0;
    let (mut log, mut rows, mut storing_s, began) = (None, 0, 0.0, Instant::now());
    loop {
        let page: PullAnswer = line.say(&Request::Pull(Pull { cursor: cursor.clone(), log, rows_max: PAGE_ROWS, wait_ms: 0, asked: Vec::new() })).await?;
        rows += page.rows.len();
        let stored = Instant::now();
        store.ingest(&page, now_ms())?;
        storing_s += stored.elapsed().as_secs_f64();
        (cursor.pos, log) = (page.next, Some(page.head.log()));
        if page.up_to_date {
            break;
        }
    }
    figure("pull_rows_per_s", rows as f64 / began.elapsed().as_secs_f64(), "rows/s");
    figure("pull_stored_rows_per_s", rows as f64 / storing_s, "rows/s");
    figure("pull_bytes_per_row", line.bytes as f64 / rows as f64, "bytes");
    if store.sync_standing(0)?.suspect {
        return Err("the rows do not add up to the hub's".into());
    }
    tell_memory("terminal_pull_mb")
}

/// The same by the file that terminals begin with.
pub async fn snapshot(place: &Place) -> Done<()> {
    let mut line = Line::open(place).await?;
    let mut store = open(&place.folder, &line)?;
    begin(&mut store, &mut line, &place.folder, true).await?;
    tell_memory("terminal_snapshot_mb")
}

/// A long offline stretch is sent as the uplink does: the next push is on its way before the last is
/// answered, and each answer is noted durably before one more goes out.
pub async fn push(place: &Place, backlog: u32) -> Done<()> {
    let mut line = Line::open(place).await?;
    let mut store = open(&place.folder, &line)?;
    begin(&mut store, &mut line, &place.folder, false).await?;
    sell(&mut store, backlog)?;
    let (ask, line, mut ops, mut bytes, began) = (Ask::Push { ops_max: PUSH_OPS_MAX }, Arc::new(line), 0, 0, Instant::now());
    let mut flight = store.request(ask, now_ms())?.map(|request| send(&line, request));
    while let Some((request, answer)) = flight {
        let Request::Push(push) = &*request else { return Err("the backlog has a hole".into()) };
        let behind = store.request_behind(ask, push, now_ms())?.map(|next| send(&line, next));
        let (told, carried) = answer.await.expect("nothing panics on the line")?;
        if told.outcomes.is_empty() && told.expected_seq.is_some() {
            // It overtook the one before, which has arrived by now.
            flight = store.request(ask, now_ms())?.map(|request| send(&line, request));
            continue;
        }
        if let Some(other) = told.outcomes.iter().find(|op| op.outcome != Outcome::Applied) {
            return Err(format!("{other:?}").into());
        }
        (ops, bytes) = (ops + told.outcomes.len(), bytes + carried);
        store.take(&request, &Answer::Pushed(told), now_ms())?.end.map_err(|failure| format!("{failure:?}"))?;
        flight = behind;
    }
    let seconds = began.elapsed().as_secs_f64();
    if ops != backlog as usize || store.sync_standing(0)?.pending > 0 {
        return Err(format!("{ops} ops went of {backlog}").into());
    }
    figure("push_ops_per_s", ops as f64 / seconds, "ops/s");
    figure("push_bytes_per_op", bytes as f64 / ops as f64, "bytes");
    tell_memory("terminal_push_mb")
}

/// A request, and its answer to come with the bytes carried.
type Flight = (Arc<Request>, JoinHandle<Result<(PushAnswer, usize), String>>);

/// Sends a push on a thread of its own, as the uplink is one.
fn send(line: &Arc<Line>, request: Request) -> Flight {
    let (line, request) = (Arc::clone(line), Arc::new(request));
    let sent = Arc::clone(&request);
    (request, tokio::spawn(async move { line.carry(&sent).await.map_err(|fault| fault.to_string()) }))
}

fn open(folder: &Path, line: &Line) -> Done<TerminalStore> {
    fs::create_dir_all(folder)?;
    let EnrolAnswer { terminal, incarnation, warehouse, hub, .. } = line.enrolled.clone();
    Ok(TerminalStore::open(folder, &TerminalIdentity { terminal, incarnation, warehouse, hub })?.0)
}

/// Fetches a snapshot and puts it in place of the catalogue, in blocks as the uplink does.
async fn begin(store: &mut TerminalStore, line: &mut Line, folder: &Path, told: bool) -> Done<()> {
    let (packed, unpacked) = (folder.join("snapshot.zst"), folder.join("snapshot.db"));
    let asked = Instant::now();
    let manifest: SnapshotManifest = line.say(&Request::Snapshot).await?;
    let built = Instant::now();
    line.fetch(&manifest, &packed).await?;
    let fetched = Instant::now();
    let mut hash = Sha256::new();
    io::copy(&mut File::open(&packed)?, &mut hash)?;
    if Hash(hash.finalize().into()) != manifest.sha256 {
        return Err("the snapshot's hash is not the one in its manifest".into());
    }
    let file = File::create(&unpacked)?;
    zstd::stream::copy_decode(File::open(&packed)?, &file)?;
    file.sync_all()?;
    store.install_snapshot(&unpacked, &manifest)?;
    if told {
        figure("snapshot_build_s", (built - asked).as_secs_f64(), "s");
        figure("snapshot_send_s", (fetched - built).as_secs_f64(), "s");
        figure("snapshot_load_s", fetched.elapsed().as_secs_f64(), "s");
        figure("snapshot_s", asked.elapsed().as_secs_f64(), "s");
        figure("snapshot_mb", manifest.bytes as f64 / 1_048_576.0, "MB");
    }
    Ok(())
}

/// Each sale is durable on the terminal before the next.
fn sell(store: &mut TerminalStore, ops: u32) -> Done<()> {
    let (cashier, settings) = (OperatorId::from(CASHIER), store.settings()?);
    let open = Body::ShiftOpen(ShiftOpen { number: store.next_number(DocumentKind::Shift)?, opening_float: Money(0) });
    expect(&store.submit(random_op(), &cashier, None, open, Stamp::default())?.verdict)?;
    for unit in 1..ops {
        let (sku, serial) = (sku(unit % PRODUCTS), serial(unit));
        let product = store.product(&sku)?.ok_or("a product of the snapshot")?;
        let (unit, ver) = store.unit(&sku, &serial)?.ok_or("a unit of the snapshot")?;
        let mut cart = Cart::new(random_op());
        let line = cart.add(&product, &[], &settings).map_err(|refusal| refusal.to_string())?;
        let vantage = Vantage { settings: &settings, warehouse: &WAREHOUSE.into(), age_ms: None };
        let candidate = Candidate { product: &product, serial: &serial, unit: Some(&unit), ver, reserved: None, confirmed: false };
        cart.take_unit(line, candidate, vantage).map_err(|refusal| refusal.to_string())?;
        cart.payments = vec![Payment { method: PaymentMethod::Cash, amount: product.price, reference: String::new() }];
        expect(&store.settle(&cart, &cashier, Stamp::default())?.verdict)?;
    }
    Ok(())
}

fn expect(verdict: &Verdict) -> Done<()> {
    if *verdict == Verdict::Applied { Ok(()) } else { Err(format!("{verdict:?}").into()) }
}
