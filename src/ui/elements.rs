//! Finding what is on the screen by its accessible label, for remote control.

use super::Ui;
use i_slint_backend_testing::{AccessibleRole, ElementHandle, ElementQuery};

impl Ui {
    /// The middles of everything that is labelled so and no mere text, in logical pixels, top to
    /// bottom.
    pub fn places(&self, label: &str) -> Vec<(f32, f32)> {
        let found = ElementHandle::find_by_accessible_label(&self.window, label);
        let tappable = found.filter(|element| element.accessible_role() != Some(AccessibleRole::Text));
        let mut places: Vec<(f32, f32)> = tappable.map(|element| middle(&element)).collect();
        places.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.total_cmp(&b.0)));
        places.dedup();
        places
    }

    /// Every label on the screen.
    pub fn labels(&self) -> Vec<String> {
        let all = ElementQuery::from_root(&self.window).match_descendants().find_all();
        let mut labels: Vec<String> = all.iter().filter_map(|element| element.accessible_label()).map(|label| label.to_string()).collect();
        labels.retain(|label| !label.is_empty());
        labels.sort();
        labels.dedup();
        labels
    }
}

fn middle(element: &ElementHandle) -> (f32, f32) {
    let (at, size) = (element.absolute_position(), element.size());
    (at.x + size.width / 2.0, at.y + size.height / 2.0)
}
