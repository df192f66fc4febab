//! Serde for texts of the system (arguments, variables, paths): as text, and as a list of bytes where
//! one is not UTF-8, so that none is lost.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A text of the system: a JSON string when it is UTF-8, otherwise an array of its bytes.
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "OsText")]
#[serde(untagged)]
pub enum Os<'a> {
    /// As a string.
    Text(std::borrow::Cow<'a, str>),
    /// Its bytes.
    Bytes(Vec<u8>),
}

impl<'a> From<&'a OsStr> for Os<'a> {
    fn from(text: &'a OsStr) -> Os<'a> {
        match text.to_str() {
            Some(text) => Os::Text(text.into()),
            None => Os::Bytes(text.as_bytes().to_vec()),
        }
    }
}

impl From<Os<'_>> for OsString {
    fn from(text: Os<'_>) -> OsString {
        match text {
            Os::Text(text) => text.into_owned().into(),
            Os::Bytes(bytes) => OsString::from_vec(bytes),
        }
    }
}

/// A single text.
pub mod one {
    use super::*;

    pub fn serialize<S: Serializer>(text: &OsStr, s: S) -> Result<S::Ok, S::Error> {
        Os::from(text).serialize(s)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<OsString, D::Error> {
        Os::deserialize(d).map(OsString::from)
    }
}

/// A path.
pub mod path {
    use super::*;

    pub fn serialize<S: Serializer>(path: &Path, s: S) -> Result<S::Ok, S::Error> {
        Os::from(path.as_os_str()).serialize(s)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<PathBuf, D::Error> {
        Os::deserialize(d).map(|text| PathBuf::from(OsString::from(text)))
    }
}

/// Several texts.
pub mod list {
    use super::*;

    pub fn serialize<S: Serializer>(texts: &[OsString], s: S) -> Result<S::Ok, S::Error> {
        s.collect_seq(texts.iter().map(|text| Os::from(text.as_os_str())))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<OsString>, D::Error> {
        Ok(Vec::<Os>::deserialize(d)?.into_iter().map(OsString::from).collect())
    }
}

/// Names and values, in order.
pub mod pairs {
    use super::*;

    pub fn serialize<S: Serializer>(
        pairs: &[(OsString, OsString)],
        s: S,
    ) -> Result<S::Ok, S::Error> {
        s.collect_seq(pairs.iter().map(|(k, v)| (Os::from(k.as_os_str()), Os::from(v.as_os_str()))))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        d: D,
    ) -> Result<Vec<(OsString, OsString)>, D::Error> {
        let pairs = Vec::<(Os, Os)>::deserialize(d)?;
        Ok(pairs.into_iter().map(|(k, v)| (k.into(), v.into())).collect())
    }
}

/// An environment, as pairs.
pub mod variables {
    use super::*;

    pub fn serialize<S: Serializer>(
        variables: &BTreeMap<OsString, OsString>,
        s: S,
    ) -> Result<S::Ok, S::Error> {
        s.collect_seq(
            variables.iter().map(|(k, v)| (Os::from(k.as_os_str()), Os::from(v.as_os_str()))),
        )
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        d: D,
    ) -> Result<BTreeMap<OsString, OsString>, D::Error> {
        Ok(super::pairs::deserialize(d)?.into_iter().collect())
    }
}
