//! Known results, and refusals.

use hookpoint_engine::hook::hex;

use super::*;

fn soon() -> Instant {
    Instant::now() + Duration::from_mins(1)
}

fn numbers<const COUNT: usize>(numbers: [u32; COUNT]) -> [[u8; 4]; COUNT] {
    numbers.map(u32::to_le_bytes)
}

/// RFC 6070 and RFC 7914.
#[test]
fn pbkdf2_matches_the_standards() {
    for (hash, password, salt, rounds, expected) in [
        (
            "SHA-1",
            "password",
            "salt",
            4096,
            "4b007901b765489abead49d926f721d065a429c1",
        ),
        (
            "SHA-256",
            "passwd",
            "salt",
            1,
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbcab0cf2b5a3b8f6e3a5b1c3a3d7f2b4e1",
        ),
    ] {
        let [rounds, length] = numbers([rounds, 20]);
        let key = pbkdf2(
            [
                hash.as_bytes(),
                password.as_bytes(),
                salt.as_bytes(),
                &rounds,
                &length,
            ],
            soon(),
        )
        .unwrap();
        assert_eq!(hex(&key), expected[..40], "{hash}");
    }
    // Longer than one digest; from `ring`'s implementation.
    let [rounds, length] = numbers([1000, 100]);
    let key = pbkdf2([b"SHA-512", b"password", b"NaCl", &rounds, &length], soon()).unwrap();
    let mut expected = [0; 100];
    ring::pbkdf2::derive(
        ring::pbkdf2::PBKDF2_HMAC_SHA512,
        std::num::NonZeroU32::new(1000).unwrap(),
        b"NaCl",
        b"password",
        &mut expected,
    );
    assert_eq!(key, expected);
}

#[test]
fn pbkdf2_stops_at_the_end_of_the_run() {
    let [rounds, length] = numbers([u32::MAX, 32]);
    let begun = Instant::now();
    let failure = pbkdf2(
        [b"SHA-256", b"p", b"s", &rounds, &length],
        begun + Duration::from_millis(20),
    )
    .unwrap_err();
    assert!(failure.contains("rounds of PBKDF2"), "{failure}");
    assert!(begun.elapsed() < Duration::from_millis(500));
}

/// RFC 7914, section 12.
#[test]
fn scrypt_matches_the_standard() {
    let [n, r, p, length] = numbers([1024, 8, 16, 64]);
    let key = scrypt([b"password", b"NaCl", &n, &r, &p, &length], soon()).unwrap();
    assert_eq!(
        hex(&key),
        "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"
    );
}

#[test]
fn bcrypt_verifies_passwords() {
    let hash = b"$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    assert_eq!(bcrypt([b"U*U", hash], soon()), Ok(vec![1]));
    assert_eq!(bcrypt([b"U*V", hash], soon()), Ok(vec![0]));
}

/// The RFC 9106 example without secret and associated data, as computed by the reference implementation.
#[test]
fn argon2_matches_the_reference() {
    let [version, kilobytes, passes, lanes, length] = numbers([0x13, 65_536, 2, 1, 32]);
    let key = argon2(
        [
            b"argon2id",
            b"password",
            b"somesalt",
            &version,
            &kilobytes,
            &passes,
            &lanes,
            &length,
        ],
        soon(),
    )
    .unwrap();
    assert_eq!(
        hex(&key),
        "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"
    );
}

#[test]
fn too_large_or_too_slow_derivations_are_refused() {
    let largest = numbers([u32::MAX; 4]);
    let [n, r, p, length] = numbers([1 << 17, 8, 1, 32]);
    let [small_n, small_r, many, _] = numbers([16_384, 8, 100, 32]);
    let refusals = [
        scrypt([b"p", b"s", &n, &r, &p, &length], soon()),
        scrypt([b"p", b"s", &small_n, &small_r, &many, &length], soon()),
        scrypt(
            [b"p", b"s", &largest[0], &largest[1], &largest[2], &length],
            soon(),
        ),
        scrypt([b"p", b"s", &numbers([1000])[0], &r, &p, &length], soon()),
        scrypt([b"p", b"s", &small_n, &small_r, &p, &largest[0]], soon()),
        scrypt([b"p", b"s", b"", &small_r, &p, &length], soon()),
        scrypt(
            [b"p", b"s", &small_n, &small_r, &p, &length],
            Instant::now(),
        ),
        bcrypt(
            [
                b"p",
                b"$2b$14$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
            ],
            soon(),
        ),
        bcrypt(
            [
                b"p",
                b"$2b$12$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
            ],
            Instant::now(),
        ),
        bcrypt([b"p", "$2b€".as_bytes()], soon()),
        bcrypt([b"p", b"\xff"], soon()),
        pbkdf2([b"MD5", b"p", b"s", &small_n, &length], soon()),
        pbkdf2([b"SHA-1", b"p", b"s", &numbers([0])[0], &length], soon()),
        argon2(
            [
                b"argon2id",
                b"p",
                b"somesalt",
                &numbers([19])[0],
                &numbers([65_537])[0],
                &p,
                &p,
                &length,
            ],
            soon(),
        ),
        argon2(
            [
                b"argon2id",
                b"p",
                b"somesalt",
                &numbers([19])[0],
                &largest[0],
                &largest[1],
                &largest[2],
                &length,
            ],
            soon(),
        ),
        argon2(
            [
                b"argon2id",
                b"p",
                b"somesalt",
                &numbers([19])[0],
                &numbers([65_536])[0],
                &numbers([4])[0],
                &p,
                &length,
            ],
            Instant::now(),
        ),
        argon2(
            [b"argon3", b"p", b"somesalt", &p, &p, &p, &p, &length],
            soon(),
        ),
    ];
    for (index, refusal) in refusals.iter().enumerate() {
        assert!(refusal.is_err(), "{index}");
    }
}
