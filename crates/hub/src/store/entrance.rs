//! How people get in: a code that is typed once becomes a browser's cookie.

use super::Store;
use crate::database::{Row, Session};
use crate::error::{Error, Result};
use segno_web::access::secret;

/// How long a code may be exchanged, in milliseconds: an invitation waits in somebody's mail.
pub const CODE_MS: i64 = 24 * 3_600_000;
/// How long a browser stays signed in.
pub const SESSION_MS: i64 = 30 * 24 * 3_600_000;

/// What a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Also invite people and make teams. Not: read what others have not shared.
    Admin,
    Member,
}

impl Role {
    pub fn name(self) -> &'static str {
        match self {
            Role::Admin => "admin",
            Role::Member => "member",
        }
    }

    fn named(name: &str) -> Role {
        if name == "admin" { Role::Admin } else { Role::Member }
    }
}

/// Somebody who has been let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub id: i64,
    pub name: String,
    pub role: Role,
}

impl Person {
    pub(super) fn of(row: &Row) -> Person {
        Person { id: row.int(0), name: row.text(1), role: Role::named(&row.text(2)) }
    }
}

impl Store {
    /// Adds somebody; the name is lower case letters, digits, `.`, `_` and `-`.
    pub fn add_person(&self, name: &str, role: Role, now: i64) -> Result<Person> {
        named(name)?;
        self.write(|session| {
            let sql = "INSERT INTO person (name, role, made) VALUES ($1, $2, $3)
                       ON CONFLICT (name) DO NOTHING RETURNING id, name, role";
            let values = [name.into(), role.name().into(), now.into()];
            let rows = session.query(sql, &values)?;
            rows.first().map(Person::of).ok_or_else(|| Error::Taken(format!("a user {name:?}")))
        })
    }

    pub fn people(&self) -> Result<Vec<Person>> {
        let sql = "SELECT id, name, role FROM person ORDER BY name";
        Ok(self.read(|session| session.query(sql, &[]))?.iter().map(Person::of).collect())
    }

    pub fn person(&self, name: &str) -> Result<Person> {
        self.read(|session| person(session, name))
    }

    /// A code that lets one browser in, once.
    pub fn invite(&self, person: &Person, now: i64) -> Result<String> {
        let code = secret::code()?;
        self.write(|session| {
            let sql = "INSERT INTO pass (kind, person, name, may, hash, made, expires)
                       VALUES ('code', $1, '', 'read', $2, $3, $4)";
            let hash = secret::hash_code(&code);
            let values = [person.id.into(), hash.into(), now.into(), (now + CODE_MS).into()];
            session.execute(sql, &values)?;
            session.execute("DELETE FROM pass WHERE expires < $1", &[now.into()]).map(drop)
        })?;
        Ok(code)
    }

    /// Exchanges a code, once, for a cookie; `None` for a wrong one.
    pub fn exchange(
        &self,
        code: &str,
        browser: &str,
        now: i64,
    ) -> Result<Option<(Person, String)>> {
        let (hash, cookie) = (secret::hash_code(code), secret::cookie()?);
        self.write(|session| {
            let sql = "DELETE FROM pass WHERE kind = 'code' AND hash = $1 AND expires > $2
                       RETURNING person";
            let used = session.query(sql, &[hash.clone().into(), now.into()])?;
            let Some(id) = used.first().map(|row| row.int(0)) else { return Ok(None) };
            signed_in(session, id, &cookie, browser, now)?;
            let sql = "SELECT id, name, role FROM person WHERE id = $1";
            let rows = session.query(sql, &[id.into()])?;
            Ok(rows.first().map(|row| (Person::of(row), cookie.clone())))
        })
    }

    /// Whose cookie it is.
    pub fn of_cookie(&self, cookie: &str, now: i64) -> Result<Option<Person>> {
        let sql = "SELECT p.id, p.name, p.role FROM pass s JOIN person p ON p.id = s.person
                   WHERE s.kind = 'cookie' AND s.hash = $1 AND s.expires > $2";
        let values = [secret::hash(cookie).into(), now.into()];
        let rows = self.read(|session| session.query(sql, &values))?;
        Ok(rows.first().map(Person::of))
    }

    /// Signs a browser out.
    pub fn leave(&self, cookie: &str) -> Result<()> {
        let sql = "DELETE FROM pass WHERE kind = 'cookie' AND hash = $1";
        self.write(|session| session.execute(sql, &[secret::hash(cookie).into()]))?;
        Ok(())
    }
}

/// Notes a browser's cookie.
pub(super) fn signed_in(
    session: &mut dyn Session,
    person: i64,
    cookie: &str,
    browser: &str,
    now: i64,
) -> Result<()> {
    let browser: String = browser.chars().filter(|c| !c.is_control()).take(120).collect();
    let sql = "INSERT INTO pass (kind, person, name, may, hash, made, expires)
               VALUES ('cookie', $1, $2, 'read', $3, $4, $5)";
    let (stored, until) = (secret::hash(cookie), now + SESSION_MS);
    let values = [person.into(), browser.into(), stored.into(), now.into(), until.into()];
    session.execute(sql, &values).map(drop)
}

pub(super) fn person(session: &mut dyn Session, name: &str) -> Result<Person> {
    let sql = "SELECT id, name, role FROM person WHERE name = $1";
    let rows = session.query(sql, &[name.into()])?;
    rows.first().map(Person::of).ok_or(Error::Missing("such user"))
}

/// What may be a name of a person or a team.
pub(super) fn named(name: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
    match (1..=64).contains(&name.len()) && name.chars().all(plain) {
        true => Ok(()),
        false => {
            Err(Error::wrong("a name has small letters, digits, `.`, `_` and `-`; at most 64"))
        }
    }
}
