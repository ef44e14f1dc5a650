//! The web side without a network: header fields, forms, sign-ins.

mod answers;
mod forms;
mod sign_in;
mod site;
