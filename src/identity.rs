//! Who this terminal is: given by the hub at enrolment, kept in one file of the data folder that
//! only the terminal's user may read. The private key was made on this device and never leaves it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use engine::terminal::{JOURNAL, TerminalIdentity};
use ledger::id::{TerminalId, WarehouseId};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// The identity as stored.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    pub terminal: TerminalId,
    /// What people call it: `Till 1`.
    pub name: String,
    pub warehouse: WarehouseId,
    pub incarnation: u32,
    /// Address of the hub, such as `http://hub.shop:7070`.
    pub hub: String,
    pub hub_name: String,
    /// Public key of the hub, pinned.
    hub_key: String,
    device_key: String,
}

/// Why there is no usable identity.
#[derive(Debug, thiserror::Error)]
pub enum IdentityFault {
    #[error("This terminal is not enrolled yet ({} is not there). Ask the hub for a code with `counterfoil-hub enrol-code`, then type or scan it on the terminal's first page, or run `counterfoil enrol --hub ADDRESS --code CODE`.", .0.display())]
    NotEnrolled(PathBuf),
    #[error(
        "{} is gone, and with it the key by which the hub knew this terminal; what it did is safe in {}. Put the file back from a copy. \
        Without one, ask the hub for a new key with `counterfoil-hub enrol-code --terminal TERMINAL` (`counterfoil-hub terminals` tells which it is), \
        then run `counterfoil enrol --hub ADDRESS --code CODE`: it stays the terminal that it was, and sends what waits.",
        path.display(), journal.display()
    )]
    KeyLost { path: PathBuf, journal: PathBuf },
    #[error("{} cannot be read: {source}. It must belong to the user the terminal runs as.", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{} cannot be written: {source}. The data folder must exist and belong to the user the terminal runs as.", path.display())]
    Unwritable { path: PathBuf, source: std::io::Error },
    #[error(
        "{} is damaged: {reason}. Put it back from a copy. Without one, ask the hub for a new key with `counterfoil-hub enrol-code --terminal TERMINAL` \
        (`counterfoil-hub terminals` tells which it is), then run `counterfoil enrol --hub ADDRESS --code CODE`: \
        it stays the terminal that it was, and sends what waits.",
        path.display()
    )]
    Damaged { path: PathBuf, reason: String },
}

impl Identity {
    /// Makes an identity of what the hub answered.
    pub fn new(hub: &str, device: &DeviceKey, answer: &ledger::sync::wire::EnrolAnswer) -> Identity {
        Identity {
            terminal: answer.terminal.clone(),
            name: answer.name.clone(),
            warehouse: answer.warehouse.clone(),
            incarnation: answer.incarnation,
            hub: hub.to_owned(),
            hub_name: answer.hub.clone(),
            hub_key: answer.hub_key.clone(),
            device_key: BASE64.encode(device.0.to_bytes()),
        }
    }

    pub fn path(data: &Path) -> PathBuf {
        data.join("identity.json")
    }

    pub fn read(data: &Path) -> Result<Identity, IdentityFault> {
        let path = Identity::path(data);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => return Err(missing(data, path)),
            Err(source) => return Err(IdentityFault::Unreadable { path, source }),
        };
        let identity: Identity = serde_json::from_str(&text).map_err(|e| IdentityFault::Damaged { path: path.clone(), reason: e.to_string() })?;
        identity.keys().map_err(|reason| IdentityFault::Damaged { path, reason })?;
        Ok(identity)
    }

    /// Writes beside and renames, so that a power cut leaves either none or a whole one.
    pub fn write(&self, data: &Path) -> Result<(), IdentityFault> {
        let path = Identity::path(data);
        let beside = path.with_extension("new");
        let text = serde_json::to_string_pretty(self).expect("an identity holds only text and numbers");
        let write = || {
            let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            std::fs::rename(&beside, &path)?;
            std::fs::File::open(data)?.sync_all()
        };
        write().map_err(|source| IdentityFault::Unwritable { path: path.clone(), source })
    }

    pub fn for_store(&self) -> TerminalIdentity {
        TerminalIdentity { terminal: self.terminal.clone(), incarnation: self.incarnation, warehouse: self.warehouse.clone(), hub: self.hub_name.clone() }
    }

    /// The pair that signs and checks; the reason if the stored text is no key.
    pub fn keys(&self) -> Result<Keys, String> {
        let device = SigningKey::from_bytes(&decode(&self.device_key)?);
        let hub = VerifyingKey::from_bytes(&decode(&self.hub_key)?).map_err(|e| format!("the hub's key is no key: {e}"))?;
        Ok(Keys { device, hub })
    }
}

/// A folder with a journal was a terminal's, which can become itself again.
fn missing(data: &Path, path: PathBuf) -> IdentityFault {
    let journal = data.join(JOURNAL);
    if journal.exists() { IdentityFault::KeyLost { path, journal } } else { IdentityFault::NotEnrolled(path) }
}

/// The private half is not for logs.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("terminal", &self.terminal).field("hub", &self.hub).field("device_key", &"***").finish_non_exhaustive()
    }
}

/// A device key that is not enrolled yet.
pub struct DeviceKey(SigningKey);

impl DeviceKey {
    pub fn generate() -> DeviceKey {
        DeviceKey(SigningKey::from_bytes(&random_bytes()))
    }

    /// The key this device enrolled with before, so that the hub knows it again and its unsent ops
    /// stay its own; a new one for a device that never enrolled.
    pub fn of(data: &Path) -> Result<DeviceKey, IdentityFault> {
        match Identity::read(data) {
            Ok(identity) => Ok(DeviceKey(identity.keys().map_err(|reason| IdentityFault::Damaged { path: Identity::path(data), reason })?.device)),
            Err(IdentityFault::NotEnrolled(_) | IdentityFault::KeyLost { .. }) => Ok(DeviceKey::generate()),
            Err(damaged @ IdentityFault::Damaged { .. }) => {
                let kept = Identity::path(data).with_extension("damaged");
                std::fs::rename(Identity::path(data), &kept).map_err(|source| IdentityFault::Unwritable { path: kept.clone(), source })?;
                tracing::warn!(%damaged, kept = %kept.display(), "the identity was put aside and a new one is made");
                Ok(DeviceKey::generate())
            }
            Err(other) => Err(other),
        }
    }

    pub fn public(&self) -> String {
        BASE64.encode(self.0.verifying_key().to_bytes())
    }
}

/// What signs requests and checks answers.
pub struct Keys {
    device: SigningKey,
    hub: VerifyingKey,
}

impl Keys {
    /// The signature of `bytes` by this device, base64.
    pub fn sign(&self, bytes: &[u8]) -> String {
        BASE64.encode(self.device.sign(bytes).to_bytes())
    }

    /// Whether `signature`, base64, is the pinned hub's over `bytes`.
    pub fn is_hub(&self, bytes: &[u8], signature: &str) -> bool {
        let signature = BASE64.decode(signature).ok().and_then(|raw| Signature::from_slice(&raw).ok());
        signature.is_some_and(|signature| self.hub.verify(bytes, &signature).is_ok())
    }
}

/// The key by which another terminal is known.
#[derive(Clone)]
pub struct PeerKey(VerifyingKey);

impl PeerKey {
    /// Reads a public key from base64; none if it is not a key that can sign.
    pub fn read(text: &str) -> Option<PeerKey> {
        let key = VerifyingKey::from_bytes(&decode(text).ok()?).ok()?;
        (!key.is_weak()).then_some(PeerKey(key))
    }

    /// Whether `signature`, base64, is that terminal's over `bytes`.
    pub fn signed(&self, bytes: &[u8], signature: &str) -> bool {
        let signature = BASE64.decode(signature).ok().and_then(|raw| Signature::from_slice(&raw).ok());
        signature.is_some_and(|signature| self.0.verify_strict(bytes, &signature).is_ok())
    }
}

/// A number nobody has used before, base64.
pub fn fresh_nonce() -> String {
    BASE64.encode(random_bytes::<16>())
}

/// Bytes from the system's generator.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the kernel's random numbers are always there");
    bytes
}

fn decode(text: &str) -> Result<[u8; 32], String> {
    let bytes = BASE64.decode(text).map_err(|e| format!("a key is not base64: {e}"))?;
    bytes.try_into().map_err(|raw: Vec<u8>| format!("a key has {} bytes, 32 are needed", raw.len()))
}
