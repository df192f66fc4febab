//! `clients/segno.py` and `clients/segno.ts` have every method, parameter and shape that the daemon
//! has: their second halves are made of the described methods.
//! `cargo test write_docs -- --ignored` writes them.

mod python;
mod shape;
mod typescript;

use std::fs;
use std::path::PathBuf;

use segno_wire::control::schema::open_rpc;

/// Begins what is made, after the comment sign of the language.
const MADE: &str = "Made of docs/api.schema.json by `cargo test write_docs -- --ignored`.";

struct Client {
    file: &'static str,
    comment: &'static str,
    made: fn(&shape::Api) -> String,
}

const CLIENTS: [Client; 2] = [
    Client { file: "segno.py", comment: "#", made: python::made },
    Client { file: "segno.ts", comment: "//", made: typescript::made },
];

impl Client {
    fn path(&self) -> PathBuf {
        PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../clients")).join(self.file)
    }

    /// The file as it is, and as it should be.
    fn texts(&self) -> (String, String) {
        let text = fs::read_to_string(self.path()).unwrap();
        let line = format!("{} {MADE}\n", self.comment);
        let own = text.split(&line).next().unwrap();
        let made = (self.made)(&shape::Api::of(&open_rpc()));
        (text.clone(), format!("{own}{line}\n{made}"))
    }
}

#[test]
fn they_have_every_method_and_shape() {
    for client in CLIENTS {
        let (is, should) = client.texts();
        assert!(is == should, "{} is stale; run: cargo test write_docs -- --ignored", client.file);
    }
}

#[test]
#[ignore = "writes clients/"]
fn write_docs() {
    for client in CLIENTS {
        fs::write(client.path(), client.texts().1).unwrap();
    }
}
