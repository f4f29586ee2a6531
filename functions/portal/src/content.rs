//! What was made ready at build time, in the codings it was made in.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::negotiation::{self, Coding};

include!(concat!(env!("OUT_DIR"), "/contents.rs"));

/// One file.
#[derive(Debug)]
pub(crate) struct Content {
    media_type: &'static str,
    /// What its entity tags begin with.
    tag: &'static str,
    plain: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

impl Content {
    const fn new(
        media_type: &'static str,
        tag: &'static str,
        plain: &'static [u8],
        brotli: Option<&'static [u8]>,
        gzip: Option<&'static [u8]>,
    ) -> Self {
        Self { media_type, tag, plain, brotli, gzip }
    }

    /// The bytes in this coding, if it was made.
    pub(crate) const fn bytes(&self, coding: Coding) -> Option<&'static [u8]> {
        match coding {
            Coding::Brotli => self.brotli,
            Coding::Gzip => self.gzip,
            Coding::Identity => Some(self.plain),
        }
    }

    /// An answer that is not to be kept.
    pub(crate) fn answer(&self, headers: &HeaderMap) -> Response {
        self.send(self.coding(headers))
    }

    /// An answer that may be kept under its entity tag; 304 where the browser has it.
    pub(crate) fn answer_kept(&self, headers: &HeaderMap) -> Response {
        let coding = self.coding(headers);
        // One per representation, so that no cache mixes two codings (RFC 9110 §8.8.3.3).
        let tag = match coding.name() {
            Some(name) => format!("\"{}-{name}\"", self.tag),
            None => format!("\"{}\"", self.tag),
        };
        let mut response = if is_known(headers, &tag) {
            let mut unchanged = StatusCode::NOT_MODIFIED.into_response();
            unchanged.headers_mut().insert(VARY, HeaderValue::from_static(ACCEPT_ENCODING.as_str()));
            unchanged
        } else {
            self.send(coding)
        };
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            response.headers_mut().insert(ETAG, tag);
        }
        response
    }

    fn send(&self, coding: Coding) -> Response {
        let mut response = Response::new(Body::from(self.bytes(coding).unwrap_or(self.plain)));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.media_type));
        headers.insert(VARY, HeaderValue::from_static(ACCEPT_ENCODING.as_str()));
        if let Some(name) = coding.name() {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(name));
        }
        response
    }

    /// The coding that the browser likes best; of several, the smallest.
    fn coding(&self, headers: &HeaderMap) -> Coding {
        let made = [Coding::Brotli, Coding::Gzip, Coding::Identity].into_iter();
        let mut made: Vec<_> = made.filter_map(|coding| Some((coding, self.bytes(coding)?.len()))).collect();
        made.sort_by_key(|(_, length)| *length);
        negotiation::coding(headers, made.into_iter().map(|(coding, _)| coding))
    }
}

/// The content of that name in the folder of that digest.
pub(crate) fn asset(digest: &str, name: &str) -> Option<&'static Content> {
    let (_, content) = ASSETS.iter().find(|(known, _)| digest == DIGEST && *known == name)?;
    Some(content)
}

/// Whether the browser holds what `tag` names (RFC 9110 §13.1.2: compared weakly).
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let values = headers.get_all(IF_NONE_MATCH).into_iter().filter_map(|value| value.to_str().ok());
    let mut tags = values.flat_map(|value| value.split(',')).map(str::trim);
    tags.any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

#[cfg(test)]
mod tests;
