//! What an operation under faults is held to: no success without what it should do, nothing done twice, no door open, and
//! no refusal but its own.

use super::effects::Effects;
use super::fault::Fault;
use super::play::{Answer, Play};
use super::script::{Site, Stay};

/// What one request was answered, and what stood in the table then.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub(super) answer: Answer,
    pub(super) effects: Effects,
    /// The most failures that login protection counts of anybody.
    pub(super) failures: u64,
}

/// An operation without faults: once, and the same request once more.
pub(super) struct Faultless {
    pub(super) once: Outcome,
    pub(super) twice: Outcome,
    pub(super) sites: Vec<Site>,
}

impl Outcome {
    pub(super) fn without_side_effects(&self, play: &Play) -> Self {
        Self { effects: self.effects.without_side_effects(play.operation), ..self.clone() }
    }
}

/// What a client whose request failed has left to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// Nothing: it did not fail.
    Nothing,
    /// All of it.
    All,
    /// To learn that it was done.
    ToLearn,
    /// The rest.
    Rest,
}

/// Holds the answer to a request that met a fault to the contract.
pub(super) fn of_first(
    play: &Play,
    faultless: &Faultless,
    first: &Outcome,
    fault: Fault,
    stay: Stay,
) -> Result<Left, String> {
    let once = faultless.once.without_side_effects(play);
    if first.failures > 1 {
        return Err(format!("one attempt was counted {} times", first.failures));
    }
    if play.leaves_the_rest && first.answer.status == once.answer.status && first.effects.are_within(&once.effects) {
        return Ok(if first.effects == once.effects { Left::Nothing } else { Left::Rest });
    }
    if first.answer == once.answer {
        return if first.effects == once.effects {
            Ok(Left::Nothing)
        } else {
            Err(format!("answered well, and {}", first.effects.against(&once.effects)))
        };
    }
    if first.answer.slug.as_deref() != Some("unavailable") {
        return Err(format!("answered {:?}", first.answer));
    }
    if stay == Stay::Once && fault != Fault::Truncated && !play.leaves_the_rest {
        return Err("one fault that passes is not passed over".to_owned());
    }
    if first.answer.opens() {
        return Err("a door opens".to_owned());
    }
    if first.effects.is_empty() {
        return Ok(Left::All);
    }
    if first.effects == once.effects {
        return Ok(Left::ToLearn);
    }
    let is_halfway = play.halfway.is_some_and(|halfway| first.effects.0.iter().any(|it| it.starts_with(halfway.done)));
    if (is_halfway || play.leaves_the_rest) && first.effects.are_within(&once.effects) {
        return Ok(Left::Rest);
    }
    Err(format!("failed, and {}", first.effects.against(&once.effects)))
}

/// Holds the answer to the same request once more, without a fault, to the contract.
pub(super) fn of_second(play: &Play, faultless: &Faultless, left: &Left, second: &Outcome) -> Result<(), String> {
    let wanted = match left {
        Left::Nothing => return Ok(()),
        Left::All => faultless.once.without_side_effects(play),
        Left::ToLearn => faultless.twice.without_side_effects(play),
        Left::Rest if play.leaves_the_rest => {
            let is_done =
                second.answer.is_success() && second.effects == faultless.once.without_side_effects(play).effects;
            return if is_done { Ok(()) } else { Err(format!("then, the rest: {second:?}")) };
        }
        Left::Rest => {
            let is_told = play.halfway.is_some_and(|halfway| second.answer.slug.as_deref() == Some(halfway.answer));
            return if is_told { Ok(()) } else { Err(format!("then, halfway: {:?}", second.answer)) };
        }
    };
    if second.failures > 2 {
        return Err(format!("two attempts were counted {} times", second.failures));
    }
    if second.answer != wanted.answer {
        return Err(format!("then, {left:?}: answered {:?} instead of {:?}", second.answer, wanted.answer));
    }
    if second.effects != wanted.effects {
        return Err(format!("then, {left:?}: {}", second.effects.against(&wanted.effects)));
    }
    Ok(())
}
