//! A secret, in every form in which it could be found again.

use data_encoding::{BASE32, BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// The one place where a secret is meant to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    Nowhere,
    /// The answer of this number.
    Answer(usize),
    /// The mail of this number.
    Mail(usize),
}

/// A secret that must turn up nowhere but where it is shown.
#[derive(Clone, Debug)]
pub(crate) struct Canary {
    /// In words, for the report.
    pub(crate) kind: &'static str,
    pub(crate) text: String,
    pub(crate) shown: Shown,
    forms: Vec<String>,
}

impl Canary {
    pub(crate) fn new(kind: &'static str, text: &str, shown: Shown) -> Self {
        let forms = if is_code(text) { Vec::new() } else { forms(text) };
        Self { kind, text: text.to_owned(), shown, forms }
    }

    /// Whether `hay` holds it in any form. Bytes are compared, see [`latin`].
    pub(crate) fn is_in(&self, hay: &str) -> bool {
        if is_code(&self.text) { holds_word(hay, &self.text) } else { self.forms.iter().any(|form| hay.contains(form)) }
    }
}

/// Six digits occur in longer numbers by chance: they are looked for between other characters.
fn is_code(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Each byte as one character, so that texts and bytes are searched alike.
pub(crate) fn latin(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

fn holds_word(hay: &str, word: &str) -> bool {
    let is_end = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_alphanumeric());
    hay.match_indices(word)
        .any(|(at, _)| is_end(hay[..at].chars().next_back()) && is_end(hay[at + word.len()..].chars().next()))
}

fn forms(text: &str) -> Vec<String> {
    let mut texts = vec![text.to_owned(), text.to_lowercase(), text.to_uppercase()];
    // Recovery codes are typed without their separators too.
    texts.push(text.replace('-', "").to_lowercase());
    texts.push(text.replace('-', "").to_uppercase());
    if text.len() >= 32 {
        // The end of a token is the secret part of it.
        texts.push(text[text.len() / 2..].to_owned());
    }
    let mut forms: Vec<_> = texts.iter().flat_map(|text| encoded(text.as_bytes())).collect();
    forms.extend(texts.iter().map(|text| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()));
    forms.extend(raw(text).iter().flat_map(|raw| encoded(raw)));
    forms.sort();
    forms.dedup();
    assert!(forms.iter().all(|form| form.len() >= 8), "too short to be looked for: {forms:?}");
    forms
}

/// What a text in base64 or base32 stands for.
fn raw(text: &str) -> Option<Vec<u8>> {
    let token = BASE64URL_NOPAD.decode(text.as_bytes()).ok().filter(|raw| raw.len() >= 32);
    let token = token.map(|raw| raw[raw.len() - 32..].to_vec());
    token.or_else(|| BASE32.decode(text.as_bytes()).ok().filter(|raw| raw.len() == 20))
}

/// With a percent sign before every two hexadecimal digits.
fn percented(digits: &str) -> String {
    let digits: Vec<_> = digits.chars().collect();
    digits.chunks(2).flat_map(|pair| std::iter::once('%').chain(pair.iter().copied())).collect()
}

fn encoded(bytes: &[u8]) -> Vec<String> {
    let mut forms = vec![latin(bytes), HEXLOWER.encode(bytes), HEXUPPER.encode(bytes), BASE32.encode(bytes)];
    forms[3].truncate(bytes.len() / 5 * 8);
    forms.extend([HEXLOWER.encode(bytes), HEXUPPER.encode(bytes)].map(|digits| percented(&digits)));
    // Within a longer text, base64 depends on where the secret begins; the groups that it shares are cut off.
    for (before, shared) in [(0, 0), (1, 4), (2, 4)] {
        let padded = [vec![0; before], bytes.to_vec()].concat();
        let whole = padded.len() / 3 * 4;
        for encoding in [BASE64_NOPAD, BASE64URL_NOPAD] {
            forms.push(encoding.encode(&padded)[shared..whole].to_owned());
        }
    }
    forms
}

#[test]
fn a_secret_is_found_in_every_form() {
    let password = "amber-Turnstile-31-osprey";
    let canary = Canary::new("password", password, Shown::Nowhere);
    for before in ["", "a", "ab", "abc", "{\"x\":\""] {
        let text = format!("{before}{password}\"}} and more");
        let bytes = text.as_bytes();
        let forms = [BASE64_NOPAD.encode(bytes), BASE64URL_NOPAD.encode(bytes), HEXLOWER.encode(bytes), text.clone()];
        assert!(forms.iter().all(|form| canary.is_in(form)), "{forms:?}");
        assert!(canary.is_in(&utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string()));
        assert!(canary.is_in(&text.to_uppercase()));
    }
    assert!(canary.is_in(&BASE32.encode(password.as_bytes())));
    for other in ["amber-Turnstile-31-heron", "", "amber Turnstile 31 osprey", "plover-Quagmire-7-tundra"] {
        assert!(!canary.is_in(other) && !canary.is_in(&BASE64_NOPAD.encode(other.as_bytes())), "{other}");
    }
}

#[test]
fn what_a_secret_stands_for_is_found() {
    let raw: Vec<u8> = (100..155).collect();
    let token = Canary::new("token", &BASE64URL_NOPAD.encode(&raw), Shown::Nowhere);
    let secret = &raw[raw.len() - 32..];
    assert!(token.is_in(&latin(secret)) && token.is_in(&HEXLOWER.encode(secret)));
    let totp = Canary::new("TOTP secret", &BASE32.encode(&raw[..20]), Shown::Nowhere);
    assert!(totp.is_in(&latin(&raw)) && totp.is_in(&BASE64_NOPAD.encode(&raw)));
}

#[test]
fn a_code_is_found_where_it_stands_alone() {
    let code = Canary::new("code", "123456", Shown::Nowhere);
    assert!(["123456", "\"123456\"", "code=123456&", "a 123456."].iter().all(|hay| code.is_in(hay)));
    assert!(!["1234567", "0123456", "x123456"].iter().any(|hay| code.is_in(hay)));
}
