//! One round of one contender: from its start to its end, everything once.

use std::time::{Duration, Instant};

use super::code;
use super::contender::{Contender, Keys, Person};
use super::figures::{Figure, Figures};
use super::load::{Check, Times, milliseconds, timed};
use super::process::Process;
use crate::connection::{Connection, Header};

/// Checks before memory is read and anything else is timed: runtimes have warmed up by then.
pub(crate) const WARM_UP: usize = 1_000;
/// Connections of what is called busy.
pub(crate) const BUSY: usize = 16;
/// Keys that are there while others come and go.
pub(crate) const STANDING_KEYS: usize = 10;

/// How much one round takes.
#[derive(Clone, Copy)]
pub(crate) struct Samples {
    pub(crate) checks: usize,
    pub(crate) keys: usize,
    pub(crate) sign_ins: usize,
    pub(crate) codes: usize,
}

/// A contender with its people, and whose credential is checked.
pub(crate) struct Entrant {
    contender: Box<dyn Contender>,
    people: Vec<Person>,
    check: Check,
}

impl Entrant {
    /// Makes its data, with a start of its own.
    pub(crate) async fn prepare(contender: Box<dyn Contender>, samples: Samples) -> Self {
        let place = contender.place();
        contender.prepare(samples.codes);
        let mut process = Process::start(contender.server(), &place.folder);
        let mut connection = process.connection(place.address).await;
        let people = contender.people(&mut connection, samples.codes).await;
        assert_eq!(people.len(), samples.codes + 1);
        let session = contender.sign_in(&mut connection, &people[0]).await;
        let mut credential: Option<Header> = None;
        if let Some(keys) = contender.keys() {
            for number in 0..STANDING_KEYS {
                let key = keys.create(&mut connection, &session, &format!("standing{number}")).await;
                credential.get_or_insert_with(|| keys.header(&key.value));
            }
        }
        let credential = credential.unwrap_or_else(|| session[0].clone());
        let check = Check { address: place.address, path: contender.check_path(), credential };
        drop(connection);
        process.end().await;
        Self { contender, people, check }
    }

    /// Starts it, measures everything and ends it.
    pub(crate) async fn round(&self, samples: Samples) -> Figures {
        let mut figures = Figures::new();
        let begun = Instant::now();
        let mut process = Process::start(self.contender.server(), &self.contender.place().folder);
        process.first_answer(self.check.address, self.check.path, &self.check.credential).await;
        figures.insert(Figure::Start, milliseconds(begun.elapsed()));
        self.check.times(1, WARM_UP).await;
        let memory = process.memory();
        figures.extend([(Figure::Resident, memory.resident), (Figure::Proportional, memory.proportional)]);
        figures.extend(checks(&self.check, samples.checks).await);
        self.sign_ins(samples.sign_ins, &mut figures).await;
        if let Some(keys) = self.contender.keys() {
            self.keys(keys, samples.keys, &mut figures).await;
        }
        self.codes(&mut figures).await;
        process.end().await;
        figures
    }

    async fn sign_ins(&self, count: usize, figures: &mut Figures) {
        let mut connection = Connection::open(self.check.address).await;
        let mut times = Vec::with_capacity(count);
        for _ in 0..count {
            times.push(timed(self.contender.sign_in(&mut connection, &self.people[0])).await.0);
        }
        figures.insert(Figure::SignIn, Times::of(times).median());
    }

    async fn keys(&self, keys: &dyn Keys, count: usize, figures: &mut Figures) {
        let mut connection = Connection::open(self.check.address).await;
        let session = self.contender.sign_in(&mut connection, &self.people[0]).await;
        let [mut creations, mut lists, mut rotations, mut deletions] = [const { Vec::<Duration>::new() }; 4];
        for number in 0..count {
            let (took, key) = timed(keys.create(&mut connection, &session, &format!("key{number}"))).await;
            creations.push(took);
            let (took, found) = timed(keys.list(&mut connection, &session)).await;
            assert_eq!(found, STANDING_KEYS + 1);
            lists.push(took);
            if let Some(rotation) = keys.rotate(&mut connection, &session, &key) {
                let (took, rotated) = timed(rotation).await;
                assert_ne!(rotated.value, key.value);
                rotations.push(took);
            }
            deletions.push(timed(keys.delete(&mut connection, &session, &key)).await.0);
        }
        let [create, list, delete] = [creations, lists, deletions].map(|times| Times::of(times).median());
        // Who cannot rotate a key makes another one and deletes the first.
        let rotate = if rotations.is_empty() { create + delete } else { Times::of(rotations).median() };
        let named =
            [(Figure::Create, create), (Figure::List, list), (Figure::Rotate, rotate), (Figure::Delete, delete)];
        figures.extend(named);
    }

    async fn codes(&self, figures: &mut Figures) {
        let mut times = Vec::new();
        for person in &self.people[1..] {
            // Waits longer than some keep a connection open for nothing.
            let code = code::unused(person).await;
            let mut connection = Connection::open(self.check.address).await;
            let challenge = self.contender.begin(&mut connection, person).await;
            times.push(timed(self.contender.finish(&mut connection, &challenge, &code)).await.0);
        }
        figures.insert(Figure::Totp, Times::of(times).median());
    }
}

/// Checks over one connection, and over many.
pub(crate) async fn checks(check: &Check, calls: usize) -> Figures {
    let (one, busy) = (check.times(1, calls).await, check.times(BUSY, 2 * calls).await);
    Figures::from([
        (Figure::Check, one.median()),
        (Figure::CheckTail, one.tail()),
        (Figure::BusyCheck, busy.median()),
        (Figure::BusyCheckTail, busy.tail()),
    ])
}
