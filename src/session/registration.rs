//! Making an account through the gateway (XEP-0077), in the words of the pages.

use std::collections::BTreeMap;

use super::SignInError;
use super::registry::{Sessions, sign_in_error};
use super::view::{FieldKind, RegistrationField, RegistrationForm, RegistrationOption};
use crate::channel::Address;
use crate::xmpp::connect::ConnectError;
use crate::xmpp::register;

/// Why there is no new account. Texts are the server's own, at most 300 characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegisterError {
    /// The server makes no accounts by this way.
    #[error("this server does not let people make accounts here")]
    Closed,
    /// The server makes accounts on a page of its own.
    #[error("this server makes accounts on its own page: {0}")]
    Elsewhere(String),
    /// Somebody has that name.
    #[error("this name is taken")]
    Taken,
    /// A field is missing or not what the server wants.
    #[error("the server did not accept this: {0}")]
    NotAcceptable(String),
    /// The server refuses, in its own words.
    #[error("the server does not allow this: {0}")]
    NotAllowed(String),
    /// Too many new accounts for now.
    #[error("the server makes no more accounts for now, try again later")]
    Wait,
    /// The server could not be asked.
    #[error(transparent)]
    Connect(#[from] SignInError),
}

impl From<register::RegisterError> for RegisterError {
    fn from(error: register::RegisterError) -> Self {
        use register::RegisterError as Wire;
        let because = |text: Option<String>| text.unwrap_or_else(|| "another name or password may help".to_owned());
        match error {
            // Some servers end the stream of somebody who asks for a form that is not for them. No password was refused.
            Wire::Connect(ConnectError::Refused) => RegisterError::Closed,
            Wire::Connect(error) => RegisterError::Connect(sign_in_error(error)),
            Wire::NotOffered => RegisterError::Closed,
            Wire::Elsewhere(page) => RegisterError::Elsewhere(page),
            Wire::Unsupported => RegisterError::NotAcceptable("its form cannot be shown here".to_owned()),
            Wire::Missing(label) => RegisterError::NotAcceptable(format!("\u{201c}{label}\u{201d} is missing")),
            Wire::NameTaken => RegisterError::Taken,
            Wire::NotAcceptable(text) => RegisterError::NotAcceptable(because(text)),
            Wire::Wait(_) => RegisterError::Wait,
            Wire::NotAllowed(None) => RegisterError::Closed,
            Wire::NotAllowed(Some(text)) => RegisterError::NotAllowed(text),
        }
    }
}

impl Sessions {
    /// The form that a server wants filled in for a new account. Takes up to 10 s.
    pub async fn registration_form(&self, domain: &str) -> Result<RegistrationForm, RegisterError> {
        let domain = self.allowed(domain)?;
        let form = register::form(self.connector(), domain.domain()).await?;
        let instructions = Some(form.instructions).filter(|text| !text.trim().is_empty());
        Ok(RegistrationForm { instructions, page: form.page, fields: form.fields.into_iter().map(field).collect() })
    }

    /// Sends such a form, with the server's own field names. The account exists when this returns.
    pub async fn register(&self, domain: &str, fields: Vec<(String, String)>) -> Result<Address, RegisterError> {
        let domain = self.allowed(domain)?;
        let fields: BTreeMap<_, _> = fields.into_iter().collect();
        Ok(register::submit(self.connector(), domain.domain(), &fields).await?)
    }

    fn allowed(&self, domain: &str) -> Result<Address, RegisterError> {
        let domain: Address = domain.parse().map_err(|_| RegisterError::Closed)?;
        if self.admits(&domain) { Ok(domain) } else { Err(RegisterError::Closed) }
    }
}

fn field(field: register::Field) -> RegistrationField {
    let (kind, options) = match field.kind {
        register::FieldKind::Text => (FieldKind::Text, Vec::new()),
        register::FieldKind::Lines => (FieldKind::Lines, Vec::new()),
        register::FieldKind::Private => (FieldKind::Password, Vec::new()),
        register::FieldKind::Boolean => (FieldKind::Check, Vec::new()),
        register::FieldKind::Hidden => (FieldKind::Hidden, Vec::new()),
        register::FieldKind::Fixed => (FieldKind::Fixed, Vec::new()),
        register::FieldKind::Choice(choices) => (
            FieldKind::Choice,
            choices.into_iter().map(|choice| RegistrationOption { value: choice.value, label: choice.label }).collect(),
        ),
    };
    RegistrationField {
        name: field.name,
        label: field.label,
        kind,
        required: field.required,
        value: field.value,
        options,
    }
}
