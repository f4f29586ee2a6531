//! §2: resets and invitations.

use serde_json::json;

use super::call;
use crate::entities::{HOUR, Reset, Secret, UserId, within_hour};
use crate::exchange::{Answer, Letter, Verdict, containing, known, refuse, refuse_with};
use crate::state::Model;
use crate::step::Caller;
use crate::words::{Address, Password, Person};

impl Model {
    pub(super) fn request_password_reset(&mut self, person: Person, into: usize) {
        let body = json!({"environment_name": person.environment().text(), "user_name": person.user_name()});
        let request = self.post(call("RequestPasswordReset", Caller::Nobody), "/session/password-reset", body);
        if within_hour(&self.resets_asked_at, self.now) >= 20 {
            return self.exchanged(request, refuse("too-many-attempts"));
        }
        self.resets_asked_at.push(self.now);
        self.exchanged(request, Ok(Answer { status: 202, ..Answer::default() }));
        let Some(address) = self.reset_address(person).filter(|_| self.has_mail) else { return };
        let (id, token) = (self.id_of(person).expect("it has an address"), self.name("token"));
        let now = self.now;
        self.user_mut(id).reset_mailed_at.push(now);
        self.resets.insert(token.clone(), Reset { user: id, until: now.plus(HOUR), address });
        self.tokens[into] = Some(token.clone());
        self.mails(vec![Letter { to: address.text().to_owned(), token }]);
    }

    /// Where a reset is mailed to, if it is.
    fn reset_address(&self, person: Person) -> Option<Address> {
        let user = self.user(self.id_of(person)?);
        let may = user.is_local() && !user.is_disabled && user.is_email_verified;
        let is_rare = within_hour(&user.reset_mailed_at, self.now) < 3;
        user.email.filter(|_| may && is_rare)
    }

    pub(super) fn accept_invitation(&mut self, browser: usize, token: usize, password: Password) {
        let name = self.tokens[token].clone();
        let found = name.as_ref().and_then(|name| self.opened_by(name));
        let person = found.map_or(Person::Jane, |(id, _)| self.user(id).person);
        let body = json!({
            "token": known(name.as_deref().unwrap_or("no token")),
            "password": password.text(person),
        });
        let request = self.post(call("AcceptInvitation", Caller::Browser(browser)), "/session/invitation", body);
        let verdict = self.try_accept_invitation(browser, found, password);
        self.exchanged(request, verdict);
    }

    /// Whose password a token sets, and whether having it proves the address.
    pub(crate) fn opened_by(&self, token: &str) -> Option<(UserId, bool)> {
        let may = |id: &UserId| self.user(*id).is_local() && !self.user(*id).is_disabled;
        let invited = self.users.iter().find_map(|(id, user)| {
            let invitation = user.invitation.as_ref().filter(|invitation| invitation.token == token)?;
            (self.now < invitation.until).then_some((*id, invitation.is_mailed))
        });
        let reset = self.resets.get(token).filter(|reset| self.now < reset.until);
        let reset = reset.filter(|reset| self.user(reset.user).email == Some(reset.address));
        invited.or_else(|| reset.map(|reset| (reset.user, false))).filter(|(id, _)| may(id))
    }

    fn try_accept_invitation(&mut self, browser: usize, found: Option<(UserId, bool)>, password: Password) -> Verdict {
        let Some((id, proves_address)) = found else { return refuse("token-expired") };
        let user = self.user(id);
        if let Some(reason) = super::passwords::rejection(user, password) {
            return refuse_with("password-rejected", json!({"reasons": containing(reason)}));
        }
        self.set_password(id, password);
        let user = self.user_mut(id);
        user.invitation = None;
        user.is_email_verified |= proves_address;
        user.devices.clear();
        self.end_sessions(id, None);
        Ok(self.prove_password(browser, id, false))
    }

    /// Sets a password, which voids all links that were mailed to set one.
    pub(super) fn set_password(&mut self, id: UserId, password: Password) {
        let changed_at = self.now;
        let user = self.user_mut(id);
        let version = user.password.as_ref().map_or(0, |secret| secret.version) + 1;
        user.password = Some(Secret { password, changed_at, version });
        user.invitation = None;
        self.resets.retain(|_, reset| reset.user != id);
        self.challenges.retain(|_, challenge| challenge.user != id);
    }
}
