//! Users: their unique names and their profiles.

use super::item::Item;
use super::layout;
use super::{Range, Store, Write};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::id::{ItemId, UserId};
use crate::name::{EmailAddress, EnvironmentName, FullName, GroupName, UserName};
use crate::secret::Digest;

/// The environment in which administrators are.
pub const ROOT_ENVIRONMENT: &str = "ROOT";
/// The group that makes an administrator.
pub const ADMIN_GROUP: &str = "Admin";
/// The group whose members publish apps.
pub const PUBLISHER_GROUP: &str = "App Publisher";

/// Who keeps a user's password and MFA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// This service.
    Local,
    /// Active Directory.
    ActiveDirectory,
    /// A SAML identity provider.
    Saml,
}

impl Provider {
    /// The name clients see.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::ActiveDirectory => "active_directory",
            Self::Saml => "saml",
        }
    }

    /// Reads the name clients see.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Local, Self::ActiveDirectory, Self::Saml].into_iter().find(|provider| provider.as_str() == text)
    }
}

/// An address that waits for its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingEmail {
    /// The address.
    pub address: EmailAddress,
    /// Names the token that confirms it.
    pub token: ItemId,
    /// When the token ends.
    pub expires_at: Timestamp,
}

/// An invitation, or a reset that an administrator made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Names the token.
    pub token: ItemId,
    /// The token's digest; `None` where the token goes by mail and is computed.
    pub digest: Option<Digest>,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an attribute of its own, set by another operation")]
pub struct Profile {
    /// Whose it is.
    pub id: UserId,
    /// Where the user's name is unique.
    pub environment: EnvironmentName,
    /// The user's name, as first written.
    pub user_name: UserName,
    /// The full name, if set.
    pub full_name: Option<FullName>,
    /// The address in force, if any.
    pub email: Option<EmailAddress>,
    /// Whether its owner proved it.
    pub is_email_verified: bool,
    /// The address that waits, if any.
    pub pending_email: Option<PendingEmail>,
    /// The open invitation, if any.
    pub invitation: Option<Invitation>,
    /// Who keeps password and MFA.
    pub provider: Provider,
    /// Groups of the user's environment, at most 20.
    pub groups: Vec<GroupName>,
    /// Whether the user may do nothing at all.
    pub is_disabled: bool,
    /// Whether only the clean-up still knows the user.
    pub is_deleted: bool,
    /// Whether a second factor is in force; changed in the transaction that changes the factor.
    pub is_mfa_enabled: bool,
    /// Sessions of another epoch are over.
    pub session_epoch: u64,
    /// The version of the password in force; 0 where there is none, or where it was set before this was kept.
    pub password_version: u64,
    /// Raised by every change that clients can see.
    pub version: u64,
}

impl Profile {
    /// Whether the user is an administrator.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.is_member_of_root(ADMIN_GROUP)
    }

    /// The roles that clients see.
    #[must_use]
    pub fn roles(&self) -> Vec<&'static str> {
        [ADMIN_GROUP, PUBLISHER_GROUP].into_iter().filter(|group| self.is_member_of_root(group)).collect()
    }

    fn is_member_of_root(&self, group: &str) -> bool {
        self.environment.as_str() == ROOT_ENVIRONMENT && self.groups.iter().any(|name| name.as_str() == group)
    }

    /// Whether this service keeps the user's password and MFA.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.provider == Provider::Local
    }

    /// Whether a password of this version, 0 for none, is the one of this profile. They are two items: read while a
    /// password is set, one may be from before and the other from after.
    #[must_use]
    pub const fn holds_password(&self, version: u64) -> bool {
        self.password_version == 0 || self.password_version == version
    }

    /// Whether the user may do anything at all.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        !self.is_disabled && !self.is_deleted
    }

    /// Reads a stored profile.
    ///
    /// # Errors
    /// `Internal` when the item is corrupt.
    pub fn from_item(item: &Item) -> Result<Self> {
        let id = item.text("PK")?.strip_prefix("USER#").and_then(UserId::parse).ok_or_else(|| item.corrupt("PK"))?;
        let text = |name: &str| Ok::<_, crate::Error>(item.text_opt(name)?.map(str::to_owned));
        let item_id = |text: &str, name: &str| ItemId::parse(text).ok_or_else(|| item.corrupt(name));
        let pending_email = match text("pending_email")? {
            None => None,
            Some(address) => Some(PendingEmail {
                address: EmailAddress::from_stored(address),
                token: item_id(item.text("pending_email_token")?, "pending_email_token")?,
                expires_at: item.instant("pending_email_expires_at")?,
            }),
        };
        let invitation = match text("invitation_token")? {
            None => None,
            Some(token) => Some(Invitation {
                token: item_id(&token, "invitation_token")?,
                digest: item.digest_opt("invitation_digest")?,
                expires_at: item.instant("invitation_expires_at")?,
            }),
        };
        Ok(Self {
            id,
            environment: EnvironmentName::from_stored(item.text("environment_name")?.to_owned()),
            user_name: UserName::from_stored(item.text("user_name")?.to_owned()),
            full_name: text("full_name")?.map(FullName::from_stored),
            email: text("email")?.map(EmailAddress::from_stored),
            is_email_verified: item.flag("email_verified")?,
            pending_email,
            invitation,
            provider: Provider::parse(item.text("identity_provider")?)
                .ok_or_else(|| item.corrupt("identity_provider"))?,
            groups: item.texts("groups")?.into_iter().map(GroupName::from_stored).collect(),
            is_disabled: item.flag("disabled")?,
            is_deleted: item.flag("deleted")?,
            is_mfa_enabled: item.flag("mfa_enabled")?,
            session_epoch: item.count("session_epoch")?,
            password_version: item.count("password_version")?,
            version: item.count("version")?,
        })
    }

    fn to_item(&self) -> Item {
        let groups: Vec<String> = self.groups.iter().map(ToString::to_string).collect();
        let item = Item::new(&layout::profile(self.id))
            .with("environment_name", self.environment.as_str())
            .with("user_name", self.user_name.as_str())
            .with_some("full_name", self.full_name.as_ref().map(FullName::as_str))
            .with_some("email", self.email.as_ref().map(EmailAddress::as_str))
            .with("email_verified", self.is_email_verified)
            .with("identity_provider", self.provider.as_str())
            .with("groups", groups)
            .with("disabled", self.is_disabled)
            .with("mfa_enabled", self.is_mfa_enabled)
            .with("session_epoch", self.session_epoch)
            .with("password_version", self.password_version)
            .with("version", self.version);
        let item = match &self.pending_email {
            None => item,
            Some(pending) => item
                .with("pending_email", pending.address.as_str())
                .with("pending_email_token", pending.token.to_string())
                .with("pending_email_expires_at", pending.expires_at),
        };
        match &self.invitation {
            None => item,
            Some(invitation) => item
                .with("invitation_token", invitation.token.to_string())
                .with_some("invitation_digest", invitation.digest)
                .with("invitation_expires_at", invitation.expires_at),
        }
    }

    /// Makes the user: the name, which must be free, and the profile.
    ///
    /// # Errors
    /// Never in practice: both items have keys.
    pub fn insert(&self) -> Result<[Write; 2]> {
        let key = layout::user_name(&self.environment.folded(), &self.user_name.folded());
        let name = Item::new(&key).with("user_id", self.id.to_string());
        Ok([Write::put(name)?.when_absent(), Write::put(self.to_item())?.when_absent()])
    }

    /// Replaces the profile as `before` had it; refused when anything changed it meanwhile. Raises the version.
    ///
    /// # Errors
    /// Never in practice: the item has a key.
    pub fn update(&self, before: &Self) -> Result<Write> {
        let after = Self { version: before.version + 1, ..self.clone() };
        Ok(Write::put(after.to_item())?
            .when("#version = :before AND #session_epoch = :epoch")
            .when("attribute_not_exists(#deleted)")
            .value(":before", before.version)
            .value(":epoch", before.session_epoch))
    }
}

/// Holds a transaction to an active user whose sessions are still of `epoch`. A new password, a factor that is turned on,
/// off or replaced, and the end of an account all raise it.
#[must_use]
pub fn check_epoch(user: UserId, epoch: u64) -> Write {
    while_active_of(epoch, Write::check(layout::profile(user)))
}

fn while_active_of(epoch: u64, write: Write) -> Write {
    write
        .when("#session_epoch = :epoch AND #disabled = :false AND attribute_not_exists(#deleted)")
        .value(":epoch", epoch)
        .value(":false", false)
}

/// Ends every session of an active user that is still of `epoch`.
#[must_use]
pub fn raise_epoch(user: UserId, epoch: u64) -> Write {
    let raise = Write::update(layout::profile(user), "SET #session_epoch = :next");
    while_active_of(epoch, raise).value(":next", epoch + 1)
}

/// As [`raise_epoch`], for a new password of this version, which voids the link that an administrator gave out.
#[must_use]
pub fn raise_epoch_for_password(user: UserId, epoch: u64, password_version: u64) -> Write {
    let change = "SET #session_epoch = :next, #password_version = :password_version \
                  REMOVE #invitation_token, #invitation_digest, #invitation_expires_at";
    while_active_of(epoch, Write::update(layout::profile(user), change))
        .value(":next", epoch + 1)
        .value(":password_version", password_version)
}

/// Turns MFA on or off for an active user and ends every session that is still of `epoch`.
#[must_use]
pub fn set_mfa_enabled(user: UserId, epoch: u64, is_enabled: bool) -> Write {
    let set = "SET #session_epoch = :next, #mfa_enabled = :enabled ADD #version :one";
    while_active_of(epoch, Write::update(layout::profile(user), set))
        .value(":next", epoch + 1)
        .value(":enabled", is_enabled)
        .value(":one", 1_u64)
}

/// Holds a transaction to an active user with MFA whose sessions are still of `epoch`.
#[must_use]
pub fn check_mfa_enabled(user: UserId, epoch: u64) -> Write {
    check_epoch(user, epoch).when("#mfa_enabled = :true").value(":true", true)
}

impl Store {
    /// The id of the user with this name, both folded.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub async fn user_id_by_name(&self, folded_environment: &str, folded_name: &str) -> Result<Option<UserId>> {
        let item = self.get(&layout::user_name(folded_environment, folded_name)).await?;
        item.map(|item| read_id(&item)).transpose()
    }

    /// A user's profile.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub async fn profile(&self, user: UserId) -> Result<Option<Profile>> {
        self.get(&layout::profile(user)).await?.map(|item| Profile::from_item(&item)).transpose()
    }

    /// A user's profile, where the user may still do anything.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub async fn active_profile(&self, user: UserId) -> Result<Option<Profile>> {
        Ok(self.profile(user).await?.filter(Profile::is_active))
    }

    /// Ids of an environment's users by folded name, at most `limit` after `after`.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub async fn list_user_ids(
        &self,
        folded_environment: &str,
        after: Option<String>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<(String, UserId)>> {
        let range = Range { after, limit: Some(limit), ..Range::default() };
        let items = self.query(&layout::users_partition(folded_environment), range, now).await?;
        items.iter().map(|item| Ok((item.text("SK")?.to_owned(), read_id(item)?))).collect()
    }
}

fn read_id(item: &Item) -> Result<UserId> {
    UserId::parse(item.text("user_id")?).ok_or_else(|| item.corrupt("user_id"))
}
