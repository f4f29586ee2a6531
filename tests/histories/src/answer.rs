//! What an answer means for the objects of the contract.

use std::collections::BTreeMap;

use scenarios::Response;
use shared::clock::Timestamp;

use crate::account::{self, Answered, Changed, Ended, SignedIn, SteppedUp};
use crate::keys::{self, Deleted, Made, Rotated, Tag, Used};
use crate::knowledge::{News, Told};
use crate::order::{Asked, OfKey, OfPerson};
use crate::record::Recorder;

/// Seconds from a sign-in to the end of its session.
const LIFETIME_SECONDS: i64 = 12 * 60 * 60;
/// Seconds from a right password to the end of its challenge.
const CHALLENGE_SECONDS: i64 = 300;

/// What took place, as the objects know it.
#[derive(Clone, Debug)]
pub(crate) enum Acts {
    /// Of a person.
    Person(usize, Vec<account::Act>),
    /// Of the key of a name.
    Key(u8, keys::Act),
}

/// What is to be made of an answer.
#[derive(Clone, Debug)]
pub(crate) enum Meaning {
    /// These took place, and this was told.
    Known(Acts, Vec<News>),
    /// Nobody knows whether this took place.
    Unknown(Acts, Vec<News>),
    /// Nothing was changed or seen: too many attempts, a session that had to be fresh, or no answer to a question.
    Nothing,
}

/// Reads an answer; panics on one that the contract does not have there.
#[must_use]
pub(crate) fn read(asked: &Asked, answer: &Response, recorder: &Recorder) -> Meaning {
    if answer.status() == 429 {
        return Meaning::Nothing;
    }
    let is_of_gateway = answer.status() == 500 && answer.slug().is_none();
    let is_unknown = answer.status() == 503 || is_of_gateway;
    match asked {
        Asked::Person(person, asked) if is_unknown => unknown_of_person(*person, asked, recorder),
        Asked::Key(name, asked) if is_unknown => unknown_of_key(*name, asked, recorder),
        Asked::Person(person, asked) => {
            let (acts, news) = of_person(*person, asked, answer, recorder);
            Meaning::Known(Acts::Person(*person, acts), news)
        }
        Asked::Key(..) if answer.slug() == Some("step-up-required") => Meaning::Nothing,
        Asked::Key(name, asked) => {
            let (act, news) = of_key(*name, asked, answer, recorder);
            Meaning::Known(Acts::Key(*name, act), news)
        }
    }
}

fn unknown_of_person(person: usize, asked: &OfPerson, recorder: &Recorder) -> Meaning {
    use account::Act;
    let mut news = Vec::new();
    let act = match asked {
        // What nobody was told of changes nothing for others.
        OfPerson::SignIn(_) | OfPerson::Use(_) => return Meaning::Nothing,
        OfPerson::Answer(challenge, proof) => Act::Answer(*challenge, *proof, Answered::Unknown),
        OfPerson::StepUp(cookie, password, proof) => Act::StepUp(*cookie, *password, *proof, SteppedUp::Unknown),
        OfPerson::ChangePassword(cookie, current, new) => {
            news.push(News::Password(person, new.clone()));
            Act::ChangePassword(*cookie, *current, new.0, Changed::Unknown)
        }
        OfPerson::EndOthers(cookie) => Act::EndOthers(*cookie, Ended::Unknown),
        OfPerson::SignOut(cookie) => Act::PerhapsSignOut(*cookie),
        OfPerson::ReplaceCodes(cookie) => Act::PerhapsReplaceCodes(*cookie, recorder.untold()),
    };
    Meaning::Unknown(Acts::Person(person, vec![act]), news)
}

fn unknown_of_key(name: u8, asked: &OfKey, recorder: &Recorder) -> Meaning {
    use keys::Act;
    let act = match asked {
        OfKey::Use(_) | OfKey::Get | OfKey::List => return Meaning::Nothing,
        OfKey::Create(expires) => Act::Create(*expires, Made::Unknown(recorder.untold())),
        OfKey::Rotate(rotation) => Act::Rotate(*rotation, Rotated::Unknown(recorder.untold())),
        OfKey::Delete(if_match) => Act::Delete(*if_match, Deleted::Unknown),
    };
    Meaning::Unknown(Acts::Key(name, act), Vec::new())
}

/// A cookie that an answer sets, with its number.
fn cookie(answer: &Response, recorder: &Recorder) -> Told {
    let cookie = answer.set_cookie("__Host-session").unwrap_or_else(|| panic!("no cookie: {answer:?}"));
    (recorder.number(cookie), cookie.to_owned())
}

fn unexpected(asked: &dyn std::fmt::Debug, answer: &Response) -> ! {
    panic!("no answer to {asked:?}: {answer:?}")
}

fn of_person(
    person: usize,
    asked: &OfPerson,
    answer: &Response,
    recorder: &Recorder,
) -> (Vec<account::Act>, Vec<News>) {
    use account::Act;
    let status = answer.status();
    let no_session = answer.slug() == Some("session-expired");
    let over = |cookie: &u32| if no_session { vec![News::Over(person, *cookie)] } else { Vec::new() };
    match asked {
        OfPerson::SignIn(password) => {
            let (outcome, news) = signed_in(person, asked, answer, recorder);
            (vec![Act::SignIn(*password, outcome)], news)
        }
        OfPerson::Answer(challenge, proof) => {
            let (outcome, news) = match answer.slug() {
                None if status == 201 => {
                    let told = cookie(answer, recorder);
                    (Answered::Session(told.0), vec![News::Cookie(person, told)])
                }
                Some("sign-in-failed") => (Answered::Refused, Vec::new()),
                Some("token-expired") => (Answered::Over, Vec::new()),
                _ => unexpected(asked, answer),
            };
            (vec![Act::Answer(*challenge, *proof, outcome)], news)
        }
        OfPerson::StepUp(session, password, proof) => {
            let (outcome, news) = match answer.slug() {
                None if status == 204 => {
                    let told = cookie(answer, recorder);
                    (SteppedUp::Done(told.0), vec![News::Cookie(person, told)])
                }
                Some("password-incorrect") => (SteppedUp::PasswordIncorrect, Vec::new()),
                Some("code-rejected") => (SteppedUp::CodeRejected, Vec::new()),
                _ if no_session => (SteppedUp::NoSession, over(session)),
                _ => unexpected(asked, answer),
            };
            (vec![Act::StepUp(*session, *password, *proof, outcome)], news)
        }
        OfPerson::ChangePassword(session, current, new) => {
            let (outcome, news) = match answer.slug() {
                None if status == 204 => {
                    let news = [News::Password(person, new.clone()), News::Survivor(person, *session)];
                    (Changed::Done, news.to_vec())
                }
                Some("password-incorrect") => (Changed::PasswordIncorrect, Vec::new()),
                _ if no_session => (Changed::NoSession, over(session)),
                _ => unexpected(asked, answer),
            };
            (vec![Act::ChangePassword(*session, *current, new.0, outcome)], news)
        }
        OfPerson::EndOthers(session) if status == 204 => {
            (vec![Act::EndOthers(*session, Ended::Done)], vec![News::Survivor(person, *session)])
        }
        OfPerson::EndOthers(session) if no_session => (vec![Act::EndOthers(*session, Ended::NoSession)], over(session)),
        OfPerson::SignOut(session) if status == 204 => (vec![Act::SignOut(*session)], Vec::new()),
        OfPerson::Use(session) if status == 200 => {
            (vec![Act::Use(*session, Some(instant(answer, "fresh_until")))], Vec::new())
        }
        OfPerson::Use(session) if no_session => (vec![Act::Use(*session, None)], over(session)),
        OfPerson::ReplaceCodes(session) if status == 200 => {
            let (set, news) = codes(person, answer, recorder);
            (vec![Act::Authenticate(*session), Act::ReplaceCodes(*session, set)], news)
        }
        OfPerson::ReplaceCodes(session) if no_session => (vec![Act::NoSession(*session)], over(session)),
        OfPerson::ReplaceCodes(session) if answer.slug() == Some("step-up-required") => {
            (vec![Act::Stale(*session)], Vec::new())
        }
        _ => unexpected(asked, answer),
    }
}

fn signed_in(person: usize, asked: &OfPerson, answer: &Response, recorder: &Recorder) -> (SignedIn, Vec<News>) {
    match (answer.status(), answer.slug()) {
        (201, _) => {
            let told = cookie(answer, recorder);
            let created = instant(answer, "expires_at") - LIFETIME_SECONDS;
            (SignedIn::Session(told.0, created), vec![News::Cookie(person, told)])
        }
        (200, _) => {
            let challenge = answer.text("challenge");
            let told = (recorder.number(&challenge), challenge);
            let created = instant(answer, "expires_at") - CHALLENGE_SECONDS;
            (SignedIn::Challenge(told.0, created), vec![News::Challenge(person, told)])
        }
        (_, Some("sign-in-failed")) => (SignedIn::Refused, Vec::new()),
        _ => unexpected(asked, answer),
    }
}

/// A new set of recovery codes.
fn codes(person: usize, answer: &Response, recorder: &Recorder) -> (u32, Vec<News>) {
    let codes = answer["recovery_codes"].as_array().unwrap_or_else(|| panic!("no codes: {answer:?}"));
    let codes: Vec<_> = codes.iter().filter_map(|code| code.as_str().map(str::to_owned)).collect();
    let set = recorder.number(&codes.concat());
    (set, vec![News::Codes(person, set, codes)])
}

fn of_key(name: u8, asked: &OfKey, answer: &Response, recorder: &Recorder) -> (keys::Act, Vec<News>) {
    use keys::Act;
    let shown = || {
        let (text, expires) = (answer.text("value"), instant(answer, "expiration_date"));
        let value = recorder.number(&text);
        (value, expires, vec![News::Key(name, Tag { value, expires }, text, answer.etag())])
    };
    let act = match (asked, answer.status(), answer.slug()) {
        (OfKey::Create(expires), 201, _) => {
            let (value, ends, news) = shown();
            assert_eq!(ends, *expires, "another expiry than was asked for: {answer:?}");
            return (Act::Create(*expires, Made::Done { value, created: instant(answer, "created_at") }), news);
        }
        (OfKey::Create(expires), _, Some("name-taken")) => Act::Create(*expires, Made::NameTaken),
        (OfKey::Create(expires), _, Some("limit-reached")) => Act::Create(*expires, Made::LimitReached),
        (OfKey::Create(expires), _, Some("invalid-request")) => Act::Create(*expires, Made::Past),
        (OfKey::Use(value), 200, _) => Act::Use(*value, Used::Works(instant(answer, "expires_at"))),
        (OfKey::Use(value), _, Some("key-expired")) => Act::Use(*value, Used::Expired),
        (OfKey::Use(value), _, Some("unauthenticated")) => Act::Use(*value, Used::Refused),
        (OfKey::Get, 200, _) => Act::Get(Some(instant(answer, "expiration_date"))),
        (OfKey::Get, _, Some("not-found")) => Act::Get(None),
        (OfKey::List, 200, _) => Act::List(listed(answer)),
        (OfKey::Rotate(rotation), 200, _) => {
            let (value, expires, news) = shown();
            let rotated = instant(answer, "rotated_at");
            return (Act::Rotate(*rotation, Rotated::Done { value, rotated, expires }), news);
        }
        (OfKey::Rotate(rotation), _, Some("not-found")) => Act::Rotate(*rotation, Rotated::NotFound),
        (OfKey::Rotate(rotation), _, Some("precondition-failed")) => Act::Rotate(*rotation, Rotated::Changed),
        (OfKey::Rotate(rotation), _, Some("key-not-active")) => Act::Rotate(*rotation, Rotated::NotActive),
        (OfKey::Rotate(rotation), _, Some("invalid-request")) => Act::Rotate(*rotation, Rotated::Past),
        (OfKey::Delete(if_match), 204, _) => Act::Delete(*if_match, Deleted::Done),
        (OfKey::Delete(if_match), _, Some("not-found")) => Act::Delete(*if_match, Deleted::NotFound),
        (OfKey::Delete(if_match), _, Some("precondition-failed")) => Act::Delete(*if_match, Deleted::Changed),
        _ => unexpected(asked, answer),
    };
    (act, Vec::new())
}

/// The keys of the history in a list, by name; the user has others.
fn listed(answer: &Response) -> BTreeMap<u8, i64> {
    let items = answer["items"].as_array().unwrap_or_else(|| panic!("no list: {answer:?}"));
    let read = |item: &serde_json::Value| {
        let name = item["name"].as_str()?.strip_prefix('k')?.parse().ok()?;
        Some((name, Timestamp::parse_rfc3339(item["expiration_date"].as_str()?)?.unix_seconds()))
    };
    items.iter().filter_map(read).collect()
}

fn instant(answer: &Response, member: &str) -> i64 {
    let instant = Timestamp::parse_rfc3339(&answer.text(member));
    instant.unwrap_or_else(|| panic!("no instant {member}: {answer:?}")).unix_seconds()
}
