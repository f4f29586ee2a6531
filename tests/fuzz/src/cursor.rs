//! Pages of a list: a limit in range, and a cursor that this list made; no other is taken.

use axum::extract::{FromRequest, Request};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use shared::clock::Timestamp;
use shared::http::call::{Call, Facts};
use shared::http::page::PageRequest;
use shared::{Error, Result};

use crate::{block_on, text};

/// DynamoDB takes no longer key to start at.
const KEY_BYTES_MAX: usize = 1_000;

pub(crate) fn check(input: &[u8]) {
    let Some(text) = text(input) else { return };
    if let Some(page) = page("/one", text) {
        assert!((1..=100).contains(&page.limit), "{}", page.limit);
        if let Some(after) = &page.after {
            assert_eq!(page_after("/one", &page.cursor_after(after)), Some(after.clone()));
        }
    }
    if let Some(after) = page_after("/one", text) {
        assert_eq!(page("/one", "").expect("a page").cursor_after(&after), text, "a cursor has two forms");
        assert_eq!(page_after("/another", text), None, "a cursor of another list was taken");
    }
    let made = page("/one", "").expect("a page").cursor_after(text);
    let is_key = !text.is_empty() && text.len() <= KEY_BYTES_MAX;
    assert_eq!(page_after("/one", &made), is_key.then(|| text.to_owned()));
    assert_eq!(page_after("/another", &made), None, "a cursor of another list was taken");
}

fn page_after(list: &str, cursor: &str) -> Option<String> {
    page(list, &format!("cursor={}", utf8_percent_encode(cursor, NON_ALPHANUMERIC)))?.after
}

/// The page that a query asks for; `None` where it is refused, which names the parameter.
fn page(list: &str, query: &str) -> Option<PageRequest> {
    match call(list, query).and_then(|call| call.page()) {
        Ok(page) => Some(page),
        Err(Error::InvalidRequest(errors)) => {
            assert!(["?", "?cursor", "?limit"].contains(&errors[0].pointer.as_str()), "{errors:?}");
            None
        }
        Err(error) => panic!("{error:?}"),
    }
}

fn call(path: &str, query: &str) -> Result<Call> {
    let mut request = Request::get(path).body(axum::body::Body::empty()).expect("a request");
    request.extensions_mut().insert(Facts {
        now: Timestamp::default(),
        request_id: String::new(),
        source_ip: String::new(),
        path_parameters: [].into(),
        raw_path: path.to_owned(),
        query: query.to_owned(),
    });
    block_on(Call::from_request(request, &()))
}
