//! Translators between the words of the project and the stanzas of a service: the contract.
