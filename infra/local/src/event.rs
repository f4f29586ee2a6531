//! Turns an HTTP request into the event that Amazon's HTTP API sends (payload format 2.0).

use std::collections::BTreeMap;
use std::net::IpAddr;

use data_encoding::BASE64;
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HOST, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderMap, HeaderName};
use serde_json::{Map, Value, json};
use shared::http::route::RequestPath;
use time::OffsetDateTime;
use time::macros::format_description;

/// A request on its way to a function.
pub struct Arrival<'a> {
    /// Its request line and headers.
    pub parts: &'a Parts,
    /// Its path, decoded.
    pub path: &'a RequestPath,
    /// Its body.
    pub body: &'a [u8],
    /// Who sent it.
    pub source: IpAddr,
    /// The host and port it was sent to.
    pub authority: &'a str,
    /// Its id.
    pub request_id: &'a str,
    /// When it came.
    pub now: OffsetDateTime,
}

impl Arrival<'_> {
    /// The event as JSON: a function reads what it would read behind Amazon's gateway.
    #[must_use]
    pub fn event(&self, route_key: &str, parameters: &BTreeMap<String, String>) -> Value {
        let mut event = json!({
            "version": "2.0",
            "routeKey": route_key,
            "rawPath": self.path.raw(),
            "rawQueryString": self.query(),
            "headers": self.headers(),
            "requestContext": self.context(route_key),
            "isBase64Encoded": false,
        });
        let mut add = |name: &str, value: Value| {
            if let Some(event) = event.as_object_mut() {
                event.insert(name.to_owned(), value);
            }
        };
        let cookies = cookies(&self.parts.headers);
        if !cookies.is_empty() {
            add("cookies", json!(cookies));
        }
        if !parameters.is_empty() {
            add("pathParameters", json!(parameters));
        }
        if !self.query().is_empty() {
            add("queryStringParameters", json!(query_parameters(self.query())));
        }
        if !self.body.is_empty() {
            let text = std::str::from_utf8(self.body).ok().filter(|_| is_text(&self.parts.headers));
            add("isBase64Encoded", json!(text.is_none()));
            add("body", text.map_or_else(|| BASE64.encode(self.body).into(), Value::from));
        }
        event
    }

    fn query(&self) -> &str {
        self.parts.uri.query().unwrap_or_default()
    }

    fn headers(&self) -> Map<String, Value> {
        let mut headers = Map::new();
        let dropped = [COOKIE, CONNECTION, TRANSFER_ENCODING, CONTENT_LENGTH, HOST];
        for name in self.parts.headers.keys().filter(|name| !dropped.contains(name)) {
            headers.insert(name.as_str().to_owned(), joined_with(&self.parts.headers, name, ",").into());
        }
        if !self.body.is_empty() || self.parts.headers.contains_key(CONTENT_LENGTH) {
            headers.insert("content-length".to_owned(), self.body.len().to_string().into());
        }
        let forwarded = headers.get("x-forwarded-for").and_then(Value::as_str);
        let forwarded =
            forwarded.map_or_else(|| self.source.to_string(), |before| format!("{before}, {}", self.source));
        headers.insert("x-forwarded-for".to_owned(), forwarded.into());
        headers.insert("x-forwarded-proto".to_owned(), "http".into());
        headers.insert("x-forwarded-port".to_owned(), self.domain_and_port().1.into());
        headers.insert("host".to_owned(), self.authority.into());
        headers
    }

    fn context(&self, route_key: &str) -> Value {
        let domain = self.domain_and_port().0;
        let user_agent = self.parts.headers.get(http::header::USER_AGENT);
        let time = format_description!("[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000");
        json!({
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": domain,
            "domainPrefix": domain.split('.').next(),
            "http": {
                "method": self.parts.method.as_str(),
                "path": self.path.raw(),
                "protocol": "HTTP/1.1",
                "sourceIp": self.source,
                "userAgent": user_agent.map(|value| String::from_utf8_lossy(value.as_bytes())).unwrap_or_default(),
            },
            "requestId": self.request_id,
            "routeKey": route_key,
            "stage": "$default",
            "time": self.now.format(time).unwrap_or_default(),
            "timeEpoch": self.now.unix_timestamp() * 1_000,
        })
    }

    fn domain_and_port(&self) -> (&str, &str) {
        self.authority.rsplit_once(':').unwrap_or((self.authority, "80"))
    }
}

fn joined_with(headers: &HeaderMap, name: &HeaderName, separator: &str) -> String {
    let values: Vec<_> = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    values.join(separator)
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    let line = joined_with(headers, &COOKIE, ";");
    line.split(';')
        .map(|cookie| cookie.trim_matches([' ', '\t']))
        .filter(|cookie| !cookie.is_empty())
        .map(ToOwned::to_owned)
        .collect()
}

fn query_parameters(query: &str) -> BTreeMap<String, String> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap_or_default();
    let mut parameters = BTreeMap::<String, String>::new();
    for (name, value) in pairs {
        let joined = parameters.get(&name).map(|before| format!("{before},{value}"));
        parameters.insert(name, joined.unwrap_or(value));
    }
    parameters
}

/// Whether the gateway hands the body over as it is; a form is no text to it.
fn is_text(headers: &HeaderMap) -> bool {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.starts_with("text/")
        || matches!(essence.as_str(), "application/json" | "application/javascript" | "application/xml")
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
    use http::Request;

    const ROUTE_KEY: &str = "POST /key/{name}";

    fn json_of(request: http::request::Builder, body: &[u8]) -> Value {
        let (parts, ()) = request.method("POST").body(()).expect("a valid request").into_parts();
        let path = RequestPath::parse(parts.uri.path());
        let arrival = Arrival {
            parts: &parts,
            path: &path,
            body,
            source: IpAddr::from([127, 0, 0, 1]),
            authority: "127.0.0.1:3000",
            request_id: "id",
            now: OffsetDateTime::UNIX_EPOCH,
        };
        let parameters = BTreeMap::from([("name".to_owned(), "a b".to_owned())]);
        let event = arrival.event(ROUTE_KEY, &parameters);
        serde_json::from_value::<ApiGatewayV2httpRequest>(event.clone()).expect("an event the functions take");
        event
    }

    #[test]
    fn path_query_and_route_are_handed_over_as_amazon_does() {
        let event = json_of(Request::get("/key/a%20b?x=1&x=%41+b&raw=%2F"), b"");
        assert_eq!(event["rawPath"], "/key/a b");
        assert_eq!(event["routeKey"], "POST /key/{name}");
        assert_eq!(event["rawQueryString"], "x=1&x=%41+b&raw=%2F");
        assert_eq!(event["queryStringParameters"], json!({"x": "1,A b", "raw": "/"}));
        assert_eq!(event["pathParameters"]["name"], "a b");
        assert_eq!(event["requestContext"]["time"], "01/Jan/1970:00:00:00 +0000");
        assert_eq!(event["requestContext"]["http"]["sourceIp"], "127.0.0.1");
        assert_eq!(event.get("body"), None);
    }

    #[test]
    fn repeated_headers_are_joined_and_cookies_taken_out() {
        let request = Request::get("/key/a")
            .header("ApiKey", "A")
            .header("apikey", "B")
            .header("cookie", "a=1; b=2")
            .header("cookie", "c=3");
        let event = json_of(request, b"");
        assert_eq!(event["headers"]["apikey"], "A,B");
        assert_eq!(event["cookies"], json!(["a=1", "b=2", "c=3"]));
        assert_eq!(event["headers"].get("cookie"), None);
    }

    #[test]
    fn host_and_protocol_are_the_gateways_own() {
        let request = Request::get("/key/a")
            .header("host", "evil.example")
            .header("x-forwarded-proto", "https")
            .header("x-forwarded-for", "10.0.0.1");
        let event = json_of(request, b"");
        assert_eq!(event["headers"]["host"], "127.0.0.1:3000");
        assert_eq!(event["headers"]["x-forwarded-proto"], "http");
        assert_eq!(event["headers"]["x-forwarded-for"], "10.0.0.1, 127.0.0.1");
        assert_eq!(event["requestContext"]["domainName"], "127.0.0.1");
    }

    #[test]
    fn only_text_and_json_are_handed_over_as_they_are() {
        for (media_type, body, is_base64) in [
            ("application/json", b"{}".as_slice(), false),
            ("Application/JSON; charset=utf-8", b"{}", false),
            ("text/plain", b"a", false),
            ("application/x-www-form-urlencoded", b"token=a", true),
            ("application/merge-patch+json", b"{}", true),
            ("", b"a", true),
            ("application/json", b"\xff", true),
        ] {
            let event = json_of(Request::get("/key/a").header("content-type", media_type), body);
            assert_eq!(event["isBase64Encoded"], is_base64, "{media_type}");
            let text = std::str::from_utf8(body).unwrap_or_default();
            assert_eq!(event["body"], if is_base64 { BASE64.encode(body) } else { text.to_owned() });
        }
    }
}
