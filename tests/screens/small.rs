//! Golden pictures as small files: with a palette, a third of the size of full colour.

use counterfoil::ui::headless::Screenshot;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// What a palette holds.
const COLOURS_MAX: usize = 256;
/// How coarsely channels may be rounded to fit: half of the last one, 6, is less than a picture may
/// be off.
const STEPS: [u8; 5] = [1, 4, 6, 8, 12];

/// Writes the picture with a palette, rounded as little as that takes; in full colour if it has too
/// many colours even so.
pub fn write(picture: &Screenshot, path: &Path) -> io::Result<()> {
    match STEPS.iter().find_map(|step| indexed(picture, *step)) {
        Some((palette, pixels)) => write_indexed(picture, path, palette, &pixels),
        None => picture.write_png(path),
    }
}

fn indexed(picture: &Screenshot, step: u8) -> Option<(Vec<u8>, Vec<u8>)> {
    let (mut known, mut palette) = (BTreeMap::new(), Vec::new());
    let mut pixels = Vec::with_capacity(picture.rgb.len() / 3);
    for pixel in picture.rgb.chunks_exact(3) {
        let colour = [pixel[0], pixel[1], pixel[2]].map(|channel| rounded(channel, step));
        let next = known.len();
        let index = *known.entry(colour).or_insert_with(|| {
            palette.extend(colour);
            next
        });
        if index >= COLOURS_MAX {
            return None;
        }
        pixels.push(u8::try_from(index).expect("the palette is full before that"));
    }
    Some((palette, pixels))
}

fn rounded(channel: u8, step: u8) -> u8 {
    let whole = (u16::from(channel) + u16::from(step) / 2) / u16::from(step) * u16::from(step);
    u8::try_from(whole).unwrap_or(u8::MAX)
}

fn write_indexed(picture: &Screenshot, path: &Path, palette: Vec<u8>, pixels: &[u8]) -> io::Result<()> {
    let mut encoder = png::Encoder::new(io::BufWriter::new(std::fs::File::create(path)?), picture.width, picture.height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(palette);
    encoder.set_compression(png::Compression::High);
    encoder.set_filter(png::Filter::NoFilter);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    Ok(writer.finish()?)
}

#[test]
fn a_written_picture_is_read_back_within_tolerance() {
    let rgb: Vec<u8> = (0..64 * 64).flat_map(|n: u32| [n as u8, (n >> 4) as u8, 7]).collect();
    for rgb in [vec![200; 64 * 64 * 3], rgb] {
        let picture = Screenshot { width: 64, height: 64, rgb };
        let path = std::env::temp_dir().join(format!("counterfoil-small-{}.png", std::process::id()));
        write(&picture, &path).expect("the temporary folder can be written");
        let read = Screenshot::read_png(&path).expect("just written");
        std::fs::remove_file(&path).expect("just written");
        let off = picture.rgb.iter().zip(&read.rgb).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(off <= Some(6), "{off:?}");
    }
}
