-- The archive's tables. Times are milliseconds since the Unix epoch.

-- Texts that stand in many rows: names of tools and models, paths.
CREATE TABLE name (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);

CREATE TABLE conversation (
    id INTEGER PRIMARY KEY,
    agent TEXT NOT NULL,
    native TEXT NOT NULL,          -- the agent's own id
    parent TEXT, forked_from TEXT, directory TEXT, title TEXT, model TEXT, branch TEXT,
    created INTEGER, updated INTEGER,
    source INTEGER,                -- where it was read last
    gone INTEGER,                  -- when it was noticed that the agent no longer has it
    UNIQUE (agent, native)
);

-- What was said or done, in order. Its text is in a block.
CREATE TABLE entry (
    id INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL,
    key INTEGER NOT NULL,          -- hash of kind and native id
    native BLOB NOT NULL,          -- 16 bytes where it is a UUID
    parent INTEGER,                -- key of what it answers
    kind INTEGER NOT NULL,         -- 0 user, 1 assistant, 2 system, 3 tool
    time INTEGER,
    name INTEGER,                  -- the tool, or the model
    status INTEGER,
    gone INTEGER,                  -- taken back by the agent
    block INTEGER NOT NULL, at INTEGER NOT NULL,
    main INTEGER NOT NULL, side INTEGER NOT NULL   -- lengths: text and reasoning, input and output
);
CREATE UNIQUE INDEX entry_key ON entry (conversation, key);

-- Texts of entries of one conversation, compressed together.
CREATE TABLE block (
    id INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL,
    live INTEGER NOT NULL,         -- entries that still stand in it
    data BLOB NOT NULL
);
CREATE INDEX block_conversation ON block (conversation);

CREATE TABLE usage (
    conversation INTEGER NOT NULL, key INTEGER NOT NULL, model INTEGER, time INTEGER,
    input INTEGER NOT NULL, output INTEGER NOT NULL, reasoning INTEGER NOT NULL,
    cache_read INTEGER NOT NULL, cache_write INTEGER NOT NULL, cost REAL,
    PRIMARY KEY (conversation, key)
) WITHOUT ROWID;

CREATE TABLE touched (entry INTEGER NOT NULL, path INTEGER NOT NULL, PRIMARY KEY (entry, path)) WITHOUT ROWID;
CREATE INDEX touched_path ON touched (path, entry);

-- Where secrets stand in an entry's text; what is in `side` counts from the end of `main`.
CREATE TABLE secret (
    entry INTEGER NOT NULL, at INTEGER NOT NULL, length INTEGER NOT NULL, kind TEXT NOT NULL,
    PRIMARY KEY (entry, at)
) WITHOUT ROWID;

-- How far each source was read.
CREATE TABLE source (
    id INTEGER PRIMARY KEY, agent TEXT NOT NULL, name TEXT NOT NULL, cursor BLOB, gone INTEGER,
    UNIQUE (agent, name)
);

-- Where a conversation was held, from this time on.
CREATE TABLE context (
    agent TEXT NOT NULL, native TEXT NOT NULL, time INTEGER NOT NULL,
    pane TEXT, project TEXT, directory TEXT, branch TEXT, commit_id TEXT,
    PRIMARY KEY (agent, native, time)
) WITHOUT ROWID;

-- One column each: whatever stands in a second one takes half as much again.
CREATE VIRTUAL TABLE words USING fts5(
    text, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2'
);
CREATE VIRTUAL TABLE titles USING fts5(
    text, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2'
);
-- More is kept in memory between merges of the index.
INSERT INTO words (words, rank) VALUES ('hashsize', 12582912);
