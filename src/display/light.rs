//! The light behind the screen, where the kernel offers one. It is switched on a thread of its own: a
//! panel on a slow bus takes its time, and the event loop has none.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

/// Where the kernel shows lights.
const FOLDER: &str = "/sys/class/backlight";
/// `FB_BLANK_UNBLANK` and `FB_BLANK_POWERDOWN` of `linux/fb.h`.
const POWER_ON: &str = "0";
const POWER_OFF: &str = "4";

/// Every light of this box. Dropping it leaves them on.
pub struct Light {
    wanted: Option<Arc<Wanted>>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread is to bring about: the last word counts, and none is queued.
#[derive(Default)]
struct Wanted {
    dark: AtomicBool,
    end: AtomicBool,
}

impl Light {
    /// Switches the lights of this box on, at `percent` of what they can do.
    pub fn start(percent: u32) -> Light {
        Light::start_in(Path::new(FOLDER), percent)
    }

    /// Nothing to switch, as on a screen in memory.
    pub fn none() -> Light {
        Light { wanted: None, thread: None }
    }

    fn start_in(folder: &Path, percent: u32) -> Light {
        let lamps: Vec<Lamp> = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| Lamp { folder: entry.path(), percent }).collect();
        if lamps.is_empty() {
            return Light::none();
        }
        let wanted = Arc::<Wanted>::default();
        let theirs = wanted.clone();
        match thread::Builder::new().name("light".into()).spawn(move || tend(&lamps, &theirs)) {
            Ok(thread) => Light { wanted: Some(wanted), thread: Some(thread) },
            Err(error) => {
                tracing::warn!(%error, "the screen's light stays as it is");
                Light::none()
            }
        }
    }

    pub fn set_dark(&self, dark: bool) {
        if let (Some(wanted), Some(thread)) = (&self.wanted, &self.thread) {
            wanted.dark.store(dark, Ordering::Release);
            thread.thread().unpark();
        }
    }
}

impl Drop for Light {
    fn drop(&mut self) {
        if let (Some(wanted), Some(thread)) = (&self.wanted, self.thread.take()) {
            wanted.end.store(true, Ordering::Release);
            thread.thread().unpark();
            if thread.join().is_err() {
                tracing::error!("the thread of the screen's light panicked");
            }
        }
    }
}

fn tend(lamps: &[Lamp], wanted: &Wanted) {
    let mut done = None;
    loop {
        let end = wanted.end.load(Ordering::Acquire);
        let dark = wanted.dark.load(Ordering::Acquire) && !end;
        if done.replace(dark) != Some(dark) {
            lamps.iter().for_each(|lamp| lamp.show(dark));
        }
        if end {
            return;
        }
        thread::park();
    }
}

/// One light of the kernel's.
struct Lamp {
    folder: PathBuf,
    percent: u32,
}

impl Lamp {
    /// A lamp that cannot be switched stays lit, and the screen is drawn black in any case.
    fn show(&self, dark: bool) {
        if let Err(error) = self.switch(dark) {
            let lamp = self.folder.display();
            tracing::warn!(%lamp, %error, "the screen's light cannot be set; `counterfoil doctor` says what to do");
        }
    }

    /// Both are tried: where one of them may not be set, the other still makes a difference.
    fn switch(&self, dark: bool) -> io::Result<()> {
        let power = self.folder.join("bl_power");
        let switched = if power.exists() { fs::write(power, if dark { POWER_OFF } else { POWER_ON }) } else { Ok(()) };
        let level = if dark { Ok("0".to_owned()) } else { self.lit() };
        level.and_then(|level| fs::write(self.folder.join("brightness"), level)).and(switched)
    }

    /// Never nothing: a dark screen that is meant to be lit looks broken.
    fn lit(&self) -> io::Result<String> {
        let max: u64 = fs::read_to_string(self.folder.join("max_brightness"))?.trim().parse().map_err(io::Error::other)?;
        Ok((max * u64::from(self.percent) / 100).max(1).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the light's file says after the last word, when the thread has ended.
    #[track_caller]
    fn check(files: &[(&str, &str)], percent: u32, dark: bool, expected: &[(&str, &str)]) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let lamp = folder.path().join("10-0045");
        fs::create_dir(&lamp).expect("a folder");
        files.iter().for_each(|(name, text)| fs::write(lamp.join(name), text).expect("a file"));
        Lamp { folder: lamp.clone(), percent }.show(dark);
        for (name, text) in expected {
            assert_eq!(fs::read_to_string(lamp.join(name)).expect("a file"), *text, "{name}");
        }
    }

    #[test]
    fn a_light_is_set_in_percent_and_switched_off() {
        let plain = [("max_brightness", "255\n"), ("brightness", "7\n")];
        let switched = [plain[0], plain[1], ("bl_power", "0\n")];
        check(&plain, 100, false, &[("brightness", "255")]);
        check(&plain, 40, false, &[("brightness", "102")]);
        check(&[("max_brightness", "10\n"), plain[1]], 1, false, &[("brightness", "1")]);
        check(&plain, 40, true, &[("brightness", "0")]);
        check(&switched, 40, true, &[("brightness", "0"), ("bl_power", "4")]);
        check(&switched, 40, false, &[("brightness", "102"), ("bl_power", "0")]);
        check(&[("max_brightness", "many"), plain[1], switched[2]], 40, true, &[("brightness", "0"), ("bl_power", "4")]);
        check(&[("max_brightness", "many"), plain[1], ("bl_power", "4\n")], 40, false, &[("brightness", "7\n"), ("bl_power", "0")]);
    }

    #[test]
    fn a_light_is_left_on() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let lamp = folder.path().join("light");
        fs::create_dir(&lamp).expect("a folder");
        fs::write(lamp.join("max_brightness"), "100\n").expect("a file");
        let light = Light::start_in(folder.path(), 50);
        light.set_dark(true);
        drop(light);
        assert_eq!(fs::read_to_string(lamp.join("brightness")).expect("a file"), "50");
        drop(Light::start_in(&folder.path().join("none"), 50));
    }
}
