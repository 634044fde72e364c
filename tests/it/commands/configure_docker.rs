//! `awsenv configure docker`: Docker's file, and the link by which Docker finds the program.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use crate::harness::scene;
use crate::harness::world::World;

const HOST: &str = "444455556666.dkr.ecr.eu-west-1.amazonaws.com";
const MADE: &str = "awsenv: made the link <world>/bin/docker-credential-awsenv\n";

fn docker(world: &World) -> String {
    scene::read(world, ".docker/config.json")
}

#[test]
fn the_registry_is_written_and_the_helper_linked() {
    let world = scene::world();
    let args = ["configure", "docker", HOST, "public.ecr.aws"];
    let said = format!(
        "awsenv: Docker asks awsenv for the login of {HOST}, public.ecr.aws (~/.docker/config.json)\n"
    );
    world.command(args).stderr(format!("{MADE}{said}")).run();
    let expected = format!(
        "{{\n\t\"credHelpers\": {{\n\t\t\"{HOST}\": \"awsenv\",\n\t\t\"public.ecr.aws\": \"awsenv\"\n\t}}\n}}\n"
    );
    assert_eq!(docker(&world), expected);
    let path = world.at(".docker/config.json");
    assert_eq!(fs::metadata(path).expect("it is there").permissions().mode() & 0o777, 0o600);
    let again = format!("awsenv: ~/.docker/config.json has {HOST}, public.ecr.aws already\n");
    world.command(args).stderr(again).run();
}

#[test]
fn the_rest_of_the_file_its_mode_and_a_link_to_it_stay() {
    let mut world = scene::world();
    let file = "{ \"auths\": {\"docker.io\": {\"auth\": \"eA==\"}},\r\n  \"credsStore\": \"desktop\"}";
    let path = world.write("dotfiles/docker.json", file);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("the file is ours");
    let folder = world.dir("elsewhere");
    symlink(&path, folder.join("config.json")).expect("the folder is empty");
    world.set("DOCKER_CONFIG", &folder);
    scene::allowed(&world, "api", "profile = dev\n");
    let host = "111122223333.dkr.ecr.eu-west-1.amazonaws.com";
    let said = format!("awsenv: Docker asks awsenv for the login of {host} (~/elsewhere/config.json)\n");
    world.command(["configure", "docker"]).current_dir("api").stderr(format!("{MADE}{said}")).run();
    let helpers = format!(", \"credHelpers\": {{ \"{host}\": \"awsenv\" }}}}");
    assert_eq!(scene::read(&world, "dotfiles/docker.json"), file.trim_end_matches('}').to_owned() + &helpers);
    assert_eq!(fs::metadata(&path).expect("it is there").permissions().mode() & 0o777, 0o640);
    assert!(folder.join("config.json").is_symlink());
}

#[test]
fn nothing_is_written_where_docker_would_not_find_the_helper_or_the_file_is_odd() {
    let world = scene::world();
    let helper = world.program("docker-credential-awsenv", "#!/bin/sh\n");
    let other = "awsenv: error: could not set up Docker: <world>/bin/docker-credential-awsenv is another program\n\
        awsenv: hint: remove it, or put this program's folder before it on the PATH\n";
    world.command(["configure", "docker", HOST]).code(1).stderr(other).run();
    fs::set_permissions(&helper, fs::Permissions::from_mode(0o600)).expect("the file is ours");
    let in_place = "awsenv: error: could not make the link <world>/bin/docker-credential-awsenv: another file is there\n\
        awsenv: hint: run `sudo ln -sf <world>/bin/awsenv <world>/bin/docker-credential-awsenv`, then this again\n";
    world.command(["configure", "docker", HOST]).code(1).stderr(in_place).run();
    fs::remove_file(helper).expect("it is there");
    assert!(!world.at(".docker").exists());

    let file = world.write(".docker/config.json", "{\"credHelpers\": [");
    let odd = "awsenv: error: could not change ~/.docker/config.json: it is no JSON object\n\
        awsenv: hint: correct it, or move it away\n";
    world.command(["configure", "docker", HOST]).code(1).stderr(format!("{MADE}{odd}")).run();
    assert_eq!(fs::read_to_string(file).expect("it is there"), "{\"credHelpers\": [");

    let none = "awsenv: error: could not use `docker.io`: it is no registry of AWS\n\
        awsenv: hint: write ACCOUNT.dkr.ecr.REGION.amazonaws.com, or public.ecr.aws\n";
    world.command(["configure", "docker", "docker.io"]).code(2).stderr(none).run();
    let nowhere = world.command(["configure", "docker"]).unchecked().run();
    assert_eq!(nowhere.code, 1);
    assert!(nowhere.stderr.contains("awsenv configure docker ACCOUNT.dkr.ecr"), "{}", nowhere.stderr);
}
