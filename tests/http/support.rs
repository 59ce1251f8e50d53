//! A hub in this process, terminals that speak to it, ops for them to say.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use hub::config::Config;
use hub::{HubFault, HubState, now_ms, serve};
use ledger::catalogue::ProductsChange;
use ledger::id::{DocumentNumber, OpId, OperatorId, Sku, TerminalId, WarehouseId};
use ledger::money::Money;
use ledger::op::{Base, Body, Hash, Op, SealedOp, Stamp};
use ledger::row::{Condition, Key, Product, Row, SerialPolicy, Unit};
use ledger::sale::{Payment, PaymentMethod, Sale, SaleLine, SoldUnit};
use ledger::serial::Serial;
use ledger::shift::ShiftOpen;
use ledger::stock_in::{StockIn, StockInLine};
use ledger::sync::wire::*;
use ledger::verdict::Outcome;
use reqwest::{Client, Method, StatusCode, Url};
use serde::de::DeserializeOwned;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub const WAREHOUSE: &str = "main";
pub const PHONE: &str = "PHONE";

/// A running hub with a phone in its catalogue.
pub struct Hub {
    pub url: Url,
    pub state: Arc<HubState>,
    pub client: Client,
    admin: String,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<Result<(), HubFault>>,
    folder: TempDir,
}

impl Hub {
    pub async fn start() -> Hub {
        Hub::start_with(|_| ()).await
    }

    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Hub {
        let folder = tempfile::tempdir().unwrap();
        let database = crate::database(folder.path()).parse().unwrap();
        let mut config = Config { data: folder.path().to_owned(), database: Some(database), ..Config::default() };
        change(&mut config);
        let hub = Hub::serve(&config, folder).await;
        hub.submit(Body::Products(ProductsChange { products: vec![product(PHONE, SerialPolicy::StockInOut)] })).await;
        hub
    }

    /// As it is, with nothing put into it.
    pub async fn serve(config: &Config, folder: TempDir) -> Hub {
        let state = HubState::open(config).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(serve(listener, state.clone(), async move { drop(stopped.await) }));
        let admin = std::fs::read_to_string(config.admin_token_file()).unwrap().trim().to_owned();
        Hub { url, state, client: Client::new(), admin, stop: Some(stop), served, folder }
    }

    /// Ends the hub as a service manager would and waits for it.
    pub async fn stop(mut self) {
        self.stop.take().unwrap().send(()).unwrap();
        self.served.await.unwrap().unwrap();
    }

    /// An op of the hub's own, which must be applied.
    pub async fn submit(&self, body: Body) {
        let outcome = self.state.sequencer.act(move |store| store.submit(now_ms(), random_id(), body)).await.unwrap();
        assert_eq!(outcome, Outcome::Applied);
    }

    pub async fn admin(&self, method: Method, path: &str, body: &str) -> Answer {
        let request = self.client.request(method, self.url.join(path).unwrap()).bearer_auth(&self.admin).body(body.to_owned());
        Answer::of(request.send().await.unwrap()).await
    }

    pub async fn code(&self, name: &str) -> String {
        let body = serde_json::json!({ "name": name, "warehouse": WAREHOUSE }).to_string();
        let answer: serde_json::Value = self.admin(Method::POST, "/api/v1/enrol-codes", &body).await.good();
        answer["code"].as_str().unwrap().to_owned()
    }

    /// A code for a terminal that has lost its key.
    pub async fn code_again(&self, terminal: &TerminalId) -> String {
        let answer: serde_json::Value = self.admin(Method::POST, &format!("/api/v1/devices/{terminal}/enrol-code"), "").await.good();
        answer["code"].as_str().unwrap().to_owned()
    }

    pub async fn enrol_with(&self, code: &str, key: &SigningKey) -> Answer {
        self.enrol_holding(code, key, None).await
    }

    /// As a box in whose folder lie ops of that terminal.
    pub async fn enrol_holding(&self, code: &str, key: &SigningKey, holds: Option<&TerminalId>) -> Answer {
        let device_key = BASE64.encode(key.verifying_key().as_bytes());
        let request = EnrolRequest { code: code.to_owned(), device_key, machine: "test".into(), holds: holds.cloned() };
        let body = serde_json::to_string(&request).unwrap();
        Answer::of(self.client.post(self.url.join("/api/v1/enrol").unwrap()).body(body).send().await.unwrap()).await
    }

    pub async fn terminal(&self, name: &str) -> Terminal {
        let key = SigningKey::from_bytes(&random());
        let answer: EnrolAnswer = self.enrol_with(&self.code(name).await, &key).await.good();
        Terminal::new(self.client.clone(), self.url.clone(), key, answer)
    }

    pub async fn row(&self, key: Key) -> Option<Row> {
        self.state.readers.read(move |reader| reader.row(&key)).await.unwrap().map(|found| found.row)
    }

    pub async fn unit(&self, text: &str) -> Option<Unit> {
        match self.row(Key::Unit(Sku::from(PHONE), serial(text))).await {
            Some(Row::Unit(unit)) => Some(unit),
            _ => None,
        }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub async fn counts(&self) -> engine::hub::Counts {
        self.state.readers.read(|reader| reader.counts()).await.unwrap()
    }
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub async fn of(response: reqwest::Response) -> Answer {
        Answer { status: response.status(), headers: response.headers().clone(), body: response.bytes().await.unwrap().to_vec() }
    }

    pub fn good<T: DeserializeOwned>(&self) -> T {
        assert_eq!(self.status, StatusCode::OK, "{}", String::from_utf8_lossy(&self.body));
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Refused in the form of every refusal: a code, and a sentence that ends.
    pub fn trouble(&self, status: u16, code: &str) {
        let trouble: Trouble = serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{} {}", self.status, String::from_utf8_lossy(&self.body)));
        assert_eq!((self.status.as_u16(), trouble.code.as_str()), (status, code), "{}", trouble.message);
        assert!(trouble.message.ends_with('.'), "{}", trouble.message);
    }
}

/// An enrolled terminal with its chain of ops.
pub struct Terminal {
    pub client: Client,
    pub url: Url,
    pub key: SigningKey,
    pub id: TerminalId,
    pub incarnation: u32,
    pub hub_key: VerifyingKey,
    pub seq: u64,
    pub prev: Hash,
    /// What its next push has to say.
    pub nonce: Mutex<String>,
}

impl Terminal {
    pub fn new(client: Client, url: Url, key: SigningKey, answer: EnrolAnswer) -> Terminal {
        let hub_key: [u8; 32] = BASE64.decode(&answer.hub_key).unwrap().try_into().unwrap();
        let hub_key = VerifyingKey::from_bytes(&hub_key).unwrap();
        Terminal { client, url, key, id: answer.terminal, incarnation: answer.incarnation, hub_key, seq: 0, prev: Hash::default(), nonce: Mutex::default() }
    }

    /// The same terminal on a copy of its disk.
    pub fn clone_disk(&self) -> Terminal {
        let nonce = Mutex::new(self.nonce.lock().unwrap().clone());
        Terminal { client: self.client.clone(), url: self.url.clone(), key: self.key.clone(), id: self.id.clone(), nonce, ..*self }
    }

    /// The next op of the chain.
    pub fn op(&mut self, body: Body) -> SealedOp {
        self.seq += 1;
        let op = Op {
            id: random_id(),
            device: self.id.clone(),
            incarnation: self.incarnation,
            seq: self.seq,
            actor: OperatorId::from("ana"),
            approved_by: None,
            at: Stamp { wall_ms: 1_790_000_000_000, ..Stamp::default() },
            base: Base::default(),
            prev: self.prev,
            body,
        };
        let sealed = op.seal();
        self.prev = sealed.hash;
        sealed
    }

    /// The next place of the chain with any bytes.
    pub fn bytes(&mut self, make: impl FnOnce(&TerminalId, u32, u64, Hash) -> String) -> SealedOp {
        self.seq += 1;
        let bytes = make(&self.id, self.incarnation, self.seq, self.prev).into_bytes();
        self.prev = Hash::of(&bytes);
        SealedOp { hash: self.prev, bytes }
    }

    pub fn stock_in(&mut self, serials: &[&str]) -> SealedOp {
        let number = DocumentNumber::new(format!("{}-{}", self.id, self.seq + 1));
        self.op(stock_in(number, serials))
    }

    pub fn sale(&mut self, text: &str) -> SealedOp {
        let number = DocumentNumber::new(format!("{}-{}", self.id, self.seq + 1));
        self.op(sale(number, text))
    }

    pub fn shift(&mut self) -> SealedOp {
        let number = DocumentNumber::new(format!("{}-{}", self.id, self.seq + 1));
        self.op(Body::ShiftOpen(ShiftOpen { number, opening_float: Money(10_000) }))
    }

    pub fn signed(&self, method: Method, path: &str, body: Vec<u8>) -> (reqwest::RequestBuilder, String) {
        let nonce = BASE64.encode(random::<16>());
        let signature = self.key.sign(&signed_request(method.as_str(), path, &nonce, &body));
        let request = self.client.request(method, self.url.join(path).unwrap());
        let request = request.header(HEADER_TERMINAL, self.id.as_str()).header(HEADER_NONCE, &nonce);
        (request.header(HEADER_SIGNATURE, BASE64.encode(signature.to_bytes())).body(body), nonce)
    }

    /// Asks, and checks that it was the hub who answered.
    pub async fn ask(&self, method: Method, path: &str, body: Vec<u8>) -> Answer {
        let (request, nonce) = self.signed(method, path, body);
        let answer = Answer::of(request.send().await.unwrap()).await;
        self.check_signature(&answer, &nonce);
        answer
    }

    pub fn check_signature(&self, answer: &Answer, nonce: &str) {
        let signature = answer.headers.get(HEADER_SIGNATURE).expect("the answer is signed").to_str().unwrap();
        let signature = Signature::from_bytes(&BASE64.decode(signature).unwrap().try_into().unwrap());
        self.hub_key.verify_strict(&signed_answer(nonce, answer.status.as_u16(), &answer.body), &signature).unwrap();
    }

    pub async fn push(&self, ops: &[SealedOp]) -> PushAnswer {
        let answer: PushAnswer = self.push_at(self.seq + 1 - ops.len() as u64, ops).await.good();
        if !answer.next_nonce.is_empty() {
            self.nonce.lock().unwrap().clone_from(&answer.next_nonce);
        }
        answer
    }

    pub async fn push_at(&self, first_seq: u64, ops: &[SealedOp]) -> Answer {
        self.ask(Method::POST, "/api/v1/sync/push", self.push_body(first_seq, ops)).await
    }

    pub fn push_body(&self, first_seq: u64, ops: &[SealedOp]) -> Vec<u8> {
        let nonce = self.nonce.lock().unwrap().clone();
        let head = PushHead { incarnation: self.incarnation, first_seq, count: ops.len() as u32, nonce, wall_ms: 0 };
        let mut body = serde_json::to_vec(&head).unwrap();
        for op in ops {
            body.push(b'\n');
            body.extend_from_slice(&op.bytes);
        }
        body
    }

    pub async fn hello(&self) -> HelloAnswer {
        self.hello_seen(None).await
    }

    /// Says hello as one that was told of a head of the hub's log.
    pub async fn hello_seen(&self, seen: Option<Seen>) -> HelloAnswer {
        let hello = Hello {
            protocol: PROTOCOL,
            program: "test".into(),
            incarnation: self.incarnation,
            head_seq: self.seq,
            head_hash: self.prev,
            acked_seq: 0,
            nonce: self.nonce.lock().unwrap().clone(),
            wall_ms: 0,
            seen: seen.into_iter().collect(),
            repairs: 0,
            parked: Vec::new(),
        };
        self.ask(Method::POST, "/api/v1/sync/hello", serde_json::to_vec(&hello).unwrap()).await.good()
    }

    pub async fn pull(&self, cursor: &Cursor, rows: u32) -> PullAnswer {
        let path = format!("/api/v1/sync/pull?feed={}&after={}&rows={rows}", cursor.feed, cursor.pos);
        self.ask(Method::GET, &path, Vec::new()).await.good()
    }

    pub async fn beginning(&self) -> Cursor {
        Cursor { feed: self.hello().await.feed, pos: 0 }
    }
}

pub fn names(answer: &PushAnswer) -> Vec<String> {
    answer.outcomes.iter().map(|op| name(&op.outcome)).collect()
}

/// An outcome in a few words.
pub fn name(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Applied => "applied".into(),
        Outcome::Conflict { units } => format!("conflict {}", units.join(" ")),
        Outcome::Rejected { code, .. } => format!("rejected {code}"),
        Outcome::Parked { code, .. } => format!("parked {code}"),
    }
}

pub fn product(sku: &str, policy: SerialPolicy) -> Product {
    Product {
        sku: Sku::from(sku),
        name: format!("The {sku}"),
        codes: vec![format!("200{}", sku.len())],
        price: Money(50_000),
        policy,
        parts: Vec::new(),
        category: String::new(),
        active: true,
    }
}

pub fn stock_in(number: DocumentNumber, serials: &[&str]) -> Body {
    let line = StockInLine {
        sku: Sku::from(PHONE),
        quantity: serials.len() as u32,
        condition: Condition::Good,
        serials: serials.iter().map(|text| serial(text)).collect(),
    };
    Body::StockIn(StockIn { number, warehouse: WarehouseId::from(WAREHOUSE), lines: vec![line] })
}

pub fn sale(number: DocumentNumber, text: &str) -> Body {
    let price = Money(50_000);
    let unit = SoldUnit { sku: Sku::from(PHONE), serial: serial(text), believed: None, confirmed: false };
    let line = SaleLine {
        sku: Sku::from(PHONE),
        name: "The PHONE".into(),
        quantity: 1,
        price,
        list_price: price,
        discount: Money::ZERO,
        parts: Vec::new(),
        units: vec![unit],
    };
    let payment = Payment { method: PaymentMethod::Cash, amount: price, reference: String::new() };
    Body::Sale(Sale { number, warehouse: WarehouseId::from(WAREHOUSE), lines: vec![line], payments: vec![payment], total: price, change: Money::ZERO })
}

pub fn serial(text: &str) -> Serial {
    Serial::parse(text).unwrap()
}

pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}

pub fn random_id() -> OpId {
    OpId(uuid::Builder::from_unix_timestamp_millis(1_790_000_000_000, &random()).into_uuid())
}
