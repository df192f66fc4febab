//! What `doctor` says of shells: whether what is typed there reaches the shims, or start-up files
//! have put other directories in front. The shell is asked, with its start-up files.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::environment;
use crate::shim::shell::path_in_shell;
use crate::show::doctor::{Check, Verdict};
use segno_agent::panetype::launch::{Probe, SHIMS};
use segno_agent::panetype::program::probe::SystemProbe;
use segno_store::agent::shims;
use segno_store::home::Home;

/// Looks at the user's shell; nothing where no agents are followed in shells.
pub(in crate::run) fn check(home: &Home) -> Option<Check> {
    let dir = home.shims_dir();
    let names = shims::names(&dir);
    if names.is_empty() {
        return None;
    }
    let check = |verdict, found: String, todo: Option<String>| {
        Some(Check { what: "shells".into(), verdict, found, todo })
    };
    let shell = environment::shell();
    let Some(path) = path_in_shell(&shell, &dir) else {
        let found = format!("{} does not say what PATH it has", shell.display());
        return check(Verdict::Warn, found, Some(format!("see whether {} works", shell.display())));
    };
    let places: Vec<PathBuf> = std::env::split_paths(OsStr::from_bytes(&path)).collect();
    let todo = || Some(advice(&shell));
    if !places.contains(&dir) {
        let found = format!(
            "{} leaves {} out of PATH: agents typed there are not followed",
            shell.display(),
            dir.display()
        );
        return check(Verdict::Warn, found, todo());
    }
    let before = places.iter().take_while(|place| **place != dir);
    let hides =
        |place: &&PathBuf| names.iter().find(|name| SystemProbe.is_executable(&place.join(name)));
    let hidden: Vec<String> = before
        .filter_map(|place| hides(&place).map(|name| place.join(name).display().to_string()))
        .collect();
    if let Some(first) = hidden.first() {
        let found = format!(
            "{} puts {first} in front: agents typed there are not followed",
            shell.display()
        );
        return check(Verdict::Warn, found, todo());
    }
    check(Verdict::Good, format!("{}: agents typed there are followed", shell.display()), None)
}

/// The line to add, in the shell's own words.
fn advice(shell: &Path) -> String {
    let name = shell.file_name().and_then(OsStr::to_str).unwrap_or_default();
    let (file, line) = match name {
        "fish" => (
            "~/.config/fish/config.fish".to_string(),
            format!("set -q {SHIMS}; and set -gx PATH ${SHIMS} $PATH"),
        ),
        "zsh" => ("~/.zshrc".into(), posix()),
        "bash" => ("~/.bashrc".into(), posix()),
        _ => ("the file that it reads at its start".into(), posix()),
    };
    format!("add at the end of {file}: {line}")
}

fn posix() -> String {
    format!("[ -n \"${SHIMS}\" ] && PATH=\"${SHIMS}:$PATH\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_shell_is_advised_in_its_own_words() {
        let of = |shell: &str| advice(Path::new(shell));
        assert!(
            of("/bin/bash").ends_with("[ -n \"$SEGNO_SHIMS\" ] && PATH=\"$SEGNO_SHIMS:$PATH\"")
        );
        assert!(of("/bin/bash").contains("~/.bashrc") && of("/usr/bin/zsh").contains("~/.zshrc"));
        assert!(of("/usr/bin/fish").contains("set -gx PATH $SEGNO_SHIMS $PATH"));
    }
}
