//! The event loop, as the rest of the terminal sees it: have something run on its thread, now or
//! again and again.

use slint::{EventLoopError, Timer, TimerMode};
use std::time::Duration;

/// Runs `work` on the event loop's thread, soon. Callable from any thread.
///
/// # Errors
/// There is no event loop, or it has ended.
pub fn soon(work: impl FnOnce() + Send + 'static) -> Result<(), EventLoopError> {
    slint::invoke_from_event_loop(work)
}

/// Runs `work` every `period` until what is answered is dropped.
pub fn every(period: Duration, work: impl FnMut() + 'static) -> Timer {
    let timer = Timer::default();
    timer.start(TimerMode::Repeated, period, work);
    timer
}

/// Ends the event loop after what is posted already.
///
/// # Errors
/// There is no event loop, or it has ended.
pub fn quit() -> Result<(), EventLoopError> {
    slint::quit_event_loop()
}
