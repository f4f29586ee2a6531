//! Users, their epochs, and the last administrator.

use shared::id::UserId;
use shared::name::{EnvironmentName, GroupName};
use shared::store::directory::{Environment, Group};
use shared::store::item::Item;
use shared::store::members::keep_one_admin;
use shared::store::users::{
    ADMIN_GROUP, Profile, check_epoch, check_mfa_enabled, raise_epoch, raise_epoch_for_password, set_mfa_enabled,
};
use shared::store::{Store, Write, layout};

use crate::check::{NOW, Told, done, profile, refused};
use crate::wire::Wire;

/// `ROOT`, with these groups.
async fn directory(store: &Store, groups: &[&str]) -> Told {
    let root = EnvironmentName::parse("ROOT").expect("a name");
    done("an environment", store.insert_environment(&Environment::new(root.clone(), None)).await)?;
    for name in groups {
        let name = GroupName::parse(name).expect("a name");
        done("a group", store.insert_group(&Group::new(root.clone(), name, None)).await)?;
    }
    Ok(())
}

/// The profile as it is, with one more attribute or another value of one.
async fn put_profile(store: &Store, profile: &Profile, change: impl FnOnce(Item) -> Item) -> Told {
    let item = Item::new(&layout::profile(profile.id))
        .with("version", profile.version)
        .with("session_epoch", profile.session_epoch)
        .with("disabled", profile.is_disabled)
        .with("mfa_enabled", profile.is_mfa_enabled);
    done("a profile", store.write(Write::put(change(item))?).await)
}

/// A user needs a free name and id, an environment, and groups that are there.
pub(crate) async fn made(store: &Store, _: &Wire) -> Told {
    let jane = profile("jane", &["Staff"]);
    refused("no environment", store.insert_user(&profile("jane", &[]), Vec::new()).await)?;
    directory(store, &[]).await?;
    refused("no group", store.insert_user(&jane, Vec::new()).await)?;
    done("a user", store.insert_user(&profile("jane", &[]), Vec::new()).await)?;
    let namesake = Profile { id: UserId::of_text("another"), ..profile("jane", &[]) };
    refused("a name that is taken", store.insert_user(&namesake, Vec::new()).await)?;
    let double = Profile { id: profile("jane", &[]).id, ..profile("kim", &[]) };
    refused("an id that is taken", store.insert_user(&double, Vec::new()).await)
}

/// A change is of the user as read.
pub(crate) async fn changed(store: &Store, _: &Wire) -> Told {
    directory(store, &["Staff"]).await?;
    let before = profile("jane", &[]);
    done("a user", store.insert_user(&before, Vec::new()).await)?;
    let after = profile("jane", &["Staff"]);
    let other_version = Profile { version: 2, ..before.clone() };
    refused("a change since", store.update_user(&other_version, &after, Vec::new()).await)?;
    let other_epoch = Profile { session_epoch: 2, ..before.clone() };
    refused("an epoch since", store.update_user(&other_epoch, &after, Vec::new()).await)?;
    done("the user as read", store.update_user(&before, &after, Vec::new()).await)?;
    put_profile(store, &before, |item| item.with("deleted", true)).await?;
    refused("a deleted user", store.update_user(&before, &after, Vec::new()).await)
}

/// What rests on an epoch asks for it, of an active user.
pub(crate) async fn epochs(store: &Store, _: &Wire) -> Told {
    let jane = Profile { is_mfa_enabled: true, ..profile("jane", &[]) };
    let own = |epoch| {
        let writes = [
            raise_epoch(jane.id, epoch),
            raise_epoch_for_password(jane.id, epoch, 2),
            set_mfa_enabled(jane.id, epoch, true),
            check_epoch(jane.id, epoch),
            check_mfa_enabled(jane.id, epoch),
        ];
        writes.map(|write| store.transact(vec![write]))
    };
    for write in own(1) {
        refused("a user who is not there", write.await)?;
    }
    put_profile(store, &jane, |item| item.with("deleted", true)).await?;
    for write in own(1) {
        refused("a deleted user", write.await)?;
    }
    put_profile(store, &jane, |item| item.with("disabled", true)).await?;
    for write in own(1) {
        refused("a disabled user", write.await)?;
    }
    for write in own(1) {
        put_profile(store, &jane, |item| item).await?;
        done("the epoch", write.await)?;
    }
    put_profile(store, &jane, |item| item).await?;
    for write in own(2) {
        refused("another epoch", write.await)?;
    }
    put_profile(store, &jane, |item| item.with("mfa_enabled", false)).await?;
    refused("a user without MFA", store.transact(vec![check_mfa_enabled(jane.id, 1)]).await)
}

/// A deletion is of the user as read, and takes no one else's name.
pub(crate) async fn deleted(store: &Store, _: &Wire) -> Told {
    directory(store, &[]).await?;
    let jane = profile("jane", &[]);
    done("a user", store.insert_user(&jane, Vec::new()).await)?;
    refused("a change since", store.delete_user(&Profile { version: 2, ..jane.clone() }, NOW).await)?;
    put_profile(store, &jane, |item| item.with("deleted", true)).await?;
    refused("a deleted user", store.delete_user(&jane, NOW).await)?;
    put_profile(store, &jane, |item| item).await?;
    let name = layout::user_name(&jane.environment.folded(), &jane.user_name.folded());
    let named = |id: &str| Write::put(Item::new(&name).with("user_id", id));
    done("a name", store.write(named("another")?).await)?;
    refused("another's name", store.delete_user(&jane, NOW).await)?;
    done("a name", store.write(named(&jane.id.to_string())?).await)?;
    refused("a profile that is not deleted is removed", store.delete_deleted_profile(jane.id).await)?;
    done("the user as read", store.delete_user(&jane, NOW).await)?;
    done("a deleted profile is removed", store.delete_deleted_profile(jane.id).await)?;
    done("one that is removed already", store.delete_deleted_profile(jane.id).await)
}

/// One administrator who can act stays, and the first is made where none can.
pub(crate) async fn administrators(store: &Store, _: &Wire) -> Told {
    directory(store, &[ADMIN_GROUP]).await?;
    refused("no administrator", store.write(keep_one_admin()).await)?;
    let (first, second) = (profile("alex", &[ADMIN_GROUP]), profile("kim", &[ADMIN_GROUP]));
    done("the first", store.insert_first_admin(&first).await)?;
    refused("another first", store.insert_first_admin(&second).await)?;
    done("one who can act", store.write(keep_one_admin()).await)?;
    let disabled = |profile: &Profile| Profile { is_disabled: true, ..profile.clone() };
    refused("the last is disabled", store.update_user(&first, &disabled(&first), Vec::new()).await)?;
    done("a second", store.insert_user(&second, Vec::new()).await)?;
    refused("two who can act", store.write(keep_one_admin()).await)?;
    done("one of two is disabled", store.update_user(&second, &disabled(&second), Vec::new()).await)?;
    refused("the last is deleted", store.delete_user(&first, NOW).await)
}
