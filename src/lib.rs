//! The Counterfoil terminal: an offline-first point of sale for serial-numbered goods.
//!
//! Threads: the event loop (window, [`app`]), [`writer`] (the only owner of the store), [`uplink`]
//! (the hub), [`peers`] (other terminals), the scanners' own thread, and small ones for printer and sound. They exchange plain
//! values; nothing is shared.
//!
//! Reading order: [`message`], [`view`], [`app`], [`writer`], [`uplink`], [`shell`].

pub mod message;
pub mod notice;
pub mod view;

pub mod app;
pub mod code128;
pub mod slip;

pub mod writer;

pub mod peers;
pub mod uplink;

pub mod clock;
pub mod commands;
pub mod config;
pub mod display;
pub mod doctor;
pub mod enrolment;
pub mod identity;
pub mod kiosk;
pub mod notify;
pub mod printer;
pub mod say;
pub mod scanners;
pub mod sound;

pub mod ui;

#[cfg(feature = "remote")]
pub mod remote;
pub mod shell;
