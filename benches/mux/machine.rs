//! What the system reports: a home's processes, their memory, time and wake-ups, and what machine
//! this is.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Command;

/// The processes whose `HOME` this is: those of the multiplexer, and all others.
pub fn processes(home: &Path, program: &str) -> (Vec<i32>, Vec<i32>) {
    let wanted = [b"HOME=", home.as_os_str().as_bytes()].concat();
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let ours = pids.filter(|pid| {
        let env = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        env.split(|byte| *byte == 0).any(|variable| variable == wanted)
    });
    ours.partition(|pid| {
        let exe = fs::read_link(format!("/proc/{pid}/exe")).unwrap_or_default();
        exe.file_name().is_some_and(|name| name.to_string_lossy().starts_with(program))
    })
}

/// What the processes take of the memory, shared pages shared out, in megabytes.
pub fn memory_mb(pids: &[i32]) -> f64 {
    let one = |pid: &i32| {
        let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
        let line = text.lines().find(|line| line.starts_with("Pss:"))?;
        line.split_whitespace().nth(1)?.parse::<f64>().ok()
    };
    pids.iter().filter_map(one).sum::<f64>() / 1024.0
}

/// Processor time in milliseconds, and how often the processes went to sleep or were sent there.
pub fn activity(pids: &[i32]) -> (f64, f64) {
    let (mut time, mut switches) = (0.0, 0.0);
    for pid in pids {
        for task in fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten() {
            let stat = fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
            time += first_number(&stat) / 1e6;
            let status = fs::read_to_string(task.path().join("status")).unwrap_or_default();
            let lines = status.lines().filter_map(|line| line.split_once("ctxt_switches:"));
            switches += lines.map(|(_, number)| first_number(number)).sum::<f64>();
        }
    }
    (time, switches)
}

fn first_number(text: &str) -> f64 {
    text.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or(0.0)
}

/// The machine in a few words.
pub fn describe() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("an unknown processor", |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{model}, {cores} cores, Linux {}", kernel.trim())
}

/// How busy the machine is: the load of the last minute.
pub fn load() -> f64 {
    first_number(&fs::read_to_string("/proc/loadavg").unwrap_or_default())
}

/// The first line that a program says of its version.
pub fn version(program: &Path, argument: &str) -> Option<String> {
    let output = Command::new(program).arg(argument).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().next().map(str::to_owned).filter(|_| output.status.success())
}
