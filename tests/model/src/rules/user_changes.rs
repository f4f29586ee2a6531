//! §6: changes of a user by an administrator.

use serde_json::json;

use super::info::{address_text, full_name_text};
use super::users::{issued, path_of};
use super::{call, check_tag};
use crate::entities::{DAY, Invitation, UserId};
use crate::exchange::{Answer, Content, SentTag, Verdict, refuse};
use crate::state::Model;
use crate::step::{Caller, Change, IfMatch, Step};
use crate::words::{Address, Group, Person};

impl Model {
    pub(super) fn step_user_changes(&mut self, step: &Step) {
        match *step {
            Step::UpdateUser { caller, person, ref change, if_match } => {
                self.update_user(caller, person, change, if_match);
            }
            Step::InviteUser { caller, person, into } => self.invite_user(caller, person, into),
            Step::ResetUserMfa { caller, person } => {
                let path = path_of(person, "mfa/reset");
                let request = self.request(call("ResetUserMfa", caller), "POST", path, Content::Nothing);
                let verdict = self.try_reset_user_mfa(caller, person);
                self.exchanged(request, verdict);
            }
            ref other => self.step_directory(other),
        }
    }

    fn update_user(&mut self, caller: Caller, person: Person, change: &Change, if_match: IfMatch) {
        let body = match change {
            Change::FullName(name) => json!({"full_name": full_name_text(*name)}),
            Change::Email(address) => json!({"email": address_text(*address)}),
            Change::Groups(groups) => json!({"groups": groups.iter().map(|group| group.text()).collect::<Vec<_>>()}),
            Change::Disabled(is_disabled) => json!({"disabled": is_disabled}),
        };
        let resource = self.id_of(person).map_or_else(String::new, |id| format!("user {id}"));
        let mut request = self.patch(call("UpdateUser", caller), path_of(person, "info"), body);
        request.if_match = self.if_match(if_match, &resource);
        let sent = request.if_match.clone();
        let verdict = self.try_update_user(caller, person, change, sent.as_ref());
        self.exchanged(request, verdict);
    }

    fn try_update_user(&mut self, caller: Caller, person: Person, change: &Change, sent: Option<&SentTag>) -> Verdict {
        let principal = self.fresh_admin(caller)?;
        let Some(id) = self.id_of(person) else { return refuse("not-found") };
        let makes_admin = matches!(change, Change::Groups(groups) if Self::names_admin(person.environment(), groups));
        if principal.is_key() && (self.user(id).is_admin() || makes_admin) {
            return refuse("session-required");
        }
        if let Change::Groups(groups) = change
            && !self.has_groups(person.environment(), groups)
        {
            return refuse("invalid-request");
        }
        check_tag(sent, &self.user_tag(id))?;
        self.change_user(id, change)?;
        Ok(self.user_answer(id))
    }

    fn change_user(&mut self, id: UserId, change: &Change) -> Result<(), crate::exchange::Refusal> {
        match change {
            Change::FullName(name) => self.user_mut(id).full_name = *name,
            Change::Email(address) => self.set_email(id, *address),
            Change::Groups(groups) => {
                self.check_admin_stays(id, groups.contains(&Group::Admin))?;
                self.user_mut(id).groups = groups.iter().copied().collect();
            }
            Change::Disabled(is_disabled) => {
                self.check_admin_stays(id, !is_disabled)?;
                let was_disabled = std::mem::replace(&mut self.user_mut(id).is_disabled, *is_disabled);
                if *is_disabled && !was_disabled {
                    self.end_sessions(id, None);
                }
            }
        }
        Ok(())
    }

    /// An address that an administrator sets is in force, unverified; an invitation ends with any change of it.
    fn set_email(&mut self, id: UserId, address: Option<Address>) {
        let user = self.user_mut(id);
        user.pending_email = None;
        if user.email != address {
            user.email = address;
            user.is_email_verified = false;
            user.invitation = None;
        }
    }

    fn invite_user(&mut self, caller: Caller, person: Person, into: usize) {
        let path = path_of(person, "invitation");
        let request = self.request(call("InviteUser", caller), "POST", path, Content::Nothing);
        let verdict = self.try_invite_user(caller, person, into);
        self.exchanged(request, verdict);
    }

    fn try_invite_user(&mut self, caller: Caller, person: Person, into: usize) -> Verdict {
        self.fresh_admin_in_person(caller)?;
        let Some(id) = self.id_of(person) else { return refuse("not-found") };
        if !self.user(id).is_local() {
            return refuse("not-available-for-sso");
        }
        let (token, until) = (self.name("token"), self.now.plus(3 * DAY));
        self.user_mut(id).invitation = Some(Invitation { token: token.clone(), until, is_mailed: false });
        self.tokens[into] = Some(token.clone());
        Ok(Answer::of(201, issued(&token, until)))
    }

    fn try_reset_user_mfa(&mut self, caller: Caller, person: Person) -> Verdict {
        self.fresh_admin_in_person(caller)?;
        let Some(id) = self.id_of(person) else { return refuse("not-found") };
        if !self.user(id).is_local() {
            return refuse("not-available-for-sso");
        }
        self.end_mfa(id);
        self.end_sessions(id, None);
        Ok(Answer::none())
    }
}
