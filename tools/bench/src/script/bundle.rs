//! Scripts like those of a bundler: everything at the top level, mostly functions that an event never calls.

use std::fmt::Write as _;

/// Number of functions called in a run.
const CALLED: usize = 40;

/// A deterministic module of about `bytes` bytes.
pub(super) fn of_size(bytes: usize) -> String {
    let mut source = String::with_capacity(bytes + 1_024);
    let mut count = 0;
    while source.len() + 700 < bytes {
        part(&mut source, count);
        count += 1;
    }
    source.push_str(&entry(count));
    while source.len() < bytes {
        source.push_str("// end\n");
    }
    source
}

/// Appends a function, every fourth time an object, and every eighth time a class.
fn part(source: &mut String, number: usize) {
    let factor = number * 7 % 97 + 2;
    let parity = number % 2;
    // Writing to a string cannot fail.
    let _ = write!(
        source,
        r#"function normalise{number}(value, options = {{}}) {{
  const parts = String(value).split("-").map((part, index) => `${{index}}:${{part}}`);
  let total = 0;
  for (let index = 0; index < parts.length; index += 1) {{
    const code = parts[index].charCodeAt(parts[index].length - 1) || 0;
    if (code % 2 === {parity}) {{
      total += code * {factor};
    }} else {{
      total -= options.weight ?? code;
    }}
  }}
  if (Number.isNaN(total)) throw new RangeError("normalise{number} cannot read " + value);
  return options.absolute ? Math.abs(total) : total + {number};
}}
"#
    );
    if number.is_multiple_of(4) {
        let _ = writeln!(
            source,
            r#"const settings{number} = {{ name: "part-{number}", limits: [{factor}, {number}], nested: {{ enabled: true, label: "Part {number}" }} }};"#
        );
    }
    if number.is_multiple_of(8) {
        let _ = writeln!(
            source,
            "class Holder{number} {{ constructor(value) {{ this.value = value; }} add(other) {{ return new Holder{number}(this.value + other); }} }}"
        );
    }
}

/// The entry point, which calls functions across the whole bundle.
fn entry(count: usize) -> String {
    let step = (count / CALLED).max(1);
    let called: Vec<_> = (0..count)
        .step_by(step)
        .map(|number| format!("normalise{number}"))
        .collect();
    format!(
        r#"export default async function (event, hook) {{
  let holder = new Holder0(settings0.limits[0]);
  for (const normalise of [{}]) {{
    holder = holder.add(normalise(event.eventType + "-" + hook.correlationId, {{ absolute: true }}));
  }}
  return {{ context: {{ tier: Number.isInteger(holder.value) ? "gold" : "broken" }} }};
}}
"#,
        called.join(", ")
    )
}
