//! Medians with their spread.

use std::fmt;

/// The middle of some figures and the half of them that is nearest to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    /// Half are below.
    pub(crate) median: f64,
    /// A quarter is below.
    pub(crate) low: f64,
    /// A quarter is above.
    pub(crate) high: f64,
}

impl Spread {
    /// Of these figures, one at least.
    pub(crate) fn of(figures: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<_> = figures.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let at = |numerator: usize| {
            let (index, rest) = ((sorted.len() - 1) * numerator / 4, (sorted.len() - 1) * numerator % 4);
            let above = sorted[(index + 1).min(sorted.len() - 1)];
            let share = [0.0, 0.25, 0.5, 0.75][rest];
            sorted[index] + (above - sorted[index]) * share
        };
        Self { median: at(2), low: at(1), high: at(3) }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { median, low, high } = self;
        let digits = f.precision().unwrap_or(2);
        write!(f, "{median:.digits$} ({low:.digits$}–{high:.digits$})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_lie_between_figures() {
        let spread = Spread::of([4.0, 1.0, 3.0, 2.0]);
        assert_eq!(spread, Spread { median: 2.5, low: 1.75, high: 3.25 });
        assert_eq!(Spread::of([5.0, 1.0, 9.0]), Spread { median: 5.0, low: 3.0, high: 7.0 });
        assert_eq!(Spread::of([7.0]).to_string(), "7.00 (7.00–7.00)");
        assert_eq!(format!("{:.0}", Spread::of([7.0])), "7 (7–7)");
    }
}
