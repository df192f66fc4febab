//! Plans, compared argument by argument and variable by variable.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::panetype::check;
use crate::start::Conversation;

mod generation;
mod hooks;

const FULL: &str = include_str!("../../testdata/valid/full.toml");

fn ty(text: &str) -> PaneType {
    let checked = check(text, "f");
    assert_eq!(checked.diagnostics, []);
    checked.pane_type.unwrap()
}

/// A file system of a few files; those in `bin` are programs.
#[derive(Default, Clone)]
struct Files(BTreeMap<PathBuf, Vec<u8>>);

impl Files {
    fn with(mut self, path: &str, content: &str) -> Files {
        self.0.insert(path.into(), content.into());
        self
    }
}

impl Probe for Files {
    fn exists(&self, path: &Path) -> bool {
        self.0.contains_key(path)
    }
    fn is_executable(&self, path: &Path) -> bool {
        self.exists(path) && path.parent().is_some_and(|dir| dir.ends_with("bin"))
    }
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if path == Path::new("/u/secret.json") {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        self.0.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
    fn head(&self, path: &Path, _: u64) -> io::Result<Head> {
        self.read(path).map(|bytes| Head { bytes, whole: true })
    }
    fn matching(&self, pattern: &Path) -> Vec<PathBuf> {
        self.0.keys().filter(|path| *path == pattern).cloned().collect()
    }
    fn is_alive(&self, pid: i32) -> bool {
        pid == 77
    }
    fn random(&self) -> io::Result<[u8; 16]> {
        Ok([7; 16])
    }
    fn free_port(&self) -> io::Result<u16> {
        Ok(4321)
    }
}

fn files() -> Files {
    Files::default().with("/opt/bin/demo", "").with("/u/.config/demo/ready", "")
}

/// What a request borrows.
struct Asked {
    home: PathBuf,
    start: StartRequest,
    beginning: Beginning,
    never_prompted: bool,
    env: BTreeMap<OsString, OsString>,
    unset: Vec<String>,
}

impl Asked {
    fn new() -> Asked {
        let env = [("PATH", "bin::/none/bin:/opt/bin"), ("HOME", "/u"), ("LANG", "C")];
        Asked {
            home: "/h".into(),
            start: StartRequest {
                toggles: Some(BTreeSet::new()),
                fields: [("port".to_string(), "80".to_string())].into(),
                ..StartRequest::default()
            },
            beginning: Conversation::New.into(),
            never_prompted: false,
            env: env.map(|(name, value)| (name.into(), value.into())).into(),
            unset: Vec::new(),
        }
    }

    fn env(mut self, name: &str, value: &str) -> Asked {
        self.env.insert(name.into(), value.into());
        self
    }

    fn check(&self, ty: &PaneType) -> Result<(), LaunchError> {
        check_request(ty, &self.start, self.beginning.prompt.as_deref(), None)
    }

    fn request(&self) -> LaunchRequest<'_> {
        let home = &self.home;
        LaunchRequest {
            pane: PaneId::new(7).unwrap(),
            paths: TrackerPaths {
                home: home.clone(),
                assets: home.join("assets/demo"),
                session_file: home.join("sessions/demo-p7.id"),
                events_file: home.join("events/p7.jsonl"),
                log_file: home.join("log/tracker.log"),
                claim_file: home.join("run/p7.claim"),
                generated_dir: home.join("run/p7"),
            },
            cwd: "/work dir".into(),
            start: &self.start,
            beginning: &self.beginning,
            env: &self.env,
            unset: &self.unset,
            generation: None,
            shell: Path::new("/s/bin/zsh"),
            never_prompted: self.never_prompted,
            segno: Path::new("/s/bin/segno"),
        }
    }

    fn plan(&self, files: &Files) -> Result<LaunchPlan, LaunchError> {
        plan(&ty(FULL), &self.request(), files)
    }

    fn ok(&self) -> LaunchPlan {
        self.plan(&files()).unwrap()
    }
}

fn var<'p>(plan: &'p LaunchPlan, name: &str) -> Option<&'p str> {
    plan.env.get(OsStr::new(name)).map(|value| value.to_str().unwrap())
}

fn json_var(plan: &LaunchPlan, name: &str) -> Value {
    serde_json::from_str(var(plan, name).unwrap()).unwrap()
}

fn id(text: &str) -> SessionId {
    SessionId::try_from(text.to_string()).unwrap()
}

#[test]
fn a_plain_start() {
    let plan = Asked::new().ok();
    assert_eq!(plan.program, Path::new("/opt/bin/demo"));
    assert_eq!(plan.args, ["--ui", "--profile", "main", "--port=80"]);
    assert_eq!(plan.notes, [""; 0]);
    assert_eq!(var(&plan, "LANG"), Some("C"));
    assert_eq!(var(&plan, "SEGNO_PANE"), Some("p7"));
    assert_eq!(var(&plan, "SEGNO_HOME"), Some("/h"));
    assert_eq!(var(&plan, "TERM"), Some("xterm-256color"));
    assert_eq!(var(&plan, "COLORTERM"), Some("truecolor"));
    assert_eq!(var(&plan, "TERM_PROGRAM"), Some("segno"));
    assert_eq!(var(&plan, "PWD"), Some("/work dir"));
    assert_eq!(var(&plan, "DEMO_CACHE"), Some("/u/cache/p7"));
    assert_eq!(var(&plan, "DEMO_MODE"), Some("{plain}"));
    assert_eq!(var(&plan, "DEMO_EVENTS"), Some("/h/events/p7.jsonl"));
    assert_eq!(
        var(&plan, "SEGNO_TRACKER"),
        Some(
            r#"{"v":1,"pane":"p7","rule":"^ses_[0-9A-Za-z]{1,64}$","file":"/h/sessions/demo-p7.id","ratio":0.5,"on":true}"#
        )
    );
    assert_eq!(
        json_var(&plan, "DEMO_CONFIG"),
        json!({"plugin": ["file:///h/assets/demo/tracker.js"]})
    );
    assert_eq!(var(&plan, "DEMO_UI"), Some("/h/run/p7/ui.json"));
    let (path, content) = &plan.files[0];
    assert_eq!(path, Path::new("/h/run/p7/ui.json"));
    let content: Value = serde_json::from_slice(content).unwrap();
    assert_eq!(content, json!({"plugin": ["file:///h/assets/demo/tracker.js"]}));
}

#[test]
fn arguments_in_their_order() {
    let mut asked = Asked::new();
    asked.start.toggles = Some(["safe".to_string(), "logs".to_string()].into());
    asked.start.fields.insert("profile".into(), String::new());
    asked.beginning.conversation = Conversation::Resume(id("ses_1"));
    asked.start.model = Some("m{prompt}".into());
    asked.start.args = vec!["--mine".into(), "{session}".into()];
    asked.beginning.prompt = Some("{model} --do \"it\"\n".into());
    assert_eq!(
        asked.ok().args,
        [
            "--ui",
            "--logs",
            "--safe",
            "--dir=/work dir",
            "--port=80",
            "--session",
            "ses_1",
            "--model",
            "m{prompt}",
            "--mine",
            "{session}",
            "--prompt",
            "{model} --do \"it\"\n",
        ]
    );
    asked.beginning.conversation = Conversation::ContinueLast;
    assert!(asked.ok().args.contains(&"--continue".into()));
}

#[test]
fn a_fork_gets_an_id_of_its_own_where_the_program_takes_one() {
    let of = |resume: &str| {
        let minimal = include_str!("../../testdata/valid/minimal.toml");
        let ty = ty(&format!("{minimal}\n[resume]\n{resume}"));
        let mut asked = Asked::new();
        asked.start.fields.clear();
        asked.beginning.conversation = Conversation::Fork(id("ses_1"));
        plan(&ty, &asked.request(), &files())
    };
    let made = of("fork = ['--session', '{session}', '--fork']").unwrap();
    assert_eq!(
        (made.args, made.assigned),
        (["--session", "ses_1", "--fork"].map(Into::into).into(), None)
    );
    let made = of("fork = ['fork', '{session}']\nfork_assign = ['--id={session}']").unwrap();
    let own = made.assigned.expect("an id");
    assert_eq!(
        made.args,
        ["fork".into(), "ses_1".into(), format!("--id={own}")].map(OsString::from)
    );
    assert_eq!(of("with_id = ['{session}']").unwrap_err(), LaunchError::CannotFork("demo".into()));
}

#[test]
fn what_cannot_be_is_refused_with_a_reason() {
    let with = |change: fn(&mut Asked)| {
        let mut asked = Asked::new();
        change(&mut asked);
        asked.plan(&files()).unwrap_err().to_string()
    };
    let bad = with(|asked| asked.beginning.conversation = Conversation::Resume(id("other_1")));
    assert!(bad.contains("other_1"), "{bad}");
    assert!(with(|asked| asked.start.fields.clear()).starts_with("port (port) is required"));
    assert!(
        with(|asked| asked.beginning.prompt = Some("a\0".into()))
            .contains("the prompt holds a NUL")
    );
    assert!(with(|asked| asked.start.args = vec!["\0".into()]).contains("NUL"));
    let missing = Asked::new().plan(&Files::default()).unwrap_err().to_string();
    assert_eq!(
        missing,
        "demo: not found; install it (https://demo.example) or add its directory to PATH"
    );
    let minimal = ty(include_str!("../../testdata/valid/minimal.toml"));
    let mut asked = Asked::new();
    asked.beginning.prompt = Some("x".into());
    let refused = plan(&minimal, &asked.request(), &files()).unwrap_err();
    assert_eq!(refused, LaunchError::Unsupported("demo".into(), "prompt"));
    asked.beginning.prompt = None;
    asked.beginning.conversation = Conversation::Resume(id("any"));
    let refused = plan(&minimal, &asked.request(), &files()).unwrap_err();
    assert_eq!(refused, LaunchError::CannotResume("demo".into()));
}

#[test]
fn what_the_type_no_longer_knows_is_left_out_with_a_note_and_refused_for_a_new_pane() {
    let minimal = ty(include_str!("../../testdata/valid/minimal.toml"));
    let mut asked = Asked::new();
    asked.start.toggles = Some(["gone".to_string()].into());
    asked.start.model = Some("m1".into());
    asked.beginning.conversation = Conversation::ContinueLast;
    let made = plan(&minimal, &asked.request(), &files()).unwrap();
    assert_eq!(made.args, [""; 0]);
    assert_eq!(made.notes.len(), 4, "{:?}", made.notes);
    let refused = asked.check(&minimal).unwrap_err().to_string();
    assert_eq!(refused, "a demo pane has no toggle \"gone\"; it has none");
    asked.start.toggles = Some(BTreeSet::new());
    let refused = asked.check(&minimal).unwrap_err().to_string();
    assert_eq!(refused, "a demo pane has no field \"port\"; it has none");
    asked.start.fields.clear();
    assert!(asked.check(&minimal).is_err());
    asked.start.model = None;
    assert_eq!(asked.check(&minimal), Ok(()));
}

#[test]
fn markers_are_removed_and_settings_stay() {
    let mut asked = Asked::new()
        .env("OUTER", "1")
        .env("OUTER_X", "1")
        .env("GROUP_A", "1")
        .env("DEMO_PARENT", "1")
        .env("DEMO_RUN_ID", "1")
        .env("DEMO_KEEP", "1")
        .env("SEGNO_TRACKER", r#"{"pane":"p1","file":"/other"}"#)
        .env("SEGNO_PANE", "p1")
        .env("COLUMNS", "9");
    asked.unset = ["OUTER", "GROUP_*", "!GROUP_KEEP", "*"].map(String::from).to_vec();
    asked = asked.env("GROUP_KEEP", "1");
    let plan = asked.ok();
    for name in ["OUTER", "GROUP_A", "DEMO_PARENT", "DEMO_RUN_ID", "COLUMNS"] {
        assert_eq!(var(&plan, name), None, "{name}");
    }
    assert_eq!(var(&plan, "OUTER_X"), Some("1"));
    assert_eq!(var(&plan, "DEMO_KEEP"), Some("1"));
    assert_eq!(var(&plan, "GROUP_KEEP"), Some("1"));
    assert_eq!(var(&plan, "SEGNO_PANE"), Some("p7"));
    assert_eq!(json_var(&plan, "SEGNO_TRACKER")["pane"], "p7", "never another pane's");
}

#[test]
fn the_users_json_is_added_to() {
    let own = "{\"plugin\": [\"mine\", /* c */], \"key\": \"{env:KEY}\", \"share\": \"off\",}";
    let plan = Asked::new().env("DEMO_CONFIG", own).ok();
    assert_eq!(
        var(&plan, "DEMO_CONFIG"),
        Some(
            r#"{"plugin":["mine","file:///h/assets/demo/tracker.js"],"key":"{env:KEY}","share":"off"}"#
        )
    );
    assert_eq!(plan.notes, [""; 0]);
    let again = Asked::new().env("DEMO_CONFIG", var(&plan, "DEMO_CONFIG").unwrap()).ok();
    assert_eq!(var(&again, "DEMO_CONFIG"), var(&plan, "DEMO_CONFIG"));
}

#[test]
fn what_cannot_be_parsed_stays_as_it_is_with_a_note() {
    for own in ["{\"a\": {env:A}}", "[1]", "{", "\"x\""] {
        let plan = Asked::new().env("DEMO_CONFIG", own).ok();
        assert_eq!(var(&plan, "DEMO_CONFIG"), Some(own));
        assert!(plan.notes[0].starts_with("DEMO_CONFIG is left as you have it"), "{own}");
    }
    let mut asked = Asked::new();
    asked.env.insert("DEMO_CONFIG".into(), OsStr::from_bytes(b"{\xff}").into());
    let plan = asked.ok();
    assert_eq!(plan.env.get(OsStr::new("DEMO_CONFIG")), asked.env.get(OsStr::new("DEMO_CONFIG")));
    let plan = Asked::new().env("DEMO_CONFIG", r#"{"plugin":"one"}"#).ok();
    assert_eq!(var(&plan, "DEMO_CONFIG"), Some(r#"{"plugin":"one"}"#));
    assert_eq!(plan.notes, ["DEMO_CONFIG: your own `plugin` stays, so the tracker's is left out"]);
}

#[test]
fn what_needs_something_that_is_missing_is_left_out_with_its_note() {
    let files = Files::default().with("/opt/bin/demo", "");
    let plan = Asked::new().env("DEMO_CONFIG", "{x").plan(&files).unwrap();
    assert_eq!(var(&plan, "DEMO_CONFIG"), Some("{x"));
    assert_eq!(plan.left_out, ["the plugin is left out: the demo would wait for the network"]);
    // Where it is looked for follows the pane's environment; a relative directory is none.
    let elsewhere = files.clone().with("/c/demo/ready", "");
    let plan = Asked::new().env("XDG_CONFIG_HOME", "/c").plan(&elsewhere).unwrap();
    assert_eq!(plan.left_out, [""; 0]);
    let plan = Asked::new().env("XDG_CONFIG_HOME", "c").plan(&elsewhere).unwrap();
    assert_eq!(plan.left_out.len(), 1);
}

#[test]
fn what_directories_above_lack_leaves_it_out_too() {
    let complete = |with: &[&str]| {
        let files = with.iter().fold(files(), |files, path| files.with(path, ""));
        let plan = Asked::new().plan(&files).unwrap();
        assert_eq!(var(&plan, "DEMO_CONFIG").is_none(), !plan.left_out.is_empty());
        plan.left_out.is_empty()
    };
    assert!(complete(&[]));
    assert!(complete(&["/work dir/.demo", "/work dir/.demo/lock"]));
    assert!(!complete(&["/work dir/.demo"]));
    assert!(!complete(&["/.demo", "/work dir/.demo", "/work dir/.demo/lock"]));
    assert!(complete(&["/elsewhere/.demo"]));
}

#[test]
fn the_users_file_is_copied_with_its_paths_made_absolute() {
    let own = "// mine\n{\"plugin\": [\"./p.js\", \"pkg\"], \"theme\": \"dark\"}";
    let files = files().with("/u/ui.json", own);
    let plan = Asked::new().env("DEMO_UI", "/u/ui.json").plan(&files).unwrap();
    assert_eq!(var(&plan, "DEMO_UI"), Some("/h/run/p7/ui.json"));
    let content: Value = serde_json::from_slice(&plan.files[0].1).unwrap();
    assert_eq!(
        content,
        json!({"plugin": ["/u/p.js", "pkg", "file:///h/assets/demo/tracker.js"], "theme": "dark"})
    );
    // One that is not there is as good as an empty one; a relative name starts at the directory.
    let relative = files.clone().with("/work dir/ui.json", r#"{"theme": "light"}"#);
    for (name, theme) in [("/u/none.json", Value::Null), ("ui.json", json!("light"))] {
        let plan = Asked::new().env("DEMO_UI", name).plan(&relative).unwrap();
        let content: Value = serde_json::from_slice(&plan.files[0].1).unwrap();
        assert_eq!(content["theme"], theme);
    }
}

#[test]
fn a_file_that_cannot_be_used_stays_named() {
    let files = files().with("/u/bad.json", "{x").with("/u/list.json", "[]");
    for name in ["/u/bad.json", "/u/list.json", "/u/secret.json"] {
        let plan = Asked::new().env("DEMO_UI", name).plan(&files).unwrap();
        assert_eq!(var(&plan, "DEMO_UI"), Some(name));
        assert_eq!(plan.files, []);
        assert!(plan.notes[0].contains(name), "{:?}", plan.notes);
    }
}

#[test]
fn any_home_is_encoded_never_pasted() {
    let mut asked = Asked::new();
    asked.home = "/a \"b' $X {env:Y} {pane} ü\\%".into();
    let plan = asked.ok();
    assert_eq!(
        json_var(&plan, "SEGNO_TRACKER")["file"],
        "/a \"b' $X {env:Y} {pane} ü\\%/sessions/demo-p7.id"
    );
    assert_eq!(
        json_var(&plan, "DEMO_CONFIG")["plugin"][0],
        "file:///a%20%22b%27%20%24X%20%7Benv%3AY%7D%20%7Bpane%7D%20%C3%BC%5C%25/assets/demo/tracker.js"
    );
    // Not even UTF-8: what JSON cannot hold is left out, the rest works.
    asked.home = Path::new(OsStr::from_bytes(b"/h\xff")).into();
    let plan = asked.ok();
    assert!(var(&plan, "SEGNO_TRACKER").is_none());
    assert_eq!(json_var(&plan, "DEMO_CONFIG")["plugin"][0], "file:///h%FF/assets/demo/tracker.js");
    assert_eq!(plan.notes.len(), 1);
}

#[test]
fn the_shell_is_the_users_and_programs_are_found_as_a_shell_would() {
    let shell = FULL.replace("program = \"demo\"", "program = \"{shell}\"");
    let asked = Asked::new();
    let files = files().with("/s/bin/zsh", "");
    let made = plan(&ty(&shell), &asked.request(), &files).unwrap();
    assert_eq!(made.program, Path::new("/s/bin/zsh"));
    let beside = FULL.replace("program = \"demo\"", "program = \"./bin/run\"");
    let files = files.with("/work dir/./bin/run", "");
    let made = plan(&ty(&beside), &asked.request(), &files).unwrap();
    assert_eq!(made.program, Path::new("/work dir/./bin/run"));

    let files = files.with("/bin/sh", "");
    assert!(available(&ty(&shell), &asked.env, &files));
    assert!(available(&ty(FULL), &asked.env, &files));
    assert!(!available(&ty(FULL), &BTreeMap::new(), &files));
    assert!(!available(&ty(&beside), &asked.env, &files));
    let own = FULL.replace("program = \"demo\"", "program = \"{user_home}/bin/x\"");
    assert!(available(&ty(&own), &asked.env, &files.with("/u/bin/x", "")));
}

proptest! {
    #[test]
    fn nothing_of_the_users_is_lost_whatever_it_is(own in "[{}\\[\\]\"a:,1 ]{0,30}") {
        let plan = Asked::new().env("DEMO_CONFIG", &own).ok();
        let now = var(&plan, "DEMO_CONFIG").unwrap();
        if now != own {
            let before = crate::panetype::text::json::parse(&own).unwrap();
            let after = crate::panetype::text::json::parse(now).unwrap();
            for (key, value) in before {
                prop_assert!(key == "plugin" || after[&key] == value);
            }
        }
    }

    #[test]
    fn values_reach_the_program_as_they_are(prompt in "[^\0]{1,40}", value in "[^\0]{1,20}") {
        let mut asked = Asked::new();
        asked.start.fields.insert("profile".into(), value.clone());
        asked.start.args = vec![prompt.clone()];
        let args = asked.ok().args;
        prop_assert_eq!(&args[2], OsStr::new(&value));
        prop_assert_eq!(args.last().unwrap(), OsStr::new(&prompt));
    }
}
