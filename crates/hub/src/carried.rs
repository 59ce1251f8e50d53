//! A terminal's catalogue as one signed file, to be carried where no network goes.

use crate::keys::HubKey;
use crate::snapshots::{Snapshot, pack};
use engine::fault::Fault;
use engine::hub::HubReader;
use ledger::sync::carried::CarriedHead;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Bytes copied at once.
const BLOCK_BYTES: usize = 256 * 1024;

/// Who vouches for the file, and when.
pub struct Sender<'a> {
    pub hub: &'a str,
    pub key: &'a HubKey,
    pub now_ms: i64,
}

/// Writes the catalogue as it stands now to `out`. The files on the way there lie in `scratch`: the
/// stick may be small and slow. `progress` is told how many bytes of how many are done.
pub fn carry(reader: &mut HubReader, sender: &Sender<'_>, scratch: &Path, out: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<CarriedHead, Fault> {
    let scratch = Scratch::new(scratch);
    let head = reader.snapshot(&scratch.plain)?;
    let packed = pack(&scratch.plain, &scratch.packed).map_err(|e| Fault::io(&scratch.packed, e))?;
    let mut head = CarriedHead::new(sender.hub, sender.now_ms, Snapshot { head, packed }.manifest());
    head.signature = sender.key.sign(&head.signed());
    write(&head, &scratch.packed, out, progress).map_err(|e| Fault::io(out, e))?;
    Ok(head)
}

/// Writes under another name first, so that a stick that is full or taken out holds no half file under
/// the name of a whole one.
fn write(head: &CarriedHead, packed: &Path, out: &Path, progress: &mut dyn FnMut(u64, u64)) -> io::Result<()> {
    let mut name = out.as_os_str().to_owned();
    name.push(".partial");
    let partial = PathBuf::from(name);
    let written = copy(head, packed, &partial, progress).and_then(|()| fs::rename(&partial, out));
    if written.is_err() {
        let _there_may_be_none = fs::remove_file(&partial);
    }
    written
}

fn copy(head: &CarriedHead, packed: &Path, partial: &Path, progress: &mut dyn FnMut(u64, u64)) -> io::Result<()> {
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
        progress(done, head.manifest.bytes);
    }
}

/// Files of this process, gone when it is done.
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
