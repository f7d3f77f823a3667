//! Parses key files (PKCS#8, PKCS#1, SPKI) into the members of a JSON Web Key.

#![expect(
    clippy::needless_pass_by_value,
    reason = "the engine hands arguments over by value"
)]

use rquickjs::{Ctx, Exception, Object, TypedArray};

use super::encoding::bytes;

/// Key type, curve, and members of the JSON Web Key.
#[derive(Debug, Default, PartialEq, Eq)]
struct KeyParts<'a> {
    curve: Option<&'static str>,
    members: Vec<(&'static str, &'a [u8])>,
}

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
const P521: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x23];
const X25519: &[u8] = &[0x2b, 0x65, 0x6e];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OBJECT: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
/// `[1]` in an `ECPrivateKey`: the public point.
const PUBLIC_POINT: u8 = 0xa1;

/// Reads a key in a format; throws if it is invalid.
pub(super) fn read<'js>(
    ctx: Ctx<'js>,
    format: String,
    data: TypedArray<'js, u8>,
) -> rquickjs::Result<Object<'js>> {
    let data = bytes(&data);
    let parts = match format.as_str() {
        "pkcs8" => pkcs8(&data),
        "spki" => spki(&data),
        "pkcs1" => rsa_private(&data),
        "pkcs1-public" => rsa_public(&data),
        "sec1" => ec_private(&data, None),
        _ => None,
    }
    .ok_or_else(|| {
        Exception::throw_type(
            &ctx,
            &format!("the key is not a valid {format} key of a supported kind"),
        )
    })?;
    let key = Object::new(ctx.clone())?;
    let kind = match parts.curve {
        None => "RSA",
        Some("X25519" | "Ed25519") => "OKP",
        Some(_) => "EC",
    };
    key.set("kty", kind)?;
    if let Some(curve) = parts.curve {
        key.set("crv", curve)?;
    }
    for (name, value) in parts.members {
        key.set(name, TypedArray::<u8>::new_copy(ctx.clone(), value)?)?;
    }
    Ok(key)
}

fn pkcs8(data: &[u8]) -> Option<KeyParts<'_>> {
    let mut info = Der(data).enter(SEQUENCE)?;
    info.take(INTEGER)?;
    let mut algorithm = info.enter(SEQUENCE)?;
    let identifier = algorithm.take(OBJECT)?;
    let key = info.take(OCTET_STRING)?;
    match identifier {
        X25519 | ED25519 => {
            let secret = Der(key).take(OCTET_STRING)?;
            edwards(identifier, "d", secret)
        }
        RSA => rsa_private(key),
        EC => ec_private(key, Some(algorithm.take(OBJECT)?)),
        _ => None,
    }
}

fn spki(data: &[u8]) -> Option<KeyParts<'_>> {
    let mut info = Der(data).enter(SEQUENCE)?;
    let mut algorithm = info.enter(SEQUENCE)?;
    let identifier = algorithm.take(OBJECT)?;
    // The first byte is the number of unused bits: zero.
    let key = info.take(BIT_STRING)?.strip_prefix(&[0])?;
    match identifier {
        X25519 | ED25519 => edwards(identifier, "x", key),
        RSA => rsa_public(key),
        EC => {
            let (curve, size) = curve(algorithm.take(OBJECT)?)?;
            Some(KeyParts {
                curve: Some(curve),
                members: point(key, size)?.into(),
            })
        }
        _ => None,
    }
}

/// The single member of an X25519 or Ed25519 key: 32 bytes.
fn edwards<'a>(identifier: &[u8], name: &'static str, key: &'a [u8]) -> Option<KeyParts<'a>> {
    let curve = if identifier == X25519 {
        "X25519"
    } else {
        "Ed25519"
    };
    (key.len() == 32).then(|| KeyParts {
        curve: Some(curve),
        members: vec![(name, key)],
    })
}

fn rsa_public(data: &[u8]) -> Option<KeyParts<'_>> {
    let mut key = Der(data).enter(SEQUENCE)?;
    Some(KeyParts {
        curve: None,
        members: vec![("n", key.unsigned()?), ("e", key.unsigned()?)],
    })
}

fn rsa_private(data: &[u8]) -> Option<KeyParts<'_>> {
    let mut key = Der(data).enter(SEQUENCE)?;
    key.take(INTEGER)?;
    let members = ["n", "e", "d", "p", "q", "dp", "dq", "qi"]
        .into_iter()
        .map(|name| Some((name, key.unsigned()?)))
        .collect::<Option<Vec<_>>>()?;
    Some(KeyParts {
        curve: None,
        members,
    })
}

fn ec_private<'a>(data: &'a [u8], outer_curve: Option<&[u8]>) -> Option<KeyParts<'a>> {
    let mut key = Der(data).enter(SEQUENCE)?;
    key.take(INTEGER)?;
    let secret = key.take(OCTET_STRING)?;
    let mut inner_curve = None;
    let mut public = None;
    while let Some((tag, value)) = key.next() {
        match tag {
            0xa0 => inner_curve = Der(value).take(OBJECT),
            PUBLIC_POINT => public = Der(value).take(BIT_STRING)?.strip_prefix(&[0]),
            _ => {}
        }
    }
    let (curve, size) = curve(outer_curve.or(inner_curve)?)?;
    if secret.len() != size {
        return None;
    }
    let mut members = vec![("d", secret)];
    if let Some(public) = public {
        members.extend(point(public, size)?);
    }
    Some(KeyParts {
        curve: Some(curve),
        members,
    })
}

fn curve(identifier: &[u8]) -> Option<(&'static str, usize)> {
    match identifier {
        P256 => Some(("P-256", 32)),
        P384 => Some(("P-384", 48)),
        P521 => Some(("P-521", 66)),
        _ => None,
    }
}

/// Both coordinates of an uncompressed point.
fn point(point: &[u8], size: usize) -> Option<[(&'static str, &[u8]); 2]> {
    let coordinates = point.strip_prefix(&[4])?;
    (coordinates.len() == 2 * size)
        .then(|| [("x", &coordinates[..size]), ("y", &coordinates[size..])])
}

/// A reader of DER: tag, length, value.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&[tag, first], rest) = self.0.split_first_chunk::<2>()?;
        let (length, rest) = if first < 0x80 {
            (usize::from(first), rest)
        } else {
            let count = usize::from(first & 0x7f);
            if !(1..=3).contains(&count) || rest.len() < count {
                return None;
            }
            let (length, rest) = rest.split_at(count);
            let length = length
                .iter()
                .fold(0, |length, byte| (length << 8) | usize::from(*byte));
            (length, rest)
        };
        if rest.len() < length {
            return None;
        }
        let (value, rest) = rest.split_at(length);
        self.0 = rest;
        Some((tag, value))
    }

    fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next()
            .and_then(|(found, value)| (found == tag).then_some(value))
    }

    fn enter(&mut self, tag: u8) -> Option<Der<'a>> {
        self.take(tag).map(Der)
    }

    /// A non-negative number, without its leading zero byte.
    fn unsigned(&mut self) -> Option<&'a [u8]> {
        let number = self.take(INTEGER)?;
        Some(number.strip_prefix(&[0]).unwrap_or(number))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ring::{rand::SystemRandom, signature};

    use super::*;

    #[test]
    fn a_new_ec_key_is_parsed() {
        let document = signature::EcdsaKeyPair::generate_pkcs8(
            &signature::ECDSA_P256_SHA256_FIXED_SIGNING,
            &SystemRandom::new(),
        )
        .unwrap();
        let parts = pkcs8(document.as_ref()).unwrap();
        assert_eq!(parts.curve, Some("P-256"));
        let names: Vec<_> = parts
            .members
            .iter()
            .map(|(name, value)| (*name, value.len()))
            .collect();
        assert_eq!(names, [("d", 32), ("x", 32), ("y", 32)]);
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(data in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut nested = vec![SEQUENCE, 0x81, u8::try_from(data.len().min(255)).unwrap()];
            nested.extend(&data);
            for data in [&data, &nested] {
                pkcs8(data);
                spki(data);
                rsa_private(data);
                rsa_public(data);
                ec_private(data, None);
            }
        }
    }
}
