//! A PostgreSQL of the tests' own, where it is installed: below a temporary directory, on a Unix
//! socket, as a user without rights. It ends with the tests, also with killed ones.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};

use nix::unistd::{Uid, User, chown};

/// How long it may take to be there.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server; ends when it is dropped, or this process ends.
pub struct Server {
    directory: PathBuf,
    port: u16,
    /// Does what it reads on its standard input, and ends the server when that is closed, which the
    /// end of this process does.
    watch: Mutex<Child>,
}

static SERVER: LazyLock<Option<Server>> = LazyLock::new(|| Server::start(""));
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// The address of a new, empty database; `None` where there is no PostgreSQL.
pub fn database() -> Option<String> {
    Some(SERVER.as_ref()?.database())
}

impl Drop for Server {
    fn drop(&mut self) {
        let watch = self.watch.get_mut().expect("nobody panics with it");
        drop(watch.stdin.take());
        let _ = watch.wait();
    }
}

impl Server {
    /// A new, empty database.
    pub fn database(&self) -> String {
        let name = self.named_database();
        self.address(&name)
    }

    pub fn named_database(&self) -> String {
        let name = format!("t{}", DATABASES.fetch_add(1, Ordering::Relaxed));
        let mut client = self.connect().expect("PostgreSQL answers");
        client.batch_execute(&format!("CREATE DATABASE {name}")).expect("a database");
        name
    }

    fn address(&self, name: &str) -> String {
        let host = self.directory.display().to_string().replace('/', "%2F");
        format!("postgres://segno@{host}:{}/{name}", self.port)
    }

    fn connect(&self) -> Result<::postgres::Client, ::postgres::Error> {
        ::postgres::Client::connect(&self.address("postgres"), ::postgres::NoTls)
    }

    /// Whether all of the hub's connections are.
    pub fn is_encrypted(&self) -> bool {
        let sql = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
                   WHERE application_name = 'segno hub'";
        let mut client = self.connect().expect("PostgreSQL answers");
        client.query_one(sql, &[]).expect("a row").get(0)
    }

    fn wait(&self) {
        let end = Instant::now() + PATIENCE;
        while self.connect().is_err() {
            assert!(Instant::now() < end, "PostgreSQL does not start: {:?}", self.directory);
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Ends all connections at once, as a crash does, and starts anew.
    pub fn restart(&self) {
        let started = |server: &Server| {
            let sql = "SELECT CAST(pg_postmaster_start_time() AS TEXT)";
            let row = server.connect().and_then(|mut client| client.query_one(sql, &[]));
            row.map(|row| row.get::<_, String>(0)).ok()
        };
        let before = started(self);
        let mut watch = self.watch.lock().expect("nobody panics with it");
        writeln!(watch.stdin.as_mut().expect("a pipe"), "restart").expect("it listens");
        let end = Instant::now() + PATIENCE;
        while started(self).is_none_or(|at| Some(at) == before) {
            assert!(Instant::now() < end, "PostgreSQL does not start: {:?}", self.directory);
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// The programs of the newest version.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    let mut found: Vec<PathBuf> = versions.map(|entry| entry.path().join("bin")).collect();
    found.retain(|path| path.join("initdb").exists());
    found.sort();
    found.pop()
}

impl Server {
    /// With these further settings.
    pub fn start(settings: &str) -> Option<Server> {
        Server::with_files(&[], 5432, settings)
    }

    /// With these files of its own, beside its socket of this number.
    pub fn with_files(files: &[(&str, &str)], port: u16, settings: &str) -> Option<Server> {
        let Some(programs) = programs() else {
            println!("left out: PostgreSQL is not installed (initdb below /usr/lib/postgresql)");
            return None;
        };
        let directory = tempfile::Builder::new().prefix("segno-pg").tempdir_in("/tmp").ok()?.keep();
        let mut before = String::new();
        let mut own = vec![directory.clone()];
        for (name, text) in files {
            let path = directory.join(name);
            std::fs::write(&path, text).expect("a file");
            let mode = std::fs::Permissions::from_mode(0o600);
            std::fs::set_permissions(&path, mode).expect("its mode");
            own.push(path);
        }
        // It refuses to run as root.
        if Uid::effective().is_root() {
            let user =
                ["postgres", "nobody"].iter().find_map(|name| User::from_name(name).ok()?)?;
            for path in own {
                chown(&path, Some(user.uid), Some(user.gid)).expect("its file");
            }
            before = format!("setpriv --reuid={} --regid={} --clear-groups ", user.uid, user.gid);
        }
        let (at, programs) = (directory.display(), programs.display());
        let script = format!(
            "cd {at} && {before}{programs}/initdb -D data -U segno -A trust --no-sync -E UTF8 \
               --locale=C >log 2>&1 || exit 1
             start() {{
                 {before}{programs}/postgres -D data -k {at} -c port={port} \
                   -c listen_addresses= -c fsync=off -c full_page_writes=off \
                   -c max_connections=200 {settings} >>log 2>&1 </dev/null &
                 server=$!
             }}
             start
             while read _; do kill -QUIT $server; wait $server; start; done
             kill -INT $server; wait $server; rm -rf {at}"
        );
        let mut command = Command::new("sh");
        command.args(["-c", &script]).stdin(Stdio::piped());
        let watch = Mutex::new(command.spawn().expect("a shell"));
        let server = Server { directory, port, watch };
        server.wait();
        Some(server)
    }
}
