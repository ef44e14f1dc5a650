//! Dialogues with the service, on a database in memory: who says what, what comes back, and who must hear nothing.

mod talk;
mod channels;
mod posts;
mod people;
mod members;
mod lists;
mod plain;
mod two;
mod two_broken;
mod archive;
