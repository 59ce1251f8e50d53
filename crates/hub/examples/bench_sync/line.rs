//! One terminal's line to the hub: enrols, signs what it asks, checks who answers.

use super::{Done, Place, random};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use ledger::sync::message::Request;
use ledger::sync::wire::*;
use reqwest::{Client, Method, Response};
use serde::de::DeserializeOwned;
use std::fs;
use std::io::Write;
use std::path::Path;

pub struct Line {
    client: Client,
    base: String,
    key: SigningKey,
    hub_key: VerifyingKey,
    pub enrolled: EnrolAnswer,
    /// Bytes of bodies sent and received, unpacked.
    pub bytes: usize,
}

impl Line {
    /// Enrols a new terminal.
    pub async fn open(place: &Place) -> Done<Line> {
        let client = Client::builder().no_proxy().build()?;
        let key = SigningKey::from_bytes(&random());
        let machine = format!("{:016x}", u64::from_le_bytes(random()));
        let code = code(&client, place, &machine).await?;
        let request = EnrolRequest { code, device_key: BASE64.encode(key.verifying_key().to_bytes()), machine, holds: None };
        let body = serde_json::to_vec(&request)?;
        let answer = client.post(format!("{}/api/v1/enrol", place.hub)).body(body).send().await?.error_for_status()?;
        let enrolled: EnrolAnswer = serde_json::from_slice(&answer.bytes().await?)?;
        let hub_key: [u8; 32] =
            BASE64.decode(&enrolled.hub_key)?.try_into().map_err(|bytes: Vec<u8>| format!("a key has 32 bytes, this one {}", bytes.len()))?;
        Ok(Line { client, base: place.hub.clone(), key, hub_key: VerifyingKey::from_bytes(&hub_key)?, enrolled, bytes: 0 })
    }

    /// Carries one message there and the answer back.
    pub async fn say<T: DeserializeOwned>(&mut self, request: &Request) -> Done<T> {
        let (answer, bytes) = self.carry(request).await?;
        self.bytes += bytes;
        Ok(answer)
    }

    /// The same, and tells the bytes of both bodies, unpacked.
    pub async fn carry<T: DeserializeOwned>(&self, request: &Request) -> Done<(T, usize)> {
        let (method, path, body) = request.parts();
        let method = if method == "POST" { Method::POST } else { Method::GET };
        let sent = body.len();
        let (nonce, response) = self.send(method, &path, body).await?;
        let status = response.status().as_u16();
        let signature = response.headers().get(HEADER_SIGNATURE).ok_or("an unsigned answer")?.to_str()?.to_owned();
        let body = response.bytes().await?;
        let signature = Signature::from_slice(&BASE64.decode(signature)?)?;
        self.hub_key.verify_strict(&signed_answer(&nonce, status, &body), &signature)?;
        if status != 200 {
            return Err(format!("{path}: {status} {}", String::from_utf8_lossy(&body)).into());
        }
        Ok((serde_json::from_slice(&body)?, sent + body.len()))
    }

    /// Fetches a snapshot file in blocks, as a terminal does: it may be larger than its memory.
    pub async fn fetch(&self, manifest: &SnapshotManifest, to: &Path) -> Done<()> {
        let path = format!("/api/v1/sync/snapshot/{}", manifest.sha256);
        let (_, response) = self.send(Method::GET, &path, Vec::new()).await?;
        let (mut response, mut file) = (response.error_for_status()?, fs::File::create(to)?);
        while let Some(block) = response.chunk().await? {
            file.write_all(&block)?;
        }
        Ok(file.sync_all()?)
    }

    async fn send(&self, method: Method, path: &str, body: Vec<u8>) -> Done<(String, Response)> {
        let nonce = BASE64.encode(random::<16>());
        let signature = self.key.sign(&signed_request(method.as_str(), path, &nonce, &body));
        let request = self.client.request(method, format!("{}{path}", self.base)).header(HEADER_TERMINAL, self.enrolled.terminal.as_str());
        let request = request.header(HEADER_NONCE, &nonce).header(HEADER_SIGNATURE, BASE64.encode(signature.to_bytes()));
        Ok((nonce, request.body(body).send().await?))
    }
}

async fn code(client: &Client, place: &Place, name: &str) -> Done<String> {
    let token = fs::read_to_string(place.hub_folder.join("admin.token"))?;
    let body = serde_json::json!({ "name": name, "warehouse": super::shop::WAREHOUSE }).to_string();
    let answer = client.post(format!("{}/api/v1/enrol-codes", place.hub)).bearer_auth(token.trim()).body(body).send().await?.error_for_status()?;
    let answer: serde_json::Value = serde_json::from_slice(&answer.bytes().await?)?;
    Ok(answer["code"].as_str().ok_or("no code")?.to_owned())
}
