//! Names of members whose values are confidential, anywhere in an event or a response.
//!
//! The catalogue marks its own fields ([`Field::sensitive`](crate::Field)); this list covers members from customers'
//! forms, providers' claims and hooks. Names are compared by their words, so `newPassword2`, `new_password` and
//! `NEW-PASSWORD` are the same name.

/// Matched anywhere in a name, even within a word: no unrelated word contains them.
const STEMS: [&str; 10] = [
    "password",
    "passwort",
    "passwd",
    "passcode",
    "passphrase",
    "kennwort",
    "wachtwoord",
    "motdepasse",
    "contrasena",
    "contraseña",
];

/// Matched as the last word or words of a name: these are short, and occur within ordinary words.
const LAST_WORDS: [&[&str]; 24] = [
    &["pwd"],
    &["pass"],
    &["pin"],
    &["pin", "code"],
    &["otp"],
    &["totp"],
    &["cvv"],
    &["cvc"],
    &["secret"],
    &["secret", "key"],
    &["secret", "answer"],
    &["security", "answer"],
    &["security", "code"],
    &["verification", "code"],
    &["one", "time", "code"],
    &["access", "token"],
    &["refresh", "token"],
    &["id", "token"],
    &["bearer", "token"],
    &["api", "key"],
    &["apikey"],
    &["private", "key"],
    &["signing", "key"],
    &["authorization"],
];

/// A name that ends in one of these describes a password without containing it: `passwordPolicy`, `passwordChangedAt`.
const ABOUT: [&str; 18] = [
    "policy",
    "policies",
    "rules",
    "strength",
    "length",
    "age",
    "expiry",
    "expires",
    "expiration",
    "expired",
    "changed",
    "updated",
    "at",
    "date",
    "attempts",
    "count",
    "status",
    "required",
];

/// Whether a member with this name holds a password, a code or a token. Time is linear in the length of the name.
pub fn is_sensitive_name(name: &str) -> bool {
    let words: Vec<String> = words(name).collect();
    if LAST_WORDS.iter().any(|last| ends_with(&words, last)) {
        return true;
    }
    let is_about = words.len() > 1
        && words
            .last()
            .is_some_and(|word| ABOUT.contains(&word.as_str()));
    if is_about {
        return false;
    }
    let joined = words.concat();
    STEMS.iter().any(|stem| joined.contains(stem))
}

/// Describes the list in words, for the documentation.
pub fn sensitive_names() -> String {
    let quoted = |names: &mut dyn Iterator<Item = String>| {
        let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
        names.join(", ")
    };
    format!(
        "A name is sensitive when it contains {}, or ends in {}, in any case and however its words are joined; digits do not count. A name of several \
         words that ends in {} is not: it is about a password.",
        quoted(&mut STEMS.iter().map(|stem| (*stem).to_owned())),
        quoted(&mut LAST_WORDS.iter().map(|words| words.join(" "))),
        quoted(&mut ABOUT.iter().map(|word| (*word).to_owned())),
    )
}

fn ends_with(words: &[String], last: &[&str]) -> bool {
    words.len() >= last.len()
        && words[words.len() - last.len()..]
            .iter()
            .zip(last)
            .all(|(word, last)| word == last)
}

/// The words of a name in lower case: `newPassword2`, `NEW_PASSWORD`, `userPIN` and `PINCode` have two words each.
/// Digits separate words.
fn words(name: &str) -> impl Iterator<Item = String> {
    let pieces = name.split(|character: char| !character.is_alphabetic());
    pieces
        .filter(|piece| !piece.is_empty())
        .flat_map(camel_words)
}

fn camel_words(piece: &str) -> Vec<String> {
    let characters: Vec<char> = piece.chars().collect();
    let mut words = vec![String::new()];
    for (index, character) in characters.iter().enumerate() {
        let before = index.checked_sub(1).map(|index| characters[index]);
        let after = characters.get(index + 1);
        // A word begins at a capital after a small letter, and at the last of several capitals before a small letter.
        let begins = character.is_uppercase()
            && before.is_some_and(|before| {
                !before.is_uppercase() || after.is_some_and(|after| after.is_lowercase())
            });
        if begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(character.to_lowercase());
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_codes_and_tokens_are_known_by_their_names() {
        for name in [
            "password",
            "PASSWORD",
            "password1",
            "newPassword2",
            "new_password",
            "new-password",
            "passwordHash",
            "password_confirmation",
            "passwordConfirmation",
            "userpassword",
            "userPasswd",
            "PIN",
            "pin",
            "userPIN",
            "PINCode",
            "pin_2",
            "card-pin",
            "passcode",
            "Passwort",
            "neuesKennwort",
            "contraseña",
            "motDePasse",
            "pwd",
            "dbPwd",
            "pass",
            "user_pass",
            "otp",
            "oneTimeCode",
            "cvv2",
            "clientSecret",
            "access_token",
            "accessToken",
            "IDToken",
            "apiKey",
            "Authorization",
        ] {
            assert!(is_sensitive_name(name), "{name}");
        }
    }

    #[test]
    fn ordinary_words_that_contain_their_letters_are_not() {
        for name in [
            "",
            "1",
            "passage",
            "passenger",
            "bypass",
            "compass",
            "shipping",
            "opinion",
            "pinned",
            "pins",
            "spin",
            "userName",
            "secretary",
            "authorizationCodeFlow",
            "passwordPolicy",
            "passwordChangedAt",
            "password_expires",
            "token",
            "nextPageToken",
            "ipAddress",
            "id",
        ] {
            assert!(!is_sensitive_name(name), "{name}");
        }
    }
}
