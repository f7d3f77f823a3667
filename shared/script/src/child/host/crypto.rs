//! The primitives under `crypto`, from `ring`: digests, HMAC, RSA and ECDSA signatures.

#![expect(
    clippy::needless_pass_by_value,
    reason = "the engine hands arguments over by value"
)]

use ring::{digest, hmac, rand::SystemRandom, rsa, signature};
use rquickjs::{Ctx, Exception, Function, Object, TypedArray};

use super::{encoding::bytes, key};

pub(crate) fn install<'js>(ctx: &Ctx<'js>, natives: &Object<'js>) -> rquickjs::Result<()> {
    natives.set("digest", Function::new(ctx.clone(), digest_of)?)?;
    natives.set("hmac", Function::new(ctx.clone(), hmac_of)?)?;
    natives.set("rsaSign", Function::new(ctx.clone(), rsa_sign)?)?;
    natives.set("rsaVerify", Function::new(ctx.clone(), rsa_verify)?)?;
    natives.set("ecSign", Function::new(ctx.clone(), ec_sign)?)?;
    natives.set("ecVerify", Function::new(ctx.clone(), ec_verify)?)?;
    natives.set("ecGenerate", Function::new(ctx.clone(), ec_generate)?)?;
    natives.set("readKey", Function::new(ctx.clone(), key::read)?)
}

/// What scripts see when a primitive refuses its input.
fn refused(ctx: &Ctx<'_>, what: &str) -> rquickjs::Error {
    Exception::throw_type(ctx, what)
}

fn digest_of<'js>(
    ctx: Ctx<'js>,
    hash: String,
    data: TypedArray<'js, u8>,
) -> rquickjs::Result<TypedArray<'js, u8>> {
    let algorithm = match hash.as_str() {
        "SHA-1" => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        "SHA-256" => &digest::SHA256,
        "SHA-384" => &digest::SHA384,
        "SHA-512" => &digest::SHA512,
        other => return Err(unknown_hash(&ctx, other)),
    };
    let digest = digest::digest(algorithm, &bytes(&data));
    TypedArray::new(ctx, digest.as_ref())
}

fn unknown_hash(ctx: &Ctx<'_>, hash: &str) -> rquickjs::Error {
    refused(
        ctx,
        &format!("the hash `{hash}` is not supported; there are SHA-1, SHA-256, SHA-384, SHA-512"),
    )
}

fn hmac_of<'js>(
    ctx: Ctx<'js>,
    hash: String,
    secret: TypedArray<'js, u8>,
    data: TypedArray<'js, u8>,
) -> rquickjs::Result<TypedArray<'js, u8>> {
    let algorithm = match hash.as_str() {
        "SHA-1" => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        "SHA-256" => hmac::HMAC_SHA256,
        "SHA-384" => hmac::HMAC_SHA384,
        "SHA-512" => hmac::HMAC_SHA512,
        other => return Err(unknown_hash(&ctx, other)),
    };
    let secret = hmac::Key::new(algorithm, &bytes(&secret));
    TypedArray::new(ctx, hmac::sign(&secret, &bytes(&data)).as_ref())
}

/// A part of a key, by its name in a JSON Web Key.
fn part(key: &Object<'_>, name: &str) -> rquickjs::Result<Vec<u8>> {
    key.get::<_, TypedArray<'_, u8>>(name)
        .map(|part| bytes(&part))
}

fn rsa_sign<'js>(
    ctx: Ctx<'js>,
    scheme: String,
    key: Object<'js>,
    data: TypedArray<'js, u8>,
) -> rquickjs::Result<TypedArray<'js, u8>> {
    let padding: &'static dyn signature::RsaEncoding = match scheme.as_str() {
        "PKCS1/SHA-256" => &signature::RSA_PKCS1_SHA256,
        "PKCS1/SHA-384" => &signature::RSA_PKCS1_SHA384,
        "PKCS1/SHA-512" => &signature::RSA_PKCS1_SHA512,
        "PSS/SHA-256" => &signature::RSA_PSS_SHA256,
        "PSS/SHA-384" => &signature::RSA_PSS_SHA384,
        "PSS/SHA-512" => &signature::RSA_PSS_SHA512,
        other => {
            return Err(refused(
                &ctx,
                &format!("`{other}` is not supported for signing"),
            ));
        }
    };
    let components = rsa::KeyPairComponents {
        public_key: rsa::PublicKeyComponents {
            n: part(&key, "n")?,
            e: part(&key, "e")?,
        },
        d: part(&key, "d")?,
        p: part(&key, "p")?,
        q: part(&key, "q")?,
        dP: part(&key, "dp")?,
        dQ: part(&key, "dq")?,
        qInv: part(&key, "qi")?,
    };
    let pair = rsa::KeyPair::from_components(&components).map_err(|error| {
        refused(
            &ctx,
            &format!("the RSA key is refused ({error}); it must have 2048 to 4096 bits"),
        )
    })?;
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(padding, &SystemRandom::new(), &bytes(&data), &mut signature)
        .map_err(|_| refused(&ctx, "the data cannot be signed"))?;
    TypedArray::new(ctx, signature)
}

fn rsa_verify(
    ctx: Ctx<'_>,
    scheme: String,
    key: Object<'_>,
    data: TypedArray<'_, u8>,
    signature: TypedArray<'_, u8>,
) -> rquickjs::Result<bool> {
    let parameters = match scheme.as_str() {
        "PKCS1/SHA-1" => &signature::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
        "PKCS1/SHA-256" => &signature::RSA_PKCS1_2048_8192_SHA256,
        "PKCS1/SHA-384" => &signature::RSA_PKCS1_2048_8192_SHA384,
        "PKCS1/SHA-512" => &signature::RSA_PKCS1_2048_8192_SHA512,
        "PSS/SHA-256" => &signature::RSA_PSS_2048_8192_SHA256,
        "PSS/SHA-384" => &signature::RSA_PSS_2048_8192_SHA384,
        "PSS/SHA-512" => &signature::RSA_PSS_2048_8192_SHA512,
        other => {
            return Err(refused(
                &ctx,
                &format!("`{other}` is not supported for verifying"),
            ));
        }
    };
    let components = rsa::PublicKeyComponents {
        n: part(&key, "n")?,
        e: part(&key, "e")?,
    };
    Ok(components
        .verify(parameters, &bytes(&data), &bytes(&signature))
        .is_ok())
}

/// Curve and hash belong together: ES256 and ES384 are what there is.
fn ec_signing(
    ctx: &Ctx<'_>,
    scheme: &str,
) -> rquickjs::Result<&'static signature::EcdsaSigningAlgorithm> {
    match scheme {
        "P-256/SHA-256" => Ok(&signature::ECDSA_P256_SHA256_FIXED_SIGNING),
        "P-384/SHA-384" => Ok(&signature::ECDSA_P384_SHA384_FIXED_SIGNING),
        other => Err(unknown_curve(ctx, other)),
    }
}

fn unknown_curve(ctx: &Ctx<'_>, scheme: &str) -> rquickjs::Error {
    refused(
        ctx,
        &format!(
            "`{scheme}` is not supported; there are P-256 with SHA-256 and P-384 with SHA-384"
        ),
    )
}

/// The public point, uncompressed.
fn point(key: &Object<'_>) -> rquickjs::Result<Vec<u8>> {
    let mut point = vec![4];
    point.extend(part(key, "x")?);
    point.extend(part(key, "y")?);
    Ok(point)
}

fn ec_sign<'js>(
    ctx: Ctx<'js>,
    scheme: String,
    key: Object<'js>,
    data: TypedArray<'js, u8>,
) -> rquickjs::Result<TypedArray<'js, u8>> {
    let random = SystemRandom::new();
    let pair = signature::EcdsaKeyPair::from_private_key_and_public_key(
        ec_signing(&ctx, &scheme)?,
        &part(&key, "d")?,
        &point(&key)?,
        &random,
    )
    .map_err(|error| refused(&ctx, &format!("the EC key is refused ({error})")))?;
    let signature = pair
        .sign(&random, &bytes(&data))
        .map_err(|_| refused(&ctx, "the data cannot be signed"))?;
    TypedArray::new(ctx, signature.as_ref())
}

fn ec_verify(
    ctx: Ctx<'_>,
    scheme: String,
    key: Object<'_>,
    data: TypedArray<'_, u8>,
    signature: TypedArray<'_, u8>,
) -> rquickjs::Result<bool> {
    let algorithm: &'static dyn signature::VerificationAlgorithm = match scheme.as_str() {
        "P-256/SHA-256" => &signature::ECDSA_P256_SHA256_FIXED,
        "P-384/SHA-384" => &signature::ECDSA_P384_SHA384_FIXED,
        other => return Err(unknown_curve(&ctx, other)),
    };
    let key = signature::UnparsedPublicKey::new(algorithm, point(&key)?);
    Ok(key.verify(&bytes(&data), &bytes(&signature)).is_ok())
}

/// A new key pair, as PKCS#8.
fn ec_generate(ctx: Ctx<'_>, scheme: String) -> rquickjs::Result<TypedArray<'_, u8>> {
    let algorithm = ec_signing(&ctx, &scheme)?;
    let document = signature::EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new())
        .map_err(|_| refused(&ctx, "no key can be made"))?;
    TypedArray::new(ctx, document.as_ref())
}
