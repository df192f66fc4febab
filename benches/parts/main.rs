//! What the parts on a byte's and a key's way cost, each alone. `cargo bench --bench parts [NAME]`
//! runs those whose name begins so; `QUICK=1` each once. For exact comparisons run it under
//! `valgrind --tool=callgrind`, where times are of no use but counts are.

mod frame;
mod measure;
mod output;
mod rest;
mod scrollback;
#[path = "../support/streams.rs"]
mod streams;

use measure::Measure;

fn main() {
    let wanted = std::env::args().nth(1).filter(|argument| !argument.starts_with('-'));
    let measure = Measure::new(wanted, std::env::var_os("QUICK").is_some());
    output::run(&measure);
    frame::run(&measure);
    rest::run(&measure);
    scrollback::run(&measure);
}
