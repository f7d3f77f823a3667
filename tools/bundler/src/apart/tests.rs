//! What is inserted, and removed again.

use oxc_sourcemap::{SourceMap, Token};

use super::{
    inserted::{BETWEEN, GLOBAL, tokens},
    *,
};

/// What the map says of each occurrence of a text in the script.
fn source_places(code: &str, map: &SourceMap<'_>, text: &str) -> Vec<(u32, u32)> {
    let table = map.generate_lookup_table();
    let mut lines = Lines::new(code);
    let places = code
        .match_indices(text)
        .map(|(offset, _)| lines.place(offset));
    places
        .map(|(line, column)| {
            let token = map.lookup_token(&table, line, column).unwrap();
            (token.get_src_line(), token.get_src_col())
        })
        .collect()
}

const WRITTEN: &str = "\
const top = 1
export default (event: any) => {
  const order = event.missing; const emoji = '🦀'; use(emoji);
  for (const item of order) { let x = item; use(x) }
  if (order) debugger;
  return order.items;
}
";

#[test]
fn statements_are_followed_by_one_that_the_map_leaves_out() {
    let (apart, map) = separated("/w/hooks/a.ts", WRITTEN).unwrap();
    assert_eq!(apart.matches(BETWEEN).count(), 6, "{apart}");
    assert!(apart.contains("const top = 1;debugger;\n"), "{apart}");
    assert!(apart.contains("for (const item of order) {"), "{apart}");
    assert_eq!(source_places(&apart, &map, "use("), [(2, 51), (3, 44)]);
    assert_eq!(source_places(&apart, &map, "return"), [(5, 2)]);
    for nothing in ["export default () => ({});", "const = ;", "\u{0}"] {
        assert!(separated("/w/hooks/a.ts", nothing).is_none(), "{nothing}");
    }
    assert!(separated("/w/hooks/a.json", "{}").is_none());
}

#[test]
fn functions_that_may_throw_are_called_by_their_other_name() {
    let code = "\
import { isNaN } from './b';
const later = (parseInt: any): Date => parseInt(1);
decodeURI(a);new ArrayBuffer(b);Symbol.for(c)
export const all = { String, d: Math?.max(isNaN(d), String(d)), e: String.raw`d` };
";
    let (apart, map) = separated("/w/hooks/a.ts", code).unwrap();
    for expected in [
        "(parseInt: any): Date => parseInt(1)",
        "\n;debugger;globalThis.decodeURI(a);;debugger;new globalThis.ArrayBuffer(b);;debugger;globalThis.Symbol.for(c);",
        "{ String, d: globalThis.Math?.max(isNaN(d), globalThis.String(d)), e: String.raw`d` }",
    ] {
        assert!(
            apart.contains(&expected.replace("\n;debugger;", "\n")),
            "{apart}"
        );
    }
    for text in ["globalThis.ArrayBuffer", "ArrayBuffer"] {
        assert_eq!(source_places(&apart, &map, text), [(2, 17)], "{text}");
    }
    let shadowed = "const globalThis = 1; decodeURI(a);";
    let (apart, _) = separated("/w/hooks/a.ts", shadowed).unwrap();
    assert!(!apart.contains(GLOBAL), "{apart}");
}

#[test]
fn in_a_package_what_it_tries_stays_and_nothing_else_changes() {
    let code = "export const a = (b) => { try { decodeURI(b); b && encodeURI(b); return decodeURI(b) } catch {} };\ndecodeURI(1);";
    let (changed, map) = with_checks("/w/node_modules/a/a.js", code).unwrap();
    assert_eq!(
        changed,
        code.replace("{ decodeURI", "{ globalThis.decodeURI")
            .replace("&& encodeURI", "&& globalThis.encodeURI")
    );
    let catch = u32::try_from(code.find("catch").unwrap()).unwrap();
    assert_eq!(source_places(&changed, &map, "catch"), [(0, catch)]);
    for nothing in ["decodeURI(1)", "try { parseInt(b) } catch {}"] {
        assert!(with_checks("/w/node_modules/a/a.js", nothing).is_none());
    }
}

#[test]
fn the_statements_are_removed_and_the_map_follows() {
    let code =
        "let a=`🦀`;debugger;let b=a;debugger;if(b)debugger;else use(b)\nuse(`debugger;`);debugger";
    let whole: Vec<Token> = tokens(code, &[]).into();
    let map = SourceMap::new(
        None,
        Vec::new(),
        None,
        vec!["a.js".into()],
        vec![None],
        whole.into(),
        None,
    );
    let (joined, shifted) = rejoined(code, &map).unwrap();
    assert_eq!(
        joined,
        "let a=`🦀`;let b=a;if(b);else use(b)\nuse(`debugger;`);"
    );
    for text in ["let b", "else", "use(b)", "use(`"] {
        assert_eq!(
            source_places(&joined, &shifted, text),
            source_places(code, &map, text),
            "{text}"
        );
    }
    assert!(rejoined(&joined, &shifted).is_none());
}
