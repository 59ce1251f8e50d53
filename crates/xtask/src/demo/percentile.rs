//! The value below which a share of the samples lies.

/// The nearest-rank percentile: a sample that was really measured, never a mean of two. `share` in
/// percent. None of no samples.
pub fn percentile(samples: &[f64], share: f64) -> Option<f64> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (share / 100.0 * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.clamp(1, sorted.len().max(1)) - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(count: u32, share: f64, expected: Option<f64>) {
        let samples: Vec<f64> = (1..=count).rev().map(f64::from).collect();
        assert_eq!(percentile(&samples, share), expected, "{share} % of {count}");
    }

    #[test]
    fn the_nearest_rank_is_taken() {
        check(0, 50.0, None);
        check(1, 99.0, Some(1.0));
        check(4, 50.0, Some(2.0));
        check(100, 99.0, Some(99.0));
        check(101, 99.0, Some(100.0));
        check(10, 0.0, Some(1.0));
        check(10, 100.0, Some(10.0));
    }
}
