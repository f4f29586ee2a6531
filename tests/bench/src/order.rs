//! In what order contenders are measured.

use shared::secret::random_bytes;

/// Numbers below `count` in an order by chance.
pub(crate) fn shuffled(count: usize) -> Vec<usize> {
    let mut order: Vec<_> = (0..count).collect();
    for last in (1..count).rev() {
        let chance = u64::from_le_bytes(random_bytes().expect("randomness"));
        let below = u64::try_from(last + 1).expect("a few");
        order.swap(last, usize::try_from(chance % below).expect("a few"));
    }
    order
}
