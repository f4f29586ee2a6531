//! Who takes part: one user with a second factor, one without, and one with keys.

use scenarios::{Authenticator, PASSWORD, Person as SignedIn, World};
use serde_json::json;
use shared::clock::Timestamp;
use shared::id::ItemId;
use shared::name::{KeyName, fold};
use shared::scope::Scope;
use shared::store::keys::{ApiKey, key_id};
use shared::token::{ApiKeyValue, Locator};

use crate::account::{self, State};
use crate::knowledge::{Factor, KeyRing, Knowledge, Person};
use crate::record::Recorder;

/// Active keys beside those of the history: the cap is met by those.
pub(crate) const OTHER_KEYS: usize = 46;
const OTHER_KEY_SECONDS: u32 = 300 * 24 * 60 * 60;
const STEP_SECONDS: i64 = 30;
/// The number of the first password.
const FIRST_PASSWORD: u32 = 0;

/// What is known of them, and how each user begins.
pub(crate) struct People {
    /// What clients know.
    pub(crate) known: Knowledge,
    /// In the order of `known.people`.
    pub(crate) states: Vec<State>,
}

impl People {
    /// Signs them in, and makes factor and keys.
    pub(crate) async fn gather(world: &World, recorder: &Recorder) -> Self {
        let (jane, with_factor) = with_factor(world, recorder).await;
        let (admin, without_factor) = signed_in(&world.admin().await, None, recorder).await;
        make_other_keys(world).await;
        let keys = KeyRing { cookie: owner_cookie(world).await, ..KeyRing::default() };
        Self { known: Knowledge { people: vec![jane, admin], keys }, states: vec![with_factor, without_factor] }
    }
}

/// A fresh cookie of the keys' owner, whom a provider signs in.
pub(crate) async fn owner_cookie(world: &World) -> String {
    let sam = world.sam().await;
    sam.cookie("__Host-session").unwrap_or_default()
}

async fn with_factor(world: &World, recorder: &Recorder) -> (Person, State) {
    let jane = world.jane().await;
    let enrolment = jane.post("ME/mfa/totp", ()).await.expect(201);
    let authenticator = Authenticator::new(&enrolment.text("secret"));
    let now = recorder.now();
    let code = authenticator.code_at(Timestamp::from_unix_seconds(now));
    let confirmed = jane.post("ME/mfa/totp/confirm", json!({"code": code})).await.expect(200);
    let codes = confirmed["recovery_codes"].as_array().into_iter().flatten();
    let codes: Vec<_> = codes.filter_map(|code| code.as_str().map(str::to_owned)).collect();
    let set = recorder.number(&codes.concat());
    let rule = account::Factor { last_step: now.div_euclid(STEP_SECONDS), codes: set, used: 0 };
    let factor = Factor { authenticator, codes: (set, codes) };
    signed_in(&jane, Some((factor, rule)), recorder).await
}

async fn signed_in(
    person: &SignedIn,
    factor: Option<(Factor, account::Factor)>,
    recorder: &Recorder,
) -> (Person, State) {
    let cookie = person.cookie("__Host-session").unwrap_or_default();
    let number = recorder.number(&cookie);
    let session = person.get("/session").await.expect(200);
    let fresh_until = Timestamp::parse_rfc3339(&session.text("fresh_until")).unwrap_or_default().unix_seconds();
    let (factor, rule) = factor.unzip();
    let known = Person {
        user_name: person.user_name.clone(),
        passwords: vec![(FIRST_PASSWORD, PASSWORD.to_owned())],
        cookies: vec![(number, cookie)],
        challenges: Vec::new(),
        factor,
    };
    (known, State::new(FIRST_PASSWORD, rule, number, fresh_until))
}

/// Makes the other keys in one write, as so many requests would leave them.
async fn make_other_keys(world: &World) {
    let (store, now) = (&world.context().store, world.context().clock.now());
    let user = store.user_id_by_name(&fold("ROOT"), "sam").await.expect("the table answers").expect("the owner");
    let mut writes = Vec::new();
    for place in 0..OTHER_KEYS {
        let name = KeyName::parse(&format!("other {place}")).expect("a name");
        let value = ApiKeyValue::generate(Locator { user, item: key_id(&name) }).expect("randomness");
        let key = ApiKey {
            user,
            name,
            creation: ItemId::generate().expect("randomness"),
            place: u8::try_from(place).expect("below 50"),
            digest: value.digest(),
            previous: None,
            scopes: std::iter::once(Scope::Tasks).collect(),
            expires_at: now.plus(OTHER_KEY_SECONDS),
            created_at: now,
            rotated_at: None,
            last_used_at: None,
            hint: value.hint(),
        };
        writes.push(key.take_place(now).expect("a key"));
        writes.push(key.insert(now).expect("a key"));
    }
    assert!(store.transact(writes).await.expect("the table answers").is_done(), "an empty user");
}
