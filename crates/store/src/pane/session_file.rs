//! The file in which a tracker keeps the id of the conversation that its pane shows: one line,
//! an id or `@new`.
//!
//! Whatever is wrong with the file, nothing of it gets any further than this module.

use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use crate::file::atomic;
use crate::file::foreign::{self, Refusal};
use segno_agent::identity::{Record, Recorded, SessionId};

/// The largest file that is read, in bytes.
pub const LIMIT: u64 = 256;
/// What stands for a conversation in which nothing was said yet. No id can look like it.
pub const NEW: &str = "@new";

/// Reads what is recorded; no file is [`Recorded::Nothing`]. `allowed` is the pane type's rule
/// for session ids. A caller logs a refusal once and goes on as with no file.
pub fn read(path: &Path, allowed: &dyn Fn(&str) -> bool) -> Result<Recorded, Refusal> {
    match foreign::read(path, LIMIT)? {
        Some(bytes) => parse(&bytes, allowed),
        None => Ok(Recorded::Nothing),
    }
}

/// As [`read`], and when it was written.
pub fn read_dated(path: &Path, allowed: &dyn Fn(&str) -> bool) -> Result<Record, Refusal> {
    let Some(checked) = foreign::open(path)? else { return Ok(Record::default()) };
    let written = checked.file.metadata()?.modified()?;
    let at = written.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    let bytes = foreign::read_all(checked, LIMIT)?;
    Ok(Record { shown: parse(&bytes, allowed)?, at: u64::try_from(at).unwrap_or(u64::MAX) })
}

fn parse(bytes: &[u8], allowed: &dyn Fn(&str) -> bool) -> Result<Recorded, Refusal> {
    let text = std::str::from_utf8(bytes).map_err(|_| Refusal::Malformed("it is not text"))?;
    let line = text.strip_suffix('\n').unwrap_or(text);
    if line.is_empty() {
        return Err(Refusal::Malformed("it is empty"));
    }
    if line == NEW {
        return Ok(Recorded::New);
    }
    let id = SessionId::try_from(line.to_string())
        .map_err(|_| Refusal::Malformed("it does not hold one session id"))?;
    if !allowed(id.as_str()) {
        return Err(Refusal::Malformed("its id does not match the pane type's session_id"));
    }
    Ok(Recorded::Id(id))
}

/// Records a conversation on behalf of a tracker that did not run yet.
pub fn write(path: &Path, recorded: &Recorded) -> io::Result<()> {
    match recorded {
        Recorded::Nothing => remove(path),
        Recorded::New => atomic::write(path, format!("{NEW}\n").as_bytes()),
        Recorded::Id(id) => atomic::write(path, format!("{id}\n").as_bytes()),
    }
}

/// As [`write`], as if it had been written at the record's time: what a tracker writes is newer.
pub fn write_dated(path: &Path, record: &Record) -> io::Result<()> {
    write(path, &record.shown)?;
    if record.shown != Recorded::Nothing {
        let at = UNIX_EPOCH + Duration::from_millis(record.at);
        fs::File::options().write(true).open(path)?.set_modified(at)?;
    }
    Ok(())
}

/// Forgets what is recorded; it is no error when nothing was.
pub fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::foreign::Kind;
    use nix::sys::stat::Mode;
    use nix::unistd::{Uid, mkfifo};
    use std::os::unix::fs::{PermissionsExt, chown, symlink};
    use std::os::unix::net::UnixListener;

    fn pattern(id: &str) -> bool {
        id.strip_prefix("ses_").is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_alphanumeric()))
    }

    fn id(text: &str) -> Recorded {
        Recorded::Id(SessionId::try_from(text.to_string()).unwrap())
    }

    #[test]
    fn what_is_written_is_read() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("x-p1.id");
        assert_eq!(read(&path, &pattern), Ok(Recorded::Nothing));
        assert_eq!(read(&temp.path().join("no/dir"), &pattern), Ok(Recorded::Nothing));
        for recorded in [id("ses_1"), Recorded::New, Recorded::Nothing, id("ses_2")] {
            write(&path, &recorded).unwrap();
            assert_eq!(read(&path, &pattern), Ok(recorded));
        }
        fs::write(&path, "ses_3").unwrap();
        assert_eq!(read(&path, &pattern), Ok(id("ses_3")));
        remove(&path).unwrap();
        remove(&path).unwrap();
        assert_eq!(read(&path, &pattern), Ok(Recorded::Nothing));
    }

    #[test]
    fn what_is_corrected_is_as_old_as_what_it_reports() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("x-p1.id");
        assert_eq!(read_dated(&path, &pattern), Ok(Record::default()));
        let record = Record { shown: id("ses_1"), at: 1_700_000_000_123 };
        write_dated(&path, &record).unwrap();
        assert_eq!(read_dated(&path, &pattern), Ok(record.clone()));
        write(&path, &id("ses_2")).unwrap();
        assert!(read_dated(&path, &pattern).unwrap().at > record.at);
    }

    #[test]
    fn hostile_content_is_refused() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("x-p1.id");
        let long = format!("ses_{}", "a".repeat(130));
        for content in [
            "",
            "\n",
            "\n\n",
            " ses_1",
            "ses_1 ",
            "ses_1\n\n",
            "ses_1\r\n",
            "ses_1\nses_2",
            "\nses_1",
            "ses_1 --flag",
            "--session",
            "-s",
            "ses_\0",
            "ses_1\u{1b}[m",
            "ses_é",
            "ses_1\u{feff}",
            "../ses_1",
            "other_1",
            "@new ",
            "@New",
            "@new\n\n",
            "@other",
            long.as_str(),
        ] {
            fs::write(&path, content).unwrap();
            let refused = read(&path, &pattern);
            assert!(matches!(refused, Err(Refusal::Malformed(_))), "{content:?}: {refused:?}");
        }
        fs::write(&path, [0xff, 0xfe, 0x00]).unwrap();
        assert!(matches!(read(&path, &pattern), Err(Refusal::Malformed(_))));
        fs::write(&path, "a".repeat(257)).unwrap();
        assert_eq!(read(&path, &pattern), Err(Refusal::TooLarge(256)));
        fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
        assert_eq!(read(&path, &pattern), Err(Refusal::TooLarge(256)));
    }

    #[test]
    fn hostile_files_are_refused() {
        let temp = tempfile::tempdir().unwrap();
        let at = |name: &str| temp.path().join(name);
        fs::write(at("good"), "ses_1\n").unwrap();
        symlink("good", at("link")).unwrap();
        symlink("nowhere", at("dangling")).unwrap();
        symlink("loop", at("loop")).unwrap();
        symlink("/dev/zero", at("to-device")).unwrap();
        mkfifo(&at("fifo"), Mode::S_IRWXU).unwrap();
        fs::create_dir(at("dir")).unwrap();
        let _socket = UnixListener::bind(at("socket")).unwrap();
        for (name, refusal) in [
            ("link", Refusal::Symlink),
            ("dangling", Refusal::Symlink),
            ("loop", Refusal::Symlink),
            ("to-device", Refusal::Symlink),
            ("fifo", Refusal::NotRegular(Kind::Fifo)),
            ("dir", Refusal::NotRegular(Kind::Directory)),
            ("socket", Refusal::NotRegular(Kind::Socket)),
        ] {
            assert_eq!(read(&at(name), &pattern), Err(refusal), "{name}");
        }
        assert!(read(Path::new("/dev/zero"), &pattern).is_err());
        assert_eq!(
            foreign::read_file(Path::new("/dev/zero"), 10),
            Err(Refusal::NotRegular(Kind::Device))
        );
        assert!(read(Path::new("/"), &pattern).is_err());
    }

    #[test]
    fn a_directory_that_is_not_ours_or_a_link_is_refused() {
        let temp = tempfile::tempdir().unwrap();
        let real = temp.path().join("real");
        fs::create_dir(&real).unwrap();
        fs::write(real.join("x.id"), "ses_1").unwrap();
        symlink("real", temp.path().join("link")).unwrap();
        let file = temp.path().join("file");
        fs::write(&file, "").unwrap();
        for dir in [temp.path().join("link"), file] {
            let refused = read(&dir.join("x.id"), &pattern);
            assert!(matches!(refused, Err(Refusal::Directory(_))), "{dir:?}: {refused:?}");
        }
        if Uid::effective().is_root() {
            chown(&real, Some(65534), None).unwrap();
            let refused = read(&real.join("x.id"), &pattern);
            assert!(matches!(refused, Err(Refusal::Directory(_))), "{refused:?}");
        }
    }

    #[test]
    fn a_file_of_another_user_is_refused() {
        if Uid::effective().is_root() {
            let temp = tempfile::tempdir().unwrap();
            let path = temp.path().join("theirs");
            fs::write(&path, "ses_1").unwrap();
            chown(&path, Some(65534), None).unwrap();
            assert_eq!(read(&path, &pattern), Err(Refusal::NotOurs(65534)));
        } else {
            let refused = foreign::read_file(Path::new("/etc/passwd"), 1 << 20);
            assert_eq!(refused, Err(Refusal::NotOurs(0)));
        }
    }

    #[test]
    fn an_unreadable_file_is_refused() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("x.id");
        fs::write(&path, "ses_1").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o0)).unwrap();
        let result = read(&path, &pattern);
        // Root reads everything.
        if Uid::effective().is_root() {
            assert_eq!(result, Ok(id("ses_1")));
        } else {
            let refused =
                matches!(result, Err(Refusal::Io { kind: io::ErrorKind::PermissionDenied, .. }));
            assert!(refused, "{result:?}");
        }
    }
}
