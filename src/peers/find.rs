//! Finding peers on the line by multicast DNS: a terminal announces where it listens, and of which
//! hub it is. An announcement proves nothing; who is there shows when it is called.

use ledger::id::TerminalId;
use mdns_sd::{Receiver, ResolvedService, ServiceDaemon, ServiceEvent, ServiceInfo};
use std::net::{IpAddr, SocketAddr};

/// The kind of service, as registered by nobody but us.
const SERVICE: &str = "_counterfoil._tcp.local.";
const TERMINAL: &str = "terminal";
const HUB: &str = "hub";
/// Most addresses of one terminal that are tried.
const ADDRESSES_MAX: usize = 8;

/// What a terminal announces of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    pub terminal: TerminalId,
    /// Terminals of another hub are none of our business.
    pub hub: String,
    pub port: u16,
}

/// A terminal of the same hub, and where it says it listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub terminal: TerminalId,
    pub addresses: Vec<SocketAddr>,
}

/// What goes on; nothing where multicast is not to be had.
pub struct Finding {
    /// Ends the announcement when it is dropped.
    _daemon: Option<ServiceDaemon>,
    events: Option<Receiver<ServiceEvent>>,
    hub: String,
}

/// Announces this terminal and looks for others. Where that fails, addresses of the configuration
/// are all there is.
pub fn start(own: &Announcement) -> Finding {
    let begun = || -> Result<(ServiceDaemon, Receiver<ServiceEvent>), mdns_sd::Error> {
        let daemon = ServiceDaemon::new()?;
        daemon.register(own.service()?)?;
        let events = daemon.browse(SERVICE)?;
        Ok((daemon, events))
    };
    let (daemon, events) = match begun() {
        Ok((daemon, events)) => (Some(daemon), Some(events)),
        Err(error) => {
            tracing::warn!(%error, "peers cannot be looked for; name their addresses with `peers`");
            (None, None)
        }
    };
    Finding { _daemon: daemon, events, hub: own.hub.clone() }
}

impl Finding {
    /// The next terminal that is found, or found elsewhere. Never, if there is nothing to find by.
    pub async fn next(&mut self) -> Found {
        while let Some(events) = &self.events {
            match events.recv_async().await {
                Ok(ServiceEvent::ServiceResolved(service)) => {
                    if let Some(found) = read(&service, &self.hub) {
                        return found;
                    }
                }
                Ok(_) => {}
                Err(_ended) => self.events = None,
            }
        }
        std::future::pending().await
    }
}

impl Announcement {
    /// The record that is announced; the addresses are added by the daemon as they come and go.
    pub fn service(&self) -> Result<ServiceInfo, mdns_sd::Error> {
        let name = format!("counterfoil-{}-{}", self.hub, self.terminal);
        let properties = [(TERMINAL, self.terminal.as_str()), (HUB, self.hub.as_str())];
        Ok(ServiceInfo::new(SERVICE, &name, &format!("{name}.local."), "", self.port, &properties[..])?.enable_addr_auto())
    }
}

/// Reads an announcement of a terminal of `hub`.
pub fn read(service: &ResolvedService, hub: &str) -> Option<Found> {
    let of_our_hub = service.get_property_val_str(HUB) == Some(hub);
    let terminal = service.get_property_val_str(TERMINAL).filter(|terminal| of_our_hub && !terminal.is_empty())?;
    let mut addresses: Vec<SocketAddr> = service.addresses.iter().map(|address| SocketAddr::new(address.to_ip_addr(), service.port)).collect();
    // Addresses that name no interface are the ones that can be called from anywhere.
    addresses.retain(|address| !matches!(address.ip(), IpAddr::V6(v6) if v6.is_unicast_link_local()));
    addresses.sort_by_key(|address| (address.is_ipv6(), address.ip().is_loopback(), *address));
    addresses.truncate(ADDRESSES_MAX);
    (!addresses.is_empty()).then(|| Found { terminal: TerminalId::from(terminal), addresses })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> Announcement {
        Announcement { terminal: "T01".into(), hub: "0b7e".into(), port: 7171 }
    }

    #[track_caller]
    fn check(announced: &Announcement, addresses: &str, hub: &str, expected: Option<&[&str]>) {
        let name = format!("x.{SERVICE}");
        let properties = [(TERMINAL, announced.terminal.as_str()), (HUB, announced.hub.as_str())];
        let service = ServiceInfo::new(SERVICE, "x", "x.local.", addresses, announced.port, &properties[..]).expect(&name).as_resolved_service();
        let found = read(&service, hub);
        let told = found.as_ref().map(|found| found.addresses.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(told, expected.map(|list| list.iter().map(ToString::to_string).collect()), "{announced:?} at {addresses}");
        assert!(found.is_none_or(|found| found.terminal == announced.terminal));
    }

    #[test]
    fn an_announcement_is_read_by_terminals_of_the_same_hub() {
        check(&own(), "192.168.1.7", "0b7e", Some(&["192.168.1.7:7171"]));
        check(&own(), "fd00::1,192.168.1.7,127.0.0.1", "0b7e", Some(&["192.168.1.7:7171", "127.0.0.1:7171", "[fd00::1]:7171"]));
        check(&own(), "192.168.1.7", "another", None);
        check(&own(), "fe80::1", "0b7e", None);
        check(&Announcement { terminal: "".into(), ..own() }, "192.168.1.7", "0b7e", None);
    }

    #[test]
    fn what_is_announced_can_be_read() {
        let service = own().service().expect("names of terminals and hubs make records");
        assert_eq!((service.get_property_val_str(TERMINAL), service.get_property_val_str(HUB), service.get_port()), (Some("T01"), Some("0b7e"), 7171));
        assert_eq!(service.get_fullname(), "counterfoil-0b7e-T01._counterfoil._tcp.local.");
    }
}
