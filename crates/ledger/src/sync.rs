//! Terminal and hub, the protocol: what is said ([`wire`], [`message`]) and when ([`uplink`]); and the
//! same between the terminals of one warehouse ([`peer`]). No I/O here; the
//! terminal's uplink thread and the hub's routes carry these values, and so can a simulator.
//!
//! The promises: an op is given up only on a positive answer of its own; the same op twice is one
//! op; no answer, however odd, makes a terminal forget or change one; and as long as something
//! waits, something is tried (level-triggered, not event-triggered).

pub mod carried;
pub mod message;
pub mod peer;
pub mod uplink;
pub mod wire;
