//! What the first start makes: the demo account's users, through the same code as any user.

use shared::Error;
use shared::context::Context;
use shared::name::{EnvironmentName, UserName};
use shared::secret::Secret;
use shared::store::users::{Provider, ROOT_ENVIRONMENT};
use users::bootstrap::{NewUser, insert_first_administrator, insert_user, set_password};

/// The users that sign in with the demo password; the first of them is the administrator.
pub const LOCAL_USERS: [&str; 2] = ["admin", "jane"];
/// The user that a provider signs in.
pub const SSO_USER: &str = "sam";

/// What the first start made.
#[derive(Debug)]
pub struct FirstStart {
    /// The password of the local users, where it was generated.
    pub generated_password: Option<Secret>,
}

/// Makes the demo account in an empty table.
///
/// # Errors
/// The store's.
pub async fn run(context: &Context, demo_password: Option<Secret>) -> Result<FirstStart, Error> {
    let generated = demo_password.is_none();
    let password = demo_password.map_or_else(generate, Ok)?;
    let now = context.clock.now();
    let [administrator, user] = LOCAL_USERS;
    let administrator = insert_first_administrator(context, UserName::from_stored(administrator.to_owned()), now);
    let local = [administrator.await?, insert_user(context, demo_user(user, Provider::Local), now).await?];
    for profile in &local {
        set_password(context, profile, &password, now).await?;
    }
    insert_user(context, demo_user(SSO_USER, Provider::Saml), now).await?;
    Ok(FirstStart { generated_password: generated.then_some(password) })
}

fn demo_user(user_name: &str, provider: Provider) -> NewUser {
    NewUser {
        environment: EnvironmentName::from_stored(ROOT_ENVIRONMENT.to_owned()),
        user_name: UserName::from_stored(user_name.to_owned()),
        full_name: None,
        email: None,
        provider,
        groups: Vec::new(),
    }
}

fn generate() -> Result<Secret, Error> {
    let bytes = shared::secret::random_bytes::<15>()?;
    Ok(Secret::new(data_encoding::BASE32.encode(&bytes).to_lowercase()))
}
