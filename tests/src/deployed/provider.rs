//! The identity provider, which is none of the service's parts: the local stack's stand-in, on the deployment's table.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;
use local::event::Arrival;
use local::provider::{Provider, route};
use local::reply;
use shared::http::route::RequestPath;
use time::OffsetDateTime;

use crate::site::Site;

/// Signs in whoever the request names.
pub(crate) async fn sign_in(site: &Site, request: Request<Bytes>) -> Response<Bytes> {
    let context = site.context();
    let (parts, body) = request.into_parts();
    let now = OffsetDateTime::from_unix_timestamp(context.clock.now().unix_seconds()).expect("a time of this age");
    let arrival = Arrival {
        parts: &parts,
        path: &RequestPath::parse(route().path),
        body: &body,
        source: Ipv4Addr::LOCALHOST.into(),
        authority: &site.host,
        request_id: "provider",
        now,
    };
    let event = arrival.event(&route().key(), &BTreeMap::new());
    let answer = Provider::new(context).invoke(event).await;
    let (parts, body) = reply::of_function(answer).into_parts();
    Response::from_parts(parts, body.collect().await.expect("a body that is at hand").to_bytes())
}
