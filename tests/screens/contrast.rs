//! Text can be read: at least 4.5 to 1 on everything it stands on, in both palettes.

use crate::stage::{Size, Stage};
use screens::{Ground, Theme};
use slint::{Color, ComponentHandle};

/// WCAG 2's AA for text of ordinary size.
const RATIO_MIN: f64 = 4.5;

#[test]
fn light() {
    check(false);
}

#[test]
fn dark() {
    check(true);
}

#[track_caller]
fn check(dark: bool) {
    let stage = Stage::new(Size::Wide);
    stage.ui.set_dark(dark);
    let theme = stage.ui.component().global::<Theme>();
    let pale: Vec<String> = pairs(&theme)
        .into_iter()
        .map(|(name, text, ground)| (name, ratio(text, ground)))
        .filter(|(_, ratio)| *ratio < RATIO_MIN)
        .map(|(name, ratio)| format!("{name}: {ratio:.2}"))
        .collect();
    assert!(pale.is_empty(), "too pale: {pale:?}");
}

fn pairs(theme: &Theme) -> Vec<(String, Color, Color)> {
    let grounds = [("ground", theme.get_ground()), ("surface", theme.get_surface()), ("raised", theme.get_raised())];
    let mut pairs = vec![("paper".to_owned(), theme.get_paper_ink(), theme.get_paper())];
    for (name, ground) in grounds {
        pairs.push((format!("text on {name}"), theme.get_text(), ground));
        pairs.push((format!("dim text on {name}"), theme.get_text_dim(), ground));
    }
    let moods: [(&str, Ground); 5] =
        [("neutral", theme.get_neutral()), ("accent", theme.get_accent()), ("ok", theme.get_ok()), ("warn", theme.get_warn()), ("error", theme.get_error())];
    for (name, mood) in moods {
        pairs.push((format!("words on {name}"), theme.get_on_fill(), mood.fill));
        pairs.push((format!("{name} words on their own soft ground"), mood.ink, mood.soft));
        pairs.push((format!("{name} words on surface"), mood.ink, theme.get_surface()));
        pairs.push((format!("text on soft {name}"), theme.get_text(), mood.soft));
    }
    pairs
}

/// The contrast ratio of WCAG 2, 1 to 21.
fn ratio(a: Color, b: Color) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(colour: Color) -> f64 {
    let linear = |channel: u8| {
        let c = f64::from(channel) / 255.0;
        if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(colour.red()) + 0.7152 * linear(colour.green()) + 0.0722 * linear(colour.blue())
}
