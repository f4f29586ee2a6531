//! Time that passes, and what only time brings about.

use shared::clock::Timestamp;

use crate::dice::Dice;
use crate::entities::{DAY, HOUR};
use crate::state::Model;
use crate::step::{BROWSERS, Step};

const SHORT: [u32; 12] = [1, 5, 29, 30, 31, 60, 299, 300, 301, 599, 600, 1_200];
const LONG: [u32; 8] = [HOUR, 65 * 60, 2 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 30 * DAY];
/// After so long all sessions are over by themselves.
const ALL_OVER: u32 = 13 * HOUR;

/// The clean-up reads sixteen partitions for each day since it last ran: after so many days it seldom runs here.
const DAYS_CLEANED: i64 = 10;

/// Whether it is plain of each session if it is alive then.
pub(super) fn is_clear_after(model: &Model, seconds: u32) -> bool {
    let at = model.now.plus(seconds);
    !model.sessions.values().any(|session| model.is_unclear_at(session, at))
}

pub(super) fn draw(model: &Model, dice: &mut Dice) -> Step {
    let days = model.now.day() - model.cleaned_at.day();
    match dice.below(16) {
        0..2 if days <= DAYS_CLEANED || dice.chance(4) => Step::CleanUp,
        2 => Step::CopySession { from: dice.below(BROWSERS), to: dice.below(BROWSERS) },
        _ => advance(model, dice),
    }
}

fn advance(model: &Model, dice: &mut Dice) -> Step {
    for _ in 0..8 {
        let seconds = match dice.below(20) {
            0..12 => dice.one(&SHORT),
            12..19 => to_an_end(model, dice),
            _ => dice.one(&LONG),
        };
        if is_clear_after(model, seconds) {
            return Step::Advance(seconds);
        }
    }
    Step::Advance(ALL_OVER)
}

/// To the second at which something ends, or one beside it.
fn to_an_end(model: &Model, dice: &mut Dice) -> u32 {
    let now = model.now;
    let sessions = model.sessions.values().flat_map(|session| [session.expires_at, session.fresh_until]);
    let keys = model.keys.iter().flat_map(|key| [key.expires_at, key.expires_at.plus(7 * DAY)]);
    let overlaps = model.keys.iter().filter_map(|key| key.previous.as_ref().map(|previous| previous.until));
    let challenges = model.challenges.values().map(|challenge| challenge.expires_at);
    let resets = model.resets.values().map(|reset| reset.until);
    let of_users = model.users.values().flat_map(|user| {
        let invitation = user.invitation.as_ref().map(|invitation| invitation.until);
        let pending = user.pending_email.as_ref().map(|pending| pending.until);
        [invitation, pending, user.enrolment.as_ref().map(|(_, until)| *until)]
    });
    let midnight = Timestamp::from_unix_seconds((now.day() + 1) * i64::from(DAY));
    let all = sessions.chain(keys).chain(overlaps).chain(challenges).chain(resets).chain(of_users.flatten());
    let ahead: Vec<_> = all.chain([midnight]).filter(|at| *at > now).collect();
    // The nearer an end, the likelier: what is far takes all else along.
    let nearest = dice.one(&ahead).min(dice.one(&ahead)).min(dice.one(&ahead));
    let seconds = nearest.seconds_since(now);
    [seconds.saturating_sub(1), seconds, seconds + 1][dice.below(3)].max(1)
}
