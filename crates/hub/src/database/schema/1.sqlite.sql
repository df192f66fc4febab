CREATE VIRTUAL TABLE words USING fts5(
    text, content='', contentless_delete=1, detail=none, tokenize='ascii'
);
CREATE VIRTUAL TABLE titles USING fts5(
    text, content='', contentless_delete=1, detail=none, tokenize='ascii'
);
