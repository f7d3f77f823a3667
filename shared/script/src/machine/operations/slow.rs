//! Password hashing and key derivation, slow on purpose: PBKDF2, scrypt, bcrypt, argon2.
//!
//! Several times faster than in the guest. PBKDF2 stops at the end of the run. The others cannot be interrupted: each
//! costs at most about half a second and does not begin if the run would end first. Only one at a time gets memory.

use std::{
    sync::{Condvar, Mutex, PoisonError},
    time::{Duration, Instant},
};

use argon2::{Algorithm, Argon2, Params, Version};
use ring::hmac;

use super::{Performed, unknown};

/// Maximum length of a derived key, in bytes.
const KEY_LIMIT: usize = 1024;
/// Maximum memory of one derivation, in bytes: scrypt with N = 65,536 and r = 8.
const MEMORY_LIMIT: u64 = 64 << 20;
/// Rounds of PBKDF2 between checks of the clock: about a fifth of a millisecond.
const ROUNDS_AT_ONCE: u32 = 512;

fn number(part: &[u8]) -> Result<u32, String> {
    part.try_into()
        .map(u32::from_le_bytes)
        .map_err(|_| "the arguments cannot be read".to_owned())
}

fn key_length(part: &[u8]) -> Result<usize, String> {
    let length = number(part)? as usize;
    if length > KEY_LIMIT {
        return Err(format!(
            "a key of {length} bytes; at most {KEY_LIMIT} are derived"
        ));
    }
    Ok(length)
}

/// Refuses work that would outlast the run.
fn begin(what: &str, estimate: Duration, end: Instant) -> Result<(), String> {
    let left = end.saturating_duration_since(Instant::now());
    if estimate > left {
        return Err(format!(
            "{what} takes about {} ms, and the run has {} ms left",
            estimate.as_millis(),
            left.as_millis()
        ));
    }
    Ok(())
}

pub(super) fn pbkdf2(
    [hash, password, salt, rounds, length]: [&[u8]; 5],
    end: Instant,
) -> Performed {
    let algorithm = match hash {
        b"SHA-1" => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        b"SHA-256" => hmac::HMAC_SHA256,
        b"SHA-384" => hmac::HMAC_SHA384,
        b"SHA-512" => hmac::HMAC_SHA512,
        other => {
            return Err(unknown(
                "PBKDF2 with",
                other,
                "SHA-1, SHA-256, SHA-384, SHA-512",
            ));
        }
    };
    let (rounds, length) = (number(rounds)?, key_length(length)?);
    if rounds == 0 {
        return Err("PBKDF2 needs at least one round".to_owned());
    }
    let key = hmac::Key::new(algorithm, password);
    let mut output = Vec::with_capacity(length);
    let mut block: u32 = 0;
    while output.len() < length {
        block += 1;
        let mut link = hmac::sign(&key, &[salt, &block.to_be_bytes()].concat());
        let mut sum = link.as_ref().to_vec();
        for round in 1..rounds {
            if round % ROUNDS_AT_ONCE == 0 && Instant::now() >= end {
                return Err(format!(
                    "the run ended after {round} of {rounds} rounds of PBKDF2"
                ));
            }
            link = hmac::sign(&key, link.as_ref());
            for (byte, other) in sum.iter_mut().zip(link.as_ref()) {
                *byte ^= other;
            }
        }
        output.extend(sum);
    }
    output.truncate(length);
    Ok(output)
}

pub(super) fn scrypt([password, salt, n, r, p, length]: [&[u8]; 6], end: Instant) -> Performed {
    /// N × r × p: eight times Node's default.
    const COST_LIMIT: u64 = 1 << 20;
    let (n, r, p) = (number(n)?, number(r)?, number(p)?);
    let length = key_length(length)?;
    let size = u64::from(n) * u64::from(r);
    // Each may be the maximum of its type.
    let cost = size.saturating_mul(u64::from(p));
    if size.saturating_mul(128) > MEMORY_LIMIT || cost > COST_LIMIT {
        return Err(format!(
            "scrypt with N = {n}, r = {r}, p = {p} is too large: at most {} MB and N × r × p = {COST_LIMIT} are accepted",
            MEMORY_LIMIT >> 20
        ));
    }
    if !n.is_power_of_two() || n < 2 {
        return Err(format!("scrypt needs a power of two for N, not {n}"));
    }
    let log = u8::try_from(n.trailing_zeros()).unwrap_or(u8::MAX);
    let params = scrypt::Params::new(log, r, p)
        .map_err(|_| format!("scrypt does not take N = {n}, r = {r}, p = {p}"))?;
    begin("scrypt", Duration::from_nanos(cost * 500), end)?;
    let mut output = vec![0; length];
    with_memory(end, || {
        scrypt::scrypt(password, salt, &params, &mut output)
            .map_err(|_| format!("scrypt does not make keys of {length} bytes"))
    })??;
    Ok(output)
}

pub(super) fn bcrypt([password, hash]: [&[u8]; 2], end: Instant) -> Performed {
    /// Binary logarithm of the rounds: half a second.
    const COST_LIMIT: u32 = 13;
    let hash = std::str::from_utf8(hash).map_err(|_| "the hash is not one of bcrypt".to_owned())?;
    let cost: u32 = hash
        .get(4..6)
        .and_then(|cost| cost.parse().ok())
        .ok_or_else(|| "the hash is not one of bcrypt".to_owned())?;
    if cost > COST_LIMIT {
        return Err(format!(
            "bcrypt with cost {cost} is too slow: at most {COST_LIMIT} is accepted"
        ));
    }
    begin("bcrypt", Duration::from_micros(80 << cost), end)?;
    let is_equal = bcrypt::verify(password, hash).map_err(|error| error.to_string())?;
    Ok(vec![u8::from(is_equal)])
}

pub(super) fn argon2(
    [
        kind,
        password,
        salt,
        version,
        kilobytes,
        passes,
        lanes,
        length,
    ]: [&[u8]; 8],
    end: Instant,
) -> Performed {
    /// Kilobytes × passes.
    const COST_LIMIT: u64 = 256 << 10;
    const LANES_LIMIT: u32 = 16;
    let algorithm = match kind {
        b"argon2d" => Algorithm::Argon2d,
        b"argon2i" => Algorithm::Argon2i,
        b"argon2id" => Algorithm::Argon2id,
        other => return Err(unknown("the kind", other, "argon2d, argon2i, argon2id")),
    };
    let version = match number(version)? {
        0x10 => Version::V0x10,
        0x13 => Version::V0x13,
        other => {
            return Err(format!(
                "argon2 has no version {other}; there are 16 and 19"
            ));
        }
    };
    let (kilobytes, passes, lanes) = (number(kilobytes)?, number(passes)?, number(lanes)?);
    let length = key_length(length)?;
    let cost = u64::from(kilobytes) * u64::from(passes);
    if u64::from(kilobytes) << 10 > MEMORY_LIMIT || cost > COST_LIMIT || lanes > LANES_LIMIT {
        return Err(format!(
            "argon2 with {kilobytes} KB, {passes} passes and {lanes} lanes is too large: at most {} KB, KB × passes = {COST_LIMIT} and {LANES_LIMIT} \
             lanes are accepted",
            MEMORY_LIMIT >> 10
        ));
    }
    let params =
        Params::new(kilobytes, passes, lanes, Some(length)).map_err(|error| error.to_string())?;
    begin("argon2", Duration::from_nanos(cost * 2_000), end)?;
    let mut output = vec![0; length];
    with_memory(end, || {
        Argon2::new(algorithm, version, params)
            .hash_password_into(password, salt, &mut output)
            .map_err(|error| error.to_string())
    })??;
    Ok(output)
}

/// Whether a derivation holds the memory.
static TAKEN: Mutex<bool> = Mutex::new(false);
static GIVEN_BACK: Condvar = Condvar::new();

/// Runs one memory-hard derivation at a time; fails at the end of the run.
fn with_memory<T>(end: Instant, derive: impl FnOnce() -> T) -> Result<T, String> {
    struct Place;
    impl Drop for Place {
        fn drop(&mut self) {
            *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) = false;
            GIVEN_BACK.notify_one();
        }
    }
    let left = end.saturating_duration_since(Instant::now());
    let taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
    let (mut taken, waited) = GIVEN_BACK
        .wait_timeout_while(taken, left, |taken| *taken)
        .unwrap_or_else(PoisonError::into_inner);
    if waited.timed_out() && *taken {
        return Err("the run ended before there was memory for its password".to_owned());
    }
    *taken = true;
    drop(taken);
    let _place = Place;
    Ok(derive())
}

#[cfg(test)]
mod tests;
