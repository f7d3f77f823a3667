//! A package whose functions all become part of the bundle.

use std::fmt::Write as _;

/// An ES module with this many functions, whose texts a minifier cannot shorten.
pub(super) fn of(count: usize) -> String {
    let mut source = String::from("export const parts = [\n");
    for number in 0..count {
        let factor = number * 7 % 97 + 2;
        let parity = number % 2;
        // Writing to a string cannot fail.
        let _ = write!(
            source,
            r#"  (value) => {{
    let total = 0;
    for (const word of "alpha{number}-beta{factor}-gamma{number}-delta".split("-")) {{
      if (word.charCodeAt(word.length - 1) % 2 === {parity}) total += word.length * {factor};
      else total -= value.length;
    }}
    if (Number.isNaN(total)) throw new RangeError("part {number} cannot read " + value);
    return total + {number};
  }},
"#
        );
    }
    source.push_str("];\n");
    source
}
