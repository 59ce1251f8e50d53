//! A snapshot as one file that is carried to a terminal on a stick: a line of JSON that says what it is,
//! signed by the hub, then the packed catalogue itself.

use super::wire::SnapshotManifest;
use serde::{Deserialize, Serialize};

/// The form of the file.
pub const FORMAT: &str = "counterfoil snapshot 1";
/// Longest first line, in bytes: the manifest of a hub with many terminals fits.
pub const HEAD_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriedHead {
    pub format: String,
    pub hub: String,
    /// By the hub's clock.
    pub made_at_ms: i64,
    pub manifest: SnapshotManifest,
    /// Over [`CarriedHead::signed`], base64.
    pub signature: String,
}

impl CarriedHead {
    /// A first line that is not signed yet.
    pub fn new(hub: &str, made_at_ms: i64, manifest: SnapshotManifest) -> CarriedHead {
        CarriedHead { format: FORMAT.into(), hub: hub.into(), made_at_ms, manifest, signature: String::new() }
    }

    /// The bytes that the hub signs: all that the line says, a line each.
    pub fn signed(&self) -> Vec<u8> {
        let SnapshotManifest { feed, pos, sha256, bytes, unpacked_bytes, contained, parked, log, sum } = &self.manifest;
        let mut text = format!("{}\n{}\n{}\n", self.format, self.hub, self.made_at_ms);
        text.push_str(&format!("{feed} {pos}\n{sha256}\n{bytes} {unpacked_bytes}\n{} {}\n{log}\n", sum.rows, sum.sum));
        for chain in contained {
            text.push_str(&format!("{} {}-{}\n", chain.device, chain.incarnation, chain.seq));
        }
        for op in parked {
            text.push_str(&format!("parked {} {}-{}\n", op.device, op.incarnation, op.seq));
        }
        text.into_bytes()
    }
}
