//! Welch's t of two sets of times, as `dudect` takes it: outliers cropped at several percentiles, the worst counts.

/// From here on two sets are taken for different.
pub(crate) const T_MAX: f64 = 4.5;
/// Of both sets together, what is above these is left out, in turn.
const PERCENTILES: [usize; 6] = [50, 75, 90, 95, 99, 100];

/// The largest |t| over all percentiles. Positive where the first set is slower.
pub(crate) fn t(first: &[f64], second: &[f64]) -> f64 {
    let mut all = [first, second].concat();
    all.sort_by(f64::total_cmp);
    let of = |percentile: usize| {
        let limit = all[(all.len() - 1) * percentile / 100];
        let cropped = |times: &[f64]| times.iter().copied().filter(|time| *time <= limit).collect::<Vec<_>>();
        t_of_all(&cropped(first), &cropped(second))
    };
    PERCENTILES.into_iter().map(of).max_by(|one, other| one.abs().total_cmp(&other.abs())).expect("percentiles")
}

fn t_of_all(first: &[f64], second: &[f64]) -> f64 {
    let [(mean, error), (other_mean, other_error)] = [first, second].map(mean_and_error);
    (mean - other_mean) / (error + other_error).sqrt()
}

/// The mean, and the variance by which it is known.
fn mean_and_error(times: &[f64]) -> (f64, f64) {
    assert!(times.len() > 1, "too few samples are left to compare");
    #[expect(clippy::cast_precision_loss, reason = "far fewer samples than 2^52")]
    let count = times.len() as f64;
    let mean = times.iter().sum::<f64>() / count;
    let variance = times.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, variance / count)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Times that scatter evenly over 1.0, from `start` on.
    fn scattered(start: f64) -> Vec<f64> {
        (0..1_000_u32).map(|at| start + f64::from(at * 7_919 % 1_000) / 1_000.0).collect()
    }

    #[test]
    fn t_is_that_of_the_textbook() {
        // Means 3 and 4, variances 2.5 and 10, five each.
        let t = t_of_all(&[1.0, 2.0, 3.0, 4.0, 5.0], &[0.0, 2.0, 4.0, 6.0, 8.0]);
        assert!((t + 1.0 / 2.5_f64.sqrt()).abs() < 1e-9, "{t}");
    }

    #[test]
    fn a_shift_is_seen_and_none_is_not() {
        assert!(t(&scattered(5.0), &scattered(5.0)).abs() < 1e-9);
        assert!(t(&scattered(5.2), &scattered(5.0)) > T_MAX);
        assert!(t(&scattered(5.0), &scattered(5.2)) < -T_MAX);
    }

    #[test]
    fn outliers_hide_no_shift() {
        let disturbed = |start: f64| {
            let mut times = scattered(start);
            let outliers = (0..7_u32).cycle().map(|at| f64::from(at) * 400.0 + 9.0);
            times.iter_mut().step_by(50).zip(outliers).for_each(|(time, outlier)| *time = outlier);
            times
        };
        let (slow, fast) = (disturbed(5.2), disturbed(5.0));
        assert!(t_of_all(&slow, &fast).abs() < T_MAX);
        assert!(t(&slow, &fast) > T_MAX);
    }
}
