//! Mails, and what is written once: one mail is sent by one, and taken over where that one failed.

use shared::store::events::{Event, EventKind};
use shared::store::item::Item;
use shared::store::layout::{self, Key};
use shared::store::mails::{Claimed, MailMark, TAKE_OVER_SECONDS};
use shared::store::requests::ResetRequest;
use shared::store::{Store, Write};

use crate::check::{NOW, Told, done, holds, id, refused, user};
use crate::wire::Wire;

fn key() -> Key {
    layout::reset_request(id("request"))
}

async fn claim(store: &Store, item: &Item, at: u32) -> shared::Result<Claimed> {
    store.claim_mail(item, MailMark::Mail, NOW.plus(at)).await
}

/// A mail is one's until it is taken over; then it is the other's to finish.
pub(crate) async fn claimed(store: &Store, _: &Wire) -> Told {
    let item = Item::new(&key()).with("kind", "a");
    let gone = claim(store, &item, 0).await?;
    holds("a mail of no item is sent", matches!(gone, Claimed::Done))?;
    holds("a mail brought an item back", store.get(&key()).await?.is_none())?;
    done("an item", store.write(Write::put(item.clone())?).await)?;
    let Claimed::Ours(first) = claim(store, &item, 0).await? else { return holds("the first may not send", false) };
    let second = claim(store, &item, TAKE_OVER_SECONDS - 1).await?;
    holds("two send", matches!(second, Claimed::Busy))?;
    let third = claim(store, &item, TAKE_OVER_SECONDS).await?;
    let Claimed::Ours(third) = third else { return holds("nobody takes over", false) };
    refused("one who was overtaken finishes", store.write(first.finish()).await)?;
    refused("one who was overtaken gives up", store.write(first.release()).await)?;
    done("one gives up", store.write(third.release()).await)?;
    let Claimed::Ours(last) = claim(store, &item, 0).await? else { return holds("nobody comes after", false) };
    done("one finishes", store.write(last.finish()).await)?;
    let after = claim(store, &item, 2 * TAKE_OVER_SECONDS).await?;
    holds("a mail that was sent is sent again", matches!(after, Claimed::Done))
}

/// Events and requests stand as they were written first.
pub(crate) async fn written_once(store: &Store, _: &Wire) -> Told {
    let event = Event::new(user(), EventKind::PasswordSet, NOW)?;
    done("an event", store.write(event.insert()?).await)?;
    refused("the same event", store.write(event.insert()?).await)?;
    let request = ResetRequest {
        id: id("request"),
        environment: "root".to_owned(),
        user_name: "jane".to_owned(),
        at: NOW,
        source_ip: String::new(),
    };
    done("a request", store.write(request.insert()?).await)?;
    refused("the same request", store.write(request.insert()?).await)
}
