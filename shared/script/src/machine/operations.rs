//! Native operations for the guest: signatures from `ring`, and password hashing (`slow.rs`).
//!
//! No epoch interrupts them, so their input is bounded: hashing a megabyte takes 2 ms, and an RSA key has at
//! most 4,096 bits to sign and 8,192 to verify.

mod slow;

use std::time::Instant;

use hookpoint_script_protocol::{Operation, parts};
use ring::{
    rand::SystemRandom,
    rsa,
    signature::{self, KeyPair as _},
};

/// A result, or the text of a `TypeError`.
type Performed = Result<Vec<u8>, String>;

/// Performs an operation before the run's end; the first byte of the output says whether it succeeded.
pub(crate) fn perform(operation: Operation, input: &[u8], end: Instant) -> Vec<u8> {
    let performed = match operation {
        Operation::RsaSign => with(input, rsa_sign),
        Operation::RsaVerify => with(input, rsa_verify),
        Operation::EcSign => with(input, ec_sign),
        Operation::EcVerify => with(input, ec_verify),
        Operation::EcGenerate => with(input, |[scheme]| ec_generate(scheme)),
        Operation::EdPublic => with(input, |[seed]| {
            ed_pair(seed).map(|pair| pair.public_key().as_ref().to_vec())
        }),
        Operation::EdSign => with(input, |[seed, data]| {
            ed_pair(seed).map(|pair| pair.sign(data).as_ref().to_vec())
        }),
        Operation::EdVerify => with(input, |[public, data, signature]| {
            let key = signature::UnparsedPublicKey::new(&signature::ED25519, public);
            Ok(vec![u8::from(key.verify(data, signature).is_ok())])
        }),
        Operation::Pbkdf2 => with(input, |parts| slow::pbkdf2(parts, end)),
        Operation::Scrypt => with(input, |parts| slow::scrypt(parts, end)),
        Operation::Bcrypt => with(input, |parts| slow::bcrypt(parts, end)),
        Operation::Argon2 => with(input, |parts| slow::argon2(parts, end)),
    };
    match performed {
        Ok(mut output) => {
            output.insert(0, 0);
            output
        }
        Err(message) => [&[1], message.as_bytes()].concat(),
    }
}

fn with<const COUNT: usize>(
    input: &[u8],
    operation: impl FnOnce([&[u8]; COUNT]) -> Performed,
) -> Performed {
    parts(input).map_or_else(|| Err("the arguments cannot be read".to_owned()), operation)
}

fn unknown(what: &str, name: &[u8], known: &str) -> String {
    let name = String::from_utf8_lossy(&name[..name.len().min(64)]);
    format!("{what} `{name}` is not supported; there are {known}")
}

const CURVES: &str = "P-256 with SHA-256 and P-384 with SHA-384";

#[expect(
    clippy::many_single_char_names,
    reason = "the members of an RSA key are called so (RFC 7518, section 6.3)"
)]
fn rsa_sign([scheme, n, e, d, p, q, dp, dq, qi, data]: [&[u8]; 10]) -> Performed {
    let padding: &'static dyn signature::RsaEncoding = match scheme {
        b"PKCS1/SHA-256" => &signature::RSA_PKCS1_SHA256,
        b"PKCS1/SHA-384" => &signature::RSA_PKCS1_SHA384,
        b"PKCS1/SHA-512" => &signature::RSA_PKCS1_SHA512,
        b"PSS/SHA-256" => &signature::RSA_PSS_SHA256,
        b"PSS/SHA-384" => &signature::RSA_PSS_SHA384,
        b"PSS/SHA-512" => &signature::RSA_PSS_SHA512,
        other => return Err(unknown("signing with", other, "SHA-256, SHA-384, SHA-512")),
    };
    let components = rsa::KeyPairComponents {
        public_key: rsa::PublicKeyComponents { n, e },
        d,
        p,
        q,
        dP: dp,
        dQ: dq,
        qInv: qi,
    };
    let pair = rsa::KeyPair::from_components(&components).map_err(|error| {
        format!("the RSA key is refused ({error}); it must have 2048 to 4096 bits")
    })?;
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(padding, &SystemRandom::new(), data, &mut signature)
        .map_err(|_| "the data cannot be signed".to_owned())?;
    Ok(signature)
}

fn rsa_verify([scheme, n, e, data, signature]: [&[u8]; 5]) -> Performed {
    let parameters = match scheme {
        b"PKCS1/SHA-1" => &signature::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
        b"PKCS1/SHA-256" => &signature::RSA_PKCS1_2048_8192_SHA256,
        b"PKCS1/SHA-384" => &signature::RSA_PKCS1_2048_8192_SHA384,
        b"PKCS1/SHA-512" => &signature::RSA_PKCS1_2048_8192_SHA512,
        b"PSS/SHA-256" => &signature::RSA_PSS_2048_8192_SHA256,
        b"PSS/SHA-384" => &signature::RSA_PSS_2048_8192_SHA384,
        b"PSS/SHA-512" => &signature::RSA_PSS_2048_8192_SHA512,
        other => {
            return Err(unknown(
                "verifying with",
                other,
                "SHA-1, SHA-256, SHA-384, SHA-512",
            ));
        }
    };
    let components = rsa::PublicKeyComponents { n, e };
    let valid = components.verify(parameters, data, signature).is_ok();
    Ok(vec![u8::from(valid)])
}

/// Curve and hash are paired: ES256 or ES384.
fn ec_signing(scheme: &[u8]) -> Result<&'static signature::EcdsaSigningAlgorithm, String> {
    match scheme {
        b"P-256/SHA-256" => Ok(&signature::ECDSA_P256_SHA256_FIXED_SIGNING),
        b"P-384/SHA-384" => Ok(&signature::ECDSA_P384_SHA384_FIXED_SIGNING),
        other => Err(unknown("the curve", other, CURVES)),
    }
}

fn ec_sign([scheme, d, point, data]: [&[u8]; 4]) -> Performed {
    let random = SystemRandom::new();
    let pair = signature::EcdsaKeyPair::from_private_key_and_public_key(
        ec_signing(scheme)?,
        d,
        point,
        &random,
    )
    .map_err(|error| format!("the EC key is refused ({error})"))?;
    let signature = pair
        .sign(&random, data)
        .map_err(|_| "the data cannot be signed".to_owned())?;
    Ok(signature.as_ref().to_vec())
}

fn ec_verify([scheme, point, data, signature]: [&[u8]; 4]) -> Performed {
    let algorithm: &'static dyn signature::VerificationAlgorithm = match scheme {
        b"P-256/SHA-256" => &signature::ECDSA_P256_SHA256_FIXED,
        b"P-384/SHA-384" => &signature::ECDSA_P384_SHA384_FIXED,
        other => return Err(unknown("the curve", other, CURVES)),
    };
    let key = signature::UnparsedPublicKey::new(algorithm, point);
    Ok(vec![u8::from(key.verify(data, signature).is_ok())])
}

/// A new key pair, as PKCS#8.
fn ec_generate(scheme: &[u8]) -> Performed {
    signature::EcdsaKeyPair::generate_pkcs8(ec_signing(scheme)?, &SystemRandom::new())
        .map(|document| document.as_ref().to_vec())
        .map_err(|_| "no key can be made".to_owned())
}

fn ed_pair(seed: &[u8]) -> Result<signature::Ed25519KeyPair, String> {
    signature::Ed25519KeyPair::from_seed_unchecked(seed)
        .map_err(|error| format!("the Ed25519 key is refused ({error})"))
}
