//! A scanner for points of sale, which sends its codes in HID reports. The emulator has none, but the
//! kernel lets a program on the board be one, by `/dev/uhid`; Perl is on every Debian.

use super::shell::Shell;
use anyhow::Result;
use std::fmt::Write as _;

/// How it is found: by a maker whose scanners the udev rules know.
pub const MATCH: &str = "05f9:2204";

/// Texts of up to 56 bytes in report 2, with their length, AIM identifier and whether more follows, on
/// the usage page 0x8C that the HID standard has for scanners.
const DESCRIPTOR: &str = "058c0902a101850209 12a102150026ff00750895010501093b8102058c950309fb09fc09fd8102953809fe8202010666ff95020904\
                          8102058c7501950109ff810275079501 8103c0c0";
const TEXT_BYTES: usize = 56;
const REPORT_BYTES: usize = 64;

/// Plugs itself in, then sends every line of hexadecimal digits that it is given as a report. Ends, and
/// is pulled out by the kernel, when its input ends.
const PROGRAM: &str = r#"
use strict;
open(my $uhid, '+<', '/dev/uhid') or die "no /dev/uhid: $!";
my $descriptor = pack('H*', $ARGV[0]);
sub tell_kernel { syswrite($uhid, $_[0]) == length($_[0]) or die "the kernel refuses: $!" }
tell_kernel(pack('L a128 a64 a64 S S L L L L a4096', 11, 'Test POS scanner', '', '', length($descriptor), 3, 0x05f9, 0x2204, 1, 0, $descriptor));
while (my $line = <STDIN>) {
    chomp $line;
    my $report = pack('H*', $line);
    tell_kernel(pack('L S a4096', 12, length($report), $report));
}
"#;

impl Shell {
    /// Plugs the scanner in and waits until its raw node is there.
    pub fn plug_report_scanner(&mut self) -> Result<()> {
        let descriptor = DESCRIPTOR.replace(char::is_whitespace, "");
        self.run(&format!("cat > /tmp/scanner.pl <<'END'\n{PROGRAM}END\nrm -f /tmp/scanner; mkfifo /tmp/scanner"))?;
        self.run(&format!("(exec perl /tmp/scanner.pl {descriptor} < /tmp/scanner > /tmp/scanner.log 2>&1) & exec 9> /tmp/scanner; true"))?;
        self.until("report scanner", "ls /sys/bus/hid/devices/0003:05F9:2204.*/hidraw", super::board::SOON).map(drop)
    }

    pub fn pull_report_scanner(&mut self) -> Result<()> {
        self.run("exec 9>&-")?;
        self.until("absence of the report scanner", "! ls -d /sys/bus/hid/devices/0003:05F9:2204.*", super::board::SOON).map(drop)
    }

    pub fn scan_in_reports(&mut self, text: &str) -> Result<()> {
        self.send_reports(&reports(text))
    }

    /// The beginning of a code whose end never comes.
    pub fn begin_scan_in_reports(&mut self, text: &str) -> Result<()> {
        self.send_reports(&[report(text.as_bytes(), true)])
    }

    fn send_reports(&mut self, reports: &[Vec<u8>]) -> Result<()> {
        let lines: String = reports.iter().map(|report| hex(report) + "\\n").collect();
        self.run(&format!("printf '{lines}' >&9")).map(drop)
    }
}

/// The reports that carry a text: as many as it takes, all but the last saying that more follows.
fn reports(text: &str) -> Vec<Vec<u8>> {
    let parts: Vec<&[u8]> = text.as_bytes().chunks(TEXT_BYTES).collect();
    let last = parts.len().saturating_sub(1);
    parts.iter().enumerate().map(|(index, part)| report(part, index < last)).collect()
}

fn report(text: &[u8], more: bool) -> Vec<u8> {
    let length = u8::try_from(text.len()).expect("a part is at most 56 bytes long");
    let mut report = [&[2, length], &b"]C0"[..], text].concat();
    report.resize(REPORT_BYTES - 1, 0);
    report.push(u8::from(more));
    report
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes all");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_takes_several_reports() {
        let sent = reports(&"7".repeat(57));
        assert_eq!(sent.iter().map(|report| (report.len(), report[1], report[63])).collect::<Vec<_>>(), [(64, 56, 1), (64, 1, 0)]);
        assert!(hex(&reports("A")[0]).starts_with("02015d433041"), "id, length, AIM identifier, text");
    }
}
