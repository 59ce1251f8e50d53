//! The terminal as a process: orders in, what its screen shows out, and a cashier's usual moves.

use super::{Scanner, examples};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Nothing a terminal does takes longer, on the slowest machine a test runs on.
const LIMIT: Duration = Duration::from_secs(60);

/// A running terminal. It is killed when dropped.
pub struct Till {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<Value>,
    errors: Option<JoinHandle<String>>,
    shown: Value,
    pub scanner: Option<Scanner>,
}

impl Till {
    /// Starts it and waits until its screen can be used.
    pub fn start(command: Command, scanner: Scanner) -> Till {
        let mut till = Till::begin(command, scanner);
        till.see("the terminal up", |v| v["busy"] == false && v["scanner"] == "Live");
        till
    }

    /// Starts it.
    pub fn begin(mut command: Command, scanner: Scanner) -> Till {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let Ok(value) = serde_json::from_str(&line) else { return };
                let _nobody_listens = sender.send(value);
            }
        });
        Till { child, stdin, lines, errors: Some(read_all(stderr)), shown: Value::Null, scanner: Some(scanner) }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn shown(&self) -> &Value {
        &self.shown
    }

    /// Waits until the screen shows what is wanted, and answers it.
    #[track_caller]
    pub fn see(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + LIMIT;
        while !wanted(&self.shown) {
            self.hear(what, deadline);
        }
        self.shown.clone()
    }

    /// Something red in front of everything, with this code; answers its sentence.
    #[track_caller]
    pub fn refused(&mut self, code: &str) -> String {
        let view = self.see(code, |v| !v["refusal"].is_null());
        assert_eq!(text(&view, "refusal"), code, "{view}");
        text(&view, "sentence").to_owned()
    }

    #[track_caller]
    pub fn understood(&mut self) {
        self.tap("Understood");
        self.see("the refusal gone", |v| v["refusal"].is_null());
    }

    #[track_caller]
    pub fn tap(&mut self, label: &str) {
        self.order(&json!({ "tap": label }));
    }

    #[track_caller]
    pub fn keys(&mut self, digits: &str) {
        digits.chars().for_each(|digit| self.tap(&digit.to_string()));
    }

    pub fn scan(&mut self, code: &str) {
        self.scanner.as_mut().unwrap().scan(code);
    }

    /// The first cashier types `pin`; answers what the screen says to it.
    #[track_caller]
    pub fn try_pin(&mut self, pin: &str) -> String {
        self.tap(examples().people[0].name);
        self.keys(pin);
        self.tap("Enter");
        let answered = |v: &Value| !matches!(text(v, "login"), "Ready" | "Checking") || !text(v, "operator").is_empty();
        text(&self.see("an answer to the PIN", answered), "login").to_owned()
    }

    #[track_caller]
    pub fn sign_in(&mut self, pin: &str) {
        assert_eq!(self.try_pin(pin), "Ready");
    }

    /// Sells what bears this serial or barcode, for cash; answers the receipt's number.
    #[track_caller]
    pub fn sell(&mut self, code: &str) -> String {
        self.scan(code);
        self.see("a line", |v| number(v, "lines") == 1);
        self.pay();
        self.tap("Settle");
        self.receipt()
    }

    /// From the sale to the moment before it is settled.
    #[track_caller]
    pub fn pay(&mut self) {
        self.tap("Pay");
        self.see("payment", |v| text(v, "page") == "Payment");
        self.tap("Add payment");
        self.see("everything paid", |v| v["complete"] == true);
    }

    /// The receipt of a sale just settled; the next sale begins.
    #[track_caller]
    pub fn receipt(&mut self) -> String {
        let view = self.see("a receipt, or why not", |v| text(v, "page") == "Receipt" || !v["refusal"].is_null());
        assert!(view["refusal"].is_null(), "{view}");
        self.tap("Next sale");
        self.see("an empty sale", |v| text(v, "page") == "Sale" && number(v, "lines") == 0);
        text(&view, "receipt").to_owned()
    }

    /// Asks for sync until there is nothing left to send.
    #[track_caller]
    pub fn synced(&mut self) {
        self.tap("Sync status");
        self.see("the sync page", |v| text(v, "page") == "Sync");
        let deadline = Instant::now() + LIMIT;
        while number(&self.shown, "pending") > 0 || text(&self.shown, "sync") != "Synced" {
            // While a try is under way there is no such button.
            self.ask(&json!({ "tap": "Sync now" }));
            self.listen(Duration::from_millis(100));
            assert!(Instant::now() < deadline, "nothing is synced; the screen shows {}", self.shown);
        }
        self.tap("Back");
        self.see("another page", |v| text(v, "page") != "Sync");
    }

    /// Ends it as a person would; answers what it wrote to stderr.
    #[track_caller]
    pub fn end(mut self) -> String {
        drop(self.stdin.take());
        let status = self.child.wait().unwrap();
        let errors = self.errors.take().unwrap().join().unwrap();
        assert!(status.success(), "the terminal ended with {status}: {errors}");
        errors
    }

    /// Pulls the plug.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        assert_eq!(self.child.wait().unwrap().signal(), Some(libc::SIGKILL));
    }

    #[track_caller]
    fn order(&mut self, order: &Value) {
        let answer = self.ask(order);
        assert!(answer.get("error").is_none(), "{order}: {answer}; the screen shows {}", self.shown);
    }

    #[track_caller]
    fn ask(&mut self, order: &Value) -> Value {
        writeln!(self.stdin.as_mut().unwrap(), "{order}").unwrap();
        let deadline = Instant::now() + LIMIT;
        loop {
            let line = self.hear(&format!("an answer to {order}"), deadline);
            if line.get("done").is_some() || line.get("error").is_some() {
                return line;
            }
        }
    }

    /// Hears what is said within a while.
    fn listen(&mut self, pause: Duration) {
        let until = Instant::now() + pause;
        while let Ok(line) = self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
            self.note(&line);
        }
    }

    #[track_caller]
    fn hear(&mut self, what: &str, deadline: Instant) -> Value {
        match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(line) => {
                self.note(&line);
                line
            }
            Err(why) => {
                let logged = self.last_words();
                panic!("waited in vain for {what} ({why}); the screen shows {}; it logged {logged}", self.shown)
            }
        }
    }

    fn note(&mut self, line: &Value) {
        if let Some(view) = line.get("view") {
            self.shown = view.clone();
        }
    }

    fn last_words(&mut self) -> String {
        let _ended_already = self.child.kill();
        self.errors.take().map(|errors| errors.join().unwrap()).unwrap_or_default()
    }
}

impl Drop for Till {
    fn drop(&mut self) {
        // Both fail when it has ended already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_all(mut stderr: impl Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        stderr.read_to_end(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// A field of what the screen shows, as text.
pub fn text<'a>(view: &'a Value, field: &str) -> &'a str {
    view.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// A field of what the screen shows, as a number.
pub fn number(view: &Value, field: &str) -> u64 {
    view.get(field).and_then(Value::as_u64).unwrap_or_default()
}
