//! BOSH (XEP-0124 1.11, XEP-0206 1.4): what other clients may rely on, and what nobody can do to them or to the gateway.
//! A file is named after a section, or after a trouble that the XEPs do not name; section numbers are of XEP-0124
//! where nothing else is said.

mod http_5;
mod body_6;
mod namespaces_6;
mod creation_7;
mod terms_7_2;
mod payloads_8;
mod acknowledgements_9;
mod inactivity_10;
mod pause_10;
mod activity_11_12;
mod termination_13;
mod request_ids_14;
mod broken_connections_14_3;
mod keys_15;
mod streams_16;
mod errors_17;
mod security_19;
mod xmpp_0206;
mod server_0206;
mod hostile;
mod ceilings;
mod guesses;
mod stopping;
