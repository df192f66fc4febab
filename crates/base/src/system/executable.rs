//! This program's file, which an update or a clean-up may have taken away.

use std::path::{Path, PathBuf};

/// What the running process was started from, whatever became of the file's name. Linux keeps the
/// file for as long as it runs.
const RUNNING: &str = "/proc/self/exe";

/// What to start instead of this program's file: the file while it is there, otherwise the image
/// that this process runs. Only for a child that is forked from here: to any other process the
/// second one means something else.
pub fn to_start(program: &Path) -> PathBuf {
    let running = Path::new(RUNNING);
    // The link leads nowhere by its name then, but it can be started.
    if !program.exists() && running.symlink_metadata().is_ok() {
        return running.to_path_buf();
    }
    program.to_path_buf()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_is_started_and_one_that_is_gone_is_not() {
        let here = std::env::current_exe().unwrap();
        assert_eq!(to_start(&here), here);
        let gone = Path::new("/nowhere/at/all");
        let expected = if cfg!(target_os = "linux") { Path::new(RUNNING) } else { gone };
        assert_eq!(to_start(gone), expected);
    }
}
