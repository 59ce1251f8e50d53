//! Where and how large the window is on a real display.

use super::Ui;
use slint::{ComponentHandle, PhysicalSize};

/// Slint's own variable: how many device pixels a logical one has.
const SCALE_VARIABLE: &str = "SLINT_SCALE_FACTOR";

/// Makes everything larger or smaller, unless somebody chose already. Call it in `main`, before the
/// first thread.
#[allow(unsafe_code)]
pub fn scale(factor: f32) {
    let chosen = std::env::var_os(SCALE_VARIABLE).is_some();
    if !chosen && (factor - 1.0).abs() > f32::EPSILON {
        // SAFETY: called in `main` while there is one thread, as documented: nobody else reads the
        // environment.
        unsafe { std::env::set_var(SCALE_VARIABLE, factor.to_string()) };
    }
}

impl Ui {
    /// Sizes the window, in pixels of the screen, or fills the screen with it.
    pub fn place(&self, width: u32, height: u32, fullscreen: bool) {
        self.window.window().set_size(PhysicalSize::new(width, height));
        self.window.window().set_fullscreen(fullscreen);
    }
}
