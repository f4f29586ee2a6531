//! §6: users, listed, made, read and deleted.

use serde_json::{Value, json};

use super::{call, key_calls::encoded};
use crate::entities::{DAY, Invitation, User, UserId};
use crate::exchange::{Answer, Letter, Refusal, Tag, Verdict, any, learn, refuse, set};
use crate::state::Model;
use crate::step::{Caller, Step};
use crate::words::{Address, Group, Name, Person, Place, Provider, Scopes};

/// A user to be made.
struct Order {
    person: Person,
    provider: Provider,
    groups: Vec<Group>,
    email: Option<Address>,
    into: usize,
}

/// Where a user is found.
pub(super) fn path_of(person: Person, what: &str) -> String {
    format!("/user/demo/{}/{}/{what}", person.environment().text(), encoded(person.user_name()))
}

impl Model {
    pub(super) fn step_users(&mut self, step: &Step) {
        match *step {
            Step::ListUsers { caller, place } => self.list_users(caller, place),
            Step::CreateUser { caller, person, provider, ref groups, email, into } => {
                self.create_user(caller, &Order { person, provider, groups: groups.clone(), email, into });
            }
            Step::GetUser { caller, person } => {
                let request = self.get(call("GetUser", caller), path_of(person, "info"));
                let verdict = self.admin(caller, Scopes::AUTHENTICATION).and_then(|_| match self.id_of(person) {
                    Some(id) => Ok(self.user_answer(id)),
                    None => refuse("not-found"),
                });
                self.exchanged(request, verdict);
            }
            Step::DeleteUser { caller, person } => {
                let request = self.delete(call("DeleteUser", caller), path_of(person, "info"));
                let verdict = self.try_delete_user(caller, person);
                self.exchanged(request, verdict);
            }
            ref other => self.step_user_changes(other),
        }
    }

    /// USER of the contract.
    fn user_view(&self, id: UserId) -> Value {
        let (mut view, user) = (self.info(id), self.user(id));
        view["disabled"] = user.is_disabled.into();
        view["mfa_enabled"] = user.mfa.is_some().into();
        view
    }

    pub(super) fn user_tag(&self, id: UserId) -> Tag {
        Tag { resource: format!("user {id}"), content: self.user_view(id).to_string() }
    }

    pub(super) fn user_answer(&self, id: UserId) -> Answer {
        Answer::tagged(200, self.user_view(id), self.user_tag(id))
    }

    fn list_users(&mut self, caller: Caller, place: Option<Place>) {
        let query = place.map_or_else(String::new, |place| format!("?environment_name_equal_cs={}", place.text()));
        let request = self.get(call("ListUsers", caller), format!("/user{query}"));
        let verdict = self.admin(caller, Scopes::AUTHENTICATION).map(|_| {
            let is_meant = |user: &User| place.is_none_or(|place| user.person.environment() == place);
            let meant = self.users.iter().filter(|(_, user)| is_meant(user));
            let items: Vec<_> = meant.map(|(id, _)| self.user_view(*id)).collect();
            Answer::of(200, json!({"items": set(&items), "next": null}))
        });
        self.exchanged(request, verdict);
    }

    fn create_user(&mut self, caller: Caller, order: &Order) {
        let body = json!({
            "environment_name": order.person.environment().text(),
            "user_name": order.person.user_name(),
            "identity_provider": order.provider.text(),
            "groups": order.groups.iter().map(|group| group.text()).collect::<Vec<_>>(),
        });
        let mut body = body;
        if let Some(address) = order.email {
            body["email"] = address.text().into();
        }
        let request = self.post(call("CreateUser", caller), "/user", body);
        let mut letters = Vec::new();
        let verdict = self.try_create_user(caller, order, &mut letters);
        self.exchanged(request, verdict);
        self.mails(letters);
    }

    /// Whether these groups of this environment make an administrator.
    pub(super) fn names_admin(place: Place, groups: &[Group]) -> bool {
        place == Place::Root && groups.contains(&Group::Admin)
    }

    /// Whether all of these groups are there.
    pub(super) fn has_groups(&self, place: Place, groups: &[Group]) -> bool {
        groups.iter().all(|group| self.groups.contains(&(place, *group)))
    }

    fn try_create_user(&mut self, caller: Caller, order: &Order, letters: &mut Vec<Letter>) -> Verdict {
        let principal = self.fresh_admin(caller)?;
        let place = order.person.environment();
        if Self::names_admin(place, &order.groups) && principal.is_key() {
            return refuse("session-required");
        }
        if !self.places.contains(&place) || !self.has_groups(place, &order.groups) {
            return refuse("invalid-request");
        }
        if self.id_of(order.person).is_some() {
            return refuse("name-taken");
        }
        let mut user = User::new(order.person, order.provider, order.groups.clone(), order.email);
        let mut shown = None;
        if user.is_local() && (!principal.is_key() || order.email.is_some()) {
            let (token, until) = (self.name("token"), self.now.plus(3 * DAY));
            user.invitation = Some(Invitation { token: token.clone(), until, is_mailed: principal.is_key() });
            match order.email.filter(|_| principal.is_key()) {
                None => {
                    shown = Some(issued(&token, until));
                    self.tokens[order.into] = Some(token);
                }
                Some(address) if self.has_mail => {
                    self.tokens[order.into] = Some(token.clone());
                    letters.push(Letter { to: address.text().to_owned(), token });
                }
                Some(_) => {}
            }
        }
        self.named += 1;
        let (id, is_local) = (self.named, user.is_local());
        self.users.insert(id, user);
        let mut body = self.user_view(id);
        if is_local {
            body["invitation"] = shown.unwrap_or_default();
        }
        Ok(Answer::of(201, body))
    }

    fn try_delete_user(&mut self, caller: Caller, person: Person) -> Verdict {
        let principal = self.fresh_admin(caller)?;
        let Some(id) = self.id_of(person) else { return refuse("not-found") };
        if self.user(id).is_admin() && principal.is_key() {
            return refuse("session-required");
        }
        self.check_admin_stays(id, false)?;
        self.end_sessions(id, None);
        self.keys.retain(|key| key.owner != id);
        self.resets.retain(|_, reset| reset.user != id);
        self.users.remove(&id);
        self.has_deleted_users = true;
        Ok(Answer::none())
    }

    /// The last administrator who may act stays one: `stays` says whether this user would.
    pub(super) fn check_admin_stays(&self, id: UserId, stays: bool) -> Result<(), Refusal> {
        let user = self.user(id);
        let is_last = user.is_admin() && !user.is_disabled && self.enabled_admins() == 1;
        if is_last && !stays { refuse("not-empty") } else { Ok(()) }
    }
}

/// An invitation that is shown.
pub(super) fn issued(token: &Name, until: shared::clock::Timestamp) -> Value {
    json!({"token": learn(token), "url": any(), "expires_at": until})
}
