//! Bar codes as pictures, a dot for a module; the screen enlarges them by whole numbers.

use crate::code128::Bars;
use slint::{Image, Rgb8Pixel, SharedPixelBuffer};

/// Lying: as wide as the code, one dot high.
pub fn lying(bars: &Bars) -> Image {
    let modules = bars.modules();
    picture(&modules, count(&modules), 1)
}

/// Upright: one dot wide.
pub fn upright(bars: &Bars) -> Image {
    let modules = bars.modules();
    picture(&modules, 1, count(&modules))
}

fn count(modules: &[bool]) -> u32 {
    u32::try_from(modules.len()).expect("a code has some hundred modules")
}

fn picture(modules: &[bool], width: u32, height: u32) -> Image {
    let mut pixels = SharedPixelBuffer::<Rgb8Pixel>::new(width, height);
    for (pixel, black) in pixels.make_mut_slice().iter_mut().zip(modules) {
        *pixel = if *black { Rgb8Pixel::new(0, 0, 0) } else { Rgb8Pixel::new(255, 255, 255) };
    }
    Image::from_rgb8(pixels)
}
