-- People who sign in at a provider, by the address that it has confirmed.
ALTER TABLE person ADD COLUMN email TEXT;
CREATE UNIQUE INDEX person_email ON person (email);
CREATE TABLE identity (
    issuer TEXT NOT NULL, subject TEXT NOT NULL,
    person BIGINT NOT NULL REFERENCES person ON DELETE CASCADE,
    PRIMARY KEY (issuer, subject)
);
-- Those who are there now and are expected back.
CREATE TABLE away (
    hash TEXT PRIMARY KEY, nonce TEXT NOT NULL, verifier TEXT NOT NULL, made BIGINT NOT NULL
);

-- What an agent itself has stored of a conversation, as it was sent.
CREATE TABLE transcript (
    conversation BIGINT PRIMARY KEY REFERENCES conversation ON DELETE CASCADE,
    name TEXT NOT NULL, bytes {bytes} NOT NULL, received BIGINT NOT NULL
);
