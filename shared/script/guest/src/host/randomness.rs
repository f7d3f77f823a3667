//! Randomness. The generator is seeded at first use, so that no template holds a seed.

use std::rc::Rc;

use rquickjs::{Ctx, Exception, Function, Object, TypedArray};

use super::Host;
use crate::imports;

/// Maximum bytes per call of `getRandomValues`.
const RANDOM_BYTES_LIMIT: usize = 65_536;

/// The generator of `Math.random`: fast, and not for secrets.
#[derive(Default)]
pub(crate) struct Generator {
    state: Option<[u64; 2]>,
}

impl Generator {
    fn seed() -> [u64; 2] {
        let mut seed = [0; 16];
        imports::fill_random(&mut seed);
        let [low, high] = [&seed[..8], &seed[8..]].map(|half| {
            half.iter()
                .fold(0, |value, byte| (value << 8) | u64::from(*byte))
        });
        [low | 1, high]
    }

    /// Returns a number in [0, 1): xorshift128+.
    fn next(&mut self) -> f64 {
        let [mut first, second] = self.state.unwrap_or_else(Self::seed);
        first ^= first << 23;
        first ^= first >> 17;
        first ^= second ^ (second >> 26);
        self.state = Some([second, first]);
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit exactly")]
        let number = (first.wrapping_add(second) >> 11) as f64;
        number / 9_007_199_254_740_992.0
    }
}

pub(crate) fn install<'js>(
    host: &Rc<Host>,
    ctx: &Ctx<'js>,
    natives: &Object<'js>,
) -> rquickjs::Result<()> {
    let host = Rc::clone(host);
    natives.set(
        "random",
        Function::new(ctx.clone(), move || host.generator.borrow_mut().next())?,
    )?;
    natives.set("randomBytes", Function::new(ctx.clone(), random_bytes)?)
}

fn random_bytes(ctx: Ctx<'_>, count: usize) -> rquickjs::Result<TypedArray<'_, u8>> {
    if count > RANDOM_BYTES_LIMIT {
        return Err(Exception::throw_range(
            &ctx,
            &format!("{count} random bytes at once, at most {RANDOM_BYTES_LIMIT}"),
        ));
    }
    let mut bytes = vec![0; count];
    imports::fill_random(&mut bytes);
    TypedArray::new(ctx, bytes)
}
