//! The home folders of other users, from `/etc/passwd`. Users of a directory service such as LDAP are not
//! found.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use crate::system::files;

/// In bytes; a hundred thousand users fit in.
const LARGEST: u64 = 8 * 1024 * 1024;

/// Returns the home folder of `user`; `None` if there is no such user, or it has none.
pub fn home_of(user: &[u8]) -> Option<PathBuf> {
    home_in(&files::read(Path::new("/etc/passwd"), LARGEST).ok()?, user)
}

/// Lines of seven fields: name, password, user id, group id, comment, home, shell.
fn home_in(content: &[u8], user: &[u8]) -> Option<PathBuf> {
    let mut entries = content.split(|&b| b == b'\n').map(|line| line.split(|&b| b == b':'));
    let home = entries.find_map(|mut fields| (fields.next()? == user).then(|| fields.nth(4)).flatten());
    home.filter(|home| home.starts_with(b"/")).map(|home| OsStr::from_bytes(home).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_is_the_sixth_field_of_the_line_that_begins_with_the_name() {
        let content = b"# users\nrootx:x:1:1::/wrong:/bin/sh\nroot:x:0:0:root,,:/root:/bin/sh\nbare:x:2:2:::\nshort:x\n\xff\n";
        assert_eq!(home_in(content, b"root").as_deref(), Some(Path::new("/root")));
        for user in ["bare", "short", "gone", "", "# users"] {
            assert_eq!(home_in(content, user.as_bytes()), None, "{user}");
        }
    }
}
