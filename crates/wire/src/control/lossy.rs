//! Paths in JSON: one that is not UTF-8 is shown with replacement characters, because it must not
//! cost a whole answer. Only for results; a path that is to be used must be UTF-8.

use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

struct Lossy<'a>(&'a Path);

impl Serialize for Lossy<'_> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.0.to_string_lossy())
    }
}

/// One path.
pub(super) fn path<S: Serializer>(path: &Path, s: S) -> Result<S::Ok, S::Error> {
    Lossy(path).serialize(s)
}

/// A path that may be left out.
pub(super) fn option<S: Serializer>(path: &Option<PathBuf>, s: S) -> Result<S::Ok, S::Error> {
    path.as_deref().map(Lossy).serialize(s)
}

/// Several paths.
pub(super) fn list<S: Serializer>(paths: &[PathBuf], s: S) -> Result<S::Ok, S::Error> {
    s.collect_seq(paths.iter().map(|path| Lossy(path)))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;
    use std::path::PathBuf;

    use crate::control::daemon::DaemonStatus;

    #[test]
    fn an_odd_path_does_not_cost_the_answer() {
        let odd = PathBuf::from(OsString::from_vec(b"/a\xff".to_vec()));
        let status =
            DaemonStatus { home: odd.clone(), orphans: vec![odd], ..DaemonStatus::default() };
        let value = serde_json::to_value(&status).unwrap();
        assert_eq!(value["home"], "/a\u{fffd}");
        assert_eq!(value["orphans"][0], "/a\u{fffd}");
    }
}
