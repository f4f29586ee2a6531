//! One request as a handler sees it: every part is read when the handler asks for it, so that refusals come in the
//! contract's order.

use std::collections::HashMap;
use std::net::IpAddr;

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, COOKIE, HOST, IF_MATCH, ORIGIN, USER_AGENT};
use http::{HeaderMap, Method};
use http_body_util::BodyExt;

use super::cookie;
use super::etag::IfMatch;
use super::fields::Fields;
use super::page::PageRequest;
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::secret::{Secret, short_hash};

const IDEMPOTENCY_KEY: &str = "Idempotency-Key";
/// Most bytes of a body: 16 KiB.
const BODY_BYTES_MAX: usize = 16 * 1024;
/// Most bytes kept of what a browser calls itself.
const USER_AGENT_BYTES_MAX: usize = 256;

/// What the gateway says of a request; put there by the runtime.
#[derive(Clone, Debug)]
pub struct Facts {
    /// When the request came: the one reading of the clock.
    pub now: Timestamp,
    /// Names the request in answers and logs.
    pub request_id: String,
    /// The address it came from, as the gateway saw it.
    pub source_ip: String,
    /// The values of the route's variables, decoded.
    pub path_parameters: HashMap<String, String>,
    /// The path, decoded once by the gateway; only what is served outside the base path may read it.
    pub raw_path: String,
    /// The query as it was sent.
    pub query: String,
}

/// One request.
#[derive(Debug)]
pub struct Call {
    /// When it came.
    pub now: Timestamp,
    /// Names it in answers and logs.
    pub request_id: String,
    /// The address it came from.
    pub source_ip: String,
    path_parameters: HashMap<String, String>,
    method: Method,
    path: String,
    headers: HeaderMap,
    query: String,
    body: Bytes,
}

impl<S: Sync> FromRequest<S> for Call {
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<Self> {
        let (parts, body) = request.into_parts();
        let facts = parts.extensions.get::<Facts>().cloned();
        let facts = facts.ok_or_else(|| Error::internal("a request came without what the gateway says of it"))?;
        let body = body.collect().await.map_err(Error::internal)?.to_bytes();
        Ok(Self {
            now: facts.now,
            request_id: facts.request_id,
            source_ip: facts.source_ip,
            path_parameters: facts.path_parameters,
            method: parts.method,
            path: parts.uri.path().to_owned(),
            query: facts.query,
            headers: parts.headers,
            body,
        })
    }
}

impl Call {
    /// The headers.
    #[must_use]
    pub const fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// A variable of the route; `NotFound` where the route has none of that name.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn path_parameter(&self, name: &str) -> Result<&str> {
        self.path_parameters.get(name).map(String::as_str).ok_or(Error::NotFound)
    }

    /// The source of attempts: the address, an IPv6 one cut to /64, hashed.
    #[must_use]
    pub fn source_hash(&self) -> String {
        short_hash(&["source", &network(&self.source_ip)])
    }

    /// The cookie of a browser that signed in before.
    #[must_use]
    pub fn device_cookie(&self) -> Option<Secret> {
        // As a session's cookie is read: one of another application may hold any byte.
        let mut headers =
            self.headers.get_all(COOKIE).into_iter().map(|header| String::from_utf8_lossy(header.as_bytes()));
        headers.find_map(|header| cookie::values(&header, cookie::DEVICE).next().map(Secret::new))
    }

    /// What the browser calls itself, cut to 256 bytes.
    #[must_use]
    pub fn user_agent(&self) -> String {
        let text = self.headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        text.chars().take(USER_AGENT_BYTES_MAX).collect()
    }

    /// The state that the caller asks for.
    ///
    /// # Errors
    /// `InvalidRequest` for a header with different values.
    pub fn if_match(&self) -> Result<IfMatch> {
        IfMatch::of(&self.headers)
    }

    /// The `Idempotency-Key`, if any.
    ///
    /// # Errors
    /// `InvalidRequest` when it is not 1 to 255 visible ASCII characters, or was sent with different values.
    pub fn idempotency_key(&self) -> Result<Option<String>> {
        let Some(key) = self.single(IDEMPOTENCY_KEY)? else { return Ok(None) };
        let is_valid = (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
        let refused = || Error::invalid("", "the header Idempotency-Key must be 1 to 255 visible ASCII characters");
        is_valid.then_some(Some(key)).ok_or_else(refused)
    }

    /// A query parameter.
    ///
    /// # Errors
    /// `InvalidRequest` when it is given more than once or is no UTF-8.
    pub fn query(&self, name: &str) -> Result<Option<String>> {
        let pairs: Vec<(String, String)> =
            serde_urlencoded::from_str(&self.query).map_err(|_| Error::invalid("?", "must be form-encoded UTF-8"))?;
        let mut values = pairs.into_iter().filter(|(key, _)| key == name).map(|(_, value)| value);
        let first = values.next();
        if values.next().is_some() {
            return Err(Error::invalid(format!("?{name}"), "must be given once"));
        }
        Ok(first)
    }

    /// The page that a list is asked for.
    ///
    /// # Errors
    /// `InvalidRequest` for a limit out of range or a cursor not made here.
    pub fn page(&self) -> Result<PageRequest> {
        PageRequest::read(&self.path, self.query("limit")?.as_deref(), self.query("cursor")?.as_deref())
    }

    /// The members of a JSON body.
    ///
    /// # Errors
    /// `PayloadTooLarge`, `UnsupportedMediaType`, `InvalidRequest`.
    pub fn json(&self) -> Result<Fields> {
        self.check_form()?;
        if self.body.is_empty() {
            return Err(Error::invalid("", "the body must be one JSON object"));
        }
        self.check_media_type(&["application/json"])?;
        Fields::parse(&self.body)
    }

    /// The members of a JSON body that may be left out.
    ///
    /// # Errors
    /// As [`Call::json`].
    pub fn optional_json(&self) -> Result<Fields> {
        self.check_form()?;
        if self.body.is_empty() { Ok(Fields::empty()) } else { self.json() }
    }

    /// The members of a `PATCH`: JSON or a merge patch (RFC 7396); an empty body changes nothing.
    ///
    /// # Errors
    /// As [`Call::json`].
    pub fn patch(&self) -> Result<Fields> {
        self.check_form()?;
        if self.body.is_empty() {
            return Ok(Fields::empty());
        }
        self.check_media_type(&["application/json", "application/merge-patch+json"])?;
        Fields::parse(&self.body)
    }

    /// The pairs of a form.
    ///
    /// # Errors
    /// As [`Call::json`].
    pub fn form(&self) -> Result<Vec<(String, String)>> {
        self.check_form()?;
        if self.body.is_empty() {
            return Ok(Vec::new());
        }
        self.check_media_type(&["application/x-www-form-urlencoded"])?;
        serde_urlencoded::from_bytes(&self.body).map_err(|_| Error::invalid("", "the body must be form-encoded UTF-8"))
    }

    /// Refuses a body where the call takes none.
    ///
    /// # Errors
    /// `PayloadTooLarge`, `InvalidRequest`.
    pub fn no_body(&self) -> Result<()> {
        self.check_form()?;
        if self.body.is_empty() { Ok(()) } else { Err(Error::invalid("", "this call takes no body")) }
    }

    /// Refuses a change that a page of another site asks for: by `Origin`, and by `Sec-Fetch-Site` (W3C Fetch Metadata).
    ///
    /// # Errors
    /// `CrossSiteRequest`; `InvalidRequest` when `Origin` came with different values.
    pub fn check_same_site(&self) -> Result<()> {
        if matches!(self.method, Method::GET | Method::HEAD | Method::OPTIONS) {
            return Ok(());
        }
        if let Some(origin) = self.single(ORIGIN.as_str())? {
            let scheme = self.header("x-forwarded-proto").unwrap_or("https");
            let host = self.header(HOST.as_str()).unwrap_or_default();
            if !origin.eq_ignore_ascii_case(&format!("{scheme}://{host}")) {
                return Err(Error::CrossSiteRequest);
            }
        }
        match self.single("sec-fetch-site")?.as_deref() {
            None | Some("same-origin" | "none") => Ok(()),
            Some(_) => Err(Error::CrossSiteRequest),
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// A header's one value; sent again with the same value it is still one.
    fn single(&self, name: &str) -> Result<Option<String>> {
        let values = self.headers.get_all(name).into_iter();
        let texts: Vec<String> = values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect();
        let mut values: Vec<&str> = texts.iter().flat_map(|text| text.split(',')).map(str::trim).collect();
        values.dedup();
        match values.as_slice() {
            [] => Ok(None),
            [value] => Ok(Some((*value).to_owned())),
            _ => Err(Error::invalid("", format!("the header {name} must be sent once"))),
        }
    }

    /// What every call holds to: a body of at most 16 KiB, and no header that says two things.
    fn check_form(&self) -> Result<()> {
        for name in [IF_MATCH.as_str(), IDEMPOTENCY_KEY, ORIGIN.as_str()] {
            self.single(name)?;
        }
        if self.body.len() > BODY_BYTES_MAX { Err(Error::PayloadTooLarge) } else { Ok(()) }
    }

    fn check_media_type(&self, accepted: &[&str]) -> Result<()> {
        let value = self.single(CONTENT_TYPE.as_str())?.unwrap_or_default();
        let mut parts = value.split(';').map(str::trim);
        let essence = parts.next().unwrap_or_default();
        let charset_is_utf8 = parts.filter_map(|part| part.split_once('=')).all(|(name, value)| {
            !name.eq_ignore_ascii_case("charset") || value.trim_matches('"').eq_ignore_ascii_case("utf-8")
        });
        if charset_is_utf8 && accepted.iter().any(|media_type| essence.eq_ignore_ascii_case(media_type)) {
            Ok(())
        } else {
            Err(Error::UnsupportedMediaType)
        }
    }
}

/// The address whose attempts are counted together: an IPv6 subscriber has a /64.
fn network(source_ip: &str) -> String {
    match source_ip.parse() {
        Ok(IpAddr::V6(address)) => match address.to_ipv4_mapped() {
            Some(address) => address.to_string(),
            None => format!("{:x}", u128::from(address) >> 64),
        },
        Ok(IpAddr::V4(address)) => address.to_string(),
        Err(_) => source_ip.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_subscriber_are_one_source() {
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
    }
}
