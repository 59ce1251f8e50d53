//! The hub, the terminals and the lines between them, and everything that is done to them.

use super::line::{Line, Quality};
use super::tally::{Causes, Tally};
use super::worker::{Worker, copy_folder};
use crate::crew::cashier::{Cashier, Manner};
use crate::crew::dice::Dice;
use crate::crew::post::Post;
use crate::demo::folder::DemoFolder;
use crate::demo::goods::Goods;
use crate::demo::place::Place;
use crate::demo::shop::{Binaries, Shop};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

/// Units that all terminals sell from, beside the sample shop's own.
const SHELF_UNITS: u32 = 60;
/// All want the same units, so others may have sold them first, or too.
const MANNER: Manner = Manner { excused: &["already_sold", "disputed_unit", "sold_twice"], shelf_of_ten: 6 };

pub struct Fleet<'a> {
    pub shop: Shop,
    pub causes: Causes,
    pub tally: Tally,
    binaries: &'a Binaries,
    folder: &'a DemoFolder,
    goods: Goods,
    workers: Vec<Worker>,
    /// One for each worker.
    lines: Vec<Line>,
    hub_copy: Option<PathBuf>,
    hub_is_up: bool,
}

impl<'a> Fleet<'a> {
    pub fn open(binaries: &'a Binaries, folder: &'a DemoFolder, tally: Tally) -> Result<Self> {
        let shop = Shop::open_larger(binaries, folder, SHELF_UNITS)?;
        let goods = shop.goods()?;
        let (workers, lines) = (vec![], vec![]);
        Ok(Fleet { shop, causes: Causes::default(), tally, binaries, folder, goods, workers, lines, hub_copy: None, hub_is_up: true })
    }

    /// Enrols one more terminal, behind a line of its own, and has somebody sell at it.
    pub fn add_terminal(&mut self, dice: Dice) -> Result<()> {
        let number = self.workers.len() + 1;
        let line = Line::open(self.shop.socket())?;
        let place = self.place(&format!("terminal-{number}"))?;
        place.enrol(&format!("http://{}", line.address), &self.shop.enrol_code(&format!("Till {number}"))?)?;
        let cashier = Cashier::new(self.goods.clone(), format!("C{}-{number}", self.tally.seed), MANNER);
        self.workers.push(Worker::start(Post::new(place, cashier, dice)?));
        self.lines.push(line);
        Ok(())
    }

    /// Waits until every terminal has the catalogue and an open shift.
    pub fn wait_until_begun(&self) -> Result<()> {
        self.workers.iter().try_for_each(Worker::wait_until_begun)
    }

    pub fn terminals(&self) -> usize {
        self.workers.len()
    }

    /// Starts a copy of a terminal's disk beside it, under the same identity.
    pub fn clone_terminal(&mut self, which: usize) -> Result<()> {
        let number = self.workers.len() + 1;
        let line = Line::open(self.shop.socket())?;
        let place = self.place(&format!("terminal-{number}-copy-of-{}", which + 1))?;
        let twin = self.workers[which].copy(place.clone(), format!("C{}-{number}", self.tally.seed))?;
        self.causes.cloned.insert(rewire(&place, &line)?);
        self.workers.push(Worker::start(twin));
        self.lines.push(line);
        self.tally.clones += 1;
        Ok(())
    }

    pub fn spoil(&mut self, which: usize, quality: Quality) {
        self.tally.lines_spoilt += u32::from(quality != Quality::Good);
        self.lines[which].set(quality);
    }

    pub fn spoil_all(&mut self, quality: Quality) {
        (0..self.lines.len()).for_each(|which| self.spoil(which, quality));
    }

    /// The hub's power is cut; it stays away until it is started.
    pub fn kill_hub(&mut self) -> Result<()> {
        if let Some(hub) = self.shop.take_hub() {
            hub.kill()?;
            self.tally.hub_kills += 1;
        }
        self.hub_is_up = false;
        Ok(())
    }

    pub fn ensure_hub(&mut self) -> Result<()> {
        if !self.hub_is_up {
            self.shop.start_hub().context("the hub did not come back")?;
            self.hub_is_up = true;
        }
        Ok(())
    }

    /// Makes a copy of the hub's folder, as a backup would that is made while the hub is down.
    pub fn copy_hub(&mut self) -> Result<()> {
        self.kill_hub()?;
        let copy = self.folder.path().join("hub-copy");
        remove(&copy)?;
        copy_folder(self.shop.hub_folder(), &copy)?;
        self.hub_copy = Some(copy);
        self.ensure_hub()
    }

    /// Puts the older copy in place of the hub's folder, if there is one. Nobody tells the hub.
    pub fn restore_hub(&mut self) -> Result<()> {
        let Some(copy) = self.hub_copy.clone() else { return Ok(()) };
        self.shop.stop_hub()?;
        self.hub_is_up = false;
        remove(&self.shop.hub_folder().to_owned())?;
        copy_folder(&copy, self.shop.hub_folder())?;
        self.causes.hub_restored = true;
        self.tally.hub_restores += 1;
        self.ensure_hub()
    }

    /// An error if a terminal has failed.
    pub fn check_alive(&mut self) -> Result<()> {
        let Some(ended) = self.workers.iter().position(Worker::has_ended) else { return Ok(()) };
        self.workers.remove(ended).join()?;
        bail!("a terminal has ended by itself")
    }

    /// Mends everything and waits until all terminals have sent what they have.
    pub fn heal(&mut self) -> Result<Vec<Post>> {
        self.spoil_all(Quality::Good);
        self.ensure_hub()?;
        let workers = std::mem::take(&mut self.workers);
        workers.iter().for_each(Worker::finish);
        workers.into_iter().map(Worker::join).collect()
    }

    fn place(&self, name: &str) -> Result<Place> {
        let log = self.folder.path().join(format!("{name}.log"));
        Ok(Place::new(&self.binaries.terminal, &self.folder.folder(name)?, &log))
    }
}

/// Has a copied terminal speak over another line, and answers whose copy it is.
fn rewire(place: &Place, line: &Line) -> Result<String> {
    let path = place.folder().join("identity.json");
    let text = fs::read_to_string(&path).with_context(|| format!("{} could not be read", path.display()))?;
    let mut identity: Value = serde_json::from_str(&text).with_context(|| format!("{} is no identity", path.display()))?;
    identity["hub"] = format!("http://{}", line.address).into();
    fs::write(&path, identity.to_string()).with_context(|| format!("{} could not be written", path.display()))?;
    Ok(identity["terminal"].as_str().unwrap_or_default().to_owned())
}

fn remove(folder: &PathBuf) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(fault) if fault.kind() != std::io::ErrorKind::NotFound => Err(fault).with_context(|| format!("{} could not be removed", folder.display())),
        _ => Ok(()),
    }
}
