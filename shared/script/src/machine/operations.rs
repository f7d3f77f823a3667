//! Native operations for the guest, from `ring`: digests, HMAC, RSA and ECDSA signatures.
//!
//! Nothing interrupts them, so their input is bounded: a megabyte is hashed in two milliseconds, an RSA key has at most 4,096 bits
//! to sign and 8,192 to verify.

use hookpoint_script_protocol::{Operation, parts};
use ring::{digest, hmac, rand::SystemRandom, rsa, signature};

/// A result, or the text of a `TypeError`.
type Performed = Result<Vec<u8>, String>;

/// Performs an operation; the output begins with a byte that says whether it worked.
pub(crate) fn perform(operation: Operation, input: &[u8]) -> Vec<u8> {
    let performed = match operation {
        Operation::Digest => with(input, |[hash, data]| digest_of(hash, data)),
        Operation::Hmac => with(input, |[hash, key, data]| hmac_of(hash, key, data)),
        Operation::RsaSign => with(input, rsa_sign),
        Operation::RsaVerify => with(input, rsa_verify),
        Operation::EcSign => with(input, ec_sign),
        Operation::EcVerify => with(input, ec_verify),
        Operation::EcGenerate => with(input, |[scheme]| ec_generate(scheme)),
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

const HASHES: &str = "SHA-1, SHA-256, SHA-384, SHA-512";
const CURVES: &str = "P-256 with SHA-256 and P-384 with SHA-384";

fn digest_of(hash: &[u8], data: &[u8]) -> Performed {
    let algorithm = match hash {
        b"SHA-1" => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        b"SHA-256" => &digest::SHA256,
        b"SHA-384" => &digest::SHA384,
        b"SHA-512" => &digest::SHA512,
        other => return Err(unknown("the hash", other, HASHES)),
    };
    Ok(digest::digest(algorithm, data).as_ref().to_vec())
}

fn hmac_of(hash: &[u8], key: &[u8], data: &[u8]) -> Performed {
    let algorithm = match hash {
        b"SHA-1" => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        b"SHA-256" => hmac::HMAC_SHA256,
        b"SHA-384" => hmac::HMAC_SHA384,
        b"SHA-512" => hmac::HMAC_SHA512,
        other => return Err(unknown("the hash", other, HASHES)),
    };
    let key = hmac::Key::new(algorithm, key);
    Ok(hmac::sign(&key, data).as_ref().to_vec())
}

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
        other => return Err(unknown("verifying with", other, HASHES)),
    };
    let components = rsa::PublicKeyComponents { n, e };
    let valid = components.verify(parameters, data, signature).is_ok();
    Ok(vec![u8::from(valid)])
}

/// Curve and hash belong together: ES256 and ES384 are what there is.
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
