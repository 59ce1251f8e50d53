//! The real binary, killed while it takes pushes: what was acknowledged is there, once.

use crate::support::{PHONE, Terminal, product, random, random_id, serial};
use ed25519_dalek::SigningKey;
use engine::database::Database;
use ledger::catalogue::ProductsChange;
use ledger::op::{Body, SealedOp};
use ledger::row::SerialPolicy;
use ledger::sync::wire::{EnrolAnswer, EnrolRequest, PushAnswer};
use reqwest::{Client, Method, Url};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const BINARY: &str = env!("CARGO_BIN_EXE_counterfoil-hub");
const KILLS: usize = 30;

/// A hub process on a free port.
struct Process {
    child: Child,
    url: Url,
}

impl Process {
    fn start(data: &Path, database: &str) -> Process {
        let mut command = Command::new(BINARY);
        command.args(["serve", "--listen", "127.0.0.1:0", "--database", database, "--data"]).arg(data).env("RUST_LOG", "error");
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("it said {line:?}"));
        Process { url: Url::parse(url).unwrap(), child }
    }

    fn kill(self) {
        drop(self);
    }
}

/// SIGKILL, also when a test fails.
impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

pub fn run(data: &Path, args: &[&str]) -> (bool, String) {
    let output = Command::new(BINARY).args(args).arg("--data").arg(data).output().unwrap();
    (output.status.success(), String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap())
}

async fn enrol(process: &Process, data: &Path, database: &str) -> Terminal {
    use base64::Engine as _;
    let (done, told) = run(data, &["enrol-code", "--name", "Till 1", "--database", database]);
    assert!(done, "{told}");
    let key = SigningKey::from_bytes(&random());
    let device_key = base64::engine::general_purpose::STANDARD.encode(key.verifying_key().as_bytes());
    let request = EnrolRequest { code: told.lines().next().unwrap().to_owned(), device_key, machine: String::new(), holds: None };
    let client = Client::new();
    let answer = client.post(process.url.join("/api/v1/enrol").unwrap()).body(serde_json::to_vec(&request).unwrap()).send().await.unwrap();
    let answer: EnrolAnswer = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    Terminal::new(client, process.url.clone(), key, answer)
}

/// Pushes one op after the other until the hub is gone; answers how far it was acknowledged.
async fn push_until_dead(till: &mut Terminal, ops: &mut Vec<SealedOp>, mut acked: u64) -> u64 {
    loop {
        while (ops.len() as u64) < acked + 3 {
            let text = format!("K{}", ops.len());
            ops.push(till.stock_in(&[&text]));
        }
        let (request, nonce) = till.signed(Method::POST, "/api/v1/sync/push", till.push_body(acked + 1, &ops[acked as usize..]));
        let Ok(response) = request.send().await else { return acked };
        let (status, headers) = (response.status(), response.headers().clone());
        let Ok(body) = response.bytes().await else { return acked };
        let answer = crate::support::Answer { status, headers, body: body.to_vec() };
        till.check_signature(&answer, &nonce);
        let answer: PushAnswer = answer.good();
        assert!(answer.acked_seq > acked && answer.expected_seq.is_none(), "{answer:?}");
        acked = answer.acked_seq;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_time_it_keeps_what_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let text = crate::database(data);
    let database: Database = text.parse().unwrap();
    let phone = Body::Products(ProductsChange { products: vec![product(PHONE, SerialPolicy::StockInOut)] });
    std::thread::scope(|scope| scope.spawn(|| database.store().unwrap().submit(0, random_id(), phone).unwrap()).join()).unwrap();
    let mut process = Process::start(data, &text);
    let mut till = enrol(&process, data, &text).await;
    let (mut ops, mut acked) = (Vec::new(), 0);
    for round in 0..KILLS {
        till.url = process.url.clone();
        let dies_after = Duration::from_micros(u64::from(u16::from_le_bytes(random())) * 2);
        let killer = tokio::task::spawn_blocking(move || {
            // sleeps because the moment of the kill is the case that is tried
            std::thread::sleep(dies_after);
            process.kill();
        });
        acked = push_until_dead(&mut till, &mut ops, acked).await;
        killer.await.unwrap();
        process = Process::start(data, &text);
        till.url = process.url.clone();
        let hello = till.hello().await;
        assert!(hello.head_seq >= acked, "round {round}: {} was acknowledged, {} is there", acked, hello.head_seq);
    }
    till.push_at(1, &ops[..ops.len().min(400)]).await;
    till.push_at(acked + 1, &ops[acked as usize..]).await;
    process.kill();
    tokio::task::spawn_blocking(move || check(&database, &ops)).await.unwrap();
}

fn check(database: &Database, ops: &[SealedOp]) {
    let mut reader = database.reader().unwrap();
    let counts = reader.counts().unwrap();
    let pushed = ops.len() as u64;
    println!("{pushed} ops over {KILLS} kills");
    assert_eq!((counts.ops, counts.units, counts.forks), (pushed + 1, pushed, 0));
    for number in 0..ops.len() {
        let found = reader.units(&serial(&format!("K{number}"))).unwrap();
        assert_eq!(found[0].history.len(), 1, "once and not twice");
    }
}

#[test]
fn it_says_why_it_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let process = Process::start(&data, &format!("sqlite:{}", data.join("hub.db").display()));
    let refused = |args: &[&str], data: &Path, sentence: &str| {
        let (done, told) = run(data, args);
        assert!(!done && told.lines().count() == 1 && told.contains(sentence), "{told}");
    };
    refused(&["serve", "--listen", "127.0.0.1:0"], &data, "Another hub is running on");
    let taken = process.url.as_str().trim_start_matches("http://").trim_end_matches('/').to_owned();
    refused(&["serve", "--listen", &taken], &folder.path().join("other"), "cannot be listened on");
    process.kill();
    refused(&["serve"], Path::new("/proc/nothing"), "cannot be made or written");
    refused(&["revoke", "--terminal", "T77"], &data, "There is no terminal T77");
    refused(&["enrol-code", "--name", ""], &data, "No code was made");
    let database = rusqlite::Connection::open(data.join("hub.db")).unwrap();
    database.execute("UPDATE schema_version SET version = 99", []).unwrap();
    drop(database);
    refused(&["serve"], &data, "written by a newer version");
}
