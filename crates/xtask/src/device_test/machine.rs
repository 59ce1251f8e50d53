//! The emulated board: a screen, a keyboard, a tablet for a finger, a scanner that acts as a keyboard
//! and one on a serial line, a network cable, and disks that outlive it.

use super::kernel::Kernel;
use super::monitor::Monitor;
use super::shell::Shell;
use crate::demo::service::Service;
use crate::process::program;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// How the emulator calls the screen; the scanner's keys are sent to its name.
pub const SCREEN: &str = "screen";
pub const SCREEN_SIZE: (u32, u32) = (1280, 800);
/// The scanner that acts as a keyboard, and its cable.
pub const KEY_SCANNER: &str = "keyscanner";
/// The scanner on a serial line.
pub const LINE_SCANNER: &str = "linescanner";
/// As the kernel calls that one. Its USB id is the plain keyboard's too.
pub const KEY_SCANNER_NAME: &str = "QEMU QEMU USB Keyboard";
/// Where the kernel puts the other.
pub const LINE_SCANNER_NODE: &str = "/dev/ttyUSB0";

/// From pressing the button to a shell, without any help of the processor.
const BOOT_LIMIT: Duration = Duration::from_secs(240);
/// The emulator opens its sockets at once.
const SOCKET_LIMIT: Duration = Duration::from_secs(10);

pub struct Machine {
    emulator: Service,
    pub monitor: Monitor,
    pub shell: Shell,
    line: UnixStream,
}

impl Machine {
    /// Switches it on with these disks, and waits until its shell answers.
    pub fn boot(kernel: &Kernel, disks: &[PathBuf], folder: &Path) -> Result<Machine> {
        let sockets = Sockets::new(folder);
        sockets.clear();
        let mut emulator = Service::start("emulator", command(kernel, disks, folder, &sockets), folder)?;
        let monitor = connected(&mut emulator, || Monitor::connect(&sockets.monitor, SCREEN_SIZE))?;
        let line = UnixStream::connect(&sockets.line).context("the scanner's line does not answer")?;
        let shell = Shell::connect(&sockets.shell, BOOT_LIMIT);
        emulator.check_alive()?;
        Ok(Machine { emulator, monitor, shell: shell?, line })
    }

    /// A scan on the serial line.
    pub fn scan_on_line(&mut self, text: &str) -> Result<()> {
        self.type_on_line(&format!("{text}\r"))
    }

    pub fn plug_key_scanner(&mut self) -> Result<()> {
        self.monitor.plug(&key_scanner())
    }

    pub fn plug_line_scanner(&mut self) -> Result<()> {
        self.monitor.plug(&line_scanner())
    }

    /// Part of a code on the serial line.
    pub fn type_on_line(&mut self, text: &str) -> Result<()> {
        self.line.write_all(text.as_bytes()).context("the scanner's line is gone")
    }

    /// The power is cut: nothing is written any more that was not with the disk already. What is left
    /// can only be booted anew.
    pub fn cut_power(&mut self) -> Result<()> {
        self.emulator.kill_now()
    }
}

struct Sockets {
    monitor: PathBuf,
    shell: PathBuf,
    line: PathBuf,
}

impl Sockets {
    fn new(folder: &Path) -> Self {
        Self { monitor: folder.join("monitor"), shell: folder.join("shell"), line: folder.join("line") }
    }

    /// A machine that was cut off leaves them behind.
    fn clear(&self) {
        for socket in [&self.monitor, &self.shell, &self.line] {
            let _absent_mostly = std::fs::remove_file(socket);
        }
    }
}

fn key_scanner() -> Value {
    json!({ "driver": "usb-kbd", "id": KEY_SCANNER, "bus": "usb.0", "port": "1", "display": SCREEN })
}

fn line_scanner() -> Value {
    json!({ "driver": "usb-serial", "id": LINE_SCANNER, "bus": "usb.0", "port": "2", "chardev": "line", "always-plugged": true })
}

fn command(kernel: &Kernel, disks: &[PathBuf], folder: &Path, sockets: &Sockets) -> Command {
    let mut emulator = program(&["qemu-system-aarch64"]);
    emulator.args(["-machine", "virt", "-cpu", "cortex-a53", "-smp", "2", "-m", "1024", "-no-reboot", "-display", "none", "-nodefaults"]);
    emulator.arg("-kernel").arg(&kernel.image).arg("-initrd").arg(&kernel.initrd);
    emulator.args(["-append", "console=ttyAMA0 console=tty1 quiet loglevel=4 net.ifnames=0"]);
    for (index, disk) in disks.iter().enumerate() {
        emulator.arg("-drive").arg(format!("if=none,format=raw,id=disk{index},file={}", disk.display()));
        emulator.args(["-device", &format!("virtio-blk-pci,drive=disk{index}")]);
    }
    let (width, height) = SCREEN_SIZE;
    emulator.args(["-device", &format!("virtio-gpu-pci,id={SCREEN},xres={width},yres={height}")]);
    emulator.args(["-device", "qemu-xhci,id=usb", "-device", "virtio-keyboard-pci", "-device", "virtio-tablet-pci"]);
    emulator.args(["-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net,romfile="]);
    emulator.arg("-chardev").arg(socket("line", &sockets.line));
    emulator.args(["-device", &key_scanner().to_string(), "-device", &line_scanner().to_string()]);
    emulator.arg("-chardev").arg(socket("shell", &sockets.shell)).args(["-device", "virtio-serial-pci", "-device", "virtconsole,chardev=shell"]);
    emulator.arg("-serial").arg(format!("file:{}", folder.join("console.log").display()));
    emulator.arg("-qmp").arg(format!("unix:{},server=on,wait=off", sockets.monitor.display()));
    emulator
}

fn socket(id: &str, path: &Path) -> String {
    format!("socket,id={id},path={},server=on,wait=off", path.display())
}

fn connected<T>(emulator: &mut Service, mut connect: impl FnMut() -> Result<T>) -> Result<T> {
    let deadline = Instant::now() + SOCKET_LIMIT;
    loop {
        emulator.check_alive()?;
        match connect() {
            Ok(connection) => return Ok(connection),
            Err(error) if Instant::now() >= deadline => return Err(error),
            // sleeps because a socket that is not there yet sends no event
            Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}
