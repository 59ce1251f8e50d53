//! How a callback becomes an intent.

use crate::message::Intent;
use slint::SharedString;
use std::rc::Rc;

/// Where intents go. Cheap to clone: every callback holds one.
#[derive(Clone)]
pub struct Send(Rc<dyn Fn(Intent)>);

impl Send {
    pub fn new(send: impl Fn(Intent) + 'static) -> Self {
        Self(Rc::new(send))
    }

    pub fn now(&self, intent: Intent) {
        (self.0)(intent);
    }

    /// A callback that always means the same.
    pub fn just(&self, intent: Intent) -> impl Fn() + 'static {
        let send = self.clone();
        move || send.now(intent.clone())
    }

    /// A callback about a row. A row that is no row (-1 in Slint's way of saying none) is no intent.
    pub fn at(&self, make: fn(usize) -> Intent) -> impl Fn(i32) + 'static {
        let send = self.clone();
        move |row| {
            if let Ok(row) = usize::try_from(row) {
                send.now(make(row));
            }
        }
    }

    pub fn with<T: 'static>(&self, make: impl Fn(T) -> Intent + 'static) -> impl Fn(T) + 'static {
        let send = self.clone();
        move |value| send.now(make(value))
    }

    pub fn text(&self, make: fn(String) -> Intent) -> impl Fn(SharedString) + 'static {
        self.with(move |text: SharedString| make(text.into()))
    }
}
