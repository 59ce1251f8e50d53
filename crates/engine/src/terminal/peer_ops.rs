//! The journal's tables about other terminals: who they are, and which of their ops came from
//! themselves before the hub told their effect.

use super::at_hub;
use super::catalogue::Standing;
use super::journal::{as_u32, hash, number};
use crate::fault::Fault;
use crate::sql::{Record, Sql, Value, first};
use ledger::id::TerminalId;
use ledger::op::{Hash, Op};
use ledger::sync::peer::PEERS_MAX;
use ledger::sync::wire::Peer;
use std::collections::BTreeMap;

/// Ops read at a time.
const PAGE_OPS: i64 = 200;
/// A logical clock beyond this is nobody's; it must not pull ours along.
pub const HLC_MAX: u64 = 1 << 62;

/// Where an op stands among those that the hub has not told yet. Every terminal orders them in the
/// same way, and none before an op that its author knew.
pub type Rank = (u64, TerminalId, u32, u64);

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
    let text = "INSERT INTO peer_op (device, incarnation, seq, hlc, hash, at_hub, bytes) VALUES ($1, $2, $3, $4, $5, 0, $6)";
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

/// An op that the rows may not tell.
pub struct Heard {
    pub op: Op,
    /// They do as far as its number shows, and the hub was not asked yet.
    pub may_be_told: bool,
}

/// Every op that can be read, ordered by its rank; and how much is kept.
pub fn all(sql: &mut dyn Sql, standing: &Standing) -> Result<(Vec<Heard>, Kept), Fault> {
    let (mut ops, mut kept) = (Vec::new(), Kept::default());
    let mut place = (String::new(), 0, 0);
    loop {
        let text = "SELECT device, incarnation, seq, at_hub, bytes FROM peer_op WHERE (device, incarnation, seq) > ($1, $2, $3) \
            ORDER BY device, incarnation, seq LIMIT $4";
        let page = sql.rows(text, &[place.0.as_str().into(), number(place.1), place.2.into(), Value::Int(PAGE_OPS)])?;
        let Some(last) = page.last() else { break };
        place = (last[0].as_text().to_owned(), as_u32(&last[1]), last[2].as_count());
        for row in &page {
            let (device, incarnation, seq) = (TerminalId::from(row[0].as_text()), as_u32(&row[1]), row[2].as_count());
            kept.bytes += row[4].as_bytes().len() as u64;
            let may_be_told = row[3].as_int() == at_hub::NOTHING && standing.tells(&device, incarnation, seq);
            ops.extend(Op::read(row[4].as_bytes()).map(|op| Heard { op, may_be_told }));
            *kept.ops.entry(device).or_default() += 1;
        }
    }
    ops.sort_by_cached_key(|heard: &Heard| rank(&heard.op));
    Ok((ops, kept))
}

pub fn is_empty(sql: &mut dyn Sql) -> Result<bool, Fault> {
    Ok(first(sql, "SELECT 1 FROM peer_op LIMIT 1", &[])?.is_none())
}

/// The furthest logical clock of what is kept.
pub fn hlc_max(sql: &mut dyn Sql) -> Result<u64, Fault> {
    Ok(first(sql, "SELECT max(hlc) FROM peer_op", &[])?.map_or(0, |row| row[0].as_count()))
}
