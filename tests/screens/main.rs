//! What people see and touch: pictures of every page in every size, and what holds for all of them.

mod contrast;
mod golden;
mod samples;
mod small;
mod stage;
mod touch;
mod wiring;
mod words;
