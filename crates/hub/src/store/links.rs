//! Links to one conversation, or a part of it, for whoever has them.

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};

use super::{Store, read};
use crate::database::{Row, Session};
use crate::error::{Error, Result};
use segno_archive::read::Shown;
use segno_base::system::random;
use segno_web::access::secret;

/// The longest that a link is good for, in milliseconds.
const LONGEST_MS: i64 = 366 * 24 * 3_600_000;

/// From one entry to another, by their own ids; both are in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize)]
pub struct Part {
    pub first: Option<String>,
    pub last: Option<String>,
}

/// How a link is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub part: Part,
    /// Milliseconds.
    pub lasts: i64,
    /// Secrets are shown.
    pub reveal: bool,
    pub passphrase: Option<String>,
}

/// A link, without what opens it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Link {
    pub id: i64,
    pub conversation: String,
    pub made: i64,
    pub expires: i64,
    pub passphrase: bool,
    pub reveal: bool,
    pub views: i64,
}

/// What is behind a link.
#[derive(Debug, Clone, PartialEq)]
pub enum Opened {
    /// There is none, or no longer.
    Nothing,
    /// The passphrase is missing or wrong.
    Locked,
    Shown(Box<Shown>),
}

impl Store {
    /// What would be seen, before a link is made.
    pub fn preview(&self, person: i64, id: &str, part: &Part, reveal: bool) -> Result<Shown> {
        self.read(|session| {
            let row = read::own(session, person, id)?;
            seen(session, row, part, reveal, i64::MAX)
        })
    }

    /// Makes a link to a conversation of one's own: what opens it, shown once. What is said later
    /// is not in it.
    pub fn link(&self, person: i64, id: &str, asked: &Asked, now: i64) -> Result<(i64, String)> {
        let name = format!("{}{}", random::token()?, random::token()?);
        let passphrase = match asked.passphrase.as_deref().filter(|text| !text.is_empty()) {
            Some(text) => Some(hash(text)?),
            None => None,
        };
        let lasts = asked.lasts.clamp(60_000, LONGEST_MS);
        self.write(|session| {
            let row = read::own(session, person, id)?;
            seen(session, row, &asked.part, asked.reveal, i64::MAX)?;
            let sql = "SELECT coalesce(max(id), 0) FROM entry WHERE conversation = $1";
            let upto = session.query(sql, &[row.into()])?.first().map_or(0, |row| row.int(0));
            let sql = "INSERT INTO link (conversation, hash, made, expires, first, last, upto,
                       reveal, passphrase) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                       RETURNING id";
            let values = [
                row.into(),
                secret::hash(&name).into(),
                now.into(),
                (now + lasts).into(),
                asked.part.first.clone().into(),
                asked.part.last.clone().into(),
                upto.into(),
                i64::from(asked.reveal).into(),
                passphrase.clone().into(),
            ];
            let rows = session.query(sql, &values)?;
            let id = rows.first().map_or(0, |row| row.int(0));
            Ok((id, name.clone()))
        })
    }

    /// A person's links that are still good.
    pub fn links(&self, person: i64, now: i64) -> Result<Vec<Link>> {
        let sql = "SELECT l.id, c.agent || ':' || c.native, l.made, l.expires, l.passphrase,
                   l.reveal, l.views FROM link l JOIN conversation c ON c.id = l.conversation
                   WHERE c.person = $1 AND l.expires > $2 ORDER BY l.id";
        let rows = self.read(|session| session.query(sql, &[person.into(), now.into()]))?;
        let link = |row: &Row| Link {
            id: row.int(0),
            conversation: row.text(1),
            made: row.int(2),
            expires: row.int(3),
            passphrase: row.maybe(4).is_some(),
            reveal: row.int(5) == 1,
            views: row.int(6),
        };
        Ok(rows.iter().map(link).collect())
    }

    /// Takes a link back.
    pub fn revoke_link(&self, person: i64, id: i64) -> Result<()> {
        let sql = "DELETE FROM link WHERE id = $1 AND conversation IN
                   (SELECT id FROM conversation WHERE person = $2)";
        match self.write(|session| session.execute(sql, &[id.into(), person.into()]))? {
            0 => Err(Error::Missing("such link")),
            _ => Ok(()),
        }
    }

    /// Opens a link; every view counts.
    pub fn open_link(&self, name: &str, passphrase: Option<&str>, now: i64) -> Result<Opened> {
        let sql = "SELECT id, conversation, first, last, upto, reveal, passphrase FROM link
                   WHERE hash = $1 AND expires > $2";
        let values = [secret::hash(name).into(), now.into()];
        let rows = self.read(|session| session.query(sql, &values))?;
        let Some(row) = rows.first() else { return Ok(Opened::Nothing) };
        // Outside of any transaction: it takes its time.
        if let Some(stored) = row.maybe(6)
            && !passphrase.is_some_and(|typed| is_it(typed, &stored))
        {
            return Ok(Opened::Locked);
        }
        let part = Part { first: row.maybe(2), last: row.maybe(3) };
        self.write(|session| {
            let sql = "UPDATE link SET views = views + 1 WHERE id = $1";
            if session.execute(sql, &[row.int(0).into()])? == 0 {
                return Ok(Opened::Nothing);
            }
            let shown = seen(session, row.int(1), &part, row.int(5) == 1, row.int(4))?;
            Ok(Opened::Shown(Box::new(shown)))
        })
    }
}

/// What of a conversation others see: nothing of the machine that it was held on.
fn seen(
    session: &mut dyn Session,
    row: i64,
    part: &Part,
    reveal: bool,
    upto: i64,
) -> Result<Shown> {
    let mut shown = read::shown(session, row)?;
    if reveal {
        shown.entries = read::entries(session, row)?;
    }
    let at = |id: &Option<String>, otherwise: usize| match id {
        None => Ok(otherwise),
        Some(id) => {
            let at = shown.entries.iter().position(|entry| entry.id == *id);
            at.ok_or(Error::Missing("such message in the conversation"))
        }
    };
    let first = at(&part.first, 0)?;
    let last = at(&part.last, shown.entries.len().saturating_sub(1))?;
    let mut n = 0;
    shown.entries.retain(|entry| {
        let within = (first..=last).contains(&n) && entry.row <= upto;
        n += 1;
        within
    });
    if !reveal {
        shown.conversation.directory = None;
    }
    shown.conversation.parent = None;
    shown.conversation.forked_from = None;
    Ok(shown)
}

/// What OWASP recommends: 19 MiB, two passes.
fn hasher() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default())
}

fn hash(passphrase: &str) -> Result<String> {
    let failed = |error: argon2::password_hash::Error| Error::wrong(error.to_string());
    let salt = SaltString::encode_b64(&random::bytes()?).map_err(failed)?;
    let hashed = hasher().hash_password(passphrase.as_bytes(), &salt).map_err(failed)?;
    Ok(hashed.to_string())
}

fn is_it(typed: &str, stored: &str) -> bool {
    let parsed = PasswordHash::new(stored);
    parsed.is_ok_and(|stored| hasher().verify_password(typed.as_bytes(), &stored).is_ok())
}
