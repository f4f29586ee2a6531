//! Users of all environments, by environment and name, in pages that read no more than they may.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use shared::clock::Timestamp;
use shared::context::Context;
use shared::error::{Error, Result};
use shared::http::answer::json;
use shared::http::call::Call;
use shared::http::page::Page;
use shared::id::UserId;
use shared::name::fold;
use shared::scope::Scope;
use shared::store::Store;

use crate::administrator;
use crate::target;
use crate::view::User;

/// Environments that one page looks into; those without users cost nothing.
const ENVIRONMENTS_MAX: usize = 100;
/// Names that one page reads when it looks for a part of a name.
const NAMES_MAX: usize = 1_000;

pub(crate) async fn list_users(State(context): State<Context>, call: Call) -> Result<Response> {
    administrator::reader(&context, &call, Scope::Authentication).await?;
    call.no_body()?;
    let wanted = call.page()?;
    let part = call.query("user_name_contain_ci")?.unwrap_or_default();
    let environment = call.query("environment_name_equal_cs")?;
    let start = wanted.after.as_deref().map(Place::read).transpose()?;
    let mut search = Search::new(&context.store, fold(&part), wanted.limit, call.now);
    let stopped = match environment {
        None => search.everywhere(start).await?,
        Some(name) => match target::environment_named(&context, &name).await? {
            None => None,
            Some(environment) => search.within(environment.name.folded(), start).await?,
        },
    };
    let next = search.cut().or(stopped).map(|place| wanted.cursor_after(&place.to_string()));
    let ids: Vec<_> = search.found.iter().map(|(_, id)| *id).collect();
    let profiles = context.store.profiles(&ids, call.now).await?;
    let items = profiles.iter().map(|profile| User::new(profile, &context, call.now)).collect();
    json(StatusCode::OK, &Page { items, next })
}

/// Where in the order of all users something stands: after a name, or after all names of an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    folded_environment: String,
    folded_name: Option<String>,
}

impl Place {
    fn new(folded_environment: &str, folded_name: Option<String>) -> Self {
        Self { folded_environment: folded_environment.to_owned(), folded_name }
    }

    /// Reads what a cursor holds: no name has a `#` in it.
    pub(crate) fn read(text: &str) -> Result<Self> {
        match text.split_once('#') {
            None => Ok(Self::new(text, None)),
            Some((environment, name)) if !environment.is_empty() && !name.is_empty() => {
                Ok(Self::new(environment, Some(name.to_owned())))
            }
            Some(_) => Err(other_cursor()),
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.folded_environment)?;
        self.folded_name.as_ref().map_or(Ok(()), |name| write!(f, "#{name}"))
    }
}

fn other_cursor() -> Error {
    Error::invalid("?cursor", "must be the next of an earlier page of the same list")
}

/// Gathers one page, and one user more, which tells whether there is a next page.
pub(crate) struct Search<'a> {
    store: &'a Store,
    part: String,
    limit: usize,
    names_left: usize,
    now: Timestamp,
    pub(crate) found: Vec<(Place, UserId)>,
}

impl<'a> Search<'a> {
    pub(crate) fn new(store: &'a Store, part: String, limit: usize, now: Timestamp) -> Self {
        Self { store, part, limit, names_left: NAMES_MAX, now, found: Vec::new() }
    }

    /// Looks from `start` on; answers where it stopped, if not at the end.
    pub(crate) async fn everywhere(&mut self, start: Option<Place>) -> Result<Option<Place>> {
        let after = start.as_ref().map(|place| place.folded_environment.clone());
        if let Some(Place { folded_environment, folded_name: Some(name) }) = start {
            let stopped = self.look_into(&folded_environment, Some(name)).await?;
            if stopped.is_some() {
                return Ok(stopped);
            }
        }
        let environments = self.store.list_environments(after.as_deref(), ENVIRONMENTS_MAX, self.now).await?;
        for environment in environments.iter().filter(|environment| environment.users > 0) {
            let stopped = self.look_into(&environment.name.folded(), None).await?;
            if stopped.is_some() {
                return Ok(stopped);
            }
        }
        let last = environments.get(ENVIRONMENTS_MAX - 1);
        Ok(last.map(|environment| Place::new(&environment.name.folded(), None)))
    }

    /// Looks into one environment, from a place in it on.
    async fn within(&mut self, folded_environment: String, start: Option<Place>) -> Result<Option<Place>> {
        let after = match start {
            None => None,
            Some(Place { folded_environment: of, folded_name: Some(name) }) if of == folded_environment => Some(name),
            Some(_) => return Err(other_cursor()),
        };
        self.look_into(&folded_environment, after).await
    }

    async fn look_into(&mut self, environment: &str, mut after: Option<String>) -> Result<Option<Place>> {
        loop {
            let missing = self.limit + 1 - self.found.len();
            let most = if self.part.is_empty() { missing } else { self.names_left };
            let names = self.store.list_user_ids(environment, after.take(), most, self.now).await?;
            let is_end = names.len() < most;
            for (name, id) in names {
                let place = Place::new(environment, Some(name.clone()));
                self.names_left = self.names_left.saturating_sub(1);
                if name.contains(&self.part) {
                    self.found.push((place.clone(), id));
                }
                if self.found.len() > self.limit || self.names_left == 0 {
                    return Ok(Some(place));
                }
                after = Some(name);
            }
            if is_end {
                return Ok(None);
            }
        }
    }

    /// Leaves the one user too many to the next page; answers where that starts.
    pub(crate) fn cut(&mut self) -> Option<Place> {
        if self.found.len() <= self.limit {
            return None;
        }
        self.found.truncate(self.limit);
        self.found.last().map(|(place, _)| place.clone())
    }
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn a_place_is_read_back() {
        for place in [Place::new("root", None), Place::new("root", Some("jane".into()))] {
            assert_eq!(Place::read(&place.to_string()).expect("a place"), place);
        }
        assert!(Place::read("root#").is_err() && Place::read("#jane").is_err());
    }
}
