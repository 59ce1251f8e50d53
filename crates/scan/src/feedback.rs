//! What a scanner is told to sound, so that its own beeper says what became of a code.

use serde::{Deserialize, Serialize};

use crate::ssi;

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
    /// A packet of SSI.
    Ssi,
    /// Honeywell's report for scanners of points of sale.
    HidPos,
}

const REFUSE_BEEPS: usize = 3;
/// The melodies of SSI that are one and three short high beeps.
const SSI_ONE: u8 = 0;
const SSI_THREE: u8 = 2;
/// Output reports of point-of-sale scanners are this long.
const REPORT_SIZE: usize = 64;

impl Beep {
    /// What to send, one write each; nothing if the scanner is told nothing.
    pub(crate) fn messages(self, feedback: Feedback) -> Vec<Vec<u8>> {
        let repeated = |beep: Vec<u8>| match feedback {
            Feedback::Accept => vec![beep],
            Feedback::Refuse => vec![beep; REFUSE_BEEPS],
        };
        match (self, feedback) {
            (Self::None, _) => Vec::new(),
            (Self::Bel, _) => repeated(vec![0x07]),
            (Self::Honeywell, _) => repeated(vec![0x16, 0x07, 0x0d]),
            (Self::Datalogic, _) => repeated(vec![b'B']),
            (Self::Ssi, Feedback::Accept) => vec![ssi::beep(SSI_ONE)],
            (Self::Ssi, Feedback::Refuse) => vec![ssi::beep(SSI_THREE)],
            (Self::HidPos, _) => {
                let mut report = vec![0xfd, 3, 0x16, 0x07, 0x0d];
                report.resize(REPORT_SIZE, 0);
                repeated(report)
            }
        }
    }
}
