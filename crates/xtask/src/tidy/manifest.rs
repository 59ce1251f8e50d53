//! A dependency is a guest: it is named once, with what it is for, and comes from the public registry.

use super::Finding;
use super::tree::{File, Tree};

/// Anything else could not be fetched elsewhere.
const REGISTRY: &str = concat!("registry+https://github.com/rust-lang/crates", ".io-index");

pub fn purposes(tree: &Tree) -> Vec<Finding> {
    tree.file("Cargo.toml").map(without_purpose).unwrap_or_default()
}

pub fn sources(tree: &Tree) -> Vec<Finding> {
    let Some(lock) = tree.file("Cargo.lock") else { return vec![] };
    let lines = lock.text.lines().enumerate();
    let foreign = lines.filter(|(_, line)| line.starts_with("source = ") && !line.contains(REGISTRY));
    foreign.map(|(index, line)| lock.finding(index + 1, format!("{line}: fetched from elsewhere than the public registry"))).collect()
}

/// The lines of `[workspace.dependencies]` without a comment at their end. Our own crates need none.
fn without_purpose(manifest: &File) -> Vec<Finding> {
    let lines = manifest.text.lines().enumerate();
    let table = lines.skip_while(|(_, line)| *line != "[workspace.dependencies]").skip(1).take_while(|(_, line)| !line.starts_with('['));
    table
        .filter(|(_, line)| line.contains(" = ") && !line.starts_with('#') && !line.contains("path = ") && !line.contains(" # "))
        .map(|(index, line)| {
            let name = line.split(' ').next().unwrap_or_default();
            manifest.finding(index + 1, format!("`{name}`: say behind it what it is for"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_says_what_it_is_for() {
        let text = "[workspace.dependencies]\nledger = { path = \"crates/ledger\" }\na = \"1\" # for a\nb = \"2\"\n\n[dependencies]\nc = \"3\"\n";
        let found = purposes(&Tree::of("Cargo.toml", text));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].line, 4);
    }

    #[test]
    fn a_private_source_is_found() {
        let text = format!("source = \"{REGISTRY}\"\nsource = \"git+https://example.org/x\"\n");
        assert_eq!(sources(&Tree::of("Cargo.lock", &text)).len(), 1);
    }
}
