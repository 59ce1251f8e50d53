//! Keyboard scanners: key events to characters.

mod layout;

pub use layout::{Layout, LayoutName};
