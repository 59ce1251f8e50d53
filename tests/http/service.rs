//! What a service manager hears from the real binary: that it is up, that it lives, that it ends.

use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Far more than the hub takes to start, on a loaded machine too.
const LIMIT: Duration = Duration::from_secs(30);
/// What the manager says that it waits for a sign of life, in microseconds.
const WATCHDOG_US: &str = "300000";

/// Killed also when a test fails.
struct Hub(Child);

impl Drop for Hub {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

fn heard(manager: &UnixDatagram) -> String {
    let mut text = [0; 256];
    let length = manager.recv(&mut text).expect("the hub tells its manager");
    String::from_utf8_lossy(&text[..length]).trim().to_owned()
}

#[test]
fn the_service_manager_hears_of_its_life() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("notify");
    let manager = UnixDatagram::bind(&socket).unwrap();
    manager.set_read_timeout(Some(LIMIT)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_counterfoil-hub"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(folder.path().join("data")).env("RUST_LOG", "error");
    command.env("NOTIFY_SOCKET", &socket).env("WATCHDOG_USEC", WATCHDOG_US).env_remove("WATCHDOG_PID").stdout(Stdio::null());
    let hub = Hub(command.spawn().unwrap());

    let mut signs = vec![heard(&manager), heard(&manager), heard(&manager)];
    signs.sort();
    assert_eq!(signs, ["READY=1", "WATCHDOG=1", "WATCHDOG=1"]);

    assert!(Command::new("kill").arg(hub.0.id().to_string()).status().unwrap().success());
    while heard(&manager) != "STOPPING=1" {}
}
