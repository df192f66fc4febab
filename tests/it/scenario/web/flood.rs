//! What a flood costs that browsers watch. For figures, not for judgement: `--ignored --nocapture
//! fifty_browsers`, of a release build for docs/performance.md. `FLOOD_MB` says how much is printed.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::support::segno::{Segno, wait_for};
use crate::support::web::{Pane, Web};
use segno_wire::frame::FromClient;

const BROWSERS: u8 = 50;
const LIMIT: Duration = Duration::from_secs(900);

/// How a browser draws what it is sent.
#[derive(Clone, Copy)]
enum Draws {
    /// A page in the background: it takes what comes, and draws nothing of it.
    Nothing,
    /// A frame, and then nothing for so long.
    Every(Duration),
    AtOnce,
}

/// What one flood took.
struct Cost {
    seconds: f64,
    /// Processor time of the daemon, and of `segno web`.
    daemon: f64,
    web: f64,
    /// Messages that browsers were sent, and bytes in them.
    messages: u64,
    sent: u64,
}

/// Processor time of a process and its threads, ended ones too, in seconds.
fn processor_time(pid: i32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("a process");
    let rest = stat.rsplit_once(") ").expect("a name").1;
    let field = |n: usize| rest.split(' ').nth(n - 3).and_then(|text| text.parse::<f64>().ok());
    // In hundredths of a second, whatever the kernel's own clock.
    (field(14).expect("a time") + field(15).expect("a time")) / 100.0
}

/// Prints so much into the pane while so many browsers look.
fn flood(segno: &Segno, web: &Web, cookie: &str, pane: &str, count: u8, draws: Draws) -> Cost {
    let megabytes = std::env::var("FLOOD_MB").ok().and_then(|text| text.parse().ok());
    let megabytes: u64 = megabytes.unwrap_or(20);
    let (over, sent, messages) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    let done = segno.root().join("done");
    let daemon = segno.daemon_pid().expect("a daemon");
    let (seconds, daemon, web) = std::thread::scope(|scope| {
        for n in 0..count {
            let mut browser = Pane::open(web, cookie, pane, (80, 24), n, 0);
            browser.within(Duration::from_millis(200));
            let (over, sent, messages) = (&over, &sent, &messages);
            scope.spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    if !browser.take() {
                        continue;
                    }
                    messages.fetch_add(1, Ordering::Relaxed);
                    if let Draws::Every(pause) = draws {
                        std::thread::sleep(pause);
                    }
                    if !matches!(draws, Draws::Nothing) {
                        browser.send(&FromClient::Shown(browser.output.len() as u64));
                    }
                }
                sent.fetch_add(browser.output.len() as u64, Ordering::Relaxed);
            });
        }
        let before = (processor_time(daemon), processor_time(web.pid()));
        let begun = Instant::now();
        let bytes = megabytes * 1_000_000;
        // Each screen is another one: there is something to draw.
        let lines = "seq -f 'line %.0f of a flood, as programs print them' 1000000 99999999";
        let print = format!("{lines} | head -c {bytes}; touch {}", done.display());
        segno.ok(&["send", pane, &print, "--enter"]);
        wait_for("the end of the flood", LIMIT, || done.exists().then_some(()));
        let seconds = begun.elapsed().as_secs_f64();
        let (daemon, web) =
            (processor_time(daemon) - before.0, processor_time(web.pid()) - before.1);
        over.store(true, Ordering::Relaxed);
        std::fs::remove_file(&done).expect("it is there");
        (seconds, daemon, web)
    });
    Cost { seconds, daemon, web, messages: messages.into_inner(), sent: sent.into_inner() }
}

#[test]
#[ignore = "a measurement"]
fn fifty_browsers_watch_a_flood() {
    let segno = Segno::with_limit(LIMIT);
    let pane = segno.ok(&["new", "--type", "shell"]);
    segno.wait_state(&pane, "running");
    let web = Web::start(&segno, 0);
    let cookie = web.sign_in(&web.code);
    let slowly = Draws::Every(Duration::from_millis(250));
    let rounds = [
        ("nobody", 0, Draws::AtOnce),
        ("one that draws nothing", 1, Draws::Nothing),
        ("fifty that draw nothing", BROWSERS, Draws::Nothing),
        ("one, at once", 1, Draws::AtOnce),
        ("fifty, four frames a second", BROWSERS, slowly),
        ("fifty, at once", BROWSERS, Draws::AtOnce),
    ];
    let mut alone = None;
    for (name, count, draws) in rounds {
        let cost = flood(&segno, &web, &cookie, &pane, count, draws);
        let alone = *alone.get_or_insert(cost.daemon);
        println!(
            "{name}: {:.1} s; daemon {:.2} s, {:.2} × alone; segno web {:.2} s; {} messages, {:.1} MB",
            cost.seconds,
            cost.daemon,
            cost.daemon / alone,
            cost.web,
            cost.messages,
            cost.sent as f64 / 1e6
        );
    }
}
