//! Where and how large the window is on a real display.

use super::Ui;
use crate::config::Display;
use crate::display::Rotation;
use slint::{ComponentHandle, PhysicalSize};

/// Slint's own variable: how many device pixels a logical one has.
const SCALE_VARIABLE: &str = "SLINT_SCALE_FACTOR";

/// By how many degrees the picture is turned to the right, where Slint owns the screen.
const ROTATION_VARIABLE: &str = "SLINT_KMS_ROTATION";

/// Makes everything larger or smaller, and turns it. What somebody chose by the variables stays. Call
/// it in `main`, before the first thread.
pub fn prepare(display: &Display) {
    if (display.scale - 1.0).abs() > f32::EPSILON {
        choose(SCALE_VARIABLE, &display.scale.to_string());
    }
    if display.rotation != Rotation::None {
        choose(ROTATION_VARIABLE, &display.rotation.degrees().to_string());
    }
}

#[allow(unsafe_code)]
fn choose(variable: &str, value: &str) {
    if std::env::var_os(variable).is_none() {
        // SAFETY: called in `main` while there is one thread, as documented: nobody else reads the
        // environment.
        unsafe { std::env::set_var(variable, value) };
    }
}

impl Ui {
    /// Sizes the window, in pixels of the screen, or fills the screen with it.
    pub fn place(&self, width: u32, height: u32, fullscreen: bool) {
        self.window.window().set_size(PhysicalSize::new(width, height));
        self.window.window().set_fullscreen(fullscreen);
    }
}
