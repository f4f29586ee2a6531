//! An administrator at work while functions are killed: users come, join and leave groups, and go.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use fastrand::Rng;
use scenarios::{Person, Response, World};
use serde_json::{Value, json};

/// Names that users have in turn.
const NAMES: u8 = 6;
/// Groups that they join.
const GROUPS: [&str; 2] = ["App Publisher", "Night shift"];

/// What is known of each name: the groups of its user, or that nobody has it. Where nobody was told, both stand.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    known: BTreeMap<u8, Vec<Option<Vec<String>>>>,
    interrupted: usize,
}

/// An administrator whom nobody else signs in as.
pub(crate) async fn operator(world: &World) -> Person {
    let operator = world.new_user().named("operator").groups(["Admin"]).create().await;
    operator.post("/group", json!({"environment_name": "ROOT", "group_name": GROUPS[1]})).await.expect(201);
    operator
}

/// Works until it is over; one call after the other, so that each answer is the truth until the next.
pub(crate) async fn work(operator: Person, seed: u64, is_over: Arc<AtomicBool>) -> Ledger {
    let mut rng = Rng::with_seed(seed);
    let mut ledger = Ledger::default();
    while !is_over.load(Ordering::SeqCst) {
        ledger.change(&operator, &mut rng).await;
    }
    ledger
}

fn user_name(name: u8) -> String {
    format!("worker-{name}")
}

fn path(name: u8) -> String {
    format!("/user/demo/ROOT/{}/info", user_name(name))
}

/// Whether nobody knows what became of a call.
fn is_unknown(answer: &Response) -> bool {
    answer.status() == 503 || (answer.status() == 500 && answer.slug().is_none())
}

impl Ledger {
    async fn change(&mut self, operator: &Person, rng: &mut Rng) {
        let name = rng.u8(..NAMES);
        let groups: Vec<_> = GROUPS.into_iter().filter(|_| rng.bool()).map(str::to_owned).collect();
        let known = self.known.entry(name).or_insert_with(|| vec![None]).clone();
        let is_there = known.iter().any(Option::is_some);
        let (call, after) = match rng.u8(..3) {
            _ if !is_there => {
                let body = json!({"environment_name": "ROOT", "user_name": user_name(name), "groups": groups});
                (operator.post("/user", body), Some(groups))
            }
            0 => (operator.delete(&path(name)), None),
            _ => (operator.patch(&path(name), json!({"groups": groups})), Some(groups)),
        };
        let answer = call.perhaps_answered_by_gateway().await;
        self.interrupted += usize::from(answer.status() == 500);
        let next = match answer.status() {
            200 | 201 | 204 => vec![after],
            _ if is_unknown(&answer) => [known, vec![after]].concat(),
            // Who was not told before is told now.
            404 => known.into_iter().filter(Option::is_none).collect(),
            409 => known.into_iter().flatten().map(Some).collect(),
            _ => panic!("no answer to an administrator: {answer:?}"),
        };
        assert!(!next.is_empty(), "{}: {answer:?}, but it was told otherwise before", user_name(name));
        self.known.insert(name, next);
    }

    /// Calls that the gateway answered for a function that was killed under way.
    pub(crate) const fn interrupted(&self) -> usize {
        self.interrupted
    }

    /// Users that are not as was acknowledged.
    pub(crate) async fn faults(&self, operator: &Person) -> Vec<String> {
        let mut faults = Vec::new();
        for (name, known) in &self.known {
            let answer = operator.get(&path(*name)).await;
            let groups = |answer: &Response| {
                let mut groups: Vec<_> = answer["groups"].as_array()?.iter().filter_map(Value::as_str).collect();
                groups.sort_unstable();
                Some(groups.into_iter().map(str::to_owned).collect::<Vec<_>>())
            };
            let found = if answer.status() == 200 { groups(&answer) } else { None };
            if !known.contains(&found) {
                faults.push(format!("{}: {found:?}, and it was told {known:?}", user_name(*name)));
            }
        }
        faults
    }
}
