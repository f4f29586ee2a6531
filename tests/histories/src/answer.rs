//! What an answer means for the objects of the contract.

use std::collections::BTreeMap;

use scenarios::Response;
use shared::clock::Timestamp;

use crate::account::{self, Answered, Changed, Ended, SignedIn, SteppedUp};
use crate::keys::{self, Deleted, Made, Rotated, Tag, Used};
use crate::knowledge::News;
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
    // 500 is the gateway's, where a function came to its end.
    let is_unknown = matches!(answer.status(), 500 | 503);
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

fn of_person(
    person: usize,
    asked: &OfPerson,
    answer: &Response,
    recorder: &Recorder,
) -> (Vec<account::Act>, Vec<News>) {
    use account::Act;
    let cookie = || {
        let cookie = answer.set_cookie("__Host-session").unwrap_or_else(|| panic!("no cookie: {answer:?}"));
        (recorder.number(cookie), cookie.to_owned())
    };
    let slug = answer.slug();
    let no_session = slug == Some("session-expired");
    let unexpected = || -> ! { panic!("no answer to {asked:?}: {answer:?}") };
    let mut news = Vec::new();
    let act = match asked {
        OfPerson::SignIn(password) => {
            let outcome = match (answer.status(), slug) {
                (201, _) => {
                    let told = cookie();
                    news.push(News::Cookie(person, told.clone()));
                    SignedIn::Session(told.0, instant(answer, "expires_at") - LIFETIME_SECONDS)
                }
                (200, _) => {
                    let challenge = answer.text("challenge");
                    let told = (recorder.number(&challenge), challenge);
                    news.push(News::Challenge(person, told.clone()));
                    SignedIn::Challenge(told.0, instant(answer, "expires_at") - CHALLENGE_SECONDS)
                }
                (_, Some("sign-in-failed")) => SignedIn::Refused,
                _ => unexpected(),
            };
            Act::SignIn(*password, outcome)
        }
        OfPerson::Answer(challenge, proof) => {
            let outcome = match (answer.status(), slug) {
                (201, _) => {
                    let told = cookie();
                    news.push(News::Cookie(person, told.clone()));
                    Answered::Session(told.0)
                }
                (_, Some("sign-in-failed")) => Answered::Refused,
                (_, Some("token-expired")) => Answered::Over,
                _ => unexpected(),
            };
            Act::Answer(*challenge, *proof, outcome)
        }
        OfPerson::StepUp(session, password, proof) => {
            let outcome = match (answer.status(), slug) {
                (204, _) => {
                    let told = cookie();
                    news.push(News::Cookie(person, told.clone()));
                    SteppedUp::Done(told.0)
                }
                (_, Some("password-incorrect")) => SteppedUp::PasswordIncorrect,
                (_, Some("code-rejected")) => SteppedUp::CodeRejected,
                _ if no_session => SteppedUp::NoSession,
                _ => unexpected(),
            };
            Act::StepUp(*session, *password, *proof, outcome)
        }
        OfPerson::ChangePassword(session, current, new) => {
            let outcome = match (answer.status(), slug) {
                (204, _) => {
                    news.push(News::Password(person, new.clone()));
                    Changed::Done
                }
                (_, Some("password-incorrect")) => Changed::PasswordIncorrect,
                _ if no_session => Changed::NoSession,
                _ => unexpected(),
            };
            Act::ChangePassword(*session, *current, new.0, outcome)
        }
        OfPerson::EndOthers(session) => match answer.status() {
            204 => Act::EndOthers(*session, Ended::Done),
            _ if no_session => Act::EndOthers(*session, Ended::NoSession),
            _ => unexpected(),
        },
        OfPerson::SignOut(session) if answer.status() == 204 => Act::SignOut(*session),
        OfPerson::SignOut(_) => unexpected(),
        OfPerson::Use(session) => match answer.status() {
            200 => Act::Use(*session, Some(instant(answer, "fresh_until"))),
            _ if no_session => Act::Use(*session, None),
            _ => unexpected(),
        },
        OfPerson::ReplaceCodes(session) => match (answer.status(), slug) {
            (200, _) => {
                let codes = answer["recovery_codes"].as_array().unwrap_or_else(|| panic!("no codes: {answer:?}"));
                let codes: Vec<_> = codes.iter().filter_map(|code| code.as_str().map(str::to_owned)).collect();
                let set = recorder.number(&codes.concat());
                news.push(News::Codes(person, set, codes));
                return (vec![Act::Authenticate(*session), Act::ReplaceCodes(*session, set)], news);
            }
            (_, Some("step-up-required")) => Act::Stale(*session),
            _ if no_session => Act::NoSession(*session),
            _ => unexpected(),
        },
    };
    (vec![act], news)
}

fn of_key(name: u8, asked: &OfKey, answer: &Response, recorder: &Recorder) -> (keys::Act, Vec<News>) {
    use keys::Act;
    let unexpected = || -> ! { panic!("no answer to {asked:?}: {answer:?}") };
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
        _ => unexpected(),
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
