//! What the engine needs of a database, held against SQLite and against a real PostgreSQL server.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod away;
#[path = "../cluster/mod.rs"]
mod cluster;
mod evidence;
mod port;
mod shop;
mod transfer;
