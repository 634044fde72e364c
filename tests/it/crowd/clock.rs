//! A clock that stands in another century, or jumps by a day: a library that is loaded before the system's
//! moves it.

use std::path::{Path, PathBuf};

use crate::harness::invocation::Invocation;
use crate::harness::scene::{self, SESSION_TOKEN};
use crate::harness::tools;
use crate::harness::world::World;

const LIBRARY: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
int clock_gettime(clockid_t id, struct timespec *now) {
    int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
    int done = real(id, now);
    const char *offset = getenv("TEST_CLOCK_OFFSET");
    if (id == CLOCK_REALTIME && offset) now->tv_sec += atoll(offset);
    return done;
}
"#;

const DAY: i64 = 24 * 60 * 60;

fn library(world: &World) -> PathBuf {
    let (source, library) = (world.write("clock.c", LIBRARY), world.at("clock.so"));
    let args = ["-shared", "-fPIC", "-o"].map(Into::into).into_iter();
    let args = args.chain([library.clone().into_os_string(), source.into_os_string()]);
    Invocation::new(world, Path::new("/usr/bin/cc"), args).run();
    library
}

#[test]
fn no_clock_makes_a_command_panic() {
    if !tools::have(&["cc"]) {
        return;
    }
    let world = scene::world();
    let library = library(&world);
    let project = scene::allowed(&world, "p", "profile = static\n");
    let guarded = scene::allowed(&world, "q", "profile = dev\n");
    scene::sign_in(&world).write(&world, SESSION_TOKEN, chrono::TimeDelta::hours(1));
    for years in [-57, -70, -120, 200] {
        let offset = (years * 365 * DAY).to_string();
        for command in [
            "exec -p static -- true",
            "exec -p role -- true",
            "exec -p dev -- true",
            "status",
            "status --json",
            "profiles",
            "export bash",
            "export bash --hook=1",
            "export bash --hook=1 --fetch=1",
            "allow",
            "credential-process -p role",
            "whoami -p static",
            "doctor --offline",
            "logout --all",
        ] {
            for folder in [&project, &guarded] {
                let run = world.command(command.split(' ')).current_dir(folder).env("LD_PRELOAD", &library);
                let output = run.env("TEST_CLOCK_OFFSET", &offset).unchecked().run();
                let about = format!("{command}, {years} years: {output:?}");
                assert!(output.code != 101 && !output.stderr.contains("panicked"), "{about}");
                let is_static = command.contains("static") && command.starts_with("exec");
                assert!(!is_static || output.code == 0 && output.stderr.is_empty(), "{about}");
            }
        }
    }
}

#[test]
fn a_clock_that_jumps_by_a_day_costs_a_fetch_and_no_login() {
    if !tools::have(&["cc"]) {
        return;
    }
    let world = scene::world();
    let library = library(&world);
    let run = |offset: i64| {
        let exec = world.command(["exec", "-p", "role", "--", "true"]).env("LD_PRELOAD", &library);
        exec.env("TEST_CLOCK_OFFSET", offset.to_string()).unchecked().run()
    };
    for offset in [0, DAY, 0, -DAY, 0] {
        let output = run(offset);
        // Ahead, the keys that AWS gives are over by this clock.
        let is_told = output.code == 125 && output.stderr.contains("clock");
        assert!(output.code == 0 || is_told, "{offset}: {output:?}");
    }
    assert_eq!(run(0).code, 0, "nothing is poisoned");
}
