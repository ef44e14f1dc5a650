//! The router: one thread that owns every session and the database, and does one request after the other.
//!
//! Requests that wait are done together in one transaction; what they answer and send leaves only after its commit.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::{io, thread};

use bytes::Bytes;
use jid::{BareJid, FullJid, ResourcePart};
use lru::LruCache;
use tokio::sync::{mpsc, oneshot};

use super::blocking::Blocked;
use super::command::{Account, BindError, Bound, Command, Ending, Registration, Source};
use super::files::Files;
use super::session::{Capabilities, Management, Out, Outlet, Session, SessionId};
use super::stream::error as stream_error;
use super::{HomeConfig, HomeError, HomeLimits, Names, accounts};
use crate::hosting::stanza::StanzaError;
use crate::store::{Contact, Credentials, Store, StoreError};

/// Requests done in one transaction.
const BATCH: usize = 128;
/// Sessions of one account.
const SESSIONS: usize = 50;
/// Client versions whose capabilities are remembered.
const VERSIONS: usize = 500;

/// The capabilities of a client version: the nodes it wants events of.
pub(super) type Interests = Arc<Vec<String>>;

/// Everything the server knows.
pub(super) struct Router {
    pub store: Store,
    pub names: Names,
    pub limits: HomeLimits,
    pub open_registration: bool,
    pub sessions: HashMap<SessionId, Session>,
    pub accounts: HashMap<BareJid, Vec<SessionId>>,
    pub versions: LruCache<String, Interests>,
    /// Whom people have blocked, of those accounts that were asked about: at most as many as there are.
    pub blocked: HashMap<String, Blocked>,
    /// The components that are there.
    pub components: HashMap<String, Outlet>,
    /// The addresses of those that may be.
    pub component_names: Vec<String>,
    /// People's files, if the server takes any.
    pub files: Option<Arc<Files>>,
    next: u64,
    outgoing: Vec<(Outlet, Out)>,
    answers: Vec<Box<dyn FnOnce() + Send>>,
    unasked: Vec<SessionId>,
}

/// Runs a router until nobody can ask it any more.
pub(super) fn start(mut router: Router, mut commands: mpsc::Receiver<Command>) -> io::Result<()> {
    thread::Builder::new().name("home".to_owned()).spawn(move || {
        while let Some(first) = commands.blocking_recv() {
            let more = std::iter::from_fn(|| commands.try_recv().ok()).take(BATCH - 1);
            router.batch(std::iter::once(first).chain(more));
        }
    })?;
    Ok(())
}

impl Router {
    pub fn new(store: Store, names: Names, config: &HomeConfig, files: Option<Arc<Files>>, limits: HomeLimits) -> Self {
        Router {
            store,
            names,
            limits,
            open_registration: config.open_registration,
            sessions: HashMap::new(),
            accounts: HashMap::new(),
            versions: LruCache::new(NonZeroUsize::new(VERSIONS).expect("the constant is not zero")),
            blocked: HashMap::new(),
            components: HashMap::new(),
            component_names: config.components.iter().map(|component| component.address.clone()).collect(),
            files,
            next: 0,
            outgoing: Vec::new(),
            answers: Vec::new(),
            unasked: Vec::new(),
        }
    }

    /// Does requests in one transaction and lets out what they caused.
    fn batch(&mut self, commands: impl Iterator<Item = Command>) {
        let done = self.store.begin().and_then(|()| {
            for command in commands {
                self.handle(command);
            }
            self.store.commit()
        });
        if let Err(error) = done {
            tracing::error!(error = %error, "the home server's database failed; every stream is ended");
            let _ = self.store.roll_back();
            self.blocked.clear();
            self.outgoing.clear();
            self.answers.clear();
            self.unasked.clear();
            for session in self.sessions.keys().copied().collect::<Vec<_>>() {
                self.end(session, "internal-server-error");
            }
        }
        self.ask_for_acknowledgements();
        for (outlet, out) in self.outgoing.drain(..) {
            outlet.push(out);
        }
        for answer in self.answers.drain(..) {
            answer();
        }
    }

    fn handle(&mut self, command: Command) {
        match command {
            Command::Credentials { user, answer } => {
                let found = self.store.credentials(&user).unwrap_or_default();
                self.answer(answer, found);
            }
            Command::Register { user, keys, answer } => {
                let made = self.register(&user, &keys);
                self.answer(answer, made);
            }
            Command::SetAccount { user, keys, answer } => {
                let made = self.store.set_account(&user, &keys, (self.limits.clock)()).map_err(HomeError::from);
                self.answer(answer, made);
            }
            Command::Bind { account, resource, outlet, answer } => {
                let bound = self.bind(&account, resource, outlet);
                self.answer(answer, bound);
            }
            Command::Resume { account, id, handled, outlet, answer } => {
                let resumed = self.resume(&account, &id, handled, outlet);
                self.answer(answer, resumed);
            }
            Command::Stanza { from, stanza, keys } => {
                if self.is_current(from) {
                    self.count(from.session);
                    self.stanza(from.session, &stanza, keys);
                }
            }
            Command::Refused { from, stanza, error } => {
                if self.is_current(from) {
                    self.count(from.session);
                    self.bounce(from.session, &stanza, &error);
                }
            }
            Command::Management { from, element } => {
                if self.is_current(from) {
                    self.manage(from.session, &element);
                }
            }
            Command::Gone { from, ending } => self.gone(from, ending),
            Command::Expire { from } => self.expire(from),
            Command::TellComponent { address, stanza, answer } => {
                let told = self.tell_component(&address, stanza);
                self.answer(answer, told);
            }
            Command::ComponentUp { address, outlet } => self.component_up(address, outlet),
            Command::FromComponent { address, connection, stanza } => {
                self.component_says(&address, connection, &stanza);
            }
            Command::ComponentGone { address, connection } => self.component_gone(&address, connection),
            Command::Operate { service, caller, operation, at, answer } => {
                let done = self.operate(&service, caller, operation, at);
                self.answer(answer, done);
            }
            Command::Plant { service, node, publisher, id, payload, answer } => {
                let done = self.plant(&service, &node, &publisher, &id, &payload);
                self.answer(answer, done);
            }
            Command::Befriend { one, other, answer } => {
                let done = self.befriend(&one, &other);
                self.answer(answer, done);
            }
            Command::SetCard { user, xml, answer } => {
                let done = self.store.set_document(&user, super::query::CARD, &xml).map_err(HomeError::from);
                self.answer(answer, done);
            }
            Command::Kick { account, answer } => {
                let outlets: Vec<_> = self.sessions_of(&account).filter_map(|one| one.outlet.clone()).collect();
                outlets.iter().for_each(|outlet| outlet.stop.cancel());
                self.answer(answer, outlets.len());
            }
            Command::Sessions { account, answer } => {
                let count = self.sessions_of(&account).count();
                self.answer(answer, count);
            }
        }
    }

    /// Answers after the commit.
    fn answer<T: Send + 'static>(&mut self, asker: oneshot::Sender<T>, answer: T) {
        // One who no longer waits is not there to be told.
        self.answers.push(Box::new(move || {
            let _ = asker.send(answer);
        }));
    }

    fn register(&self, user: &str, keys: &Credentials) -> Result<(), Registration> {
        let failed = |_| Registration::Failed;
        if self.store.has_account(user).map_err(failed)? {
            return Err(Registration::Taken);
        }
        if self.store.account_count().map_err(failed)? >= self.limits.accounts {
            return Err(Registration::Full);
        }
        self.store.set_account(user, keys, (self.limits.clock)()).map_err(failed)
    }

    /// A resource that is taken goes to the newcomer (RFC 6120 §7.7.2.2).
    fn bind(&mut self, account: &Account, resource: Option<String>, outlet: Outlet) -> Result<Bound, BindError> {
        let user = account.bare.node().map(|user| user.as_str()).unwrap_or_default();
        if !account.is_guest && !self.store.has_account(user).unwrap_or(false) {
            return Err(BindError::NoAccount);
        }
        let resource = resource.unwrap_or_else(accounts::fresh);
        let resource = ResourcePart::new(&resource).map_err(|_| BindError::BadResource)?;
        let jid = account.bare.with_resource(&resource);
        if let Some(other) = self.find(&jid) {
            self.end(other, "conflict");
        }
        if self.sessions_of(&account.bare).count() >= SESSIONS {
            return Err(BindError::TooMany);
        }
        let session = SessionId(self.next);
        self.next += 1;
        self.accounts.entry(account.bare.clone()).or_default().push(session);
        let bound = Session {
            jid: jid.clone(),
            bare: account.bare.clone(),
            is_guest: account.is_guest,
            outlet: Some(outlet),
            presence: None,
            has_roster: false,
            has_blocklist: false,
            interests: Default::default(),
            capabilities: Capabilities::None,
            directed: Default::default(),
            management: None,
        };
        self.sessions.insert(session, bound);
        Ok(Bound { session, jid })
    }

    fn is_current(&self, from: Source) -> bool {
        let outlet = self.sessions.get(&from.session).and_then(|session| session.outlet.as_ref());
        outlet.is_some_and(|outlet| outlet.connection == from.connection)
    }

    fn gone(&mut self, from: Source, ending: Ending) {
        if !self.is_current(from) {
            return;
        }
        let Some(session) = self.sessions.get_mut(&from.session) else { return };
        let can_resume = session.management.as_ref().is_some_and(|management| management.key.is_some());
        session.outlet = None;
        if ending == Ending::Closed || !can_resume {
            self.remove(from.session);
        } else if let Some(Management { has_asked, .. }) = &mut session.management {
            *has_asked = false;
        }
    }

    fn expire(&mut self, from: Source) {
        if self.sessions.get(&from.session).is_some_and(|session| session.outlet.is_none()) {
            self.remove(from.session);
        }
    }

    /// Ends a session with a stream error.
    pub fn end(&mut self, session: SessionId, condition: &str) {
        let outlet = self.sessions.get_mut(&session).and_then(|session| session.outlet.take());
        if let Some(outlet) = outlet {
            self.outgoing.push((outlet, Out::Close((stream_error(condition, None) + "</stream:stream>").into())));
        }
        self.remove(session);
    }

    /// Forgets a session; others see it go.
    fn remove(&mut self, id: SessionId) {
        self.say_unavailable(id);
        let Some(session) = self.sessions.remove(&id) else { return };
        if let Some(list) = self.accounts.get_mut(&session.bare) {
            list.retain(|one| *one != id);
            if list.is_empty() {
                self.accounts.remove(&session.bare);
            }
        }
        if session.is_guest
            && let Err(error) = self.store.forget_subscriber(session.bare.as_str())
        {
            tracing::warn!(error = %error, "a guest's subscriptions were not removed");
        }
    }

    /// The sessions of an account.
    pub fn sessions_of(&self, account: &BareJid) -> impl Iterator<Item = &Session> {
        self.ids_of(account).filter_map(|id| self.sessions.get(&id))
    }

    /// The sessions of an account, by id.
    pub fn ids_of(&self, account: &BareJid) -> impl Iterator<Item = SessionId> {
        self.accounts.get(account).into_iter().flatten().copied()
    }

    /// The session of a full address.
    pub fn find(&self, jid: &FullJid) -> Option<SessionId> {
        self.ids_of(&jid.to_bare()).find(|id| self.sessions.get(id).is_some_and(|session| session.jid == *jid))
    }

    /// Queues a stanza for a session; it is kept until acknowledged where the client wants that.
    pub fn send(&mut self, id: SessionId, stanza: impl Into<Bytes>) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let stanza = stanza.into();
        let mut has_room = true;
        if let Some(management) = &mut session.management {
            has_room = management.keep(stanza.clone());
            if !management.has_asked {
                management.has_asked = true;
                self.unasked.push(id);
            }
        }
        if let Some(outlet) = &session.outlet {
            self.outgoing.push((outlet.clone(), Out::Send(stanza)));
        }
        if !has_room {
            self.end(id, "resource-constraint");
        }
    }

    /// Queues something for whatever is at the other end of a queue.
    pub fn queue(&mut self, outlet: Outlet, text: impl Into<Bytes>) {
        self.outgoing.push((outlet, Out::Send(text.into())));
    }

    /// Queues something that is no stanza.
    pub fn send_raw(&mut self, id: SessionId, text: impl Into<Bytes>) {
        if let Some(outlet) = self.sessions.get(&id).and_then(|session| session.outlet.clone()) {
            self.outgoing.push((outlet, Out::Send(text.into())));
        }
    }

    /// Once a batch, clients are asked how far they are (XEP-0198 §4).
    fn ask_for_acknowledgements(&mut self) {
        for id in std::mem::take(&mut self.unasked) {
            self.send_raw(id, super::management::REQUEST);
        }
    }

    fn befriend(&mut self, one: &str, other: &str) -> Result<(), HomeError> {
        for (user, friend) in [(one, other), (other, one)] {
            let user = accounts::user(user).ok_or_else(|| HomeError::Name(user.to_owned()))?;
            let friend = accounts::user(friend).ok_or_else(|| HomeError::Name(friend.to_owned()))?;
            let jid = format!("{friend}@{}", self.names.domain);
            let contact = Contact { jid, listed: true, sends: true, receives: true, ..Contact::default() };
            self.store.set_contact(&user, &contact)?;
        }
        Ok(())
    }

    /// Something of ours failed: the stanza is answered, the failure is logged.
    pub fn failed(&self, error: &StoreError) -> StanzaError {
        tracing::error!(error = %error, "the home server's database did not do a step");
        StanzaError::new("internal-server-error")
    }
}
