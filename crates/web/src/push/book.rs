//! `web/push.json`: this server's key, and the browsers that want to know.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::signed::Signer;
use super::{PushError, Subscription};
use segno_store::file::{atomic, foreign};

/// Subscriptions that there may be.
const MOST: usize = 50;
/// The largest file that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// A browser that wants to know, and by whose token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reader {
    pub token: String,
    #[serde(flatten)]
    pub at: Subscription,
}

#[derive(Debug, Default, Clone, Serialize, Deserialize)]
struct Stored {
    /// PKCS#8, in base64.
    key: String,
    readers: Vec<Reader>,
}

/// The file. Only the server writes it.
pub struct Book {
    path: PathBuf,
    stored: Mutex<Stored>,
}

impl Book {
    /// Of a directory that is there.
    pub fn open(directory: &Path) -> Result<Book, PushError> {
        let path = directory.join("push.json");
        let failed = |e: io::Error| PushError::Io(path.clone(), e);
        let read = foreign::read_file(&path, LARGEST).map_err(|e| failed(io::Error::other(e)))?;
        let stored = match read {
            Some(bytes) => serde_json::from_slice(&bytes).map_err(|e| failed(e.into()))?,
            None => Stored::default(),
        };
        Ok(Book { path, stored: Mutex::new(stored) })
    }

    fn stored(&self) -> std::sync::MutexGuard<'_, Stored> {
        self.stored.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The key that signs; made when it is first asked for.
    pub fn signer(&self) -> Result<Signer, PushError> {
        let mut stored = self.stored();
        if stored.key.is_empty() {
            let made = Stored { key: URL_SAFE_NO_PAD.encode(Signer::new_key()?), ..stored.clone() };
            self.write(&made)?;
            *stored = made;
        }
        Signer::of(&URL_SAFE_NO_PAD.decode(&stored.key).map_err(|_| PushError::Key)?)
    }

    pub fn readers(&self) -> Vec<Reader> {
        self.stored().readers.clone()
    }

    /// Adds a browser, in the place of what is known of the same one.
    pub fn add(&self, reader: Reader) -> Result<(), PushError> {
        reader.at.check()?;
        self.change(|readers| {
            readers.retain(|known| known.at.endpoint != reader.at.endpoint);
            readers.push(reader);
        })
    }

    /// Keeps only these.
    pub fn retain(&self, keep: impl FnMut(&Reader) -> bool) -> Result<(), PushError> {
        self.change(|readers| readers.retain(keep))
    }

    fn change(&self, change: impl FnOnce(&mut Vec<Reader>)) -> Result<(), PushError> {
        let mut stored = self.stored();
        let mut next = stored.clone();
        change(&mut next.readers);
        if next.readers.len() > MOST {
            return Err(PushError::Many);
        }
        if next.readers != stored.readers {
            self.write(&next)?;
            *stored = next;
        }
        Ok(())
    }

    fn write(&self, stored: &Stored) -> Result<(), PushError> {
        let failed = |e: io::Error| PushError::Io(self.path.clone(), e);
        let text = serde_json::to_vec_pretty(stored).map_err(|e| failed(e.into()))?;
        atomic::write(&self.path, &text).map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::super::seal::tests::browser;
    use super::*;

    #[test]
    fn the_key_and_the_browsers_are_there_again() {
        let home = tempfile::tempdir().unwrap();
        let reader = |n: usize, token: &str| Reader {
            token: token.into(),
            at: Subscription { endpoint: format!("https://push.example/{n}"), keys: browser().0 },
        };
        let book = Book::open(home.path()).unwrap();
        let key = book.signer().unwrap().public_key();
        book.add(reader(1, "a")).unwrap();
        // The same browser, signed in anew.
        let again = reader(1, "b");
        book.add(again.clone()).unwrap();
        let book = Book::open(home.path()).unwrap();
        assert_eq!((book.readers(), book.signer().unwrap().public_key()), (vec![again], key));
        book.retain(|known| known.token != "b").unwrap();
        assert!(Book::open(home.path()).unwrap().readers().is_empty());
        for n in 0..MOST {
            book.add(reader(n, "c")).unwrap();
        }
        assert!(matches!(book.add(reader(MOST, "c")), Err(PushError::Many)));
        let mode = std::fs::metadata(home.path().join("push.json")).unwrap();
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode.permissions()) & 0o777, 0o600);
    }
}
