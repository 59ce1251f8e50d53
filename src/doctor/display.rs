//! The screen: what draws it, whether one is connected, its light, and whether touch turns with it.

use super::rights::Barred;
use super::{Finding, Machine, Who};
use crate::config::Display;
use crate::display::Rotation;
use std::path::{Path, PathBuf};

const PART: &str = "display";
/// What libinput does without being told.
const STRAIGHT: &str = "1 0 0 0 1 0";

pub fn examine(display: &Display, machine: &Machine, who: &Who) -> Vec<Finding> {
    let cards = machine.list("/dev/dri", "card");
    if cards.is_empty() {
        let todo = "On a Raspberry Pi put `dtoverlay=vc4-kms-v3d` into config.txt and start it again; a desktop's window needs none.";
        return vec![Finding::look(PART, "There is no screen that a program can own (/dev/dri is empty).", todo)];
    }
    let mut findings: Vec<Finding> = cards.iter().map(|card| may_draw(card, machine, who)).collect();
    findings.push(connected(machine));
    findings.push(light(machine, who));
    findings.extend(touch(display.rotation, machine));
    findings
}

fn may_draw(card: &Path, machine: &Machine, who: &Who) -> Finding {
    let shown = card.display();
    match who.may_use(machine, card) {
        Ok(()) => Finding::ok(PART, format!("{} may draw on {shown}.", who.name)),
        Err(Barred::Denied(how)) => Finding::mend(PART, format!("{} may not draw on {shown}.", who.name), how),
        Err(Barred::Absent) => Finding::mend(PART, format!("{shown} went away."), "Start this box again."),
    }
}

fn connected(machine: &Machine) -> Finding {
    let outputs = machine.list("/sys/class/drm", "card");
    let is_connected = |output: &&PathBuf| machine.read(output.join("status")).as_deref() == Some("connected");
    let on: Vec<String> = outputs.iter().filter(is_connected).map(|output| shown(output, machine)).collect();
    if on.is_empty() {
        let todo = "Plug it in before the terminal starts; one that does not say what it is needs `video=HDMI-A-1:800x480M@60D` on the kernel's command line.";
        return Finding::mend(PART, "No screen is connected.", todo);
    }
    let sentence = format!("Connected: {}.", on.join(", "));
    if on.len() == 1 {
        Finding::ok(PART, sentence)
    } else {
        Finding::look(PART, sentence, "The first is drawn on; choose another with SLINT_DRM_OUTPUT in the unit.")
    }
}

/// `card1-DSI-1 800x480`.
fn shown(output: &Path, machine: &Machine) -> String {
    let name = output.file_name().unwrap_or_default().to_string_lossy();
    let modes = machine.read(output.join("modes")).unwrap_or_default();
    format!("{name} {}", modes.lines().next().unwrap_or_default()).trim_end().to_owned()
}

fn light(machine: &Machine, who: &Who) -> Finding {
    let Some(light) = machine.list("/sys/class/backlight", "").into_iter().next() else {
        return Finding::ok(PART, "The screen's light cannot be switched; blanking draws black.");
    };
    let shown = light.display();
    match who.may_use(machine, &light.join("brightness")) {
        Ok(()) => Finding::ok(PART, format!("The screen's light is {shown}.")),
        Err(_) => {
            let todo = "Install the rule 71-counterfoil-backlight.rules, which comes with the terminal, into /etc/udev/rules.d and start this box again.";
            Finding::look(PART, format!("{} may not change the screen's light ({shown}); blanking draws black.", who.name), todo)
        }
    }
}

/// A touch screen must be turned with the picture, by libinput, as udev tells it.
fn touch(rotation: Rotation, machine: &Machine) -> Option<Finding> {
    let known = machine.list("/run/udev/data", "c13:").into_iter().filter_map(|file| machine.read(file));
    let screen = known.into_iter().find(|device| property(device, "ID_INPUT_TOUCHSCREEN") == Some("1"))?;
    let numbers = |text: &str| text.split_whitespace().filter_map(|number| number.parse::<f64>().ok()).collect::<Vec<f64>>();
    let wanted = rotation.touch_matrix().concat().iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let set = property(&screen, "LIBINPUT_CALIBRATION_MATRIX").unwrap_or(STRAIGHT);
    Some(if numbers(set) == numbers(&wanted) {
        Finding::ok("touch", "Touch lies as the picture does.")
    } else {
        let rule = format!(r#"ENV{{ID_INPUT_TOUCHSCREEN}}=="1", ENV{{LIBINPUT_CALIBRATION_MATRIX}}="{wanted}""#);
        let todo = format!("Write `{rule}` into /etc/udev/rules.d/71-counterfoil-touch.rules and start this box again.");
        Finding::mend("touch", format!("The picture is turned by {} degrees, and touch is set to `{set}`.", rotation.degrees()), todo)
    })
}

/// What udev keeps of a device: lines such as `E:ID_INPUT=1`.
fn property<'a>(device: &'a str, name: &str) -> Option<&'a str> {
    device.lines().find_map(|line| line.strip_prefix("E:")?.strip_prefix(name)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::doctor::rights::root;
    use std::fs;

    /// A box with these files; each finding as its health's word and sentence.
    fn found(degrees: u32, files: &[(&str, &str)]) -> Vec<String> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let machine = Machine::below(folder.path());
        for (path, text) in files {
            let file = machine.file(path);
            fs::create_dir_all(file.parent().expect("not the root")).expect("a folder");
            fs::write(file, text).expect("a file");
        }
        let display = Display { rotation: Rotation::of_degrees(degrees).expect("a rotation"), ..Config::default().display };
        examine(&display, &machine, &root()).iter().map(ToString::to_string).collect()
    }

    #[track_caller]
    fn check(degrees: u32, files: &[(&str, &str)], expected: &[(&str, &str)]) {
        let found = found(degrees, files);
        for (health, words) in expected {
            assert!(found.iter().any(|line| line.starts_with(health) && line.contains(words)), "{health} {words} is missing in {found:#?}");
        }
    }

    #[test]
    fn screens_are_found() {
        let card = ("/dev/dri/card1", "");
        let off = ("/sys/class/drm/card1-HDMI-A-1/status", "disconnected\n");
        let on = ("/sys/class/drm/card1-DSI-1/status", "connected\n");
        let mode = ("/sys/class/drm/card1-DSI-1/modes", "800x480\n640x480\n");
        let other = ("/sys/class/drm/card1-HDMI-A-2/status", "connected\n");
        let light = ("/sys/class/backlight/10-0045/brightness", "255\n");
        check(0, &[], &[("look", "/dev/dri is empty")]);
        check(0, &[card, off], &[("ok", "may draw on /dev/dri/card1"), ("mend", "No screen is connected"), ("ok", "blanking draws black")]);
        check(0, &[card, off, on, mode, light], &[("ok", "Connected: card1-DSI-1 800x480"), ("ok", "light is /sys/class/backlight/10-0045")]);
        check(0, &[card, on, mode, other], &[("look", "card1-HDMI-A-2"), ("look", "SLINT_DRM_OUTPUT")]);
    }

    #[test]
    fn touch_is_turned_with_the_picture() {
        let card = ("/dev/dri/card1", "");
        let mouse = ("/run/udev/data/c13:64", "E:ID_INPUT_MOUSE=1\n");
        let straight = ("/run/udev/data/c13:65", "I:1\nE:ID_INPUT=1\nE:ID_INPUT_TOUCHSCREEN=1\n");
        let right = ("/run/udev/data/c13:65", "E:ID_INPUT_TOUCHSCREEN=1\nE:LIBINPUT_CALIBRATION_MATRIX=0.0 1.0 0 -1 0 1\n");
        check(0, &[card, mouse, straight], &[("ok", "Touch lies")]);
        check(90, &[card, right], &[("ok", "Touch lies")]);
        check(90, &[card, straight], &[("mend", "=\"0 1 0 -1 0 1\"")]);
        check(0, &[card, right], &[("mend", "=\"1 0 0 0 1 0\"")]);
        check(270, &[card, right], &[("mend", "=\"0 -1 1 1 0 0\"")]);
        assert!(!found(90, &[card, mouse]).iter().any(|line| line.contains("ouch")), "a box without a touch screen has nothing to turn");
    }
}
