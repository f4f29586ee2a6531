//! What clients do with keys.

use fastrand::Rng;
use http::Method;
use serde_json::json;
use shared::clock::Timestamp;

use super::{Theme, choose, choose_new, weighted};
use crate::keys::{Rotation, Tag};
use crate::knowledge::KeyRing;
use crate::order::{Asked, OfKey, Order};

/// Names that keys of a history have.
pub(crate) const NAMES: u8 = 8;
/// Seconds until a key ends: some in the second to which the clock is put ahead, most within the history.
const LIFETIMES: [i64; 8] = [2, 31, 31, 46, 61, 400, 1_500, 86_400];
/// Seconds for which an old value works on.
const OVERLAPS: [i64; 4] = [0, 0, 40, 3_600];
/// Values of a name that are used once more at the end.
const LOOKED_AT_MAX: usize = 3;
/// In how many of a hundred calls the key must be as it was known.
const IF_MATCH_PERCENT: u8 = 40;

#[derive(Clone, Copy)]
enum Wish {
    Create,
    Use,
    Get,
    List,
    Rotate,
    Delete,
}

const OF_A_FEW: [(u32, Wish); 6] =
    [(4, Wish::Create), (7, Wish::Use), (2, Wish::Get), (1, Wish::List), (5, Wish::Rotate), (2, Wish::Delete)];
const OF_ALL: [(u32, Wish); 4] = [(8, Wish::Create), (3, Wish::Delete), (1, Wish::List), (1, Wish::Use)];

/// Chooses the calls of one round.
pub(super) struct Chooser<'a> {
    known: &'a KeyRing,
    names: Vec<u8>,
    wishes: &'static [(u32, Wish)],
    now: i64,
}

/// The name that a key has in a path.
#[must_use]
pub(crate) fn text(name: u8) -> String {
    format!("k{name}")
}

impl<'a> Chooser<'a> {
    pub(super) fn new(rng: &mut Rng, known: &'a KeyRing, theme: Theme, now: i64) -> Self {
        let is_of_all = theme == Theme::Cap;
        let names = if is_of_all { (0..NAMES).collect() } else { vec![rng.u8(..NAMES), rng.u8(..NAMES)] };
        Self { known, names, wishes: if is_of_all { &OF_ALL } else { &OF_A_FEW }, now }
    }

    pub(super) fn order(&self, rng: &mut Rng) -> Order {
        let name = choose(rng, &self.names).copied().unwrap_or_default();
        let path = format!("ME/api-key/{}", text(name));
        match weighted(rng, self.wishes).unwrap_or(Wish::List) {
            Wish::Create => self.create(rng, name),
            Wish::Use => {
                let value = choose_new(rng, self.known.values.get(&name).map_or(&[][..], Vec::as_slice));
                let Some((number, value)) = value else { return self.create(rng, name) };
                let asked = Asked::Key(name, OfKey::Use(*number));
                Order::new(asked, Method::GET, "ME/authorization").header("apikey", value.clone())
            }
            Wish::Get => self.owned(Order::new(Asked::Key(name, OfKey::Get), Method::GET, path)),
            Wish::List => self.owned(Order::new(Asked::Key(name, OfKey::List), Method::GET, "ME/api-key?state=all")),
            Wish::Rotate => self.rotate(rng, name, &path),
            Wish::Delete => {
                let (if_match, etag) = self.if_match(rng, name);
                let order = Order::new(Asked::Key(name, OfKey::Delete(if_match)), Method::DELETE, path);
                self.owned(match etag {
                    Some(etag) => order.header("if-match", etag),
                    None => order,
                })
            }
        }
    }

    fn owned(&self, order: Order) -> Order {
        order.cookie(&self.known.cookie)
    }

    fn create(&self, rng: &mut Rng, name: u8) -> Order {
        let expires = self.now + choose(rng, &LIFETIMES).copied().unwrap_or_default();
        let body = json!({
            "name": text(name),
            "scopes": ["Tasks"],
            "expiration_date": Timestamp::from_unix_seconds(expires),
        });
        let asked = Asked::Key(name, OfKey::Create(expires));
        self.owned(Order::new(asked, Method::POST, "ME/api-key").body(body))
    }

    fn rotate(&self, rng: &mut Rng, name: u8, path: &str) -> Order {
        let overlap = choose(rng, &OVERLAPS).copied().unwrap_or_default();
        let expires = rng.bool().then(|| self.now + choose(rng, &LIFETIMES).copied().unwrap_or_default());
        let (if_match, etag) = self.if_match(rng, name);
        let mut body = json!({"overlap_seconds": overlap});
        if let Some(expires) = expires {
            body["expiration_date"] = json!(Timestamp::from_unix_seconds(expires));
        }
        let asked = Asked::Key(name, OfKey::Rotate(Rotation { overlap, expires, if_match }));
        let order = self.owned(Order::new(asked, Method::POST, format!("{path}/rotate")).body(body));
        match etag {
            Some(etag) => order.header("if-match", etag),
            None => order,
        }
    }

    fn if_match(&self, rng: &mut Rng, name: u8) -> (Option<Tag>, Option<String>) {
        let tags = self.known.tags.get(&name).map_or(&[][..], Vec::as_slice);
        let chosen = choose_new(rng, tags).filter(|_| rng.u8(..100) < IF_MATCH_PERCENT);
        (chosen.map(|(tag, _)| *tag), chosen.map(|(_, etag)| etag.clone()))
    }
}

/// The newest values of each name, and all keys.
pub(super) fn look_around(known: &KeyRing) -> Vec<Order> {
    let value = |(name, number, value): (u8, u32, &str)| {
        let asked = Asked::Key(name, OfKey::Use(number));
        Order::new(asked, Method::GET, "ME/authorization").header("apikey", value.to_owned())
    };
    let newest = |(name, values): (&u8, &Vec<(u32, String)>)| {
        let newest = values.iter().rev().take(LOOKED_AT_MAX);
        newest.map(|(number, text)| (*name, *number, text.clone())).collect::<Vec<_>>()
    };
    let values: Vec<_> = known.values.iter().flat_map(newest).collect();
    let list = Order::new(Asked::Key(0, OfKey::List), Method::GET, "ME/api-key?state=all").cookie(&known.cookie);
    values.iter().map(|(name, number, text)| value((*name, *number, text))).chain([list]).collect()
}
