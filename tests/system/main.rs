//! The whole terminal, as a process with a scanner, between bad input and a bad world: wrong
//! configurations, wrong hubs, damaged files, full disks, pulled cables. Each test says what a
//! person is told, and that nothing was lost.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod backlog;
mod blank;
mod carried;
mod damage;
mod doctor;
mod full;
mod hubs;
mod learn;
mod peers;
mod pin;
mod scanners;
mod starting;
mod support;
