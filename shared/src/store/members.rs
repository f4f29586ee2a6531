//! Users come, change and go: the profile with its name, the memberships and the counts, each time in one transaction.

use std::collections::BTreeMap;

use super::directory::count_in;
use super::item::Item;
use super::layout::{self, Key};
use super::users::{ADMIN_GROUP, Profile, ROOT_ENVIRONMENT};
use super::{Outcome, Store, Write};
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::name::{GroupName, fold};

/// Most groups of one user; a change of all of them fits into one transaction.
pub const GROUPS_MAX: usize = 20;

/// Whether a change takes away an administrator who can act.
#[must_use]
pub fn loses_admin(before: &Profile, after: Option<&Profile>) -> bool {
    let acts = |profile: &Profile| profile.is_admin() && profile.is_active();
    acts(before) && !after.is_some_and(acts)
}

/// What a change of a user changes in the environment and in groups; `None` is no user.
fn memberships(before: Option<&Profile>, after: Option<&Profile>) -> Result<Vec<Write>> {
    let Some(user) = after.or(before) else { return Ok(Vec::new()) };
    let environment = user.environment.folded();
    let is_root = user.environment.as_str() == ROOT_ENVIRONMENT;
    let mut writes = Vec::new();
    if before.is_some() != after.is_some() {
        let change = i64::from(after.is_some()) - i64::from(before.is_some());
        writes.push(count_in(&user.environment, "users", change));
    }
    // By group: whether the user was and is in it, and counted as enabled.
    let mut groups: BTreeMap<&GroupName, [(bool, bool); 2]> = BTreeMap::new();
    for (side, profile) in [before, after].into_iter().enumerate() {
        let Some(profile) = profile else { continue };
        for group in &profile.groups {
            if let Some(state) = groups.entry(group).or_default().get_mut(side) {
                *state = (true, !profile.is_disabled);
            }
        }
    }
    for (group, [was, is]) in groups.into_iter().filter(|(_, [was, is])| was != is) {
        let folded = group.folded();
        let enabled_change = i64::from(is.1) - i64::from(was.1);
        let set = "SET #members = #members + :change, #enabled_members = #enabled_members + :enabled_change";
        // One that was deleted and made anew may be written in another case; not while it has members.
        let is_new = is.0 && !was.0;
        let count = Write::update(layout::group(&environment, &folded), set).when_present();
        let count = if is_new { count.when("#group_name = :name").value(":name", group.as_str()) } else { count };
        let count = count.value(":change", i64::from(is.0) - i64::from(was.0)).value(":enabled_change", enabled_change);
        let keeps_one = is_root && group.as_str() == ADMIN_GROUP && enabled_change < 0;
        writes.push(if keeps_one { count.when("#enabled_members > :one").value(":one", 1_u64) } else { count });
        let member = layout::member(&environment, &folded, user.id);
        match (was.0, is.0) {
            (false, true) => writes.push(Write::put(Item::new(&member))?),
            (true, false) => writes.push(Write::delete(member)),
            _ => {}
        }
    }
    Ok(writes)
}

/// Where administrators are counted.
fn admin_group() -> Key {
    layout::group(&fold(ROOT_ENVIRONMENT), &fold(ADMIN_GROUP))
}

/// Holds a transaction to one administrator being all that can act. It writes the count as it is: to check it alone
/// would need a right that the function has no other use for.
#[must_use]
pub fn keep_one_admin() -> Write {
    Write::update(admin_group(), "SET #enabled_members = :one").when("#enabled_members = :one").value(":one", 1_u64)
}

/// Marks a user deleted: sessions and keys stop, and nothing personal but the name stays for the clean-up.
fn mark_deleted(before: &Profile) -> Write {
    let change = "SET #deleted = :true, #groups = :no_groups, #email_verified = :false, \
                  #session_epoch = #session_epoch + :one, #version = #version + :one \
                  REMOVE #full_name, #email, #pending_email, #pending_email_token, #pending_email_expires_at, \
                  #invitation_token, #invitation_digest, #invitation_expires_at";
    Write::update(layout::profile(before.id), change)
        .when("#version = :before AND attribute_not_exists(#deleted)")
        .value(":before", before.version)
        .value(":true", true)
        .value(":false", false)
        .value(":one", 1_u64)
        .value(":no_groups", Vec::<String>::new())
}

impl Store {
    /// Makes a user; refused when the name is taken, or the environment or a group is not there.
    ///
    /// # Errors
    /// As [`Store::transact`].
    pub async fn insert_user(&self, profile: &Profile, more: Vec<Write>) -> Result<Outcome> {
        let mut writes = profile.insert()?.to_vec();
        writes.extend(memberships(None, Some(profile))?);
        writes.extend(more);
        self.transact(writes).await
    }

    /// Makes an administrator where none can act; refused where one can, and as [`Store::insert_user`] is.
    ///
    /// # Errors
    /// As [`Store::transact`]; `Internal` for a user who is no administrator.
    pub async fn insert_first_admin(&self, profile: &Profile) -> Result<Outcome> {
        if !profile.is_admin() {
            return Err(Error::internal("the first administrator is none"));
        }
        let mut writes = profile.insert()?.to_vec();
        let count = admin_group();
        writes.extend(memberships(None, Some(profile))?.into_iter().map(|write| {
            let is_count = write.key == count;
            if is_count { write.when("#enabled_members = :none").value(":none", 0_u64) } else { write }
        }));
        self.transact(writes).await
    }

    /// Changes a user; refused when anything changed the user meanwhile, a new group is not there, or no administrator
    /// who can act would be left.
    ///
    /// # Errors
    /// As [`Store::transact`].
    pub async fn update_user(&self, before: &Profile, after: &Profile, more: Vec<Write>) -> Result<Outcome> {
        let mut writes = vec![after.update(before)?];
        writes.extend(memberships(Some(before), Some(after))?);
        writes.extend(more);
        self.transact(writes).await
    }

    /// Deletes a user: the name is free, sessions and keys stop, and the rest is left to the clean-up. Refused as
    /// [`Store::update_user`] is.
    ///
    /// # Errors
    /// As [`Store::transact`].
    pub async fn delete_user(&self, before: &Profile, now: Timestamp) -> Result<Outcome> {
        let name = layout::user_name(&before.environment.folded(), &before.user_name.folded());
        let work = Item::new(&layout::deleted_user(before.id)).with("deleted_at", now);
        let mut writes = vec![
            mark_deleted(before),
            Write::delete(name).when("#user_id = :user").value(":user", before.id.to_string()),
            Write::put(work)?,
        ];
        writes.extend(memberships(Some(before), None)?);
        self.transact(writes).await
    }
}
