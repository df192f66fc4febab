//! All processes that the system shows, with what they use: for people who look, not for the
//! daemon. Reads `/proc` where there is one, and asks `ps` elsewhere.

use std::time::Duration;

#[cfg(any(target_os = "linux", target_os = "android", test))]
use super::process;

/// A process at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    pub pid: i32,
    /// The process that has started it, or the one that has taken it over.
    pub parent: i32,
    /// When it was started, in the kernel's ticks: with its number it differs from every other
    /// until the next boot. 0 where the system has no such thing.
    pub born: u64,
    /// How long ago that was.
    pub age: Duration,
    /// The processor time that it has used.
    pub cpu: Duration,
    /// The memory that it occupies, in bytes.
    pub memory: u64,
    /// Its command line, else its name in brackets.
    pub command: String,
    /// Has ended, and nobody has taken its exit status.
    pub defunct: bool,
}

/// The processes that can be seen, by their numbers.
pub fn all() -> Vec<Process> {
    let mut all = list();
    all.sort_by_key(|process| process.pid);
    all
}

/// The value of a variable in the environment that a process was started with, where the system
/// shows it.
pub fn variable(pid: i32, name: &str) -> Option<String> {
    if !cfg!(any(target_os = "linux", target_os = "android")) {
        return None;
    }
    let bytes = std::fs::read(format!("/proc/{pid}/environ")).ok()?;
    let mut all = bytes.split(|byte| *byte == 0).map(String::from_utf8_lossy);
    all.find_map(|variable| Some(variable.strip_prefix(name)?.strip_prefix('=')?.to_string()))
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn list() -> Vec<Process> {
    use nix::unistd::{SysconfVar, sysconf};

    let value = |name| sysconf(name).ok().flatten().and_then(|value| u64::try_from(value).ok());
    let ticks = value(SysconfVar::CLK_TCK).unwrap_or(100).max(1);
    let page = value(SysconfVar::PAGE_SIZE).unwrap_or(4096);
    let up = std::fs::read_to_string("/proc/uptime").unwrap_or_default();
    let up = up.split(' ').next().and_then(|up| up.parse::<f64>().ok()).unwrap_or_default();
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter_map(|pid: i32| {
        let stat = Stat::parse(&process::stat(pid)?)?;
        let seconds = |count: u64| Duration::from_secs_f64(count as f64 / ticks as f64);
        let born = seconds(stat.born).as_secs_f64();
        let command = process::arguments(pid).map(|words| words.join(" "));
        let command = command.filter(|command| !command.trim().is_empty());
        Some(Process {
            pid,
            parent: stat.parent,
            born: stat.born,
            age: Duration::from_secs_f64((up - born).max(0.0)),
            cpu: seconds(stat.used),
            memory: stat.pages * page,
            command: command.unwrap_or_else(|| format!("[{}]", stat.name)),
            defunct: stat.defunct,
        })
    })
    .collect()
}

/// The kernel's line about a process.
#[cfg(any(target_os = "linux", target_os = "android", test))]
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    name: String,
    parent: i32,
    /// In ticks.
    used: u64,
    born: u64,
    pages: u64,
    defunct: bool,
}

#[cfg(any(target_os = "linux", target_os = "android", test))]
impl Stat {
    fn parse(line: &str) -> Option<Stat> {
        let (name, fields) = process::fields(line)?;
        let fields: Vec<&str> = fields.collect();
        let number = |n: usize| fields.get(n - 3)?.parse::<u64>().ok();
        Some(Stat {
            name: name.to_string(),
            parent: fields.get(1)?.parse().ok()?,
            used: number(14)?.saturating_add(number(15)?),
            born: number(22)?,
            pages: number(24)?,
            defunct: matches!(*fields.first()?, "Z" | "X"),
        })
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn list() -> Vec<Process> {
    let mut ps = std::process::Command::new("ps");
    ps.args(["-axo", "pid=,ppid=,state=,etime=,time=,rss=,command="]).env("LC_ALL", "C");
    let Ok(output) = ps.output() else { return Vec::new() };
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().filter_map(parse_line).collect()
}

/// A line of `ps`.
#[cfg(any(not(any(target_os = "linux", target_os = "android")), test))]
fn parse_line(line: &str) -> Option<Process> {
    let mut rest = line.trim_start();
    let mut next = || {
        let (word, after) = rest.split_once(char::is_whitespace)?;
        rest = after.trim_start();
        Some(word)
    };
    let (pid, parent) = (next()?.parse().ok()?, next()?.parse().ok()?);
    let state = next()?.to_string();
    let age = duration(next()?)?;
    let cpu = duration(next()?)?;
    let memory = next()?.parse::<u64>().ok()?.saturating_mul(1024);
    let defunct = state.starts_with('Z');
    Some(Process { pid, parent, born: 0, age, cpu, memory, command: rest.trim().into(), defunct })
}

/// `[[days-]hours:]minutes:seconds[.hundredths]`
#[cfg(any(not(any(target_os = "linux", target_os = "android")), test))]
fn duration(text: &str) -> Option<Duration> {
    let (days, time) = match text.split_once('-') {
        Some((days, time)) => (days.parse::<u64>().ok()?, time),
        None => (0, text),
    };
    let mut seconds = 0.0;
    for part in time.split(':') {
        seconds = seconds * 60.0 + part.parse::<f64>().ok().filter(|part| *part >= 0.0)?;
    }
    Duration::try_from_secs_f64(days as f64 * 86_400.0 + seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_process_is_there_with_what_it_uses() {
        let own = std::process::id() as i32;
        let all = all();
        let found = all.iter().find(|process| process.pid == own).expect("it runs");
        assert!(found.memory > 0 && !found.command.is_empty() && !found.defunct, "{found:?}");
        assert_eq!(found.parent, std::os::unix::process::parent_id() as i32);
        if cfg!(target_os = "linux") {
            assert_eq!(process::born(own), Some(found.born));
        }
    }

    #[test]
    fn a_name_cannot_pass_for_fields() {
        let numbers: Vec<String> = (5..=52).map(|n| n.to_string()).collect();
        let line = format!("7 (a) Z 1 (b) S 4 {}", numbers.join(" "));
        let stat = Stat::parse(&line).unwrap();
        assert_eq!((stat.name.as_str(), stat.parent, stat.defunct), ("a) Z 1 (b", 4, false));
        assert_eq!((stat.used, stat.born, stat.pages), (14 + 15, 22, 24));
        for odd in ["", "7", "7 (a", "7 (a)", "7 (a) S x", "7 ) S 4 ("] {
            assert_eq!(Stat::parse(odd), None, "{odd}");
        }
    }

    #[test]
    fn lines_of_ps_are_read() {
        let line = "  501     1 Ss   1-02:03:04   0:01.50   2048 /bin/sh -c sleep 1";
        let process = parse_line(line).unwrap();
        assert_eq!((process.pid, process.parent, process.memory), (501, 1, 2048 * 1024));
        assert_eq!(process.age, Duration::from_secs(86_400 + 2 * 3600 + 3 * 60 + 4));
        assert_eq!(process.cpu, Duration::from_millis(1500));
        assert_eq!(process.command, "/bin/sh -c sleep 1");
        for odd in ["", "1 2", "1 2 S x 0:01 5 c", "1 2 S 0:01 -1:0 5 c"] {
            assert_eq!(parse_line(odd), None, "{odd}");
        }
    }
}
