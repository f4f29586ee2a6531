//! The page, its assets, and what problems mean.

use std::collections::BTreeSet;
use std::io::Read as _;

use http::Method;
use scenarios::{Call, Caller, Response, World, problems};
use serde_json::json;

/// What a browser sends when a person follows a link.
pub(crate) const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

pub(crate) fn get(caller: &Caller, path: &str) -> Call {
    caller.raw(Method::GET, path)
}

/// The addresses in quotation marks that begin with `/assets/`.
fn assets_of(page: &Response) -> BTreeSet<String> {
    let quoted = page.page().split('"').filter(|text| text.starts_with("/assets/"));
    quoted.map(str::to_owned).collect()
}

/// The addresses of all assets that the page names.
async fn assets(caller: &Caller) -> Vec<String> {
    let assets = assets_of(&get(caller, "/settings").await.expect(200));
    assert!(!assets.is_empty(), "the page names no asset");
    assets.into_iter().collect()
}

/// One of them that is a module.
async fn module(caller: &Caller) -> String {
    assets(caller).await.into_iter().find(|address| address.ends_with("/main.js")).expect("the first module")
}

#[tokio::test]
async fn the_page_is_the_same_at_both_its_addresses_and_never_kept() {
    let world = World::start().await;
    let anyone = world.anyone();
    let settings = get(&anyone, "/settings").await.expect(200);
    assert_eq!(get(&anyone, "/").await.expect(200).bytes(), settings.bytes());
    assert_eq!(get(&anyone, "/settings?a=b&c").await.expect(200).bytes(), settings.bytes());
    assert_eq!(settings.header("cache-control"), Some("no-store"));
    assert_eq!(settings.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(settings.header("vary"), Some("accept-encoding, accept-language"));
    assert_eq!(settings.header("etag"), None);
}

#[tokio::test]
async fn the_page_speaks_the_language_that_is_asked_for() {
    let world = World::start().await;
    for (accepted, language) in [("nl-NL,nl;q=0.9,en;q=0.8", "nl"), ("en-GB,nl;q=0.9", "en"), ("de", "en")] {
        let page = get(&world.anyone(), "/settings").header("accept-language", accepted).await.expect(200);
        assert_eq!(page.header("content-language"), Some(language), "{accepted}");
        assert!(page.page().contains(&format!("<html lang=\"{language}\"")), "{accepted}");
    }
}

#[tokio::test]
async fn all_that_the_page_names_is_there_as_what_it_is() {
    let world = World::start().await;
    for address in assets(&world.anyone()).await {
        let asset = get(&world.anyone(), &address).await.expect(200);
        let ending = address.rsplit('.').next().unwrap_or_default();
        let media_type = match ending {
            "css" => "text/css; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            "svg" => "image/svg+xml",
            other => panic!("{address}: what is {other}?"),
        };
        assert_eq!(asset.header("content-type"), Some(media_type), "{address}");
        assert_eq!(asset.header("cache-control"), Some("public, max-age=31536000, immutable"), "{address}");
        assert_eq!(asset.header("vary"), Some("accept-encoding"), "{address}");
        assert!(!asset.bytes().is_empty(), "{address}");
    }
}

fn unpacked(answer: &Response) -> Vec<u8> {
    let mut bytes = Vec::new();
    match answer.header("content-encoding") {
        Some("br") => brotli::BrotliDecompress(&mut answer.bytes().as_ref(), &mut bytes).expect("a brotli stream"),
        Some("gzip") => {
            let mut stream = flate2::read::GzDecoder::new(answer.bytes().as_ref());
            stream.read_to_end(&mut bytes).map(drop).expect("a gzip stream");
        }
        Some(other) => panic!("{other}: {answer:?}"),
        None => bytes.extend_from_slice(answer.bytes()),
    }
    bytes
}

#[tokio::test]
async fn what_is_sent_packed_is_the_same_unpacked() {
    let world = World::start().await;
    let anyone = world.anyone();
    let module = module(&anyone).await;
    for path in ["/settings", &module] {
        let plain = get(&anyone, path).await.expect(200);
        assert_eq!(plain.header("content-encoding"), None, "{path}");
        for (accepted, coding) in [
            ("gzip, deflate, br, zstd", Some("br")),
            ("gzip;q=1.0, br;q=0.9", Some("gzip")),
            ("gzip, *;q=0", Some("gzip")),
            ("identity", None),
            ("br;q=0, gzip;q=0", None),
        ] {
            let packed = get(&anyone, path).header("accept-encoding", accepted).await.expect(200);
            assert_eq!(packed.header("content-encoding"), coding, "{path}: {accepted}");
            assert_eq!(unpacked(&packed), plain.bytes().as_ref(), "{path}: {accepted}");
            let is_smaller = packed.bytes().len() < plain.bytes().len();
            assert_eq!(is_smaller, coding.is_some(), "{path}: {accepted}");
        }
    }
}

#[tokio::test]
async fn an_asset_that_a_browser_has_is_not_sent_again() {
    let world = World::start().await;
    let anyone = world.anyone();
    let module = module(&anyone).await;
    let mut tags = BTreeSet::new();
    for accepted in ["br", "gzip", "identity"] {
        let ask = || get(&anyone, &module).header("accept-encoding", accepted);
        let tag = ask().await.expect(200).etag();
        let known = ask().header("if-none-match", format!("\"a\", {tag}")).await.expect(304);
        assert!(known.bytes().is_empty(), "{known:?}");
        for (name, value) in [
            ("etag", tag.as_str()),
            ("vary", "accept-encoding"),
            ("cache-control", "public, max-age=31536000, immutable"),
        ] {
            assert_eq!(known.header(name), Some(value), "{known:?}");
        }
        ask().header("if-none-match", "\"a\"").await.expect(200);
        tags.insert(tag);
    }
    assert_eq!(tags.len(), 3, "each coding is a representation of its own: {tags:?}");
}

#[tokio::test]
async fn an_asset_of_another_build_is_not_found_and_that_is_not_kept() {
    let world = World::start().await;
    let anyone = world.anyone();
    let module = module(&anyone).await;
    let (folder, name) = module.rsplit_once('/').expect("a folder and a name");
    for path in [
        format!("/assets/00000000000000000000/{name}"),
        format!("/assets/{name}"),
        format!("/assets/@/{name}"),
        format!("/assets//{name}"),
        format!("{folder}/"),
        format!("{folder}/index.html"),
        format!("{folder}/../{name}"),
        format!("{folder}/%2e%2e%2f{name}"),
        format!("{folder}/{name}/"),
        format!("{folder}/{name}%00"),
        format!("{folder}/{}", name.to_uppercase()),
        folder.to_uppercase(),
    ] {
        let answer = get(&anyone, &path).header("if-none-match", "*").await.problem("not-found");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
    }
    // Decoded once, as a browser may write it.
    get(&anyone, &module.replace(".js", "%2Ejs")).await.expect(200);
}

#[tokio::test]
async fn every_problem_of_the_contract_is_explained_in_both_languages() {
    let world = World::start().await;
    for (slug, status) in problems() {
        let ask =
            |language: &str| get(&world.anyone(), &format!("/problems/{slug}")).header("accept-language", language);
        let document = ask("en").header("accept", "application/json").await.expect(200);
        assert_eq!(document.header("content-type"), Some("application/json"), "{document:?}");
        assert_eq!(document["type"], format!("/problems/{slug}"));
        assert_eq!(document["status"], status);
        let mut titles = BTreeSet::new();
        for language in ["en", "nl"] {
            let page = ask(language).header("accept", BROWSER).await.expect(200);
            assert_eq!(page.header("vary"), Some("accept, accept-language"));
            assert_eq!(page.header("content-language"), Some(language));
            let document = ask(language).header("accept", "application/problem+json").await.expect(200);
            for text in [document.text("title"), slug.to_owned(), status.to_string()] {
                assert!(page.page().contains(&text), "{text}: {page:?}");
            }
            assert!(!document.text("description").is_empty(), "{document:?}");
            titles.insert(document.text("title"));
        }
        assert_eq!(titles.len(), 2, "not in two languages: {titles:?}");
    }
}

#[tokio::test]
async fn a_page_about_a_problem_names_only_what_is_there() {
    let world = World::start().await;
    let page = get(&world.anyone(), "/problems/not-found").await.expect(200);
    for address in assets_of(&page) {
        get(&world.anyone(), &address).await.expect(200);
    }
    let icon = get(&world.anyone(), "/favicon.ico").await.expect(200);
    assert_eq!(icon.header("content-type"), Some("image/svg+xml"));
    assert!(page.page().contains(r#"href="/settings""#) && page.page().contains(r#"href="/favicon.ico""#));
}

#[tokio::test]
async fn a_problem_that_there_is_not_is_not_found() {
    let world = World::start().await;
    for path in
        ["/problems/other", "/problems/", "/problems", "/problems/not-found/", "/problems/%2e%2e", "/problems/a%2Fb"]
    {
        get(&world.anyone(), path).await.problem("not-found");
        let page = get(&world.anyone(), path).header("accept", BROWSER).await.expect(404);
        assert!(page.page().contains("<h1>Not found</h1>"), "{page:?}");
    }
}

#[tokio::test]
async fn who_looks_for_the_change_of_a_password_is_led_there() {
    let world = World::start().await;
    let answer = get(&world.anyone(), "/.well-known/change-password").await.expect(302);
    assert_eq!(answer.header("location"), Some("/settings#password"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    get(&world.anyone(), "/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200")
        .await
        .expect(404);
}

#[tokio::test]
async fn robots_are_kept_away() {
    let world = World::start().await;
    let answer = get(&world.anyone(), "/robots.txt").await.expect(200);
    assert_eq!(answer.page(), "User-agent: *\nDisallow: /\n");
}

/// The paths of the page, each with a value for its variables.
async fn paths(world: &World) -> Vec<String> {
    let (folder, name) = ("{digest}", "{name}");
    let module = module(&world.anyone()).await;
    let (digest, file) = module.trim_start_matches("/assets/").split_once('/').expect("a folder and a name");
    let own = portal::ROUTES.iter().filter(|route| route.function == portal::DEFAULT_FUNCTION);
    own.map(|route| route.path.replace(folder, digest).replace(name, file).replace("{slug}", "not-found")).collect()
}

#[tokio::test]
async fn every_path_of_the_page_takes_get_and_head_and_nothing_else() {
    let world = World::start().await;
    for path in paths(&world).await {
        let (got, head) = (get(&world.anyone(), &path).await, world.anyone().raw(Method::HEAD, &path).await);
        assert!(matches!(got.status(), 200 | 302), "{got:?}");
        assert_eq!(head.status(), got.status(), "{head:?}");
        for name in ["content-type", "etag", "vary", "cache-control", "content-language", "location"] {
            assert_eq!(head.header(name), got.header(name), "{name}: {head:?}");
        }
        for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"] {
            let method: Method = method.parse().expect("a method");
            let answer = world.anyone().raw(method.clone(), &path).await.problem("method-not-allowed");
            assert_eq!(answer.header("allow"), Some("GET, HEAD"), "{answer:?}");
            let page = world.anyone().raw(method, &path).header("accept", BROWSER).body(json!({"a": 1})).await;
            assert!(page.expect(405).page().contains("<h1>"), "{path}");
        }
    }
}

/// The page is for those who are not signed in yet, and loads while the table is out of reach.
#[tokio::test]
async fn the_page_looks_at_no_credential_and_asks_nothing_of_the_table() {
    let world = World::start().await;
    let meter = world.meter();
    let before = meter.read().requests;
    for path in paths(&world).await {
        let plain = get(&world.anyone(), &path).await;
        let two = get(&world.anyone(), &path).header("apikey", "a").header("authorization", "Bearer b");
        let two = two.header("cookie", "__Host-session=c; __Host-device=d").await;
        assert_eq!((two.status(), two.bytes()), (plain.status(), plain.bytes()), "{two:?}");
    }
    get(&world.anyone(), "/nothing").header("apikey", "a").await.problem("not-found");
    assert_eq!(meter.read().requests, before);
}

#[tokio::test]
async fn odd_headers_are_answered_like_none() {
    let world = World::start().await;
    let anyone = world.anyone();
    let long = "a,".repeat(2_000);
    let plain = get(&anyone, "/settings").await.expect(200);
    for value in [";;;,,,=", "q=1", ";q=1", "*/*;q=abc", "br;q=0.1234", "nl;q=9", &long] {
        for name in ["accept", "accept-encoding", "accept-language", "if-none-match"] {
            let answer = get(&anyone, "/settings").header(name, value).await.expect(200);
            assert_eq!(answer.bytes(), plain.bytes(), "{name}: {value}");
        }
    }
    get(&anyone, "/settings").header("accept", b"\xff\xfe").header("accept-language", b"\xe9").await.expect(200);
    let twice = get(&anyone, "/settings").header("accept-language", "de").header("accept-language", "nl").await;
    assert_eq!(twice.header("content-language"), Some("nl"), "{twice:?}");
    get(&anyone, "/settings").header("x-long", "a".repeat(10_241)).answered_by_gateway().await.expect(431);
}
