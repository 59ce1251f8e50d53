//! Secrets and signatures: the hub's key, terminals' keys, enrolment codes, the admin token.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use ledger::op::Hash;
use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Letters of a code: no I, L, O or U, so that none is read as another.
const CODE_LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// 28 letters of five bits each: 140 bits, more than anybody can try in fifteen minutes.
const CODE_LENGTH: usize = 28;
const CODE_GROUP: usize = 4;

/// The key that signs this hub's answers.
pub struct HubKey(SigningKey);

impl HubKey {
    pub fn from_secret(secret: &[u8; 32]) -> HubKey {
        HubKey(SigningKey::from_bytes(secret))
    }

    /// The public half, base64: what a terminal pins.
    pub fn public(&self) -> String {
        BASE64.encode(self.0.verifying_key().as_bytes())
    }

    /// Signature in base64.
    pub fn sign(&self, bytes: &[u8]) -> String {
        BASE64.encode(self.0.sign(bytes).to_bytes())
    }
}

/// Reads a device's public key from base64; none if it is not a key that can sign.
pub fn device_key(text: &str) -> Option<[u8; 32]> {
    let bytes: [u8; 32] = BASE64.decode(text).ok()?.try_into().ok()?;
    let key = VerifyingKey::from_bytes(&bytes).ok()?;
    (!key.is_weak()).then_some(bytes)
}

/// Whether `signature` (base64) of `bytes` was made by the device's key.
pub fn signed_by(key: &[u8; 32], bytes: &[u8], signature: &str) -> bool {
    let parsed = || {
        let signature: [u8; 64] = BASE64.decode(signature).ok()?.try_into().ok()?;
        Some((VerifyingKey::from_bytes(key).ok()?, Signature::from_bytes(&signature)))
    };
    parsed().is_some_and(|(key, signature)| key.verify_strict(bytes, &signature).is_ok())
}

/// A one-time code for one enrolment. Shown once, stored as its hash.
#[derive(Clone, PartialEq, Eq)]
pub struct EnrolCode(String);

impl EnrolCode {
    pub fn random() -> EnrolCode {
        let mut random = [0; CODE_LENGTH];
        fill_random(&mut random);
        EnrolCode(random.iter().map(|byte| char::from(CODE_LETTERS[usize::from(byte % 32)])).collect())
    }

    /// Reads what a person typed: case, blanks and dashes do not matter, nor O for 0 or I and L for 1.
    pub fn read(typed: &str) -> EnrolCode {
        let letters = typed.chars().filter(|c| !c.is_whitespace() && *c != '-').map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        });
        EnrolCode(letters.take(CODE_LENGTH + 1).collect())
    }

    pub fn hash(&self) -> Hash {
        Hash::of(self.0.as_bytes())
    }
}

/// In groups, as it is read out and typed.
impl fmt::Display for EnrolCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, letter) in self.0.chars().enumerate() {
            if index > 0 && index % CODE_GROUP == 0 {
                f.write_str("-")?;
            }
            write!(f, "{letter}")?;
        }
        Ok(())
    }
}

/// The back office's secret. Only its hash is kept in memory, and compared.
pub struct AdminToken(Hash);

impl AdminToken {
    /// Reads the token's file, or makes it with a fresh token.
    pub fn load(path: &Path) -> io::Result<AdminToken> {
        let text = match fs::read_to_string(path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => make_token(path)?,
            read => read?,
        };
        let text = text.trim();
        if text.len() < 16 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the token has fewer than 16 characters"));
        }
        Ok(AdminToken(Hash::of(text.as_bytes())))
    }

    pub fn is(&self, text: &str) -> bool {
        self.0 == Hash::of(text.as_bytes())
    }
}

fn make_token(path: &Path) -> io::Result<String> {
    let mut random = [0; 32];
    fill_random(&mut random);
    let token: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(format!("{token}\n").as_bytes())?;
    file.sync_all()?;
    Ok(token)
}

/// A short random name, for requests in the log.
pub fn random_name() -> String {
    let mut random = [0; 6];
    fill_random(&mut random);
    random.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn fill_random(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the operating system always has random numbers to give");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_survives_being_typed() {
        let code = EnrolCode::random();
        let shown = code.to_string();
        assert_eq!(shown.len(), CODE_LENGTH + CODE_LENGTH / CODE_GROUP - 1);
        let sloppy = format!(" {} ", shown.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l"));
        for typed in [&shown, &sloppy] {
            assert!(EnrolCode::read(typed) == code, "{typed}");
        }
        assert!(EnrolCode::read(&format!("{shown}0")) != code);
        assert!(EnrolCode::random() != code);
    }

    #[test]
    fn only_the_own_key_signs() {
        let hub = HubKey::from_secret(&[7; 32]);
        let key = device_key(&hub.public()).expect("a public key");
        let signature = hub.sign(b"words");
        assert!(signed_by(&key, b"words", &signature));
        for (bytes, signature) in [(&b"sword"[..], &*signature), (b"words", "?"), (b"words", "AAAA"), (b"words", "")] {
            assert!(!signed_by(&key, bytes, signature), "{bytes:?} {signature}");
        }
        let other = device_key(&HubKey::from_secret(&[8; 32]).public()).expect("a public key");
        assert!(!signed_by(&other, b"words", &signature));
        assert_eq!(device_key("AAAA"), None);
        assert_eq!(device_key(&BASE64.encode([0; 32])), None, "the point of small order verifies anything");
    }
}
