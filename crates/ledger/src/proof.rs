//! Short proofs that something stands in the hub's log.
//!
//! The log itself is a hash chain: each [log hash](crate::sync::wire::log_hash) covers one op and all before it. That makes
//! a signed head strong, but a proof by the chain alone would have to bring everything between the op
//! and the head. So the log hashes are also the leaves of a binary tree as in RFC 6962, built when a
//! proof is asked for. A path of as many hashes as the log's length has bits leads from a leaf to the
//! root, and the hub signs the root together with the head of the chain.
//!
//! What a path proves: at that number of the log whose root this is stood this log hash, and so this
//! op after exactly those before it. What it does not: that the root is that of the log which others
//! were shown. That is seen by whoever has the log and computes the root again.

use crate::op::Hash;
use crate::sync::wire::LogHead;
use sha2::{Digest, Sha256};

/// Most hashes of a path: no log is longer than 2^64.
pub const PATH_MAX: usize = 64;

/// The bytes the hub signs to vouch for the tree over its log up to a head.
pub fn signed_tree(hub: &str, head: &LogHead, root: &Hash) -> Vec<u8> {
    format!("counterfoil tree 1\n{hub}\n{}\n{}\n{root}\n", head.number, head.hash).into_bytes()
}

/// Builds the tree from the log hashes in their order, keeping one hash for each bit of their count
/// and the paths that are wanted.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// Whole subtrees from left to right, each smaller than the one before.
    subtrees: Vec<Subtree>,
    leaves: u64,
    wanted: Vec<Path>,
}

#[derive(Debug, Clone, Copy)]
struct Subtree {
    hash: Hash,
    first: u64,
    leaves: u64,
}

#[derive(Debug, Clone)]
struct Path {
    leaf: u64,
    hashes: Vec<Hash>,
}

impl Tree {
    /// An empty tree that will know the paths of the ops with these numbers.
    pub fn with_paths(numbers: &[u64]) -> Tree {
        let wanted = numbers.iter().filter(|number| **number > 0).map(|number| Path { leaf: number - 1, hashes: Vec::new() });
        let mut wanted: Vec<Path> = wanted.collect();
        wanted.sort_by_key(|path| path.leaf);
        Tree { wanted, ..Tree::default() }
    }

    /// Appends the log hash of the next op.
    pub fn push(&mut self, log_hash: &Hash) {
        self.subtrees.push(Subtree { hash: leaf(log_hash), first: self.leaves, leaves: 1 });
        self.leaves += 1;
        while let [.., left, right] = self.subtrees[..]
            && left.leaves == right.leaves
        {
            self.join(left, right);
        }
    }

    /// How many ops it covers.
    pub fn len(&self) -> u64 {
        self.leaves
    }

    pub fn is_empty(&self) -> bool {
        self.leaves == 0
    }

    /// The root over what was pushed so far.
    pub fn root(&self) -> Hash {
        self.clone().finish().0
    }

    /// The root and, in order of their numbers, the wanted paths.
    pub fn finish(mut self) -> (Hash, Vec<Vec<Hash>>) {
        while let [.., left, right] = self.subtrees[..] {
            self.join(left, right);
        }
        let root = self.subtrees.first().map_or_else(|| Hash::of(b""), |subtree| subtree.hash);
        (root, self.wanted.into_iter().map(|path| path.hashes).collect())
    }

    /// Makes one of the last two subtrees; each is what the leaves of the other need.
    fn join(&mut self, left: Subtree, right: Subtree) {
        let from = self.wanted.partition_point(|path| path.leaf < left.first);
        for path in &mut self.wanted[from..] {
            if path.leaf >= right.first + right.leaves {
                break;
            }
            path.hashes.push(if path.leaf < right.first { right.hash } else { left.hash });
        }
        self.subtrees.truncate(self.subtrees.len() - 2);
        self.subtrees.push(Subtree { hash: node(&left.hash, &right.hash), first: left.first, leaves: left.leaves + right.leaves });
    }
}

/// The root to which a path leads from the op with that number in a log of `ops` ops; none if the
/// path has not the length that it must have.
pub fn root_of(number: u64, ops: u64, log_hash: &Hash, path: &[Hash]) -> Option<Hash> {
    let (mut at, mut last) = (number.checked_sub(1)?, ops.checked_sub(1)?);
    if at > last {
        return None;
    }
    let mut hash = leaf(log_hash);
    for beside in path {
        if last == 0 {
            return None;
        }
        if at & 1 == 1 || at == last {
            hash = node(beside, &hash);
            // On the right edge the levels without a partner are passed over.
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            hash = node(&hash, beside);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    (last == 0).then_some(hash)
}

/// Leaves and nodes are hashed apart, so that none can be taken for the other.
fn leaf(log_hash: &Hash) -> Hash {
    Hash(Sha256::new().chain_update([0]).chain_update(log_hash.0).finalize().into())
}

fn node(left: &Hash, right: &Hash) -> Hash {
    Hash(Sha256::new().chain_update([1]).chain_update(left.0).chain_update(right.0).finalize().into())
}
