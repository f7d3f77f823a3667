//! `crypto` primitives that the host computes: signatures, key derivation and password hashing.

#![expect(
    clippy::needless_pass_by_value,
    reason = "the engine hands arguments over by value"
)]

use hookpoint_script_protocol::{OPERATION_LIMIT, Operation, push_part};
use rquickjs::{Ctx, Exception, Function, Object, TypedArray};

use super::{encoding::bytes, key};
use crate::imports;

pub(crate) fn install<'js>(ctx: &Ctx<'js>, natives: &Object<'js>) -> rquickjs::Result<()> {
    natives.set("rsaSign", Function::new(ctx.clone(), rsa_sign)?)?;
    natives.set("rsaVerify", Function::new(ctx.clone(), rsa_verify)?)?;
    natives.set("ecSign", Function::new(ctx.clone(), ec_sign)?)?;
    natives.set("ecVerify", Function::new(ctx.clone(), ec_verify)?)?;
    natives.set("ecGenerate", Function::new(ctx.clone(), ec_generate)?)?;
    natives.set("edPublic", Function::new(ctx.clone(), ed_public)?)?;
    natives.set("edSign", Function::new(ctx.clone(), ed_sign)?)?;
    natives.set("edVerify", Function::new(ctx.clone(), ed_verify)?)?;
    natives.set("pbkdf2", Function::new(ctx.clone(), pbkdf2)?)?;
    natives.set("scrypt", Function::new(ctx.clone(), scrypt)?)?;
    natives.set("bcrypt", Function::new(ctx.clone(), bcrypt)?)?;
    natives.set("argon2", Function::new(ctx.clone(), argon2)?)?;
    natives.set("readKey", Function::new(ctx.clone(), key::read)?)
}

/// Calls the host; throws a refusal as a `TypeError`.
fn perform(ctx: &Ctx<'_>, operation: Operation, parts: &[&[u8]]) -> rquickjs::Result<Vec<u8>> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    if length > OPERATION_LIMIT {
        return Err(Exception::throw_type(
            ctx,
            &format!(
                "{length} bytes for one call of crypto, at most {OPERATION_LIMIT} are accepted"
            ),
        ));
    }
    let mut input = Vec::with_capacity(length + 4 * parts.len());
    for part in parts {
        push_part(&mut input, part);
    }
    let mut output = imports::perform(operation as u32, &input);
    if output.first() == Some(&0) {
        output.remove(0);
        return Ok(output);
    }
    let text = String::from_utf8_lossy(output.get(1..).unwrap_or_default());
    Err(Exception::throw_type(ctx, &text))
}

fn array<'js>(
    ctx: &Ctx<'js>,
    operation: Operation,
    parts: &[&[u8]],
) -> rquickjs::Result<TypedArray<'js, u8>> {
    TypedArray::new(ctx.clone(), perform(ctx, operation, parts)?)
}

/// A member of a JSON Web Key.
fn member(key: &Object<'_>, name: &str) -> rquickjs::Result<Vec<u8>> {
    key.get::<_, TypedArray<'_, u8>>(name)
        .map(|part| bytes(&part))
}

fn rsa_sign<'js>(
    ctx: Ctx<'js>,
    scheme: String,
    key: Object<'js>,
    data: TypedArray<'js, u8>,
) -> rquickjs::Result<TypedArray<'js, u8>> {
    let members = ["n", "e", "d", "p", "q", "dp", "dq", "qi"]
        .into_iter()
        .map(|name| member(&key, name))
        .collect::<rquickjs::Result<Vec<_>>>()?;
    let data = bytes(&data);
    let mut parts = vec![scheme.as_bytes()];
    parts.extend(members.iter().map(Vec::as_slice));
    parts.push(&data);
    array(&ctx, Operation::RsaSign, &parts)
}

fn rsa_verify(
    ctx: Ctx<'_>,
    scheme: String,
    key: Object<'_>,
    data: TypedArray<'_, u8>,
    signature: TypedArray<'_, u8>,
) -> rquickjs::Result<bool> {
    let parts = [
        scheme.as_bytes(),
        &member(&key, "n")?,
        &member(&key, "e")?,
        &bytes(&data),
        &bytes(&signature),
    ];
    Ok(perform(&ctx, Operation::RsaVerify, &parts)? == [1])
}

/// The public point, uncompressed.
fn point(key: &Object<'_>) -> rquickjs::Result<Vec<u8>> {
    let mut point = vec![4];
    point.extend(member(key, "x")?);
    point.extend(member(key, "y")?);
    Ok(point)
}

fn ec_sign<'js>(
    ctx: Ctx<'js>,
    scheme: String,
    key: Object<'js>,
    data: TypedArray<'js, u8>,
) -> rquickjs::Result<TypedArray<'js, u8>> {
    let parts = [
        scheme.as_bytes(),
        &member(&key, "d")?,
        &point(&key)?,
        &bytes(&data),
    ];
    array(&ctx, Operation::EcSign, &parts)
}

fn ec_verify(
    ctx: Ctx<'_>,
    scheme: String,
    key: Object<'_>,
    data: TypedArray<'_, u8>,
    signature: TypedArray<'_, u8>,
) -> rquickjs::Result<bool> {
    let parts = [
        scheme.as_bytes(),
        &point(&key)?,
        &bytes(&data),
        &bytes(&signature),
    ];
    Ok(perform(&ctx, Operation::EcVerify, &parts)? == [1])
}

/// A new key pair, as PKCS#8.
fn ec_generate(ctx: Ctx<'_>, scheme: String) -> rquickjs::Result<TypedArray<'_, u8>> {
    array(&ctx, Operation::EcGenerate, &[scheme.as_bytes()])
}

fn ed_public<'js>(
    ctx: Ctx<'js>,
    seed: TypedArray<'js, u8>,
) -> rquickjs::Result<TypedArray<'js, u8>> {
    array(&ctx, Operation::EdPublic, &[&bytes(&seed)])
}

fn ed_sign<'js>(
    ctx: Ctx<'js>,
    seed: TypedArray<'js, u8>,
    data: TypedArray<'js, u8>,
) -> rquickjs::Result<TypedArray<'js, u8>> {
    array(&ctx, Operation::EdSign, &[&bytes(&seed), &bytes(&data)])
}

fn ed_verify(
    ctx: Ctx<'_>,
    public: TypedArray<'_, u8>,
    data: TypedArray<'_, u8>,
    signature: TypedArray<'_, u8>,
) -> rquickjs::Result<bool> {
    let parts = [&bytes(&public)[..], &bytes(&data), &bytes(&signature)];
    Ok(perform(&ctx, Operation::EdVerify, &parts)? == [1])
}

/// Encodes whole numbers for the host. Larger ones become the maximum, which the host refuses.
fn numbers(numbers: &[f64]) -> Vec<[u8; 4]> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "such a conversion saturates"
    )]
    let whole = |number: &f64| (*number as u32).to_le_bytes();
    numbers.iter().map(whole).collect()
}

fn pbkdf2<'js>(
    ctx: Ctx<'js>,
    hash: String,
    password: TypedArray<'js, u8>,
    salt: TypedArray<'js, u8>,
    cost: Vec<f64>,
) -> rquickjs::Result<TypedArray<'js, u8>> {
    derive(
        &ctx,
        Operation::Pbkdf2,
        Some(&hash),
        &password,
        &salt,
        &cost,
    )
}

fn scrypt<'js>(
    ctx: Ctx<'js>,
    password: TypedArray<'js, u8>,
    salt: TypedArray<'js, u8>,
    cost: Vec<f64>,
) -> rquickjs::Result<TypedArray<'js, u8>> {
    derive(&ctx, Operation::Scrypt, None, &password, &salt, &cost)
}

fn argon2<'js>(
    ctx: Ctx<'js>,
    kind: String,
    password: TypedArray<'js, u8>,
    salt: TypedArray<'js, u8>,
    cost: Vec<f64>,
) -> rquickjs::Result<TypedArray<'js, u8>> {
    derive(
        &ctx,
        Operation::Argon2,
        Some(&kind),
        &password,
        &salt,
        &cost,
    )
}

/// Derives a key. Parts: variant of the algorithm, if any; password; salt; cost parameters.
fn derive<'js>(
    ctx: &Ctx<'js>,
    algorithm: Operation,
    variant: Option<&str>,
    password: &TypedArray<'js, u8>,
    salt: &TypedArray<'js, u8>,
    cost: &[f64],
) -> rquickjs::Result<TypedArray<'js, u8>> {
    let cost = numbers(cost);
    let (password, salt) = (bytes(password), bytes(salt));
    let mut parts: Vec<&[u8]> = variant.map(str::as_bytes).into_iter().collect();
    parts.extend([&password[..], &salt]);
    parts.extend(cost.iter().map(<[u8; 4]>::as_slice));
    array(ctx, algorithm, &parts)
}

fn bcrypt(ctx: Ctx<'_>, password: TypedArray<'_, u8>, hash: String) -> rquickjs::Result<bool> {
    let parts = [&bytes(&password)[..], hash.as_bytes()];
    Ok(perform(&ctx, Operation::Bcrypt, &parts)? == [1])
}
