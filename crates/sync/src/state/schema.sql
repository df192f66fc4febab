-- What was sent where. Times are milliseconds since the Unix epoch.

CREATE TABLE target (
    name TEXT PRIMARY KEY,
    stamp INTEGER NOT NULL DEFAULT 0,      -- of the archive: looked through up to here
    failures INTEGER NOT NULL DEFAULT 0,   -- in a row
    not_before INTEGER NOT NULL DEFAULT 0,
    waiting_since INTEGER,                 -- since when something could not be sent
    problem TEXT,                          -- why
    stopped INTEGER NOT NULL DEFAULT 0,    -- 1: nothing is sent until the user has done something
    sent INTEGER NOT NULL DEFAULT 0, requests INTEGER NOT NULL DEFAULT 0,
    last_sent INTEGER
) WITHOUT ROWID;

CREATE TABLE conversation (
    id INTEGER PRIMARY KEY,
    target TEXT NOT NULL, agent TEXT NOT NULL, native TEXT NOT NULL,
    remote TEXT NOT NULL DEFAULT '{}',     -- what the service's answers said of it, JSON
    due INTEGER,                           -- to be looked at again then, changed or not
    deleted INTEGER NOT NULL DEFAULT 0,    -- at the target, or it cannot be
    UNIQUE (target, agent, native)
);
CREATE INDEX conversation_due ON conversation (target, due) WHERE due IS NOT NULL;

-- Each item that was sent, is on its way, or was set aside.
CREATE TABLE item (
    conversation INTEGER NOT NULL, key INTEGER NOT NULL,
    version INTEGER NOT NULL,              -- of what the archive has
    hash INTEGER NOT NULL,                 -- of what was sent
    state INTEGER NOT NULL,                -- 0 acknowledged, 1 on its way, 2 set aside
    attempts INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (conversation, key)
) WITHOUT ROWID;

CREATE TABLE aside (
    conversation INTEGER NOT NULL, key INTEGER NOT NULL,
    time INTEGER NOT NULL, label TEXT NOT NULL, reason TEXT NOT NULL,
    PRIMARY KEY (conversation, key)
) WITHOUT ROWID;

CREATE TABLE log (id INTEGER PRIMARY KEY, target TEXT NOT NULL, time INTEGER NOT NULL, text TEXT NOT NULL);
CREATE INDEX log_target ON log (target, id);
