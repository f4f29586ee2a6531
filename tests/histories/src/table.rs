//! What must hold of the table itself, whatever was killed: nothing is half done.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;

type Item = HashMap<String, AttributeValue>;

/// Active keys that a user may have.
const KEYS_MAX: usize = 50;

/// All items of a table, by partition and sort key.
pub struct Table(BTreeMap<(String, String), Item>);

impl Table {
    /// What a scan found.
    #[must_use]
    pub fn new(items: Vec<Item>) -> Self {
        Self(items.into_iter().map(|item| ((text(&item, "PK"), text(&item, "SK")), item)).collect())
    }

    /// Everything that is wrong in it at `now`, in Unix seconds.
    #[must_use]
    pub fn faults(&self, now: i64) -> Vec<String> {
        let mut faults = self.faults_of_places(now);
        faults.extend(self.faults_of_values());
        faults.extend(self.faults_of_names());
        faults.extend(self.faults_of_counts());
        faults.extend(self.faults_of_codes());
        faults
    }

    fn with(&self, partition: &str, sort: &str) -> impl Iterator<Item = (&str, &str, &Item)> {
        let is_meant = move |pk: &str, sk: &str| pk.starts_with(partition) && sk.starts_with(sort);
        let items = self.0.iter().filter(move |((pk, sk), _)| is_meant(pk, sk));
        items.map(|((pk, sk), item)| (pk.as_str(), sk.as_str(), item))
    }

    /// Each active key has one place of its own, with its expiry; each place that is held is an active key's.
    fn faults_of_places(&self, now: i64) -> Vec<String> {
        let held = |item: &Item| (text(item, "creation"), number(item, "expires_at"));
        let mut active = BTreeMap::<&str, BTreeSet<_>>::new();
        let mut places = BTreeMap::<&str, BTreeSet<_>>::new();
        let mut faults = Vec::new();
        for (prefix, into) in [("KEY#", &mut active), ("PLACE#", &mut places)] {
            for (user, at, item) in self.with("USER#", prefix).filter(|(.., item)| number(item, "expires_at") > now) {
                if !into.entry(user).or_default().insert(held(item)) {
                    faults.push(format!("{user} {at}: the same key twice"));
                }
            }
        }
        if active != places {
            faults.push(format!("active keys {active:?} hold other places than {places:?}"));
        }
        let many = active.iter().filter(|(_, keys)| keys.len() > KEYS_MAX);
        faults.extend(many.map(|(user, keys)| format!("{user} has {} active keys", keys.len())));
        faults
    }

    /// A key has one value, and a whole one before it or none.
    fn faults_of_values(&self) -> Vec<String> {
        let is_whole = |item: &Item| {
            let of = ["previous_digest", "previous_issued_at", "previous_until"];
            let there = of.into_iter().filter(|name| item.contains_key(*name)).count();
            item.contains_key("digest") && [0, of.len()].contains(&there)
        };
        let halves = self.with("USER#", "KEY#").filter(|(.., item)| !is_whole(item));
        halves.map(|(user, at, _)| format!("{user} {at}: half a value")).collect()
    }

    /// Each name is a user's who has it, and each user who is not deleted has a name.
    fn faults_of_names(&self) -> Vec<String> {
        let fold = |item: &Item, name: &str| text(item, name).to_lowercase();
        let names: BTreeSet<_> = self
            .with("USERS#", "")
            .map(|(partition, name, item)| (partition.to_owned(), name.to_owned(), text(item, "user_id")))
            .collect();
        let users: BTreeSet<_> = self
            .with("USER#", "PROFILE")
            .filter(|(.., item)| !item.contains_key("deleted"))
            .map(|(user, _, item)| {
                let partition = format!("USERS#{}", fold(item, "environment_name"));
                (partition, fold(item, "user_name"), user.trim_start_matches("USER#").to_owned())
            })
            .collect();
        let lone = names.symmetric_difference(&users);
        lone.map(|(partition, name, id)| format!("{partition} {name} {id}: a name or a user alone")).collect()
    }

    /// What is counted is there.
    fn faults_of_counts(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (_, at, item) in self.with("ACCOUNT", "ENV#") {
            let partition = format!("USERS#{}", at.trim_start_matches("ENV#"));
            let there = self.with(&partition, "").filter(|(found, ..)| *found == partition).count();
            faults.extend(differs(at, "users", item, there));
        }
        for (_, at, item) in self.with("ACCOUNT", "GROUP#") {
            let members: Vec<_> = self.with(at, "MEMBER#").filter(|(partition, ..)| *partition == at).collect();
            faults.extend(differs(at, "members", item, members.len()));
            let is_enabled = |member: &str| {
                let profile = (format!("USER#{}", member.trim_start_matches("MEMBER#")), "PROFILE".to_owned());
                let profile = self.0.get(&profile);
                profile.is_some_and(|profile| profile.get("disabled") == Some(&AttributeValue::Bool(false)))
            };
            let enabled = members.iter().filter(|(_, member, _)| is_enabled(member)).count();
            faults.extend(differs(at, "enabled_members", item, enabled));
        }
        faults
    }

    /// Who has MFA on has a factor with a last step, and codes under one salt.
    fn faults_of_codes(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (user, _, item) in self.with("USER#", "PROFILE") {
            let is_on = item.get("mfa_enabled") == Some(&AttributeValue::Bool(true));
            let has = |sort: &str, name: &str| {
                self.0.get(&(user.to_owned(), sort.to_owned())).is_some_and(|item| item.contains_key(name))
            };
            if is_on != has("TOTP", "last_step") || is_on != has("RECOVERY", "salt") {
                faults.push(format!("{user}: half a second factor"));
            }
        }
        faults
    }
}

fn differs(at: &str, name: &str, item: &Item, there: usize) -> Option<String> {
    let counted = number(item, name);
    let is_same = i64::try_from(there).is_ok_and(|there| there == counted);
    (!is_same).then(|| format!("{at}: {name} is {counted}, and there are {there}"))
}

fn text(item: &Item, name: &str) -> String {
    item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default()
}

fn number(item: &Item, name: &str) -> i64 {
    item.get(name).and_then(|value| value.as_n().ok()).and_then(|number| number.parse().ok()).unwrap_or_default()
}
