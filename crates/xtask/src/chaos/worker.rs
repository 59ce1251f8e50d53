//! One terminal with its cashier on a thread: sells, loses its power now and then, and is copied when
//! it is told to.

use crate::crew::hand::{Fuse, Hand, Step};
use crate::crew::post::{Post, synced};
use crate::demo::place::Place;
use crate::demo::till::text;
use anyhow::{Context, Result, anyhow};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A stretch of work between two looks for orders.
const STRETCH: Duration = Duration::from_millis(3_500);
/// One stretch in so many ends with the power cut.
const CUT_ONE_IN: u64 = 4;
/// Everything is sent and heard within this once all lines are good, on the slowest machine.
const REST: Duration = Duration::from_secs(180);
/// Between two taps.
const ASK_EVERY: Duration = Duration::from_secs(1);

pub struct Worker {
    pub place: Place,
    orders: Sender<Order>,
    begun: Receiver<()>,
    thread: JoinHandle<Result<Post>>,
}

enum Order {
    /// Cut the power, copy the disk to this place, and answer the till that stands there.
    Copy {
        to: Place,
        mark: String,
        reply: Sender<Result<Post>>,
    },
    Finish,
}

impl Worker {
    pub fn start(post: Post) -> Worker {
        let (orders, received) = channel();
        let (begin, begun) = channel();
        let place = post.place.clone();
        Worker { place, orders, begun, thread: std::thread::spawn(move || work(post, &received, &begin)) }
    }

    /// Waits until somebody can sell here.
    pub fn wait_until_begun(&self) -> Result<()> {
        self.begun.recv().context("a terminal has ended by itself")
    }

    /// Makes a copy of the disk while the power is off.
    pub fn copy(&self, to: Place, mark: String) -> Result<Post> {
        let (reply, copied) = channel();
        self.orders.send(Order::Copy { to, mark, reply }).context("a terminal has ended by itself")?;
        copied.recv().context("a terminal ended before it was copied")?
    }

    pub fn has_ended(&self) -> bool {
        self.thread.is_finished()
    }

    /// Has everything sold that is open, and sent.
    pub fn finish(&self) {
        // A worker that failed already tells so when it is joined.
        let _ = self.orders.send(Order::Finish);
    }

    pub fn join(self) -> Result<Post> {
        let name = self.place.folder().display().to_string();
        let ended = self.thread.join().map_err(|_panic| anyhow!("the thread broke"));
        ended.and_then(|post| post).with_context(|| format!("the terminal in {name}"))
    }
}

fn work(mut post: Post, orders: &Receiver<Order>, begin: &Sender<()>) -> Result<Post> {
    post.work_until(|post| post.cashier.shift_is_open)?;
    // Nobody waits for a copy to begin.
    let _ = begin.send(());
    loop {
        match orders.try_recv() {
            Ok(Order::Copy { to, mark, reply }) => {
                post.cut()?;
                let twin = copy_folder(post.place.folder(), to.folder()).and_then(|()| post.twin(to, mark));
                // Whoever asked is gone only when the run failed elsewhere.
                let _ = reply.send(twin);
            }
            Ok(Order::Finish) | Err(TryRecvError::Disconnected) => break,
            Err(TryRecvError::Empty) => stretch(&mut post)?,
        }
    }
    come_to_rest(&mut post)?;
    Ok(post)
}

fn stretch(post: &mut Post) -> Result<()> {
    let until = Instant::now() + STRETCH;
    if post.dice.one_in(CUT_ONE_IN) {
        let burns_in = post.dice.within(STRETCH);
        post.light(Fuse::Till(Instant::now() + burns_in))?;
    }
    let lit = post.is_lit();
    post.work_until(|post| Instant::now() >= until || (lit && !post.is_lit()))?;
    // The power that was to fail goes at the latest now.
    if post.is_lit() { post.cut() } else { Ok(()) }
}

/// Sells what is open and waits until the hub has everything and the till knows it.
pub fn come_to_rest(post: &mut Post) -> Result<()> {
    post.finish_sale()?;
    post.by_hand(sync)
}

/// Looks at the screen and does the next thing, as news may stand in front of anything.
fn sync(hand: &mut Hand) -> Step<()> {
    let until = Instant::now() + REST;
    while !synced(hand.shown()) {
        if Instant::now() >= until {
            return Err(anyhow!("not synced {} s after all lines were good: {}", REST.as_secs(), hand.shown()).into());
        }
        let label = match text(hand.shown(), "page") {
            _ if !hand.shown()["refusal"].is_null() => "Understood",
            "Receipt" => "Next sale",
            "Sync" => "Sync now",
            _ => "Sync status",
        };
        // While a request is under way "Sync now" is not there, and there is nothing to hurry.
        hand.try_tap(label)?;
        hand.sees(Instant::now() + ASK_EVERY, synced)?;
    }
    Ok(())
}

/// Copies a folder with everything in it.
pub fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    let copied = || -> std::io::Result<()> {
        std::fs::create_dir_all(to)?;
        for entry in std::fs::read_dir(from)? {
            let entry = entry?;
            let target = to.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                copy_folder(&entry.path(), &target).map_err(std::io::Error::other)?;
            } else {
                std::fs::copy(entry.path(), target)?;
            }
        }
        Ok(())
    };
    copied().with_context(|| format!("{} could not be copied to {}", from.display(), to.display()))
}
