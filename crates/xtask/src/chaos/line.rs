//! A line between a terminal and the hub that can be spoilt: a TCP proxy on the loopback, one for each
//! terminal.

use super::state::{Direction, Fate, State};
use anyhow::{Context, Result};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

pub use super::state::Quality;

/// The hub is on this machine: it takes a connection at once or not at all.
const CONNECT: Duration = Duration::from_secs(2);
const BLOCK_BYTES: usize = 16 * 1024;

pub struct Line {
    pub address: SocketAddr,
    state: Arc<State>,
}

impl Line {
    /// Listens on a free port and carries everything to `hub`, whether that is up or not.
    pub fn open(hub: SocketAddr) -> Result<Line> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("No free port for a line")?;
        let address = listener.local_addr().context("The line has no address")?;
        let state = Arc::new(State::default());
        let shared = state.clone();
        // Ends with the program: a thread that waits for connections cannot be told to stop.
        std::thread::spawn(move || listener.incoming().flatten().for_each(|terminal| take(terminal, hub, &shared)));
        Ok(Line { address, state })
    }

    /// Changes how the line is from now on. What was swallowed does not come back, so connections
    /// that lost something end with it.
    pub fn set(&self, quality: Quality) {
        self.state.set(quality);
    }
}

fn take(terminal: TcpStream, hub: SocketAddr, state: &Arc<State>) {
    if state.quality() == Quality::Refused {
        return;
    }
    let Ok(hub) = TcpStream::connect_timeout(&hub, CONNECT) else { return };
    // Small pieces must not wait for each other: the line is as quick as the loopback unless it is spoilt.
    let _ = (terminal.set_nodelay(true), hub.set_nodelay(true));
    let Ok(connection) = state.join(&terminal, &hub) else { return };
    let (Ok(terminal_too), Ok(hub_too)) = (terminal.try_clone(), hub.try_clone()) else { return };
    let (up, down) = (state.clone(), state.clone());
    std::thread::spawn(move || carry(terminal_too, hub_too, Direction::Up, connection, &up));
    std::thread::spawn(move || carry(hub, terminal, Direction::Down, connection, &down));
}

/// Carries bytes one way until either end or the line is cut.
fn carry(mut from: TcpStream, mut to: TcpStream, direction: Direction, connection: u64, state: &State) {
    let mut block = [0; BLOCK_BYTES];
    while let Ok(length @ 1..) = from.read(&mut block) {
        let bytes = &mut block[..length];
        let carried = match state.treat(connection, direction, bytes) {
            Fate::Carried(after) => {
                // sleeps because a slow line is what is played
                std::thread::sleep(after);
                to.write_all(bytes).is_ok()
            }
            Fate::CutAfter(length) => {
                let _ends_anyway = to.write_all(&bytes[..length]);
                false
            }
            Fate::Swallowed => true,
        };
        if !carried {
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
    state.leave(connection);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader};

    /// A hub that says every line again.
    fn echo() -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                std::thread::spawn(move || {
                    let mut back = stream.try_clone().unwrap();
                    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
                    while lines.next().is_some_and(|line| writeln!(back, "{line}").is_ok()) {}
                });
            }
        });
        address
    }

    fn say(stream: &mut TcpStream, text: &str) -> Option<String> {
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        writeln!(stream, "{text}").ok()?;
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).ok().filter(|length| *length > 0)?;
        Some(line.trim_end().to_owned())
    }

    #[test]
    fn a_line_is_spoilt_and_good_again() {
        let line = Line::open(echo()).unwrap();
        let connect = || TcpStream::connect(line.address).unwrap();
        let mut first = connect();
        assert_eq!(say(&mut first, "hello").as_deref(), Some("hello"));
        line.set(Quality::Slow(Duration::from_millis(1)));
        assert_eq!(say(&mut first, "slow").as_deref(), Some("slow"));
        line.set(Quality::Garbled { direction: Direction::Down, after: 1 });
        let garbled = say(&mut first, "garbled").unwrap();
        assert!(garbled != "garbled" && garbled.starts_with('g'), "{garbled}");
        line.set(Quality::Cut { direction: Direction::Down, after: 3 });
        assert_eq!(say(&mut first, "broken off").as_deref(), Some("bro"));
        line.set(Quality::Refused);
        assert_eq!(say(&mut connect(), "refused"), None);
        line.set(Quality::Good);
        assert_eq!(say(&mut connect(), "again").as_deref(), Some("again"));
    }

    #[test]
    fn a_black_hole_ends_when_the_line_is_good_again() {
        let line = Line::open(echo()).unwrap();
        let mut stream = TcpStream::connect(line.address).unwrap();
        assert_eq!(say(&mut stream, "hello").as_deref(), Some("hello"));
        line.set(Quality::BlackHole);
        writeln!(stream, "lost").unwrap();
        line.state.wait_for_loss();
        line.set(Quality::Good);
        assert_eq!(say(&mut stream, "after"), None, "a connection that lost something does not go on");
    }
}
