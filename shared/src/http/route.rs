//! Routes of the template: which one a path belongs to, and the path that one stands for.

use std::collections::{BTreeMap, BTreeSet};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::BASE_PATH;

/// The key of the route for everything that no other one covers; it has no path of its own.
pub const DEFAULT_KEY: &str = "$default";

/// Characters that stand for themselves in a path segment (RFC 3986 §2.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// One route of the template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The operation's name in the template.
    pub operation: &'static str,
    /// The method, in capitals.
    pub method: &'static str,
    /// The path with its variables, as `/user/{user}/info`.
    pub path: &'static str,
    /// The folder of the function that serves it.
    pub function: &'static str,
}

impl Route {
    /// What the event calls it, as `GET /user/{user}/info`.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// A request's path, decoded once; what cannot be decoded stays as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestPath {
    segments: Vec<String>,
}

impl RequestPath {
    /// Reads the path of a request line.
    #[must_use]
    pub fn parse(path: &str) -> Self {
        Self::of(path, decode)
    }

    /// Takes a path that a gateway has decoded: nothing in it is decoded again.
    #[must_use]
    pub fn decoded(path: &str) -> Self {
        Self::of(path, str::to_owned)
    }

    fn of(path: &str, read: impl Fn(&str) -> String) -> Self {
        Self { segments: path.strip_prefix('/').unwrap_or(path).split('/').map(read).collect() }
    }

    /// The path as the event carries it.
    #[must_use]
    pub fn raw(&self) -> String {
        format!("/{}", self.segments.join("/"))
    }
}

/// What a path leads to.
#[derive(Debug, PartialEq, Eq)]
pub enum Found<'a> {
    /// A function.
    Route(&'a Route, BTreeMap<String, String>),
    /// Other methods than the one asked for.
    OtherMethods(BTreeSet<&'static str>),
    /// Nothing.
    Nothing,
}

/// All routes of the template.
#[derive(Clone, Debug)]
pub struct Routes(Vec<Route>);

impl Routes {
    /// Takes them in any order.
    #[must_use]
    pub const fn new(routes: Vec<Route>) -> Self {
        Self(routes)
    }

    /// Takes one more.
    pub fn push(&mut self, route: Route) {
        self.0.push(route);
    }

    /// One by one.
    pub fn iter(&self) -> impl Iterator<Item = &Route> {
        self.0.iter()
    }

    /// The route for `method` and `path`: where several fit, the one with the earliest literal segment.
    #[must_use]
    pub fn find(&self, method: &str, path: &RequestPath) -> Found<'_> {
        let fitting: Vec<_> = self.0.iter().filter_map(|route| Some((route, fit(route.path, path)?))).collect();
        let best = fitting.iter().filter(|(route, _)| route.method == method).max_by_key(|(_, fit)| &fit.literals);
        match best {
            Some((route, fit)) => Found::Route(route, fit.parameters.clone()),
            None if !fitting.iter().any(|(route, fit)| exists(route, fit)) => Found::Nothing,
            None => Found::OtherMethods(fitting.iter().map(|(route, _)| route.method).collect()),
        }
    }
}

/// Whether the function behind the route would know the path: a user's own settings are those of `@current`.
fn exists(route: &Route, fit: &Fit) -> bool {
    let value_of = |name: &str| fit.parameters.get(name).map(String::as_str);
    path_of_route(&route.key(), value_of).is_some()
}

/// The path under which a function's router is asked. Outside the base path that is `/`: what is served there reads
/// [`Facts::raw_path`](super::call::Facts::raw_path), since `$default` has nothing else.
#[must_use]
pub fn path_of_event<'a>(route_key: &str, value_of: impl Fn(&str) -> Option<&'a str>) -> Option<String> {
    let is_operation = route_key.split_once(' ').is_some_and(|(_, template)| template.starts_with(BASE_PATH));
    if is_operation { path_of_route(route_key, value_of) } else { Some("/".to_owned()) }
}

/// Whether a path as the gateway decoded it has an empty segment. A gateway may look for the route of `//a` or `/a/` as
/// if it were `/a`; to the contract they are other paths.
#[must_use]
pub fn has_empty_segment(raw_path: &str) -> bool {
    raw_path.strip_prefix('/').is_some_and(|rest| rest.split('/').any(str::is_empty))
}

/// The path that `route_key` stands for with these values, each percent-encoded, so that no value is read as a path.
#[must_use]
pub fn path_of_route<'a>(route_key: &str, value_of: impl Fn(&str) -> Option<&'a str>) -> Option<String> {
    let (_, template) = route_key.split_once(' ')?;
    if template.starts_with(&format!("{BASE_PATH}/user/{{user}}/")) && value_of("user") != Some("@current") {
        return None;
    }
    let mut path = String::new();
    for segment in template.split('/').skip(1) {
        path.push('/');
        match segment.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            None => path.push_str(segment),
            Some(name) => {
                let value = value_of(name).filter(|value| is_segment(value))?;
                path.extend(utf8_percent_encode(value, SEGMENT));
            }
        }
    }
    Some(path)
}

fn is_segment(value: &str) -> bool {
    let is_foreign = |c: char| c.is_control() || matches!(c, '/' | '\\' | '%' | '?' | '#');
    !value.is_empty() && value != "." && value != ".." && !value.contains(is_foreign)
}

struct Fit {
    /// For each segment whether the template spells it out; compares as precedence.
    literals: Vec<bool>,
    parameters: BTreeMap<String, String>,
}

fn fit(template: &str, path: &RequestPath) -> Option<Fit> {
    let wanted: Vec<_> = template.trim_start_matches('/').split('/').collect();
    if wanted.len() != path.segments.len() {
        return None;
    }
    let mut fit = Fit { literals: Vec::with_capacity(wanted.len()), parameters: BTreeMap::new() };
    for (wanted, given) in wanted.into_iter().zip(&path.segments) {
        let variable = wanted.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        fit.literals.push(variable.is_none());
        match variable {
            Some(_) if given.is_empty() => return None,
            Some(name) => drop(fit.parameters.insert(name.to_owned(), given.clone())),
            None if wanted != given => return None,
            None => {}
        }
    }
    Some(fit)
}

fn decode(segment: &str) -> String {
    let mut rest = segment.as_bytes();
    while let Some(at) = rest.iter().position(|byte| *byte == b'%') {
        let digits = rest.get(at + 1..at + 3);
        if !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
            return segment.to_owned();
        }
        rest = rest.get(at + 3..).unwrap_or_default();
    }
    percent_decode_str(segment).decode_utf8().map_or_else(|_| segment.to_owned(), Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes() -> Routes {
        let route = |method, path| Route { operation: "", method, path, function: path };
        Routes::new(vec![
            route("GET", "/user/{user}/info"),
            route("GET", "/user/{user}/{kind}"),
            route("PATCH", "/user/{user}/info"),
            route("GET", "/key/{name}"),
        ])
    }

    fn find<'a>(routes: &'a Routes, method: &str, path: &str) -> Found<'a> {
        routes.find(method, &RequestPath::parse(path))
    }

    fn parameter(found: &Found<'_>, name: &str) -> Option<String> {
        match found {
            Found::Route(_, parameters) => parameters.get(name).cloned(),
            _ => None,
        }
    }

    #[test]
    fn a_literal_segment_beats_a_variable() {
        let routes = routes();
        let found = find(&routes, "GET", "/user/@current/info");
        assert!(matches!(&found, Found::Route(route, _) if route.path == "/user/{user}/info"), "{found:?}");
        assert_eq!(parameter(&found, "user").as_deref(), Some("@current"));
        assert_eq!(parameter(&find(&routes, "GET", "/user/a/other"), "kind").as_deref(), Some("other"));
    }

    #[test]
    fn parameters_are_decoded_once() {
        let routes = routes();
        for (path, name) in [
            ("/key/a%20b", "a b"),
            ("/key/%2541", "%41"),
            ("/key/a%2Fb", "a/b"),
            ("/key/%C3%A9", "é"),
            ("/key/%C3", "%C3"),
            ("/key/100%", "100%"),
            ("/key/%zz%41", "%zz%41"),
            ("/%6Bey/a", "a"),
        ] {
            assert_eq!(parameter(&find(&routes, "GET", path), "name").as_deref(), Some(name), "{path}");
        }
    }

    #[test]
    fn what_the_gateway_has_decoded_is_not_decoded_again() {
        let routes = routes();
        let found = routes.find("GET", &RequestPath::decoded("/key/%61"));
        assert_eq!(parameter(&found, "name").as_deref(), Some("%61"));
        assert_eq!(RequestPath::decoded("/key/%61").raw(), "/key/%61");
    }

    #[test]
    fn a_slash_too_many_is_an_empty_segment() {
        for path in ["//a", "/a/", "/a//b", "/"] {
            assert!(has_empty_segment(path), "{path}");
        }
        for path in ["/a", "/a/b c", "/a/%2F", ""] {
            assert!(!has_empty_segment(path), "{path}");
        }
    }

    #[test]
    fn only_below_the_base_path_is_a_router_asked_by_path() {
        let value_of = |name: &str| (name == "id").then_some("a b");
        let key = format!("GET {BASE_PATH}/a/{{id}}");
        assert_eq!(path_of_event(&key, value_of), Some(format!("{BASE_PATH}/a/a%20b")));
        assert_eq!(path_of_event(&format!("GET {BASE_PATH}/{{other}}"), value_of), None);
        for key in [DEFAULT_KEY, "GET /problems/{slug}", "GET /", ""] {
            assert_eq!(path_of_event(key, value_of).as_deref(), Some("/"), "{key}");
        }
    }

    #[test]
    fn a_known_path_with_another_method_names_its_methods() {
        let routes = routes();
        assert_eq!(find(&routes, "DELETE", "/user/a/info"), Found::OtherMethods(BTreeSet::from(["GET", "PATCH"])));
        assert_eq!(find(&routes, "PATCH", "/user/a/other"), Found::OtherMethods(BTreeSet::from(["GET"])));
    }

    #[test]
    fn what_no_template_covers_is_nothing() {
        let routes = routes();
        for path in ["/", "*", "/key/", "/key", "/key/a/", "//key/a", "/KEY/a", "/key/a/b"] {
            assert_eq!(find(&routes, "GET", path), Found::Nothing, "{path}");
        }
    }
}
