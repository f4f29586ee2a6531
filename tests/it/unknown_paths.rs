//! The answer to all that no route covers: unknown paths, and known ones asked in another way.

use std::collections::BTreeSet;

use http::Method;
use scenarios::World;

use crate::operations::{OPERATIONS, ROUTES, filled};
use crate::portal::{BROWSER, get};

#[tokio::test]
async fn an_unknown_path_is_a_page_to_a_browser_and_a_document_to_all_others() {
    let world = World::start().await;
    for path in
        ["/nothing", "/settings/", "/Settings", "/./settings", "/%2e/settings", "//settings", "/settings%2f", "/pro"]
    {
        for accept in [None, Some("*/*"), Some("application/json"), Some("image/png")] {
            let ask = get(&world.anyone(), path);
            let answer = accept.into_iter().fold(ask, |ask, accept| ask.header("accept", accept)).await;
            answer.problem("not-found");
        }
        let ask = || get(&world.anyone(), path).header("accept", BROWSER);
        let page = ask().header("accept-language", "nl").await.expect(404);
        assert!(page.page().contains("<h1>Niet gevonden</h1>"), "{page:?}");
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"), "{page:?}");
        assert!(ask().await.expect(404).page().contains("<h1>Not found</h1>"));
    }
}

#[tokio::test]
async fn the_api_answers_a_browser_with_documents_too() {
    let world = World::start().await;
    let anyone = world.anyone();
    get(&anyone, "/pro/user-manager/v1/nothing").header("accept", BROWSER).await.problem("not-found");
    get(&anyone, "/pro/user-manager/v1/user/@current/info").header("accept", BROWSER).await.problem("unauthenticated");
    let put = anyone.raw(Method::PUT, "/pro/user-manager/v1/session").header("accept", BROWSER);
    put.await.problem("method-not-allowed");
}

#[tokio::test]
async fn no_operation_is_asked_by_head_or_options() {
    let world = World::start().await;
    let admin = world.admin().await;
    for operation in OPERATIONS {
        let path = filled(operation.route().path);
        admin.raw(Method::HEAD, &path).await.expect(405);
        let answer = admin.raw(Method::OPTIONS, &path).header("origin", "https://evil.example").await;
        let answer = answer.problem("method-not-allowed");
        assert_eq!(answer.header("access-control-allow-origin"), None, "{answer:?}");
        let here = ROUTES.iter().filter(|route| route.path == operation.route().path);
        let methods: BTreeSet<_> = here.map(|route| route.method).collect();
        let allow = answer.header("allow").unwrap_or_default();
        assert_eq!(allow.split(", ").collect::<BTreeSet<_>>(), methods, "{path}");
    }
}
