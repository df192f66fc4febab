//! Makes the pictures and the recording of the documentation from the running program:
//! `docs/images/make` calls it.
//!
//! Starts Segno in a pseudo-terminal, with a home of its own, a real opencode, and a fake model
//! that tells the same story every time; then draws what the terminal shows.

#![allow(clippy::unwrap_used, reason = "shares code with the tests")]

mod recording;
mod svg;
mod worktrees;

#[allow(dead_code)]
#[path = "../../tests/it/support/agents.rs"]
mod agents;
#[allow(dead_code)]
#[path = "../../tests/it/support/model_server/mod.rs"]
mod model_server;

use std::error::Error;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use serde_json::{Value, json};

use model_server::{ModelServer, Reply};
use segno_base::screen::frame::Frame;
use segno_base::screen::geometry::Size;
use segno_term::{Emulator, Options, TermEvent};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const SIZE: Size = Size { cols: 156, rows: 43 };

const REST: &str = "\
pub fn split(rest: Rest, bar: Bar) -> Vec<Rest> {
    let left = bar.length - rest.start;
    vec![rest.take(left), rest.skip(left)]
}
";
const FIXED: &str = "    rest.pieces(left, bar.length).collect()";

fn main() -> Result<()> {
    let out = PathBuf::from(std::env::args_os().nth(1).ok_or("usage: picture DIRECTORY [SCENE]")?);
    let scene = std::env::args().nth(2);
    fs::create_dir_all(&out)?;
    let model = ModelServer::scripted(Box::new(story));
    // In the picture, so it has to look well; refuses one that is there.
    let home = std::env::temp_dir().join("demo");
    fs::create_dir(&home)?;
    let result = Stage::set(&home, &model.base_url()).and_then(|stage| {
        let result = match scene.as_deref() {
            Some("recording") => recording::play(&stage, &out),
            Some("worktrees") => worktrees::play(&stage, &out),
            _ => play(&stage, &out),
        };
        // Whatever happened, nothing is left running.
        stage.segno(&["kill", "--all"]).and(result)
    });
    fs::remove_dir_all(&home)?;
    result
}

fn play(stage: &Stage, out: &Path) -> Result<()> {
    let screen = stage.attach()?;
    screen.wait_for("ctrl+b ?")?;
    // A conversation of the past.
    stage.agent("ties", "Explain ties.", &["--background"])?;
    stage.wait("ties", "output=A tie joins")?;
    let fixing = "The tests fail when a rest is longer than its bar. Find out why and fix it.";
    stage.agent("rests", fixing, &[])?;
    let release = "Release 0.3.1 when the tests pass.";
    stage.agent("release", release, &["--split", "right", "--of", "rests"])?;
    stage.segno(&["new", "--split", "down", "--of", "release", "--name", "shell"])?;
    stage.segno(&["close", "p1"])?;
    screen.keys("\x02,")?;
    thread::sleep(Duration::from_millis(300));
    screen.keys("\x15fixes\r")?;
    stage.agent("docs", "How are slurs written?", &["--background"])?;
    let other = stage.other.display().to_string();
    stage.agent("tempo", "Let the tempo follow the taps.", &["--background", "--cwd", &other])?;
    // Before its prompt an agent is idle too, so the last words come first.
    for (name, words) in [("rests", "output=48 tests"), ("docs", "output=A slur joins")] {
        stage.wait(name, words)?;
        stage.wait(name, "idle")?;
    }
    stage.wait("release", "blocked")?;
    stage.wait("tempo", "working")?;
    stage.segno(&["close", "ties"])?;
    stage.segno(&["focus", "shell"])?;
    stage.segno(&["keys", "shell", "ctrl+l"])?;
    stage.segno(&["send", "shell", "segno status rests", "--enter"])?;
    stage.wait("shell", "output=pid")?;
    stage.segno(&["focus", "rests"])?;
    screen.keys("\x02W")?;
    screen.settle();
    fs::write(out.join("segno.svg"), screen.picture())?;

    screen.keys("\x02W")?;
    stage.segno(&["focus", "shell"])?;
    screen.keys("\x02a")?;
    thread::sleep(Duration::from_millis(300));
    screen.keys("\r")?;
    screen.settle();
    fs::write(out.join("new-pane.svg"), screen.picture())?;
    screen.keys("\x1b")?;
    thread::sleep(Duration::from_millis(200));
    screen.keys("\x1b")?;
    thread::sleep(Duration::from_millis(300));
    handbook(stage, &screen, out)
}

/// The pictures of the pages about keys, copy mode, layouts and settings, in the same workspace.
fn handbook(stage: &Stage, screen: &Screen, out: &Path) -> Result<()> {
    let keep = |name: &str| {
        screen.settle();
        fs::write(out.join(name).with_extension("svg"), screen.picture())
    };
    // A pause after the prefix shows what can follow.
    screen.keys("\x02")?;
    screen.wait_for("PREFIX")?;
    thread::sleep(Duration::from_millis(1000));
    keep("keys")?;
    screen.keys("\x1b")?;
    thread::sleep(Duration::from_millis(300));

    stage.segno(&["focus", "shell"])?;
    stage.segno(&["send", "shell", "clear; cat -n src/rest.rs", "--enter"])?;
    stage.wait("shell", "output=4\\s+}")?;
    screen.settle();
    screen.keys("\x02[")?;
    screen.wait_for("COPY")?;
    screen.keys("?rest\r")?;
    thread::sleep(Duration::from_millis(300));
    screen.keys("Vkk")?;
    keep("copy-mode")?;
    screen.keys("\x1b")?;
    screen.settle();
    screen.keys("q")?;
    screen.settle();

    stage.segno(&["focus", "rests"])?;
    screen.keys("\x02\x1b4")?;
    keep("layouts")?;

    fs::write(
        stage.project.with_file_name(".segno").join("config.toml"),
        "[looks]\ntheme = \"night\"\nborders = \"heavy\"\ntab_bar = \"bottom\"\n",
    )?;
    screen.wait_for("━")?;
    Ok(keep("settings")?)
}

/// What the fake model answers.
fn story(body: &Value, prompt: &str) -> Option<Reply> {
    let messages = body["messages"].as_array()?;
    let system = messages.iter().filter(|m| m["role"] == "system");
    if system.map(|m| m["content"].to_string()).any(|text| text.contains("title generator")) {
        let title = match prompt {
            p if p.contains("rest is longer") => "Rests across bars",
            p if p.contains("Release") => "Release 0.3.1",
            p if p.contains("tempo") => "Tempo from taps",
            p if p.contains("every bar") => "Rests at bar lines",
            p if p.contains("slurs") => "How slurs are written",
            _ => "How ties are written",
        };
        return Some(Reply::Text(title.into()));
    }
    let step = messages.iter().rev().take_while(|m| m["role"] != "user");
    let step = step.filter(|m| m["role"] == "tool").count();
    let tool = |name, arguments: Value| Reply::Tool { name, arguments: arguments.to_string() };
    let bash = |command: &str, description: &str| {
        tool("bash", json!({"command": command, "description": description}))
    };
    Some(match (prompt, step) {
        (p, step) if p.contains("every bar") => worktrees::story(step),
        (p, 0) if p.contains("rest is longer") => tool("read", json!({"filePath": "src/rest.rs"})),
        (p, 1) if p.contains("rest is longer") => tool(
            "edit",
            json!({
                "filePath": "src/rest.rs",
                "oldString": "    vec![rest.take(left), rest.skip(left)]",
                "newString": FIXED,
            }),
        ),
        (p, 2) if p.contains("rest is longer") => bash("./test", "Run the tests"),
        (p, _) if p.contains("rest is longer") => Reply::Text(
            "`split` made two pieces, however long the rest was. A rest of three bars kept two \
             of them in its second piece, and the bar line went through it.\n\nIt now makes one \
             piece for each bar. All 48 tests pass."
                .into(),
        ),
        (p, 0) if p.contains("Release") => bash("./test", "Run the tests"),
        (p, _) if p.contains("Release") => bash("git push origin v0.3.1", "Push the release tag"),
        (p, 0) if p.contains("tempo") => Reply::Hang,
        (p, _) if p.contains("slurs") => {
            Reply::Text("A slur joins notes that are played in one breath.".into())
        }
        _ => Reply::Text("A tie joins two notes of the same pitch into one.".into()),
    })
}

/// A home directory with a project in it.
struct Stage {
    project: PathBuf,
    /// Another project.
    other: PathBuf,
    program: PathBuf,
    variables: Vec<(String, String)>,
}

impl Stage {
    fn set(home: &Path, base_url: &str) -> Result<Stage> {
        let rules = json!({"bash": {"*": "allow", "git push*": "ask"}});
        let provider = json!({"fake": {"name": "Demo", "models": {"m1": {
            "name": "demo-1",
            "cost": {"input": 20, "output": 60},
        }}}});
        let settings = json!({"permission": rules, "provider": provider});
        let home = agents::OpencodeHome::create(home, base_url, settings).with_plugin_package();
        let project = home.path().join("harmonic");
        fs::create_dir_all(project.join("src"))?;
        fs::write(project.join("src/rest.rs"), REST)?;
        let test = project.join("test");
        fs::write(&test, "#!/bin/sh\necho 'test result: ok. 48 passed; 0 failed'\n")?;
        run(Command::new("chmod").arg("+x").arg(&test))?;
        let other = home.path().join("metronome");
        for project in [&project, &other] {
            run(Command::new("git").args(["init", "-q"]).arg(project))?;
        }
        let prompt = "PS1='\\[\\e[36m\\]\\W\\[\\e[0m\\] \\$ '\n";
        for file in [".bashrc", ".bash_profile"] {
            fs::write(home.path().join(file), prompt)?;
        }
        // Whoever makes pictures knows their way.
        fs::create_dir(home.path().join(".segno"))?;
        fs::write(home.path().join(".segno/tour"), "skipped\n")?;
        let example = std::env::current_exe()?;
        let built = example.parent().and_then(Path::parent).ok_or("no target directory")?;
        let agent = agents::opencode(agents::OPENCODE_NEWEST);
        let agent = agent.parent().ok_or("no directory of the agent")?;
        let mut variables = home.environment();
        variables.retain(|(name, _)| name != "PATH");
        let path = std::env::var("PATH")?;
        let more = [
            ("PATH", format!("{}:{}:{path}", built.display(), agent.display())),
            ("SEGNO_HOME", home.path().join(".segno").display().to_string()),
            ("SHELL", "/bin/bash".into()),
            ("TERM", "xterm-256color".into()),
            ("COLORTERM", "truecolor".into()),
            ("TZ", "UTC".into()),
        ];
        variables.extend(more.map(|(name, value)| (name.to_string(), value)));
        Ok(Stage { project, other, program: built.join("segno"), variables })
    }

    /// One command of the command line.
    fn segno(&self, args: &[&str]) -> Result<()> {
        let mut command = Command::new(&self.program);
        command.args(args).current_dir(&self.project).env_clear();
        run(command.envs(self.variables.iter().cloned()))
    }

    /// Opens an agent that is asked something.
    fn agent(&self, name: &str, prompt: &str, more: &[&str]) -> Result<()> {
        let new = ["new", "--type", "opencode", "--name", name, "--prompt", prompt];
        self.segno(&[&new[..], more].concat())
    }

    fn wait(&self, name: &str, what: &str) -> Result<()> {
        self.segno(&["wait", name, "--for", what, "--timeout", "120"])
    }

    /// Segno itself, in a terminal.
    fn attach(&self) -> Result<Screen> {
        self.open(&self.program, &[], SIZE)
    }

    /// A program in a terminal of this size.
    fn open(&self, program: &Path, args: &[&str], cells: Size) -> Result<Screen> {
        let size = PtySize { rows: cells.rows, cols: cells.cols, ..PtySize::default() };
        let pair = native_pty_system().openpty(size)?;
        let mut command = CommandBuilder::new(program);
        command.args(args);
        command.env_clear();
        for (name, value) in &self.variables {
            command.env(name, value);
        }
        command.cwd(&self.project);
        let child = pair.slave.spawn_command(command)?;
        let options = Options { palette: svg::PALETTE, ..Options::default() };
        let screen = Screen {
            emulator: Arc::new(Mutex::new((Emulator::new(cells, options), Instant::now()))),
            writer: Arc::new(Mutex::new(pair.master.take_writer()?)),
            size: cells,
            pid: child.process_id().ok_or("no process")?,
        };
        let (emulator, writer) = (screen.emulator.clone(), screen.writer.clone());
        let mut reader = pair.master.try_clone_reader()?;
        let master = pair.master;
        thread::spawn(move || {
            let _master = master;
            let mut buffer = [0; 65536];
            while let Ok(read @ 1..) = reader.read(&mut buffer) {
                let mut events = Vec::new();
                let mut locked = emulator.lock().unwrap();
                locked.0.advance(&buffer[..read], Instant::now(), &mut events);
                locked.1 = Instant::now();
                drop(locked);
                for event in events {
                    if let TermEvent::Reply(bytes) = event {
                        let _ = writer.lock().unwrap().write_all(&bytes);
                    }
                }
            }
        });
        Ok(screen)
    }
}

struct Screen {
    /// The terminal, and when it changed last.
    emulator: Arc<Mutex<(Emulator, Instant)>>,
    writer: Arc<Mutex<Box<dyn Write + Send>>>,
    size: Size,
    /// What runs in it.
    pid: u32,
}

impl Screen {
    fn keys(&self, keys: &str) -> Result<()> {
        Ok(self.writer.lock().unwrap().write_all(keys.as_bytes())?)
    }

    fn frame(&self) -> Frame {
        let locked = self.emulator.lock().unwrap();
        let Size { cols, rows } = self.size;
        let mut frame = Frame::new(self.size);
        locked.0.draw(&mut frame, segno_base::screen::geometry::Rect::new(0, 0, cols, rows));
        frame.cursor = locked.0.cursor();
        frame
    }

    fn picture(&self) -> String {
        svg::window(&self.frame())
    }

    fn wait_for(&self, text: &str) -> Result<()> {
        let end = Instant::now() + Duration::from_secs(90);
        while Instant::now() < end {
            let frame = self.frame();
            let rows =
                (0..self.size.rows).map(|y| frame.row(y).iter().map(|c| c.ch).collect::<String>());
            if rows.into_iter().any(|row| row.contains(text)) {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(20));
        }
        let frame = self.frame();
        let row = |y| frame.row(y).iter().map(|c| c.ch).collect::<String>();
        let screen: Vec<_> = (0..self.size.rows).map(row).collect();
        Err(format!("the screen never showed {text:?}:\n{}", screen.join("\n")).into())
    }

    /// Waits until nothing moves, or nothing will stop moving.
    fn settle(&self) {
        let end = Instant::now() + Duration::from_secs(8);
        while Instant::now() < end {
            thread::sleep(Duration::from_millis(100));
            if self.emulator.lock().unwrap().1.elapsed() > Duration::from_millis(1500) {
                return;
            }
        }
    }
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(format!("{command:?} failed with {}: {error}", output.status).into())
}
