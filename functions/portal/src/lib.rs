//! The User Settings page and what belongs to it, and the answer to all that no other route covers.
//!
//! What is here is also reached through the gateway's `$default` (by `HEAD`), so the path alone decides what is served,
//! never the route's key. Nothing here reads the table, a secret, or a credential.

mod content;
mod document;
mod explanation;
mod negotiation;
mod protection;
mod resource;

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use http::header::VARY;
use http::{HeaderMap, HeaderValue, Method};
use shared::Error;
use shared::http::BASE_PATH;
use shared::http::call::Facts;
use shared::http::problem;
use shared::http::route::{Found, RequestPath, Route, Routes};

use crate::negotiation::Form;
use crate::resource::Resource;

include!(concat!(env!("OUT_DIR"), "/routes.rs"));

static TABLE: LazyLock<Routes> = LazyLock::new(|| Routes::new(ROUTES.to_vec()));

/// All of this function.
pub fn router() -> Router {
    Router::new().route("/", any(answer))
}

async fn answer(request: Request) -> Response {
    let path = request.extensions().get::<Facts>().map_or("", |facts| facts.raw_path.as_str());
    let shown = show(request.method(), path, request.headers());
    let mut response = shown.unwrap_or_else(|error| refuse(error, path, request.headers()));
    protection::add_headers(response.headers_mut());
    response
}

fn show(method: &Method, path: &str, headers: &HeaderMap) -> Result<Response, Error> {
    match Resource::at(path) {
        // The router leaves out the body that a HEAD does not ask for.
        Some(resource) if *method == Method::GET || *method == Method::HEAD => resource.show(headers),
        Some(_) => Err(Error::MethodNotAllowed("GET, HEAD".to_owned())),
        None => Err(match TABLE.find(method.as_str(), &RequestPath::decoded(path)) {
            Found::OtherMethods(methods) => Error::MethodNotAllowed(methods.into_iter().collect::<Vec<_>>().join(", ")),
            Found::Route(..) | Found::Nothing => Error::NotFound,
        }),
    }
}

/// A problem document, or a page to a browser that asked for one; never a page where the API stands.
fn refuse(error: Error, path: &str, headers: &HeaderMap) -> Response {
    let explanation = explanation::of(problem::slug(&error));
    let mut response = error.into_response();
    if path.starts_with(BASE_PATH) {
        return response;
    }
    if let (Form::Page, Some(explanation)) = (negotiation::form(headers, Form::Document), explanation) {
        document::put(&mut response, &explanation, negotiation::language(headers));
    }
    response.headers_mut().insert(VARY, HeaderValue::from_static(document::VARY));
    response
}
