//! The hub on a real listener, spoken to as terminals and the back office speak to it.

mod push;
mod support;
