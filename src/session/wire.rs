//! The way to a session's task: requests to servers, and commands.

use std::time::Duration;

use minidom::Element;
use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep;

use super::Error;
use super::command::{Command, Urgency};
use crate::xmpp::{Ask, AskError, Request};

/// How often a request is sent at most, and how long the first pause before another attempt is.
///
/// COMPAT(ejabberd 23.01): two people who change nodes at the same moment may lock each other out; one of them is told of
/// an internal error, and nothing has happened.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(60);

/// Sends to the task that owns the stream. Cheap to clone.
#[derive(Clone)]
pub(super) struct Wire {
    /// Boxed, because a queue keeps 32 places ready: an idle session is 8 kB smaller for it.
    commands: mpsc::Sender<Box<Command>>,
    urgency: Urgency,
}

impl Wire {
    pub(super) fn new(commands: mpsc::Sender<Box<Command>>) -> Self {
        Wire { commands, urgency: Urgency::Awaited }
    }

    /// The same way for what a session asks of its own accord: it does not hurry a reconnect.
    pub(super) fn unhurried(&self) -> Self {
        Wire { urgency: Urgency::Own, ..self.clone() }
    }

    /// Tells the task something.
    pub(super) async fn tell(&self, command: Command) -> Result<(), Error> {
        self.commands.send(Box::new(command)).await.map_err(|_| Error::Ended)
    }

    /// Tells the task something and awaits its answer.
    pub(super) async fn call<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Result<T, Error> {
        let (answer, answered) = oneshot::channel();
        self.tell(command(answer)).await?;
        answered.await.map_err(|_| Error::Ended)
    }

    async fn ask_once(&self, request: Request) -> Result<Option<Element>, AskError> {
        let (request, urgency) = (Box::new(request), self.urgency);
        match self.call(|answer| Command::Ask { request, urgency, answer }).await {
            Ok(answer) => answer,
            Err(_) => Err(AskError::Disconnected),
        }
    }

    /// Whether the session has ended.
    pub(super) fn is_ended(&self) -> bool {
        self.commands.is_closed()
    }
}

impl Ask for Wire {
    async fn ask(&self, request: Request) -> Result<Option<Element>, AskError> {
        for attempt in 1..ATTEMPTS {
            match self.ask_once(request.clone()).await {
                Err(error) if error.is("internal-server-error") => sleep(PAUSE * attempt).await,
                answer => return answer,
            }
        }
        self.ask_once(request).await
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::xmpp::Kind;

    /// Asks a server that answers with these, one after the other; gives the last answer and how many are left.
    async fn ask(answers: &[&str]) -> (Result<Option<Element>, AskError>, usize) {
        let (commands, mut task) = mpsc::channel::<Box<Command>>(1);
        let mut answers: Vec<String> = answers.iter().rev().map(|answer| (*answer).to_owned()).collect();
        let server = tokio::spawn(async move {
            while let Some(command) = task.recv().await {
                let Command::Ask { answer, .. } = *command else { panic!("not a request") };
                let condition = answers.pop().unwrap();
                let is_result = condition == "result";
                let error = AskError::Stanza { condition, specific: None, text: None };
                answer.send(if is_result { Ok(None) } else { Err(error) }).unwrap();
            }
            answers.len()
        });
        let request = Request { to: None, kind: Kind::Set, payload: Element::bare("ping", "urn:xmpp:ping") };
        let answer = Wire::new(commands).ask(request).await;
        (answer, server.await.unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn what_failed_inside_the_server_is_asked_again_but_not_for_ever() {
        let internal = "internal-server-error";
        assert_eq!(ask(&[internal, "result"]).await, (Ok(None), 0));
        let (answer, left) = ask(&[internal, internal, internal, "result"]).await;
        assert!(answer.unwrap_err().is(internal));
        assert_eq!(left, 1);
        let (answer, left) = ask(&["forbidden", "result"]).await;
        assert!(answer.unwrap_err().is("forbidden"), "a refusal is an answer");
        assert_eq!(left, 1);
    }
}
