//! The clock. Nothing between machines is decided by it, but receipts bear its time.

use super::{Finding, Machine};
use crate::app::show_time;
use crate::clock;

const PART: &str = "clock";

pub fn examine(machine: &Machine) -> Option<Finding> {
    let synchronised = clock::is_synchronised() || machine.file("/run/systemd/timesync/synchronized").exists();
    Some(judge(clock::wall_ms(), synchronised))
}

fn judge(wall_ms: i64, synchronised: bool) -> Finding {
    let now = show_time(wall_ms);
    if !clock::is_plausible(wall_ms) {
        let sentence = format!("The clock says {now}, which is before this program was made.");
        return Finding::mend(PART, sentence, "Set it with `sudo timedatectl set-time 'YYYY-MM-DD HH:MM:SS'`, and give the board a battery for its clock.");
    }
    if !synchronised {
        let todo = "Run `sudo timedatectl set-ntp true`, or set NTP= to the hub's address in /etc/systemd/timesyncd.conf where there is no internet.";
        return Finding::look(PART, format!("The clock says {now}, and nobody sets it right."), todo);
    }
    Finding::ok(PART, format!("The clock says {now} and is kept right."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Health;

    #[test]
    fn a_clock_is_judged() {
        let check = |wall_ms, synchronised, health| assert_eq!(judge(wall_ms, synchronised).health, health, "{wall_ms}");
        check(1_790_000_000_000, true, Health::Ok);
        check(1_790_000_000_000, false, Health::Look);
        check(86_400_000, true, Health::Mend);
    }
}
