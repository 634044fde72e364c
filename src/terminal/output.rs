//! Standard output, which belongs to programs.

use std::io::Write as _;

/// Writes all of `bytes`. A reader that has left, as in `awsenv profiles | head -1`, is no failure.
pub fn print(bytes: &[u8]) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(bytes).and_then(|()| out.flush());
}
