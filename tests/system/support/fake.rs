//! Something at the hub's address that is not the hub.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// Answers every connection in the same way until it is dropped.
pub struct Fake {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Fake {
    /// Writes `answer` to whoever has said something, and hangs up.
    pub fn saying(address: SocketAddr, answer: impl Into<Vec<u8>>) -> Fake {
        let answer = answer.into();
        Fake::doing(address, move |stream| stream.write_all(&answer))
    }

    /// Begins an answer that never ends.
    pub fn saying_forever(address: SocketAddr, beginning: &'static str) -> Fake {
        Fake::doing(address, move |stream| {
            stream.write_all(beginning.as_bytes())?;
            // Ends when the other side has had enough and hangs up.
            loop {
                stream.write_all(&[b' '; 65_536])?;
            }
        })
    }

    fn doing(address: SocketAddr, answer: impl Fn(&mut TcpStream) -> std::io::Result<()> + Send + 'static) -> Fake {
        let listener = TcpListener::bind(address).unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let stopping = stop.clone();
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopping.load(Ordering::Relaxed) {
                    return;
                }
                // Whoever asks may hang up at any point; that is its affair.
                let _hung_up = stream.and_then(|mut stream| {
                    read_head(&stream)?;
                    answer(&mut stream)
                });
            }
        });
        Fake { address, stop, thread: Some(thread) }
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Wakes the thread, which waits for somebody to call.
        drop(TcpStream::connect(self.address));
        self.thread.take().unwrap().join().unwrap();
    }
}

fn read_head(stream: &TcpStream) -> std::io::Result<()> {
    for line in BufReader::new(stream).lines() {
        if line?.is_empty() {
            break;
        }
    }
    Ok(())
}
