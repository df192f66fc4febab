//! The multiplexers, and how each is made to do the same things.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::machine;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Segno,
    Tmux,
    Zellij,
}

/// One program under test.
#[derive(Debug, Clone)]
pub struct Peer {
    pub kind: Kind,
    /// What the table calls it.
    pub name: String,
    pub program: PathBuf,
    pub version: String,
}

/// Where a further pane goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Tab,
    Beside,
}

impl Peer {
    /// `None` when it is not installed.
    pub fn find(name: &str) -> Option<Peer> {
        let (kind, program, argument) = match name {
            "segno" => (Kind::Segno, PathBuf::from(env!("CARGO_BIN_EXE_segno")), "--version"),
            "tmux" => (Kind::Tmux, "tmux".into(), "-V"),
            "zellij" => (Kind::Zellij, "zellij".into(), "--version"),
            _ => return None,
        };
        let version = machine::version(&program, argument)?;
        Some(Peer { kind, name: name.to_owned(), program, version })
    }

    /// Another build of Segno, to compare with.
    pub fn other(program: PathBuf) -> Option<Peer> {
        let version = machine::version(&program, "--version")?;
        Some(Peer { kind: Kind::Segno, name: "other".to_owned(), program, version })
    }

    /// What its processes' executable is called.
    pub fn executable(&self) -> &str {
        self.program.file_name().and_then(|name| name.to_str()).unwrap_or("?")
    }

    /// Writes the settings that make them alike: `/bin/sh`, 10,000 lines, no tips.
    pub fn prepare(&self, home: &Path) -> std::io::Result<()> {
        match self.kind {
            Kind::Segno => Ok(()),
            Kind::Tmux => std::fs::write(
                home.join("tmux.conf"),
                "set -g history-limit 10000\nset -s escape-time 0\n\
                 set -g default-terminal tmux-256color\nset -g default-shell /bin/sh\n",
            ),
            Kind::Zellij => {
                let directory = home.join(".config/zellij");
                std::fs::create_dir_all(directory.join("layouts"))?;
                std::fs::write(
                    directory.join("config.kdl"),
                    "show_startup_tips false\nshow_release_notes false\npane_frames false\n\
                     scroll_buffer_size 10000\ndefault_shell \"/bin/sh\"\ndefault_layout \"bench\"\n",
                )?;
                std::fs::write(directory.join("layouts/bench.kdl"), "layout {\n pane\n}\n")
            }
        }
    }

    /// Starts everything and attaches.
    pub fn start(&self, home: &Path) -> Vec<OsString> {
        match self.kind {
            Kind::Segno => self.argv(&[]),
            Kind::Tmux => self.tmux(home, &["new-session", "-s", "bench"]),
            Kind::Zellij => self.argv(&["--session", "bench"]),
        }
    }

    /// Attaches once more.
    pub fn attach(&self, home: &Path) -> Vec<OsString> {
        match self.kind {
            Kind::Segno => self.argv(&["attach"]),
            Kind::Tmux => self.tmux(home, &["attach"]),
            Kind::Zellij => self.argv(&["attach", "bench"]),
        }
    }

    /// Opens a pane with a shell, which gets the focus.
    pub fn open(&self, home: &Path, place: Place) -> Vec<OsString> {
        match (self.kind, place) {
            (Kind::Segno, Place::Tab) => self.argv(&["new", "--focus"]),
            (Kind::Segno, Place::Beside) => self.argv(&["new", "--focus", "--split", "right"]),
            (Kind::Tmux, Place::Tab) => self.tmux(home, &["new-window"]),
            (Kind::Tmux, Place::Beside) => self.tmux(home, &["split-window", "-h"]),
            (Kind::Zellij, Place::Tab) => self.argv(&["--session", "bench", "action", "new-tab"]),
            (Kind::Zellij, Place::Beside) => {
                self.argv(&["--session", "bench", "action", "new-pane", "--direction", "right"])
            }
        }
    }

    /// Opens a tab behind the one that is looked at, as a script does.
    pub fn open_behind(&self, home: &Path) -> Vec<OsString> {
        match self.kind {
            Kind::Segno => self.argv(&["new"]),
            Kind::Tmux => self.tmux(home, &["new-window", "-d"]),
            Kind::Zellij => self.open(home, Place::Tab),
        }
    }

    /// Whether so many panes can be opened from outside in a bearable time: zellij takes minutes
    /// for two hundred.
    pub fn takes(&self, panes: usize) -> bool {
        self.kind != Kind::Zellij || panes <= 20
    }

    /// Makes its panes keep so many lines, before it is started.
    pub fn keeps(&self, home: &Path, lines: usize) -> std::io::Result<()> {
        let (file, line) = match self.kind {
            Kind::Segno => {
                std::fs::create_dir_all(home.join("segno"))?;
                ("segno/config.toml", format!("[general]\nscrollback_lines = {lines}\n"))
            }
            Kind::Tmux => ("tmux.conf", format!("set -g history-limit {lines}\n")),
            Kind::Zellij => (".config/zellij/config.kdl", format!("scroll_buffer_size {lines}\n")),
        };
        let file = home.join(file);
        let before = std::fs::read_to_string(&file).unwrap_or_default();
        let kept = before.lines().filter(|line| !line.starts_with("scroll_buffer_size"));
        let text: String = kept.map(|line| format!("{line}\n")).chain([line]).collect();
        std::fs::write(file, text)
    }

    /// Ends everything.
    pub fn end(&self, home: &Path) -> Vec<OsString> {
        match self.kind {
            Kind::Segno => self.argv(&["kill", "--all"]),
            Kind::Tmux => self.tmux(home, &["kill-server"]),
            Kind::Zellij => self.argv(&["kill-session", "bench"]),
        }
    }

    fn argv(&self, arguments: &[&str]) -> Vec<OsString> {
        let program = self.program.clone().into_os_string();
        std::iter::once(program).chain(arguments.iter().map(OsString::from)).collect()
    }

    fn tmux(&self, home: &Path, arguments: &[&str]) -> Vec<OsString> {
        let mut argv = self.argv(&["-S"]);
        argv.push(home.join("tmux.sock").into());
        argv.push("-f".into());
        argv.push(home.join("tmux.conf").into());
        argv.extend(arguments.iter().map(OsString::from));
        argv
    }
}

/// A command from its words.
pub fn command(argv: &[OsString]) -> Command {
    let mut command = Command::new(&argv[0]);
    command.args(&argv[1..]);
    command
}
