//! The notifier under faults: each mail is sent, and once; a second one goes out only where it cannot be known that the
//! first did, and says the same.

use std::collections::BTreeSet;
use std::fs;
use std::time::Instant;

use dynoxide::{AttributeValue, Database, Item};
use scenarios::{PASSWORD, Person, World};
use serde_json::{Value, json};

use super::drive::quick_cases;
use super::effects::{Base, Effects};
use super::fault::Fault;
use super::plays::address_token;
use super::script::{Site, Stay};
use super::stage::Stage;
use crate::whole_table::{put_back, read};

/// What the stream tells of, and how many mails that asks for.
const TOLD: [(&str, usize); 5] =
    [("password_changed", 1), ("email_change_requested", 2), ("email_changed", 1), ("invited", 1), ("REQUEST", 1)];

async fn with_address(world: &World, address: &str) -> Person {
    let person = world.new_user().create().await;
    person.patch("ME/info", json!({"email": address})).await.expect(200);
    let token = address_token(world, &person).await;
    person.post("ME/email/confirm", json!({"token": token})).await.expect(200);
    person
}

/// Makes everything happen that is told of.
async fn prepare(world: &World) {
    let (kim, lee) = (with_address(world, "kim@example.com").await, with_address(world, "lee@example.com").await);
    let passwords = json!({"current_password": PASSWORD, "new_password": "amber-Turnstile-31-osprey"});
    kim.put("ME/password", passwords).await.expect(204);
    world.advance(1).await;
    world.anyone().post("/session/password-reset", json!({"user_name": kim.user_name})).await.expect(202);
    kim.patch("ME/info", json!({"email": "new@example.com"})).await.expect(200);
    lee.patch("ME/info", json!({"email": null})).await.expect(200);
    let key = world.admin().await.create_key("script", &["Authentication"]).await;
    let new = json!({"environment_name": "ROOT", "user_name": "newcomer", "email": "newcomer@example.com"});
    key.post("/user", new).await.expect(201);
}

/// The stream's record of the newest item of this kind.
fn record(database: &Database, kind: &str) -> Value {
    let is_it = |item: &Item| item.get("kind") == Some(&AttributeValue::S(kind.to_owned()));
    let items = read(database);
    let found =
        items.iter().filter(|((_, sort), item)| sort == kind || is_it(item)).max_by_key(|((_, sort), _)| sort.clone());
    let (partition, sort) = found.unwrap_or_else(|| panic!("no {kind}")).0;
    let keys = json!({"PK": {"S": partition}, "SK": {"S": sort}});
    let change = json!({"Keys": keys, "SequenceNumber": "1", "SizeBytes": 1, "StreamViewType": "NEW_IMAGE"});
    json!({"Records": [{
        "eventID": "1", "eventName": "INSERT", "eventVersion": "1.1", "eventSource": "aws:dynamodb",
        "awsRegion": "eu-central-1", "dynamodb": change, "eventSourceARN": "arn:aws:dynamodb:eu-central-1:1:table/t/stream/1",
    }]})
}

/// The notifier, and what it works on.
struct Bench {
    stage: Stage,
    base: Base,
}

/// What one delivery came to.
struct Delivered {
    /// Whether it is not to come again.
    is_done: bool,
    effects: Effects,
    mails: Vec<String>,
}

impl Bench {
    async fn start() -> Self {
        let stage = Stage::start().await;
        prepare(&stage.world).await;
        Self { base: stage.base(), stage }
    }

    async fn deliver(&self, event: &Value) -> Delivered {
        let answer = self.stage.functions().invoke("notifier", event.clone()).await;
        let is_done = answer.is_ok_and(|it| it["batchItemFailures"].as_array().is_some_and(Vec::is_empty));
        let files = fs::read_dir(self.stage.outbox()).expect("an outbox").map(|file| file.expect("a file").path());
        let mails = files.map(|file| fs::read_to_string(file).expect("a mail")).collect();
        Delivered { is_done, effects: self.base.look().effects.without_side_effects("notifier"), mails }
    }

    /// As if whoever set out to send a mail had done so long ago: another may take it over.
    fn age(&self) {
        for (place, mut item) in read(self.stage.database()) {
            let begun: Vec<_> = item.keys().filter(|name| name.ends_with("_started_at")).cloned().collect();
            for name in &begun {
                item.insert(name.clone(), AttributeValue::N("0".to_owned()));
            }
            if !begun.is_empty() {
                put_back(self.stage.database(), &place, Some(&item));
            }
        }
    }

    fn put_back(&self) {
        self.base.put_back(&self.base.look().changed);
        for file in fs::read_dir(self.stage.outbox()).expect("an outbox") {
            fs::remove_file(file.expect("a file").path()).expect("a mail that can be removed");
        }
    }

    /// One fault; what is wrong about how it ended.
    async fn with_fault(
        &self,
        event: &Value,
        once: &Delivered,
        site: &Site,
        fault: Fault,
        stay: Stay,
    ) -> Option<String> {
        self.stage.start_anew();
        self.stage.script.plan("notifier", site, fault, stay);
        let mut delivered = self.deliver(event).await;
        let met = self.stage.script.end_fault();
        let was_sent = !delivered.mails.is_empty();
        if !delivered.is_done && stay == Stay::Once && fault != Fault::Truncated {
            return Some("one fault that passes is not passed over".to_owned());
        }
        for is_aged in [false, true] {
            if !delivered.is_done {
                if is_aged {
                    self.age();
                }
                delivered = self.deliver(event).await;
            }
        }
        let is_told_apart = site.request.is_for_mail() && !fault.hides_what_was_done();
        let may_repeat = was_sent && !is_told_apart;
        let different: BTreeSet<_> = delivered.mails.iter().map(|mail| without_time(mail)).collect();
        let is_right = met > 0
            && delivered.is_done
            && delivered.effects == once.effects
            && different.len() == once.mails.len()
            && (may_repeat || delivered.mails.len() == once.mails.len());
        (!is_right).then(|| format!("{} mails, {}", delivered.mails.len(), delivered.effects.against(&once.effects)))
    }
}

/// A mail, but for when it was caught.
fn without_time(mail: &str) -> String {
    let mut mail: Value = serde_json::from_str(mail).expect("a mail in JSON");
    mail["at"] = Value::Null;
    mail.to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn notifier() {
    let (begin, bench) = (Instant::now(), Bench::start().await);
    let (mut sites, mut driven, mut wrong) = (0, 0, Vec::new());
    for (kind, mails) in TOLD {
        let event = record(bench.stage.database(), kind);
        bench.stage.start_anew();
        bench.stage.script.record("notifier");
        let once = bench.deliver(&event).await;
        let recorded = bench.stage.script.recorded();
        bench.put_back();
        assert!(once.is_done && once.mails.len() == mails, "{kind}: {} mails", once.mails.len());
        for site in recorded {
            sites += 1;
            assert_ne!(site.request.is_consistent, Some(false), "{kind}: {site} may be stale");
            for (fault, stay) in quick_cases(&site.request) {
                driven += 1;
                let why = bench.with_fault(&event, &once, &site, fault, stay).await;
                wrong.extend(why.map(|why| format!("{kind}: {site} {fault:?} {stay:?}: {why}")));
                bench.put_back();
            }
        }
    }
    super::tell("notifier", [sites, driven], begin);
    assert!(wrong.is_empty(), "{} of {driven} cases: {wrong:#?}", wrong.len());
    assert!(sites >= 38 && driven >= 597, "{sites} requests, {driven} cases");
}
