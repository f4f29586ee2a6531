//! Mail that the emulator's SES took since a world began.

use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

use crate::site::Site;
use crate::wire::Wire;

/// How much was there when the world began: the inbox is never emptied.
static BEFORE: AtomicUsize = AtomicUsize::new(0);

/// Counts what is there as another world's.
pub(crate) async fn forget(site: &Site, wire: &Wire) {
    BEFORE.store(all(site, wire).await.len(), Ordering::Relaxed);
}

/// The world's mail, newest first, in the form of the local stack's door.
pub(crate) async fn read(site: &Site, wire: &Wire) -> Vec<Value> {
    let all = all(site, wire).await;
    let own = all.iter().skip(BEFORE.load(Ordering::Relaxed)).rev();
    own.map(|mail| {
        let [to] = mail["To"].as_array().map_or(&[][..], Vec::as_slice) else { panic!("not one recipient: {mail}") };
        json!({"to": to, "subject": mail["Subject"], "text": mail["BodyText"], "at": mail["Timestamp"]})
    })
    .collect()
}

async fn all(site: &Site, wire: &Wire) -> Vec<Value> {
    let answer = wire.send_elsewhere(Request::new(Bytes::new()), "/_ministack/ses/messages").await;
    let answer: Value = serde_json::from_slice(answer.body()).unwrap_or_else(|error| panic!("{error}: {answer:?}"));
    answer["messages"][&site.account_id].as_array().cloned().unwrap_or_default()
}
