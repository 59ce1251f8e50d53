//! What the till wrote down: its `ops.log`, read without any of the product's code. A frame is a
//! length and a checksum, both 32 bits little-endian, then the op as JSON.

use anyhow::{Context, Result};
use serde_json::Value;
use std::path::Path;

const HEAD_BYTES: usize = 8;

/// An op, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Op {
    pub id: String,
    pub incarnation: u64,
    pub seq: u64,
    pub kind: String,
    /// The receipt's number, of a sale.
    pub document: String,
    /// Units sold.
    pub serials: Vec<String>,
    /// The op as it was sealed.
    pub text: String,
}

impl Op {
    pub fn is_sale(&self) -> bool {
        self.kind.starts_with("sale@")
    }
}

/// Every whole op. One that was being written when the plug was pulled is none.
pub fn read(log: &Path) -> Result<Vec<Op>> {
    let bytes = match std::fs::read(log) {
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        read => read.with_context(|| format!("{} could not be read", log.display()))?,
    };
    frames(&bytes).map(op).collect()
}

fn frames(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (head, rest) = bytes.split_at_checked(HEAD_BYTES)?;
        let length = u32::from_le_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let (frame, rest) = rest.split_at_checked(length)?;
        bytes = rest;
        Some(frame)
    })
}

fn op(frame: &[u8]) -> Result<Op> {
    let text = String::from_utf8_lossy(frame).into_owned();
    let op: Value = serde_json::from_str(&text).with_context(|| format!("ops.log holds something that is no op: {text}"))?;
    let words = |field: &str| op[field].as_str().unwrap_or_default().to_owned();
    let number = |field: &str| op[field].as_u64().unwrap_or_default();
    let lines = op["payload"]["lines"].as_array().into_iter().flatten();
    let units = lines.flat_map(|line| line["units"].as_array().into_iter().flatten());
    Ok(Op {
        id: words("id"),
        incarnation: number("incarnation"),
        seq: number("seq"),
        kind: words("kind"),
        document: op["payload"]["number"].as_str().unwrap_or_default().to_owned(),
        serials: units.filter_map(|unit| unit["serial"].as_str().map(str::to_owned)).collect(),
        text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_ops_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("ops.log");
        assert_eq!(read(&log).unwrap(), []);
        let op = r#"{"id":"a","incarnation":1,"seq":2,"kind":"sale@1","payload":{"number":"T1-000001","lines":[{"units":[{"sku":"P","serial":"A1"}]}]}}"#;
        let mut bytes = Vec::from(u32::try_from(op.len()).unwrap().to_le_bytes());
        bytes.extend([0; 4]);
        bytes.extend(op.as_bytes());
        bytes.extend(bytes.clone().into_iter().take(20));
        std::fs::write(&log, bytes).unwrap();
        let (id, kind, document, serials, text) = ("a".into(), "sale@1".into(), "T1-000001".into(), vec!["A1".into()], op.into());
        let expected = Op { id, incarnation: 1, seq: 2, kind, document, serials, text };
        assert_eq!(read(&log).unwrap(), [expected]);
    }
}
