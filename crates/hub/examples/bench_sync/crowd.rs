//! Many terminals at once, each with one request in flight: how the hub's one writer bears it.

use super::author::Author;
use super::line::Line;
use super::{Done, Place, figure};
use ledger::sync::wire::PushAnswer;
use ledger::verdict::Outcome;
use std::time::Instant;
use tokio::task::JoinSet;

/// Ops of one push: a till that was offline for the time of a coffee.
const OPS_AT_ONCE: u32 = 20;

/// Has so many terminals push so many ops together.
pub async fn push(place: &Place, connections: u32, ops: u32) -> Done<()> {
    let mut lines = Vec::new();
    for _ in 0..connections {
        lines.push(Line::open(place).await?);
    }
    let pushes = ops / OPS_AT_ONCE / connections;
    let (mut crowd, began) = (JoinSet::new(), Instant::now());
    for line in lines {
        crowd.spawn(async move { one(line, pushes).await.map_err(|fault| fault.to_string()) });
    }
    let done = crowd.join_all().await.into_iter().collect::<Result<Vec<u32>, String>>()?;
    let taken: u32 = done.iter().sum();
    figure(&format!("crowd_{connections}_ops_per_s"), f64::from(taken) / began.elapsed().as_secs_f64(), "ops/s");
    Ok(())
}

async fn one(mut line: Line, pushes: u32) -> Done<u32> {
    let mut author = Author::new(&line.enrolled);
    for _ in 0..pushes {
        let answer: PushAnswer = line.say(&author.push(OPS_AT_ONCE)).await?;
        if answer.outcomes.len() != OPS_AT_ONCE as usize || answer.outcomes.iter().any(|op| op.outcome != Outcome::Applied) {
            return Err(format!("{answer:?}").into());
        }
        author.hear(&answer);
    }
    Ok(pushes * OPS_AT_ONCE)
}
