//! What the service manager is told: that the till is up once it can be seen, and from then on that it
//! lives. Without a service manager (a desktop, a test) nobody is told anything.
//!
//! A till lives only if its window's loop turns *and* its writer works off its queue: a screen that
//! still draws while no sale can be saved is worth no more than a black one. So the loop sends the
//! writer a beat and passes on that it lives only when the beat came back.

use crate::writer::{Command, Pulse, WriterHandle};
use sd_notify::NotifyState;

/// Tells that the first picture is on the screen.
pub fn ready() {
    tell(NotifyState::Ready);
}

/// Tells that the till is about to end by itself.
pub fn stopping() {
    tell(NotifyState::Stopping);
}

/// A socket that does not listen is the service manager's trouble, and selling goes on.
fn tell(state: NotifyState) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "the service manager could not be told");
    }
}

/// Keeps the service manager from restarting the terminal for as long as it lives.
#[derive(Debug)]
pub struct Watchdog {
    /// The last beat that was sent.
    sent: u64,
}

impl Watchdog {
    /// None if no service manager watches.
    pub fn of_service() -> Option<Watchdog> {
        sd_notify::watchdog_enabled().map(|_period| Watchdog { sent: 0 })
    }

    /// One turn of the window's loop. Far more often than the watchdog's time.
    /// Before the box belongs to a hub it has no writer, and lives if its loop turns.
    pub fn turn(&mut self, writer: Option<&WriterHandle>) {
        if writer.is_none_or(|writer| self.lives(writer.pulse(), |beat| writer.send(Command::Beat(beat)).is_ok())) {
            tell(NotifyState::Watchdog);
        }
    }

    /// Whether the writer is alive, and a new beat on its way to it. A queue that takes none is full of
    /// what nobody works off.
    fn lives(&mut self, pulse: &Pulse, send: impl FnOnce(u64) -> bool) -> bool {
        if pulse.heard() < self.sent {
            return pulse.is_at_long_work();
        }
        let sent = send(self.sent + 1);
        self.sent += u64::from(sent);
        sent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What happens between two turns, and whether the second is passed on.
    enum Between {
        Answered,
        Silence,
        LongWork,
        QueueFull,
    }

    #[track_caller]
    fn check(between: &[(Between, bool)]) {
        let pulse = Pulse::default();
        let mut watchdog = Watchdog { sent: 0 };
        assert!(watchdog.lives(&pulse, |_| true), "the first beat is on its way");
        for (step, (between, lives)) in between.iter().enumerate() {
            let long_work = matches!(between, Between::LongWork).then(|| pulse.long_work());
            if matches!(between, Between::Answered | Between::QueueFull) {
                pulse.beat(watchdog.sent);
            }
            let takes = !matches!(between, Between::QueueFull);
            assert_eq!(watchdog.lives(&pulse, |_| takes), *lives, "step {step}");
            drop(long_work);
        }
    }

    #[test]
    fn a_till_lives_while_its_writer_answers() {
        use Between::{Answered, LongWork, QueueFull, Silence};
        check(&[(Answered, true), (Answered, true)]);
        check(&[(Silence, false), (Silence, false), (Answered, true)]);
        check(&[(LongWork, true), (LongWork, true), (Silence, false)]);
        check(&[(QueueFull, false), (Answered, true)]);
    }
}
