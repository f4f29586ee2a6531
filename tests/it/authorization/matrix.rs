//! Drives every row by every caller, and looks behind the service at what each call changed.

use std::collections::BTreeSet;

use scenarios::{Response, World, at_once};
use serde_json::json;

use super::cast::{self, Caller, Cast};
use super::contract::{Stage, expected};
use super::requests::{Props, Request};
use super::state::{Place, State};
use super::table::{Answer, Row, Who};

/// Rows after which the whole table is compared, where nothing must have changed.
const ROWS_AT_ONCE: usize = 8;

/// What was answered, in the table's words.
fn answered(response: &Response) -> Answer {
    response.slug().map_or_else(|| Answer::Done(response.status()), Answer::problem)
}

/// A request that must change nothing, with its answer.
struct Harmless<'a> {
    row: &'a Row,
    caller: &'a Caller,
    request: Request,
    answer: Answer,
}

/// One matrix in the making.
pub(super) struct Matrix {
    world: World,
    props: Props,
    state: State,
    cells: usize,
    faults: Vec<String>,
}

impl Matrix {
    /// An empty one, and everybody who calls.
    pub(super) async fn gather() -> (Self, Cast) {
        let world = World::start().await;
        let cast = cast::gather(&world).await;
        let props = Props::make(&world).await;
        let state = State::read(&world);
        (Self { world, props, state, cells: 0, faults: Vec::new() }, cast)
    }

    /// From now on who has no MFA must set it up.
    pub(super) async fn enforce_mfa(&mut self, cast: &Cast) {
        self.props.policy = "enforced";
        let policy = json!({"mfa_policy": self.props.policy});
        cast.enforcer.patch("/account/settings", policy).await.expect(200);
        self.state = State::read(&self.world);
    }

    /// Fails with all that was not as the contract says.
    pub(super) fn finish(self, cells_min: usize) {
        assert!(self.faults.is_empty(), "{} of {} cells: {:#?}", self.faults.len(), self.cells, self.faults);
        assert!(self.cells >= cells_min, "only {} cells were driven", self.cells);
    }

    /// Every row by each of these callers: first all that must change nothing, then what must change something.
    pub(super) async fn fill(&mut self, rows: &[Row], callers: &[Caller]) {
        let is_change = |row: &Row, answer: &Answer| row.is_change() && matches!(answer, Answer::Done(_));
        for rows in rows.chunks(ROWS_AT_ONCE) {
            let cells = rows.iter().flat_map(|row| callers.iter().map(move |caller| (row, caller)));
            let harmless = cells.filter_map(|(row, caller)| {
                let (_, answer) = expected(row, caller);
                let request = Request::of(row, caller, &self.props);
                (!is_change(row, &answer)).then_some(Harmless { row, caller, request, answer })
            });
            let harmless = harmless.collect();
            self.change_nothing(harmless).await;
        }
        for row in rows {
            let answers = callers.iter().map(|caller| (caller, expected(row, caller).1));
            self.change(row, answers.filter(|(_, answer)| is_change(row, answer)).collect()).await;
        }
    }

    /// Every row with two faults at once, by one caller for each answer that there is.
    pub(super) async fn combine_faults(&mut self, rows: &[Row], callers: &[Caller]) {
        for rows in rows.chunks(ROWS_AT_ONCE) {
            let mut harmless = Vec::new();
            for row in rows {
                let mut met = Vec::new();
                for caller in callers {
                    let (stage, answer) = expected(row, caller);
                    if !met.contains(&(stage, answer.clone())) {
                        harmless.extend(self.faulty(row, caller, stage, &answer));
                        met.push((stage, answer));
                    }
                }
            }
            self.change_nothing(harmless).await;
        }
    }

    fn compare(&mut self, row: &Row, caller: &Caller, expected: &Answer, response: &Response) {
        self.cells += 1;
        let answered = answered(response);
        if answered != *expected {
            self.faults.push(format!("{row} by {}: {expected:?}, not {answered:?}", caller.name));
        }
    }

    /// Sends requests that must change nothing, those of a row at once, and looks whether they did.
    async fn change_nothing(&mut self, asked: Vec<Harmless<'_>>) {
        let of_rows: BTreeSet<_> = asked.iter().map(|it| it.row.to_string()).collect();
        for asked in asked.chunk_by(|one, other| std::ptr::eq(one.row, other.row)) {
            let answers = at_once(asked.iter().map(|it| it.request.call(&self.world))).await;
            for (Harmless { row, caller, answer, .. }, response) in asked.iter().zip(&answers) {
                self.compare(row, caller, answer, response);
            }
        }
        let changes = self.state.changes();
        if !changes.is_empty() {
            self.faults.push(format!("refused or read, and changed {changes:#?}; one of {of_rows:#?}"));
            self.state.put_back(&changes);
        }
    }

    /// Sends requests that must change something, and undoes each in the table before the next.
    async fn change(&mut self, row: &Row, asked: Vec<(&Caller, Answer)>) {
        let mut partitions: Option<BTreeSet<String>> = None;
        let is_undone = !asked.is_empty();
        for (caller, answer) in asked {
            let response = Request::of(row, caller, &self.props).call(&self.world).await;
            self.compare(row, caller, &answer, &response);
            // What the first one changed the others change too, and their own.
            let changes: Vec<Place> = match &partitions {
                None => self.state.changes(),
                Some(partitions) => {
                    let own = Some(&caller.user.partition).filter(|own| !partitions.contains(*own));
                    partitions.iter().chain(own).flat_map(|partition| self.state.changes_in(partition)).collect()
                }
            };
            // Who has no session may sign out all the same.
            if changes.is_empty() && row.call() != "DELETE /session" {
                self.faults.push(format!("{row} by {} changed nothing", caller.name));
            }
            self.state.put_back(&changes);
            partitions.get_or_insert_with(|| changes.into_iter().map(|(partition, _)| partition).collect());
        }
        if is_undone {
            self.state.put_back(&self.state.changes());
        }
    }

    /// What the contract's order says where `caller`'s request has one fault more, or two.
    fn faulty<'a>(&self, row: &'a Row, caller: &'a Caller, stage: Stage, answer: &Answer) -> Vec<Harmless<'a>> {
        let valid = || Request::of(row, caller, &self.props);
        let first = |fault: Stage, slug: &str| if fault < stage { Answer::problem(slug) } else { answer.clone() };
        let (malformed, missing) = (first(Stage::Request, "invalid-request"), first(Stage::Existence, "not-found"));
        let mut asked = vec![(valid().with_surprise(), malformed.clone())];
        if stage > Stage::Request {
            let slug = if valid().has_body() { "unsupported-media-type" } else { "invalid-request" };
            asked.push((valid().of_another_type(), Answer::problem(slug)));
            asked.push((valid().over_the_limit(), Answer::problem("payload-too-large")));
        }
        asked.extend(valid().about_nothing(row).map(|request| (request, missing.clone())));
        asked.extend(valid().with_surprise().about_nothing(row).map(|request| (request, malformed.clone())));
        if row.has_if_match {
            asked.push((valid().if_stale(), first(Stage::Precondition, "precondition-failed")));
            asked.push((valid().with_surprise().if_stale(), malformed));
            asked.extend(valid().if_stale().about_nothing(row).map(|request| (request, missing)));
        }
        asked.into_iter().map(|(request, answer)| Harmless { row, caller, request, answer }).collect()
    }
}

/// The rows that look at a credential.
pub(super) fn guarded(rows: &[Row]) -> Vec<Row> {
    rows.iter().filter(|row| row.who != Who::Open).cloned().collect()
}
