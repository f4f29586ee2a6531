//! Another service's API as the example guards it: every request is put to the authorizer, and no answer is kept.

use scenarios::World;
use serde_json::{Map, Value, json};

const TEXT: &str = include_str!("../../infra/examples/guarded-api.yaml");

fn example() -> Value {
    serde_saphyr::from_str(TEXT).expect("infra/examples/guarded-api.yaml")
}

/// The properties of every resource of one type.
fn of_type<'a>(template: &'a Value, kind: &str) -> Vec<&'a Map<String, Value>> {
    let all = template["Resources"].as_object().expect("resources").values();
    all.filter(|one| one["Type"] == kind).filter_map(|one| one["Properties"].as_object()).collect()
}

/// What is wrong with how an API is guarded.
fn faults(template: &Value) -> Vec<String> {
    let wanted = [
        ("AuthorizerType", json!("REQUEST")),
        ("AuthorizerPayloadFormatVersion", json!("2.0")),
        ("EnableSimpleResponses", json!(true)),
        // A kept answer outlives a revocation, and opens what the key's scopes do not.
        ("AuthorizerResultTtlInSeconds", json!(0)),
        // With one, a request without that header is refused before the authorizer sees the key in the other.
        ("IdentitySource", Value::Null),
    ];
    let routes = of_type(template, "AWS::ApiGatewayV2::Route").into_iter().map(|route| {
        let wanted = [("AuthorizationType", json!("CUSTOM")), ("AuthorizerId", json!("KeyAuthorizer"))];
        (route, wanted.to_vec())
    });
    let authorizers = of_type(template, "AWS::ApiGatewayV2::Authorizer").into_iter();
    let guards = authorizers.map(|authorizer| (authorizer, wanted.to_vec())).chain(routes);
    let wrong = guards.flat_map(|(said, wanted)| {
        let said = move |name: &str| said.get(name).cloned().unwrap_or_default();
        wanted
            .into_iter()
            .filter_map(move |(name, value)| (said(name) != value).then(|| format!("{name}: {}", said(name))))
    });
    wrong.collect()
}

#[test]
fn every_request_is_put_to_the_authorizer() {
    let template = example();
    assert_eq!(of_type(&template, "AWS::ApiGatewayV2::Authorizer").len(), 1);
    assert!(!of_type(&template, "AWS::ApiGatewayV2::Route").is_empty());
    assert_eq!(faults(&template), Vec::<String>::new());
}

#[test]
fn any_other_value_is_refused() {
    let changes = [
        ("KeyAuthorizer", "AuthorizerResultTtlInSeconds", Some(json!(1))),
        ("KeyAuthorizer", "AuthorizerResultTtlInSeconds", Some(json!(300))),
        ("KeyAuthorizer", "AuthorizerResultTtlInSeconds", Some(json!("0"))),
        // Left out, it is 300.
        ("KeyAuthorizer", "AuthorizerResultTtlInSeconds", None),
        ("KeyAuthorizer", "IdentitySource", Some(json!(["$request.header.apikey"]))),
        ("KeyAuthorizer", "IdentitySource", Some(json!([]))),
        ("KeyAuthorizer", "EnableSimpleResponses", None),
        ("KeyAuthorizer", "AuthorizerPayloadFormatVersion", Some(json!("1.0"))),
        ("TaskRoute", "AuthorizationType", None),
        ("TaskRoute", "AuthorizerId", None),
    ];
    for (resource, property, value) in changes {
        let mut template = example();
        let properties = template["Resources"][resource]["Properties"].as_object_mut().expect("properties");
        let before = properties.remove(property);
        properties.extend(value.clone().map(|value| (property.to_owned(), value)));
        assert_eq!(faults(&template).len(), 1, "{resource} {property}: {value:?} in place of {before:?}");
    }
}

#[tokio::test]
async fn the_routes_of_the_example_are_doors_that_the_authorizer_knows() {
    let world = World::start().await;
    let key = world.jane().await.create_key("worker", &["Tasks"]).await;
    for route in of_type(&example(), "AWS::ApiGatewayV2::Route") {
        let (_, path) = route["RouteKey"].as_str().and_then(|key| key.split_once(' ')).expect("a method and a path");
        let path = path.replace("{proxy+}", "17/result");
        let question = json!({"method": "POST", "path": path, "headers": {"apikey": key.value}});
        let answer = world.anyone().post("/_local/authorize", question).await.expect(200).json().clone();
        assert_eq!(answer["isAuthorized"], true, "{path}: {answer}");
    }
}
