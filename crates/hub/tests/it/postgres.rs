//! A PostgreSQL of the tests' own, where it is installed: below a temporary directory, on a Unix
//! socket, as a user without rights. It ends with the tests, also with killed ones.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};

use nix::unistd::{Uid, User, chown};

/// How long it may take to be there.
const PATIENCE: Duration = Duration::from_secs(60);

struct Server {
    directory: PathBuf,
    /// Ends the server when its standard input is closed, which the end of this process does.
    _watch: Mutex<Child>,
}

static SERVER: LazyLock<Option<Server>> = LazyLock::new(|| {
    let server = start();
    if server.is_none() {
        println!("left out: PostgreSQL is not installed (initdb below /usr/lib/postgresql)");
    }
    server
});
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// The address of a new, empty database; `None` where there is no PostgreSQL.
pub fn database() -> Option<String> {
    let server = SERVER.as_ref()?;
    let name = format!("t{}", DATABASES.fetch_add(1, Ordering::Relaxed));
    let mut client = connect(&server.directory).expect("PostgreSQL answers");
    client.batch_execute(&format!("CREATE DATABASE {name}")).expect("a database");
    Some(address(&server.directory, &name))
}

fn address(directory: &Path, name: &str) -> String {
    let host = directory.display().to_string().replace('/', "%2F");
    format!("postgres://segno@{host}/{name}")
}

fn connect(directory: &Path) -> Result<::postgres::Client, ::postgres::Error> {
    ::postgres::Client::connect(&address(directory, "postgres"), ::postgres::NoTls)
}

/// The programs of the newest version.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    let mut found: Vec<PathBuf> = versions.map(|entry| entry.path().join("bin")).collect();
    found.retain(|path| path.join("initdb").exists());
    found.sort();
    found.pop()
}

fn start() -> Option<Server> {
    let programs = programs()?;
    let directory = tempfile::Builder::new().prefix("segno-pg").tempdir_in("/tmp").ok()?.keep();
    let mut before = String::new();
    // It refuses to run as root.
    if Uid::effective().is_root() {
        let user = ["postgres", "nobody"].iter().find_map(|name| User::from_name(name).ok()?)?;
        chown(&directory, Some(user.uid), Some(user.gid)).expect("its directory");
        before = format!("setpriv --reuid={} --regid={} --clear-groups ", user.uid, user.gid);
    }
    let (at, programs) = (directory.display(), programs.display());
    let script = format!(
        "cd {at} && {before}{programs}/initdb -D data -U segno -A trust --no-sync -E UTF8 \
           --locale=C >log 2>&1 || exit 1
         {before}{programs}/postgres -D data -k {at} -c listen_addresses= -c fsync=off \
           -c full_page_writes=off -c max_connections=200 >>log 2>&1 </dev/null &
         server=$!
         read _
         kill -INT $server; wait $server; rm -rf {at}"
    );
    let mut command = Command::new("sh");
    command.args(["-c", &script]).stdin(Stdio::piped());
    let watch = command.spawn().expect("a shell");
    let end = Instant::now() + PATIENCE;
    while connect(&directory).is_err() {
        assert!(Instant::now() < end, "PostgreSQL does not start: {at}/log");
        std::thread::sleep(Duration::from_millis(50));
    }
    Some(Server { directory, _watch: Mutex::new(watch) })
}
