//! A line for everything that was let in, kept out or changed: `log/web.log`.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Mutex;

use serde_json::{Value, json};

use crate::clock::now_ms;
use segno_store::logfile::{CAP, LogFile};

/// The log.
#[derive(Debug)]
pub struct Audit(Mutex<LogFile>);

impl Audit {
    pub fn open(path: &Path) -> io::Result<Audit> {
        Ok(Audit(Mutex::new(LogFile::open(path, CAP)?)))
    }

    /// Notes an event, such as `login`, with what is known of it. Never a secret.
    pub fn note(&self, event: &str, mut facts: Value) {
        if let Some(facts) = facts.as_object_mut() {
            facts.insert("at".into(), json!(now_ms()));
            facts.insert("event".into(), json!(event));
        }
        if let Ok(mut log) = self.0.lock() {
            // What cannot be written is dropped.
            let _ = log.write_all(format!("{facts}\n").as_bytes());
        }
    }
}
