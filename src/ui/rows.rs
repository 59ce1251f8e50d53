//! Lists: a model is made once and afterwards changed by the rows that differ.

use slint::{Model, ModelRc, VecModel};
use std::rc::Rc;

/// A list on the screen.
pub struct Rows<T: 'static>(Rc<VecModel<T>>);

impl<T: Clone + PartialEq + 'static> Rows<T> {
    pub fn new() -> Self {
        Self(Rc::new(VecModel::default()))
    }

    /// What Slint is given, once.
    pub fn model(&self) -> ModelRc<T> {
        self.0.clone().into()
    }

    /// Makes the list equal to `now`. What stands alike at its beginning and its end is left alone,
    /// so that adding, changing or removing one row costs one row.
    pub fn show(&self, now: &[T]) {
        let have: Vec<T> = self.0.iter().collect();
        let head = have.iter().zip(now).take_while(|(a, b)| a == b).count();
        let tail = have[head..].iter().rev().zip(now[head..].iter().rev()).take_while(|(a, b)| a == b).count();
        let (old, new) = (have.len() - head - tail, &now[head..now.len() - tail]);
        for (index, row) in new.iter().enumerate() {
            if index < old {
                self.0.set_row_data(head + index, row.clone());
            } else {
                self.0.insert(head + index, row.clone());
            }
        }
        for _ in new.len()..old {
            self.0.remove(head + new.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_list_becomes_any_other() {
        let lists: [&[u8]; 8] = [b"", b"a", b"ab", b"abc", b"ac", b"bc", b"xbz", b"aab"];
        for from in lists {
            for to in lists {
                let rows = Rows::new();
                rows.show(from);
                rows.show(to);
                assert_eq!(rows.0.iter().collect::<Vec<_>>(), to, "from {from:?}");
            }
        }
    }
}
