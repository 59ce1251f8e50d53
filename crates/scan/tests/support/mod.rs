//! What the tests share: a scanner that types US keys, a rig around the pipeline, a text language
//! for both, and the places of recorded data.
#![allow(dead_code, clippy::unwrap_used)]

pub mod chance;
pub mod data;
pub mod dsl;
pub mod pty;
pub mod rig;
pub mod uhid;
pub mod us;
pub mod xkb;
