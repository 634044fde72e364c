//! A desktop's keyring: a session bus of the world's own, and gnome-keyring on it.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::harness::scene;
use crate::harness::terminal;
use crate::harness::tools;
use crate::harness::world::World;

/// The keyring's password.
const PASSWORD: &[u8] = b"the-keyrings-own-password";

/// A world with [`scene::world`]'s profiles and a keyring that is unlocked.
pub struct KeyringStage {
    pub world: World,
    bus: Child,
    keyring: Option<Child>,
}

impl KeyringStage {
    /// Starts both. `None` where they are not installed.
    pub fn start() -> Option<Self> {
        let mut stage = Self::bus_alone()?;
        stage.start_keyring(true);
        Some(stage)
    }

    /// Starts a bus without a keyring.
    pub fn bus_alone() -> Option<Self> {
        if !tools::have(&["dbus-daemon", "gnome-keyring-daemon"]) {
            return None;
        }
        let mut world = scene::world();
        let (services, config) = (world.dir("../services"), world.scratch("bus.conf"));
        let address = format!("unix:path={}", world.at("../run/bus").display());
        let text = format!(
            "<busconfig><type>session</type><listen>{address}</listen><servicedir>{}</servicedir>\
             <policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/>\
             <allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>",
            services.display()
        );
        fs::write(&config, text).expect("the world can be written");
        world.set("DBUS_SESSION_BUS_ADDRESS", &address);
        // In place of the program that asks the person for the password: records that, and ends.
        let asked = world.scratch("asked");
        let prompter = world.program("prompter", &format!("#!/bin/sh\necho asked >>'{}'\n", asked.display()));
        let service =
            format!("[D-BUS Service]\nName=org.gnome.keyring.SystemPrompter\nExec={}\n", prompter.display());
        world.write("../services/prompter.service", service);
        let mut command = command(&world, "dbus-daemon");
        command.arg(format!("--config-file={}", config.display())).args(["--nofork", "--print-address"]);
        let mut bus = terminal::spawn(|| command.stdout(Stdio::piped()).spawn()).expect("the bus starts");
        let mut line = String::new();
        let ready = BufReader::new(bus.stdout.take().expect("it is a pipe")).read_line(&mut line);
        assert!(ready.is_ok_and(|length| length > 0), "the bus listens");
        Some(Self { world, bus, keyring: None })
    }

    /// Starts the keyring, unlocked or locked, and waits until it answers.
    pub fn start_keyring(&mut self, is_unlocked: bool) {
        let mut command = command(&self.world, "gnome-keyring-daemon");
        command.args(["--foreground", "--components=secrets"]);
        if is_unlocked {
            command.arg("--unlock");
        }
        let mut keyring =
            terminal::spawn(|| command.stdin(Stdio::piped()).spawn()).expect("the keyring starts");
        let mut input = keyring.stdin.take().expect("it is a pipe");
        if is_unlocked {
            input.write_all(PASSWORD).expect("it reads its password");
        }
        drop(input);
        self.keyring = Some(keyring);
        let end = Instant::now() + Duration::from_secs(20);
        while self.world.command(["keys", "list"]).unchecked().run().code != 0 {
            assert!(Instant::now() < end, "the keyring does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Locks the keyring, as it is in a new session of the desktop.
    pub fn lock(&mut self) {
        self.stop_keyring();
        self.start_keyring(false);
    }

    /// Ends the keyring.
    pub fn stop_keyring(&mut self) {
        if let Some(mut keyring) = self.keyring.take() {
            let _ = keyring.kill();
            let _ = keyring.wait();
        }
    }

    /// Stops the process of the keyring (SIGSTOP), or continues it.
    pub fn freeze_keyring(&self, is_stopped: bool) {
        freeze(self.keyring.as_ref().expect("it runs"), is_stopped);
    }

    /// [`KeyringStage::freeze_keyring`] for the bus.
    pub fn freeze_bus(&self, is_stopped: bool) {
        freeze(&self.bus, is_stopped);
    }

    /// Returns how often a person was asked for the password.
    pub fn asked(&self) -> usize {
        fs::read_to_string(self.world.scratch("asked")).unwrap_or_default().lines().count()
    }

    /// Adds the keys of the emulator's user to the keyring, for this profile.
    pub fn add(&self, profile: &str) {
        let pair = format!("AKIAIOSFODNN7EXAMPLE\n{}\n", scene::STATIC_SECRET);
        let add = self.world.command(["keys", "add", profile, "--stdin"]).stdin(pair);
        let done = add.unchecked().run();
        let whose = "arn:aws:iam::111122223333:user/alice";
        let said = format!("awsenv: the keys of profile `{profile}` are in the keyring ({whose})\n");
        assert_eq!((done.code, done.stderr), (0, said));
    }
}

fn command(world: &World, program: &str) -> Command {
    let mut command = Command::new(program);
    command.env_clear().envs(world.env()).current_dir(world.home());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn freeze(child: &Child, is_stopped: bool) {
    let signal = if is_stopped { Signal::STOP } else { Signal::CONT };
    kill_process(Pid::from_child(child), signal).expect("it runs");
}

impl Drop for KeyringStage {
    fn drop(&mut self) {
        self.stop_keyring();
        let _ = self.bus.kill();
        let _ = self.bus.wait();
    }
}
