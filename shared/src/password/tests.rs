//! What may be a password, and how it is hashed and verified.

use super::*;

fn keyring(current: &str) -> Keyring {
    let (one, two) = ("a".repeat(64), "b".repeat(64));
    Keyring::parse(&format!(r#"{{"current":"{current}","1":"{one}","2":"{two}"}}"#)).expect("a valid secret")
}

fn version(text: &str) -> SecretVersion {
    SecretVersion::parse(text).expect("a version")
}

fn password(text: &str) -> Password {
    Password::new(&Secret::new(text))
}

fn context(is_mfa_enabled: bool) -> Context<'static> {
    Context {
        is_mfa_enabled,
        user_name: "jane",
        email: Some("j.doe@example.com"),
        full_name: Some("Jane van Dorsten"),
        account_name: "demo",
    }
}

#[tokio::test]
async fn only_the_right_password_under_its_own_pepper_is_verified() {
    let hasher = Hasher::with_params(8, 1).expect("valid parameters");
    let stored = hasher.hash(&password("correct horse"), &keyring("1")).await.expect("hashed");
    assert!(stored.phc.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{}", stored.phc);
    assert!(hasher.verify(&password("correct horse"), &stored, &keyring("2")).await.expect("verified"));
    assert!(!hasher.verify(&password("correct horsf"), &stored, &keyring("1")).await.expect("verified"));
    let moved = StoredPassword { secret_version: version("2"), ..stored };
    assert!(!hasher.verify(&password("correct horse"), &moved, &keyring("1")).await.expect("verified"));
}

#[tokio::test]
async fn old_parameters_and_a_retired_pepper_are_outdated() {
    let hasher = Hasher::with_params(8, 1).expect("valid parameters");
    let stored = hasher.hash(&password("x"), &keyring("1")).await.expect("hashed");
    assert!(!hasher.is_outdated(&stored, &keyring("1")));
    assert!(hasher.is_outdated(&stored, &keyring("2")));
    let stronger = Hasher::with_params(16, 1).expect("valid parameters");
    assert!(stronger.is_outdated(&stored, &keyring("1")));
    assert!(stronger.verify(&password("x"), &stored, &keyring("1")).await.expect("verified"));
}

#[tokio::test]
async fn what_an_environment_with_a_newer_pepper_hashed_is_left_alone() {
    let hasher = Hasher::with_params(8, 1).expect("valid parameters");
    let stored = hasher.hash(&password("x"), &keyring("2")).await.expect("hashed");
    assert!(hasher.verify(&password("x"), &stored, &keyring("1")).await.expect("verified"));
    assert!(!hasher.is_outdated(&stored, &keyring("1")));
}

#[tokio::test]
async fn a_corrupt_hash_is_a_fault_and_takes_no_memory() {
    let hasher = Hasher::with_params(8, 1).expect("valid parameters");
    for begin in ["v=19$m=4194304,t=1,p=1$", "v=16$m=8,t=1,p=1$", "m=8,t=1,p=1$", "v=19$", "", "v=19$m=8,t=17,p=1$"] {
        let phc = format!("$argon2id${begin}AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        let stored = StoredPassword { phc: phc.clone(), secret_version: version("1") };
        assert!(hasher.verify(&password("x"), &stored, &keyring("1")).await.is_err(), "{phc}");
    }
    for phc in ["", "$scrypt$x"] {
        let stored = StoredPassword { phc: phc.into(), secret_version: version("1") };
        assert!(hasher.verify(&password("x"), &stored, &keyring("1")).await.is_err(), "{phc}");
    }
}

#[tokio::test]
async fn memory_grows_to_what_one_hash_needs_and_no_further() {
    for blocks in [48, 64, 16] {
        let hasher = Hasher::with_params(40, 1).expect("valid parameters");
        hasher.hash(&password("x"), &keyring("1")).await.expect("hashed");
        let other = Hasher::with_params(blocks, 1).expect("valid parameters");
        let stored = other.hash(&password("x"), &keyring("1")).await.expect("hashed");
        assert!(hasher.verify(&password("x"), &stored, &keyring("1")).await.expect("verified"));
        let kept: Vec<_> = hasher.idle.lock().expect("memory").iter().map(Vec::capacity).collect();
        assert_eq!(kept, [usize::try_from(blocks.max(40)).expect("small")]);
    }
}

#[test]
fn equal_text_in_another_normal_form_is_the_same_password() {
    assert_eq!(password("caf\u{e9}").0.expose(), password("cafe\u{301}").0.expose());
    assert_eq!(password("cafe\u{301}").characters(), 4);
}

#[test]
fn passwords_are_judged_by_length_list_estimate_and_context() {
    use PasswordReason::{Common, ContainsContext, Guessable, TooLong, TooShort};
    let judge = |text: &str, mfa| context(mfa).reasons_against(&password(text));
    assert_eq!(judge("plover-Quagmire-7-tundra", false), []);
    assert_eq!(judge("q7#Tz!mWv2xP", true), []);
    assert_eq!(judge("q7#Tz!mWv2xP", false), [TooShort]);
    assert_eq!(judge(&"x".repeat(129), false), [TooLong]);
    assert_eq!(judge("PassWord", true), [Common, Guessable]);
    assert_eq!(judge("aaaaaaaaaaaaaaaaaaaa", false), [Guessable]);
    for text in ["plover-JANE-7-tundra-q", "plover-dorsten-7-tundra", "j.doe-plover-7-tundra!", "plover-7-tundra-Demo!"]
    {
        assert!(judge(text, false).contains(&ContainsContext), "{text}");
    }
    assert_eq!(judge("van-plover-Quagmire-7", false), []);
    let listed = Context { full_name: Some("Dorsten, Anne\u{2010}Marie O'Brien"), ..context(false) };
    for word in ["dorsten", "anne", "MARIE", "brien"] {
        let reasons = listed.reasons_against(&password(&format!("plover-{word}-7-tundra")));
        assert!(reasons.contains(&ContainsContext), "{word}");
    }
}

#[tokio::test]
async fn a_stored_hash_may_cost_so_much_and_no_more() {
    let hasher = Hasher::with_params(8, 1).expect("valid parameters");
    let with = async |params: &str| {
        let phc = format!("$argon2id$v=19${params}$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        let stored = StoredPassword { phc, secret_version: version("1") };
        hasher.verify(&password("x"), &stored, &keyring("1")).await
    };
    for most in ["m=65536,t=1,p=1", "m=8,t=16,p=1"] {
        assert!(matches!(with(most).await, Ok(false)), "{most}");
    }
    for more in ["m=65537,t=1,p=1", "m=8,t=17,p=1", "m=32,t=1,p=2"] {
        assert!(with(more).await.is_err(), "{more}");
    }
    assert_eq!(hasher.hashes(), 2);
}

#[tokio::test]
async fn what_there_is_nothing_to_compare_with_costs_a_hash_too() {
    let hasher = Hasher::with_params(8, 1).expect("valid parameters").bounded(1);
    hasher.verify_nothing(&password("x"), &keyring("1")).await.expect("hashed");
    let stored = hasher.hash(&password("x"), &keyring("1")).await.expect("hashed");
    assert!(hasher.verify(&password("x"), &stored, &keyring("1")).await.expect("verified"));
    assert_eq!(hasher.hashes(), 3);
    assert!(Hasher::new().expect("valid parameters").is_outdated(&stored, &keyring("1")));
    let slower = Hasher::with_params(8, 2).expect("valid parameters");
    assert!(slower.is_outdated(&stored, &keyring("1")) && !hasher.is_outdated(&stored, &keyring("1")));
    assert!(format!("{hasher:?}").starts_with("Hasher { params: "));
}

#[test]
fn a_password_is_the_same_and_long_by_its_characters() {
    assert!(password("caf\u{e9}").is_same_as(&password("cafe\u{301}")));
    assert!(!password("caf\u{e9}").is_same_as(&password("cafe")));
    for (characters, is_long) in [(14, false), (15, true), (16, true)] {
        assert_eq!(password(&"\u{e9}".repeat(characters)).is_long(), is_long);
    }
}

#[test]
fn lengths_and_words_count_from_their_least_on() {
    use PasswordReason::{ContainsContext, TooLong, TooShort};
    let judge = |context: &Context<'_>, text: &str| context.reasons_against(&password(text));
    for (mfa, least) in [(false, 15), (true, 8)] {
        let text = "q7#Tz!mWv2xP$k9";
        assert!(!judge(&context(mfa), &text[..least]).contains(&TooShort));
        assert!(judge(&context(mfa), &text[..least - 1]).contains(&TooShort));
    }
    assert!(!judge(&context(false), &"aB1!".repeat(32)).contains(&TooLong));
    let named = |user_name, full_name| Context { user_name, full_name: Some(full_name), ..context(false) };
    let text = "plover-kim-anne-Quagmire-7-of";
    for (user_name, full_name, is_held) in
        [("kim", "x", true), ("im", "x", false), ("xyz", "anne", true), ("xyz", "of", false)]
    {
        assert_eq!(
            judge(&named(user_name, full_name), text).contains(&ContainsContext),
            is_held,
            "{user_name} {full_name}"
        );
    }
}

#[test]
fn only_the_whole_of_a_listed_password_is_common() {
    for listed in ["password", "qwertyuiop", "1q2w3e4r"] {
        assert!(is_common(listed), "{listed}");
    }
    for other in ["passwordpassword", "p4ssword", "drowssap", "plover-quagmire", &"1".repeat(25), ""] {
        assert!(!is_common(other), "{other}");
    }
}

#[test]
fn what_is_hard_to_guess_later_on_makes_up_for_an_easy_beginning() {
    let judge = |text: &str| context(false).reasons_against(&password(text));
    assert_eq!(judge(&format!("{}-plover-quagmire-ambient-tundra", "1".repeat(BEGINNING_CHARACTERS))), []);
    assert_eq!(judge(&"1".repeat(60)), [PasswordReason::Guessable]);
}

#[test]
fn so_much_of_a_text_is_judged_as_its_readings_allow() {
    assert_eq!(beginning(&"x".repeat(200), 24).len(), 24);
    assert_eq!(beginning("\u{e9}\u{e9}", 1), "\u{e9}");
    assert_eq!(beginning("short", 100), "short");
    let substitutes = SUBSTITUTES.concat().repeat(10);
    // 2 · 4 · 2 · 3 · 3 · 2 · 2 readings of each of n² parts, 16 · 100² at most.
    assert_eq!(beginning(&substitutes, 100).len(), 16);
}

#[test]
fn every_length_is_judged_within_a_second() {
    let substitutes = "4@8({[<369&#!1/|0$5+7%2".repeat(6).chars().take(128).collect::<String>();
    for text in [substitutes, "aB1!".repeat(32), "password".repeat(16), "\u{1F512}".repeat(128), "1".repeat(128)] {
        let started = std::time::Instant::now();
        let _ = context(false).reasons_against(&password(&text));
        assert!(started.elapsed().as_millis() < 1_000, "{text}: {:?}", started.elapsed());
    }
}
