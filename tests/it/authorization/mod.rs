//! The authorization matrix: every call of `tests/authorization.md` by every kind of caller.

mod cast;
mod contract;
mod matrix;
mod people;
mod requests;
mod state;
mod table;

use std::collections::BTreeSet;

use shared::http::BASE_PATH;

use crate::operations::ROUTES;
use matrix::{Matrix, guarded};
use table::{Row, rows};

/// The path of a route as the contract writes it.
fn written(path: &str) -> String {
    let path = path.strip_prefix(BASE_PATH).expect("a route of the API");
    path.strip_prefix("/user/{user}/").map_or_else(|| path.to_owned(), |rest| format!("ME/{rest}"))
}

#[test]
fn every_call_of_the_template_has_a_row() {
    let declared: BTreeSet<_> = ROUTES.iter().map(|it| format!("{} {}", it.method, written(it.path))).collect();
    let listed: BTreeSet<_> = rows().iter().map(Row::call).collect();
    let missing: Vec<_> = declared.difference(&listed).collect();
    let unknown: Vec<_> = listed.difference(&declared).collect();
    assert!(missing.is_empty(), "add to tests/authorization.md, from the contract: {missing:#?}");
    assert!(unknown.is_empty(), "tests/authorization.md has what infra/template.yaml does not declare: {unknown:#?}");
}

#[test]
fn no_row_is_there_twice() {
    let rows = rows();
    let different: BTreeSet<_> = rows.iter().map(Row::to_string).collect();
    assert_eq!(different.len(), rows.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_answers_every_caller_as_the_contract_says() {
    let (mut matrix, cast) = Matrix::gather().await;
    let rows = rows();
    matrix.fill(&rows, &cast.callers).await;
    matrix.enforce_mfa(&cast).await;
    matrix.fill(&guarded(&rows), &cast.under_enforced_mfa).await;
    matrix.finish(5_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_faults_the_first_in_the_contracts_order_is_answered() {
    let (mut matrix, cast) = Matrix::gather().await;
    let rows = rows();
    matrix.combine_faults(&rows, &cast.callers).await;
    matrix.enforce_mfa(&cast).await;
    matrix.combine_faults(&guarded(&rows), &cast.under_enforced_mfa).await;
    matrix.finish(1_500);
}
