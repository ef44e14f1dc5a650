//! What a person says about themselves.

/// The words of a profile. All of them are a stranger's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    /// The name; at most 200 characters.
    pub name: Option<String>,
    /// What the person is called; at most 200 characters.
    pub nickname: Option<String>,
    /// A few sentences; at most 5,000 characters.
    pub note: Option<String>,
    /// Where the person is, in words; at most 200 characters.
    pub place: Option<String>,
    /// Addresses on the web, unchecked; at most [`Profile::LINKS`] of at most 2,000 bytes.
    pub links: Vec<String>,
}

/// Who may read a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Anybody, signed in or not.
    Everybody,
    /// Whoever may see when the person is online.
    Contacts,
}

impl Profile {
    /// How many links a profile has.
    pub const LINKS: usize = 10;
    /// The longest name and the like, in characters.
    pub const NAME: usize = 200;
    /// The longest note, in characters.
    pub const NOTE: usize = 5_000;

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        *self == Profile::default()
    }

    /// What to call the person.
    pub fn called(&self) -> Option<&str> {
        self.name.as_deref().or(self.nickname.as_deref())
    }
}
