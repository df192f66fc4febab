//! A service's file as it is written.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{Answers, KeyNeed, Kind, Part};

#[derive(Debug, Deserialize)]
pub struct Shape {
    pub schema: u32,
    pub name: String,
    pub title: String,
    #[serde(default)]
    pub about: String,
    #[serde(default)]
    pub login: Login,
    pub browser: Option<Browser>,
    pub files: Option<Files>,
    /// What all generations share; each adds to it, or has it otherwise.
    #[serde(default)]
    pub generation: Vec<Value>,
    #[serde(flatten)]
    pub common: serde_json::Map<String, Value>,
}

/// What has to be known to reach a service.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Login {
    /// Where it is, unless the user says.
    pub url: Option<String>,
    /// Whether the address alone lets anybody in, so that it is hidden like a key.
    pub secret_url: bool,
    /// Endings of hosts that are replaced by others.
    pub rewrite: Vec<[String; 2]>,
    /// Whether there is a key.
    pub key: KeyNeed,
    /// Where others keep it; looked at, never written.
    pub found: Vec<Found>,
    /// Files in a project that say where its conversations go, and whether they do.
    pub manifest: Option<Manifest>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Browser {
    pub start: Request,
    pub session: String,
    pub page: String,
    #[serde(default)]
    pub pages: BTreeMap<String, String>,
    pub poll: Request,
    pub key: String,
    #[serde(default = "one_second")]
    pub every_seconds: u32,
    #[serde(default = "two_minutes")]
    pub timeout_seconds: u32,
}

fn one_second() -> u32 {
    1
}

fn two_minutes() -> u32 {
    120
}

/// Where another program keeps the address and the key.
#[derive(Debug, Clone, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct Found {
    /// A JSON file below the user's home, and JSON pointers into it.
    pub file: Option<String>,
    pub url: Option<String>,
    pub key: Option<String>,
    /// Variables.
    pub url_env: Option<String>,
    pub key_env: Option<String>,
    /// What was chosen there, of what is chosen at the login here: name and JSON pointers, of which
    /// the first that is there counts.
    pub chosen: BTreeMap<String, Vec<String>>,
}

/// Files that a project has, in the directory or above it.
#[derive(Debug, Clone, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct Manifest {
    /// JSON files; of each directory the first that is there counts.
    pub files: Vec<String>,
    /// What it says instead of what was chosen at the login: name and JSON pointer.
    pub values: BTreeMap<String, String>,
    /// Files with switches of this user's, and JSON pointers to what turns sending off.
    pub own: Vec<String>,
    pub off: Vec<String>,
    /// JSON pointers into the manifest to what has to be true, where it stands there.
    pub on: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Generation {
    #[serde(default)]
    pub name: String,
    pub probe: Option<Request>,
    pub check: Option<Request>,
    #[serde(default)]
    pub choose: Vec<ChoiceShape>,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    #[serde(default)]
    pub requests: BTreeMap<String, Request>,
    #[serde(default)]
    pub items: BTreeMap<Kind, Item>,
    #[serde(default)]
    pub parts: BTreeMap<Part, Value>,
    #[serde(default)]
    pub tools: Tools,
    #[serde(default)]
    pub answers: Answers,
    #[serde(default)]
    pub replaces: bool,
    pub recheck: Option<Listing>,
    pub verify: Option<Listing>,
    #[serde(default = "six")]
    pub settle_seconds: u32,
    #[serde(default = "ten")]
    pub rest_minutes: u32,
    #[serde(default = "thirty")]
    pub timeout_seconds: u32,
    #[serde(default)]
    pub agents: BTreeMap<String, String>,
    #[serde(default)]
    pub providers: BTreeMap<String, String>,
}

fn six() -> u32 {
    6
}

fn ten() -> u32 {
    10
}

fn thirty() -> u32 {
    30
}

/// Where tools' calls stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tools {
    /// Each is an item.
    #[default]
    Items,
    /// Each is a part of the message that asked for it.
    Parts,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    #[serde(default = "get")]
    pub method: String,
    #[serde(default)]
    pub path: String,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    pub body: Option<Value>,
    pub text: Option<String>,
    #[serde(default = "text_plain")]
    pub content_type: String,
    pub signature: Option<[String; 2]>,
    #[serde(default = "one")]
    pub batch: usize,
    #[serde(default = "megabyte")]
    pub bytes: usize,
    #[serde(default)]
    pub remember: BTreeMap<String, String>,
}

fn get() -> String {
    "GET".into()
}

fn text_plain() -> String {
    "text/plain; charset=utf-8".into()
}

fn one() -> usize {
    1
}

fn megabyte() -> usize {
    1_000_000
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    pub request: String,
    pub body: Value,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listing {
    pub request: Request,
    pub items: String,
    #[serde(default)]
    pub id: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChoiceShape {
    pub name: String,
    pub list: Listing,
    #[serde(default)]
    pub label: String,
    #[serde(default)]
    pub optional: bool,
}

/// Something that is chosen from a list of the service's.
#[derive(Debug, Clone)]
pub struct Choice {
    /// How templates call it: `{target.NAME}`.
    pub name: String,
    pub list: super::Listing,
    /// JSON pointer to what the user reads.
    pub label: String,
    pub optional: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Files {
    pub path: String,
    pub formats: Vec<String>,
}
