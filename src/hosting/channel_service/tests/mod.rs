//! Dialogues with the service.
