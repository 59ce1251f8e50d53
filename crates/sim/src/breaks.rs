//! Bugs to switch on: each is one that somebody could make, and that the auditor has to find.

/// A deliberate bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Break {
    /// A terminal takes a status that it does not like for a final answer and forgets its ops.
    GiveUpOnStatus,
    /// A terminal takes silence for consent.
    TimeoutIsYes,
    /// The receipt is printed before the op is durable.
    PrintFirst,
    /// After a crash a confirmed sale is made anew under another name.
    NewNameOnRetry,
    /// The hub's disk says "synced" and does nothing.
    HubLies,
    /// Whoever asks again gets another outcome.
    OutcomeChanges,
    /// What is sent again is booked again.
    BookTwice,
    /// The hub forgets conflicts.
    DropConflicts,
    /// The hub acknowledges ops that it does not understand and throws them away.
    DropUnknown,
    /// The hub acknowledges the second of two ops under one number and throws it away.
    DropForks,
    /// A unit that was sold here looks unsold between the acknowledgement and the feed.
    DropOverlay,
    /// The feed steps over rows.
    SkipRows,
    /// A cursor is kept before the rows that it stands behind.
    CursorFirst,
    /// A terminal does not send again what a restored hub has lost.
    NoRewind,
    /// A copied disk goes on under its old name.
    NoRenewal,
    /// The hub books a sale twice on the till.
    TillTwice,
    /// An acknowledged op is changed on its way.
    ChangeBytes,
    /// A terminal takes a peer's answer for the hub's.
    PeerAck,
    /// A terminal keeps what peers told when the hub's rows have it, too.
    PeerKeep,
    /// A terminal says that it has what peers tell, and does not listen.
    PeerDeaf,
    /// A terminal keeps what a peer told and never told the hub.
    NothingPassedOn,
}

const ALL: [(&str, Break); 21] = [
    ("give-up-on-status", Break::GiveUpOnStatus),
    ("timeout-is-yes", Break::TimeoutIsYes),
    ("print-first", Break::PrintFirst),
    ("new-name-on-retry", Break::NewNameOnRetry),
    ("hub-lies", Break::HubLies),
    ("outcome-changes", Break::OutcomeChanges),
    ("book-twice", Break::BookTwice),
    ("drop-conflicts", Break::DropConflicts),
    ("drop-unknown", Break::DropUnknown),
    ("drop-forks", Break::DropForks),
    ("drop-overlay", Break::DropOverlay),
    ("skip-rows", Break::SkipRows),
    ("cursor-first", Break::CursorFirst),
    ("no-rewind", Break::NoRewind),
    ("no-renewal", Break::NoRenewal),
    ("till-twice", Break::TillTwice),
    ("change-bytes", Break::ChangeBytes),
    ("peer-ack", Break::PeerAck),
    ("peer-keep", Break::PeerKeep),
    ("peer-deaf", Break::PeerDeaf),
    ("nothing-passed-on", Break::NothingPassedOn),
];

impl Break {
    pub fn all() -> impl Iterator<Item = Break> {
        ALL.iter().map(|(_, bug)| *bug)
    }

    pub fn names() -> impl Iterator<Item = &'static str> {
        ALL.iter().map(|(name, _)| *name)
    }

    pub fn name(self) -> &'static str {
        ALL.iter().find(|(_, bug)| *bug == self).map_or("", |(name, _)| name)
    }

    pub fn from_name(name: &str) -> Option<Break> {
        ALL.iter().find(|(known, _)| *known == name).map(|(_, bug)| *bug)
    }
}
