//! The cryptography of tokens: XChaCha20-Poly1305 with keys derived from the operator's secret.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::{AeadInOut, Key, KeyInit, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::{confidential::secret::Secret, ports::ContinuationKeys};

const FORMAT: u8 = 1;
const KEY_ID_LENGTH: usize = 4;
const NONCE_LENGTH: usize = 24;
const HEADER_LENGTH: usize = 1 + KEY_ID_LENGTH + NONCE_LENGTH;

/// Encrypts and authenticates `plain`; `None` when the system has no randomness.
pub(super) fn seal(key: &Secret, plain: &[u8]) -> Option<String> {
    let mut nonce = [0_u8; NONCE_LENGTH];
    getrandom::fill(&mut nonce).ok()?;
    let mut token = Vec::with_capacity(HEADER_LENGTH + plain.len() + 16);
    token.push(FORMAT);
    token.extend_from_slice(&key_id(key));
    token.extend_from_slice(&nonce);
    let mut text = plain.to_vec();
    cipher(key)
        .encrypt_in_place(&XNonce::from(nonce), &token, &mut text)
        .ok()?;
    token.extend_from_slice(&text);
    Some(URL_SAFE_NO_PAD.encode(token))
}

/// Opens a token with the current or the previous key and returns the state with that key; `None` when it was sealed
/// elsewhere or altered.
pub(super) fn open<'a>(keys: &'a ContinuationKeys, token: &str) -> Option<(Vec<u8>, &'a Secret)> {
    let (key, bytes) = key_of(keys, token)?;
    let (header, text) = bytes.split_at_checked(HEADER_LENGTH)?;
    let nonce: [u8; NONCE_LENGTH] = header[1 + KEY_ID_LENGTH..].try_into().ok()?;
    let mut plain = text.to_vec();
    let opened = header[0] == FORMAT
        && cipher(key)
            .decrypt_in_place(&XNonce::from(nonce), header, &mut plain)
            .is_ok();
    opened.then_some((plain, key))
}

/// The key that a token names, and the token's bytes.
pub(super) fn key_of<'a>(keys: &'a ContinuationKeys, token: &str) -> Option<(&'a Secret, Vec<u8>)> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let id = bytes.get(1..=KEY_ID_LENGTH)?;
    let key = [Some(&keys.current), keys.previous.as_ref()]
        .into_iter()
        .flatten()
        .find(|key| key_id(key) == id)?;
    Some((key, bytes))
}

/// A fingerprint of the subject that only a holder of the key can compute.
pub(super) fn subject_hmac(key: &Secret, subject: &str) -> String {
    URL_SAFE_NO_PAD.encode(derive(
        key,
        &["hookpoint continuation subject v1\0", subject].concat(),
    ))
}

fn cipher(key: &Secret) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&Key::from(derive(key, "hookpoint continuation seal v1")))
}

fn key_id(key: &Secret) -> [u8; KEY_ID_LENGTH] {
    let derived = derive(key, "hookpoint continuation key id v1");
    [derived[0], derived[1], derived[2], derived[3]]
}

/// Derives a key with HMAC-SHA256: one secret, a label for each use.
fn derive(key: &Secret, label: &str) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key.expose().as_bytes())
        .expect("HMAC takes keys of any length");
    mac.update(label.as_bytes());
    mac.finalize().into_bytes().into()
}
