//! What a scanner is told to sound, so that its own beeper says what became of a code.

use serde::{Deserialize, Serialize};

/// What became of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Feedback {
    /// One beep.
    Accept,
    /// Three.
    Refuse,
}

/// The language in which a scanner is told to beep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Beep {
    /// It is told nothing.
    #[default]
    None,
    /// The bell character (Symbol and Zebra on serial lines).
    Bel,
    /// SYN BEL CR on serial lines.
    Honeywell,
    /// The letter B on serial lines.
    Datalogic,
    /// Honeywell's report for scanners of points of sale.
    HidPos,
}

const REFUSE_BEEPS: usize = 3;
/// Output reports of point-of-sale scanners are this long.
const REPORT_SIZE: usize = 64;

impl Beep {
    /// What to send, one write each; nothing if the scanner is told nothing.
    pub(crate) fn messages(self, feedback: Feedback) -> Vec<Vec<u8>> {
        let beeps = match feedback {
            Feedback::Accept => 1,
            Feedback::Refuse => REFUSE_BEEPS,
        };
        self.one().map_or_else(Vec::new, |one| vec![one; beeps])
    }

    fn one(self) -> Option<Vec<u8>> {
        match self {
            Self::None => None,
            Self::Bel => Some(vec![0x07]),
            Self::Honeywell => Some(vec![0x16, 0x07, 0x0d]),
            Self::Datalogic => Some(vec![b'B']),
            Self::HidPos => {
                let mut report = vec![0xfd, 3, 0x16, 0x07, 0x0d];
                report.resize(REPORT_SIZE, 0);
                Some(report)
            }
        }
    }
}
