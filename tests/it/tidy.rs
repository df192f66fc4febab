//! What the compiler does not enforce: where things have their home.

mod wording;

use std::fs;
use std::path::{Path, PathBuf};

/// Lines of a file that are no tests.
const LINES_MAX: usize = 800;
const FOLDER_MAX: usize = 16;
/// Columns of a comment.
const COLUMNS_MAX: usize = 100;

/// A source file.
struct Source {
    /// Below `src/`, or a crate's name and the path below its `src/`; with slashes.
    path: String,
    text: String,
}

impl Source {
    fn is_test(&self) -> bool {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        self.path.contains("/tests/") || name == "tests.rs" || name.ends_with("_tests.rs")
    }

    /// Its lines with their numbers, without tests and without what follows `//`.
    fn code(&self) -> Vec<(usize, &str)> {
        if self.is_test() {
            return Vec::new();
        }
        let end = self.text.find("#[cfg(test)]\nmod tests {").unwrap_or(self.text.len());
        let lines = self.text[..end].lines().enumerate();
        lines.map(|(n, line)| (n + 1, line.split("//").next().unwrap_or_default())).collect()
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(directory: &Path, ending: &str, into: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(directory).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, ending, into);
        } else if path.to_string_lossy().ends_with(ending) {
            into.push(path);
        }
    }
}

/// The crates beside the program, by their directories' names.
fn crates() -> Vec<String> {
    let entries = fs::read_dir(root().join("crates")).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn sources() -> Vec<Source> {
    let mut all = below(&root().join("src"), None);
    for name in crates() {
        all.extend(below(&root().join("crates").join(&name).join("src"), Some(&name)));
    }
    assert!(all.len() > 300);
    all
}

fn below(src: &Path, name: Option<&str>) -> Vec<Source> {
    let mut paths = Vec::new();
    files(src, ".rs", &mut paths);
    let source = |path: PathBuf| {
        let inner = path.strip_prefix(src).unwrap().to_str().unwrap().replace('\\', "/");
        Source {
            path: name.map_or(inner.clone(), |name| format!("{name}/{inner}")),
            text: fs::read_to_string(&path).unwrap(),
        }
    };
    paths.into_iter().map(source).collect()
}

#[track_caller]
fn none(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n{}", found.join("\n"));
}

#[test]
fn every_module_says_what_it_is() {
    let mut paths = Vec::new();
    for directory in ["src", "crates", "tests"] {
        files(&root().join(directory), ".rs", &mut paths);
    }
    let silent = paths.into_iter().filter(|p| !fs::read_to_string(p).unwrap().starts_with("//! "));
    none(
        "modules without `//!` in the first line",
        &silent.map(|p| p.display().to_string()).collect::<Vec<_>>(),
    );
}

/// What stable rustfmt leaves alone: the standard library first, then others' crates, then our own,
/// each in a group of its own. (The order within a group, and of `mod` lines, is rustfmt's.)
#[test]
fn imports_are_grouped() {
    let mut paths = Vec::new();
    for directory in ["src", "crates", "tests", "benches", "examples"] {
        files(&root().join(directory), ".rs", &mut paths);
    }
    let mut wrong = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        let child = |name: &str| {
            let declared = format!("mod {name};");
            text.lines().any(|line| line.trim_start_matches("pub ").ends_with(&declared))
        };
        let group = |import: &str| {
            let name: String =
                import.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            match name.as_str() {
                "std" | "core" | "alloc" => 0,
                "crate" | "super" | "self" => 2,
                name if name.starts_with("segno") || child(name) => 2,
                _ => 1,
            }
        };
        let (mut last, mut blank) = (None, true);
        for (line, text) in text.lines().enumerate() {
            if let Some(import) = text.strip_prefix("use ") {
                let group = group(import);
                if last.is_some_and(|last| group < last || (group > last && !blank)) {
                    wrong.push(format!("{}:{}: {text}", path.display(), line + 1));
                    break;
                }
                (last, blank) = (Some(group), false);
            } else if text.is_empty() {
                blank = true;
            } else if !text.starts_with([' ', '}', '/', '#']) && !text.contains("mod ") {
                // The first item after the imports.
                if last.is_some() && !text.starts_with("pub use ") {
                    break;
                }
            }
        }
    }
    none("imports out of their groups (std, others', own)", &wrong);
}

#[test]
fn no_file_is_too_long() {
    let all = sources();
    let long = all.iter().filter(|s| s.code().len() > LINES_MAX).map(|s| s.path.clone());
    none("files with too many lines that are no tests", &long.collect::<Vec<_>>());
}

/// Code is kept within its width by rustfmt, comments by this. Rows of tables cannot be broken.
#[test]
fn no_comment_is_too_wide() {
    let mut wide = Vec::new();
    for source in sources() {
        for (line, text) in source.text.lines().enumerate() {
            let comment = text.trim_start();
            let is_wide = comment.starts_with("//") && text.chars().count() > COLUMNS_MAX;
            if is_wide && !comment.contains(" |") {
                wide.push(format!("{}:{}", source.path, line + 1));
            }
        }
    }
    none("comments that are too wide", &wide);
}

/// A room is looked through at a glance.
#[test]
fn no_folder_is_crowded() {
    let mut folders = std::collections::BTreeMap::<String, usize>::new();
    let mut tests = Vec::new();
    files(&root().join("tests/it"), ".rs", &mut tests);
    let tests = tests.iter().map(|path| path.display().to_string());
    for path in sources().into_iter().map(|source| source.path).chain(tests) {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        *folders.entry(folder.to_owned()).or_default() += 1;
    }
    let crowded: Vec<String> = folders
        .into_iter()
        .filter(|(_, files)| *files > FOLDER_MAX)
        .map(|(folder, files)| format!("{folder}: {files}"))
        .collect();
    none("folders with too many files", &crowded);
}

/// Agents are data: no type's name in the code, tests included.
#[test]
fn no_pane_type_is_named_in_the_code() {
    let mut paths = Vec::new();
    files(&root().join("defaults/panes"), ".toml", &mut paths);
    let agents: Vec<String> = paths
        .iter()
        .filter_map(|path| {
            let table: toml::Table = fs::read_to_string(path).unwrap().parse().unwrap();
            // What is no agent has a word of the language for its name.
            (table["kind"].as_str() == Some("agent"))
                .then(|| table["name"].as_str().unwrap().to_lowercase())
        })
        .collect();
    assert!(!agents.is_empty());
    let mut named = Vec::new();
    for source in sources() {
        for (line, text) in source.text.to_lowercase().lines().enumerate() {
            // Whole words: a name may be part of an innocent one.
            let words: Vec<_> = text.split(|c: char| !c.is_alphanumeric() && c != '-').collect();
            if let Some(agent) = agents.iter().find(|agent| words.contains(&agent.as_str())) {
                named.push(format!("{}:{}: {agent}", source.path, line + 1));
            }
        }
    }
    none("agents named in the code", &named);
}

/// Services are data as well: no name of one in what sends, or answers as they do.
#[test]
fn no_service_is_named_in_what_sends_or_answers() {
    let mut paths = Vec::new();
    files(&root().join("defaults/sinks"), ".toml", &mut paths);
    let tables = paths.iter().map(|path| fs::read_to_string(path).unwrap().parse::<toml::Table>());
    let names: Vec<String> = tables
        .filter_map(|table| {
            let table = table.unwrap();
            // What has a title of its own is somebody's; a directory and a webhook are words.
            let own = !table["title"].as_str()?.starts_with("A ");
            own.then(|| table["name"].as_str().unwrap().to_owned())
        })
        .collect();
    assert!(names.len() >= 2);
    let mut named = Vec::new();
    let speaks = |s: &&Source| ["sync", "sending", "hub/"].iter().any(|of| s.path.contains(of));
    for source in sources().iter().filter(speaks) {
        for (line, text) in source.code() {
            let text = text.to_lowercase();
            let words: Vec<_> = text.split(|c: char| !c.is_alphanumeric()).collect();
            if let Some(name) = names.iter().find(|name| words.contains(&name.as_str())) {
                named.push(format!("{}:{line}: {name}", source.path));
            }
        }
    }
    none("services named in the code", &named);
}

/// Where something may be used: files, or directories ending with a slash.
#[track_caller]
fn only_in(what: &[&str], homes: &[&str]) {
    let mut found = Vec::new();
    for source in sources() {
        let at_home = |home: &&str| {
            source.path == *home || (home.ends_with('/') && source.path.starts_with(*home))
        };
        if homes.iter().any(at_home) {
            continue;
        }
        for (line, text) in source.code() {
            if what.iter().any(|w| text.contains(w)) {
                found.push(format!("{}:{line}: {}", source.path, text.trim()));
            }
        }
    }
    none(&format!("{what:?} outside of {homes:?}"), &found);
}

#[test]
fn the_environment_is_read_in_one_place() {
    only_in(
        &["env::var", "env::args", "env::current_", "env::home_dir", "env::temp_dir"],
        &["cli/environment.rs"],
    );
}

/// What decides and what draws is given the time.
#[test]
fn only_processes_look_at_the_clock() {
    // The journal waits a little before it tries a full disk again.
    // So do searches and readings that may take only so long.
    let homes = [
        "keeper/",
        "server/",
        "client/",
        "cli/",
        "fuzzing/",
        "store/pane/journal/",
        "archive/query/",
        "transcript/read/",
        // An agent that exports has its time.
        "history/exports.rs",
        "web/clock.rs",
        // How long searches took.
        "hub/api/",
    ];
    only_in(&["SystemTime::now", "Instant::now"], &homes);
}

#[test]
fn programs_are_started_in_few_places() {
    only_in(
        &["process::Command", "Command::new("],
        &[
            "base/system/os/",
            "cli/process/",
            "cli/editor.rs",
            "cli/shim/",
            "cli/run/sync/browser.rs",
            "cli/run/worktree/diff_program.rs",
            "cli/run/sync/key.rs",
            "cli/run/curate/agent.rs",
            "cli/run/service/manager.rs",
            "keeper/",
            "transcript/read/command.rs",
            "history/exports.rs",
            "server/desktop/notify.rs",
            "server/desktop/event_hooks.rs",
            "worktree/git/run.rs",
            "worktree/kinds.rs",
        ],
    );
}

#[test]
fn unsafe_code_has_one_home() {
    let homes = ["base/system/os/"];
    only_in(&["unsafe {", "unsafe fn", "unsafe impl", "unsafe extern"], &homes);
}

/// The dispatcher alone sees the state of all subsystems.
#[test]
fn only_the_dispatcher_sees_all() {
    only_in(
        &["impl Server {", "&mut Server"],
        &[
            "server/mod.rs",
            "server/dispatch.rs",
            "server/shared.rs",
            "server/control/calls.rs",
            "server/lifecycle/shutdown.rs",
            // What a subsystem does with a result, made a call of the dispatcher's.
            "server/aside/mod.rs",
            // Servers of another kind.
            "keeper/",
            "mcp/",
        ],
    );
}

#[test]
fn only_the_server_is_asynchronous() {
    // The protocol's library is asynchronous; what it asks for is done by plain functions.
    let homes = [
        "server/",
        "mcp/server.rs",
        "mcp/http.rs",
        "web/server/",
        "hub/api/",
        // Of the client of a database, whose asynchrony ends there.
        "hub/database/postgresql/tls.rs",
    ];
    only_in(&["tokio::", "async fn"], &homes);
}

/// Where the daemon may wait: on a thread beside the owner, at its start before it serves anybody,
/// or at its end.
const BESIDE_THE_OWNER: &[&str] = &[
    // What is done beside, and how it is led there.
    "server/aside/",
    // Whole files that run on threads of their own.
    "server/desktop/notify.rs",
    "server/agent/usage/file_tail.rs",
    "server/desktop/event_hooks.rs",
    "server/pane/launch.rs",
    "server/pane/pty_channel.rs",
    "server/pane/output_log.rs",
    "server/project/prompt_templates.rs",
    "server/pane/rebuild.rs",
    "server/agent/conversation/files.rs",
    "server/agent/usage/quota_tail.rs",
    "server/agent/usage/transcript_usage.rs",
    "server/agent/usage/usage_ledger.rs",
    "server/agent/usage/followed.rs",
    "server/lifecycle/fs_watcher.rs",
    // Before anybody is served, and when nobody is any more.
    "server/lifecycle/restore.rs",
    "server/lifecycle/shutdown.rs",
    // Memory of the kernel: pipes, and files without a disk.
    "server/pane/input_queue.rs",
    "server/pane/output_pipe.rs",
    // A few bytes in the daemon's own directory, unsynced, which must be there before a key or a
    // command takes effect.
    "server/lifecycle/write_ahead.rs",
    "server/agent/prompt/journal.rs",
    "server/client/input_checkpoint.rs",
    // Read before anybody is served; written aside, and when nobody is served any more.
    "server/control/events.rs",
    // The same, when somebody has removed it, and before anybody is served.
    "server/lifecycle/place.rs",
    "server/lifecycle/recover.rs",
    // Carried out aside.
    "server/agent/conversation/database.rs",
    "server/agent/generation.rs",
    "server/agent/guest/plan.rs",
    // A test's.
    "server/pane/terminal/kill_model.rs",
];

/// Everybody's keys go through the owner's thread: a disk that hangs, a huge directory or a keeper
/// that is stopped must not hold it up.
#[test]
fn the_owner_waits_for_nothing() {
    let waits = [
        "std::fs",
        "fs::File",
        "File::open",
        "File::create",
        "File::options",
        "OpenOptions",
        ".is_dir()",
        ".is_file()",
        ".exists()",
        ".canonicalize()",
        ".metadata()",
        "read_link(",
        "SystemProbe",
        "process::Command",
        "process::start(",
        "Registry::load(",
        "foreign::",
        "protected::",
        "atomic::write",
        "session_file::",
        "user_file::open",
        "user_file::read",
        "note::",
        "assets::",
        "spool::read_new",
        "keeper.kill",
        "keeper.list(",
        "keeper.ack(",
        "keeper.spawn(",
        "keeper.take(",
        "keeper.stash(",
        "keeper.deposit(",
        "keeper.shutdown(",
    ];
    let mut found = Vec::new();
    for source in sources().iter().filter(|source| source.path.starts_with("server/")) {
        let beside = |home: &&str| source.path.starts_with(home.trim_end_matches(".rs"));
        if BESIDE_THE_OWNER.iter().any(beside) {
            continue;
        }
        for (line, text) in source.code() {
            if waits.iter().any(|what| text.contains(what)) {
                found.push(format!("{}:{line}: {}", source.path, text.trim()));
            }
        }
    }
    none("what may wait, where the owner runs", &found);
}
