//! The hub on a real listener, spoken to as terminals and the back office speak to it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod auth;
mod crash;
mod enrol;
mod feed;
mod limits;
mod parking;
mod protocol;
mod push;
mod snapshot;
mod support;
mod terminal;
mod units;
