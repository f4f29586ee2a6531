//! Environments and groups, with their counts, so that one condition tells whether something is empty.

use super::item::Item;
use super::layout::{self, prefix};
use super::users::Profile;
use super::{Outcome, Range, Store, Write};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::id::UserId;
use crate::name::{Description, EnvironmentName, GroupName};

/// Where users and groups have their names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// Its name, as first written.
    pub name: EnvironmentName,
    /// What it is for.
    pub description: Option<Description>,
    /// Users in it.
    pub users: u64,
    /// Groups in it.
    pub groups: u64,
}

impl Environment {
    /// A new one, with nothing in it.
    #[must_use]
    pub const fn new(name: EnvironmentName, description: Option<Description>) -> Self {
        Self { name, description, users: 0, groups: 0 }
    }

    /// Whether it has neither users nor groups.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.users == 0 && self.groups == 0
    }

    fn from_item(item: &Item) -> Result<Self> {
        Ok(Self {
            name: EnvironmentName::from_stored(item.text("environment_name")?.to_owned()),
            description: item.text_opt("description")?.map(|text| Description::from_stored(text.to_owned())),
            users: item.count("users")?,
            groups: item.count("groups")?,
        })
    }
}

/// Users of one environment who have something in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Where it is; the environment's name as first written.
    pub environment: EnvironmentName,
    /// Its name, as first written.
    pub name: GroupName,
    /// What it is for.
    pub description: Option<Description>,
    /// Users in it.
    pub members: u64,
    /// Users in it who are not disabled.
    pub enabled_members: u64,
}

impl Group {
    /// A new one, without members.
    #[must_use]
    pub const fn new(environment: EnvironmentName, name: GroupName, description: Option<Description>) -> Self {
        Self { environment, name, description, members: 0, enabled_members: 0 }
    }

    /// What groups sort by.
    #[must_use]
    pub fn sort_key(&self) -> String {
        format!("{}#{}", self.environment.folded(), self.name.folded())
    }

    fn from_item(item: &Item) -> Result<Self> {
        Ok(Self {
            environment: EnvironmentName::from_stored(item.text("environment_name")?.to_owned()),
            name: GroupName::from_stored(item.text("group_name")?.to_owned()),
            description: item.text_opt("description")?.map(|text| Description::from_stored(text.to_owned())),
            members: item.count("members")?,
            enabled_members: item.count("enabled_members")?,
        })
    }
}

impl Store {
    /// An environment by its folded name.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub async fn environment(&self, folded: &str) -> Result<Option<Environment>> {
        self.get(&layout::environment(folded)).await?.map(|item| Environment::from_item(&item)).transpose()
    }

    /// At most `limit` environments by folded name, after `after`.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub async fn list_environments(
        &self,
        after: Option<&str>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<Environment>> {
        let after = after.map(|folded| layout::environment(folded).sk);
        let range = Range { prefix: prefix::ENVIRONMENT, after, limit: Some(limit) };
        let items = self.query(layout::ACCOUNT_PARTITION, range, now).await?;
        items.iter().map(Environment::from_item).collect()
    }

    /// Makes an empty environment; refused when the name is taken.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn insert_environment(&self, environment: &Environment) -> Result<Outcome> {
        let item = Item::new(&layout::environment(&environment.name.folded()))
            .with("environment_name", environment.name.as_str())
            .with_some("description", environment.description.as_ref().map(Description::as_str))
            .with("users", environment.users)
            .with("groups", environment.groups);
        self.write(Write::put(item)?.when_absent()).await
    }

    /// Deletes an environment; refused when it is not there or not empty.
    ///
    /// # Errors
    /// As [`Store::transact`], whose retries after a lost answer know their own work.
    pub async fn delete_environment(&self, name: &EnvironmentName) -> Result<Outcome> {
        let delete = Write::delete(layout::environment(&name.folded()))
            .when("#users = :none AND #groups = :none")
            .value(":none", 0_u64);
        self.transact(vec![delete]).await
    }

    /// A group by its folded names.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub async fn group(&self, folded_environment: &str, folded: &str) -> Result<Option<Group>> {
        let item = self.get(&layout::group(folded_environment, folded)).await?;
        item.map(|item| Group::from_item(&item)).transpose()
    }

    /// An environment and those of its groups that are there, each in the place of its name.
    ///
    /// # Errors
    /// As [`Store::get_many`].
    pub async fn environment_with_groups(
        &self,
        folded_environment: &str,
        names: &[GroupName],
        now: Timestamp,
    ) -> Result<(Option<Environment>, Vec<Option<Group>>)> {
        let at_environment = layout::environment(folded_environment);
        let mut keys: Vec<_> = names.iter().map(|name| layout::group(folded_environment, &name.folded())).collect();
        keys.push(at_environment.clone());
        let found = self.get_many(&keys, now).await?;
        let environment = found.get(&at_environment).map(Environment::from_item).transpose()?;
        let groups = keys.iter().take(names.len()).map(|key| found.get(key).map(Group::from_item).transpose());
        Ok((environment, groups.collect::<Result<_>>()?))
    }

    /// At most `limit` groups of one environment, or of all, by [`Group::sort_key`], after `after`, which lies in it.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub async fn list_groups(
        &self,
        folded_environment: Option<&str>,
        after: Option<&str>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<Group>> {
        let prefix = match folded_environment {
            Some(environment) => layout::group(environment, "").sk,
            None => prefix::GROUP.to_owned(),
        };
        let after = after.map(|after| format!("{}{after}", prefix::GROUP));
        let range = Range { prefix: &prefix, after, limit: Some(limit) };
        let items = self.query(layout::ACCOUNT_PARTITION, range, now).await?;
        items.iter().map(Group::from_item).collect()
    }

    /// Makes a group without members; refused when the name is taken or the environment is not there.
    ///
    /// # Errors
    /// As [`Store::transact`].
    pub async fn insert_group(&self, group: &Group) -> Result<Outcome> {
        let environment = group.environment.folded();
        let item = Item::new(&layout::group(&environment, &group.name.folded()))
            .with("environment_name", group.environment.as_str())
            .with("group_name", group.name.as_str())
            .with_some("description", group.description.as_ref().map(Description::as_str))
            .with("members", group.members)
            .with("enabled_members", group.enabled_members);
        self.transact(vec![Write::put(item)?.when_absent(), count_in(&group.environment, "groups", 1)]).await
    }

    /// Deletes a group; refused when it is not there or has members.
    ///
    /// # Errors
    /// As [`Store::transact`].
    pub async fn delete_group(&self, group: &Group) -> Result<Outcome> {
        let environment = group.environment.folded();
        let delete = Write::delete(layout::group(&environment, &group.name.folded()))
            .when("#members = :none")
            .value(":none", 0_u64);
        self.transact(vec![delete, count_in(&group.environment, "groups", -1)]).await
    }

    /// Those of at most 100 users who are there, in the order of `users`; deleted ones are not.
    ///
    /// # Errors
    /// As [`Store::get_many`].
    pub async fn profiles(&self, users: &[UserId], now: Timestamp) -> Result<Vec<Profile>> {
        let keys: Vec<_> = users.iter().map(|user| layout::profile(*user)).collect();
        let found = self.get_many(&keys, now).await?;
        let profiles = keys.iter().filter_map(|key| found.get(key)).map(Profile::from_item);
        Ok(profiles.collect::<Result<Vec<_>>>()?.into_iter().filter(|profile| !profile.is_deleted).collect())
    }
}

/// Counts users or groups of an environment. One that was deleted and made anew may be written in another case; what
/// comes into it is written as it is.
pub(super) fn count_in(environment: &EnvironmentName, what: &str, change: i64) -> Write {
    let set = format!("SET #{what} = #{what} + :change");
    let count = Write::update(layout::environment(&environment.folded()), set).value(":change", change);
    if change < 0 {
        return count.when_present();
    }
    count.when("#environment_name = :name").value(":name", environment.as_str())
}
