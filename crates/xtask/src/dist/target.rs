//! What is built for, and what Debian calls it.

use anyhow::{Result, bail};
use std::process::Command;
use std::str::FromStr;

/// What this machine runs itself, if it is one of the usual ones.
pub const NATIVE: &str = if cfg!(target_arch = "aarch64") { "aarch64-unknown-linux-gnu" } else { "x86_64-unknown-linux-gnu" };

/// Headers and names to link by, for text, input devices and keyboard layouts; Debian installs them for
/// several architectures side by side.
const LIBRARIES: [&str; 4] = ["libfontconfig-dev", "libinput-dev", "libudev-dev", "libxkbcommon-dev"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    X86_64,
    Aarch64,
    Armv7,
}

/// One line of the table of names.
struct Names {
    triple: &'static str,
    architecture: &'static str,
    /// How the tools and the folders of libraries are called.
    gnu: &'static str,
}

impl Target {
    const ALL: [Target; 3] = [Target::X86_64, Target::Aarch64, Target::Armv7];

    fn names(self) -> Names {
        match self {
            Target::X86_64 => Names { triple: "x86_64-unknown-linux-gnu", architecture: "amd64", gnu: "x86_64-linux-gnu" },
            Target::Aarch64 => Names { triple: "aarch64-unknown-linux-gnu", architecture: "arm64", gnu: "aarch64-linux-gnu" },
            Target::Armv7 => Names { triple: "armv7-unknown-linux-gnueabihf", architecture: "armhf", gnu: "arm-linux-gnueabihf" },
        }
    }

    /// As cargo calls it.
    pub fn triple(self) -> &'static str {
        self.names().triple
    }

    /// As Debian calls it.
    pub fn architecture(self) -> &'static str {
        self.names().architecture
    }

    pub fn is_native(self) -> bool {
        self.triple() == NATIVE
    }

    /// The system packages that building for it needs.
    pub fn packages(self) -> Vec<String> {
        let Names { architecture, gnu, .. } = self.names();
        if self.is_native() {
            return ["gcc", "libc6-dev", "pkg-config", "dpkg-dev"].iter().chain(&LIBRARIES).map(ToString::to_string).collect();
        }
        let tools = [format!("gcc-{gnu}"), format!("libc6-dev-{architecture}-cross"), "pkg-config".to_owned(), "dpkg-dev".to_owned()];
        tools.into_iter().chain(LIBRARIES.iter().map(|library| format!("{library}:{architecture}"))).collect()
    }

    /// Tells cargo, and what it starts, where this target's linker and libraries are.
    pub fn set_environment(self, command: &mut Command) {
        if self.is_native() {
            return;
        }
        let Names { triple, gnu, .. } = self.names();
        let compiler = format!("{gnu}-gcc");
        let (upper, lower) = (triple.to_uppercase().replace('-', "_"), triple.replace('-', "_"));
        command.env(format!("CARGO_TARGET_{upper}_LINKER"), &compiler).env(format!("CC_{lower}"), &compiler);
        command.env("PKG_CONFIG_ALLOW_CROSS", "1").env("PKG_CONFIG_LIBDIR", format!("/usr/lib/{gnu}/pkgconfig:/usr/share/pkgconfig"));
    }
}

impl FromStr for Target {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Target> {
        match Target::ALL.into_iter().find(|target| target.triple() == text) {
            Some(target) => Ok(target),
            None => bail!("give one of {}", Target::ALL.map(Target::triple).join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_board_is_built_for_by_debians_own_names() {
        let target: Target = "aarch64-unknown-linux-gnu".parse().unwrap();
        if target.is_native() {
            return;
        }
        assert!(target.packages().contains(&"gcc-aarch64-linux-gnu".to_owned()));
        assert!(target.packages().contains(&"libinput-dev:arm64".to_owned()));
        let mut command = Command::new("true");
        target.set_environment(&mut command);
        let linker = command.get_envs().find(|(name, _)| *name == "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER");
        assert_eq!(linker.and_then(|(_, value)| value), Some("aarch64-linux-gnu-gcc".as_ref()));
    }

    #[test]
    fn an_unknown_target_is_answered_with_those_that_are_known() {
        let refusal = "sparc".parse::<Target>().unwrap_err().to_string();
        assert!(refusal.contains("armv7-unknown-linux-gnueabihf"), "{refusal}");
    }
}
