//! The engine against what may happen to a machine: crashes at every step, damaged files, a full
//! disk, answers of the hub in any order. The ledger's stories run here too, over real stores.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod crash;
mod damage;
mod drafts;
mod faults;
mod fleet;
mod reads;
mod stories;
mod submit;
mod support;
mod sync;
