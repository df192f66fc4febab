//! Panes are back after a reboot before anyone attaches, by a unit that the system starts.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::support::segno::{LIMIT, Segno, program};

/// A command of the system's that notes its arguments, and says yes.
fn stand_in(directory: &Path, name: &str) {
    let path = directory.join(name);
    let text = format!(
        "#!/bin/sh\necho {name} \"$@\" >> \"$HOME/calls\"\n\
         [ -e \"$HOME/refuse\" ] || exit 0\necho 'No such bus' >&2\nexit 1\n"
    );
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// A Segno with nothing on its `PATH` but these.
fn with(names: &[&str]) -> Segno {
    let mut segno = Segno::at(".segno-work", LIMIT);
    let directory = segno.directory("commands");
    names.iter().for_each(|name| stand_in(&directory, name));
    segno.env("PATH", directory);
    segno
}

fn calls(segno: &Segno) -> String {
    let file = segno.user_home().join("calls");
    let calls = fs::read_to_string(&file).unwrap_or_default();
    let _ = fs::remove_file(file);
    calls
}

fn unit(segno: &Segno) -> PathBuf {
    segno.user_home().join(".config/systemd/user/segno-work.service")
}

#[test]
fn panes_are_back_after_a_reboot_before_anyone_attaches() {
    let segno = with(&["systemctl", "loginctl"]);
    let pane = segno.ok(&["new", "--type", "shell", "--name", "builder"]);
    segno.pane_pid(&pane);
    let installed = segno.ok(&["service", "install"]);
    let file = unit(&segno);
    assert!(installed.contains(&format!("wrote {}", file.display())), "{installed}");
    assert!(installed.contains("--at-boot"), "{installed}");
    assert!(calls(&segno).contains("systemctl --user enable --now segno-work.service\n"));
    segno.reboot();
    // What systemd does: the words of the unit in an environment of its own.
    let text = fs::read_to_string(&file).unwrap();
    let value = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("{name} in {text}")).replace('"', "")
    };
    let (start, home) = (value("ExecStart="), value("Environment="));
    assert_eq!(home, format!("SEGNO_HOME={}", segno.home().display()));
    let words: Vec<_> = start.split(' ').collect();
    assert_eq!(Path::new(words[0]), program());
    let mut command = segno.command(words[0]);
    command.args(&words[1..]).env_remove("TERM").env_remove("SHELL");
    assert!(command.status().unwrap().success());
    assert_eq!(segno.status(&pane)["name"], "builder");
    segno.pane_pid(&pane);
}

#[test]
fn it_is_installed_once_shown_and_removed() {
    let segno = with(&["systemctl", "loginctl"]);
    let not = segno.json(&["service", "status"]);
    assert_eq!(not["service"]["installed"], false, "{not}");
    segno.ok(&["service", "install", "--at-boot"]);
    assert!(calls(&segno).contains("loginctl enable-linger\n"));
    assert!(!segno.ok(&["service", "install"]).contains("wrote"), "it is there already");
    let status = segno.json(&["service", "status"]);
    for name in ["installed", "enabled", "current"] {
        assert_eq!(status["service"][name], true, "{name}: {status}");
    }
    // Written by an earlier version, or for a program that has moved.
    let old = fs::read_to_string(unit(&segno)).unwrap().replace("ExecStart=\"", "ExecStart=\"/old");
    fs::write(unit(&segno), old).unwrap();
    assert!(segno.ok(&["service", "status"]).contains("`segno service install` renews it"));
    assert!(segno.ok(&["service", "install"]).contains("wrote"));
    assert!(segno.ok(&["service", "uninstall"]).contains("removed"));
    assert!(!unit(&segno).exists());
    assert!(calls(&segno).contains("systemctl --user disable segno-work.service\n"));
    assert!(segno.ok(&["service", "uninstall"]).contains("not installed"));
}

#[test]
fn what_is_somebody_elses_or_cannot_serve_stays_as_it_is() {
    let segno = with(&["systemctl"]);
    fs::create_dir_all(unit(&segno).parent().unwrap()).unwrap();
    fs::write(unit(&segno), "[Unit]\n").unwrap();
    for command in ["install", "uninstall"] {
        let (code, error) = segno.fails(&["service", command]);
        assert_eq!(code, 4);
        assert!(error.contains("is not Segno's"), "{error}");
    }
    assert_eq!(fs::read_to_string(unit(&segno)).unwrap(), "[Unit]\n");
    fs::remove_file(unit(&segno)).unwrap();
    fs::write(segno.user_home().join("refuse"), "").unwrap();
    let (_, error) = segno.fails(&["service", "install"]);
    assert!(error.contains("No such bus"), "{error}");
    assert!(!unit(&segno).exists(), "nothing was written");

    let nowhere = with(&[]);
    let (code, error) = nowhere.fails(&["service", "install"]);
    assert_eq!(code, 4);
    assert!(error.contains("neither systemd nor launchd"), "{error}");
}

#[test]
fn launchd_has_an_agent() {
    let segno = with(&["launchctl"]);
    let installed = segno.ok(&["service", "install"]);
    let file = segno.user_home().join("Library/LaunchAgents/segno-work.plist");
    assert!(installed.contains(&file.display().to_string()), "{installed}");
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains(&format!("<string>{}</string>", segno.home().display())), "{text}");
    let calls = calls(&segno);
    assert!(calls.contains("launchctl bootstrap gui/"), "{calls}");
    segno.ok(&["service", "uninstall"]);
    assert!(!file.exists());
}
