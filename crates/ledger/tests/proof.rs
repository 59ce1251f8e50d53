//! Paths to the root of a tree: against the definition, for every op of every short log.

use ledger::op::Hash;
use ledger::proof::{PATH_MAX, Tree, root_of};
use sha2::{Digest, Sha256};

const OPS_MAX: u64 = 70;

fn log_hash(number: u64) -> Hash {
    Hash::of(format!("op {number}").as_bytes())
}

/// The tree hash as RFC 6962 defines it: split at the largest power of two below the length.
fn defined(leaves: &[Hash]) -> Hash {
    let hash = |parts: &[&[u8]]| Hash(parts.iter().fold(Sha256::new(), |hasher, part| hasher.chain_update(part)).finalize().into());
    match leaves {
        [] => Hash::of(b""),
        [one] => hash(&[&[0], &one.0]),
        many => {
            let (left, right) = many.split_at(many.len().next_power_of_two() / 2);
            hash(&[&[1], &defined(left).0, &defined(right).0])
        }
    }
}

fn tree(ops: u64, wanted: &[u64]) -> (Hash, Vec<Vec<Hash>>) {
    let mut tree = Tree::with_paths(wanted);
    (1..=ops).for_each(|number| tree.push(&log_hash(number)));
    assert_eq!((tree.len(), tree.is_empty()), (ops, ops == 0));
    assert_eq!(tree.root(), tree.clone().finish().0);
    tree.finish()
}

#[test]
fn every_path_of_every_short_log_leads_to_the_defined_root() {
    for ops in 0..=OPS_MAX {
        let numbers: Vec<u64> = (1..=ops).collect();
        let (root, paths) = tree(ops, &numbers);
        assert_eq!(root, defined(&numbers.iter().map(|number| log_hash(*number)).collect::<Vec<_>>()), "{ops} ops");
        assert_eq!(paths.len() as u64, ops);
        for (number, path) in (1..).zip(&paths) {
            assert!(path.len() <= PATH_MAX);
            assert_eq!(root_of(number, ops, &log_hash(number), path), Some(root), "op {number} of {ops}");
        }
    }
}

#[test]
fn another_path_leads_elsewhere() {
    for ops in 1..=OPS_MAX {
        let (root, paths) = tree(ops, &(1..=ops).collect::<Vec<_>>());
        for (number, path) in (1..).zip(&paths) {
            let check = |number, ops, hash: Hash, path: &[Hash], what: &str| {
                assert_ne!(root_of(number, ops, &hash, path), Some(root), "op {number} of {ops}: {what}");
            };
            check(number, ops, log_hash(number + 1), path, "another op");
            check(number, ops, Hash::default(), path, "no op");
            for other in (0..=ops + 1).filter(|other| *other != number) {
                check(other, ops, log_hash(number), path, "another number");
            }
            let longer: Vec<Hash> = path.iter().copied().chain([root]).collect();
            check(number, ops, log_hash(number), &longer, "a longer path");
            for at in 0..path.len() {
                let mut changed = path.clone();
                changed[at].0[31] ^= 1;
                check(number, ops, log_hash(number), &changed, "a changed hash");
                changed.remove(at);
                check(number, ops, log_hash(number), &changed, "a hash left out");
            }
        }
        assert_eq!(root_of(1, 0, &log_hash(1), &[]), None);
    }
}

/// Asking for a few costs no others, and order and repetition do not matter.
#[test]
fn only_the_wanted_paths_are_kept() {
    let (root, all) = tree(50, &(1..=50).collect::<Vec<_>>());
    for wanted in [&[][..], &[50], &[7, 3], &[1, 25, 50], &[33, 33]] {
        let mut sorted = wanted.to_vec();
        sorted.sort_unstable();
        let expected: Vec<_> = sorted.iter().map(|number| all[*number as usize - 1].clone()).collect();
        assert_eq!(tree(50, wanted), (root, expected), "{wanted:?}");
    }
}
