//! The scanners as devices, and the setting up of one.

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScannersView {
    pub scanners: Vec<ScannerRow>,
    /// The last codes, newest first.
    pub recent: Vec<ScanRow>,
    /// What they send, newest last.
    pub raws: Vec<String>,
    /// There is none, and whoever stands here may set one up.
    pub offered: bool,
    pub may_set_up: bool,
    /// What is wrong with the file of scanners that were set up here.
    pub problem: String,
    pub has_printer: bool,
    /// The set-up sheet as it is printed.
    pub sheet: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScannerRow {
    pub name: String,
    pub state: DeviceCondition,
    /// The device's node, while it matters.
    pub path: String,
    pub scans: u64,
    pub repeats: u64,
    pub faults: u64,
    /// Of 100 pauses within a code 95 are no longer.
    pub gap_ms: Option<u64>,
    pub chars_per_s: Option<u64>,
}

/// How a scanner is doing, with what there is to say of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum DeviceCondition {
    #[default]
    Absent,
    Opening {
        /// Why it takes so long, in the system's words.
        detail: String,
    },
    Live,
    Lost,
    Busy {
        /// Programs that have it; empty where that is not known.
        holders: String,
    },
    Denied {
        path: String,
        /// Whose members may open it; empty where no group may.
        group: String,
    },
    /// It speaks its maker's language alone.
    Foreign,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScanRow {
    pub at: String,
    pub scanner: String,
    /// As far as it was read.
    pub text: String,
    /// None if the code was read.
    pub fault: Option<scan::FaultKind>,
    pub repeated: bool,
    pub characters: u32,
    pub lasted_ms: u64,
    /// The kind of code, as AIM writes it.
    pub aim: String,
    /// The keyboard countries under which it would look better; empty if it looks well.
    pub seems: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LearnView {
    pub stage: LearnStage,
    /// What is listened to.
    pub ears: Vec<EarRow>,
    pub name: String,
    /// What was sent, newest last.
    pub raws: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum LearnStage {
    #[default]
    Listening,
    Found(FoundScanner),
    Differs(WrongScan),
    Spoiled(scan::FaultKind),
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EarRow {
    pub name: String,
    pub connection: Connection,
    /// None while it is listened to.
    pub deaf: Option<DeviceCondition>,
}

/// How a scanner is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Connection {
    #[default]
    Keyboard,
    /// A keyboard, read before the kernel makes keys of its reports.
    RawKeyboard,
    /// By the standard for points of sale.
    PointOfSale,
    /// A serial line in reports.
    Reports,
    Line,
    /// A serial line with packets.
    Packets,
    /// None that can be read.
    Foreign,
}

/// What was found out of one code.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FoundScanner {
    pub device: String,
    pub connection: Connection,
    pub baud: Option<u32>,
    /// The keyboard country; empty for what is no keyboard.
    pub layout: String,
    /// Others that would do as well.
    pub alike: String,
    pub caps: CapsLock,
    pub alt_codes: bool,
    /// What ends a code; empty if a pause does.
    pub suffix: String,
    pub aim: String,
    pub lasted_ms: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CapsLock {
    #[default]
    Off,
    On,
    Ignored,
}

/// What is to be told the hub, and why it was not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EnrolView {
    pub hub: String,
    pub code: String,
    pub trouble: EnrolTrouble,
}

/// Why a box was not introduced to a hub.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum EnrolTrouble {
    #[default]
    None,
    /// What was typed is no address.
    Address,
    /// A terminal speaks no TLS.
    Encrypted,
    NobodyAnswers,
    /// Somebody answers, and is none.
    NoHub,
    HubTrouble,
    CodeRefused,
    /// In the system's words.
    Other {
        detail: String,
    },
}

/// A code that came otherwise than it was shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WrongScan {
    pub device: String,
    pub read: String,
    /// What was shown and what came of it, such as `y → z`.
    pub wrong: Vec<String>,
    pub is_keyboard: bool,
}
