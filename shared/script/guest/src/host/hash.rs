//! Digests and HMAC, computed in the guest so that the deadline interrupts them.

#![expect(
    clippy::needless_pass_by_value,
    reason = "the engine hands arguments over by value"
)]

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use rquickjs::{Ctx, Exception, Function, Object, TypedArray};
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512, Sha512_224, Sha512_256};

use super::encoding::bytes;

pub(crate) fn install<'js>(ctx: &Ctx<'js>, natives: &Object<'js>) -> rquickjs::Result<()> {
    natives.set("digest", Function::new(ctx.clone(), digest)?)?;
    natives.set("hmac", Function::new(ctx.clone(), hmac)?)
}

/// Runs the code with the hash's type; throws for an unknown name.
macro_rules! with_hash {
    ($ctx:expr, $name:expr, $do:ident ! ($($argument:expr),*)) => {
        match $name {
            "MD5" => $do!(Md5, $($argument),*),
            "SHA-1" => $do!(Sha1, $($argument),*),
            "SHA-224" => $do!(Sha224, $($argument),*),
            "SHA-256" => $do!(Sha256, $($argument),*),
            "SHA-384" => $do!(Sha384, $($argument),*),
            "SHA-512" => $do!(Sha512, $($argument),*),
            "SHA-512/224" => $do!(Sha512_224, $($argument),*),
            "SHA-512/256" => $do!(Sha512_256, $($argument),*),
            other => {
                return Err(Exception::throw_type(
                    $ctx,
                    &format!("the hash `{other}` is not supported"),
                ));
            }
        }
    };
}

macro_rules! digest_as {
    ($hash:ty, $data:expr) => {
        <$hash>::digest($data).to_vec()
    };
}

macro_rules! hmac_as {
    ($hash:ty, $ctx:expr, $key:expr, $data:expr) => {{
        let mut mac = <Hmac<$hash> as KeyInit>::new_from_slice($key)
            .map_err(|_| Exception::throw_type($ctx, "the key has the wrong length"))?;
        mac.update($data);
        mac.finalize().into_bytes().to_vec()
    }};
}

/// Returns the digest.
pub(super) fn digest_of(ctx: &Ctx<'_>, name: &str, data: &[u8]) -> rquickjs::Result<Vec<u8>> {
    Ok(with_hash!(ctx, name, digest_as!(data)))
}

fn digest<'js>(
    ctx: Ctx<'js>,
    hash: String,
    data: TypedArray<'js, u8>,
) -> rquickjs::Result<TypedArray<'js, u8>> {
    let output = digest_of(&ctx, &hash, &bytes(&data))?;
    TypedArray::new(ctx, output)
}

fn hmac<'js>(
    ctx: Ctx<'js>,
    hash: String,
    key: TypedArray<'js, u8>,
    data: TypedArray<'js, u8>,
) -> rquickjs::Result<TypedArray<'js, u8>> {
    let (key, data) = (bytes(&key), bytes(&data));
    let output = with_hash!(&ctx, hash.as_str(), hmac_as!(&ctx, &key, &data));
    TypedArray::new(ctx, output)
}
