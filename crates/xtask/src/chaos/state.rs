//! How a line is just now, and which connections are on it.

use std::collections::BTreeMap;
use std::io;
use std::net::{Shutdown, TcpStream};
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::Duration;

/// Bits that are turned in a byte that is garbled.
const GARBLE: u8 = 0b0001_0101;
/// Bytes that are garbled in a row.
const GARBLED_BYTES: usize = 3;

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the terminal to the hub.
    Up,
    Down,
}

/// How a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Quality {
    #[default]
    Good,
    /// Every piece comes later by this.
    Slow(Duration),
    /// The connection breaks after so many bytes one way, each connection anew.
    Cut { direction: Direction, after: usize },
    /// Some bytes become others after so many one way, each connection anew.
    Garbled { direction: Direction, after: usize },
    /// No connection comes about, and those that are end.
    Refused,
    /// Connections come about and nothing is ever heard.
    BlackHole,
}

/// What becomes of a piece.
#[derive(Debug, PartialEq, Eq)]
pub enum Fate {
    /// It arrives after this time, perhaps garbled.
    Carried(Duration),
    /// So much of it arrives, then the connection ends.
    CutAfter(usize),
    Swallowed,
}

#[derive(Default)]
pub struct State {
    inner: Mutex<Inner>,
    lost: Condvar,
}

#[derive(Default)]
struct Inner {
    quality: Quality,
    next: u64,
    connections: BTreeMap<u64, Connection>,
}

struct Connection {
    ends: [TcpStream; 2],
    /// Bytes of each direction since the line is as it is.
    carried: [usize; 2],
    /// Something of it was swallowed.
    lossy: bool,
}

impl State {
    pub fn quality(&self) -> Quality {
        self.lock().quality
    }

    pub fn set(&self, quality: Quality) {
        let mut inner = self.lock();
        inner.quality = quality;
        for connection in inner.connections.values_mut() {
            connection.carried = [0; 2];
            if quality == Quality::Refused || (connection.lossy && quality != Quality::BlackHole) {
                connection.end();
            }
        }
    }

    /// Notes a new connection and answers its number.
    pub fn join(&self, terminal: &TcpStream, hub: &TcpStream) -> io::Result<u64> {
        let connection = Connection { ends: [terminal.try_clone()?, hub.try_clone()?], carried: [0; 2], lossy: false };
        let mut inner = self.lock();
        inner.next += 1;
        let number = inner.next;
        inner.connections.insert(number, connection);
        Ok(number)
    }

    pub fn leave(&self, connection: u64) {
        self.lock().connections.remove(&connection);
    }

    /// Decides what becomes of a piece, and garbles it if it must be.
    pub fn treat(&self, connection: u64, direction: Direction, bytes: &mut [u8]) -> Fate {
        let mut inner = self.lock();
        let quality = inner.quality;
        let Some(connection) = inner.connections.get_mut(&connection) else { return Fate::CutAfter(0) };
        let carried = &mut connection.carried[direction as usize];
        let before = std::mem::replace(carried, carried.saturating_add(bytes.len()));
        if connection.lossy {
            return Fate::Swallowed;
        }
        match quality {
            Quality::Slow(by) => Fate::Carried(by),
            Quality::Refused => Fate::CutAfter(0),
            Quality::BlackHole => {
                connection.lossy = true;
                self.lost.notify_all();
                Fate::Swallowed
            }
            Quality::Cut { direction: way, after } if way == direction && *carried > after => Fate::CutAfter(after.saturating_sub(before)),
            Quality::Garbled { direction: way, after } if way == direction => {
                let garbled = bytes.iter_mut().skip(after.saturating_sub(before)).take((after + GARBLED_BYTES).saturating_sub(before.max(after)));
                garbled.for_each(|byte| *byte ^= GARBLE);
                Fate::Carried(Duration::ZERO)
            }
            Quality::Good | Quality::Cut { .. } | Quality::Garbled { .. } => Fate::Carried(Duration::ZERO),
        }
    }

    /// Waits until a connection has lost something.
    #[cfg(test)]
    pub fn wait_for_loss(&self) {
        let inner = self.lock();
        let none_yet = |inner: &mut Inner| !inner.connections.values().any(|connection| connection.lossy);
        drop(self.lost.wait_while(inner, none_yet).unwrap());
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("nobody panics while the state of a line is held")
    }
}

impl Connection {
    fn end(&self) {
        self.ends.iter().for_each(|end| drop(end.shutdown(Shutdown::Both)));
    }
}
