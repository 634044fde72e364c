//! The certificate authorities to trust: the system's, or those in the file that `AWS_CA_BUNDLE` or
//! `ca_bundle` names.

use std::path::Path;

use anyhow::{Context as _, Result};
use aws_smithy_http_client::tls::{TlsContext, TrustStore};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::failure::Failure;
use crate::system::context::Context;
use crate::system::{files, home_path};

/// In bytes; the bundles of systems have a quarter of a megabyte.
const LARGEST: u64 = 16 * 1024 * 1024;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";

/// Returns the TLS settings. `AWS_CA_BUNDLE` overrides `ca_bundle`; with either, the system's authorities are
/// not trusted (as in the AWS CLI). An error if the file cannot be read or holds no certificate.
pub(super) fn context(ctx: &Context, ca_bundle: Option<&Path>) -> Result<TlsContext> {
    let variable = ctx.env.text("AWS_CA_BUNDLE");
    let variable = variable.map(|path| home_path::expand(ctx, path.as_ref())).transpose()?;
    let store = match variable.as_deref().or(ca_bundle) {
        Some(path) => bundle(ctx, path)?,
        None => TrustStore::default(),
    };
    TlsContext::builder().with_trust_store(store).build().context("could not set up TLS")
}

/// Reads the certificates one by one: the official client panics at one that it does not understand, and
/// bundles of companies often have some.
fn bundle(ctx: &Context, path: &Path) -> Result<TrustStore> {
    let path = ctx.cwd.as_deref().map_or_else(|| path.to_owned(), |cwd| cwd.join(path));
    let place = crate::text::sanitize::path(&path);
    let hint = "check `AWS_CA_BUNDLE`, and `ca_bundle` in the profile";
    let failed =
        |why: &str| Failure::new(format!("could not read the certificates in {place}: {why}")).hint(hint);
    let file = files::read_regular(&path, LARGEST);
    let (bytes, _) = file.map_err(|error| failed(&files::reason(&error)))?;
    if bytes.len() as u64 > LARGEST {
        return Err(failed("it is larger than 16 MiB").into());
    }
    // Comments between the certificates may be in any encoding.
    let text = String::from_utf8_lossy(&bytes);
    let blocks = text.match_indices(BEGIN).filter_map(|(start, _)| block(&text[start..]));
    let good: Vec<&str> = blocks.filter(|block| is_usable(block)).collect();
    if good.is_empty() {
        return Err(Failure::new(format!("could not find a certificate in {place}")).hint(hint).into());
    }
    Ok(good.into_iter().fold(TrustStore::empty(), TrustStore::with_pem_certificate))
}

fn block(text: &str) -> Option<&str> {
    const END: &str = "-----END CERTIFICATE-----";
    text.find(END).map(|end| &text[..end + END.len()])
}

fn is_usable(block: &str) -> bool {
    CertificateDer::from_pem_slice(block.as_bytes())
        .is_ok_and(|certificate| RootCertStore::empty().add(certificate).is_ok())
}

#[cfg(test)]
pub(super) mod tests {
    use std::fs;

    use super::*;
    use crate::system::environment::Environment;

    /// A certificate authority that signs nothing. Its key was thrown away; it is valid until 2126.
    pub(in crate::aws) const AUTHORITY: &str = "\
-----BEGIN CERTIFICATE-----
MIIBlzCCAT2gAwIBAgIUMvpcy3oz2m9RXRbPhH8NnwdphngwCgYIKoZIzj0EAwIw
IDEeMBwGA1UEAwwVYXdzZW52IHRlc3QgYXV0aG9yaXR5MCAXDTI2MTEyMjAyNTYz
N1oYDzIxMjYxMDI5MDI1NjM3WjAgMR4wHAYDVQQDDBVhd3NlbnYgdGVzdCBhdXRo
b3JpdHkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARwN0gdn7Sw/2RQJUZffWgN
tbtS5W0l5qK+B/ksJjYuJ4G6Bw54y2jjLWFn5Coz8aQ76CYUfPOtyY3vjO6Duoek
o1MwUTAdBgNVHQ4EFgQUIHpyqarunKYcCfHtrMgxb07gx9kwHwYDVR0jBBgwFoAU
IHpyqarunKYcCfHtrMgxb07gx9kwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQD
AgNIADBFAiEAtoxIqfYyxoq/WsNAIZxYrBxsq1FS9P7I2KUe2l6IuNgCIE9Di4Bt
YPDi0CEGSH8Q95ucFN6X5qVWCFHfRIGJCluz
-----END CERTIFICATE-----
";

    fn read(content: &str) -> Result<TlsContext> {
        let (folder, ctx) = Context::in_temporary_home();
        fs::write(folder.path().join("bundle.pem"), content).unwrap();
        context(&ctx, Some(Path::new("bundle.pem")))
    }

    #[test]
    fn a_bundle_may_hold_comments_and_certificates_that_are_no_good() {
        let broken = AUTHORITY.replace("MIIB", "AAAA");
        let truncated = &AUTHORITY[..200];
        read(&format!("# ours\n{broken}\n{AUTHORITY}\nmore text\n{AUTHORITY}{truncated}")).unwrap();
        for content in ["", "not a certificate", &broken, truncated] {
            let error = read(content).unwrap_err();
            assert!(format!("{error:#}").starts_with("could not find a certificate in "), "{error:#}");
        }
    }

    #[test]
    fn a_bundle_that_never_ends_is_left() {
        let (folder, ctx) = Context::in_temporary_home();
        let error = |name: &str| format!("{:#}", context(&ctx, Some(Path::new(name))).unwrap_err());
        fs::write(folder.path().join("large"), AUTHORITY).unwrap();
        fs::OpenOptions::new()
            .write(true)
            .open(folder.path().join("large"))
            .unwrap()
            .set_len(LARGEST + 1)
            .unwrap();
        assert!(error("large").ends_with("large: it is larger than 16 MiB"), "{}", error("large"));
        assert!(error("/dev/zero").starts_with("could not find a certificate in "), "{}", error("/dev/zero"));
    }

    #[test]
    fn a_bundle_may_have_comments_in_an_old_encoding() {
        let (folder, ctx) = Context::in_temporary_home();
        fs::write(folder.path().join("latin"), [b"# Z\xfcrich\n", AUTHORITY.as_bytes()].concat()).unwrap();
        context(&ctx, Some(Path::new("latin"))).unwrap();
    }

    #[test]
    fn the_variable_overrides_the_profile() {
        let folder = tempfile::tempdir().unwrap();
        let good = folder.path().join("good.pem");
        fs::write(&good, AUTHORITY).unwrap();
        let mut env = Environment::default();
        env.set("AWS_CA_BUNDLE", "/nonexistent/bundle.pem");
        let ctx = Context::new(env.clone(), folder.path(), folder.path());
        let error = context(&ctx, Some(&good)).unwrap_err();
        assert!(format!("{error:#}").contains("/nonexistent/bundle.pem"), "{error:#}");
        env.set("AWS_CA_BUNDLE", "");
        context(&ctx.with_env(env), Some(&good)).unwrap();
    }
}
