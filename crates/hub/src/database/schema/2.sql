-- Where hubs on this database are reached.
CREATE TABLE place (
    listen TEXT PRIMARY KEY, url TEXT NOT NULL,
    public BIGINT NOT NULL,        -- 1: by the name that it was given
    seen BIGINT NOT NULL           -- when it ran last, to the minute
);

-- For how many days conversations are kept; none: for ever.
ALTER TABLE person ADD COLUMN keep BIGINT;
ALTER TABLE team ADD COLUMN keep BIGINT;
CREATE TABLE setting (name TEXT PRIMARY KEY, number BIGINT);
-- What went by its age: what was said later comes back; none: nothing does.
ALTER TABLE tombstone ADD COLUMN later BIGINT;

-- What is to be done, by whichever hub comes first.
CREATE TABLE job (
    id {id},
    kind TEXT NOT NULL,            -- sweep, expire
    subject BIGINT NOT NULL,
    due BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    UNIQUE (kind, subject)
);
CREATE INDEX job_due ON job (due);
INSERT INTO job (kind, subject, due) VALUES ('sweep', 0, 0);
