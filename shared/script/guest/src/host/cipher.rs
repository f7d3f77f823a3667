//! AES in GCM, CBC, CTR and ECB mode, and AES key wrap.

#![expect(
    clippy::needless_pass_by_value,
    reason = "the engine hands arguments over by value"
)]

use aes::{
    Aes128, Aes192, Aes256,
    cipher::{
        BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, BlockSizeUser,
        KeyInit, KeyIvInit,
        array::{Array, ArraySize},
        consts::{U12, U16},
    },
};
use aes_gcm::{AesGcm, aead::AeadInOut};
use aes_kw::AesKw;
use rquickjs::{Ctx, Exception, Function, Object, TypedArray};

use super::encoding::bytes;

pub(crate) fn install<'js>(ctx: &Ctx<'js>, natives: &Object<'js>) -> rquickjs::Result<()> {
    natives.set("aesGcm", Function::new(ctx.clone(), gcm)?)?;
    natives.set("aesBlocks", Function::new(ctx.clone(), blocks)?)?;
    natives.set("aesWrap", Function::new(ctx.clone(), wrap)?)
}

/// `None` for a wrong tag or an invalid length.
type Output<'js> = rquickjs::Result<Option<TypedArray<'js, u8>>>;

fn given(ctx: Ctx<'_>, output: Option<Vec<u8>>) -> Output<'_> {
    output.map(|bytes| TypedArray::new(ctx, bytes)).transpose()
}

/// Encrypts data and appends a 16-byte tag, or reverses that.
fn gcm<'js>(
    ctx: Ctx<'js>,
    encrypts: bool,
    key: TypedArray<'js, u8>,
    nonce: TypedArray<'js, u8>,
    more: TypedArray<'js, u8>,
    data: TypedArray<'js, u8>,
) -> Output<'js> {
    let (key, nonce, more, data) = (bytes(&key), bytes(&nonce), bytes(&more), bytes(&data));
    let output = match key.len() {
        16 => gcm_with::<Aes128>(encrypts, &key, &nonce, &more, data),
        24 => gcm_with::<Aes192>(encrypts, &key, &nonce, &more, data),
        32 => gcm_with::<Aes256>(encrypts, &key, &nonce, &more, data),
        _ => return Err(Exception::throw_range(&ctx, "Invalid key length")),
    };
    given(ctx, output)
}

fn gcm_with<A>(
    encrypts: bool,
    key: &[u8],
    nonce: &[u8],
    more: &[u8],
    data: Vec<u8>,
) -> Option<Vec<u8>>
where
    A: KeyInit + BlockCipherEncrypt + BlockSizeUser<BlockSize = U16>,
{
    match nonce.len() {
        12 => gcm_sized::<A, U12>(encrypts, key, nonce, more, data),
        16 => gcm_sized::<A, U16>(encrypts, key, nonce, more, data),
        _ => None,
    }
}

fn gcm_sized<A, N>(
    encrypts: bool,
    key: &[u8],
    nonce: &[u8],
    more: &[u8],
    mut data: Vec<u8>,
) -> Option<Vec<u8>>
where
    A: KeyInit + BlockCipherEncrypt + BlockSizeUser<BlockSize = U16>,
    N: ArraySize,
{
    let cipher = AesGcm::<A, N>::new_from_slice(key).ok()?;
    let nonce = <&Array<u8, N>>::try_from(nonce).ok()?;
    let done = if encrypts {
        cipher.encrypt_in_place(nonce, more, &mut data)
    } else {
        cipher.decrypt_in_place(nonce, more, &mut data)
    };
    done.ok().map(|()| data)
}

/// Encrypts or decrypts whole blocks (CBC, ECB) or any length (CTR). The caller pads.
fn blocks<'js>(
    ctx: Ctx<'js>,
    mode: String,
    encrypts: bool,
    key: TypedArray<'js, u8>,
    vector: TypedArray<'js, u8>,
    data: TypedArray<'js, u8>,
) -> Output<'js> {
    let (key, vector, data) = (bytes(&key), bytes(&vector), bytes(&data));
    let output = match key.len() {
        16 => blocks_with::<Aes128>(&mode, encrypts, &key, &vector, data),
        24 => blocks_with::<Aes192>(&mode, encrypts, &key, &vector, data),
        32 => blocks_with::<Aes256>(&mode, encrypts, &key, &vector, data),
        _ => return Err(Exception::throw_range(&ctx, "Invalid key length")),
    };
    given(ctx, output)
}

fn blocks_with<A>(
    mode: &str,
    encrypts: bool,
    key: &[u8],
    vector: &[u8],
    mut data: Vec<u8>,
) -> Option<Vec<u8>>
where
    A: KeyInit + BlockCipherEncrypt + BlockCipherDecrypt + BlockSizeUser<BlockSize = U16>,
{
    if mode == "ctr" {
        let cipher = A::new_from_slice(key).ok()?;
        let mut counter = u128::from_be_bytes(vector.try_into().ok()?);
        for part in data.chunks_mut(16) {
            let mut block = Array::from(counter.to_be_bytes());
            cipher.encrypt_block(&mut block);
            for (byte, mask) in part.iter_mut().zip(block) {
                *byte ^= mask;
            }
            counter = counter.wrapping_add(1);
        }
        return Some(data);
    }
    let length = data.len();
    if !length.is_multiple_of(16) {
        return None;
    }
    let (blocks, _) = Array::<u8, U16>::slice_as_chunks_mut(&mut data);
    match (mode, encrypts) {
        ("cbc", true) => cbc::Encryptor::<A>::new_from_slices(key, vector)
            .ok()?
            .encrypt_blocks(blocks),
        ("cbc", false) => cbc::Decryptor::<A>::new_from_slices(key, vector)
            .ok()?
            .decrypt_blocks(blocks),
        (_, true) => A::new_from_slice(key).ok()?.encrypt_blocks(blocks),
        (_, false) => A::new_from_slice(key).ok()?.decrypt_blocks(blocks),
    }
    Some(data)
}

/// Wraps or unwraps a key (RFC 3394).
fn wrap<'js>(
    ctx: Ctx<'js>,
    wraps: bool,
    key: TypedArray<'js, u8>,
    data: TypedArray<'js, u8>,
) -> Output<'js> {
    let (key, data) = (bytes(&key), bytes(&data));
    let output = match key.len() {
        16 => wrap_with::<Aes128>(wraps, &key, &data),
        24 => wrap_with::<Aes192>(wraps, &key, &data),
        32 => wrap_with::<Aes256>(wraps, &key, &data),
        _ => return Err(Exception::throw_range(&ctx, "Invalid key length")),
    };
    given(ctx, output)
}

fn wrap_with<A>(wraps: bool, key: &[u8], data: &[u8]) -> Option<Vec<u8>>
where
    A: KeyInit + BlockCipherEncrypt + BlockCipherDecrypt + BlockSizeUser<BlockSize = U16>,
{
    let cipher = AesKw::<A>::new_from_slice(key).ok()?;
    let mut output = vec![0; data.len() + 8];
    let done = if wraps {
        cipher.wrap_key(data, &mut output)
    } else {
        cipher.unwrap_key(data, &mut output)
    };
    done.ok().map(<[u8]>::to_vec)
}
