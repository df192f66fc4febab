//! What an agent itself has stored of a conversation, whole: kept as it was sent, for its owner
//! alone.

use std::io::Read;

use flate2::read::GzDecoder;

use super::{Store, read};
use crate::error::{Error, Result};
use segno_web::access::secret;

/// How long an address leads to one, in milliseconds.
const LINK_MS: i64 = 5 * 60_000;
/// Longer ones end there when they are unpacked, in bytes.
const UNPACKED_MAX: u64 = 256 << 20;
/// How a packed one begins.
const PACKED: [u8; 2] = [0x1f, 0x8b];

/// A transcript as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transcript {
    pub name: String,
    pub bytes: Vec<u8>,
    pub received: i64,
}

impl Transcript {
    /// As text, unpacked.
    pub fn text(&self) -> Result<String> {
        if !self.bytes.starts_with(&PACKED) {
            return Ok(String::from_utf8_lossy(&self.bytes).into_owned());
        }
        let mut text = Vec::new();
        let packed =
            GzDecoder::new(self.bytes.as_slice()).take(UNPACKED_MAX).read_to_end(&mut text);
        packed.map_err(|_| Error::wrong("this transcript was spoilt before it came here"))?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }
}

impl Store {
    /// Keeps that of a person's own conversation; a later one replaces it.
    pub fn put_transcript(&self, person: i64, id: &str, of: &Transcript) -> Result<()> {
        self.write(|session| {
            let row = read::own(session, person, id)?;
            let sql = "INSERT INTO transcript (conversation, name, bytes, received)
                       VALUES ($1, $2, $3, $4) ON CONFLICT (conversation)
                       DO UPDATE SET name = $2, bytes = $3, received = $4";
            let name: String = of.name.chars().filter(|c| !c.is_control()).take(200).collect();
            let values = [row.into(), name.into(), of.bytes.clone().into(), of.received.into()];
            session.execute(sql, &values).map(drop)
        })
    }

    /// That of a person's own conversation.
    pub fn transcript(&self, person: i64, id: &str) -> Result<Transcript> {
        self.read(|session| {
            let row = read::own(session, person, id)?;
            let sql = "SELECT name, bytes, received FROM transcript WHERE conversation = $1";
            let rows = session.query(sql, &[row.into()])?;
            rows.first().map(of_row).ok_or(Error::Missing("such transcript"))
        })
    }

    /// Whether there is one of a person's own conversation.
    pub fn has_transcript(&self, person: i64, id: &str) -> Result<bool> {
        let sql = "SELECT 1 FROM transcript t JOIN conversation c ON c.id = t.conversation
                   WHERE c.person = $1 AND (c.native = $2 OR c.agent || ':' || c.native = $2)";
        let rows = self.read(|session| session.query(sql, &[person.into(), id.into()]))?;
        Ok(!rows.is_empty())
    }

    /// A secret that leads to one for a while, for programs that fetch it without their key.
    pub fn lend_transcript(&self, person: i64, id: &str, now: i64) -> Result<String> {
        let lent = secret::cookie()?;
        self.write(|session| {
            let row = read::own(session, person, id)?;
            let sql = "SELECT 1 FROM transcript WHERE conversation = $1";
            if session.query(sql, &[row.into()])?.is_empty() {
                return Err(Error::Missing("such transcript"));
            }
            let sql = "INSERT INTO pass (kind, person, name, may, hash, made, expires)
                       VALUES ('file', $1, $2, 'read', $3, $4, $5)";
            let (hash, until) = (secret::hash(&lent), now + LINK_MS);
            let values =
                [person.into(), row.to_string().into(), hash.into(), now.into(), until.into()];
            session.execute(sql, &values).map(drop)
        })?;
        Ok(lent)
    }

    /// What such a secret leads to.
    pub fn lent_transcript(&self, lent: &str, now: i64) -> Result<Transcript> {
        let sql = "SELECT t.name, t.bytes, t.received FROM pass s
                   JOIN conversation c ON c.person = s.person
                   JOIN transcript t ON t.conversation = c.id
                   WHERE s.kind = 'file' AND s.hash = $1 AND s.expires > $2
                   AND CAST(c.id AS TEXT) = s.name";
        let values = [secret::hash(lent).into(), now.into()];
        let rows = self.read(|session| session.query(sql, &values))?;
        rows.first().map(of_row).ok_or(Error::Missing("such transcript"))
    }
}

fn of_row(row: &crate::database::Row) -> Transcript {
    Transcript {
        name: row.text(0),
        bytes: row.bytes(1).unwrap_or_default().to_vec(),
        received: row.int(2),
    }
}
