//! Pictures of every page and layer. `UPDATE_GOLDEN=1` draws them anew; then look at them.

use crate::samples;
use crate::small;
use crate::stage::{Size, Stage};
use counterfoil::message::Language;
use counterfoil::ui::headless::Screenshot;
use counterfoil::view::View;
use std::path::{Path, PathBuf};

/// How far a colour channel may be off: rounding differs between machines, a glyph's shape does not.
const CHANNEL_OFF_MAX: u8 = 8;
/// A caret blinks by the clock, which stands elsewhere after other pages: 2 by 28 pixels.
const CARET_PIXELS: usize = 56;

#[test]
fn every_page_in_every_size() {
    let mut stage = Stage::new(Size::Wide);
    let mut wrong = Vec::new();
    for size in Size::ALL {
        stage.resize(size);
        for (name, view) in samples::all() {
            wrong.extend(compare(&mut stage, &format!("{name}_{}", size.name()), &view));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn chinese() {
    let mut stage = Stage::new(Size::Wide);
    let mut wrong = Vec::new();
    for size in [Size::Wide, Size::Narrow] {
        stage.resize(size);
        let spoken = [
            "login",
            "sale",
            "sale_changed",
            "serials",
            "serials_reference",
            "sync_trouble",
            "refusal",
            "good_news",
            "caution",
            "sync_disputes",
            "scanners_trouble",
            "learn_found",
            "learn_differs",
        ];
        for (name, view) in samples::all().into_iter().filter(|(name, _)| spoken.contains(name)) {
            let view = View { language: Language::SimplifiedChinese, ..view };
            wrong.extend(compare(&mut stage, &format!("{name}_zh_{}", size.name()), &view));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn dark() {
    let mut stage = Stage::new(Size::Wide);
    stage.ui.set_dark(true);
    let mut wrong = Vec::new();
    for (name, view) in [("sale", samples::sale()), ("payment", samples::payment_paid()), ("sync", samples::sync_trouble())] {
        wrong.extend(compare(&mut stage, &format!("{name}_dark"), &view));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_opens_by_a_tap() {
    let mut stage = Stage::new(Size::Wide);
    let mut wrong = Vec::new();
    for (name, view, tap) in [
        ("menu", samples::sale(), "Menu"),
        ("scanners_raw", samples::scanners(), "What was sent"),
        ("enrol_keyboard", samples::enrol_trouble(), "Keyboard"),
        ("serials_keyboard", samples::serials(), "Keyboard"),
        ("payment_reference", samples::payment_card(), "Reference"),
    ] {
        for size in [Size::Wide, Size::Narrow] {
            stage.show(&View::default());
            stage.resize(size);
            stage.show(&view);
            stage.tap(tap);
            wrong.extend(differs(&format!("{name}_{}", size.name()), &stage.screen.screenshot()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// From one view to the next by the rows that differ gives the same picture as a fresh window.
#[test]
fn any_page_after_any_other_looks_as_if_it_were_the_first() {
    let mut stage = Stage::new(Size::Wide);
    let all = samples::all();
    let first: Vec<Screenshot> = all.iter().map(|(_, view)| fresh(&mut stage, view)).collect();
    for ((name, view), picture) in all.iter().zip(&first).rev() {
        stage.show(view);
        let off = apart(picture, &stage.screen.screenshot());
        assert!(off <= CARET_PIXELS, "{name} has {off} other pixels when it comes after another page");
    }
}

fn fresh(stage: &mut Stage, view: &View) -> Screenshot {
    stage.show(&View::default());
    stage.show(view);
    stage.screen.screenshot()
}

fn compare(stage: &mut Stage, name: &str, view: &View) -> Option<String> {
    let picture = fresh(stage, view);
    differs(name, &picture)
}

/// Says what is wrong with a picture, after writing it beside the golden one.
fn differs(name: &str, picture: &Screenshot) -> Option<String> {
    let golden = folder().join(format!("{name}.png"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        small::write(picture, &golden).expect("the folder of pictures can be written");
        return None;
    }
    let Ok(expected) = Screenshot::read_png(&golden) else {
        return Some(format!("{name}: no golden picture; draw it with UPDATE_GOLDEN=1"));
    };
    let bad = apart(&expected, picture);
    if bad == 0 {
        return None;
    }
    let actual = folder().join(format!("{name}.actual.png"));
    picture.write_png(&actual).expect("the folder of pictures can be written");
    Some(format!("{name}: {bad} pixels differ; drawn now: {}", actual.display()))
}

/// How many pixels differ; all of them if the sizes do.
fn apart(a: &Screenshot, b: &Screenshot) -> usize {
    if (a.width, a.height) != (b.width, b.height) {
        return a.rgb.len() / 3;
    }
    let off = |(a, b): (&[u8], &[u8])| a.iter().zip(b).any(|(a, b)| a.abs_diff(*b) > CHANNEL_OFF_MAX);
    a.rgb.chunks(3).zip(b.rgb.chunks(3)).filter(|pair| off(*pair)).count()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/screens/golden")
}
