ALTER TABLE entry ADD COLUMN words tsvector NOT NULL DEFAULT '';
ALTER TABLE conversation ADD COLUMN words tsvector NOT NULL DEFAULT '';
CREATE INDEX entry_words ON entry USING gin (words);
CREATE INDEX conversation_words ON conversation USING gin (words);
