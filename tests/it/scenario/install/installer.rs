//! `packaging/install.sh`: verifies a package, and puts the program into place.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// A package with a program that says its version.
fn package(directory: &Path) -> String {
    let system = if cfg!(target_os = "macos") { "apple-darwin" } else { "unknown-linux-musl" };
    let name = format!("segno-{}-{system}", std::env::consts::ARCH);
    let script = format!(
        "mkdir {name} && printf '#!/bin/sh\\necho segno 9.9.9\\n' > {name}/segno && chmod +x {name}/segno && \
         tar -czf {name}.tar.gz {name} && rm -r {name} && \
         if command -v sha256sum > /dev/null; then sha256sum {name}.tar.gz; else shasum -a 256 {name}.tar.gz; fi \
         > {name}.tar.gz.sha256"
    );
    let made = Command::new("sh").args(["-c", &script]).current_dir(directory).status();
    assert!(made.unwrap().success());
    format!("{name}.tar.gz")
}

fn install(from: &Path, to: &Path) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/install.sh");
    let mut command = Command::new("sh");
    command.arg(script).arg("--from").arg(from).arg("--to").arg(to).env("HOME", from);
    command.output().unwrap()
}

#[test]
fn the_installer_installs_what_is_whole_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let (from, to) = (directory.path(), directory.path().join("bin"));
    let package = package(from);
    let installed = install(from, &to);
    let said = String::from_utf8_lossy(&installed.stdout).into_owned();
    assert!(installed.status.success(), "{}", String::from_utf8_lossy(&installed.stderr));
    assert!(said.contains("installed segno 9.9.9") && said.contains("not on your PATH"), "{said}");

    fs::remove_file(to.join("segno")).unwrap();
    let file = from.join(package);
    let damaged = [fs::read(&file).unwrap(), vec![0]].concat();
    fs::write(&file, damaged).unwrap();
    let refused = install(from, &to);
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("its checksum differs"));
    assert_eq!(fs::read_dir(&to).unwrap().count(), 0, "nothing is left");
}
