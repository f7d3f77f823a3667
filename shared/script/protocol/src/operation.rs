//! Native operations of the host: signatures, key derivation and password hashing.

/// An operation. The input is a list of parts ([`push_part`]); the output is a status byte and bytes: 0 and the result,
/// or 1 and the message of a `TypeError`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Operation {
    /// Scheme, the eight members of an RSA key (n e d p q dp dq qi), data → signature.
    RsaSign = 1,
    /// Scheme, n, e, data, signature → one byte, 1 when it is valid.
    RsaVerify = 2,
    /// Scheme, d, public point, data → signature.
    EcSign = 3,
    /// Scheme, public point, data, signature → one byte, 1 when it is valid.
    EcVerify = 4,
    /// Scheme → PKCS#8.
    EcGenerate = 5,
    /// Hash name, password, salt, rounds and length (`u32`, little-endian) → key.
    Pbkdf2 = 6,
    /// Password, salt, N, r, p and length (`u32`, little-endian) → key.
    Scrypt = 7,
    /// Password, bcrypt hash → one byte, 1 when they match.
    Bcrypt = 8,
    /// Kind (`argon2d`…), password, salt, version, kilobytes, passes, lanes and length (`u32`, little-endian) → key.
    Argon2 = 9,
    /// Ed25519: seed → public key.
    EdPublic = 10,
    /// Ed25519: seed, data → signature.
    EdSign = 11,
    /// Ed25519: public key, data, signature → one byte, 1 when it is valid.
    EdVerify = 12,
}

impl Operation {
    /// Every operation.
    pub const ALL: [Self; 12] = [
        Self::RsaSign,
        Self::RsaVerify,
        Self::EcSign,
        Self::EcVerify,
        Self::EcGenerate,
        Self::Pbkdf2,
        Self::Scrypt,
        Self::Bcrypt,
        Self::Argon2,
        Self::EdPublic,
        Self::EdSign,
        Self::EdVerify,
    ];

    /// The operation with this number.
    pub fn of_number(number: u32) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|operation| *operation as u32 == number)
    }
}

/// Appends a part to an input: its length (`u32`, little-endian) and its bytes.
pub fn push_part(input: &mut Vec<u8>, part: &[u8]) {
    input.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_le_bytes());
    input.extend_from_slice(part);
}

/// Splits an input into exactly `COUNT` parts; `None` otherwise.
pub fn parts<const COUNT: usize>(mut input: &[u8]) -> Option<[&[u8]; COUNT]> {
    let mut parts = [&[][..]; COUNT];
    for part in &mut parts {
        let (length, rest) = input.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        *part = rest.get(..length)?;
        input = &rest[length..];
    }
    input.is_empty().then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_out_as_they_went_in() {
        let mut input = Vec::new();
        push_part(&mut input, b"one");
        push_part(&mut input, b"");
        assert_eq!(parts::<2>(&input), Some([&b"one"[..], b""]));
        assert_eq!(parts::<1>(&input), None);
        assert_eq!(parts::<3>(&input), None);
        assert_eq!(parts::<1>(b"\xff\xff\xff\xffx"), None);
    }
}
