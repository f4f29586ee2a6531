//! What each function is given: clients of the table, the secret and the mail that hold it to its own role.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use notifier::Mailer;
use shared::context::Context;
use shared::secrets::{SecretSource, Secrets};

use crate::error::StartError;
use crate::need::Names;
use crate::outbox;
use crate::role::{Guard, Role};
use crate::store::TableStore;
use crate::template::Declared;
use crate::vault;

/// The functions' roles, and what is behind them.
pub struct Roles {
    by_function: BTreeMap<String, (Arc<Role>, Declared)>,
    services: Services,
    rewire: Option<Arc<dyn Rewire>>,
}

/// Changes the clients that a function is given, for tests that put something below the SDK.
pub trait Rewire: Send + Sync {
    /// The client of the table.
    fn table(&self, function: &str, client: aws_sdk_dynamodb::Client) -> aws_sdk_dynamodb::Client;

    /// The client of the secret.
    fn secret(&self, function: &str, client: aws_sdk_secretsmanager::Client) -> aws_sdk_secretsmanager::Client;

    /// The client of the mail.
    fn mail(&self, function: &str, client: aws_sdk_sesv2::Client) -> aws_sdk_sesv2::Client;
}

/// What stands in for the services that functions reach.
#[derive(Clone)]
pub struct Services {
    /// The table and all else that functions share, reached without a role.
    pub context: Context,
    /// The table's client without a role.
    pub table: aws_sdk_dynamodb::Client,
    /// The table's name.
    pub table_name: String,
    /// The secret's file.
    pub secret: PathBuf,
    /// The folder of caught mail.
    pub outbox: PathBuf,
}

impl Roles {
    /// A role for every function that the template declares.
    #[must_use]
    pub fn new(functions: BTreeMap<String, Declared>, services: Services) -> Self {
        let names = Names {
            table: services.table_name.clone(),
            secret: vault::SECRET.to_owned(),
            sender: services.context.config.mail_from.clone(),
        };
        let role = |(function, declared): (String, Declared)| {
            let role = Role::new(function.clone(), declared.permissions.clone(), names.clone());
            (function, (role, declared))
        };
        Self { by_function: functions.into_iter().map(role).collect(), services, rewire: None }
    }

    /// The same roles, for environments that start now: they have read nothing yet, and reach what they reach through
    /// clients that `rewire` changed.
    #[must_use]
    pub fn rewired(&self, rewire: Arc<dyn Rewire>) -> Self {
        let known = &self.services.context;
        let (store, clock, secrets) = (known.store.clone(), known.clock.clone(), known.secrets.clone());
        let config = known.config.as_ref().clone();
        let context = Context::new(store, clock, secrets, known.hasher.clone(), config);
        let services = Services { context, ..self.services.clone() };
        Self { by_function: self.by_function.clone(), services, rewire: Some(rewire) }
    }

    /// The functions that the template declares.
    pub fn functions(&self) -> impl Iterator<Item = &str> {
        self.by_function.keys().map(String::as_str)
    }

    /// The role of `function`.
    ///
    /// # Errors
    /// As [`Roles::context`].
    pub fn of(&self, function: &str) -> Result<&Role, StartError> {
        self.find(function).map(|(role, _)| role.as_ref())
    }

    /// What any function asked for in vain.
    #[must_use]
    pub fn refused(&self) -> Vec<String> {
        let of = |function: &str, role: &Role| {
            let refused = role.refused().into_iter();
            refused.map(|permission| format!("{function}: {permission}")).collect::<Vec<_>>()
        };
        self.by_function.iter().flat_map(|(function, (role, _))| of(function, role)).collect()
    }

    /// What `function` works with.
    ///
    /// # Errors
    /// `Template` when it declares no such function.
    pub fn context(&self, function: &str) -> Result<Context, StartError> {
        let (role, declared) = self.find(function)?;
        let mut context = self.services.context.clone();
        let mut client = TableStore::guarded(&self.services.table, Guard(Arc::clone(role)));
        if let Some(rewire) = &self.rewire {
            client = rewire.table(function, client);
        }
        context.store = context.store.reached_through(client);
        context.secrets = Secrets::new(if declared.has_secret {
            let mut client = vault::client(self.services.secret.clone(), Guard(Arc::clone(role)));
            if let Some(rewire) = &self.rewire {
                client = rewire.secret(function, client);
            }
            SecretSource::SecretsManager { client, secret_id: vault::SECRET.to_owned() }
        } else {
            SecretSource::Absent
        });
        Ok(context)
    }

    /// What `function` sends mail with.
    ///
    /// # Errors
    /// As [`Roles::context`].
    pub fn mailer(&self, function: &str) -> Result<Mailer, StartError> {
        let (role, _) = self.find(function)?;
        let clock = self.services.context.clock.clone();
        let mut client = outbox::client(self.services.outbox.clone(), clock, Guard(Arc::clone(role)));
        if let Some(rewire) = &self.rewire {
            client = rewire.mail(function, client);
        }
        Ok(Mailer::new(client))
    }

    fn find(&self, function: &str) -> Result<&(Arc<Role>, Declared), StartError> {
        self.by_function.get(function).ok_or_else(|| StartError::Template(format!("no function {function}")))
    }
}

#[cfg(test)]
mod tests;
