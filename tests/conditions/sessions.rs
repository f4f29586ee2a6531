//! Sessions, and the tokens that lead to them.

use shared::secret::Digest;
use shared::store::Store;
use shared::store::sessions::{Factor, Session};
use shared::store::tokens::{MailedReset, mark_used};

use crate::check::{NOW, Told, done, id, refused, user};
use crate::wire::Wire;

fn session(value: &str) -> Session {
    Session {
        user: user(),
        id: id("session"),
        digest: Digest::of(value.as_bytes()),
        epoch: 1,
        factors: vec![Factor::Password],
        fresh_until: NOW,
        created_at: NOW,
        last_seen_at: NOW,
        expires_at: NOW,
        user_agent: String::new(),
        source_ip: String::new(),
    }
}

/// No session takes another's place, nor that of one that was ended.
pub(crate) async fn made(store: &Store, _: &Wire) -> Told {
    refused("what is not there is ended", store.write(Session::end(user(), id("session"), NOW)?).await)?;
    done("a new session", store.write(session("a").insert()?).await)?;
    refused("one that is there", store.write(session("b").insert()?).await)?;
    done("a session is ended", store.write(Session::end(user(), id("session"), NOW)?).await)?;
    refused("one that was ended", store.write(session("a").insert()?).await)
}

/// What changes a session knows the cookie's value as it is, and brings nothing back.
pub(crate) async fn changed(store: &Store, _: &Wire) -> Told {
    let (session, other) = (session("a"), session("b"));
    let next = Digest::of(b"next");
    refused("a session that was ended is used", store.write(session.touch(NOW)).await)?;
    done("a new session", store.write(session.insert()?).await)?;
    refused("another value: used", store.write(other.touch(NOW)).await)?;
    refused("another value: carried over", store.write(other.carry_over(2, &[])).await)?;
    refused("another value: renewed", store.write(other.renew(next, &[], NOW)).await)?;
    done("the value: used", store.write(session.touch(NOW)).await)?;
    done("the value: renewed", store.write(session.renew(next, &[], NOW)).await)?;
    let renewed = Session { digest: next, ..session };
    done("the new value: carried over", store.write(renewed.carry_over(2, &[])).await)?;
    refused("what was proved before that: renewed", store.write(renewed.renew(other.digest, &[], NOW)).await)
}

/// A reset is made once and used once.
pub(crate) async fn tokens(store: &Store, _: &Wire) -> Told {
    let reset = MailedReset { password_version: 1, address_hash: String::new(), expires_at: NOW };
    done("a new reset", store.write(reset.insert(user(), id("reset"))?).await)?;
    refused("one that is there", store.write(reset.insert(user(), id("reset"))?).await)?;
    refused("a token that is not there", store.write(mark_used(user(), id("other"), "r")).await)?;
    done("an unused one", store.write(mark_used(user(), id("reset"), "r")).await)?;
    refused("a used one", store.write(mark_used(user(), id("reset"), "s")).await)
}
