//! Where a PostgreSQL database is and who we are there: an address whose password is never shown.

use ::postgres::Config;
use ::postgres::config::{Host, SslMode};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// How long a server may take to answer a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long sent bytes may stay unconfirmed before the line counts as broken.
const TCP_TIMEOUT: Duration = Duration::from_secs(20);
/// PostgreSQL's own port, which need not be named.
const PORT: u16 = 5_432;
/// Where Debian's server listens for the machine's own programs.
const SOCKET_FOLDER: &str = "/run/postgresql";

/// `postgres://user:password@host:port/database`, the form that PostgreSQL's own programs know.
#[derive(Clone)]
pub struct Address(Box<Config>);

impl PartialEq for Address {
    fn eq(&self, other: &Address) -> bool {
        self.to_string() == other.to_string() && self.0.get_password() == other.0.get_password()
    }
}

impl Eq for Address {}

/// Why a text is no address. It never repeats the text: a password may stand anywhere in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressFault {
    #[error("the address is not of the form postgres://user@host:port/database")]
    Form,
    #[error("the address names no database; it wants postgres://user@host:port/database")]
    NoDatabase,
    #[error("the address asks for TLS, which the hub does not speak to a database. Reach it by its socket, on a network of its own, or through a tunnel")]
    Tls,
}

impl Address {
    /// Completes an address that has no password.
    #[must_use]
    pub fn or_password(mut self, password: &str) -> Address {
        if self.0.get_password().is_none() {
            self.0.password(password);
        }
        self
    }

    pub(super) fn config(&self) -> &Config {
        &self.0
    }
}

impl FromStr for Address {
    type Err = AddressFault;

    fn from_str(text: &str) -> Result<Address, AddressFault> {
        // The library's own words may hold a part of the text.
        let mut config: Config = text.parse().map_err(|_hidden| AddressFault::Form)?;
        if config.get_dbname().is_none_or(str::is_empty) {
            return Err(AddressFault::NoDatabase);
        }
        if config.get_ssl_mode() == SslMode::Require {
            return Err(AddressFault::Tls);
        }
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            config.host_path(SOCKET_FOLDER);
        }
        config.connect_timeout(CONNECT_TIMEOUT).tcp_user_timeout(TCP_TIMEOUT).ssl_mode(SslMode::Disable).application_name("counterfoil-hub");
        Ok(Address(Box::new(config)))
    }
}

/// Without the password and without options.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("postgres://")?;
        if let Some(user) = self.0.get_user() {
            write!(f, "{user}@")?;
        }
        let places = self.0.get_hosts().iter().enumerate();
        let names: Vec<String> = places.map(|(index, host)| place(host, self.0.get_ports().get(index).or(self.0.get_ports().first()))).collect();
        let addresses = self.0.get_hostaddrs().iter().map(ToString::to_string);
        let names = if names.is_empty() { addresses.collect() } else { names };
        write!(f, "{}/{}", names.join(","), self.0.get_dbname().unwrap_or_default())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

fn place(host: &Host, port: Option<&u16>) -> String {
    let name = match host {
        Host::Tcp(name) => name.clone(),
        Host::Unix(folder) => format!("[{}]", folder.display()),
    };
    port.filter(|port| **port != PORT).map_or_else(|| name.clone(), |port| format!("{name}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_shown_without_their_secrets() {
        let check = |text: &str, shown: &str| {
            let address: Address = text.parse().expect(text);
            assert_eq!(address.to_string(), shown);
            assert_eq!(format!("{address:?}"), shown);
        };
        check("postgres://hub:s3cret@db.shop:5433/counterfoil", "postgres://hub@db.shop:5433/counterfoil");
        check("postgresql://hub:s3cret@db.shop/counterfoil?connect_timeout=3", "postgres://hub@db.shop/counterfoil");
        check("postgres://hub@/counterfoil?host=/tmp/x&password=s3cret", "postgres://hub@[/tmp/x]/counterfoil");
        check("postgres:///counterfoil", "postgres://[/run/postgresql]/counterfoil");
        check("postgres://a:s3cret@one:1,two:2/c", "postgres://a@one:1,two:2/c");
    }

    #[test]
    fn what_is_no_address_is_told_without_its_text() {
        let check = |text: &str, wanted: AddressFault| {
            let fault = text.parse::<Address>().expect_err(text);
            assert_eq!(fault, wanted);
            assert!(!fault.to_string().contains("s3cret"), "{fault}");
        };
        check("postgres://hub:s3cret@host:port/x", AddressFault::Form);
        check("postgres://hub@host/x?s3cret=1", AddressFault::Form);
        check("postgres://hub:s3cret@host", AddressFault::NoDatabase);
        check("postgres://hub:s3cret@host/x?sslmode=require", AddressFault::Tls);
    }

    #[test]
    fn a_password_of_the_address_comes_first() {
        let address = |text: &str| text.parse::<Address>().expect(text);
        assert_eq!(address("postgres://h@x/y").or_password("p"), address("postgres://h:p@x/y"));
        assert_eq!(address("postgres://h:q@x/y").or_password("p"), address("postgres://h:q@x/y"));
    }
}
