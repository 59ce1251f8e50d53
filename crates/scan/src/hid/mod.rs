//! Devices of the HID class read without the kernel's keyboard: what their reports hold is found
//! from the descriptor ([`descriptor`]), and is a keyboard's ([`keyboard`], with [`usage`] for the
//! names of keys), a point-of-sale scanner's ([`pos`]) or Symbol's serial line in reports.

mod descriptor;
mod form;
mod keyboard;
mod pos;
mod usage;

pub(crate) use form::symbol_bytes;
pub use form::{Form, FormName};
pub(crate) use keyboard::{KeyboardReader, ReportKeys};
pub(crate) use pos::{PosPart, PosReader};
