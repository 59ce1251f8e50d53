//! The words on slips. They are printed, not shown, so they cannot stand in the `.slint` files.

use crate::message::Language;

/// One language's words.
pub struct Words {
    pub receipt: &'static str,
    pub copy: &'static str,
    pub cashier: &'static str,
    pub total: &'static str,
    pub discount: &'static str,
    pub reference: &'static str,
    pub change: &'static str,
    pub cash: &'static str,
    pub card: &'static str,
    pub wallet: &'static str,
    pub z_report: &'static str,
    pub terminal: &'static str,
    pub operator: &'static str,
    pub opened: &'static str,
    pub closed: &'static str,
    pub sales: &'static str,
    pub units: &'static str,
    pub first_receipt: &'static str,
    pub last_receipt: &'static str,
    pub gross: &'static str,
    pub discounts: &'static str,
    pub opening_float: &'static str,
    pub cash_expected: &'static str,
    pub cash_counted: &'static str,
    pub difference: &'static str,
    pub sheet_title: &'static str,
    /// A maker of scanners, and what to do at one of his.
    pub sheet: &'static [(&'static str, &'static str)],
    pub sheet_code: &'static str,
}

pub fn of(language: Language) -> &'static Words {
    match language {
        Language::English => &ENGLISH,
        Language::SimplifiedChinese => &SIMPLIFIED_CHINESE,
    }
}

static ENGLISH: Words = Words {
    receipt: "Receipt",
    copy: "* COPY *",
    cashier: "Cashier",
    total: "TOTAL",
    discount: "Discount",
    reference: "Ref",
    change: "Change",
    cash: "Cash",
    card: "Card",
    wallet: "Wallet",
    z_report: "Z REPORT",
    terminal: "Terminal",
    operator: "Operator",
    opened: "Opened",
    closed: "Closed",
    sales: "Sales",
    units: "Serial-numbered units",
    first_receipt: "First receipt",
    last_receipt: "Last receipt",
    gross: "Gross",
    discounts: "Discounts",
    opening_float: "Opening float",
    cash_expected: "Cash expected",
    cash_counted: "Cash counted",
    difference: "Difference",
    sheet_title: "SETTING UP A SCANNER",
    sheet: &[
        (
            "Every scanner",
            "Scan the factory defaults of its manual first. Then: keyboard of the USA, Enter (CR) after each code, no other prefix. Do not switch Caps Lock on.",
        ),
        (
            "Zebra, Symbol",
            "Best: USB device type \"USB HID POS\" or \"CDC COM port emulation\". As a keyboard: \"HID keyboard emulation\", country \"North American\", and the Enter key after each code.",
        ),
        (
            "Honeywell, Metrologic",
            "Best: \"USB HID bar code scanner\" or \"USB serial\". As a keyboard: \"USB keyboard, PC\", country USA, \"Add CR suffix\". Sleeping Bluetooth: set a prefix.",
        ),
        (
            "Datalogic",
            "Best: \"USB-COM\". As a keyboard: \"USB keyboard\", country USA, suffix CR. With other countries: \"USB alternate keyboard\" (ALT mode).",
        ),
        (
            "Newland, Netum, others",
            "Best: \"USB CDC\" or \"virtual COM\". As a keyboard: \"USB HID-KBW\", English (US), terminator CR. Bluetooth: pair it, then as a keyboard or by SPP.",
        ),
        (
            "Beep for each sale",
            "A scanner on a serial line can beep when the till has taken the code. Add to it in scanners.toml: beep = \"bel\" (Zebra), \"honeywell\" or \"datalogic\"; by HID POS \"hid_pos\".",
        ),
    ],
    sheet_code: "Then, at the till: Scanners, Set up a scanner, and scan this:",
};

static SIMPLIFIED_CHINESE: Words = Words {
    receipt: "小票",
    copy: "* 副本 *",
    cashier: "收银员",
    total: "合计",
    discount: "折扣",
    reference: "参考号",
    change: "找零",
    cash: "现金",
    card: "银行卡",
    wallet: "电子钱包",
    z_report: "Z 报表",
    terminal: "终端",
    operator: "操作员",
    opened: "开班",
    closed: "交班",
    sales: "销售笔数",
    units: "序列号商品数",
    first_receipt: "首张小票",
    last_receipt: "末张小票",
    gross: "销售总额",
    discounts: "折扣合计",
    opening_float: "备用金",
    cash_expected: "应有现金",
    cash_counted: "实点现金",
    difference: "差额",
    sheet_title: "设置扫描枪",
    sheet: &[
        ("所有扫描枪", "先扫描说明书中的“恢复出厂设置”。然后设置：美国键盘、每个条码后加回车（CR）、不加其他前缀。不要打开大写锁定。"),
        (
            "Zebra、Symbol",
            "最好：USB 类型选 USB HID POS 或 CDC COM Port Emulation。键盘方式：HID Keyboard Emulation，国家 North American，每个条码后加 Enter。",
        ),
        (
            "Honeywell、Metrologic",
            "最好：USB HID Bar Code Scanner 或 USB Serial。键盘方式：USB Keyboard (PC)，国家 USA，Add CR Suffix。会休眠的蓝牙枪请设置前缀。",
        ),
        ("Datalogic", "最好：USB-COM。键盘方式：USB Keyboard，国家 USA，后缀 CR。其他国家请用 USB Alternate Keyboard（ALT 模式）。"),
        ("新大陆、Netum 及其他", "最好：USB CDC 或虚拟串口。键盘方式：USB HID-KBW，英语（美国），结束符 CR。蓝牙：先配对，再用键盘或 SPP 方式。"),
        (
            "每次成功时鸣叫",
            "串口扫描枪可在终端收下条码后鸣叫：在 scanners.toml 中为它加上 beep = \"bel\"（Zebra）、\"honeywell\" 或 \"datalogic\"；HID POS 用 \"hid_pos\"。",
        ),
    ],
    sheet_code: "然后在终端上点“扫描枪”、“设置扫描枪”，扫描此码：",
};
