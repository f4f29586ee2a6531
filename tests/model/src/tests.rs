//! Twenty thousand steps, and what was met on the way; and that a difference is found, made short and played again.

use std::collections::BTreeSet;

use proptest::prelude::{Just, Strategy};
use proptest_state_machine::{ReferenceStateMachine, Sequential};
use scenarios::document::{self, Node};
use scenarios::look_within;
use shared::clock::Timestamp;
use shared::http::BASE_PATH;

use crate::reference::Contract;
use crate::run::{History, Plan};
use crate::state::Model;
use crate::step::Step;
use crate::tally;
use crate::words::{Password, Person};

/// Steps that are taken here.
const STEPS: u64 = 20_000;
/// What no step of the model asks for: faults of the store and of a request's form, and pages of other sites.
const ELSEWHERE: [&str; 7] = [
    "internal",
    "unavailable",
    "payload-too-large",
    "unsupported-media-type",
    "ambiguous-credentials",
    "cross-site-request",
    "invalid-request",
];
/// Ways to be answered that are to be met, of all that `infra/openapi.yaml` describes but for those.
const MET_PERCENT: usize = 90;

/// `CreateApiKey` as `infra/openapi.yaml` calls the operation.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// The slugs of the problems that one answer of the document may be.
fn slugs(problems: &Node) -> Vec<String> {
    let kinds = problems.get("oneOf").map_or_else(|| vec![problems.clone()], |of| of.members().into_values().collect());
    let slug = |kind: &Node| kind.value()["properties"]["type"]["const"].as_str().unwrap_or_default().to_owned();
    kinds.iter().map(|kind| slug(kind).trim_start_matches("/problems/").to_owned()).collect()
}

/// Every operation with each way in which it may be answered.
fn described() -> BTreeSet<(String, String)> {
    let mut all = BTreeSet::new();
    for operation in document::operations() {
        for (status, answer) in operation.node.get("responses").expect("answers").members() {
            let problems =
                answer.get("content").and_then(|content| content.get("application/problem+json")?.get("schema"));
            let outcomes = problems.map_or_else(|| vec![status], |problems| slugs(&problems));
            all.extend(outcomes.into_iter().map(|outcome| (operation.id.clone(), outcome)));
        }
    }
    all.retain(|(_, outcome)| !ELSEWHERE.contains(&outcome.as_str()));
    all
}

#[test]
fn service_and_model_agree_step_by_step() {
    look_within("a clock that stands");
    let plan = Plan { seed: 1, threads: 2, histories: 50, steps: 200 };
    if let Err(difference) = plan.run() {
        panic!("{difference}");
    }
    assert!(tally::steps() >= STEPS, "{} steps", tally::steps());
    let met: BTreeSet<_> =
        tally::counts().into_keys().map(|(operation, outcome)| (snake_case(operation), outcome)).collect();
    for route in portal::ROUTES.iter().filter(|route| route.path.starts_with(BASE_PATH)) {
        let operation = snake_case(route.operation);
        let is_done = met.iter().any(|(of, outcome)| *of == operation && outcome.starts_with('2'));
        assert!(is_done, "{} was never carried out", route.operation);
    }
    let described = described();
    let unmet: Vec<_> = described.difference(&met).collect();
    let share = 100 * (described.len() - unmet.len()) / described.len();
    assert!(share >= MET_PERCENT, "{share} % of {} outcomes were met; not: {unmet:#?}", described.len());
}

/// A model that takes another password to be jane's.
fn mistaken() -> Model {
    let begins_at = Timestamp::parse_rfc3339("2027-05-19T12:00:00Z").expect("an instant");
    let mut model = Model::start(begins_at, false);
    let jane = model.id_of(Person::Jane).expect("she is there");
    model.user_mut(jane).password.as_mut().expect("hers").password = Password::Second;
    model
}

#[test]
fn a_difference_is_found_made_short_and_played_again() {
    look_within("a clock that stands");
    let begin = || Just(mistaken()).boxed();
    let (check, draw) = (Contract::preconditions, Contract::transitions);
    let histories = Sequential::new(20.into(), begin, check, draw, Contract::apply);
    let plan = Plan { seed: 1, threads: 1, histories: 5, steps: 20 };
    let difference = plan.run_histories(0, &histories).expect_err("the password is another");
    let sign_in = Step::SignIn { browser: 1, person: Person::Jane, password: Password::First };
    assert_eq!(difference.history.steps, [sign_in], "{difference}");
    assert!(difference.reason.contains("in place of sign-in-failed"), "{difference}");
    // It is the model that was mistaken.
    let text = serde_json::to_string(&difference.history).expect("JSON");
    let history: History = serde_json::from_str(&text).expect("a history");
    history.replay().expect("service and model agree");
}
