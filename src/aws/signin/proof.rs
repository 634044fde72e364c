//! Proofs of possession (DPoP, RFC 9449): a JWT that says which request it is for, signed with ES256.

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::json;
use zeroize::Zeroizing;

use crate::text::hex;
use crate::values::secret::Secret;

/// In bytes: a coordinate, and the private number.
const SIZE: usize = 32;

/// In bytes: the part before the key in a PKCS #8 document of *ring*.
const PKCS8_HEAD: usize = 29;

/// The start of an `ECPrivateKey` (RFC 5915) on this curve: its length, its version, the number's length.
const SEC1_START: [u8; 7] = [0x30, 0x77, 0x02, 0x01, 0x01, 0x04, 0x20];

/// The part between the number and the point: the name of the curve, and the length of the point.
const SEC1_CURVE: [u8; 17] =
    [0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0xa1, 0x44, 0x03, 0x42, 0x00];

/// The width of a line in PEM (RFC 1421).
const COLUMNS: usize = 64;

/// A private key on P-256.
pub struct ProofKey {
    pair: EcdsaKeyPair,
    random: SystemRandom,
}

impl ProofKey {
    /// Reads a key as the AWS CLI writes it: an `EC PRIVATE KEY` in PEM (RFC 5915), with its public part.
    pub fn of_pem(pem: &Secret) -> Option<Self> {
        let (_, rest) = pem.reveal().split_once("-----BEGIN EC PRIVATE KEY-----")?;
        let (body, _) = rest.split_once("-----END EC PRIVATE KEY-----")?;
        let body: String = body.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        let der = BASE64_STANDARD.decode(body).ok()?;
        let (private, public) = parts(&der)?;
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pair = EcdsaKeyPair::from_private_key_and_public_key(algorithm, private, public, &random).ok()?;
        Some(Self { pair, random })
    }

    /// Makes a new key, and returns it with its form in PEM, which [`ProofKey::of_pem`] reads, byte for byte
    /// as the AWS CLI (2.36) writes it: the number, the curve, the public point; lines of 64 columns.
    pub fn generate() -> Result<(Self, Secret)> {
        let failed = || anyhow::anyhow!("could not make a key for the login");
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).map_err(|_| failed())?;
        // After the head comes the key itself, without the curve.
        let own = document.as_ref().get(PKCS8_HEAD..).ok_or_else(failed)?;
        let (private, public) = parts(own).ok_or_else(failed)?;
        let pair = EcdsaKeyPair::from_private_key_and_public_key(algorithm, private, public, &random)
            .map_err(|_| failed())?;
        let der = Zeroizing::new([&SEC1_START[..], private, &SEC1_CURVE, public].concat());
        let text = Zeroizing::new(BASE64_STANDARD.encode(&der));
        let mut pem = String::with_capacity(text.len() + 100);
        pem += "-----BEGIN EC PRIVATE KEY-----\n";
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let (line, more) = rest.split_at(rest.len().min(COLUMNS));
            pem.push_str(line);
            pem.push('\n');
            rest = more;
        }
        pem += "-----END EC PRIVATE KEY-----\n";
        Ok((Self { pair, random }, Secret::new(pem)))
    }

    /// Makes a proof for one request.
    pub fn prove(&self, method: &str, url: &str, now: DateTime<Utc>) -> Result<Secret> {
        let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let point = self.pair.public_key().as_ref();
        let (x, y) = (encode(&point[1..=SIZE]), encode(&point[SIZE + 1..]));
        let head = json!({
            "typ": "dpop+jwt", "alg": "ES256", "jwk": { "kty": "EC", "x": x, "y": y, "crv": "P-256" },
        });
        let payload = json!({ "htm": method, "htu": url, "iat": now.timestamp(), "jti": uuid()? });
        let signed =
            format!("{}.{}", encode(head.to_string().as_bytes()), encode(payload.to_string().as_bytes()));
        let signature =
            self.pair.sign(&self.random, signed.as_bytes()).ok().context("could not sign a request")?;
        Ok(Secret::new(format!("{signed}.{}", encode(signature.as_ref()))))
    }
}

/// Returns a random UUID (version 4).
pub fn uuid() -> Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).context("could not get random numbers from the system")?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = hex::of(&bytes);
    Ok([&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-"))
}

/// Returns the private number and the public point of an `ECPrivateKey`: its version, the number, perhaps the
/// curve, the point.
fn parts(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (content, []) = element(der, 0x30)? else { return None };
    let (_version, content) = element(content, 0x02)?;
    let (private, mut content) = element(content, 0x04)?;
    if content.first() == Some(&0xa0) {
        content = element(content, 0xa0)?.1;
    }
    let (bits, _) = element(element(content, 0xa1)?.0, 0x03)?;
    let public = bits.strip_prefix(&[0])?;
    (private.len() == SIZE && public.len() == 2 * SIZE + 1).then_some((private, public))
}

/// Returns the content of the element with this tag at the start, and the rest. The whole key is shorter than
/// 256 bytes.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (length, rest) = match der {
        [first, length, rest @ ..] if *first == tag && *length < 0x80 => (*length, rest),
        [first, 0x81, length, rest @ ..] if *first == tag => (*length, rest),
        _ => return None,
    };
    rest.split_at_checked(length.into())
}

#[cfg(test)]
mod tests {
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    use super::*;

    /// Returns a new key in DER, and its public point.
    fn new() -> (Vec<u8>, Vec<u8>) {
        let document =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        // What follows the head of PKCS #8 is the key alone.
        let der = document.as_ref()[29..].to_vec();
        let point = der[der.len() - 65..].to_vec();
        (der, point)
    }

    fn pem(der: &[u8]) -> Secret {
        Secret::new(format!(
            "-----BEGIN EC PRIVATE KEY-----\n{}\n-----END EC PRIVATE KEY-----\n",
            BASE64_STANDARD.encode(der)
        ))
    }

    #[test]
    fn a_proof_is_signed_by_the_key_that_it_names_and_never_the_same() {
        let (der, point) = new();
        let key = ProofKey::of_pem(&pem(&der)).unwrap();
        let prove = || key.prove("POST", "https://x/v1/token", DateTime::UNIX_EPOCH).unwrap();
        let proof = prove();
        let (signed, signature) = proof.reveal().rsplit_once('.').unwrap();
        let decode = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).unwrap();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
            .verify(signed.as_bytes(), &decode(signature))
            .unwrap();
        let payload: serde_json::Value =
            serde_json::from_slice(&decode(signed.split('.').nth(1).unwrap())).unwrap();
        assert_eq!(
            (&payload["htm"], &payload["htu"], &payload["iat"]),
            (&"POST".into(), &"https://x/v1/token".into(), &0.into())
        );
        assert_eq!(payload["jti"].as_str().unwrap().len(), 36);
        assert_ne!(prove().reveal(), proof.reveal());
    }

    #[test]
    fn a_new_key_is_written_as_the_aws_cli_writes_it() {
        let (key, pem) = ProofKey::generate().unwrap();
        let again = ProofKey::of_pem(&pem).unwrap();
        assert_eq!(again.pair.public_key().as_ref(), key.pair.public_key().as_ref());
        let lines: Vec<_> = pem.reveal().lines().collect();
        let lengths: Vec<_> = lines.iter().map(|line| line.len()).collect();
        // 121 bytes, as OpenSSL writes them too.
        assert_eq!(lengths, [30, 64, 64, 36, 28]);
        let body = lines[1..4].concat();
        assert!(body.starts_with("MHcCAQEEI"), "{body}");
        assert!(body.contains("oAoGCCqGSM49AwEHoUQDQgAE"), "{body}");
        assert!(pem.reveal().ends_with("-----END EC PRIVATE KEY-----\n"));
    }

    #[test]
    fn what_is_no_whole_key_is_none() {
        let (der, _) = new();
        for end in 0..der.len() {
            assert!(ProofKey::of_pem(&pem(&der[..end])).is_none(), "{end}");
        }
        let mut other = der.clone();
        other[20] ^= 1;
        assert!(ProofKey::of_pem(&pem(&other)).is_none(), "the point belongs to another number");
        for text in ["", "-----BEGIN EC PRIVATE KEY-----", "x"] {
            assert!(ProofKey::of_pem(&Secret::new(text)).is_none(), "{text}");
        }
    }
}
