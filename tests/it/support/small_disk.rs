//! A disk that is soon full: a small file system on `$SEGNO_HOME`, gone with the test.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;

use super::segno::Segno;

/// To be dropped before the Segno, after everything that runs in it has ended.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Three megabytes; `None` without the right to mount.
    pub fn mounted(segno: &Segno) -> Option<SmallDisk> {
        fs::create_dir_all(segno.home()).expect("made");
        let mount = segno
            .command("mount")
            .args(["-t", "tmpfs", "-o", "size=3m,mode=700", "tmpfs"])
            .arg(segno.home())
            .output()
            .ok()?;
        mount.status.success().then(|| SmallDisk(segno.home().to_owned()))
    }

    /// Leaves not a byte free.
    pub fn fill(&self) {
        let mut file = fs::File::create(self.filler()).expect("made");
        while file.write_all(&[0; 4096]).is_ok() {}
        while file.write_all(&[0; 1]).is_ok() {}
    }

    /// Takes that back.
    pub fn free(&self) {
        fs::remove_file(self.filler()).expect("removed");
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}
