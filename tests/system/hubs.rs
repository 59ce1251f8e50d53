//! Whatever may answer at the hub's address: selling goes on, nothing is lost, the screen says what
//! is wrong, and everything is sent once the real hub is back.

use crate::support::{Fake, Hub, Shop, examples, number, text};
use std::net::SocketAddr;

/// Sells while `stranger` holds the hub's address, then brings the hub back.
#[track_caller]
fn check<T>(stranger: impl FnOnce(&Shop, SocketAddr) -> T, state: &str, error: &str) {
    let shop = Shop::open();
    let there = stranger(&shop, shop.address);
    let serial = &examples().other.serials[0];
    let mut till = shop.till();
    till.see(error, |v| text(v, "sync_error") == error);
    till.sign_in("1111");
    let receipt = till.sell(serial);
    let view = till.see("the sale waiting", |v| number(v, "pending") == 1 && text(v, "sync_error") == error);
    assert_eq!(text(&view, "sync"), state, "{view}");
    drop(there);
    let hub = shop.hub();
    till.synced();
    hub.has_exactly(2, &[serial]);
    assert!(till.sell(&examples().off.barcode) > receipt);
    till.synced();
    till.end();
    hub.has_exactly(3, &[serial]);
}

#[track_caller]
fn check_answer(answer: &str, state: &str, error: &str) {
    check(|_, address| Fake::saying(address, answer), state, error);
}

#[test]
fn nobody() {
    check(|_, _| (), "Offline", "Unreachable");
}

#[test]
fn another_hub() {
    check(
        |shop, address| {
            let folder = shop.path().join("other-hub");
            std::fs::create_dir(&folder).unwrap();
            Hub::start(&folder, address)
        },
        "Trouble",
        "OtherHub",
    );
}

#[test]
fn an_answer_cut_in_its_head() {
    check_answer("HTTP/1.1 200 OK\r\ncontent-le", "Offline", "Unreachable");
}

#[test]
fn an_answer_cut_in_its_body() {
    check_answer("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"head_seq\":", "Offline", "Unreachable");
}

#[test]
fn an_answer_that_never_ends() {
    check(|_, address| Fake::saying_forever(address, "HTTP/1.1 200 OK\r\n\r\n{\"head_seq\":"), "Trouble", "Garbage");
}

#[test]
fn an_answer_in_pieces_that_are_none() {
    check_answer("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", "Trouble", "Garbage");
}

#[test]
fn an_answer_packed_wrongly() {
    check_answer("HTTP/1.1 200 OK\r\ncontent-encoding: zstd\r\ncontent-length: 8\r\n\r\nnot zstd", "Trouble", "Garbage");
}

#[test]
fn something_that_does_not_speak_http() {
    check_answer("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", "Trouble", "Garbage");
}

#[test]
fn a_broken_proxy() {
    check_answer("HTTP/1.1 500 Internal Server Error\r\ncontent-length: 4\r\n\r\noops", "Offline", "HubTrouble");
}

#[test]
fn a_captive_portal() {
    let page = "<html><body>Welcome to the airport. Please log in.</body></html>";
    check_answer(&format!("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\n\r\n{page}", page.len()), "Trouble", "Garbage");
}

#[test]
fn a_redirect() {
    check_answer("HTTP/1.1 302 Found\r\nlocation: http://login.example/\r\ncontent-length: 0\r\n\r\n", "Trouble", "Garbage");
}
