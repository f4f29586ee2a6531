//! What is known of the service's time while an operation ran.

/// Instants that a request may have read from the clock, in Unix seconds, each once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instants(Vec<i64>);

/// The clock put ahead once.
#[derive(Clone, Copy, Debug)]
pub struct Jump {
    /// The moments between which it was done.
    pub moments: (u64, u64),
    /// What the clock showed last before, and first after.
    pub clock: (i64, i64),
}

impl Instants {
    /// From the clock before the call and after the answer, and the jumps of that time in their order.
    #[must_use]
    pub fn between(from: i64, to: i64, jumps: &[Jump]) -> Self {
        let mut instants = Vec::new();
        let mut begin = from;
        for jump in jumps {
            instants.extend(begin..=jump.clock.0.min(to));
            begin = begin.max(jump.clock.1);
        }
        instants.extend(begin..=to);
        Self(instants)
    }

    /// Those for which `holds` is true.
    pub fn that(&self, holds: impl Fn(i64) -> bool) -> impl Iterator<Item = i64> {
        self.0.iter().copied().filter(move |now| holds(*now))
    }

    /// Whether it may have been then.
    #[must_use]
    pub fn hold(&self, instant: i64) -> bool {
        self.0.contains(&instant)
    }

    /// The first of them.
    #[must_use]
    pub fn first(&self) -> i64 {
        self.0.first().copied().unwrap_or_default()
    }

    /// Whether `holds` may have been true.
    #[must_use]
    pub fn may(&self, holds: impl Fn(i64) -> bool) -> bool {
        self.that(holds).next().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_leaves_out_what_the_clock_never_showed() {
        assert_eq!(Instants::between(10, 12, &[]).0, [10, 11, 12]);
        let jump = |before, after| Jump { moments: (0, 1), clock: (before, after) };
        assert_eq!(Instants::between(10, 41, &[jump(10, 40)]).0, [10, 40, 41]);
        assert_eq!(Instants::between(40, 41, &[jump(10, 40)]).0, [40, 41], "it was called after the jump");
        assert_eq!(Instants::between(10, 10, &[jump(10, 40)]).0, [10], "it was answered before");
        assert_eq!(Instants::between(10, 71, &[jump(10, 40), jump(41, 71)]).0, [10, 40, 41, 71]);
    }
}
