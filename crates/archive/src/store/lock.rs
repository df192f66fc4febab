//! One writer at a time, also across processes that were killed.

use std::fs::{File, TryLockError};
use std::path::Path;

use super::directory::create_private;
use crate::error::{Error, Result};

/// Held until it is dropped, or its process is gone.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "the lock is the open file")] File);

impl Lock {
    pub fn take(path: &Path) -> Result<Self> {
        let file = create_private(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(Error::Busy),
            Err(TryLockError::Error(source)) => Err(Error::file("cannot lock", path)(source)),
        }
    }
}
