-- What both databases have. Times are milliseconds since the Unix epoch.

CREATE TABLE person (
    id {id}, name TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,            -- admin, member
    made BIGINT NOT NULL
);
CREATE TABLE team (id {id}, name TEXT NOT NULL UNIQUE, made BIGINT NOT NULL);
CREATE TABLE member (
    team BIGINT NOT NULL REFERENCES team ON DELETE CASCADE,
    person BIGINT NOT NULL REFERENCES person ON DELETE CASCADE,
    PRIMARY KEY (team, person)
);

-- Secrets, of which only hashes are stored.
CREATE TABLE pass (
    id {id},
    kind TEXT NOT NULL,            -- code, cookie, device
    person BIGINT NOT NULL REFERENCES person ON DELETE CASCADE,
    name TEXT NOT NULL,            -- the device, or the browser
    may TEXT NOT NULL,             -- write, read
    hash TEXT NOT NULL UNIQUE,
    made BIGINT NOT NULL,
    expires BIGINT,
    seen BIGINT
);
-- A machine that waits for its owner to say yes in a browser.
CREATE TABLE waiting (
    id {id}, hash TEXT NOT NULL UNIQUE, device TEXT NOT NULL, may TEXT NOT NULL, made BIGINT NOT NULL,
    person BIGINT REFERENCES person ON DELETE CASCADE
);

CREATE TABLE conversation (
    id {id},
    person BIGINT NOT NULL REFERENCES person ON DELETE CASCADE,
    agent TEXT NOT NULL,
    native TEXT NOT NULL,          -- the agent's own id
    title TEXT, directory TEXT, project TEXT, branch TEXT, model TEXT, provider TEXT,
    parent TEXT, forked_from TEXT,
    created BIGINT, updated BIGINT, gone BIGINT,
    input BIGINT NOT NULL DEFAULT 0, output BIGINT NOT NULL DEFAULT 0, cost DOUBLE PRECISION,
    changes BIGINT NOT NULL DEFAULT 0,
    received BIGINT NOT NULL,
    UNIQUE (person, agent, native)
);
CREATE INDEX conversation_updated ON conversation (person, updated);
CREATE INDEX conversation_native ON conversation (person, native);

-- What was said or done, in the order in which it came.
CREATE TABLE entry (
    id {id},
    conversation BIGINT NOT NULL REFERENCES conversation ON DELETE CASCADE,
    key TEXT NOT NULL,             -- what it is, and its own id
    native TEXT NOT NULL,
    parent TEXT,                   -- the message that asked for it
    kind BIGINT NOT NULL,          -- 0 user, 1 assistant, 2 system, 3 tool
    time BIGINT,
    name TEXT,                     -- the tool, or the model
    status BIGINT,
    input BIGINT, output BIGINT,   -- tokens
    main TEXT NOT NULL, side TEXT NOT NULL,  -- text and reasoning, input and output
    files TEXT NOT NULL,           -- a line each
    extra TEXT,                    -- what a service's client has sent beside it, as JSON
    UNIQUE (conversation, key)
);
CREATE INDEX entry_time ON entry (conversation, time);

-- What was deleted, so that it does not come back.
CREATE TABLE tombstone (
    person BIGINT NOT NULL REFERENCES person ON DELETE CASCADE,
    agent TEXT NOT NULL, native TEXT NOT NULL, time BIGINT NOT NULL,
    PRIMARY KEY (person, agent, native)
);

-- With which teams a conversation is shared.
CREATE TABLE shared (
    conversation BIGINT NOT NULL REFERENCES conversation ON DELETE CASCADE,
    team BIGINT NOT NULL REFERENCES team ON DELETE CASCADE,
    PRIMARY KEY (conversation, team)
);

-- Links for whoever has them.
CREATE TABLE link (
    id {id},
    conversation BIGINT NOT NULL REFERENCES conversation ON DELETE CASCADE,
    hash TEXT NOT NULL UNIQUE,
    made BIGINT NOT NULL, expires BIGINT NOT NULL,
    first TEXT, last TEXT,         -- a part of it: native ids
    upto BIGINT NOT NULL,          -- what comes later is not in it
    reveal BIGINT NOT NULL,        -- 1: secrets too
    passphrase TEXT,               -- hashed by argon2
    views BIGINT NOT NULL DEFAULT 0
);
