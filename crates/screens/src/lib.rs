//! The compiled user interface: the types and the window that `ui/*.slint` describes, and nothing
//! else. It stands in a crate of its own because it is megabytes of generated code; what is drawn
//! and sent stands in the terminal's `src/ui`.

#![allow(clippy::all, clippy::todo, clippy::unimplemented, clippy::unwrap_used, unused_qualifications)]

slint::include_modules!();
