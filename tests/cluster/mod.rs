//! A PostgreSQL server for one test program: made when it is first asked for, gone with the program,
//! however that ends. It listens on a socket and, with a password, on the loopback, and is as
//! durable as one in a shop.

#![allow(dead_code, reason = "each test program uses its part")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

pub const USER: &str = "hub";
pub const PASSWORD: &str = "s3cret";
const MISSING: &str = "PostgreSQL's server is not installed, and these tests need one. \
    Install it: apt-get install --no-install-recommends postgresql (cargo xtask packages does that)";

/// Makes the server and waits until its input ends, which it does with the program that holds the
/// other end. The sort order of the server is not that of bytes, since a shop's may not be either.
const KEEPER: &str = r#"
set -e
trap '' INT TERM HUP
folder=$(mktemp -d /tmp/counterfoil-postgres.XXXXXX)
trap 'rm -rf "$folder"' EXIT
printf '%s' "$4" > "$folder/password"
"$1/initdb" -D "$folder/data" -U "$3" --pwfile="$folder/password" --auth-local=trust --auth-host=scram-sha-256 \
    -E UTF8 --locale=C.UTF-8 --locale-provider=icu --icu-locale=en --no-sync > "$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
printf '%s\n' "port = $2" "listen_addresses = '127.0.0.1'" "unix_socket_directories = '$folder'" "max_connections = 80" >> "$folder/data/postgresql.conf"
"$1/pg_ctl" start -w -s -D "$folder/data" -l "$folder/log" < /dev/null || { cat "$folder/log" >&2; exit 1; }
echo "$folder"
read -r _ || true
"$1/pg_ctl" stop -s -m immediate -D "$folder/data"
"#;

pub struct Cluster {
    programs: PathBuf,
    pub folder: PathBuf,
    pub port: u16,
    databases: AtomicU32,
    /// Its input is closed when the cluster is dropped, or by the system when this program ends.
    keeper: Child,
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// The server that all tests of the program share.
pub fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(Cluster::start)
}

impl Cluster {
    /// A server of one's own: for tests that stop it.
    pub fn start() -> Cluster {
        let programs = programs();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut keeper = as_server_user("sh");
        keeper.args(["-c", KEEPER, "keeper"]).arg(&programs).args([&port.to_string(), USER, PASSWORD]);
        let mut keeper = keeper.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut folder = String::new();
        BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut folder).unwrap();
        assert!(!folder.is_empty(), "the PostgreSQL server did not start; why stands above");
        Cluster { programs, folder: folder.trim().into(), port, databases: AtomicU32::new(0), keeper }
    }

    /// The address of a new and empty database, by the socket.
    pub fn database(&self) -> String {
        self.database_from("template1")
    }

    /// The same, as a copy of another to which nobody is connected.
    pub fn database_from(&self, template: &str) -> String {
        let name = format!("shop{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.run("createdb", &["--template", template, &name]);
        self.address(&name)
    }

    pub fn address(&self, database: &str) -> String {
        format!("postgres://{USER}@/{database}?host={}&port={}", self.folder.display(), self.port)
    }

    /// Runs SQL as the owner of everything; answers what psql prints.
    pub fn sql(&self, database: &str, text: &str) -> String {
        self.run("psql", &["-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", text])
    }

    /// Ends every connection to a database, as an administrator or a crash would.
    pub fn disconnect(&self, database: &str) {
        self.sql("postgres", &format!("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{database}'"));
    }

    /// Stops the server at once, as the loss of power would.
    pub fn stop(&self) {
        self.control(&["stop", "-m", "immediate"]);
    }

    pub fn start_again(&self) {
        self.control(&["start", "-w", "-l", self.folder.join("log").to_str().unwrap()]);
    }

    fn control(&self, args: &[&str]) {
        let mut command = as_server_user(self.programs.join("pg_ctl").to_str().unwrap());
        command.args(args).arg("-s").arg("-D").arg(self.folder.join("data")).current_dir("/");
        assert!(command.stdin(Stdio::null()).status().unwrap().success());
    }

    fn run(&self, program: &str, args: &[&str]) -> String {
        let mut command = Command::new(self.programs.join(program));
        command.arg("-h").arg(&self.folder).args(["-p", &self.port.to_string(), "-U", USER]).args(args);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

/// The name of the database at the end of an address.
pub fn name_of(address: &str) -> &str {
    address.rsplit_once("@/").unwrap().1.split('?').next().unwrap()
}

/// The newest server's programs. Debian keeps them out of the path.
fn programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<(u32, PathBuf)> = versions.filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin")))).collect();
    found.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = found.into_iter().rev().map(|(_, folder)| folder).chain(std::env::split_paths(&path));
    folders.into_iter().find(|folder| folder.join("initdb").exists() && folder.join("pg_ctl").exists()).expect(MISSING)
}

/// The server refuses to run as root; Debian's package makes a user for it.
fn as_server_user(program: &str) -> Command {
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", program]);
    command
}
