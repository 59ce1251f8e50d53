//! What is going to happen, in order of time; at one time in the order in which it was planned.

use super::Event;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

#[derive(Default)]
pub struct Queue {
    heap: BinaryHeap<Planned>,
    planned: u64,
}

struct Planned {
    at_ms: i64,
    number: u64,
    event: Event,
}

impl Queue {
    pub fn plan(&mut self, at_ms: i64, event: Event) {
        self.planned += 1;
        self.heap.push(Planned { at_ms, number: self.planned, event });
    }

    /// The next event and its time.
    pub fn next(&mut self) -> Option<(i64, Event)> {
        self.heap.pop().map(|planned| (planned.at_ms, planned.event))
    }
}

impl Ord for Planned {
    fn cmp(&self, other: &Planned) -> Ordering {
        (other.at_ms, other.number).cmp(&(self.at_ms, self.number))
    }
}

impl PartialOrd for Planned {
    fn partial_cmp(&self, other: &Planned) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Planned {
    fn eq(&self, other: &Planned) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Planned {}
