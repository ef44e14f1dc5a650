//! What went wrong elsewhere, as sentences for the reader.

use crate::channel::id::NameError;
use crate::language::Text;
use crate::media::Trouble;
use crate::opml::OpmlError;
use crate::session::{self, AccountError, RegisterError, SignInError};

/// A failure that people are told of.
pub trait Sentence {
    /// What to tell them.
    fn sentence(&self) -> Text;
}

impl Sentence for session::Error {
    fn sentence(&self) -> Text {
        match self {
            session::Error::NotFound => Text::new("session-not-found"),
            session::Error::Forbidden => Text::new("session-forbidden"),
            session::Error::Blocked => Text::new("session-blocked"),
            session::Error::Timeout => Text::new("session-timeout"),
            session::Error::Disconnected => Text::new("session-disconnected"),
            session::Error::RemoteUnreachable => Text::new("session-remote-unreachable"),
            session::Error::Unsupported => Text::new("session-unsupported"),
            session::Error::Taken => Text::new("session-taken"),
            session::Error::TooLarge => Text::new("session-too-large"),
            session::Error::Refused(words) => Text::new("session-refused").with("words", words),
            session::Error::Ended => Text::new("session-ended"),
        }
    }
}

impl Sentence for SignInError {
    fn sentence(&self) -> Text {
        Text::new(match self {
            SignInError::Refused => "sign-in-refused",
            SignInError::Domain => "sign-in-domain",
            SignInError::Unreachable => "sign-in-unreachable",
            SignInError::Timeout => "sign-in-timeout",
            SignInError::Certificate => "sign-in-certificate",
            SignInError::Unencrypted => "sign-in-unencrypted",
            SignInError::Mechanism => "sign-in-mechanism",
            SignInError::Protocol => "sign-in-protocol",
            SignInError::Full => "sign-in-full",
        })
    }
}

impl Sentence for RegisterError {
    fn sentence(&self) -> Text {
        match self {
            RegisterError::Closed => Text::new("register-closed"),
            RegisterError::Elsewhere(page) => Text::new("register-elsewhere").with("page", page),
            RegisterError::Taken => Text::new("register-taken"),
            RegisterError::NotAcceptable(words) => Text::new("register-not-acceptable").with("words", words),
            RegisterError::NotAllowed(words) => Text::new("register-not-allowed").with("words", words),
            RegisterError::Wait => Text::new("register-wait"),
            RegisterError::Connect(error) => error.sentence(),
        }
    }
}

impl Sentence for AccountError {
    fn sentence(&self) -> Text {
        match self {
            AccountError::Unsupported => Text::new("account-unsupported"),
            AccountError::NotAllowed(None) => Text::new("account-not-allowed"),
            AccountError::NotAllowed(Some(words)) => Text::new("account-not-allowed-because").with("words", words),
            AccountError::NotAcceptable(None) => Text::new("account-not-acceptable"),
            AccountError::NotAcceptable(Some(words)) => {
                Text::new("account-not-acceptable-because").with("words", words)
            }
            AccountError::Wait => Text::new("account-wait"),
            AccountError::Session(error) => error.sentence(),
            AccountError::SignIn(error) => Text::new("account-sign-in-failed").with("reason", error.sentence()),
        }
    }
}

impl Sentence for NameError {
    fn sentence(&self) -> Text {
        match self {
            NameError::Empty => Text::new("name-empty"),
            NameError::TooLong(most) => Text::new("name-too-long").with("most", most),
            NameError::Control => Text::new("name-control"),
            NameError::Address => Text::new("name-no-address"),
        }
    }
}

impl Sentence for OpmlError {
    fn sentence(&self) -> Text {
        match self {
            OpmlError::TooLarge => Text::new("opml-too-large"),
            OpmlError::NotOpml => Text::new("opml-not-opml"),
            OpmlError::Empty => Text::new("opml-empty"),
            OpmlError::TooMany => Text::new("opml-too-many").with("most", crate::opml::MAX_CHANNELS),
        }
    }
}

impl Sentence for Trouble {
    fn sentence(&self) -> Text {
        Text::new(match self {
            Trouble::Forbidden => "file-forbidden",
            Trouble::Unreachable => "file-unreachable",
            Trouble::Refused => "file-refused",
            Trouble::TooLarge => "file-too-large",
            Trouble::Unfit => "file-unfit",
            Trouble::Busy => "file-busy",
        })
    }
}
