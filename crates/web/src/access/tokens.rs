//! The tokens: `web/tokens.json`, of which only hashes are stored.
//!
//! A token begins as a code, which is exchanged once for a browser's cookie; a program's is a key
//! from the beginning. The command line and the server both change the file, each holding its
//! lock; the server looks whether it has changed before it believes what it read.

use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use super::scope::Scope;
use super::secret;
use segno_base::system::lock_file::LockFile;
use segno_base::system::random;
use segno_base::text::hex::hex;
use segno_store::file::{atomic, foreign};

/// How long a code may be exchanged, in milliseconds.
pub const CODE_MS: u64 = 10 * 60_000;
/// The longest that a token is good for.
pub const LONGEST_MS: u64 = 366 * 24 * 3_600_000;
/// Tokens that there may be.
const MOST: usize = 200;
/// The largest file that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// Why tokens could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    #[error("{0}: {1}")]
    Io(PathBuf, io::Error),
    #[error("{0} cannot be read: {1}")]
    Damaged(PathBuf, String),
    #[error("there are {MOST} tokens; revoke some")]
    Many,
}

/// How a browser gets in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// A code that was not used yet.
    Code { hash: String, until: u64 },
    /// A cookie, since when.
    Cookie { hash: String, since: u64, browser: String },
    /// A key, which a program shows with each request.
    Key { hash: String },
}

/// One browser's right, or one program's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Names it in lists.
    pub id: String,
    /// What its owner calls it.
    #[serde(default)]
    pub name: String,
    pub scope: Scope,
    /// Milliseconds since the Unix epoch.
    pub made: u64,
    pub expires: u64,
    pub access: Access,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Stored {
    tokens: Vec<Token>,
}

/// What a file was when it was read.
type Stamp = Option<(u64, i64, i64)>;

/// The file.
#[derive(Debug)]
pub struct Tokens {
    path: PathBuf,
    read: Mutex<(Stamp, Vec<Token>)>,
}

impl Tokens {
    /// Of a directory, which is made (0700) when it is not there.
    pub fn open(directory: &Path) -> Result<Tokens, TokenError> {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)
            .map_err(|e| TokenError::Io(directory.into(), e))?;
        let tokens = Tokens { path: directory.join("tokens.json"), read: Mutex::default() };
        tokens.load()?;
        Ok(tokens)
    }

    /// Those that have not expired.
    pub fn list(&self, now: u64) -> Result<Vec<Token>, TokenError> {
        let stamp = self.stamp();
        let mut read = self.read.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if read.0 != stamp || stamp.is_none() {
            *read = (stamp, self.load()?);
        }
        Ok(read.1.iter().filter(|token| is_live(token, now)).cloned().collect())
    }

    /// Makes one for a browser: it and its code, which is shown once.
    pub fn make(
        &self,
        name: &str,
        scope: Scope,
        lasts: u64,
        now: u64,
    ) -> Result<(Token, String), TokenError> {
        let code = secret::code().map_err(|e| self.failed(e))?;
        let access = Access::Code { hash: secret::hash_code(&code), until: now + CODE_MS };
        Ok((self.add(name, scope, lasts, now, access)?, code))
    }

    /// Makes one for a program: it and its key, which is shown once.
    pub fn make_key(
        &self,
        name: &str,
        scope: Scope,
        lasts: u64,
        now: u64,
    ) -> Result<(Token, String), TokenError> {
        let key = secret::cookie().map_err(|e| self.failed(e))?;
        let access = Access::Key { hash: secret::hash(&key) };
        Ok((self.add(name, scope, lasts, now, access)?, key))
    }

    fn add(
        &self,
        name: &str,
        scope: Scope,
        lasts: u64,
        now: u64,
        access: Access,
    ) -> Result<Token, TokenError> {
        let id = random::bytes().map_err(|e| self.failed(e))?;
        let token = Token {
            id: hex(&id[..4]),
            name: name.chars().filter(|c| !c.is_control()).take(64).collect(),
            scope,
            made: now,
            expires: now + lasts.min(LONGEST_MS),
            access,
        };
        let made = token.clone();
        self.change(now, |tokens| match tokens.len() < MOST {
            true => {
                tokens.push(made);
                Ok(())
            }
            false => Err(TokenError::Many),
        })??;
        Ok(token)
    }

    /// Exchanges a code, once, for a cookie.
    pub fn exchange(
        &self,
        code: &str,
        browser: &str,
        now: u64,
    ) -> Result<Option<(Token, String)>, TokenError> {
        let wanted = secret::hash_code(code);
        let cookie = secret::cookie().map_err(|e| self.failed(e))?;
        self.change(now, |tokens| {
            let is_it = |token: &&mut Token| match &token.access {
                Access::Code { hash, until } => *hash == wanted && *until > now,
                Access::Cookie { .. } | Access::Key { .. } => false,
            };
            let token = tokens.iter_mut().find(is_it)?;
            let browser = browser.chars().filter(|c| !c.is_control()).take(120).collect();
            token.access = Access::Cookie { hash: secret::hash(&cookie), since: now, browser };
            Some((token.clone(), cookie))
        })
    }

    /// The token of a browser's cookie.
    pub fn of_cookie(&self, cookie: &str, now: u64) -> Option<Token> {
        let wanted = secret::hash(cookie);
        let is =
            |token: &Token| matches!(&token.access, Access::Cookie { hash, .. } if *hash == wanted);
        self.list(now).ok()?.into_iter().find(is)
    }

    /// The token of a program's key.
    pub fn of_key(&self, key: &str, now: u64) -> Option<Token> {
        let wanted = secret::hash(key);
        let is = |token: &Token| matches!(&token.access, Access::Key { hash } if *hash == wanted);
        self.list(now).ok()?.into_iter().find(is)
    }

    /// Whether a token is still good.
    pub fn is_good(&self, id: &str, now: u64) -> bool {
        self.list(now).is_ok_and(|tokens| tokens.iter().any(|token| token.id == id))
    }

    /// Takes tokens back, all or those with this id or name; says how many.
    pub fn revoke(&self, which: Option<&str>, now: u64) -> Result<usize, TokenError> {
        self.change(now, |tokens| {
            let before = tokens.len();
            tokens.retain(|t| which.is_some_and(|which| t.id != which && t.name != which));
            before - tokens.len()
        })
    }

    /// Changes the file while nobody else does.
    fn change<T>(
        &self,
        now: u64,
        change: impl FnOnce(&mut Vec<Token>) -> T,
    ) -> Result<T, TokenError> {
        let _lock =
            LockFile::acquire(&self.path.with_extension("lock")).map_err(|e| self.failed(e))?;
        let mut tokens = self.load()?;
        tokens.retain(|token| is_live(token, now));
        let result = change(&mut tokens);
        let text = serde_json::to_vec_pretty(&Stored { tokens })
            .map_err(|e| TokenError::Damaged(self.path.clone(), e.to_string()))?;
        atomic::write(&self.path, &text).map_err(|e| self.failed(e))?;
        Ok(result)
    }

    fn load(&self) -> Result<Vec<Token>, TokenError> {
        let read = foreign::read_file(&self.path, LARGEST)
            .map_err(|e| self.failed(io::Error::other(e)))?;
        let Some(bytes) = read else { return Ok(Vec::new()) };
        let stored: Stored = serde_json::from_slice(&bytes)
            .map_err(|e| TokenError::Damaged(self.path.clone(), e.to_string()))?;
        Ok(stored.tokens)
    }

    /// Every change makes a file of its own.
    fn stamp(&self) -> Stamp {
        let metadata = std::fs::symlink_metadata(&self.path).ok()?;
        Some((metadata.ino(), metadata.mtime(), metadata.mtime_nsec()))
    }

    fn failed(&self, error: io::Error) -> TokenError {
        TokenError::Io(self.path.clone(), error)
    }
}

fn is_live(token: &Token, now: u64) -> bool {
    let code = match token.access {
        Access::Code { until, .. } => until > now,
        Access::Cookie { .. } | Access::Key { .. } => true,
    };
    token.expires > now && code
}

#[cfg(test)]
mod tests {
    use super::super::scope::{May, Over};
    use super::*;

    const DAY: u64 = 24 * 3_600_000;

    fn tokens() -> (tempfile::TempDir, Tokens) {
        let home = tempfile::tempdir().unwrap();
        let tokens = Tokens::open(&home.path().join("web")).unwrap();
        (home, tokens)
    }

    #[test]
    fn a_code_is_exchanged_once_and_nothing_secret_is_stored() {
        let (home, tokens) = tokens();
        let (token, code) = tokens.make("phone", Scope::FULL, DAY, 1000).unwrap();
        assert_eq!(tokens.exchange("0000-0000", "b", 1001).unwrap(), None);
        let (same, cookie) = tokens.exchange(&code, "b", 1001).unwrap().unwrap();
        assert_eq!(same.id, token.id);
        assert_eq!(tokens.exchange(&code, "b", 1002).unwrap(), None);
        assert_eq!(tokens.of_cookie(&cookie, 1003).unwrap().id, token.id);
        assert_eq!(tokens.of_cookie(&code, 1003), None);
        let path = home.path().join("web/tokens.json");
        let stored = std::fs::read_to_string(&path).unwrap();
        assert!(!stored.contains(&cookie) && !stored.contains(&code), "{stored}");
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_key_is_no_cookie_and_expires() {
        let (home, tokens) = tokens();
        let (token, key) = tokens.make_key("script", Scope::FULL, DAY, 1000).unwrap();
        assert_eq!(tokens.of_key(&key, 1001).unwrap().id, token.id);
        assert_eq!(tokens.of_cookie(&key, 1001), None);
        assert_eq!(tokens.of_key(&key, 1000 + DAY), None);
        let stored = std::fs::read_to_string(home.path().join("web/tokens.json")).unwrap();
        assert!(!stored.contains(&key), "{stored}");
    }

    #[test]
    fn codes_and_tokens_expire() {
        let (_home, tokens) = tokens();
        let (_, code) = tokens.make("", Scope::FULL, DAY, 1000).unwrap();
        assert_eq!(tokens.exchange(&code, "", 1000 + CODE_MS).unwrap(), None);
        let (_, code) = tokens.make("", Scope::FULL, DAY, 1000).unwrap();
        let (token, cookie) = tokens.exchange(&code, "", 1001).unwrap().unwrap();
        assert!(tokens.is_good(&token.id, DAY));
        assert_eq!(tokens.of_cookie(&cookie, 1000 + DAY), None);
    }

    #[test]
    fn what_another_process_revokes_is_gone_at_once() {
        let (home, tokens) = tokens();
        let scope = Scope { may: May::Watch, over: Over::Pane("p3".parse().unwrap()) };
        let (token, code) = tokens.make("tv", scope, DAY, 1000).unwrap();
        let (_, cookie) = tokens.exchange(&code, "", 1001).unwrap().unwrap();
        assert!(tokens.of_cookie(&cookie, 1002).is_some());
        let other = Tokens::open(&home.path().join("web")).unwrap();
        assert_eq!(other.list(1002).unwrap(), [tokens.list(1002).unwrap()[0].clone()]);
        assert_eq!(other.revoke(Some("tv"), 1003).unwrap(), 1);
        assert!(!tokens.is_good(&token.id, 1003));
        assert_eq!(tokens.of_cookie(&cookie, 1003), None);
    }

    #[test]
    fn a_damaged_file_lets_nobody_in() {
        let (home, tokens) = tokens();
        std::fs::write(home.path().join("web/tokens.json"), "{").unwrap();
        assert!(matches!(tokens.list(1), Err(TokenError::Damaged(..))));
        assert_eq!(tokens.of_cookie("x", 1), None);
    }
}
