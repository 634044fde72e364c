//! `awsenv exec --serve --docker` and `awsenv relay`: the endpoint for containers, tried in network
//! namespaces of the test's own.

use std::io::Write as _;
use std::process::Command;

use chrono::TimeDelta;

use crate::harness::invocation::{Invocation, Output};
use crate::harness::scene::{self, DEV_ENTRY};
use crate::harness::tools;
use crate::harness::world::World;

/// A machine with a bridge, and a container on it: the process `$container`, at 172.30.0.2.
const NETWORK: &str = "
set -e
ip link set lo up
ip link add docker0 type veth peer name eth0
unshare --net sleep 1000 & container=$!
trap 'kill $container' EXIT
until [ \"$(readlink /proc/$container/ns/net)\" != \"$(readlink /proc/self/ns/net)\" ]; do sleep 0.01; done
ip link set eth0 netns $container
ip addr add 172.30.0.1/24 dev docker0
ip link set docker0 up
nsenter --target $container --net sh -c 'ip link set lo up; ip addr add 172.30.0.2/24 dev eth0; ip link set eth0 up'
export container
";

/// Functions for a script of bash: `ask ADDRESS PORT HOST TOKEN [REQUEST]` prints the answer, `inside` runs a
/// script in the container with them.
const FUNCTIONS: &str = r#"
ask() {
    exec 3<> "/dev/tcp/$1/$2" || return
    printf '%s HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\n\r\n' "${5:-GET /credentials}" "$3" "$4" >&3
    cat <&3
    exec 3>&-
}
# In hexadecimal, 127.0.0.1 is 0100007F, and the state of a listener 0A.
listeners() { awk '$4 == "0A" { split($2, at, ":"); print at[1] }' /proc/net/tcp /proc/net/tcp6; }
host=${AWS_CONTAINER_CREDENTIALS_FULL_URI#http://} host=${host%/credentials}
port=${host#*:} token=$AWS_CONTAINER_AUTHORIZATION_TOKEN
inside() { nsenter --target "$container" --net bash -c "$functions $1"; }
"#;

/// Returns whether namespaces can be made, and says so if not.
fn can() -> bool {
    if !tools::have(&["unshare", "ip", "nsenter", "bash", "awk"]) {
        return false;
    }
    let mut make = Command::new("unshare");
    make.args(["--map-root-user", "--net", "ip", "link", "add", "probe0", "type", "veth"]);
    let is_allowed = make.output().is_ok_and(|output| output.status.success());
    if !is_allowed {
        // No package could help.
        let _ = writeln!(std::io::stderr(), "skipped: this user may not make network namespaces");
    }
    is_allowed
}

/// Runs a script of bash below `exec --serve --docker`, on the machine with the bridge.
fn below(world: &World, script: &str) -> Output {
    let command = "awsenv exec -p dev --serve --docker -- bash -c \"$functions $script\"";
    let all = format!("{NETWORK}\n{command}");
    let words = ["--map-root-user", "--net", "bash", "-c", &all];
    let run = Invocation::new(world, "/usr/bin/unshare".as_ref(), words);
    run.env("functions", FUNCTIONS).env("script", script).unchecked().run()
}

fn world() -> World {
    let world = scene::world();
    scene::plant_role(&world, DEV_ENTRY, TimeDelta::hours(1));
    world
}

#[test]
fn a_quiet_machine_is_told_of_no_side_car() {
    let world = world();
    let words = ["exec", "-p", "dev", "--serve", "--docker=host.docker.internal", "--", "/bin/true"];
    let told = world.command(words).unchecked().code(0).run().stderr;
    assert!(told.contains("side-car"), "{told}");
    world.write(".config/awsenv/config", "quiet = true\n");
    world.command(words).stderr("").run();
}

#[test]
fn a_container_gets_credentials_through_its_side_car_alone() {
    if !can() {
        return;
    }
    let world = world();
    let script = r#"
        echo "machine $(listeners | sort -u | tr '\n' ' ')"
        inside 'echo "none $(ask 127.0.0.1 $port $host $token 2>&1 | grep -c ASIAPLANTED)"'
        nsenter --target $container --net awsenv relay "$AWSENV_RELAY" & relay=$!
        inside 'until (exec 3<> /dev/tcp/127.0.0.1/$port) 2> /dev/null; do sleep 0.02; done
                echo "container $(listeners | sort -u | tr "\n" " ")"
                ask 127.0.0.1 $port $host $token | grep -o ASIAPLANTED'
        kill $relay; wait $relay; echo "ended $?"
    "#;
    let output = below(&world, script);
    // Little-endian: 172.30.0.1 is 01001EAC.
    assert_eq!(
        output.stdout, "machine 0100007F 01001EAC \nnone 0\ncontainer 0100007F \nASIAPLANTED\nended 0\n",
        "{}",
        output.stderr
    );
    let said = &output.stderr;
    assert!(
        said.contains(
            "    network_mode: service:app\n    entrypoint: [/awsenv, relay, \"${AWSENV_RELAY}\"]\n"
        ),
        "{said}"
    );
    assert!(said.contains("awsenv: relaying 127.0.0.1:"), "{said}");
    assert!(!said.contains(" 3<>") && output.code == 0, "{output:?}");
    assert!(!said.contains("planted-"), "no secret is in the lines: {said}");
}

#[test]
fn a_neighbour_on_the_bridge_learns_nothing_and_holds_nobody_up() {
    if !can() {
        return;
    }
    let world = world();
    let script = r#"
        inside 'ask 172.30.0.1 $port $host wrong | head -1
                ask 172.30.0.1 $port 172.30.0.1:$port $token | head -1
                ask 172.30.0.1 $port evil.example $token | head -1
                ask 172.30.0.1 $port $host $token "PUT /credentials" | head -1
                ask 172.30.0.1 $port $host $token "GET /" | head -1
                for number in {1..300}; do exec {fd}<> /dev/tcp/172.30.0.1/$port; printf "GET /cred" >&$fd; done
                timeout 5 bash -c "$functions ask 172.30.0.1 $port $host $token" | head -1'
        timeout 5 bash -c "$functions ask 127.0.0.1 $port $host $token" | head -1
    "#;
    let output = below(&world, script);
    let codes: Vec<_> = output.stdout.lines().filter_map(|line| line.split(' ').nth(1)).collect();
    assert_eq!(codes, ["401", "403", "403", "405", "404", "200", "200"], "{output:?}");
}

#[test]
fn no_address_is_listened_on_that_was_not_meant() {
    let world = world();
    for wrong in ["0.0.0.0", "::", "127.0.0.1", "docker0"] {
        let docker = format!("--docker={wrong}");
        let words = ["exec", "-p", "dev", "--serve", &docker, "--", "/bin/true"];
        let output = world.command(words).unchecked().code(125).run();
        assert!(output.stderr.contains("invalid `--docker`"), "{}", output.stderr);
    }
    // An address that is documentation's, and no machine's.
    let words = ["exec", "-p", "dev", "--serve", "--docker=192.0.2.1", "--", "/bin/true"];
    let refused = world.command(words).unchecked().code(125).run();
    assert!(
        refused.stderr.starts_with("awsenv: error: could not listen on 192.0.2.1: "),
        "{}",
        refused.stderr
    );
    world.command(["exec", "-p", "dev", "--docker", "--", "/bin/true"]).unchecked().code(125).run();
    for wrong in ["", "172.17.0.1", "172.17.0.1:0", "172.17.0.1:x", "0.0.0.0:80", "172.17.0.1:99999"] {
        let refused = world.command(["relay", wrong]).unchecked().code(2).run();
        assert!(refused.stderr.contains("invalid address"), "{}", refused.stderr);
    }
}
