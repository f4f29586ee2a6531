//! Finds the route of a path as Amazon's HTTP API does.

use std::collections::{BTreeMap, BTreeSet};

use percent_encoding::percent_decode_str;

/// One route of the template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The operation's name in the template.
    pub operation: String,
    /// The method, in capitals.
    pub method: String,
    /// The path with its variables, as `/user/{user}/info`.
    pub path: String,
    /// The folder of the function that serves it.
    pub function: String,
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
        let segments = path.strip_prefix('/').unwrap_or(path).split('/').map(decode).collect();
        Self { segments }
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
    OtherMethods(BTreeSet<&'a str>),
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
        let fitting: Vec<_> = self.0.iter().filter_map(|route| Some((route, fit(&route.path, path)?))).collect();
        let best = fitting.iter().filter(|(route, _)| route.method == method).max_by_key(|(_, fit)| &fit.literals);
        match best {
            Some((route, fit)) => Found::Route(route, fit.parameters.clone()),
            None if !fitting.iter().any(|(route, fit)| exists(route, fit)) => Found::Nothing,
            None => Found::OtherMethods(fitting.iter().map(|(route, _)| route.method.as_str()).collect()),
        }
    }
}

/// Whether the function behind the route would know the path: a user's own settings are those of `@current`.
fn exists(route: &Route, fit: &Fit) -> bool {
    let value_of = |name: &str| fit.parameters.get(name).map(String::as_str);
    shared::runtime::path_of_route(&route.key(), value_of).is_some()
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
        let route = |method: &str, path: &str| Route {
            operation: String::new(),
            method: method.to_owned(),
            path: path.to_owned(),
            function: path.to_owned(),
        };
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
