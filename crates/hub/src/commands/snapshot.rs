//! A terminal's catalogue as one file, to be carried where no network goes.

use super::progress::Progress;
use hub::config::Config;
use hub::snapshots::{Snapshot, pack};
use hub::{folder, now_ms};
use ledger::sync::carried::CarriedHead;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Bytes copied at once.
const BLOCK_BYTES: usize = 256 * 1024;

pub fn run(config: &Config, out: &Path) -> anyhow::Result<()> {
    let mut reader = super::reader(config)?;
    folder::prepare(&config.data)?;
    let (hub, key) = super::identity(&mut reader)?;
    // The stick may be small and slow: the files on the way to it lie in the hub's own folder.
    let scratch = Scratch::new(&config.data);
    let head = reader.snapshot(&scratch.plain)?;
    let packed = pack(&scratch.plain, &scratch.packed).map_err(|e| cannot(&scratch.packed, &e))?;
    let mut head = CarriedHead::new(&hub, now_ms(), Snapshot { head, packed }.manifest());
    head.signature = key.sign(&head.signed());
    write(&head, &scratch.packed, out).map_err(|e| cannot(out, &e))?;
    println!("{} holds the catalogue of hub {hub} up to position {}. On the terminal, while it is closed:", out.display(), head.manifest.pos);
    println!("  counterfoil load-snapshot --file {}", out.display());
    Ok(())
}

/// Writes under another name first, so that a stick that is full or taken out holds no half file under
/// the name of a whole one.
fn write(head: &CarriedHead, packed: &Path, out: &Path) -> io::Result<()> {
    let mut name = out.as_os_str().to_owned();
    name.push(".partial");
    let partial = PathBuf::from(name);
    let written = copy(head, packed, &partial).and_then(|()| fs::rename(&partial, out));
    if written.is_err() {
        let _there_may_be_none = fs::remove_file(&partial);
    }
    written
}

fn copy(head: &CarriedHead, packed: &Path, partial: &Path) -> io::Result<()> {
    let mut progress = Progress::of("bytes written");
    let (mut from, mut to) = (File::open(packed)?, File::create(partial)?);
    let mut line = serde_json::to_vec(head)?;
    line.push(b'\n');
    to.write_all(&line)?;
    let (mut block, mut done) = (vec![0; BLOCK_BYTES], 0);
    loop {
        let length = from.read(&mut block)?;
        if length == 0 {
            return to.sync_all();
        }
        to.write_all(&block[..length])?;
        done += length as u64;
        progress.tell(done, head.manifest.bytes);
    }
}

/// Files of this process in the data folder, gone with it.
struct Scratch {
    plain: PathBuf,
    packed: PathBuf,
}

impl Scratch {
    fn new(folder: &Path) -> Scratch {
        let name = |ending: &str| folder.join(format!("carried-{}.{ending}", std::process::id()));
        let scratch = Scratch { plain: name("sqlite"), packed: name("zst") };
        scratch.forget();
        scratch
    }

    fn forget(&self) {
        for path in [&self.plain, &self.packed] {
            let _there_may_be_none = fs::remove_file(path);
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        self.forget();
    }
}

fn cannot(path: &Path, error: &io::Error) -> anyhow::Error {
    anyhow::anyhow!("{} cannot be written: {error}.", path.display())
}
