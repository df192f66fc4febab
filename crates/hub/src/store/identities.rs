//! People who sign in at a provider: on their way there, and who they are here.

use super::entrance::{person, signed_in};
use super::{Person, Role, Store};
use crate::database::{Session, Value};
use crate::error::{Error, Result};
use crate::openid::Identity;
use segno_web::access::secret;

/// How long somebody may take at the provider, in milliseconds.
const AWAY_MS: i64 = 10 * 60_000;
/// People who are there at the same time.
const AWAY_MAX: i64 = 1000;
/// Names that are tried where one is taken.
const NAMES: u32 = 100;

/// Somebody who is expected back from a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    pub nonce: String,
    pub verifier: String,
}

impl Store {
    /// Notes that somebody has set out.
    pub fn set_out(&self, state: &str, expected: &Expected, now: i64) -> Result<()> {
        self.write(|session| {
            let sql = "DELETE FROM away WHERE made < $1";
            session.execute(sql, &[(now - AWAY_MS).into()])?;
            let away = session.query("SELECT count(*) FROM away", &[])?;
            if away.first().is_some_and(|row| row.int(0) >= AWAY_MAX) {
                return Err(Error::wrong("too many people sign in; try again in a few minutes"));
            }
            let sql = "INSERT INTO away (hash, nonce, verifier, made) VALUES ($1, $2, $3, $4)";
            let (nonce, verifier) = (expected.nonce.as_str(), expected.verifier.as_str());
            let values = [secret::hash(state).into(), nonce.into(), verifier.into(), now.into()];
            session.execute(sql, &values).map(drop)
        })
    }

    /// They come back, once.
    pub fn come_back(&self, state: &str, now: i64) -> Result<Option<Expected>> {
        let sql = "DELETE FROM away WHERE hash = $1 AND made > $2 RETURNING nonce, verifier";
        let values = [secret::hash(state).into(), (now - AWAY_MS).into()];
        let rows = self.write(|session| session.query(sql, &values))?;
        Ok(rows.first().map(|row| Expected { nonce: row.text(0), verifier: row.text(1) }))
    }

    /// Says which confirmed address somebody has at a provider: an invitation.
    pub fn set_email(&self, name: &str, email: &str) -> Result<()> {
        let email = email.trim().to_ascii_lowercase();
        if !is_email(&email) {
            return Err(Error::wrong("an address is NAME@DOMAIN"));
        }
        self.write(|session| {
            let id = person(session, name)?.id;
            let sql = "SELECT name FROM person WHERE email = $1 AND id <> $2";
            if !session.query(sql, &[email.clone().into(), id.into()])?.is_empty() {
                return Err(Error::Taken(format!("a user with the address {email}")));
            }
            let sql = "UPDATE person SET email = $2 WHERE id = $1";
            session.execute(sql, &[id.into(), email.clone().into()]).map(drop)
        })
    }

    /// Signs in whoever this is: somebody who was here before, who was invited by this address, or
    /// who has an address of an allowed domain. `None`: nobody of these.
    pub fn enter(
        &self,
        identity: &Identity,
        domains: &[String],
        browser: &str,
        now: i64,
    ) -> Result<Option<(Person, String)>> {
        let cookie = secret::cookie()?;
        self.write(|session| {
            let Some(person) = known(session, identity, domains, now)? else { return Ok(None) };
            signed_in(session, person.id, &cookie, browser, now)?;
            Ok(Some((person, cookie.clone())))
        })
    }
}

fn known(
    session: &mut dyn Session,
    identity: &Identity,
    domains: &[String],
    now: i64,
) -> Result<Option<Person>> {
    let own: [Value; 2] = [identity.issuer.as_str().into(), identity.subject.as_str().into()];
    let sql = "SELECT p.id, p.name, p.role FROM identity i JOIN person p ON p.id = i.person
               WHERE i.issuer = $1 AND i.subject = $2";
    if let Some(row) = session.query(sql, &own)?.first() {
        return Ok(Some(Person::of(row)));
    }
    let Some(email) = identity.email.as_deref().filter(|email| is_email(email)) else {
        return Ok(None);
    };
    // An address that was given to somebody else since is not the person who had it.
    let sql = "SELECT p.id, p.name, p.role, (SELECT count(*) FROM identity i
               WHERE i.person = p.id AND i.issuer = $2) FROM person p WHERE p.email = $1";
    let values = [email.into(), identity.issuer.as_str().into()];
    let person = match session.query(sql, &values)?.first() {
        Some(row) if row.int(3) > 0 => return Ok(None),
        Some(row) => Person::of(row),
        None => {
            let domain = email.rsplit_once('@').map_or("", |(_, domain)| domain);
            if !domains.iter().any(|one| one.eq_ignore_ascii_case(domain)) {
                return Ok(None);
            }
            added(session, email, now)?
        }
    };
    let [issuer, subject] = own;
    let sql = "INSERT INTO identity (issuer, subject, person) VALUES ($1, $2, $3)";
    session.execute(sql, &[issuer, subject, person.id.into()])?;
    Ok(Some(person))
}

/// A new member, named as their address is.
fn added(session: &mut dyn Session, email: &str, now: i64) -> Result<Person> {
    let local = email.split('@').next().unwrap_or_default();
    let plain = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(*c);
    let local: String = local.chars().filter(plain).take(56).collect();
    let local = if local.is_empty() { "user".to_owned() } else { local };
    for n in 1..=NAMES {
        let name = if n == 1 { local.clone() } else { format!("{local}-{n}") };
        let sql = "INSERT INTO person (name, role, made, email) VALUES ($1, $2, $3, $4)
                   ON CONFLICT (name) DO NOTHING RETURNING id, name, role";
        let values = [name.into(), Role::Member.name().into(), now.into(), email.to_owned().into()];
        if let Some(row) = session.query(sql, &values)?.first() {
            return Ok(Person::of(row));
        }
    }
    Err(Error::Taken(format!("users of the name {local:?}")))
}

fn is_email(text: &str) -> bool {
    let is_plain = |part: &str| {
        !part.is_empty() && part.chars().all(|c| !c.is_whitespace() && !c.is_control() && c != '@')
    };
    text.len() < 255
        && text.split_once('@').is_some_and(|(name, domain)| is_plain(name) && is_plain(domain))
}
