//! Waits until the notifier has dealt with all that the table's stream has told so far.

use std::time::Duration;

use shared::clock::Clock;
use shared::context::Context;
use shared::id::ItemId;
use shared::store::layout;
use shared::store::requests::ResetRequest;

use crate::site::Site;

/// The emulator looks at a stream once a second.
const LOOK_EVERY: Duration = Duration::from_millis(50);
const LOOKS: usize = 600;

/// Writes the reset request of a user who is nobody, and waits for the mark that the notifier leaves on it: the
/// emulator's streams have one shard, so all that was written before was told before. No mail comes of it.
pub(crate) async fn pass(site: &Site) {
    let Context { store, .. } = site.context();
    let request = ResetRequest {
        id: ItemId::generate().expect("random bytes"),
        environment: "root".to_owned(),
        user_name: "nobody".to_owned(),
        at: Clock::system().now(),
        source_ip: "127.0.0.1".to_owned(),
    };
    let key = layout::reset_request(request.id);
    let outcome = store.write(request.insert().expect("an item with its key")).await.expect("the table answers");
    assert!(outcome.is_done());
    for _ in 0..LOOKS {
        let item = store.get(&key).await.expect("the table answers").expect("the request");
        if item.text_opt("mail_state").expect("a text") == Some("done") {
            return;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    panic!("the notifier was not told within half a minute, or failed: see its log");
}
