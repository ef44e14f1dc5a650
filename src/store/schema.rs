//! The schema, one step after the other. A step that was released is never changed; a new one is added.

/// Step *n* brings a database from version *n* to *n + 1*.
pub(super) const MIGRATIONS: &[&str] = &[r#"
CREATE TABLE secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;

CREATE TABLE accounts (
    user TEXT PRIMARY KEY,
    iterations INTEGER NOT NULL,
    salt BLOB NOT NULL,
    sha1_stored BLOB NOT NULL,
    sha1_server BLOB NOT NULL,
    sha256_stored BLOB NOT NULL,
    sha256_server BLOB NOT NULL,
    created INTEGER NOT NULL
) STRICT;

CREATE TABLE contacts (
    user TEXT NOT NULL,
    jid TEXT NOT NULL,
    listed INTEGER NOT NULL,
    name TEXT,
    groups TEXT NOT NULL,
    sends INTEGER NOT NULL,
    receives INTEGER NOT NULL,
    asking INTEGER NOT NULL,
    request TEXT,
    PRIMARY KEY (user, jid)
) STRICT, WITHOUT ROWID;

CREATE TABLE documents (
    user TEXT NOT NULL,
    name TEXT NOT NULL,
    xml TEXT NOT NULL,
    PRIMARY KEY (user, name)
) STRICT;

CREATE TABLE nodes (
    number INTEGER PRIMARY KEY,
    service TEXT NOT NULL,
    name TEXT NOT NULL,
    creator TEXT NOT NULL,
    configuration TEXT NOT NULL,
    created INTEGER NOT NULL,
    items INTEGER NOT NULL DEFAULT 0,
    UNIQUE (service, name)
) STRICT;
CREATE INDEX nodes_by_creator ON nodes (creator);

CREATE TABLE items (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    node INTEGER NOT NULL REFERENCES nodes (number) ON DELETE CASCADE,
    id TEXT NOT NULL,
    publisher TEXT NOT NULL,
    payload TEXT NOT NULL,
    created INTEGER NOT NULL,
    UNIQUE (node, id)
) STRICT;
CREATE INDEX items_in_order ON items (node, sequence);
CREATE TRIGGER item_added AFTER INSERT ON items
    BEGIN UPDATE nodes SET items = items + 1 WHERE number = new.node; END;
CREATE TRIGGER item_removed AFTER DELETE ON items
    BEGIN UPDATE nodes SET items = items - 1 WHERE number = old.node; END;

CREATE TABLE affiliations (
    node INTEGER NOT NULL REFERENCES nodes (number) ON DELETE CASCADE,
    jid TEXT NOT NULL,
    affiliation TEXT NOT NULL,
    PRIMARY KEY (node, jid)
) STRICT, WITHOUT ROWID;
CREATE INDEX affiliations_by_jid ON affiliations (jid);

CREATE TABLE subscriptions (
    node INTEGER NOT NULL REFERENCES nodes (number) ON DELETE CASCADE,
    jid TEXT NOT NULL,
    bare TEXT NOT NULL,
    PRIMARY KEY (node, jid)
) STRICT, WITHOUT ROWID;
CREATE INDEX subscriptions_by_bare ON subscriptions (bare);
"#];
