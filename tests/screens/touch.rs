//! What holds for everything a finger can hit.

use crate::samples;
use crate::stage::{Size, Stage};
use counterfoil::view::{Layer, View};
use i_slint_backend_testing::{AccessibleRole, ElementHandle};

/// About nine millimetres on the screens the product is made for.
const SIDE_MIN: f32 = 48.0;
/// Ten letters stand beside each other on a handheld, as on every telephone.
const LETTER_WIDTH_MIN: f32 = 24.0;

#[test]
fn everything_can_be_hit_and_has_a_name() {
    let mut stage = Stage::new(Size::Wide);
    let mut wrong = Vec::new();
    for size in Size::ALL {
        stage.resize(size);
        for (name, view) in samples::all() {
            stage.show(&view);
            let touchables = stage.touchables();
            assert!(!touchables.is_empty(), "{name} has nothing to touch");
            wrong.extend(touchables.iter().filter_map(|element| flaw(element, size)).map(|flaw| format!("{name} {}: {flaw}", size.name())));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_lies_over_anything_else() {
    let mut stage = Stage::new(Size::Wide);
    let mut wrong = Vec::new();
    for size in Size::ALL {
        stage.resize(size);
        for (name, view) in samples::all().into_iter().filter(|(_, view)| is_plain(view)) {
            stage.show(&view);
            wrong.extend(overlaps(&stage.touchables()).into_iter().map(|pair| format!("{name} {}: {pair}", size.name())));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Layers and the dark screen lie in front of the page, which is still there.
fn is_plain(view: &View) -> bool {
    view.layer == Layer::None && view.refusal.is_none() && !view.blank
}

fn flaw(element: &ElementHandle, size: Size) -> Option<String> {
    let label = element.accessible_label().unwrap_or_default();
    let (at, is) = (element.absolute_position(), element.size());
    let width_min = if is_letter(&label) && size == Size::Narrow { LETTER_WIDTH_MIN } else { SIDE_MIN };
    let (screen_width, screen_height) = size.logical();
    let (right, bottom) = (at.x + is.width, at.y + is.height);
    if label.is_empty() {
        Some(format!("something at {at:?} has no label"))
    } else if is.width < width_min - 0.1 || is.height < SIDE_MIN - 0.1 {
        Some(format!("{label} is only {} by {}", is.width, is.height))
    } else if in_a_list(element) {
        None
    } else if at.x < -0.1 || at.y < -0.1 || right > screen_width + 0.1 || bottom > screen_height + 0.1 {
        Some(format!("{label} reaches out of the screen, to {right} by {bottom}"))
    } else {
        None
    }
}

/// Rows of a list may be cut by its edge: that is how one sees that there are more.
fn in_a_list(element: &ElementHandle) -> bool {
    element.accessible_role() == Some(AccessibleRole::ListItem)
        || element.bases().is_some_and(|mut bases| bases.any(|base| base == "ListRow"))
        || element.type_name().is_some_and(|name| ["ListRow", "Tile", "TakenRow"].contains(&name.as_str()))
}

fn is_letter(label: &str) -> bool {
    label.chars().count() == 1
}

fn overlaps(all: &[ElementHandle]) -> Vec<String> {
    let mut pairs = Vec::new();
    for (index, one) in all.iter().enumerate() {
        for other in &all[index + 1..] {
            if overlap(one, other) && !in_a_list(one) && !in_a_list(other) && !is_field_with_key(one, other) {
                pairs.push(format!("{:?} and {:?}", one.accessible_label(), other.accessible_label()));
            }
        }
    }
    pairs
}

/// A field has its own key to clear it, inside.
fn is_field_with_key(one: &ElementHandle, other: &ElementHandle) -> bool {
    let is_field = |element: &ElementHandle| element.accessible_role() == Some(AccessibleRole::TextInput);
    let is_key = |element: &ElementHandle| element.accessible_label().is_some_and(|label| label == "Clear");
    (is_field(one) && is_key(other)) || (is_key(one) && is_field(other))
}

/// Half a pixel is rounding.
fn overlap(one: &ElementHandle, other: &ElementHandle) -> bool {
    let (a, a_size, b, b_size) = (one.absolute_position(), one.size(), other.absolute_position(), other.size());
    let apart = a.x + a_size.width <= b.x + 0.5 || b.x + b_size.width <= a.x + 0.5 || a.y + a_size.height <= b.y + 0.5 || b.y + b_size.height <= a.y + 0.5;
    !apart
}
