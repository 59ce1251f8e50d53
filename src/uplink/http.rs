//! Requests to the hub: signed by the device, answers checked against the hub key pinned at
//! enrolment. Whatever comes back that is not a signed answer of our hub is a [`Failure`], and the
//! sentence in it names what came instead.

use crate::identity::{DeviceKey, Identity, Keys, fresh_nonce};
use chrono::DateTime;
use ledger::id::TerminalId;
use ledger::sync::message::{Answer, Request};
use ledger::sync::uplink::Failure;
use ledger::sync::wire::*;
use reqwest::{Client, Method, Response, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::error::Error;
use std::io;
use std::path::Path;
use std::time::Duration;
use tokio::io::AsyncWriteExt;

/// A hub that does not take the connection within this is away.
const CONNECT_MS: u64 = 5_000;
/// One request from first to last byte; a snapshot's blocks count singly.
const REQUEST_MS: u64 = 30_000;
/// Largest snapshot taken, compressed: ten million units.
const SNAPSHOT_BYTES_MAX: u64 = 1 << 30;

/// The hub this terminal is enrolled at.
pub struct Hub {
    client: Client,
    base: String,
    terminal: String,
    keys: Keys,
}

impl Hub {
    pub fn new(identity: &Identity, keys: Keys) -> Hub {
        Hub { client: client(), base: identity.hub.trim_end_matches('/').to_owned(), terminal: identity.terminal.to_string(), keys }
    }

    /// Carries one message there and the answer back.
    pub async fn ask(&self, request: &Request) -> Result<Answer, Failure> {
        let (method, path, body) = request.parts();
        let method = if method == "POST" { Method::POST } else { Method::GET };
        let nonce = fresh_nonce();
        let mut sent = self.signed(method, &path, body, &nonce);
        if let Request::Pull(pull) = request {
            sent = sent.timeout(Duration::from_millis(REQUEST_MS + u64::from(pull.wait_ms)));
        }
        let reply = Reply::receive(sent.send().await.map_err(failure)?).await?.check(&self.keys, &nonce)?;
        if reply.status == StatusCode::GONE {
            return Ok(Answer::Gone);
        }
        request.read_answer(&reply.body).map_err(|e| garbage(format!("an answer that cannot be read: {e}")))
    }

    /// Fetches the snapshot file, going on where an earlier try was cut. The file's hash stands in
    /// the signed manifest and is checked by the caller, so the blocks need no signature.
    pub async fn snapshot(&self, manifest: &SnapshotManifest, to: &Path) -> Result<(), Failure> {
        if manifest.bytes > SNAPSHOT_BYTES_MAX {
            return Err(garbage(format!("the snapshot has {} bytes, more than any shop needs", manifest.bytes)));
        }
        let have = tokio::fs::metadata(to).await.map_or(0, |m| m.len());
        if have == manifest.bytes {
            return Ok(());
        }
        let start = if have < manifest.bytes { have } else { 0 };
        let path = format!("/api/v1/sync/snapshot/{}", manifest.sha256);
        let request = self.signed(Method::GET, &path, Vec::new(), &fresh_nonce()).header("range", format!("bytes={start}-"));
        let mut response = request.timeout(Duration::from_secs(600)).send().await.map_err(failure)?;
        let append = response.status() == StatusCode::PARTIAL_CONTENT;
        if !response.status().is_success() {
            return Err(garbage(format!("the snapshot was answered with {}", response.status())));
        }
        let mut file = open(to, append).await.map_err(storage)?;
        let mut left = manifest.bytes - if append { start } else { 0 };
        while let Some(block) = response.chunk().await.map_err(failure)? {
            left = left.checked_sub(block.len() as u64).ok_or_else(|| garbage("the snapshot is longer than its manifest says".into()))?;
            file.write_all(&block).await.map_err(storage)?;
        }
        file.sync_all().await.map_err(storage)?;
        if left > 0 { Err(garbage(format!("the snapshot was cut {left} bytes before its end"))) } else { Ok(()) }
    }

    fn signed(&self, method: Method, path: &str, body: Vec<u8>, nonce: &str) -> reqwest::RequestBuilder {
        let signature = self.keys.sign(&signed_request(method.as_str(), path, nonce, &body));
        let request = self.client.request(method, format!("{}{path}", self.base));
        request.header(HEADER_TERMINAL, &self.terminal).header(HEADER_NONCE, nonce).header(HEADER_SIGNATURE, signature).body(body)
    }
}

/// Introduces this device, and whose ops lie on it, to the hub with a one-time code.
pub async fn enrol(hub: &str, code: &str, device: &DeviceKey, holds: Option<TerminalId>) -> Result<EnrolAnswer, Failure> {
    let request = EnrolRequest { code: code.trim().to_owned(), device_key: device.public(), machine: machine_name(), holds };
    let url = format!("{}/api/v1/enrol", hub.trim_end_matches('/'));
    let response = client().post(url).body(json(&request)).header("content-type", "application/json").send().await.map_err(failure)?;
    Reply::receive(response).await?.trouble()?.read()
}

/// What whoever answers at an address says of itself, to anybody.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct HubHealth {
    /// The hub's own name, as terminals know it.
    pub hub: String,
    pub version: String,
    /// Its clock, in whole seconds.
    #[serde(skip)]
    pub wall_ms: Option<i64>,
}

/// Asks a hub how it is. The answer is not signed and proves nothing.
pub async fn health(hub: &str) -> Result<HubHealth, Failure> {
    let url = format!("{}/api/v1/health", hub.trim_end_matches('/'));
    let response = client().get(url).send().await.map_err(failure)?;
    let date = response.headers().get("date").and_then(|date| date.to_str().ok()).and_then(|date| DateTime::parse_from_rfc2822(date).ok());
    let health: HubHealth = Reply::receive(response).await?.trouble()?.read()?;
    Ok(HubHealth { wall_ms: date.map(|date| date.timestamp_millis()), ..health })
}

fn machine_name() -> String {
    std::fs::read_to_string("/etc/hostname").map(|name| name.trim().to_owned()).unwrap_or_default()
}

fn client() -> Client {
    Client::builder()
        .connect_timeout(Duration::from_millis(CONNECT_MS))
        .timeout(Duration::from_millis(REQUEST_MS))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .expect("a client without TLS needs nothing that could be missing")
}

/// A whole answer in memory.
struct Reply {
    status: StatusCode,
    signature: Option<String>,
    retry_after_ms: Option<i64>,
    body: Vec<u8>,
}

impl Reply {
    async fn receive(mut response: Response) -> Result<Reply, Failure> {
        let header = |name: &str| response.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
        let (signature, retry_after) = (header(HEADER_SIGNATURE), header("retry-after"));
        let status = response.status();
        let mut body = Vec::new();
        while let Some(block) = response.chunk().await.map_err(failure)? {
            if body.len() + block.len() > ANSWER_BYTES_MAX {
                return Err(garbage(format!("the answer is longer than {ANSWER_BYTES_MAX} bytes")));
            }
            body.extend_from_slice(&block);
        }
        let retry_after_ms = retry_after.and_then(|s| s.parse::<i64>().ok()).map(|seconds| seconds.saturating_mul(1_000));
        Ok(Reply { status, signature, retry_after_ms, body })
    }

    /// Believes the answer only if our hub signed it. An unsigned 502 or 503 comes from something
    /// on the way and means no more than that the hub cannot be reached.
    fn check(self, keys: &Keys, nonce: &str) -> Result<Reply, Failure> {
        let signed = signed_answer(nonce, self.status.as_u16(), &self.body);
        match &self.signature {
            Some(signature) if keys.is_hub(&signed, signature) => self.trouble(),
            Some(_) => Err(Failure::OtherHub { detail: "the answer is signed by a key that is not the one of the hub this terminal is enrolled at".into() }),
            // Whoever that was, it says nothing about what was sent.
            None if self.status.is_server_error() => Err(self.hub_trouble()),
            None => Err(garbage(format!("an unsigned answer with status {}, beginning {:?}", self.status, self.beginning()))),
        }
    }

    fn trouble(self) -> Result<Reply, Failure> {
        match self.status {
            status if status.is_success() || status == StatusCode::GONE => Ok(self),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(Failure::NotEnrolled { detail: self.sentence() }),
            StatusCode::UPGRADE_REQUIRED => Err(Failure::Outdated { detail: self.sentence() }),
            StatusCode::INTERNAL_SERVER_ERROR => Err(Failure::HubFault { detail: self.sentence() }),
            status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => Err(self.hub_trouble()),
            status => Err(garbage(format!("status {status}: {}", self.sentence()))),
        }
    }

    fn hub_trouble(&self) -> Failure {
        Failure::HubTrouble { detail: format!("status {}: {}", self.status, self.sentence()), retry_after_ms: self.retry_after_ms }
    }

    /// What the hub says of the trouble, else what the answer begins with.
    fn sentence(&self) -> String {
        serde_json::from_slice::<Trouble>(&self.body).map_or_else(|_| self.beginning(), |trouble| trouble.message)
    }

    fn beginning(&self) -> String {
        String::from_utf8_lossy(&self.body).chars().take(60).collect()
    }

    fn read<T: DeserializeOwned>(self) -> Result<T, Failure> {
        serde_json::from_slice(&self.body).map_err(|e| garbage(format!("an answer that cannot be read: {e}")))
    }
}

/// A failure as a sentence for whoever types at a console.
pub fn sentence(failure: &Failure) -> String {
    match failure {
        Failure::Unreachable { detail } => format!("nobody answers at this address ({detail}); check the address and that the hub runs"),
        Failure::TimedOut => "it did not answer in time; check the network".into(),
        Failure::HubTrouble { detail, .. } | Failure::HubFault { detail } => format!("it is busy or broken ({detail}); try again later"),
        Failure::Garbage { detail } => format!("what answers there is not a Counterfoil hub ({detail})"),
        Failure::OtherHub { detail } | Failure::Storage { detail } | Failure::Outdated { detail } => detail.clone(),
        Failure::NotEnrolled { detail } => format!("it refuses the code: {detail}"),
    }
}

async fn open(path: &Path, append: bool) -> io::Result<tokio::fs::File> {
    tokio::fs::OpenOptions::new().create(true).write(true).append(append).truncate(!append).open(path).await
}

fn json(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("wire bodies hold only text and numbers")
}

fn garbage(detail: String) -> Failure {
    Failure::Garbage { detail }
}

fn storage(error: io::Error) -> Failure {
    Failure::Storage { detail: error.to_string() }
}

/// What a failed request says of the other side. A connection that breaks off, even in the middle of
/// an answer, is a hub that is away: it is killed or the cable pulled. Only what arrived and is not
/// our protocol needs a person.
fn failure(error: reqwest::Error) -> Failure {
    let causes = causes(&error);
    let detail = std::iter::once(error.to_string()).chain(causes.iter().map(ToString::to_string)).collect::<Vec<_>>().join(": ");
    if error.is_timeout() {
        return Failure::TimedOut;
    }
    let not_http = causes.iter().any(|cause| cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse));
    let broke_off = causes.iter().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::UnexpectedEof));
    match error {
        _ if not_http => Failure::Garbage { detail },
        e if (e.is_decode() || e.is_body()) && !broke_off => Failure::Garbage { detail },
        _ => Failure::Unreachable { detail },
    }
}

/// Why, why that, and so on.
fn causes(error: &reqwest::Error) -> Vec<&(dyn Error + 'static)> {
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push(cause);
        next = cause.source();
    }
    causes
}
