//! The fixture of the MFA tests: the world of [`scene`], in which the user `alice` has a device, and profiles
//! that ask for its codes.

use std::path::PathBuf;

use awsenv_emulator::Operation::{AssumeRole, GetSessionToken};

use crate::harness::login_stage as stage;
use crate::harness::scene;
use crate::harness::world::World;

/// The device, and its codes, each for one use.
pub const SERIAL: &str = "arn:aws:iam::111122223333:mfa/alice";
pub const CODES: [&str; 3] = ["123456", "234567", "345678"];

/// The file of the device's session. The name is the SHA-1 digest of access key id, blank and serial number.
pub const SESSION: &str = ".cache/awsenv/credentials/52ac47445e52395de6455ee9cae80d8a3ee59daa.json";

/// The question on the terminal for the profile `guarded`.
pub const QUESTION: &str = "awsenv: MFA code of arn:aws:iam::111122223333:mfa/alice for guarded, account 444455556666, role Guarded, \
     eu-west-1, Ctrl-C to leave it:";

const CONFIG: &str = "
[profile alice]
region = eu-west-1
mfa_serial = arn:aws:iam::111122223333:mfa/alice

[profile guarded]
role_arn = arn:aws:iam::444455556666:role/Guarded
source_profile = static
mfa_serial = arn:aws:iam::111122223333:mfa/alice
region = eu-west-1

[profile second]
role_arn = arn:aws:iam::123456789012:role/Dev
source_profile = static
mfa_serial = arn:aws:iam::111122223333:mfa/alice
region = eu-west-1

[profile above]
role_arn = arn:aws:iam::444455556666:role/Deploy
source_profile = guarded
region = eu-west-1

[profile over-alice]
role_arn = arn:aws:iam::444455556666:role/Deploy
source_profile = alice
region = eu-west-1

[profile over-sso]
role_arn = arn:aws:iam::444455556666:role/Guarded
source_profile = dev
mfa_serial = arn:aws:iam::111122223333:mfa/alice
region = eu-west-1
";

/// Makes a world with the profiles `alice` (a user with MFA), `guarded` and `second` (roles with MFA over
/// `static`), `above` (over `guarded`), `over-alice` (over `alice`, without MFA) and `over-sso`.
pub fn world() -> World {
    let world = scene::world();
    let config = scene::read(&world, ".aws/config");
    world.aws_config(&format!("{config}{CONFIG}"));
    let credentials = scene::read(&world, ".aws/credentials");
    world.aws_credentials(&format!("{credentials}\n{}", credentials.replace("[static]", "[alice]")));
    world
}

/// Returns how often a role was assumed, and a session opened.
pub fn calls(world: &World) -> [usize; 2] {
    stage::counts(world, [AssumeRole, GetSessionToken])
}

/// Returns the file of the session, which must be the only one there.
pub fn session(world: &World) -> PathBuf {
    let folder = ".cache/awsenv/credentials";
    let [file] = &stage::files(world, folder)[..] else { panic!("there is no session, or several") };
    world.at(folder).join(file)
}
