//! What the parts around the terminal cost, each alone; `cargo bench -p segno-term` measures the
//! terminal. `cargo bench --bench parts [NAME]` runs those whose name begins so; `QUICK=1` each
//! once. For exact comparisons run it under `valgrind --tool=callgrind`, where times are of no use
//! but counts are.

mod frame;
#[path = "../support/measure.rs"]
mod measure;
mod output;
mod rest;
mod scrollback;
#[path = "../support/streams.rs"]
mod streams;

use measure::Measure;

fn main() {
    let measure = Measure::from_arguments();
    output::run(&measure);
    frame::run(&measure);
    rest::run(&measure);
    scrollback::run(&measure);
}
