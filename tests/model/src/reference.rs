//! The model as what draws histories.

use proptest::prelude::*;
use proptest_state_machine::ReferenceStateMachine;
use shared::clock::Timestamp;

use crate::dice::Dice;
use crate::draw;
use crate::state::{Model, Mood};
use crate::step::Step;

/// Instants at which a history begins: an ordinary one, and those at which a calendar turns.
const BEGINNINGS: [&str; 5] = [
    "2027-05-19T12:00:00Z",
    "2027-12-31T23:59:30Z",
    "2028-02-28T23:50:00Z",
    "2028-02-29T10:00:00Z",
    "2027-06-30T23:59:59Z",
];
const MOODS: [Mood; 10] = [
    Mood::Even,
    Mood::Even,
    Mood::Even,
    Mood::Even,
    Mood::Resets,
    Mood::Addresses,
    Mood::WrongProofs,
    Mood::Keys,
    Mood::Keys,
    Mood::Keys,
];
/// One history in so many has mail, which makes every write slow.
const MAIL_ONCE_IN: u8 = 10;

pub(crate) struct Contract;

impl ReferenceStateMachine for Contract {
    type State = Model;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Model> {
        let beginning = prop::sample::select(BEGINNINGS.as_slice());
        let mood = prop::sample::select(MOODS.as_slice());
        let start = |(beginning, number, mood): (&str, u8, Mood)| {
            let now = Timestamp::parse_rfc3339(beginning).expect("an instant");
            Model { mood, ..Model::start(now, number == 0) }
        };
        (beginning, 0..MAIL_ONCE_IN, mood).prop_map(start).no_shrink().boxed()
    }

    fn transitions(model: &Model) -> BoxedStrategy<Step> {
        let model = model.clone();
        Just(()).prop_perturb(move |(), rng| draw::draw(&model, &mut Dice::new(rng))).boxed()
    }

    fn apply(mut model: Model, step: &Step) -> Model {
        model.step(step);
        model
    }

    fn preconditions(model: &Model, step: &Step) -> bool {
        draw::is_determined(model, step)
    }
}
