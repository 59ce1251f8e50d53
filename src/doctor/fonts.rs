//! Fonts: whether each language's letters can be drawn. A letter that no font has is a blank on the
//! screen, and a product without a name.

use super::Finding;
use crate::ui::fonts;
use std::collections::BTreeSet;
use std::path::PathBuf;

const PART: &str = "fonts";

/// A language, a line of it, and the package of Debian that draws it.
type Sample = (&'static str, &'static str, &'static str);

/// The languages that goods are named in.
const SAMPLES: [Sample; 5] = [
    ("English", "Receipt 123, A–Z: “Phone” €5 × 2", "fonts-noto-core"),
    ("简体中文", "无线蓝牙耳机 收银员 序列号 合计", "fonts-droid-fallback"),
    ("Bahasa Indonesia", "Pengisi daya, jumlah, kembalian", "fonts-noto-core"),
    ("ไทย", "หูฟังไร้สาย ใบเสร็จ ที่นี่ น้ำ", "fonts-noto-core"),
    ("Tiếng Việt", "Điện thoại, tai nghe, Nguyễn Thị Hoa, ữ ợ ẩ", "fonts-noto-core"),
];

pub fn examine() -> Vec<Finding> {
    let files = fonts::files();
    if files.is_empty() {
        return vec![Finding::mend(
            PART,
            "No font is installed to draw the screens with.",
            "Run `sudo apt install fonts-noto-core fonts-noto-mono fonts-droid-fallback`.",
        )];
    }
    judge(&files)
}

fn judge(files: &[PathBuf]) -> Vec<Finding> {
    let letters = fonts::letters(files);
    let drawn = |text: &str| text.chars().filter(|c| !c.is_whitespace()).all(|c| letters.contains(&c));
    let (good, bad): (Vec<&Sample>, Vec<&Sample>) = SAMPLES.iter().partition(|(_, text, _)| drawn(text));
    let names: Vec<&str> = good.iter().map(|(name, ..)| *name).collect();
    let mut findings: Vec<Finding> = bad.iter().map(|(name, text, package)| lacking(name, text, package, &letters)).collect();
    if !names.is_empty() {
        findings.insert(0, Finding::ok(PART, format!("Every letter is there for {}.", names.join(", "))));
    }
    findings
}

fn lacking(name: &str, text: &str, package: &str, letters: &BTreeSet<char>) -> Finding {
    let blank: String = text.chars().filter(|c| !c.is_whitespace() && !letters.contains(c)).collect::<BTreeSet<char>>().into_iter().take(8).collect();
    Finding::mend(PART, format!("{name} is drawn with blanks ({blank} and others)."), format!("Run `sudo apt install {package}` and start the terminal again."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Health;

    #[test]
    fn what_cannot_be_drawn_is_named() {
        let all = judge(&fonts::files());
        assert!(all.iter().all(|finding| finding.health == Health::Ok), "{all:?}");
        let latin: Vec<PathBuf> = fonts::files().into_iter().take(1).collect();
        let some: Vec<Finding> = judge(&latin).into_iter().filter(|finding| finding.health == Health::Mend).collect();
        assert_eq!(some.len(), 2, "{some:?}");
        assert!(some[0].sentence.contains("简体中文") && some[0].what_to_do.contains("fonts-droid-fallback"), "{some:?}");
        assert!(some[1].sentence.contains("ไทย"), "{some:?}");
    }
}
