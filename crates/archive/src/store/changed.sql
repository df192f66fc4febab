-- When a conversation was written to last, by anything that is read of it. A transaction has one stamp,
-- later than those before: milliseconds since the Unix epoch, or one more where the clock stands still.
ALTER TABLE conversation ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
-- What is there was written to before all that follows; 0 would be before everything.
UPDATE conversation SET changed = id;
CREATE INDEX conversation_changed ON conversation (changed);
