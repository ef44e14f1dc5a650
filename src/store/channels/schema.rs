//! The schema of the channel service, as the list of its changes. Moments and flags are 64-bit numbers.
//!
//! `SERIAL`, `NAME` and `REFERENCES … CASCADE` are written for both engines; what only one of them knows stands in lines
//! that begin with its name.

/// Each brings the schema one version further. Only ever add to the end.
pub(super) const MIGRATIONS: &[&str] = &["
CREATE TABLE channels (
    number SERIAL,
    name NAME NOT NULL UNIQUE,
    is_topic BIGINT NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    access TEXT NOT NULL,
    default_role TEXT NOT NULL,
    creator TEXT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    authority TEXT,
    synced BIGINT
);
CREATE INDEX channels_by_creator ON channels (creator);
CREATE TABLE nodes (
    number SERIAL,
    channel BIGINT NOT NULL REFERENCES channels (number) ON DELETE CASCADE,
    kind NAME NOT NULL,
    posts BIGINT NOT NULL DEFAULT 0,
    threads BIGINT NOT NULL DEFAULT 0,
    UNIQUE (channel, kind)
);
CREATE TABLE roles (
    channel BIGINT NOT NULL REFERENCES channels (number) ON DELETE CASCADE,
    bare NAME NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (channel, bare)
);
CREATE INDEX roles_by_person ON roles (bare);
CREATE TABLE subscriptions (
    node BIGINT NOT NULL REFERENCES nodes (number) ON DELETE CASCADE,
    jid NAME NOT NULL,
    bare NAME NOT NULL,
    state TEXT NOT NULL,
    called TEXT,
    via TEXT,
    is_temporary BIGINT NOT NULL,
    invited_by TEXT,
    since BIGINT NOT NULL,
    PRIMARY KEY (node, jid)
);
CREATE INDEX subscriptions_by_person ON subscriptions (bare);
CREATE INDEX subscriptions_by_relay ON subscriptions (node, via);
CREATE TABLE resources (
    jid NAME NOT NULL PRIMARY KEY,
    bare NAME NOT NULL,
    since BIGINT NOT NULL
);
CREATE INDEX resources_by_person ON resources (bare);
CREATE TABLE posts (
    number SERIAL,
    node BIGINT NOT NULL REFERENCES nodes (number) ON DELETE CASCADE,
    place BIGINT NOT NULL,
    id NAME NOT NULL,
    publisher TEXT NOT NULL,
    payload TEXT NOT NULL,
    published BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    parent NAME,
    rated TEXT,
    is_deleted BIGINT NOT NULL DEFAULT 0,
    changed BIGINT NOT NULL,
    active BIGINT NOT NULL,
    UNIQUE (node, place),
    UNIQUE (node, id)
);
CREATE INDEX posts_by_id ON posts (id);
CREATE INDEX posts_by_parent ON posts (node, parent, place);
CREATE INDEX posts_by_update ON posts (node, updated);
CREATE INDEX posts_by_change ON posts (node, changed);
CREATE INDEX threads_by_place ON posts (node, place) WHERE parent IS NULL;
CREATE INDEX threads_by_activity ON posts (node, active, place) WHERE parent IS NULL;
-- SQLite CREATE VIRTUAL TABLE words USING fts5 (text, content='', contentless_delete=1);
-- SQLite CREATE TRIGGER words_go AFTER DELETE ON posts BEGIN DELETE FROM words WHERE rowid = old.number; END;
-- PostgreSQL CREATE TABLE words (post BIGINT PRIMARY KEY REFERENCES posts (number) ON DELETE CASCADE,
-- PostgreSQL     words TSVECTOR NOT NULL);
-- PostgreSQL CREATE INDEX words_by_word ON words USING gin (words);
", "
-- What was removed without a trace is told for a while to those who catch up.
CREATE TABLE removed (
    number BIGINT NOT NULL PRIMARY KEY,
    node BIGINT NOT NULL REFERENCES nodes (number) ON DELETE CASCADE,
    id NAME NOT NULL,
    changed BIGINT NOT NULL
);
CREATE INDEX removed_by_change ON removed (node, changed, number);
CREATE INDEX removed_by_age ON removed (changed);
ALTER TABLE nodes ADD COLUMN buried BIGINT NOT NULL DEFAULT 0;
UPDATE nodes SET buried = (SELECT count(*) FROM posts p WHERE p.node = nodes.number AND p.parent IS NULL AND p.is_deleted = 1);
DROP INDEX posts_by_update;
CREATE INDEX posts_by_update ON posts (node, updated, place);
DROP INDEX posts_by_change;
CREATE INDEX posts_by_change ON posts (node, changed, number);
CREATE INDEX posts_by_author ON posts (publisher, place);
"];

pub(super) fn for_sqlite(sql: &str) -> String {
    written(sql, "-- SQLite ", "INTEGER PRIMARY KEY AUTOINCREMENT", "TEXT")
}

/// Names are compared byte by byte, as SQLite does, whatever the database's locale is.
pub(super) fn for_postgres(sql: &str) -> String {
    written(sql, "-- PostgreSQL ", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "TEXT COLLATE \"C\"")
}

fn written(sql: &str, own: &str, serial: &str, name: &str) -> String {
    let mut out = String::new();
    for line in sql.lines() {
        out.push_str(line.strip_prefix(own).unwrap_or(if line.starts_with("-- ") { "" } else { line }));
        out.push('\n');
    }
    out.replace(" SERIAL", &format!(" {serial}")).replace(" NAME", &format!(" {name}"))
}
