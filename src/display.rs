//! The screen as a device: which way up it is, and its light. What is shown on it is `ui`'s.

mod light;

pub use light::Light;

/// By how much the picture is turned to the right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rotation {
    #[default]
    None,
    Right,
    Over,
    Left,
}

impl Rotation {
    pub fn of_degrees(degrees: u32) -> Option<Rotation> {
        match degrees {
            0 => Some(Rotation::None),
            90 => Some(Rotation::Right),
            180 => Some(Rotation::Over),
            270 => Some(Rotation::Left),
            _ => None,
        }
    }

    pub fn degrees(self) -> u32 {
        match self {
            Rotation::None => 0,
            Rotation::Right => 90,
            Rotation::Over => 180,
            Rotation::Left => 270,
        }
    }

    /// Two rows that take a place on the glass, from 0 to 1, to the place in the picture: the toolkit
    /// turns pixels only, so libinput has to turn fingers.
    pub fn touch_matrix(self) -> [[i8; 3]; 2] {
        match self {
            Rotation::None => [[1, 0, 0], [0, 1, 0]],
            Rotation::Right => [[0, 1, 0], [-1, 0, 1]],
            Rotation::Over => [[-1, 0, 1], [0, -1, 1]],
            Rotation::Left => [[0, -1, 1], [1, 0, 0]],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingers_turn_with_the_picture() {
        // Turned to the right, the picture's first corner, top left, lies at the glass's top right.
        let check = |degrees: u32, glass: (i8, i8)| {
            let rotation = Rotation::of_degrees(degrees).expect("a rotation");
            let [x, y] = rotation.touch_matrix().map(|[a, b, c]| a * glass.0 + b * glass.1 + c);
            assert_eq!((x, y), (0, 0), "{degrees}");
            assert_eq!(rotation.degrees(), degrees);
        };
        check(0, (0, 0));
        check(90, (1, 0));
        check(180, (1, 1));
        check(270, (0, 1));
        assert_eq!(Rotation::of_degrees(45), None);
    }
}
