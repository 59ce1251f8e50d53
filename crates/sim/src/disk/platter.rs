//! What a disk holds: what programs see of it, what is durable, and in which order the rest waits.

use crate::dice::Dice;
use std::collections::{BTreeMap, BTreeSet};

/// A sector is written whole or not at all.
const SECTOR: usize = 512;

pub type Node = u64;

/// A change of a file that is not yet durable.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Truncate(usize),
}

/// One file, whatever its name.
#[derive(Debug, Clone, Default)]
struct Inode {
    /// What programs read.
    seen: Vec<u8>,
    durable: Vec<u8>,
    /// From `durable` to `seen`, unless a sync failed: what that lost is seen but no longer waits.
    waiting: Vec<Change>,
}

/// A change of names that is not yet durable.
#[derive(Debug, Clone)]
enum Renaming {
    Link(String, Node),
    Unlink(String),
    Rename { from: String, to: String },
}

/// The files of one machine.
#[derive(Debug, Clone, Default)]
pub struct Platter {
    inodes: BTreeMap<Node, Inode>,
    next: Node,
    names: BTreeMap<String, Node>,
    durable_names: BTreeMap<String, Node>,
    renamings: Vec<Renaming>,
}

impl Platter {
    pub fn find(&self, name: &str) -> Option<Node> {
        self.names.get(name).copied()
    }

    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.names.keys()
    }

    pub fn create(&mut self, name: &str) -> Node {
        self.next += 1;
        self.inodes.insert(self.next, Inode::default());
        self.rename_by(Renaming::Link(name.to_owned(), self.next));
        self.next
    }

    pub fn unlink(&mut self, name: &str) {
        self.rename_by(Renaming::Unlink(name.to_owned()));
    }

    pub fn rename(&mut self, from: &str, to: &str) {
        self.rename_by(Renaming::Rename { from: from.to_owned(), to: to.to_owned() });
    }

    pub fn seen(&self, node: Node) -> &[u8] {
        self.inodes.get(&node).map_or(&[], |inode| &inode.seen)
    }

    pub fn write(&mut self, node: Node, at: usize, bytes: &[u8]) {
        self.change(node, Change::Write { at, bytes: bytes.to_owned() });
    }

    pub fn truncate(&mut self, node: Node, length: usize) {
        self.change(node, Change::Truncate(length));
    }

    pub fn sync(&mut self, node: Node) {
        if let Some(inode) = self.inodes.get_mut(&node) {
            inode.waiting.drain(..).for_each(|change| change.apply(&mut inode.durable));
        }
    }

    /// A sync that the medium refused. As on Linux, what could not be written is forgotten: it is
    /// still seen, but no later sync tries it again.
    pub fn fail_sync(&mut self, node: Node, dice: &mut Dice) {
        if let Some(inode) = self.inodes.get_mut(&node) {
            inode.waiting.drain(..).for_each(|change| change.apply_in_part(&mut inode.durable, dice));
        }
    }

    pub fn sync_names(&mut self) {
        self.renamings.clear();
        self.durable_names = self.names.clone();
    }

    /// What is left after the power went: of each file any part of what was waiting, of the names
    /// what a file system's own log had written so far.
    pub fn cut_power(&mut self, dice: &mut Dice) {
        let kept = dice.index(self.renamings.len() + 1);
        self.renamings.drain(..).take(kept).for_each(|renaming| renaming.apply(&mut self.durable_names));
        self.names = self.durable_names.clone();
        self.collect();
        for inode in self.inodes.values_mut() {
            inode.waiting.drain(..).for_each(|change| change.apply_in_part(&mut inode.durable, dice));
            inode.seen.clone_from(&inode.durable);
        }
    }

    /// Turns one bit over, on the medium as well as in what is seen.
    pub fn flip(&mut self, node: Node, at: usize, bit: u8) {
        let Some(inode) = self.inodes.get_mut(&node) else { return };
        for bytes in [&mut inode.seen, &mut inode.durable] {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << (bit % 8);
            }
        }
    }

    /// A copy as a backup program makes it: of what is seen.
    pub fn image(&self) -> Platter {
        let mut image = self.clone();
        image.sync_names();
        image.collect();
        for inode in image.inodes.values_mut() {
            inode.waiting.clear();
            inode.durable.clone_from(&inode.seen);
        }
        image
    }

    /// Forgets files without a name. Only when nobody has any open.
    pub fn collect(&mut self) {
        let named: BTreeSet<Node> = self.names.values().chain(self.durable_names.values()).copied().collect();
        let waiting = self.renamings.iter().filter_map(|renaming| if let Renaming::Link(_, node) = renaming { Some(*node) } else { None });
        let kept: BTreeSet<Node> = named.into_iter().chain(waiting).collect();
        self.inodes.retain(|node, _| kept.contains(node));
    }

    fn change(&mut self, node: Node, change: Change) {
        if let Some(inode) = self.inodes.get_mut(&node) {
            change.clone().apply(&mut inode.seen);
            inode.waiting.push(change);
        }
    }

    fn rename_by(&mut self, renaming: Renaming) {
        renaming.clone().apply(&mut self.names);
        self.renamings.push(renaming);
    }
}

impl Change {
    fn apply(self, to: &mut Vec<u8>) {
        match self {
            Change::Truncate(length) => to.resize(length, 0),
            Change::Write { at, bytes } => put(to, at, &bytes),
        }
    }

    /// All of it, nothing of it, or any of its sectors.
    fn apply_in_part(self, to: &mut Vec<u8>, dice: &mut Dice) {
        match (dice.below(3), &self) {
            (0, _) => {}
            (1, Change::Write { at, bytes }) => sectors(*at, bytes).filter(|_| dice.one_in(2)).for_each(|(at, sector)| put(to, at, sector)),
            _ => self.apply(to),
        }
    }
}

impl Renaming {
    fn apply(self, names: &mut BTreeMap<String, Node>) {
        match self {
            Renaming::Link(name, node) => {
                names.insert(name, node);
            }
            Renaming::Unlink(name) => {
                names.remove(&name);
            }
            Renaming::Rename { from, to } => {
                if let Some(node) = names.remove(&from) {
                    names.insert(to, node);
                }
            }
        }
    }
}

/// What lies between the end and `at` reads as zeros.
fn put(to: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if to.len() < end {
        to.resize(end, 0);
    }
    to[at..end].copy_from_slice(bytes);
}

/// The parts of a write that lie in one sector each, with their places.
fn sectors(at: usize, bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut rest = bytes;
    let mut at = at;
    std::iter::from_fn(move || {
        let (sector, behind) = rest.split_at(rest.len().min(SECTOR - at % SECTOR));
        let place = at;
        (rest, at) = (behind, at + sector.len());
        (!sector.is_empty()).then_some((place, sector))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after_cut(make: impl Fn(&mut Platter), seed: u64) -> Vec<(String, Vec<u8>)> {
        let mut platter = Platter::default();
        make(&mut platter);
        platter.cut_power(&mut Dice::new(seed));
        let names: Vec<String> = platter.names().cloned().collect();
        names.into_iter().map(|name| (name.clone(), platter.seen(platter.find(&name).unwrap_or(0)).to_owned())).collect()
    }

    /// Everything that a hundred power cuts leave.
    fn outcomes(make: impl Fn(&mut Platter)) -> BTreeSet<Vec<(String, Vec<u8>)>> {
        (0..100).map(|seed| after_cut(&make, seed)).collect()
    }

    fn file(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
        vec![("a".to_owned(), bytes.to_owned())]
    }

    #[test]
    fn what_is_synced_stays_and_nothing_else_is_sure() {
        let synced = |platter: &mut Platter| {
            let node = platter.create("a");
            platter.write(node, 0, b"one");
            platter.sync(node);
            platter.sync_names();
        };
        assert_eq!(outcomes(synced), BTreeSet::from([file(b"one")]));
        let and_more = |platter: &mut Platter| {
            synced(platter);
            platter.write(1, 3, b"two");
        };
        assert_eq!(outcomes(and_more), BTreeSet::from([file(b"one"), file(b"onetwo")]));
        let nameless = |platter: &mut Platter| {
            let node = platter.create("a");
            platter.write(node, 0, b"one");
            platter.sync(node);
        };
        assert_eq!(outcomes(nameless), BTreeSet::from([vec![], file(b"one")]));
    }

    #[test]
    fn a_write_tears_between_sectors_only() {
        let found = outcomes(|platter| {
            let node = platter.create("a");
            platter.sync_names();
            platter.write(node, 0, &[7; 1000]);
        });
        let (first, second) = ([vec![7; 512]].concat(), [vec![0; 512], vec![7; 488]].concat());
        assert_eq!(found, BTreeSet::from([file(b""), file(&first), file(&second), file(&[7; 1000])]));
    }

    #[test]
    fn a_renaming_is_all_or_nothing() {
        let found = outcomes(|platter| {
            let node = platter.create("new");
            platter.write(node, 0, b"n");
            platter.sync(node);
            let old = platter.create("a");
            platter.write(old, 0, b"o");
            platter.sync(old);
            platter.sync_names();
            platter.rename("new", "a");
        });
        let both = vec![("a".to_owned(), b"o".to_vec()), ("new".to_owned(), b"n".to_vec())];
        assert_eq!(found, BTreeSet::from([both, file(b"n")]));
    }

    #[test]
    fn what_a_failed_sync_lost_is_seen_but_never_durable() {
        let mut lost = 0;
        for seed in 0..50 {
            let mut platter = Platter::default();
            let mut dice = Dice::new(seed);
            let node = platter.create("a");
            platter.sync_names();
            platter.write(node, 0, b"one");
            platter.fail_sync(node, &mut dice);
            assert_eq!(platter.seen(node), b"one");
            platter.sync(node);
            platter.cut_power(&mut dice);
            lost += u32::from(platter.seen(node).is_empty());
        }
        assert!((5..45).contains(&lost), "{lost} of 50");
    }
}
