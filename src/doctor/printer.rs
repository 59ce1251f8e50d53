//! The receipt printer.

use super::rights::Barred;
use super::{Finding, Machine, Who};
use crate::printer::PrinterConfig;

const PART: &str = "printer";

pub fn examine(printer: Option<&PrinterConfig>, machine: &Machine, who: &Who) -> Option<Finding> {
    let Some(printer) = printer else { return Some(none(machine)) };
    let shown = printer.path.display();
    if !printer.path.starts_with("/dev/") {
        return Some(Finding::look(
            PART,
            format!("Slips are appended to the file {shown}."),
            "Name the printer's device, such as /dev/usb/lp0, to have paper.",
        ));
    }
    Some(match who.may_use(machine, &printer.path) {
        Ok(()) => Finding::ok(PART, format!("The printer is there ({shown}).")),
        Err(Barred::Absent) => Finding::mend(PART, format!("The printer {shown} is not there."), "Switch it on and plug it in; `ls /dev/usb` shows its name."),
        Err(Barred::Denied(how)) => Finding::mend(PART, format!("The printer {shown} may not be written to by {}.", who.name), how),
    })
}

fn none(machine: &Machine) -> Finding {
    match machine.list("/dev/usb", "lp").first() {
        Some(found) => {
            Finding::look(PART, format!("A printer is plugged in ({}) and none is configured.", found.display()), "Name it as `path` under [printer].")
        }
        None => Finding::ok(PART, "No printer is configured; slips are shown on the screen."),
    }
}
