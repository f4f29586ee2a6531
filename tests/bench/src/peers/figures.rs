//! What is measured, and of whom.

use std::collections::BTreeMap;

use crate::spread::Spread;

/// One number of one round; times in milliseconds, memory in MiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Figure {
    /// A check over one connection: half are below.
    Check,
    /// A check over one connection: one in a hundred is above.
    CheckTail,
    /// A check while sixteen connections are busy: half are below.
    BusyCheck,
    /// A check while sixteen connections are busy: one in a hundred is above.
    BusyCheckTail,
    Create,
    List,
    Rotate,
    Delete,
    SignIn,
    Totp,
    Start,
    Resident,
    Proportional,
    /// The table's request by which a key is checked, as the SDK sends it.
    StoreRequest,
    /// One in a hundred of those is above.
    StoreRequestTail,
    /// What the store itself does for that request.
    StoreWork,
    /// A transaction of two items, as the SDK sends it.
    StoreWrite,
    /// One Argon2id.
    Hash,
    /// The same by the reference in C.
    HashInC,
    /// The same as better-auth computes it.
    HashOfPeer,
}

/// One round of one contender.
pub(crate) type Figures = BTreeMap<Figure, f64>;

/// Who was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The local stack.
    Ours,
    /// The same once more.
    OursAgain,
    /// The binary of a function, on a runtime API.
    Function,
    /// What others made.
    Peer,
    /// Parts of ours by themselves.
    Parts,
}

/// All rounds of one contender.
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) role: Role,
    pub(crate) rounds: Vec<Figures>,
}

/// All rounds of all.
pub(crate) struct Table(pub(crate) Vec<Column>);

impl Column {
    /// Without rounds yet.
    pub(crate) fn new(name: &'static str, role: Role) -> Self {
        Self { name, role, rounds: Vec::new() }
    }

    /// In each round; nothing, where it has no such figure.
    fn figures(&self, figure: Figure) -> Option<Vec<f64>> {
        self.rounds.iter().map(|round| round.get(&figure).copied()).collect()
    }

    /// Over all rounds.
    pub(crate) fn spread(&self, figure: Figure) -> Option<Spread> {
        self.figures(figure).map(Spread::of)
    }
}

impl Table {
    /// The one column of this role.
    pub(crate) fn of(&self, role: Role) -> &Column {
        self.0.iter().find(|column| column.role == role).expect("it was measured")
    }

    /// The peer with the least of this figure.
    pub(crate) fn best_peer(&self, figure: Figure) -> Option<&Column> {
        let peers = self.0.iter().filter(|column| column.role == Role::Peer);
        let medians = peers.filter_map(|peer| Some((peer.spread(figure)?.median, peer)));
        medians.min_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, peer)| peer)
    }

    /// How many times as much as the other's figure, within each round.
    pub(crate) fn ratio(column: (&Column, Figure), to: (&Column, Figure)) -> Option<Spread> {
        let (figures, others) = (column.0.figures(column.1)?, to.0.figures(to.1)?);
        Some(Spread::of(figures.iter().zip(&others).map(|(figure, other)| figure / other)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &'static str, role: Role, checks: [f64; 3]) -> Column {
        let rounds = checks.map(|check| Figures::from([(Figure::Check, check)])).to_vec();
        Column { name, role, rounds }
    }

    #[test]
    fn ratios_are_taken_within_rounds_to_the_best_peer() {
        let ours = column("ours", Role::Ours, [1.0, 2.0, 4.0]);
        let (slow, quick) = (column("slow", Role::Peer, [9.0; 3]), column("quick", Role::Peer, [3.0, 6.0, 12.0]));
        let table = Table(vec![ours, slow, quick]);
        let best = table.best_peer(Figure::Check).expect("two peers");
        assert_eq!(best.name, "quick");
        let ratio = Table::ratio((best, Figure::Check), (table.of(Role::Ours), Figure::Check));
        assert_eq!(ratio, Some(Spread { median: 3.0, low: 3.0, high: 3.0 }));
        assert!(table.best_peer(Figure::Rotate).is_none());
    }
}
