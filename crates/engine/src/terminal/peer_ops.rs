//! The journal's tables about other terminals: who they are, and which of their ops came from
//! themselves before the hub told their effect.

use super::catalogue::Standing;
use super::forks::{self, Told};
use super::journal::{as_u32, hash, number};
use crate::fault::Fault;
use crate::sql::{Record, Sql, Value, first};
use ledger::id::TerminalId;
use ledger::op::{Hash, Op};
use ledger::sync::peer::PEERS_MAX;
use ledger::sync::wire::Peer;
use std::collections::{BTreeMap, BTreeSet};

/// Ops read at a time.
const PAGE_OPS: i64 = 200;
/// A logical clock beyond this is nobody's; it must not pull ours along.
pub const HLC_MAX: u64 = 1 << 62;

/// Where an op stands among those that the hub has not told yet. Every terminal orders them in the
/// same way, and none before an op that its author knew.
pub type Rank = (u64, TerminalId, u32, u64);

/// An op's author, incarnation and number.
type Place = (TerminalId, u32, u64);

pub fn rank(op: &Op) -> Rank {
    (op.at.hlc.min(HLC_MAX), op.device.clone(), op.incarnation, op.seq)
}

/// How much is kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Kept {
    pub ops: BTreeMap<TerminalId, u64>,
    pub bytes: u64,
}

/// An op as a peer sent it.
pub struct PeerOp<'a> {
    pub device: &'a TerminalId,
    pub incarnation: u32,
    pub seq: u64,
    pub bytes: &'a [u8],
    /// None if it is of a kind that this version does not know.
    pub op: Option<Op>,
}

pub fn peers(sql: &mut dyn Sql) -> Result<Vec<Peer>, Fault> {
    let found = sql.rows("SELECT terminal, name, key FROM peer ORDER BY terminal LIMIT $1", &[Value::count(PEERS_MAX as u64)])?;
    let peer = |row: Record| Peer { terminal: TerminalId::from(row[0].as_text()), name: row[1].as_text().to_owned(), key: row[2].as_text().to_owned() };
    Ok(found.into_iter().map(peer).collect())
}

/// Replaces whom the hub named before. Whoever is not named any more is not believed any more.
pub fn save_peers(sql: &mut dyn Sql, told: &[Peer]) -> Result<(), Fault> {
    sql.exec("DELETE FROM peer", &[])?;
    for peer in told.iter().take(PEERS_MAX) {
        let text = "INSERT INTO peer (terminal, name, key) VALUES ($1, $2, $3) ON CONFLICT (terminal) DO NOTHING";
        sql.exec(text, &[peer.terminal.as_str().into(), peer.name.as_str().into(), peer.key.as_str().into()])?;
    }
    Ok(())
}

pub fn insert(sql: &mut dyn Sql, op: &PeerOp) -> Result<(), Fault> {
    let hlc = op.op.as_ref().map_or(0, |op| op.at.hlc.min(HLC_MAX));
    let text = "INSERT INTO peer_op (device, incarnation, seq, hlc, hash, bytes) VALUES ($1, $2, $3, $4, $5, $6)";
    let hash = Hash::of(op.bytes).0.to_vec();
    sql.exec(text, &[op.device.as_str().into(), number(op.incarnation), op.seq.into(), hlc.into(), hash.into(), op.bytes.to_vec().into()]).map(drop)
}

pub fn hash_at(sql: &mut dyn Sql, device: &TerminalId, incarnation: u32, seq: u64) -> Result<Option<Hash>, Fault> {
    let text = "SELECT hash FROM peer_op WHERE device = $1 AND incarnation = $2 AND seq = $3";
    Ok(first(sql, text, &[device.as_str().into(), number(incarnation), seq.into()])?.map(|row| hash(&row[0])))
}

/// The last op of a chain that is kept, without a gap after `base`.
pub fn gapless_end(sql: &mut dyn Sql, device: &TerminalId, incarnation: u32, base: u64) -> Result<u64, Fault> {
    let mut end = base;
    loop {
        let text = "SELECT seq FROM peer_op WHERE device = $1 AND incarnation = $2 AND seq > $3 ORDER BY seq LIMIT $4";
        let page = sql.rows(text, &[device.as_str().into(), number(incarnation), end.into(), Value::Int(PAGE_OPS)])?;
        let linked = page.iter().zip(end + 1..).take_while(|(row, seq)| row[0].as_count() == *seq).count();
        end += linked as u64;
        if linked < PAGE_OPS as usize {
            return Ok(end);
        }
    }
}

/// Every op that can be read, ordered by its rank.
pub fn all(sql: &mut dyn Sql) -> Result<(Vec<Op>, Kept), Fault> {
    let (mut ops, mut kept) = (Vec::new(), Kept::default());
    let mut place = (String::new(), 0, 0);
    loop {
        let text =
            "SELECT device, incarnation, seq, bytes FROM peer_op WHERE (device, incarnation, seq) > ($1, $2, $3) ORDER BY device, incarnation, seq LIMIT $4";
        let page = sql.rows(text, &[place.0.as_str().into(), number(place.1), place.2.into(), Value::Int(PAGE_OPS)])?;
        let Some(last) = page.last() else { break };
        place = (last[0].as_text().to_owned(), as_u32(&last[1]), last[2].as_count());
        for row in &page {
            *kept.ops.entry(TerminalId::from(row[0].as_text())).or_default() += 1;
            kept.bytes += row[3].as_bytes().len() as u64;
            ops.extend(Op::read(row[3].as_bytes()));
        }
    }
    ops.sort_by_cached_key(rank);
    Ok((ops, kept))
}

/// Drops what the catalogue contains; what the hub has parked is not in its rows.
pub fn forget_contained(sql: &mut dyn Sql, catalogue: &mut dyn Sql, standing: &Standing) -> Result<u64, Fault> {
    let (mut dropped, parked_forks) = forget_forks(sql, catalogue, standing)?;
    for chain in standing.contained.iter().filter(|_| standing.cursor.is_some()) {
        let mut after = 0;
        let forks = parked_forks.iter().filter(|(device, incarnation, _)| (device, *incarnation) == (&chain.device, chain.incarnation));
        let forks = forks.map(|(.., seq)| *seq).filter(|seq| *seq <= chain.seq);
        let parked: BTreeSet<u64> = standing.parked_of(&chain.device, chain.incarnation).into_iter().chain(forks).collect();
        for before in parked.into_iter().chain([chain.seq + 1]) {
            let text = "DELETE FROM peer_op WHERE device = $1 AND incarnation = $2 AND seq > $3 AND seq < $4";
            dropped += sql.exec(text, &[chain.device.as_str().into(), number(chain.incarnation), after.into(), before.into()])?;
            after = before;
        }
    }
    Ok(dropped)
}

/// Drops what the hub has under another number and the rows tell, and answers what it has parked of those.
fn forget_forks(sql: &mut dyn Sql, catalogue: &mut dyn Sql, standing: &Standing) -> Result<(u64, Vec<Place>), Fault> {
    let (mut dropped, mut parked) = (0, Vec::new());
    if !forks::any_after(catalogue, 0)? {
        return Ok((dropped, parked));
    }
    for row in sql.rows("SELECT device, incarnation, seq, hash FROM peer_op", &[])? {
        let (device, incarnation, seq) = (TerminalId::from(row[0].as_text()), as_u32(&row[1]), row[2].as_count());
        match forks::told(catalogue, standing, (&device, incarnation, seq), hash(&row[3]))? {
            Some(Told::Settled) => {
                let text = "DELETE FROM peer_op WHERE device = $1 AND incarnation = $2 AND seq = $3";
                dropped += sql.exec(text, &row[..3])?;
            }
            Some(Told::Parked) => parked.push((device, incarnation, seq)),
            None => {}
        }
    }
    Ok((dropped, parked))
}

pub fn is_empty(sql: &mut dyn Sql) -> Result<bool, Fault> {
    Ok(first(sql, "SELECT 1 FROM peer_op LIMIT 1", &[])?.is_none())
}

/// The furthest logical clock of what is kept.
pub fn hlc_max(sql: &mut dyn Sql) -> Result<u64, Fault> {
    Ok(first(sql, "SELECT max(hlc) FROM peer_op", &[])?.map_or(0, |row| row[0].as_count()))
}
