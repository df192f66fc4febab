-- The index knows which entries have a word, and not where in them: words in a row are looked for in the texts. Words come
-- as they are to be found, so nothing is folded but capitals of ASCII.
DROP TABLE words;
CREATE VIRTUAL TABLE words USING fts5(
    text, content='', contentless_delete=1, detail=none, tokenize='ascii'
);
INSERT INTO words (words, rank) VALUES ('hashsize', 4194304);
