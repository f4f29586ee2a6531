//! An answer that was checked on its way here.

use std::fmt;
use std::ops::Index;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

/// An answer of the service.
#[derive(Clone)]
pub struct Response {
    pub(crate) asked: String,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// `Null` where the body is no JSON.
    json: Value,
}

impl Response {
    pub(crate) fn new(asked: String, response: http::Response<Bytes>) -> Self {
        let (parts, body) = response.into_parts();
        let json = serde_json::from_slice(&body).unwrap_or_default();
        Self { asked, status: parts.status, headers: parts.headers, body, json }
    }

    /// Its status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// Fails unless it has this status.
    #[track_caller]
    #[expect(clippy::return_self_not_must_use, reason = "often the last word on an answer")]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status(), status, "{self:?}");
        self
    }

    /// Fails unless it is the problem `slug`.
    #[track_caller]
    #[expect(clippy::return_self_not_must_use, reason = "often the last word on an answer")]
    pub fn problem(self, slug: &str) -> Self {
        assert_eq!(self.slug(), Some(slug), "{self:?}");
        self
    }

    /// Fails unless it is `invalid-request` that points at exactly these places, in any order.
    #[track_caller]
    pub fn invalid(self, pointers: &[&str]) {
        let answer = self.problem("invalid-request");
        let errors = answer["errors"].as_array().expect("a list");
        let mut found: Vec<_> = errors.iter().filter_map(|error| error["pointer"].as_str()).collect();
        let mut wanted = pointers.to_vec();
        found.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(found, wanted, "{answer:?}");
    }

    /// The slug, if it is a problem.
    #[must_use]
    pub fn slug(&self) -> Option<&str> {
        self.json["type"].as_str().and_then(|kind| kind.strip_prefix("/problems/"))
    }

    /// Its body, as it came.
    #[must_use]
    pub const fn bytes(&self) -> &Bytes {
        &self.body
    }

    /// Its body as a text; fails where it is none.
    #[must_use]
    #[track_caller]
    pub fn page(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap_or_else(|_| panic!("no UTF-8: {self:?}"))
    }

    /// Its body.
    #[must_use]
    pub const fn json(&self) -> &Value {
        &self.json
    }

    /// A member of its body that is a text.
    #[must_use]
    #[track_caller]
    pub fn text(&self, member: &str) -> String {
        self.json[member].as_str().unwrap_or_else(|| panic!("no text {member} in {self:?}")).to_owned()
    }

    /// One member of each item of a list.
    #[must_use]
    #[track_caller]
    pub fn of_items(&self, member: &str) -> Vec<Value> {
        let items = self.json["items"].as_array().unwrap_or_else(|| panic!("no items in {self:?}"));
        items.iter().map(|item| item[member].clone()).collect()
    }

    /// All its headers.
    #[must_use]
    pub const fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// A header's first value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The value of a cookie that it sets; empty where it takes the cookie away.
    #[must_use]
    pub fn set_cookie(&self, name: &str) -> Option<&str> {
        self.cookies().find(|(found, ..)| *found == name).map(|(_, value, _)| value)
    }

    /// Its entity tag.
    #[must_use]
    #[track_caller]
    pub fn etag(&self) -> String {
        self.header("etag").unwrap_or_else(|| panic!("no ETag in {self:?}")).to_owned()
    }

    /// The cookies it sets, each as name, value and attributes.
    pub(crate) fn cookies(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.headers.get_all("set-cookie").iter().map(move |line| {
            let line = line.to_str().unwrap_or_else(|_| panic!("a cookie in ASCII: {self:?}"));
            let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
            let (name, value) = pair.split_once('=').unwrap_or_else(|| panic!("a cookie with a name: {self:?}"));
            (name, value, attributes)
        })
    }
}

impl Index<&str> for Response {
    type Output = Value;

    fn index(&self, member: &str) -> &Value {
        &self.json[member]
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n-> {}", self.asked, self.status)?;
        for (name, value) in &self.headers {
            writeln!(f, "   {name}: {}", String::from_utf8_lossy(value.as_bytes()))?;
        }
        write!(f, "   {}", String::from_utf8_lossy(&self.body))
    }
}
