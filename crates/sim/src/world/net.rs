//! The network: messages get lost, doubled, late, out of order and cut; and the hub's end of it.

use super::server::Served;
use super::{Event, World};
use crate::wire::{Letter, Reply};

/// What somebody between answers with.
const FOREIGN: [u16; 6] = [200, 401, 404, 409, 502, 503];

/// A pull that waits at the hub for news.
pub struct Held {
    pub from: usize,
    pub flight: u64,
    pub letter: Letter,
    pub until_ms: i64,
}

impl World {
    /// Sends a request on its way.
    pub(super) fn send(&mut self, from: usize, flight: u64, letter: Letter) {
        if self.is_alone(from) || self.dice.percent(self.weather.drop) {
            return;
        }
        if self.dice.percent(self.weather.foreign) {
            let status = FOREIGN[self.dice.index(FOREIGN.len())];
            let delay_ms = self.delay_ms();
            return self.plan(delay_ms, Event::AtTill(from, flight, Reply::foreign(status)));
        }
        if self.dice.percent(self.weather.twice) {
            let delay_ms = self.delay_ms();
            self.plan(delay_ms, Event::AtHub(from, flight, letter.clone()));
        }
        let delay_ms = self.delay_ms();
        self.plan(delay_ms, Event::AtHub(from, flight, letter));
    }

    /// Sends an answer on its way back.
    fn reply(&mut self, to: usize, flight: u64, mut reply: Reply) {
        if self.is_alone(to) || self.dice.percent(self.weather.drop) {
            return;
        }
        if self.dice.percent(self.weather.cut) {
            // What is cut no longer bears its signature.
            let length = self.dice.index(reply.body.len() + 1);
            reply.body.truncate(length);
            reply.signed = false;
        }
        let delay_ms = self.delay_ms();
        self.plan(delay_ms, Event::AtTill(to, flight, reply));
    }

    fn is_alone(&self, at: usize) -> bool {
        self.is_line_cut || self.tills.get(at).is_some_and(|till| till.is_alone)
    }

    pub(super) fn delay_ms(&mut self) -> i64 {
        // Mostly quick, at times slow.
        let most = if self.dice.one_in(4) { self.weather.delay_ms_max } else { self.weather.delay_ms_max / 10 };
        self.dice.between(1, most.max(1))
    }

    pub(super) fn at_hub(&mut self, from: usize, flight: u64, letter: Letter) {
        let served = self.server.serve(self.now_ms, &letter, true, &mut self.record);
        match served {
            Served::Reply(reply) => {
                self.say(format_args!("hub: {} from {from} → {}", letter.path, reply.status));
                self.reply(from, flight, reply);
            }
            Served::Hold(until_ms) => {
                self.held.push(Held { from, flight, letter, until_ms });
                return self.queue.plan(until_ms, Event::Release(flight));
            }
            Served::Died => return self.hub_died(),
        }
        self.tell_news();
    }

    /// The program that served has ended; whoever waits for it hears nothing.
    pub(super) fn hub_died(&mut self) {
        self.say(format_args!("hub: the program ends"));
        self.held.clear();
        let pause_ms = self.dice.between(1_000, 20_000);
        self.plan(pause_ms, Event::StartHub);
    }

    /// Answers what was held back, as far as there is news for it.
    fn tell_news(&mut self) {
        for held in std::mem::take(&mut self.held) {
            match self.server.serve(self.now_ms, &held.letter, true, &mut self.record) {
                Served::Hold(_) => self.held.push(held),
                Served::Reply(reply) => self.reply(held.from, held.flight, reply),
                Served::Died => return self.hub_died(),
            }
        }
    }

    /// The time for which an answer may be held back is over.
    pub(super) fn release(&mut self, flight: u64) {
        let due = |held: &Held| held.flight == flight && held.until_ms <= self.now_ms;
        let Some(index) = self.held.iter().position(due) else { return };
        let held = self.held.remove(index);
        match self.server.serve(self.now_ms, &held.letter, false, &mut self.record) {
            Served::Reply(reply) => self.reply(held.from, held.flight, reply),
            Served::Hold(_) => {}
            Served::Died => self.hub_died(),
        }
    }
}
