//! Whoever may knock: each is refused with a sentence, and nothing has changed.

use crate::shop::{Shop, Till};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use counterfoil::identity::PeerKey;
use ed25519_dalek::{Signer, SigningKey};
use ledger::id::TerminalId;
use ledger::row::UnitStatus;
use ledger::sync::peer::{Offer, PEER_PATH, PeerAnswer, PeerHead, PeerPush};
use ledger::sync::wire::{HEADER_NONCE, HEADER_SIGNATURE, HEADER_TERMINAL, PushHead, Trouble, signed_answer, signed_request};
use reqwest::{Client, Method};
use std::net::SocketAddr;
use tokio::runtime::Runtime;

/// A terminal that does not answer, and somebody who has a key and speaks for another.
struct Street {
    till: Till,
    address: SocketAddr,
    /// Of the one that is knocked at.
    key: PeerKey,
    caller: TerminalId,
    signing: SigningKey,
    runtime: Runtime,
    client: Client,
}

/// What came back.
struct Heard {
    status: u16,
    body: Vec<u8>,
}

impl Street {
    fn new() -> Street {
        let mut shop = Shop::new();
        let address = shop.address();
        let signing = SigningKey::from_bytes(&[3; 32]);
        let caller = shop.add_key("The caller", signing.verifying_key().to_bytes());
        let till = shop.enrol("Till 1");
        shop.greet(&till);
        let own = till.identity.terminal.clone();
        let key = shop.hub.hello(1, &caller, &hello()).unwrap().peers.into_iter().find(|peer| peer.terminal == own).unwrap().key;
        let mut till = till.start(address, Vec::new());
        till.news("the caller named", |news| news.len() == 1);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Street {
            till,
            address,
            key: PeerKey::read(&key).unwrap(),
            caller,
            signing,
            runtime,
            client: Client::builder().pool_max_idle_per_host(0).build().unwrap(),
        }
    }

    /// Signed by the caller, in the name of `terminal`.
    fn says(&self, terminal: &TerminalId, body: Vec<u8>) -> Heard {
        let signature = BASE64.encode(self.signing.sign(&signed_request("POST", PEER_PATH, "nonce", &body)).to_bytes());
        self.sends(Method::POST, PEER_PATH, &[(HEADER_TERMINAL, terminal.as_str()), (HEADER_NONCE, "nonce"), (HEADER_SIGNATURE, &signature)], body)
    }

    fn sends(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Heard {
        let request = || {
            let request = self.client.request(method.clone(), format!("http://{}{path}", self.address)).body(body.clone());
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))
        };
        self.runtime.block_on(async {
            // Whoever is hung up on while still speaking may not hear the answer; then it says it again.
            let mut answer = request().send().await;
            for _ in 0..20 {
                if answer.is_err() {
                    answer = request().send().await;
                }
            }
            let response = answer.unwrap();
            let status = response.status().as_u16();
            let signature = response.headers().get(HEADER_SIGNATURE).map(|value| value.to_str().unwrap().to_owned());
            let body = response.bytes().await.unwrap().to_vec();
            if let Some(signature) = signature {
                assert!(self.key.signed(&signed_answer("nonce", status, &body), &signature), "the answer is signed");
            }
            Heard { status, body }
        })
    }

    fn push(&self, nonce: &str, ops: &[&[u8]]) -> Vec<u8> {
        let head = PushHead { incarnation: 1, first_seq: 1, count: ops.len() as u32, nonce: nonce.into(), wall_ms: 0 };
        let head = PeerHead { push: head, offers: vec![Offer { incarnation: 1, after: 0, last: 9 }], reserved: Vec::new() };
        let sealed = |bytes: &&[u8]| ledger::op::SealedOp { bytes: bytes.to_vec(), hash: ledger::op::Hash::of(bytes) };
        PeerPush { head, ops: ops.iter().map(sealed).collect() }.body()
    }

    /// The nonce that is expected of the caller.
    fn nonce(&self) -> String {
        self.says(&self.caller, self.push("", &[])).answer().next_nonce
    }

    /// An op of the caller that sells A0.
    fn sale(&self, device: &TerminalId) -> Vec<u8> {
        let sale = include_str!("../golden/ops/sale@1-bare.json").trim_end();
        let mut op: serde_json::Value = serde_json::from_str(sale).unwrap();
        op["device"] = device.as_str().into();
        op["incarnation"] = 1.into();
        op["seq"] = 1.into();
        op["payload"]["lines"][0]["sku"] = "PHONE".into();
        op["payload"]["lines"][0]["units"] = serde_json::json!([{ "sku": "PHONE", "serial": "A0" }]);
        ledger::op::Op::read(&serde_json::to_vec(&op).unwrap()).unwrap().seal().bytes
    }
}

impl Heard {
    #[track_caller]
    fn answer(&self) -> PeerAnswer {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.body));
        serde_json::from_slice(&self.body).unwrap()
    }

    #[track_caller]
    fn refused(&self, status: u16, code: &str) {
        let trouble: Trouble = serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{} {:?}", self.status, String::from_utf8_lossy(&self.body)));
        assert_eq!((self.status, trouble.code.as_str()), (status, code), "{}", trouble.message);
        assert!(trouble.message.ends_with('.') && trouble.message.len() > 15, "{}", trouble.message);
    }
}

fn hello() -> ledger::sync::wire::Hello {
    ledger::sync::wire::Hello {
        protocol: 1,
        program: String::new(),
        incarnation: 1,
        head_seq: 0,
        head_hash: Default::default(),
        acked_seq: 0,
        nonce: String::new(),
        wall_ms: 0,
        seen: Vec::new(),
        repairs: 0,
        parked: Vec::new(),
    }
}

#[test]
fn whoever_is_no_peer_is_refused_and_nothing_changes() {
    let mut street = Street::new();
    let caller = street.caller.clone();
    let nonce = street.nonce();
    let sale = street.sale(&caller);
    let good = street.push(&nonce, &[&sale]);
    // Enrolled elsewhere, or nowhere.
    street.says(&"T99".into(), good.clone()).refused(403, "not_a_peer");
    street.sends(Method::POST, PEER_PATH, &[], good.clone()).refused(403, "not_a_peer");
    // A terminal of this shop by name, with another key.
    let strange = Street { signing: SigningKey::from_bytes(&[4; 32]), ..street };
    strange.says(&caller, good.clone()).refused(401, "bad_signature");
    street = Street { signing: SigningKey::from_bytes(&[3; 32]), ..strange };
    street.sends(Method::POST, PEER_PATH, &[(HEADER_TERMINAL, caller.as_str()), (HEADER_NONCE, "nonce")], good.clone()).refused(401, "bad_signature");
    street.sends(Method::POST, PEER_PATH, &[(HEADER_TERMINAL, caller.as_str()), (HEADER_SIGNATURE, "x")], good.clone()).refused(401, "bad_signature");
    street.sends(Method::GET, PEER_PATH, &[], Vec::new()).refused(404, "not_found");
    street.sends(Method::POST, "/", &[], good.clone()).refused(404, "not_found");
    street.says(&caller, b"garbage".to_vec()).refused(400, "malformed");
    street.says(&caller, street.push(&nonce, &[b"{}"])).refused(400, "malformed");
    street.says(&caller, vec![b'x'; 4 * 1024 * 1024]).refused(413, "too_large");
    // That answer did not name the op taken, so the nonce was used up: what follows is stale.
    street.says(&caller, good.clone()).refused(409, "stale");
    let foreign = street.sale(&"T77".into());
    street.says(&caller, street.push(&street.nonce(), &[&foreign])).refused(400, "malformed");
    assert_eq!(street.till.status("A0"), UnitStatus::InStock, "nothing of it was taken");
    // The same with everything in order.
    let good = street.push(&street.nonce(), &[&sale]);
    assert_eq!(street.says(&caller, good.clone()).answer().have[0].seq, 1);
    assert_eq!(street.till.status("A0"), UnitStatus::StockedOut);
    street.says(&caller, good).refused(409, "stale");
}

#[test]
fn whoever_asks_too_often_has_to_wait() {
    let street = Street::new();
    let greeting = street.push("", &[]);
    let signature = BASE64.encode(street.signing.sign(&signed_request("POST", PEER_PATH, "nonce", &greeting)).to_bytes());
    let ask = || {
        let request = street.client.post(format!("http://{}{PEER_PATH}", street.address)).body(greeting.clone());
        request.header(HEADER_TERMINAL, street.caller.as_str()).header(HEADER_NONCE, "nonce").header(HEADER_SIGNATURE, &signature).send()
    };
    // More at once than are answered in any two seconds.
    let statuses: Vec<u16> = street.runtime.block_on(async {
        let asked: Vec<_> = (0..200).map(|_| tokio::spawn(ask())).collect();
        let mut statuses = Vec::new();
        for answer in asked {
            statuses.push(answer.await.unwrap().unwrap().status().as_u16());
        }
        statuses
    });
    assert!(statuses.iter().all(|status| [200, 429].contains(status)), "{statuses:?}");
    assert!(statuses.contains(&200) && statuses.contains(&429), "{statuses:?}");
}
