//! How a mail reads: what happened, to which account, when and from where, and what to do about it.

use std::fmt::Write as _;

use shared::clock::Timestamp;
use shared::store::users::Profile;
use shared::token::OpaqueToken;

/// A link that only the reader of the mail has.
#[derive(Debug)]
pub(crate) struct Link {
    /// What the page knows the token by.
    pub(crate) purpose: &'static str,
    /// Goes into the fragment, which browsers do not send.
    pub(crate) token: OpaqueToken,
    /// What to do with the link, in the words before it.
    pub(crate) invitation: String,
}

/// A mail before it is addressed. Nothing in it was chosen by whoever caused it, but for names that the service
/// restricts.
#[derive(Debug)]
pub(crate) struct Letter {
    pub(crate) subject: String,
    /// What happened, in a sentence without its full stop.
    pub(crate) fact: String,
    /// `account`, `when`, `from` and what else there is to know.
    pub(crate) details: Vec<(&'static str, String)>,
    pub(crate) link: Option<Link>,
    /// What to do where it was somebody else, in one or more sentences.
    pub(crate) advice: Advice,
}

/// What to do where it was somebody else.
#[derive(Debug)]
pub(crate) enum Advice {
    /// Nothing; why nothing happens.
    Ignore(&'static str),
    /// Go to the page and do this.
    Act(&'static str),
}

impl Letter {
    /// Details of an account and an occasion.
    pub(crate) fn details(
        account_name: &str,
        profile: &Profile,
        at: Timestamp,
        source_ip: Option<&str>,
    ) -> Vec<(&'static str, String)> {
        let account = format!("{} ({}) at {account_name}", profile.user_name, profile.environment);
        let mut details = vec![("Account", account), ("When", readable(at))];
        details.extend(source_ip.filter(|ip| !ip.is_empty()).map(|ip| ("From", ip.to_owned())));
        details
    }

    /// The mail's text, with links to the page at `origin`.
    pub(crate) fn text(&self, origin: &str) -> String {
        let page = format!("{origin}/settings");
        let mut text = format!("{}.\n\n", self.fact);
        for (name, value) in &self.details {
            let _ = writeln!(text, "{:<9}{value}", format!("{name}:"));
        }
        if let Some(link) = &self.link {
            let _ = write!(text, "\n{}\n{page}#{}={}\n", link.invitation, link.purpose, link.token.expose());
        }
        let _ = match &self.advice {
            Advice::Ignore(why) => write!(text, "\nIf this was not you, ignore this mail: {why}.\n"),
            Advice::Act(advice) => write!(text, "\nIf this was not you, go to\n{page}\nand {advice}.\n"),
        };
        text
    }
}

/// `2026-11-23 10:11:12 UTC`.
pub(crate) fn readable(at: Timestamp) -> String {
    format!("{} UTC", at.to_string().replace('T', " ").trim_end_matches('Z'))
}

#[cfg(test)]
mod tests {
    use shared::id::{ItemId, UserId};
    use shared::token::{Locator, TokenKind};

    use super::*;

    fn letter(link: Option<Link>, advice: Advice) -> Letter {
        let details =
            vec![("Account", "jane (ROOT) at demo".to_owned()), ("When", readable(Timestamp::from_unix_seconds(0)))];
        Letter { subject: "Subject".to_owned(), fact: "Something happened".to_owned(), details, link, advice }
    }

    #[test]
    fn a_notice_says_what_happened_and_what_to_do() {
        let text = letter(None, Advice::Act("do this")).text("https://portal.example.com");
        assert_eq!(
            text,
            "Something happened.\n\nAccount: jane (ROOT) at demo\nWhen:    1970-01-01 00:00:00 UTC\n\n\
             If this was not you, go to\nhttps://portal.example.com/settings\nand do this.\n"
        );
    }

    #[test]
    fn a_token_stands_in_the_fragment_alone_on_its_line() {
        let locator = Locator { user: UserId::of_text("jane"), item: ItemId::of_text("token") };
        let token = OpaqueToken::mailed(TokenKind::MailedReset, locator, &[1; 32]).expect("a key of 256 bits");
        let expected = format!("https://portal.example.com/settings#reset={}", token.expose());
        let link = Link { purpose: "reset", token, invitation: "Open this:".to_owned() };
        let text = letter(Some(link), Advice::Ignore("nothing changes")).text("https://portal.example.com");
        assert_eq!(text.lines().filter(|found| *found == expected).count(), 1);
        assert!(text.ends_with("\nIf this was not you, ignore this mail: nothing changes.\n"));
    }
}
