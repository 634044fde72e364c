//! Core dumps: awsenv leaves none, and what it starts has the limit that awsenv was started with.

use std::path::Path;

use crate::harness::hook_stage::world;
use crate::harness::invocation::Invocation;

#[test]
fn awsenv_dumps_no_core_and_what_it_runs_may() {
    if !Path::new("/proc/self/limits").exists() {
        return;
    }
    let world = world();
    // The hard limit of whoever runs the tests may forbid more.
    let soft =
        |line: &str| Invocation::new(&world, Path::new("/bin/sh"), ["-c", line]).unchecked().run().stdout;
    if soft("ulimit -S -c 1000 && ulimit -S -c").trim() != "1000" {
        return;
    }
    let helper = world.program(
        "helper",
        "#!/bin/sh\nawk '/core/ {print $5}' /proc/$PPID/limits >~/parent\nulimit -S -c >~/child\n\
         echo '{\"Version\": 1, \"AccessKeyId\": \"AKIAX\", \"SecretAccessKey\": \"x\"}'\n",
    );
    world.aws_config(&format!(
        "[profile helped]\ncredential_process = {}\nregion = eu-west-1\n",
        helper.display()
    ));
    assert_eq!(soft("ulimit -S -c 1000; exec awsenv exec -p helped -- sh -c 'ulimit -S -c'"), "1000\n");
    let read = |file: &str| std::fs::read_to_string(world.at(file)).expect("the helper ran");
    assert_eq!([read("parent"), read("child")], ["0\n", "1000\n"]);
}
