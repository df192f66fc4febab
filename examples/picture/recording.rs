//! The recording of the README: work with an agent, `kill -9` of everything, start, and the
//! conversation is back.
//!
//! What happens is real; pauses are shortened.

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::svg::{self, Shot};
use super::{Result, Screen, Stage};
use segno_base::screen::frame::Frame;
use segno_base::screen::geometry::Size;

const SIZE: Size = Size { cols: 108, rows: 30 };
/// How often the screen is looked at.
const EVERY: Duration = Duration::from_millis(120);
/// The longest that a shot stands by itself, in milliseconds.
const LONGEST: u64 = 900;
/// The longest that a wait is shown, and how often something moves in it.
const WAIT: u64 = 2200;
const MOVES: u64 = 150;
const LARGEST: usize = 2 << 20;

/// A prompt that also ends what a killed program left of its modes.
const PROMPT: &str = r#"PS1='\[\e[36m\]\W\[\e[0m\] $ '
[ -n "$SEGNO_PANE" ] || PROMPT_COMMAND='printf "\e[?1049l\e[?1000;1002;1003;1006;2004;1004l\e[<u\e[0m\e[?25h"'
"#;

const FIX: &str = "The tests fail when a rest is longer than its bar. Find out why and fix it.";

/// Looks at a screen until it is dropped.
struct Camera<'a> {
    screen: &'a Screen,
    film: Mutex<(Vec<Shot>, Instant, &'static str)>,
}

impl Camera<'_> {
    /// Keeps what the screen shows, if it is another picture than before.
    fn look(&self) {
        let frame = self.screen.frame();
        let mut film = self.film.lock().unwrap();
        let passed = film.1.elapsed().as_millis() as u64;
        film.1 = Instant::now();
        let caption = film.2;
        if let Some(last) = film.0.last_mut() {
            last.milliseconds = last.milliseconds.max((last.milliseconds + passed).min(LONGEST));
            if same(&last.frame, &frame) && last.caption == caption {
                return;
            }
        }
        film.0.push(Shot { frame, milliseconds: 0, caption });
    }

    /// Says what is done from now on.
    fn say(&self, caption: &'static str) {
        self.film.lock().unwrap().2 = caption;
        self.look();
    }

    /// Lets the picture stand.
    fn hold(&self, milliseconds: u64) {
        self.look();
        if let Some(last) = self.film.lock().unwrap().0.last_mut() {
            last.milliseconds += milliseconds;
        }
    }

    /// Waits for something, and makes a long wait short.
    fn wait(&self, wait: impl FnOnce() -> Result<()>) -> Result<()> {
        self.look();
        let from = self.film.lock().unwrap().0.len();
        wait()?;
        self.screen.settle();
        self.look();
        let mut film = self.film.lock().unwrap();
        let mut waited = film.0.split_off(from);
        let total: u64 = waited.iter().map(|shot| shot.milliseconds).sum();
        let last = waited.pop();
        // Of a sign that turns, a few moments are enough.
        let every = total.div_ceil(WAIT).max(1);
        let (mut passed, mut shown) = (0, None);
        for mut shot in waited {
            passed += shot.milliseconds;
            let moment = passed / (MOVES * every);
            if shown != Some(moment) {
                shown = Some(moment);
                shot.milliseconds = MOVES.max(shot.milliseconds / every);
                film.0.push(shot);
            }
        }
        film.0.extend(last.map(|last| Shot { milliseconds: MOVES, ..last }));
        Ok(())
    }

    /// Types as a person does.
    fn type_text(&self, text: &str) -> Result<()> {
        for (n, key) in text.chars().enumerate() {
            self.screen.keys(&key.to_string())?;
            thread::sleep(Duration::from_millis(25));
            // Every letter would make a large film.
            if n % 4 == 0 {
                self.look();
            }
        }
        self.hold(400);
        self.screen.keys("\r")
    }
}

fn same(a: &Frame, b: &Frame) -> bool {
    a.cursor == b.cursor && (0..SIZE.rows).all(|y| a.row(y) == b.row(y))
}

/// Plays it and writes `recording.svg`, and every tenth shot as a picture of its own.
pub fn play(stage: &Stage, out: &Path) -> Result<()> {
    let home = stage.project.parent().ok_or("no home")?;
    for file in [".bashrc", ".bash_profile"] {
        fs::write(home.join(file), PROMPT)?;
    }
    let screen = stage.open(Path::new("/bin/bash"), &["-i"], SIZE)?;
    screen.wait_for("$")?;
    let camera = Camera { screen: &screen, film: Mutex::new((Vec::new(), Instant::now(), "")) };
    let ends = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !ends.load(Ordering::Relaxed) {
                thread::sleep(EVERY);
                camera.look();
            }
        });
        let played = act(stage, &screen, &camera);
        ends.store(true, Ordering::Relaxed);
        played
    })?;
    let (shots, ..) = camera.film.into_inner()?;
    for (n, shot) in shots.iter().enumerate().filter(|(n, _)| n % 10 == 0) {
        fs::write(out.join(format!("shot-{n:03}.svg")), svg::window(&shot.frame))?;
    }
    let film = svg::film(&shots);
    println!("{} shots, {} bytes", shots.len(), film.len());
    if film.len() > LARGEST {
        return Err("the recording is too large".into());
    }
    Ok(fs::write(out.join("recording.svg"), film)?)
}

fn act(stage: &Stage, screen: &Screen, camera: &Camera<'_>) -> Result<()> {
    let shows = |text: &'static str| camera.wait(|| screen.wait_for(text));
    let is_idle_after = |text: &'static str| {
        camera.wait(|| screen.wait_for(text).and_then(|()| stage.wait("rests", "idle")))
    };
    camera.say("Work with an agent");
    camera.hold(600);
    camera.type_text("segno")?;
    shows("ctrl+b ?")?;
    camera.hold(600);
    camera.type_text("segno new -t opencode --split right --focus --name rests")?;
    shows("Ask anything")?;
    camera.type_text(FIX)?;
    is_idle_after("pieces,")?;
    camera.hold(2500);

    camera.say("kill -9 of the daemon, the keeper, the agent, the terminal's program");
    camera.hold(1800);
    kill_everything(screen.pid)?;
    // The shell takes its screen back.
    camera.wait(|| {
        thread::sleep(Duration::from_millis(500));
        Ok(())
    })?;
    camera.say("Nothing is left");
    camera.type_text("ps")?;
    shows("CMD")?;
    camera.hold(2000);

    camera.say("Start Segno");
    camera.type_text("segno")?;
    is_idle_after("pieces,")?;
    camera.say("The pane is back, in its conversation");
    camera.hold(2500);
    camera.type_text("And what is a tie?")?;
    is_idle_after("A tie joins")?;
    camera.hold(4000);
    Ok(())
}

/// Ends every process of this Segno at once, but the shell in the terminal.
fn kill_everything(shell: u32) -> Result<()> {
    let ours = |pid: &i32| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        let home = format!("SEGNO_HOME={}", std::env::temp_dir().join("demo/.segno").display());
        environment.split(|byte| *byte == 0).any(|variable| variable == home.as_bytes())
    };
    let all =
        fs::read_dir("/proc")?.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let all: Vec<i32> =
        all.filter(|pid| u32::try_from(*pid).is_ok_and(|pid| pid != shell)).filter(ours).collect();
    use nix::sys::signal::{Signal, kill};
    // None may see another go, and begin to do something about it.
    for signal in [Signal::SIGSTOP, Signal::SIGKILL] {
        for pid in &all {
            let _ = kill(nix::unistd::Pid::from_raw(*pid), signal);
        }
    }
    Ok(())
}
