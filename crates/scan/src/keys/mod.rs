//! Keyboard scanners: key events to characters.
//!
//! Read in the order of the data: [`event`] (bytes of the kernel), [`frame`] (what happened at one
//! instant), [`decoder`] (characters), with [`alt_code`], [`key_map`] and [`layout`] as its helpers.

mod alt_code;
mod decoder;
mod event;
mod frame;
mod key_map;
mod keypad;
mod layout;

pub(crate) use decoder::KeyDecoder;
pub use event::{EventReader, RAW_EVENT_SIZE, RawEvent, ReadEnd};
pub use frame::{Frame, FrameBuilder, KeyChange};
pub use key_map::{Chord, KeyMap};
pub use layout::{LAYOUT_KEYS, Layout, LayoutName, NO_CHAR};
