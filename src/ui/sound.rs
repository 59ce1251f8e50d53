//! Which sound a change of the screen deserves. People look at goods, not at the screen: the sound
//! is the first thing they notice. Playing it is the terminal's business.

use crate::view::{FlashKind, View};

/// What is played: told apart by pitch and rhythm, not by loudness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// One short high beep.
    Ok,
    /// Two beeps.
    Warn,
    /// A low buzz.
    Error,
}

/// The sound of going from `before` to `after`; none for what the hands did themselves.
pub fn sound_for(before: &View, after: &View) -> Option<Tone> {
    if after.refusal.is_some() && (after.refusal != before.refusal || after.refusals != before.refusals) {
        let good = after.refusal.as_ref().is_some_and(crate::notice::Notice::is_good);
        return Some(if good { Tone::Warn } else { Tone::Error });
    }
    let flash = after.flash.as_ref()?;
    let again = before.flash.as_ref().is_some_and(|other| other.serial_no == flash.serial_no);
    match flash.kind {
        _ if again => None,
        FlashKind::Ok => Some(Tone::Ok),
        FlashKind::Warn => Some(Tone::Warn),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notice::Notice;
    use crate::view::{Flash, FlashWhat};

    fn view(flash: Option<(FlashKind, u64)>, refusal: Option<Notice>) -> View {
        let flash = flash.map(|(kind, serial_no)| Flash { kind, what: FlashWhat::Added, text: String::new(), serial_no });
        View { flash, refusal, ..View::default() }
    }

    #[test]
    fn what_is_new_is_heard_once() {
        let (ok, warn) = (Some((FlashKind::Ok, 1)), Some((FlashKind::Warn, 2)));
        let no = || Some(Notice::DiskFull);
        let table = [
            (view(None, None), view(None, None), None),
            (view(None, None), view(ok, None), Some(Tone::Ok)),
            (view(ok, None), view(ok, None), None),
            (view(ok, None), view(Some((FlashKind::Ok, 2)), None), Some(Tone::Ok)),
            (view(ok, None), view(warn, None), Some(Tone::Warn)),
            (view(ok, None), view(ok, no()), Some(Tone::Error)),
            (view(ok, no()), view(ok, no()), None),
            (view(None, no()), view(None, Some(Notice::CatalogueRebuilding)), Some(Tone::Error)),
            (view(None, no()), view(None, None), None),
            (view(None, None), view(None, Some(Notice::LogRepaired { ops: 2 })), Some(Tone::Warn)),
        ];
        for (before, after, tone) in table {
            assert_eq!(sound_for(&before, &after), tone, "{before:?} to {after:?}");
        }
    }
}
