//! Another version takes over while everything goes on, or the old one does again.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sha2::{Digest, Sha256};

use crate::support::segno::{Segno, alive, program};

const PANES: usize = 20;
/// Of the build under test.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A program that starts and is nothing more, and its key and signature.
const STAND_IN: &str = "#!/bin/sh
# A program that says its version and does nothing else.
[ \"$1\" = --version ] && echo 'segno 99.0.0' && exit
exit 1
";
const KEY: &str = "RWTwSk82luSh8Khs7OEZDaFPRRMjqmsVxIk/vDicxFECTtVGGx2aOHvw";
const OTHER_KEY: &str = "RWQhsLH5psi2kMsg+yvirxSUzs9vX8dft4kX6ApaXWtDx3+3bX6Q7Wg/";
const SIGNATURE: &str = "untrusted comment: signature from minisign secret key
RUTwSk82luSh8PO7+ZXYYhZmck8TUlU8TkbWQqjgKk4lddBOWMW1WtQmxQ/e/FNBRzJTD1DcUZbue9IZfWIe+1P2So/GLTrzNwU=
trusted comment: segno 99.0.0
xhMcGadVC0U+f67mKr4sJyPeuJGuQCo2NuD+B+17O1UZhpQHY4mP7x/+FUnD+0AUU158ZYwd7Tgr4gIrvoUjAg==
";

/// The build under test, with another version of the same length in it.
fn build(file: &Path, version: &str) {
    // Smaller, where the tool is there.
    let stripped = Command::new("strip").arg("-o").arg(file).arg(program()).status();
    if !stripped.is_ok_and(|status| status.success()) {
        fs::copy(program(), file).unwrap();
    }
    let mut bytes = fs::read(file).unwrap();
    let (from, to) = (VERSION.as_bytes(), version.as_bytes());
    assert_eq!(from.len(), to.len());
    let mut at = 0;
    while let Some(found) = bytes[at..].windows(from.len()).position(|part| part == from) {
        bytes[at + found..][..to.len()].copy_from_slice(to);
        at += found + from.len();
    }
    fs::write(file, bytes).unwrap();
    executable(file);
}

fn executable(file: &Path) {
    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
}

fn sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A version with these digits.
fn version_of(digit: &str) -> String {
    VERSION.chars().map(|c| if c.is_ascii_digit() { digit.into() } else { c.to_string() }).collect()
}

/// A Segno that is installed in a directory of its own.
struct Installed {
    segno: Segno,
    program: PathBuf,
}

impl Installed {
    fn new() -> Self {
        let segno = Segno::new();
        let program = segno.directory("bin").join("segno");
        Self { segno, program }
    }

    fn run(&self, args: &[&str]) -> Output {
        self.segno.command(&self.program).args(args).output().expect("it runs")
    }

    #[track_caller]
    fn ok(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        assert!(output.status.success(), "{args:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    #[track_caller]
    fn fails(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(!output.status.success(), "{args:?}");
        String::from_utf8_lossy(&output.stderr).trim().to_owned()
    }

    /// A file with its checksum beside it.
    fn package(&self, name: &str, bytes: &[u8]) -> String {
        let file = self.segno.root().join(name);
        fs::write(&file, bytes).unwrap();
        fs::write(file.with_extension("sha256"), sum(bytes)).unwrap();
        file.display().to_string()
    }

    #[track_caller]
    fn is(&self, version: &str) {
        assert_eq!(self.ok(&["--version"]), format!("segno {version}"));
        assert_eq!(self.segno.json(&["daemon", "status"])["daemon"]["version"], version);
    }
}

#[test]
fn an_update_ends_nothing_and_goes_back() {
    let it = Installed::new();
    let (old, new) = (version_of("0"), version_of("9"));
    build(&it.program, &old);
    it.ok(&["daemon", "start"]);
    let panes: Vec<_> = (0..PANES)
        .map(|_| it.ok(&["new", "--tab", "--type", "shell", "--", "-c", "exec cat"]))
        .collect();
    let pids: Vec<_> = panes.iter().map(|pane| it.segno.pane_pid(pane)).collect();
    let all_live = || pids.iter().all(|pid| alive(*pid));
    it.is(&old);

    let newer = it.segno.root().join("newer");
    build(&newer, &new);
    let newer = it.package("newer", &fs::read(&newer).unwrap());
    let said = it.ok(&["update", "--from", &newer, "--unsigned"]);
    assert!(said.contains(&format!("{PANES} programs kept running")), "{said}");
    it.is(&new);
    assert!(all_live());
    // They are the panes' still.
    it.ok(&["send", &panes[0], "still here", "--enter"]);
    it.ok(&["wait", &panes[0], "--for", "output=still here"]);

    let said = it.ok(&["update", "--rollback"]);
    assert!(said.contains(&format!("version {old} again")), "{said}");
    it.is(&old);
    assert!(all_live());

    // One that does not come up.
    let broken = it.package("broken", STAND_IN.as_bytes());
    let error = it.fails(&["update", "--from", &broken, "--unsigned"]);
    assert!(error.contains("the previous program runs again"), "{error}");
    assert!(error.contains(&format!("{PANES} programs")) && error.lines().count() == 1, "{error}");
    it.is(&old);
    assert!(all_live());
}

#[test]
fn what_is_damaged_or_does_not_start_changes_nothing() {
    let it = Installed::new();
    fs::copy(program(), &it.program).unwrap();
    let pane = it.ok(&["new", "--type", "shell", "--", "-c", "exec cat"]);
    let (pid, daemon) = (it.segno.pane_pid(&pane), it.segno.daemon_pid());
    let damaged = it.package("damaged", STAND_IN.as_bytes());
    fs::write(&damaged, "#!/bin/sh\n").unwrap();
    let nothing = it.package("nothing", b"#!/bin/sh\necho no\n");
    let bare = it.segno.root().join("bare");
    fs::write(&bare, STAND_IN).unwrap();
    for (file, why) in [
        (damaged.as_str(), "its checksum differs"),
        (nothing.as_str(), "does not start here"),
        (bare.to_str().unwrap(), "neither a checksum"),
    ] {
        let error = it.fails(&["update", "--from", file, "--unsigned"]);
        assert!(error.contains(why), "{error}");
    }
    assert!(it.fails(&["update", "--rollback"]).contains("no update is to be undone"));
    // An address where nothing can be published.
    assert!(it.fails(&["update", "--url", "https://segno.example"]).contains("--from"));
    let share = it.segno.directory("share/segno");
    fs::write(share.join("installed-by"), "apt install segno\n").unwrap();
    assert!(it.fails(&["update"]).contains("`apt install segno`"));
    assert_eq!(it.segno.daemon_pid(), daemon);
    assert!(alive(pid));
    it.is(VERSION);
}

/// Serves these files, and nothing else, for as long as the test runs.
fn publish(files: Vec<(String, Vec<u8>)>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/releases", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let request = lines.next().and_then(Result::ok).unwrap_or_default();
            lines.map_while(Result::ok).find(String::is_empty);
            let path = request.split(' ').nth(1).unwrap_or_default();
            let file = files.iter().find(|(name, _)| path == format!("/releases/{name}"));
            let (status, body) =
                file.map_or(("404 Not Found", &[][..]), |(_, body)| ("200 OK", body));
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
            );
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
        }
    });
    address
}

#[test]
fn a_release_is_fetched_when_asked_and_must_be_signed() {
    let it = Installed::new();
    fs::copy(program(), &it.program).unwrap();
    let system = if cfg!(target_os = "macos") { "apple-darwin" } else { "unknown-linux-musl" };
    let name = format!("segno-{}-{system}.tar.gz", std::env::consts::ARCH);
    let url = publish(vec![
        ("version".into(), b"99.0.0\n".to_vec()),
        (format!("{name}.sha256"), sum(STAND_IN.as_bytes()).into_bytes()),
        (format!("{name}.minisig"), SIGNATURE.into()),
        (name, STAND_IN.into()),
    ]);
    let from = |args: &[&'static str]| [&["update", "--url", url.as_str()][..], args].concat();
    assert!(it.ok(&from(&["--check"])).contains("99.0.0 is available"));
    let error = it.fails(&from(&["--key", OTHER_KEY]));
    assert!(error.contains("signature") && error.contains("wrong"), "{error}");
    assert_eq!(it.ok(&["--version"]), format!("segno {VERSION}"));
    let said = it.ok(&from(&["--key", KEY]));
    assert!(said.contains("checked by its signature") && said.contains("nothing ran"), "{said}");
    assert_eq!(it.ok(&["--version"]), "segno 99.0.0");
    let older = publish(vec![("version".into(), b"0.0.1".to_vec())]);
    fs::copy(program(), &it.program).unwrap();
    let said = it.ok(&["update", "--url", &older, "--key", KEY]);
    assert!(said.contains("is the newest version"), "{said}");
    assert!(!it.segno.home().join("run/daemon.sock").exists());
}
