//! What the first start makes: the demo account's users.

use shared::Error;
use shared::context::Context;
use shared::secret::Secret;

/// The users that sign in with the demo password.
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
    bootstrap(context, &password).await?;
    Ok(FirstStart { generated_password: generated.then_some(password) })
}

#[expect(clippy::unused_async, reason = "the call into `users` goes here")]
async fn bootstrap(_context: &Context, _password: &Secret) -> Result<(), Error> {
    Ok(())
}

fn generate() -> Result<Secret, Error> {
    let bytes = shared::secret::random_bytes::<15>()?;
    Ok(Secret::new(data_encoding::BASE32.encode(&bytes).to_lowercase()))
}
