//! A log file that cannot grow without bound: past its cap it becomes `<name>.1`, in place of an
//! older one.
//!
//! Logging must never harm what is logged: once opened, it reports no error. What cannot be
//! written (a full disk) is dropped.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::file::foreign::open_to_append;
use crate::file::set_aside::set_aside;

/// The usual cap, in bytes.
pub const CAP: u64 = 1 << 20;

/// An open log. Each `write` is taken as one record and not torn by a rotation; wrapped in a
/// `Mutex` it serves as a `MakeWriter`.
#[derive(Debug)]
pub struct LogFile {
    path: PathBuf,
    cap: u64,
    size: u64,
    /// `None` after a rotation that failed; opened again at the next record.
    file: Option<File>,
}

impl LogFile {
    /// Opens the log (mode 0600) to append to it.
    pub fn open(path: &Path, cap: u64) -> io::Result<LogFile> {
        if fs::symlink_metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
            set_aside(path, "corrupt")?;
        }
        let (file, size) = append(path)?;
        Ok(LogFile { path: path.to_path_buf(), cap, size, file: Some(file) })
    }

    fn record(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.size > 0 && self.size + bytes.len() as u64 > self.cap {
            self.file = None;
            let mut old = OsString::from(&self.path);
            old.push(".1");
            // If it cannot be renamed, cutting it keeps the bound.
            if fs::rename(&self.path, &old).is_err() {
                File::create(&self.path)?;
            }
        }
        if self.file.is_none() {
            let (file, size) = append(&self.path)?;
            (self.file, self.size) = (Some(file), size);
        }
        if let Some(file) = &mut self.file {
            file.write_all(bytes)?;
            self.size += bytes.len() as u64;
        }
        Ok(())
    }
}

impl Write for LogFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let most = usize::try_from(self.cap).unwrap_or(usize::MAX);
        let _ = self.record(&bytes[..bytes.len().min(most)]);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn append(path: &Path) -> io::Result<(File, u64)> {
    let file = open_to_append(path)?;
    let size = file.metadata()?.len();
    Ok((file, size))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn it_stays_within_twice_its_cap() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("x.log");
        let mut log = LogFile::open(&path, 100).unwrap();
        for n in 0..50 {
            writeln!(log, "record number {n:04}").unwrap();
        }
        log.write_all(&[b'x'; 1000]).unwrap();
        let size = |path: &Path| fs::metadata(path).unwrap().len();
        let old = temp.path().join("x.log.1");
        assert!(size(&path) <= 100 && size(&old) <= 100);
        assert!(fs::read_to_string(old).unwrap().ends_with("0049\n"));
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 2);
    }

    #[test]
    fn opened_again_it_goes_on() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("x.log");
        LogFile::open(&path, 100).unwrap().write_all(b"one\n").unwrap();
        LogFile::open(&path, 100).unwrap().write_all(b"two\n").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one\ntwo\n");
    }

    #[test]
    fn trouble_is_swallowed_once_open() {
        let temp = tempfile::tempdir().unwrap();
        let dir = temp.path().join("log");
        fs::create_dir(&dir).unwrap();
        let path = dir.join("x.log");
        let mut log = LogFile::open(&path, 10).unwrap();
        log.write_all(b"12345678").unwrap();
        fs::remove_dir_all(&dir).unwrap();
        log.write_all(b"12345678").unwrap();
        fs::create_dir(&dir).unwrap();
        log.write_all(b"abcdefgh").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"abcdefgh");
    }

    #[test]
    fn what_is_no_file_is_set_aside() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("x.log");
        std::os::unix::fs::symlink("/dev/full", &path).unwrap();
        LogFile::open(&path, 100).unwrap().write_all(b"one\n").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one\n");
    }
}
