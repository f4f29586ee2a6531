//! §5 and §6: one key, by its name or as the calling one, and introspection.

use serde_json::json;

use super::{call, check_tag};
use crate::entities::Previous;
use crate::exchange::{Answer, Content, Refusal, SentTag, Verdict, any, known, refuse};
use crate::guard::Principal;
use crate::state::Model;
use crate::step::{Caller, Expiry, Step, Target};
use crate::words::{KeyName, Name, Scopes};

/// A rotation that is asked for.
#[derive(Clone, Copy)]
struct Rotation {
    overlap: u32,
    expiry: Expiry,
}

impl Model {
    pub(super) fn step_key_calls(&mut self, step: &Step) {
        match *step {
            Step::GetApiKey { caller, target } => {
                let request = self.get(call("GetApiKey", caller), path_of(target, ""));
                let verdict = self.try_get_api_key(caller, target);
                self.exchanged(request, verdict);
            }
            Step::DeleteApiKey { caller, target, if_match } => {
                let mut request = self.delete(call("DeleteApiKey", caller), path_of(target, ""));
                request.if_match = self.if_match(if_match, &self.resource_of(caller, target));
                let sent = request.if_match.clone();
                let verdict = self.try_delete_api_key(caller, target, sent.as_ref());
                self.exchanged(request, verdict);
            }
            Step::RotateApiKey { caller, target, overlap, expiry, if_match, into } => {
                let rotation = Rotation { overlap, expiry };
                let mut body = json!({"overlap_seconds": overlap});
                if let Some((text, _)) = self.expiry(expiry) {
                    body["expiration_date"] = text.into();
                }
                let mut request = self.post(call("RotateApiKey", caller), path_of(target, "/rotate"), body);
                request.if_match = self.if_match(if_match, &self.resource_of(caller, target));
                let (sent, mut made) = (request.if_match.clone(), None);
                let verdict = self.try_rotate_api_key(caller, target, rotation, sent.as_ref(), &mut made);
                self.exchanged(request, verdict);
                if made.is_some() {
                    self.values[into] = made;
                }
            }
            Step::IntrospectToken { caller, value } => self.introspect(caller, value),
            ref other => self.step_users(other),
        }
    }

    /// Of what the last tag is sent, where the caller has such a key.
    fn resource_of(&self, caller: Caller, target: Target) -> String {
        match (target, caller) {
            (Target::Named(name), _) => self.owner(caller).map(|user| Self::key_resource(user, name)),
            (Target::Calling, Caller::Key(place)) => {
                self.key_of(place).ok().map(|(at, user)| Self::key_resource(user, self.keys[at].name))
            }
            (Target::Calling, _) => None,
        }
        .unwrap_or_default()
    }

    /// The key that a path names; whoever names the calling one needs no scope.
    fn target(&self, principal: &Principal, target: Target) -> Result<Option<usize>, Refusal> {
        match target {
            Target::Calling => Ok(principal.key()),
            Target::Named(name) => {
                self.require_scope(principal, Scopes::API_KEY)?;
                Ok(self.key_named(principal.user(), name).filter(|_| name != KeyName::Bad))
            }
        }
    }

    fn try_get_api_key(&mut self, caller: Caller, target: Target) -> Verdict {
        let principal = self.person_or_key(caller)?;
        let Some(at) = self.target(&principal, target)? else { return refuse("not-found") };
        let key = &self.keys[at];
        Ok(Answer::tagged(200, self.key_view(key, None), Self::key_tag(key)))
    }

    fn try_delete_api_key(&mut self, caller: Caller, target: Target, sent: Option<&SentTag>) -> Verdict {
        let principal = self.person_or_key(caller)?;
        let Some(at) = self.target(&principal, target)? else { return refuse("not-found") };
        check_tag(sent, &Self::key_tag(&self.keys[at]))?;
        self.keys.remove(at);
        Ok(Answer::none())
    }

    fn try_rotate_api_key(
        &mut self,
        caller: Caller,
        target: Target,
        rotation: Rotation,
        sent: Option<&SentTag>,
        made: &mut Option<Name>,
    ) -> Verdict {
        let principal = self.person_or_key(caller)?;
        let found = self.target(&principal, target)?;
        self.require_fresh(&principal)?;
        if rotation.overlap > 604_800 {
            return refuse("invalid-request");
        }
        let cap = self.key_end(&principal);
        self.chosen_end(rotation.expiry, self.now, cap)?;
        let Some(at) = found else { return refuse("not-found") };
        self.require_scope(&principal, self.keys[at].scopes)?;
        check_tag(sent, &Self::key_tag(&self.keys[at]))?;
        let is_replaced = matches!(principal, Principal::Key { at: own, replaced_until: Some(_), .. } if own == at);
        if self.keys[at].is_expired(self.now) || is_replaced {
            return refuse("key-not-active");
        }
        let end = self.chosen_end(rotation.expiry, self.keys[at].expires_at, cap)?;
        let (value, now) = (self.name("value"), self.now);
        let key = &mut self.keys[at];
        let until = now.plus(rotation.overlap).min(key.expires_at);
        let previous = Previous { value: key.value.clone(), issued_at: key.issued_at(), until };
        key.previous = Some(previous).filter(|previous| now < previous.until);
        (key.value, key.expires_at, key.rotated_at) = (value.clone(), end, Some(now));
        let key = &self.keys[at];
        let answer = Answer::tagged(200, self.key_view(key, Some(&value)), Self::key_tag(key));
        *made = Some(value);
        Ok(answer)
    }

    fn introspect(&mut self, caller: Caller, value: usize) {
        let token = self.values[value].clone();
        let content = Content::Form(known(token.as_deref().unwrap_or("no value")));
        let request = self.request(call("IntrospectToken", caller), "POST", "/introspect", content);
        let verdict = self.admin(caller, Scopes::AUTHENTICATION).map(|_| self.introspection(value));
        self.exchanged(request, verdict);
    }

    fn introspection(&self, value: usize) -> Answer {
        let active = self.key_of(value).ok().filter(|(at, _)| !self.keys[*at].is_expired(self.now));
        let Some((at, owner)) = active else { return Answer::of(200, json!({"active": false})) };
        let key = &self.keys[at];
        let previous = key.previous.as_ref().filter(|previous| Some(&previous.value) == self.values[value].as_ref());
        let of_previous = |previous: &Previous| (previous.issued_at, previous.until.min(key.expires_at));
        let (issued_at, end) = previous.map_or((key.issued_at(), key.expires_at), of_previous);
        let body = json!({
            "active": true,
            "scope": key.scopes.names().join(" "),
            "sub": any(),
            "username": self.user(owner).person.user_name(),
            "exp": end.unix_seconds(),
            "iat": issued_at.unix_seconds(),
            "client_id": key.name.text(),
        });
        Answer::of(200, body)
    }
}

fn path_of(target: Target, what: &str) -> String {
    match target {
        Target::Calling => format!("ME/api-key/@self{what}"),
        Target::Named(name) => format!("ME/api-key/{}{what}", encoded(&name.text())),
    }
}

/// As one segment of a path.
pub(super) fn encoded(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    name.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
