//! Where this terminal listens to its peers: one address, signed requests, bounded in every way.
//!
//! A request is taken only if the hub named its sender, the sender signed it, and it bears the nonce
//! of our last answer to that sender. So nothing that was heard on the line can be said again.

use super::trouble::{Trouble, answer};
use super::{Lan, mono_ms};
use crate::identity::fresh_nonce;
use crate::writer::SyncCommand;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::HeaderValue;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use ledger::id::TerminalId;
use ledger::op::OP_BYTES_MAX;
use ledger::sync::peer::{PEER_PATH, PeerAnswer, PeerHead, PeerPush};
use ledger::sync::wire::{HEADER_NONCE, HEADER_SIGNATURE, HEADER_TERMINAL, signed_answer, signed_request};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// Most bytes of a request: the longest op, alone, under the longest head.
const BODY_BYTES_MAX: usize = OP_BYTES_MAX + 512 * 1024;
/// Most connections at once; every peer needs one.
const CONNECTIONS_MAX: usize = 256;
/// A connection on which no request begins for so long is closed. Peers call more often.
const HEAD: Duration = Duration::from_secs(20);
/// One request from first to last byte, with its answer.
const REQUEST: Duration = Duration::from_secs(10);
/// Most requests of one peer in a second: ten sales at once, each told by itself, are far fewer.
const PER_SECOND_MAX: u32 = 50;
/// How long an address that is taken, or not there yet, is left alone.
const AGAIN: Duration = Duration::from_secs(10);
/// Longest nonce, in characters: it stands in what we sign.
const NONCE_CHARS_MAX: usize = 128;

/// The door with what it remembers of those who knocked.
struct Door {
    lan: Arc<Lan>,
    guests: Mutex<BTreeMap<TerminalId, Guest>>,
}

/// What is remembered of a peer. In memory alone: after a restart every nonce is new.
struct Guest {
    nonce: String,
    second: i64,
    requests: u32,
}

/// Listens for ever. An address that cannot be had is tried again: selling never waits for it.
pub async fn serve(lan: Arc<Lan>, address: SocketAddr) {
    let door = Arc::new(Door { lan, guests: Mutex::default() });
    let seats = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        match TcpListener::bind(address).await {
            Ok(listener) => accept(&door, &seats, listener).await,
            Err(error) => tracing::warn!(%address, %error, "peers cannot be listened to; another address is set with `lan_listen`"),
        }
        tokio::time::sleep(AGAIN).await;
    }
}

async fn accept(door: &Arc<Door>, seats: &Arc<Semaphore>, listener: TcpListener) {
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            // As when the process has no descriptor left: to try at once would only burn.
            Err(error) => {
                tracing::warn!(%error, "a peer could not be let in");
                return;
            }
        };
        let Ok(seat) = seats.clone().try_acquire_owned() else { continue };
        let door = door.clone();
        tokio::spawn(async move {
            talk(door, stream).await;
            drop(seat);
        });
    }
}

async fn talk(door: Arc<Door>, stream: TcpStream) {
    let service = service_fn(move |request| {
        let door = door.clone();
        async move { Ok::<_, Infallible>(door.answer(request).await) }
    });
    let mut server = hyper::server::conn::http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(HEAD);
    if let Err(error) = server.serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!(%error, "a connection of a peer ended");
    }
}

impl Door {
    /// Answers, good or bad, and signs it if the request bears a nonce to sign it for.
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let nonce = field(&request, HEADER_NONCE).filter(|nonce| nonce.len() <= NONCE_CHARS_MAX);
        let taken = tokio::time::timeout(REQUEST, self.take(request, nonce.as_deref())).await.unwrap_or_else(|_elapsed| Err(Trouble::too_slow()));
        let (status, body) = match taken {
            Ok(answer) => (StatusCode::OK, serde_json::to_vec(&answer).expect("an answer is text and numbers")),
            Err(trouble) => (trouble.status, trouble.body()),
        };
        let signature = nonce.map(|nonce| self.lan.keys.sign(&signed_answer(&nonce, status.as_u16(), &body)));
        let mut answer = answer(status, body);
        let texts = [(HEADER_TERMINAL, Some(self.lan.terminal.to_string())), (HEADER_SIGNATURE, signature)];
        for (name, text) in texts {
            if let Some(value) = text.and_then(|text| HeaderValue::try_from(text).ok()) {
                answer.headers_mut().insert(name, value);
            }
        }
        answer
    }

    async fn take(&self, request: Request<Incoming>, nonce: Option<&str>) -> Result<PeerAnswer, Trouble> {
        if request.method() != Method::POST || request.uri().path() != PEER_PATH {
            return Err(Trouble::not_found());
        }
        let from = field(&request, HEADER_TERMINAL).map(TerminalId::new).ok_or_else(Trouble::not_a_peer)?;
        let known = self.lan.known(&from).ok_or_else(Trouble::not_a_peer)?;
        let signature = field(&request, HEADER_SIGNATURE).ok_or_else(Trouble::bad_signature)?;
        let nonce = nonce.ok_or_else(Trouble::bad_signature)?;
        let body = whole(request).await?;
        if !known.key.signed(&signed_request("POST", PEER_PATH, nonce, &body), &signature) {
            return Err(Trouble::bad_signature());
        }
        let fresh = self.admit(&from)?;
        let (head, ops) = PeerPush::read(&body).map_err(Trouble::malformed)?;
        self.lan.board().heard(&from, mono_ms());
        self.lan.changed.notify_one();
        if head.push.nonce.is_empty() { self.greet(from, head, fresh).await } else { self.hear(from, head, ops, fresh).await }
    }

    async fn greet(&self, from: TerminalId, head: PeerHead, next_nonce: String) -> Result<PeerAnswer, Trouble> {
        let head = Box::new(head);
        let greeted = self.lan.writer.sync(|reply| SyncCommand::PeerGreeted { from, head, reply }).await.ok_or_else(Trouble::stopping)?;
        let answer = greeted.map_err(|failure| Trouble::storage(&format!("{failure:?}")))?;
        Ok(PeerAnswer { next_nonce, ..answer.map_err(|refusal| Trouble::refused(&refusal))? })
    }

    async fn hear(&self, from: TerminalId, head: PeerHead, ops: Vec<Vec<u8>>, expected: String) -> Result<PeerAnswer, Trouble> {
        if head.push.nonce != expected {
            return Err(Trouble::stale());
        }
        // Before anything is taken: the same request, come twice at once, is taken once.
        let next_nonce = self.renew(&from);
        let head = Box::new(head);
        let taken = self.lan.writer.sync(|reply| SyncCommand::PeerTake { from, head, ops, reply }).await.ok_or_else(Trouble::stopping)?;
        let answer = taken.map_err(|failure| Trouble::storage(&format!("{failure:?}")))?;
        Ok(PeerAnswer { next_nonce, ..answer.map_err(|refusal| Trouble::refused(&refusal))? })
    }

    /// Counts the request and answers the nonce that is expected of this peer.
    fn admit(&self, from: &TerminalId) -> Result<String, Trouble> {
        let second = mono_ms() / 1_000;
        let mut guests = self.guests.lock().unwrap_or_else(PoisonError::into_inner);
        let guest = guests.entry(from.clone()).or_insert_with(|| Guest { nonce: fresh_nonce(), second, requests: 0 });
        if guest.second != second {
            (guest.second, guest.requests) = (second, 0);
        }
        guest.requests += 1;
        if guest.requests > PER_SECOND_MAX { Err(Trouble::too_often()) } else { Ok(guest.nonce.clone()) }
    }

    fn renew(&self, from: &TerminalId) -> String {
        let nonce = fresh_nonce();
        let mut guests = self.guests.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(guest) = guests.get_mut(from) {
            guest.nonce.clone_from(&nonce);
        }
        nonce
    }
}

/// Reads the whole body, bounded.
async fn whole(request: Request<Incoming>) -> Result<Bytes, Trouble> {
    let body = Limited::new(request.into_body(), BODY_BYTES_MAX).collect().await;
    let body = body.map_err(|error| match error.is::<LengthLimitError>() {
        true => Trouble::too_large(BODY_BYTES_MAX),
        false => Trouble::malformed(format!("its body broke off ({error})")),
    });
    Ok(body?.to_bytes())
}

fn field(request: &Request<Incoming>, name: &str) -> Option<String> {
    request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}
