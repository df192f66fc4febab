//! The hub on both of its databases, and its server as a browser, a machine and a stranger see it.

mod load;
mod openid;
#[path = "../../../web/tests/support/plain.rs"]
#[allow(dead_code, reason = "some of it is for the other server")]
mod plain;
mod postgres;
mod processes;
mod retention;
mod search;
mod server;
mod store;
mod tls;

use segno_hub::Store;
use segno_hub::store::{Item, Key, Person, Role, Said};

/// 2026-11-29 12:00 UTC.
const NOON: i64 = 1_795_953_600_000;

/// Does the same on SQLite and on PostgreSQL.
fn on_each(test: impl Fn(&str, Store)) {
    let directory = tempfile::tempdir().expect("a directory");
    test("SQLite", Store::open(None, directory.path()).expect("SQLite"));
    if let Some(url) = postgres::database() {
        test("PostgreSQL", Store::open(Some(&url), directory.path()).expect("PostgreSQL"));
    }
}

fn person(store: &Store, name: &str) -> Person {
    store.add_person(name, Role::Member, NOON).expect("a person")
}

fn key(agent: &str, native: &str) -> Key {
    Key { agent: agent.into(), native: native.into(), loose: false }
}

/// Something that somebody said.
fn said(conversation: &str, id: &str, text: &str) -> Item {
    let said = Said { native: id.into(), main: text.into(), time: Some(NOON), ..Said::default() };
    Item::Said(key("agent", conversation), Box::new(said))
}
