//! The way to a session's task: requests to servers, and commands.

use minidom::Element;
use tokio::sync::{mpsc, oneshot};

use super::Error;
use super::command::Command;
use crate::xmpp::{Ask, AskError, Request};

/// Sends to the task that owns the stream. Cheap to clone.
#[derive(Clone)]
pub(super) struct Wire {
    commands: mpsc::Sender<Command>,
}

impl Wire {
    pub(super) fn new(commands: mpsc::Sender<Command>) -> Self {
        Wire { commands }
    }

    /// Tells the task something.
    pub(super) async fn tell(&self, command: Command) -> Result<(), Error> {
        self.commands.send(command).await.map_err(|_| Error::Ended)
    }

    /// Tells the task something and awaits its answer.
    pub(super) async fn call<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Result<T, Error> {
        let (answer, answered) = oneshot::channel();
        self.tell(command(answer)).await?;
        answered.await.map_err(|_| Error::Ended)
    }

    /// Whether the session has ended.
    pub(super) fn is_ended(&self) -> bool {
        self.commands.is_closed()
    }
}

impl Ask for Wire {
    async fn ask(&self, request: Request) -> Result<Option<Element>, AskError> {
        let request = Box::new(request);
        match self.call(|answer| Command::Ask { request, answer }).await {
            Ok(answer) => answer,
            Err(_) => Err(AskError::Disconnected),
        }
    }
}
