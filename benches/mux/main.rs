//! Segno beside other multiplexers, each driven from outside through a pseudo-terminal, as a person
//! would. `docs/performance.md` says what is measured, how, and what the figures are.
//!
//! ```text
//! cargo bench --bench mux                       everything: a quarter of an hour
//! cargo bench --bench mux -- --quick            less of everything, one round: minutes
//! cargo bench --bench mux -- --curves           what more panes, clients and lines cost
//! cargo bench --bench mux -- --only echo        measures whose name begins so
//! cargo bench --bench mux -- --peers tmux       instead of tmux and zellij, where installed
//! cargo bench --bench mux -- --other PATH       against another build of Segno
//! cargo bench --bench mux -- --rounds 5         more pairs
//! ```
//!
//! Each round measures one program after the other (A B A B …), and ratios are of the same round,
//! since machines are noisy. What no other work on the machine changes is taken once. Everything
//! runs in directories of its own and is gone afterwards.

#![allow(clippy::unwrap_used, reason = "shares code with the tests")]

mod curves;
mod echo;
mod life;
mod machine;
mod peer;
mod screen;
mod session;
#[path = "../support/streams.rs"]
mod streams;
mod table;
mod throughput;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use echo::Beside;
use peer::Peer;
use streams::KINDS;
use table::{Figure, Table};
use throughput::Files;

/// What was asked for.
struct Arguments {
    quick: bool,
    curves: bool,
    only: Vec<String>,
    peers: Vec<String>,
    other: Option<String>,
    rounds: usize,
}

impl Arguments {
    fn read() -> Arguments {
        let mut arguments = Arguments {
            quick: false,
            curves: false,
            only: Vec::new(),
            peers: vec!["tmux".to_owned(), "zellij".to_owned()],
            other: None,
            rounds: 0,
        };
        let mut words = std::env::args().skip(1);
        let list = |text: Option<String>| -> Vec<String> {
            text.unwrap_or_default().split(',').map(str::to_owned).collect()
        };
        while let Some(word) = words.next() {
            match word.as_str() {
                "--quick" => arguments.quick = true,
                "--curves" => arguments.curves = true,
                "--only" => arguments.only = list(words.next()),
                "--peers" => arguments.peers = list(words.next()),
                "--other" => arguments.other = words.next(),
                "--rounds" => {
                    arguments.rounds = words.next().and_then(|n| n.parse().ok()).unwrap_or(0)
                }
                // Cargo says this to every benchmark.
                "--bench" => {}
                unknown => {
                    eprintln!(
                        "mux: {unknown}: not known; see the first lines of benches/mux/main.rs"
                    );
                    std::process::exit(2);
                }
            }
        }
        if arguments.rounds == 0 {
            arguments.rounds = if arguments.quick || arguments.curves { 1 } else { 3 };
        }
        arguments
    }

    fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| name.starts_with(only.as_str()))
    }
}

/// How something is measured of one program; `None` when that did not work.
type Take<'a> = Box<dyn Fn(&Peer) -> Option<Vec<Figure>> + 'a>;
struct Measure<'a> {
    /// For `--only`.
    name: String,
    /// Other work on the machine changes it, so that it is taken in every round.
    noisy: bool,
    take: Take<'a>,
}

fn measures<'a>(files: &'a Files, quick: bool, curves: bool) -> Vec<Measure<'a>> {
    let mut all: Vec<Measure<'a>> = Vec::new();
    let mut add = |name: &str, noisy: bool, take: Take<'a>| {
        all.push(Measure { name: name.to_owned(), noisy, take });
    };
    if curves {
        for panes in curves::PANES {
            add(&format!("panes-{panes}"), true, Box::new(move |p| curves::panes(p, panes)));
        }
        for clients in curves::CLIENTS {
            add(
                &format!("clients-{clients}"),
                true,
                Box::new(move |p| curves::clients(p, clients)),
            );
        }
        for lines in curves::LINES {
            add(&format!("lines-{lines}"), true, Box::new(move |p| curves::lines(p, lines)));
        }
        return all;
    }
    for kind in KINDS {
        let name = format!("throughput-{kind}");
        add(&name, true, Box::new(move |p| throughput::attached(p, files, kind)));
    }
    for kind in ["ascii", "unicode"] {
        let name = format!("detached-{kind}");
        add(&name, true, Box::new(move |p| throughput::detached(p, files, kind)));
        let name = format!("four-{kind}");
        add(&name, true, Box::new(move |p| throughput::four(p, files, kind)));
    }
    let lines = if quick { 2 } else { 6 };
    for (name, beside) in [
        ("echo-idle", Beside::Nothing),
        ("echo-visible", Beside::VisibleFlood),
        ("echo-hidden", Beside::HiddenFlood),
    ] {
        add(name, true, Box::new(move |p| echo::echo(p, files, beside, lines)));
    }
    add("interrupt", true, Box::new(echo::interrupt));
    add("start", true, Box::new(move |p| life::start(p, if quick { 3 } else { 5 })));
    add("attach", true, Box::new(|p| life::attach(p, 20)));
    for (panes, filled) in
        [(1, false), (20, false), (200, false), (1, true), (20, true), (200, true)]
    {
        if !quick || panes < 200 && (panes == 1 || !filled) {
            let name = format!("memory-{panes}{}", if filled { "-filled" } else { "" });
            add(&name, false, Box::new(move |p| life::memory(p, panes, filled)));
        }
    }
    let time = Duration::from_secs(if quick { 5 } else { 30 });
    add("idle", false, Box::new(move |p| life::idle(p, 20, time)));
    add("wire", false, Box::new(move |p| life::wire(p, if quick { 30 } else { 150 })));
    let scripted = if quick { 50 } else { 500 };
    add("scripted", true, Box::new(move |p| life::scripted(p, scripted)));
    for panes in if quick { vec![20] } else { vec![20, 200] } {
        add(&format!("adopt-{panes}"), true, Box::new(move |p| life::adopt(p, panes)));
    }
    add("reboot", true, Box::new(|p| life::reboot(p, 20)));
    all
}

fn main() {
    let arguments = Arguments::read();
    let mut peers: Vec<Peer> = Vec::new();
    for name in std::iter::once("segno").chain(arguments.peers.iter().map(String::as_str)) {
        match Peer::find(name) {
            Some(peer) => peers.push(peer),
            None => eprintln!("mux: {name} is not installed and left out"),
        }
    }
    if let Some(other) = &arguments.other {
        peers.extend(Peer::other(other.into()));
    }
    let sizes = if arguments.quick { [10, 6, 4, 6] } else { [60, 40, 30, 30] };
    let files = Files::new(sizes).expect("the streams can be written");
    let load = machine::load();
    let mut table = Table::default();
    let mut raw = vec![Vec::new(); KINDS.len()];
    for Measure { name, noisy, take } in measures(&files, arguments.quick, arguments.curves) {
        if !arguments.wants(&name) {
            continue;
        }
        for round in 1..=if noisy { arguments.rounds } else { 1 } {
            if let Some(at) = KINDS.iter().position(|kind| name == format!("throughput-{kind}")) {
                raw[at].extend(throughput::raw(&files, KINDS[at]));
            }
            for peer in &peers {
                eprintln!("{name}, round {round}, {}", peer.name);
                for figure in take(peer).unwrap_or_default() {
                    eprintln!("    {} {:.2}", figure.name, figure.value);
                    table.add(&peer.name, figure);
                }
            }
        }
    }
    for (kind, values) in KINDS.iter().zip(raw) {
        for value in values {
            let figure = Figure { name: format!("throughput, {kind}, MB/s"), value, less: false };
            table.add("raw PTY", figure);
        }
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    println!("{}; {}.", segno_base::system::os::local_time(now), machine::describe());
    let versions: Vec<&str> = peers.iter().map(|peer| peer.version.as_str()).collect();
    println!("{}. Medians of {} rounds.", versions.join(", "), arguments.rounds);
    println!("Load before: {load:.1}, after: {:.1}.\n", machine::load());
    let mut columns: Vec<String> = peers.iter().map(|peer| peer.name.clone()).collect();
    columns.push("raw PTY".to_owned());
    print!("{}", table.markdown(&columns));
}
