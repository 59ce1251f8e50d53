//! Asking the hub what the back office would ask it.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// The hub runs on this machine and answers at once, or is not well.
const LIMIT: Duration = Duration::from_secs(10);
/// Far more than any answer the demo asks for.
const ANSWER_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// GET `path` as the back office, with the admin's `token`.
pub fn ask(address: SocketAddr, path: &str, token: &str) -> Result<Value> {
    let mut stream = TcpStream::connect_timeout(&address, LIMIT).context("the hub does not take a connection")?;
    stream.set_read_timeout(Some(LIMIT))?;
    // HTTP/1.0, so that the answer comes in one piece and ends with the connection.
    stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\r\n").as_bytes())?;
    let mut answer = String::new();
    stream.take(ANSWER_BYTES_MAX).read_to_string(&mut answer).context("the hub's answer could not be read")?;
    let Some((head, body)) = answer.split_once("\r\n\r\n") else { bail!("the hub answered {answer:?}") };
    if !head.lines().next().unwrap_or_default().contains(" 200 ") {
        bail!("the hub answered {:?}: {body}", head.lines().next().unwrap_or_default());
    }
    serde_json::from_str(body).with_context(|| format!("the hub answered something that is not JSON: {body}"))
}
