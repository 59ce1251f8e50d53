//! Waiting until a server answers, with nothing but the standard library.

use super::service::Service;
use anyhow::{Context, Result, bail};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

/// A cold start with the sample shop takes well under a second; a loaded machine may be tardy.
const START_MS: u64 = 30_000;
/// Between two questions.
const ASK_EVERY_MS: u64 = 50;
/// A healthy server on the same machine answers in less.
const ANSWER_MS: u64 = 2_000;
/// A status line needs no more.
const ANSWER_BYTES_MAX: u64 = 4_096;

/// A port of the loopback that was free a moment ago.
pub fn free_port() -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("No free port on the loopback")?;
    listener.local_addr().context("The free port has no address")
}

/// Waits until GET `path` is answered with 200, or `service` has ended, or the time is up.
pub fn wait_until_healthy(service: &mut Service, address: SocketAddr, path: &str) -> Result<()> {
    let deadline = Instant::now() + Duration::from_millis(START_MS);
    loop {
        service.check_alive()?;
        let answer = status_of(address, path);
        if matches!(answer, Ok(200)) {
            return Ok(());
        }
        if Instant::now() >= deadline {
            bail!("http://{address}{path} was not well after {START_MS} ms ({answer:?}). Last words:\n{}", service.last_words());
        }
        // sleeps because a server that is not there yet sends no event
        std::thread::sleep(Duration::from_millis(ASK_EVERY_MS));
    }
}

/// The status that GET `path` is answered with.
pub fn status_of(address: SocketAddr, path: &str) -> io::Result<u16> {
    let limit = Duration::from_millis(ANSWER_MS);
    let mut stream = TcpStream::connect_timeout(&address, limit)?;
    stream.set_read_timeout(Some(limit))?;
    // At once: a server that answers early may close before a second piece arrives.
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes())?;
    let mut answer = vec![];
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    let status = answer.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
    status.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, format!("not an HTTP answer: {:?}", answer.lines().next())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader};

    /// Answers one request with these bytes.
    fn serve_once(answer: &'static str) -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let request = BufReader::new(stream.try_clone().unwrap());
            assert!(request.lines().any(|line| line.unwrap().is_empty()), "a request ends with an empty line");
            stream.write_all(answer.as_bytes()).unwrap();
        });
        address
    }

    #[test]
    fn the_status_is_read() {
        assert_eq!(status_of(serve_once("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"), "/").unwrap(), 200);
        assert_eq!(status_of(serve_once("HTTP/1.1 503 Service Unavailable\r\n\r\n"), "/").unwrap(), 503);
        assert_eq!(status_of(serve_once("SSH-2.0-x\r\n"), "/").unwrap_err().kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn a_service_that_ends_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let mut service = Service::start("script", crate::process::program(&["sh", "-c", "echo no shop; exit 1"]), folder.path()).unwrap();
        let fault = wait_until_healthy(&mut service, free_port().unwrap(), "/").unwrap_err().to_string();
        assert!(fault.contains("ended by itself"), "{fault}");
    }
}
