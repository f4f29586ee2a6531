//! Environments, groups, and how far the clean-up has come.

use shared::name::{EnvironmentName, GroupName};
use shared::store::directory::{Environment, Group};
use shared::store::users::Profile;
use shared::store::{Store, Write, layout};

use crate::check::{Told, done, profile, refused};
use crate::wire::Wire;

fn root() -> EnvironmentName {
    EnvironmentName::parse("ROOT").expect("a name")
}

fn group() -> Group {
    Group::new(root(), GroupName::parse("Staff").expect("a name"), None)
}

/// An environment is made once, and goes when it is there and empty.
pub(crate) async fn environments(store: &Store, _: &Wire) -> Told {
    refused("one that is not there is deleted", store.delete_environment(&root()).await)?;
    done("a free name", store.insert_environment(&Environment::new(root(), None)).await)?;
    refused("a name that is taken", store.insert_environment(&Environment::new(root(), None)).await)?;
    let other_case = EnvironmentName::parse("Root").expect("a name");
    let group_there = Group { environment: other_case.clone(), ..group() };
    refused("a group of one in another case", store.insert_group(&group_there).await)?;
    done("a group", store.insert_group(&group()).await)?;
    refused("one with a group is deleted", store.delete_environment(&root()).await)?;
    done("the group is deleted", store.delete_group(&group()).await)?;
    let user_there = Profile { environment: other_case, ..profile("jane", &[]) };
    refused("a user of one in another case", store.insert_user(&user_there, Vec::new()).await)?;
    done("a user", store.insert_user(&profile("jane", &[]), Vec::new()).await)?;
    refused("one with a user is deleted", store.delete_environment(&root()).await)?;
    done("the user is deleted", store.delete_user(&profile("jane", &[]), crate::check::NOW).await)?;
    done("an empty one is deleted", store.delete_environment(&root()).await)
}

/// So is a group, in an environment that is there.
pub(crate) async fn groups(store: &Store, _: &Wire) -> Told {
    refused("a group of no environment", store.insert_group(&group()).await)?;
    done("an environment", store.insert_environment(&Environment::new(root(), None)).await)?;
    refused("one that is not there is deleted", store.delete_group(&group()).await)?;
    done("a free name", store.insert_group(&group()).await)?;
    refused("a name that is taken", store.insert_group(&group()).await)?;
    refused("a member of one in another case", store.insert_user(&profile("jane", &["STAFF"]), Vec::new()).await)?;
    done("a member", store.insert_user(&profile("jane", &["Staff"]), Vec::new()).await)?;
    refused("one with a member is deleted", store.delete_group(&group()).await)?;
    let other = Group { name: GroupName::parse("Other").expect("a name"), ..group() };
    done("another", store.insert_group(&other).await)?;
    done("its environment is gone", store.write(Write::delete(layout::environment("root"))).await)?;
    refused("one of no environment is deleted", store.delete_group(&other).await)
}

/// A finished day stays finished.
pub(crate) async fn cleaned_up(store: &Store, _: &Wire) -> Told {
    done("the first time", store.finish_days_before(7).await)?;
    refused("the same day", store.finish_days_before(7).await)?;
    refused("a day before", store.finish_days_before(6).await)?;
    done("a later day", store.finish_days_before(8).await)
}
