//! A throw-away world: a home with AWS files and projects, and an environment that takes only `PATH` from the
//! one in which the tests run.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use awsenv_emulator::Emulator;

use crate::harness::invocation::{Invocation, Output};
use crate::harness::kind::Kind;
use crate::harness::recorder::Recorder;

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_awsenv");

/// A home directory and an environment, removed with everything in them when the value is dropped.
pub struct World {
    _root: tempfile::TempDir,
    path: PathBuf,
    env: BTreeMap<OsString, OsString>,
    emulator: Option<Emulator>,
}

impl World {
    /// Makes a world with empty folders, in which `awsenv` on the `PATH` is the program under test.
    pub fn new() -> Self {
        let root = tempfile::Builder::new().prefix("awsenv-it-").tempdir().expect("a temporary directory");
        let path = root.path().canonicalize().expect("the temporary directory exists");
        let mut world = Self { _root: root, path, env: BTreeMap::new(), emulator: None };
        world.make_folders();
        symlink(PROGRAM, world.bin().join("awsenv")).expect("the folder is empty");
        world.choose_shells();
        world.make_environment();
        world.make_browser();
        world
    }

    /// Makes a world with AWS in it: an emulator that the environment points to.
    pub fn with_emulator() -> Self {
        let mut world = Self::new();
        let emulator = Emulator::start();
        for (name, url) in emulator.environment() {
            world.set(name, url);
        }
        world.emulator = Some(emulator);
        world
    }

    /// Returns the emulator of a world that was made with one.
    pub fn emulator(&self) -> &Emulator {
        self.emulator.as_ref().expect("the world was made `with_emulator()`")
    }

    fn make_folders(&self) {
        let home = self.home();
        for folder in [home.join(".aws"), self.bin(), self.path.join("run"), self.path.join("tmp")] {
            fs::create_dir_all(&folder).expect("the world can be written");
        }
        // The specification of XDG_RUNTIME_DIR wants it private.
        let private = fs::Permissions::from_mode(0o700);
        fs::set_permissions(self.path.join("run"), private).expect("the folder is ours");
    }

    /// Puts other versions of the shells first on the `PATH`: `AWSENV_TEST_BASH=/opt/bash-3.2/bin/bash` runs
    /// all tests of bash with that one.
    fn choose_shells(&self) {
        for kind in Kind::ALL {
            let variable = format!("AWSENV_TEST_{}", kind.name().to_uppercase());
            if let Some(program) = std::env::var_os(variable) {
                symlink(program, self.bin().join(kind.name())).expect("the folder is empty");
            }
        }
    }

    fn make_environment(&mut self) {
        let home = self.home();
        // The only variable that is taken over: the shells may be installed anywhere.
        let inherited = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths([self.bin()].into_iter().chain(std::env::split_paths(&inherited)));
        self.set("PATH", path.expect("a temporary path holds no colon"));
        self.set("HOME", &home);
        self.set("TERM", "xterm-256color");
        self.set("LANG", "C.UTF-8");
        self.set("TMPDIR", self.path.join("tmp"));
        self.set("XDG_CONFIG_HOME", home.join(".config"));
        self.set("XDG_STATE_HOME", home.join(".local/state"));
        self.set("XDG_CACHE_HOME", home.join(".cache"));
        self.set("XDG_DATA_HOME", home.join(".local/share"));
        self.set("XDG_RUNTIME_DIR", self.path.join("run"));
        // On an EC2 instance the tests would find its credentials.
        self.set("AWS_EC2_METADATA_DISABLED", "true");
    }

    fn make_browser(&mut self) {
        let visit = self.program("visit", include_str!("browser.bash"));
        let browser = self.program("browser", &self.browser().script(&visit));
        self.set("BROWSER", browser);
    }

    /// Returns the log of the browser, a stand-in that notes the page it is called with and then visits it.
    pub fn browser(&self) -> Recorder {
        Recorder::new(self.scratch("pages"))
    }

    /// Returns the home directory, without symbolic links in its path.
    pub fn home(&self) -> PathBuf {
        self.path.join("home")
    }

    /// Returns the first folder of the `PATH`.
    pub fn bin(&self) -> PathBuf {
        self.path.join("bin")
    }

    /// Returns a path outside the home directory, for logs and dumps.
    pub fn scratch(&self, name: &str) -> PathBuf {
        self.path.join("tmp").join(name)
    }

    /// Returns a path in the home directory.
    pub fn at(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.home().join(relative)
    }

    /// Makes a folder in the home directory, with its parents, and returns its path.
    pub fn dir(&self, relative: impl AsRef<Path>) -> PathBuf {
        let dir = self.at(relative);
        fs::create_dir_all(&dir).expect("the world can be written");
        dir
    }

    /// Writes a file in the home directory, with its parent folders, and returns its path.
    pub fn write(&self, relative: impl AsRef<Path>, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.at(relative);
        fs::create_dir_all(path.parent().expect("a file has a parent")).expect("the world can be written");
        fs::write(&path, content).expect("the world can be written");
        path
    }

    /// Makes a folder in the home directory with an `.awsenv` of this content in it, and returns the folder.
    pub fn project(&self, relative: &str, content: impl AsRef<[u8]>) -> PathBuf {
        self.write(Path::new(relative).join(".awsenv"), content);
        self.at(relative)
    }

    /// Writes `~/.aws/config`.
    pub fn aws_config(&self, content: &str) -> PathBuf {
        self.write(".aws/config", content)
    }

    /// Writes `~/.aws/credentials`.
    pub fn aws_credentials(&self, content: &str) -> PathBuf {
        self.write(".aws/credentials", content)
    }

    /// Puts a program on the `PATH`, before the system's: a stand-in for a browser, say. Returns its path.
    pub fn program(&self, name: &str, script: &str) -> PathBuf {
        let path = self.bin().join(name);
        // A new file: writing through the link of `awsenv` would overwrite the program under test.
        let _ = fs::remove_file(&path);
        fs::write(&path, script).expect("the world can be written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("the file is ours");
        path
    }

    /// Puts a recording stand-in in the place of `awsenv` on the `PATH`: it notes its arguments, then becomes
    /// the program under test.
    pub fn recorder(&self) -> Recorder {
        self.recorder_of(Path::new(PROGRAM))
    }

    /// [`World::recorder`] that becomes another program.
    pub fn recorder_of(&self, program: &Path) -> Recorder {
        let recorder = Recorder::new(self.scratch("runs"));
        self.program("awsenv", &recorder.script(program));
        recorder
    }

    /// Sets a variable for whatever is started from now on.
    pub fn set(&mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) {
        self.env.insert(name.as_ref().to_owned(), value.as_ref().to_owned());
    }

    /// Takes a variable out again.
    pub fn unset(&mut self, name: impl AsRef<OsStr>) {
        self.env.remove(name.as_ref());
    }

    /// Returns the environment that programs and shells of this world start with.
    pub fn env(&self) -> &BTreeMap<OsString, OsString> {
        &self.env
    }

    /// Runs the program in the home directory. It must succeed and leave standard error empty.
    pub fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Output {
        self.command(args).run()
    }

    /// Prepares a run of the program with other expectations, or in another directory.
    pub fn command<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Invocation<'_> {
        Invocation::new(self, Path::new(PROGRAM), args)
    }

    /// Returns the text with the path of the world replaced by `<world>`, to compare messages that name
    /// files.
    pub fn shown(&self, text: &str) -> String {
        text.replace(&*self.path.to_string_lossy(), "<world>")
    }

    /// [`World::shown`], with `~` for the home directory, as messages have it.
    pub fn told(&self, text: &str) -> String {
        self.shown(text).replace("<world>/home/", "~/")
    }
}
