//! What holds of the model after every step, whatever the step was.

use std::collections::BTreeSet;

use crate::rules::KEYS;
use crate::state::Model;

/// Fails where the model has come into a state that the contract knows not to be.
pub(crate) fn check(model: &Model) {
    assert!(model.enabled_admins() >= 1, "nobody administers");
    let mut names = BTreeSet::new();
    for key in &model.keys {
        assert!(names.insert((key.owner, key.name.folded())), "two keys of one name: {key:?}");
        assert!(model.users.contains_key(&key.owner), "a key of nobody: {key:?}");
        assert!(key.expires_at <= key.issued_at().plus_calendar_year().max(key.created_at.plus_calendar_year()));
    }
    let mut values = BTreeSet::new();
    let previous = model.keys.iter().filter_map(|key| key.previous.as_ref().map(|previous| &previous.value));
    for value in model.keys.iter().map(|key| &key.value).chain(previous) {
        assert!(values.insert(value), "two keys of one value");
    }
    for (id, user) in &model.users {
        assert!(model.active_keys(*id) <= KEYS, "more active keys than there may be");
        assert!(user.devices.len() <= 20, "more browsers than are remembered");
        assert!(user.is_local() || user.mfa.is_none() && user.password.is_none(), "a provider's user with factors");
        assert!(user.email.is_some() || !user.is_email_verified, "no address, and verified");
        let is_fit = |group| model.groups.contains(&(user.person.environment(), group));
        assert!(user.groups.iter().copied().all(is_fit), "a member of no group");
    }
    for session in model.sessions.values() {
        assert!(model.users.get(&session.user).is_some_and(|user| !user.is_disabled), "a session of nobody");
        assert!(session.fresh_until <= session.expires_at.plus(600), "fresh beyond its end");
    }
}
