//! A folder for databases and logs, which stays when there is something to look into.

use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Gone with its last owner, unless it is kept.
pub struct DemoFolder(TempDir);

impl DemoFolder {
    pub fn create() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("counterfoil-demo-").tempdir().context("No temporary folder could be made")?;
        Ok(Self(folder))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// A folder within, made if it is absent.
    pub fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.path().join(name);
        std::fs::create_dir_all(&folder).with_context(|| format!("{} could not be made", folder.display()))?;
        Ok(folder)
    }

    /// Takes it away, or keeps it and says where it is.
    pub fn end(self, keep: bool) {
        if keep {
            println!("Databases and logs are kept in {}", self.0.keep().display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_kept_folder_outlives_the_demo() {
        for keep in [false, true] {
            let folder = DemoFolder::create().unwrap();
            let path = folder.folder("hub").unwrap();
            folder.end(keep);
            assert_eq!(path.exists(), keep);
            if keep {
                std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
            }
        }
    }
}
