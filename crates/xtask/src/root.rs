//! Where the work tree is.

use std::path::{Path, PathBuf};

/// The folder of the root Cargo.toml. Cargo names this crate's folder in the environment when it
/// runs us; the name from build time serves when the binary is started by hand.
pub fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    here.ancestors().nth(2).map(Path::to_path_buf).expect("this crate lies two folders below the root")
}

/// Where cargo puts what it builds.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder))
}
