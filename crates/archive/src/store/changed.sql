-- When a conversation was written to last, by anything that is read of it. A transaction has one stamp,
-- later than those before: milliseconds since the Unix epoch, or one more where the clock stands still.
ALTER TABLE conversation ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX conversation_changed ON conversation (changed);
