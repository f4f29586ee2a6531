//! §6: environments and groups.

use serde_json::{Value, json};

use super::{call, key_calls::encoded};
use crate::exchange::{Answer, Verdict, refuse, set};
use crate::state::Model;
use crate::step::{Caller, Step};
use crate::words::{Group, Place, Scopes};

impl Model {
    pub(super) fn step_directory(&mut self, step: &Step) {
        match *step {
            Step::ListEnvironments(caller) => {
                let request = self.get(call("ListEnvironments", caller), "/environment");
                let verdict = self.admin(caller, Scopes::AUTHENTICATION).map(|_| {
                    let items = self.places.iter().map(|place| place_view(*place)).collect::<Vec<_>>();
                    Answer::of(200, json!({"items": set(&items), "next": null}))
                });
                self.exchanged(request, verdict);
            }
            Step::CreateEnvironment { caller, place } => {
                let body = json!({"environment_name": place.text()});
                let request = self.post(call("CreateEnvironment", caller), "/environment", body);
                let verdict = self.fresh_admin(caller).and_then(|_| {
                    let is_new = self.places.insert(place);
                    if is_new { Ok(Answer::of(201, place_view(place))) } else { refuse("name-taken") }
                });
                self.exchanged(request, verdict);
            }
            Step::DeleteEnvironment { caller, place } => {
                let path = format!("/environment/demo/{}/info", place.text());
                let request = self.delete(call("DeleteEnvironment", caller), path);
                let verdict = self.try_delete_environment(caller, place);
                self.exchanged(request, verdict);
            }
            Step::ListGroups { caller, place } => self.list_groups(caller, place),
            Step::CreateGroup { caller, place, group } => {
                let body = json!({"environment_name": place.text(), "group_name": group.text()});
                let request = self.post(call("CreateGroup", caller), "/group", body);
                let verdict = self.try_create_group(caller, place, group);
                self.exchanged(request, verdict);
            }
            Step::DeleteGroup { caller, place, group } => {
                let path = format!("/group/demo/{}/{}/info", place.text(), encoded(group.text()));
                let request = self.delete(call("DeleteGroup", caller), path);
                let verdict = self.try_delete_group(caller, place, group);
                self.exchanged(request, verdict);
            }
            ref other => self.step_account(other),
        }
    }

    fn try_delete_environment(&mut self, caller: Caller, place: Place) -> Verdict {
        self.fresh_admin(caller)?;
        if !self.places.contains(&place) {
            return refuse("not-found");
        }
        let has_users = self.users.values().any(|user| user.person.environment() == place);
        let has_groups = self.groups.iter().any(|(within, _)| *within == place);
        if place == Place::Root || has_users || has_groups {
            return refuse("not-empty");
        }
        self.places.remove(&place);
        Ok(Answer::none())
    }

    fn list_groups(&mut self, caller: Caller, place: Option<Place>) {
        let query = place.map_or_else(String::new, |place| format!("?environment_name_equal_cs={}", place.text()));
        let request = self.get(call("ListGroups", caller), format!("/group{query}"));
        let verdict = self.admin(caller, Scopes::AUTHENTICATION).map(|_| {
            let meant = self.groups.iter().filter(|(within, _)| place.is_none_or(|place| *within == place));
            let items: Vec<_> = meant.map(|(within, group)| group_view(*within, *group)).collect();
            Answer::of(200, json!({"items": set(&items), "next": null}))
        });
        self.exchanged(request, verdict);
    }

    fn try_create_group(&mut self, caller: Caller, place: Place, group: Group) -> Verdict {
        self.fresh_admin(caller)?;
        if !self.places.contains(&place) {
            return refuse("invalid-request");
        }
        if !self.groups.insert((place, group)) {
            return refuse("name-taken");
        }
        Ok(Answer::of(201, group_view(place, group)))
    }

    fn try_delete_group(&mut self, caller: Caller, place: Place, group: Group) -> Verdict {
        self.fresh_admin(caller)?;
        if !self.groups.contains(&(place, group)) {
            return refuse("not-found");
        }
        let is_fixed = place == Place::Root && matches!(group, Group::Admin | Group::Publisher);
        let is_member =
            |user: &crate::entities::User| user.person.environment() == place && user.groups.contains(&group);
        if is_fixed || self.users.values().any(is_member) {
            return refuse("not-empty");
        }
        self.groups.remove(&(place, group));
        Ok(Answer::none())
    }
}

fn place_view(place: Place) -> Value {
    json!({"environment_name": place.text(), "description": null})
}

fn group_view(place: Place, group: Group) -> Value {
    json!({"environment_name": place.text(), "group_name": group.text(), "description": null})
}
