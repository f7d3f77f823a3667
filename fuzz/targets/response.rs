//! Hook responses: what passes the check passes it again unchanged, and no veto is lost.
#![no_main]

use hookpoint_engine::{hook::effects::check_response, pass::merge::Merged, stages::{Effect, Stage}};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};

fuzz_target!(|data: &[u8]| {
    let Some((&first, body)) = data.split_first() else { return };
    let stage = Stage::ALL[usize::from(first) % Stage::ALL.len()];
    let Ok(response) = serde_json::from_slice::<Map<String, Value>>(body) else { return };
    let had_veto = response.iter().any(|(name, value)| !value.is_null() && Effect::from_member(name).is_some_and(Effect::is_veto));
    match check_response(stage, &response) {
        // An unknown member may be a misspelt veto.
        Err(_) => assert!(had_veto || response.keys().any(|name| Effect::from_member(name).is_none())),
        Ok(checked) => {
            assert_eq!(had_veto, checked.effects.iter().any(|(effect, _)| effect.is_veto()));
            let again = check_response(stage, &checked.effects.clone().into()).expect("it passed before");
            assert_eq!(again.effects, checked.effects);
            let mut merged = Merged::default();
            merged.add("a", &checked.effects);
            merged.add("b", &checked.effects);
        }
    }
});
