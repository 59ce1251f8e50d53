//! The words the terminal's threads exchange. An intent is what a person wants, from the screen;
//! what the writer is asked and what it answers stand in `writer`.

/// A finger or a key, as the screens report it. The app decides what it means; a screen never does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intent {
    /// A key of whichever keypad is in front: PIN, amounts, quantities.
    Key(PadKey),
    /// Closes the layer in front, else leaves the page.
    Back,
    /// Takes a red refusal off the screen.
    Acknowledge,
    /// A touch on a dark screen.
    Wake,

    ShowScanners,
    /// Listen to everything that could be a scanner.
    LearnScanner,
    LearnAgain,
    ScannerName(String),
    /// Use the scanner that was found from now on.
    KeepScanner,
    ShowSetUpSheet,
    PrintSetUpSheet,

    /// Where the hub is that this box is to belong to, and its code for it.
    EnrolAddress(String),
    EnrolCode(String),
    Enrol,

    SetLanguage(Language),

    PickOperator(usize),
    SignOut,

    OpenShift,
    ShowCloseShift,
    CloseShift,
    PrintZReport,

    SelectLine(usize),
    MoreOf(usize),
    LessOf(usize),
    EditLine(usize),
    EditField(LineField),
    ApplyEdit,
    RemoveLine(usize),
    /// Takes a line over as the catalogue has it now.
    TakeChange(usize),
    /// Keeps the price that a line had before the catalogue changed it.
    KeepPrice(usize),
    Undo,
    Hold,
    ShowHeld,
    Recall(usize),
    ShowSearch,
    SearchText(String),
    PickResult(usize),
    Pay,

    OpenSerials(usize),
    SerialText(String),
    SubmitSerial,
    DropSerial(usize),
    /// Leaves the serials of this line for later, or out, as its policy allows.
    SkipSerials,
    /// The answer to "enter serial numbers?" before payment.
    AnswerAskSerials(bool),
    /// The answer to whether a unit may be sold in spite of what is known of it.
    AnswerCaution(bool),
    /// Which of several products bearing the same serial or code is meant.
    Choose(usize),

    PickMethod(PaymentMethod),
    QuickAmount(usize),
    ReferenceText(String),
    AddPayment,
    DropPayment(usize),
    Settle,

    PrintReceipt,
    NextSale,
    ShowReceipts,
    PickReceipt(usize),

    ShowSync,
    SyncNow,
    /// Whoever is signed in has seen what the hub did not simply apply.
    OutcomesSeen,
}

/// A key of an on-screen keypad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PadKey {
    Digit(u8),
    DoubleZero,
    Dot,
    Back,
    Clear,
    Enter,
}

/// What the line editor is changing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LineField {
    #[default]
    Quantity,
    /// The price of one.
    Price,
    /// An amount off the whole line.
    Discount,
}

/// How a sale is paid; the ledger's own word.
pub use ledger::sale::PaymentMethod;

/// The languages that have a translation now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    #[default]
    English,
    SimplifiedChinese,
}
