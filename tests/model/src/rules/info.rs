//! §3: the profile of who calls.

use serde_json::{Value, json};

use super::{call, check_tag};
use crate::entities::{DAY, PendingEmail, User, UserId, within_hour};
use crate::exchange::{Answer, Letter, SentTag, Tag, Verdict, refuse};
use crate::state::Model;
use crate::step::{Caller, Change, IfMatch, Step};
use crate::words::{Address, Group, Scopes};

/// A full name, or none.
pub(super) fn full_name(user: &User) -> Value {
    full_name_text(user.full_name)
}

pub(super) fn full_name_text(number: Option<u8>) -> Value {
    number.map_or(Value::Null, |number| format!("Ærø Ng {number}").into())
}

pub(super) fn address_text(address: Option<Address>) -> Value {
    address.map_or(Value::Null, |address| address.text().into())
}

impl Model {
    pub(super) fn step_info(&mut self, step: &Step) {
        match *step {
            Step::GetProfile(caller) => {
                let request = self.get(call("GetProfile", caller), "ME/info");
                let principal = self.with_scope(caller, Scopes::AUTHENTICATION);
                let verdict = principal.map(|principal| self.info_answer(principal.user()));
                self.exchanged(request, verdict);
            }
            Step::UpdateProfile { caller, ref change, if_match, into } => {
                self.update_profile(caller, change, if_match, into);
            }
            ref other => self.step_email(other),
        }
    }

    /// The members of `ME/info`.
    pub(super) fn info(&self, id: UserId) -> Value {
        let user = self.user(id);
        let is_of_root = user.person.environment() == crate::words::Place::Root;
        let roles =
            [Group::Admin, Group::Publisher].into_iter().filter(|role| is_of_root && user.groups.contains(role));
        json!({
            "account_name": "demo",
            "environment_name": user.person.environment().text(),
            "user_name": user.person.user_name(),
            "full_name": full_name(user),
            "email": address_text(user.email),
            "email_verified": user.is_email_verified,
            "pending_email": address_text(user.pending_at(self.now).map(|pending| pending.address)),
            "identity_provider": user.provider.text(),
            "roles": roles.map(Group::text).collect::<Vec<_>>(),
            "groups": user.groups.iter().map(|group| group.text()).collect::<Vec<_>>(),
        })
    }

    pub(super) fn info_answer(&self, id: UserId) -> Answer {
        Answer::tagged(200, self.info(id), self.info_tag(id))
    }

    fn info_tag(&self, id: UserId) -> Tag {
        Tag { resource: format!("info {id}"), content: self.info(id).to_string() }
    }

    fn update_profile(&mut self, caller: Caller, change: &Change, if_match: IfMatch, into: usize) {
        let body = match change {
            Change::FullName(name) => json!({"full_name": full_name_text(*name)}),
            Change::Email(address) => json!({"email": address_text(*address)}),
            // Nobody may say so of themselves.
            Change::Groups(_) => json!({"groups": []}),
            Change::Disabled(_) => json!({"user_name": "other"}),
        };
        let resource = self.owner(caller).map_or_else(String::new, |id| format!("info {id}"));
        let mut request = self.patch(call("UpdateProfile", caller), "ME/info", body);
        request.if_match = self.if_match(if_match, &resource);
        let sent = request.if_match.clone();
        let mut letters = Vec::new();
        let verdict = self.try_update_profile(caller, change, sent.as_ref(), into, &mut letters);
        self.exchanged(request, verdict);
        self.mails(letters);
    }

    fn try_update_profile(
        &mut self,
        caller: Caller,
        change: &Change,
        sent: Option<&SentTag>,
        into: usize,
        letters: &mut Vec<Letter>,
    ) -> Verdict {
        let (session, id) = self.person(caller)?;
        let user = self.user(id);
        if let Change::Email(address) = change {
            let is_in_force = *address == user.email && (address.is_none() || user.is_email_verified);
            if !is_in_force {
                self.require_fresh_session(&session)?;
            }
        }
        if matches!(change, Change::Groups(_) | Change::Disabled(_)) {
            return refuse("invalid-request");
        }
        check_tag(sent, &self.info_tag(id))?;
        match change {
            Change::FullName(name) => self.user_mut(id).full_name = *name,
            Change::Email(None) => self.clear_email(id),
            Change::Email(Some(address)) => letters.extend(self.ask_for_email(id, *address, into)?),
            Change::Groups(_) | Change::Disabled(_) => {}
        }
        Ok(self.info_answer(id))
    }

    fn clear_email(&mut self, id: UserId) {
        let user = self.user_mut(id);
        user.pending_email = None;
        if user.email.take().is_some() {
            user.is_email_verified = false;
            user.invitation = None;
        }
    }

    /// A new address waits until its token comes back; asking again sends again.
    fn ask_for_email(
        &mut self,
        id: UserId,
        address: Address,
        into: usize,
    ) -> Result<Vec<Letter>, crate::exchange::Refusal> {
        let (now, has_mail) = (self.now, self.has_mail);
        let user = self.user(id);
        if user.email == Some(address) && user.is_email_verified {
            return Ok(Vec::new());
        }
        if within_hour(&user.email_asked_at, now) >= 5 {
            return refuse("too-many-attempts");
        }
        let waiting = user.pending_at(now).filter(|pending| pending.address == address);
        let token = waiting.map(|pending| pending.token.clone());
        let token = token.unwrap_or_else(|| self.name("token"));
        let user = self.user_mut(id);
        user.email_asked_at.push(now);
        user.pending_email = Some(PendingEmail { address, token: token.clone(), until: now.plus(DAY) });
        if !has_mail {
            return Ok(Vec::new());
        }
        self.tokens[into] = Some(token.clone());
        Ok(vec![Letter { to: address.text().to_owned(), token }])
    }
}
