//! §5: keys, listed and made.

use serde_json::{Value, json};
use shared::clock::Timestamp;

use super::call;
use crate::entities::{DAY, Key, MINUTE, Repeat, UserId};
use crate::exchange::{Answer, Refusal, Tag, Verdict, any, learn, refuse, refuse_with, within};
use crate::guard::Principal;
use crate::state::Model;
use crate::step::{Caller, Expiry, KeyState, Step};
use crate::words::{KeyName, Name, Scopes};

/// Active keys per user.
pub(crate) const KEYS: usize = 50;
/// Seconds to which the last use of a key is right.
const USED_TO: u32 = 15 * MINUTE;

/// A key that is asked for.
#[derive(Clone, Copy)]
struct Order {
    name: KeyName,
    scopes: Scopes,
    expiry: Expiry,
    repeat: Option<u8>,
}

impl Model {
    pub(super) fn step_keys(&mut self, step: &Step) {
        match *step {
            Step::ListApiKeys { caller, state } => self.list_api_keys(caller, state),
            Step::CreateApiKey { caller, name, scopes, expiry, repeat, into } => {
                if let Some(value) = self.create_api_key(caller, Order { name, scopes, expiry, repeat }) {
                    self.values[into] = Some(value);
                }
            }
            Step::CreateManyApiKeys { caller, count } => {
                for number in 0..count {
                    let (name, scopes) = (KeyName::Bulk(number), Scopes::TASKS);
                    self.create_api_key(caller, Order { name, scopes, expiry: Expiry::LeftOut, repeat: None });
                }
            }
            Step::ListAuthorizationScopes(caller) => {
                let request = self.get(call("ListAuthorizationScopes", caller), "ME/authorization-scopes");
                let items = Scopes::ALL.names().into_iter().map(|name| json!({"name": name, "description": any()}));
                let body = json!({"items": items.collect::<Vec<_>>()});
                let verdict = self.with_scope(caller, Scopes::API_KEY).map(|_| Answer::of(200, body));
                self.exchanged(request, verdict);
            }
            ref other => self.step_key_calls(other),
        }
    }

    /// KEY of the contract; `value` where one is shown.
    pub(super) fn key_view(&self, key: &Key, value: Option<&Name>) -> Value {
        let used_at = key.last_used_at.map(|at| within(at.minus(USED_TO - 1).max(key.created_at), at));
        let mut view = json!({
            "name": key.name.text(),
            "scopes": key.scopes.names(),
            "expiration_date": key.expires_at,
            "created_at": key.created_at,
            "rotated_at": key.rotated_at,
            "last_used_at": used_at,
            "status": if key.is_expired(self.now) { "expired" } else { "active" },
            "hint": { "$hint": key.value },
        });
        if let Some(value) = value {
            view["value"] = learn(value);
        }
        view
    }

    /// Moves with name, scopes, expiry and value.
    pub(super) fn key_tag(key: &Key) -> Tag {
        let resource = Self::key_resource(key.owner, key.name);
        let content = format!("{} {:?} {} {}", key.name.text(), key.scopes, key.expires_at, key.value);
        Tag { resource, content }
    }

    pub(super) fn key_resource(owner: UserId, name: KeyName) -> String {
        format!("key {owner} {}", name.folded())
    }

    fn list_api_keys(&mut self, caller: Caller, state: KeyState) {
        let query = match state {
            KeyState::Default => "",
            KeyState::Active => "?state=active",
            KeyState::Expired => "?state=expired",
            KeyState::All => "?state=all",
        };
        let request = self.get(call("ListApiKeys", caller), format!("ME/api-key{query}"));
        let verdict = self.with_scope(caller, Scopes::API_KEY).map(|principal| {
            let is_meant = |key: &&Key| match state {
                KeyState::Default | KeyState::Active => !key.is_expired(self.now),
                KeyState::Expired => key.is_expired(self.now),
                KeyState::All => true,
            };
            let own = self.keys.iter().filter(|key| key.owner == principal.user());
            let mut keys: Vec<_> = own.filter(is_meant).collect();
            keys.sort_by_key(|key| key.name.folded());
            let items: Vec<_> = keys.into_iter().map(|key| self.key_view(key, None)).collect();
            Answer::of(200, json!({"items": items, "next": null}))
        });
        self.exchanged(request, verdict);
    }

    /// When a key is to end, as it is sent, and when it then ends: a date is the end of that day, and one within the
    /// year whose end is later is cut to that instant.
    pub(super) fn expiry(&self, expiry: Expiry) -> Option<(String, Timestamp)> {
        let (now, year) = (self.now, self.now.plus_calendar_year());
        let shifted = |from: Timestamp, seconds: i64| Timestamp::from_unix_seconds(from.unix_seconds() + seconds);
        let end_of = |at: Timestamp| shifted(at, i64::from(DAY) - 1 - at.unix_seconds().rem_euclid(i64::from(DAY)));
        let date = |at: Timestamp| at.to_string()[..10].to_owned();
        match expiry {
            Expiry::LeftOut => None,
            Expiry::In(seconds) => Some(shifted(now, seconds)).map(|at| (at.to_string(), at)),
            Expiry::Year(seconds) => Some(shifted(year, seconds)).map(|at| (at.to_string(), at)),
            Expiry::Day(days) => Some(shifted(now, days * i64::from(DAY))).map(|at| (date(at), end_of(at))),
            Expiry::DayOfYear => Some((date(year), year)),
        }
    }

    /// The end that was chosen, within what is allowed; none is later than that of the calling key.
    pub(super) fn chosen_end(
        &self,
        expiry: Expiry,
        left_out: Timestamp,
        cap: Option<Timestamp>,
    ) -> Result<Timestamp, Refusal> {
        let Some((_, end)) = self.expiry(expiry) else {
            return Ok(cap.map_or(left_out, |cap| left_out.min(cap)));
        };
        let is_allowed = end > self.now && end <= self.now.plus_calendar_year() && cap.is_none_or(|cap| end <= cap);
        if is_allowed { Ok(end) } else { refuse("invalid-request") }
    }

    /// The new key's value, if one was made.
    fn create_api_key(&mut self, caller: Caller, order: Order) -> Option<Name> {
        let mut body = json!({"name": order.name.text(), "scopes": order.scopes.names()});
        if let Some((text, _)) = self.expiry(order.expiry) {
            body["expiration_date"] = text.into();
        }
        let mut request = self.post(call("CreateApiKey", caller), "ME/api-key", body);
        request.idempotency_key = order.repeat.map(|number| format!("order-{number}"));
        let mut made = None;
        let verdict = self.try_create_api_key(caller, order, &mut made);
        self.exchanged(request, verdict);
        made
    }

    fn try_create_api_key(&mut self, caller: Caller, order: Order, made: &mut Option<Name>) -> Verdict {
        let principal = self.with_scope(caller, Scopes::API_KEY)?;
        self.require_fresh(&principal)?;
        if order.name == KeyName::Bad || order.scopes.is_empty() {
            return refuse("invalid-request");
        }
        self.require_scope(&principal, order.scopes)?;
        let owner = principal.user();
        // What lay in the future when the same order came first may be over now.
        let end = self.chosen_end(order.expiry, self.now.plus(90 * DAY), self.key_end(&principal));
        let again = self.made_before(owner, &order);
        let end = match (end, &again) {
            (Err(_), Some(Ok(_))) => self.now,
            (end, _) => end?,
        };
        if let Some(at) = again.transpose()? {
            let key = &self.keys[at];
            return Ok(Answer::tagged(200, self.key_view(key, None), Self::key_tag(key)));
        }
        let old = self.key_named(owner, order.name);
        if old.is_some_and(|at| !self.keys[at].is_expired(self.now)) {
            return refuse("name-taken");
        }
        if self.active_keys(owner) >= KEYS {
            return refuse_with("limit-reached", json!({"limit": KEYS}));
        }
        *made = Some(self.insert_key(&principal, &order, old, end));
        let key = self.keys.last().expect("it was just made");
        Ok(Answer::tagged(201, self.key_view(key, made.as_ref()), Self::key_tag(key)))
    }

    /// The key that the same order made before, or that the order is another one.
    fn made_before(&self, owner: UserId, order: &Order) -> Option<Result<usize, Refusal>> {
        let repeat = self.user(owner).repeats.get(&order.repeat?).filter(|repeat| self.now < repeat.until)?;
        let key = self.keys.iter().position(|key| key.id == repeat.key);
        let is_same = repeat.order == self.normalized(order);
        Some(key.filter(|_| is_same).map_or_else(|| refuse("idempotency-key-reused"), Ok))
    }

    fn normalized(&self, order: &Order) -> String {
        let end = match order.expiry {
            Expiry::LeftOut => String::new(),
            _ => self.expiry(order.expiry).map(|(text, _)| text).unwrap_or_default(),
        };
        format!("{} {:?} {end}", order.name.text(), order.scopes)
    }

    fn insert_key(&mut self, principal: &Principal, order: &Order, old: Option<usize>, end: Timestamp) -> Name {
        let (owner, now) = (principal.user(), self.now);
        let (id, value) = (self.name("key"), self.name("value"));
        if let Some(old) = old {
            self.keys.remove(old);
        }
        if let Some(number) = order.repeat {
            let repeat = Repeat { order: self.normalized(order), key: id.clone(), until: now.plus(DAY) };
            self.user_mut(owner).repeats.insert(number, repeat);
        }
        self.keys.push(Key {
            id,
            owner,
            name: order.name,
            scopes: order.scopes,
            created_at: now,
            rotated_at: None,
            expires_at: end,
            last_used_at: None,
            value: value.clone(),
            previous: None,
        });
        value
    }
}
