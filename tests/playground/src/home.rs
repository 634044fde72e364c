//! The throw-away home: AWS files, three projects, a shell's start-up file, and an environment without the
//! person's own folders.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use awsenv_emulator::Emulator;
use tempfile::TempDir;

use crate::shell::Shell;

/// The variables that are taken over from the person's own environment: the terminal, the language, the user,
/// and those that tell whether a browser can be opened here.
const INHERITED: &[&str] = &[
    "TERM",
    "COLORTERM",
    "NO_COLOR",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "USER",
    "LOGNAME",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "WSL_DISTRO_NAME",
    "SSH_CONNECTION",
    "SSH_CLIENT",
    "SSH_TTY",
    "CODESPACES",
    "REMOTE_CONTAINERS",
];

const CREDENTIALS: &str = "[sandbox]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
";

/// Folders in the home directory, and the `.awsenv` in each.
const PROJECTS: &[(&str, &str)] = &[
    ("src/acme/api", "profile = acme-dev\n"),
    (
        "src/acme/infra",
        "# Nothing but production may be loaded here.\nprofile = acme-prod\naccount = 444455556666\n",
    ),
    ("src/sandbox", "profile = sandbox\nregion = us-west-2\n"),
];

/// A home in a temporary folder, which is removed with everything in it when the value is dropped.
pub struct Home {
    folder: TempDir,
    path: PathBuf,
}

impl Home {
    /// Makes the home, with the program on its `PATH`.
    pub fn new(program: &Path) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("awsenv-playground-").tempdir()?;
        // The shells show `~` only for the real path.
        let path = folder.path().canonicalize()?;
        let home = Self { folder, path };
        home.write(".aws/config", include_str!("aws_config.ini"))?;
        home.write(".aws/credentials", CREDENTIALS)?;
        for (project, content) in PROJECTS {
            home.write(&format!("{project}/.awsenv"), content)?;
        }
        for private in ["bin", "run", "tmp"] {
            fs::create_dir(home.path.join(private))?;
            fs::set_permissions(home.path.join(private), fs::Permissions::from_mode(0o700))?;
        }
        symlink(program, home.path.join("bin/awsenv"))?;
        Ok(home)
    }

    /// Writes a program into the folder that is first on the `PATH`, and returns its path.
    pub fn program(&self, name: &str, script: &str) -> Result<PathBuf> {
        let path = self.path.join("bin").join(name);
        fs::write(&path, script)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
        Ok(path)
    }

    /// Returns the temporary folder, which holds the home directory and a little more.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the home directory.
    pub fn path(&self) -> PathBuf {
        self.path.join("home")
    }

    /// Writes a file in the home directory, with its parent folders.
    pub fn write(&self, relative: &str, content: &str) -> Result<()> {
        let path = self.path().join(relative);
        fs::create_dir_all(path.parent().unwrap_or(&self.path))?;
        fs::write(&path, content).with_context(|| format!("could not write {}", path.display()))?;
        // As the AWS CLI makes its files.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        Ok(())
    }

    /// Installs the hook for a shell and returns the command that starts it here, interactive, with `more` at
    /// the end of its start-up file.
    pub fn shell(&self, shell: Shell, more: &str, emulator: &Emulator) -> Result<Command> {
        let (file, content) = shell.startup();
        self.write(file, &format!("{content}{more}"))?;
        // Without this folder the first fish in a home starts Python to read the manual pages.
        fs::create_dir_all(self.path().join(".local/share/fish/generated_completions"))?;
        let mut command = Command::new(shell.name());
        command.args(shell.arguments()).current_dir(self.path()).env_clear().envs(self.environment()?);
        command.env("SHELL", shell.name()).envs(emulator.environment());
        Ok(command)
    }

    fn environment(&self) -> Result<Vec<(&'static str, OsString)>> {
        let inherited = INHERITED.iter().filter_map(|name| Some((*name, std::env::var_os(name)?)));
        let mut environment: Vec<_> = inherited.collect();
        let own = std::env::var_os("PATH").unwrap_or_default();
        let path = [self.path.join("bin")].into_iter().chain(std::env::split_paths(&own));
        environment.push(("PATH", std::env::join_paths(path)?));
        let home = self.path();
        let folders = [
            ("HOME", home.clone()),
            ("ZDOTDIR", home.clone()),
            ("HISTFILE", home.join(".history")),
            ("XDG_CONFIG_HOME", home.join(".config")),
            ("XDG_STATE_HOME", home.join(".local/state")),
            ("XDG_CACHE_HOME", home.join(".cache")),
            ("XDG_DATA_HOME", home.join(".local/share")),
            ("XDG_RUNTIME_DIR", self.path.join("run")),
            ("TMPDIR", self.path.join("tmp")),
        ];
        environment.extend(folders.map(|(name, path)| (name, path.into_os_string())));
        // On an EC2 instance, tools would find its credentials.
        environment.push(("AWS_EC2_METADATA_DISABLED", "true".into()));
        Ok(environment)
    }
}
