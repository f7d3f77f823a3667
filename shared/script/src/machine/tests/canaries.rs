//! No byte of one run of the real guest is in the memory of the next, visible to the script or not.

use hookpoint_script_protocol::{CompileRequest, HookFacts, Reply, RunRequest, encode, split};

use super::{
    super::{config::INSTANCE_MEMORY, pages::PAGE},
    *,
};

/// Leaves its event and its secret in globals, strings, buffers, log lines and an error, over 16 MB.
const LITTER: &str = "
    const kept = { list: [] };
    export default (event, hook) => {
      const canary = event.canary + hook.secrets.Token + hook.variables.Color;
      globalThis.leak = canary.repeat(1000);
      for (let index = 0; index < 200; index += 1) kept.list.push((canary + index).repeat(1200));
      kept.bytes = new TextEncoder().encode(canary.repeat(1000));
      Object.prototype.polluted = canary;
      console.log(canary.repeat(20));
      throw new Error(canary);
    }";

pub(super) fn compile_message(source: &str) -> Vec<u8> {
    let request = CompileRequest {
        form: None,
        is_bytecode: false,
        wants_bytecode: false,
    };
    encode(&request, &[source.as_bytes()])
}

pub(super) fn run_message(canary: &str) -> Vec<u8> {
    let request = RunRequest {
        hook: HookFacts {
            name: "litter",
            version: 1,
            stage: "beforeRegistration",
            correlation_id: "none",
            delivery_id: None,
            variables: [("Color", canary)].into(),
            secrets: [("Token", canary)].into(),
        },
        event: &serde_json::json!({ "canary": canary }),
        is_conversation: false,
        may_deny: true,
    };
    serde_json::to_vec(&request).unwrap()
}

/// Everything that an instance may use, including memory it has not requested yet.
fn whole(instance: &Instance) -> &[u8] {
    // SAFETY: a slot maps this range for reading, and it is borrowed with the instance, which is not running.
    unsafe { std::slice::from_raw_parts(instance.memory().as_ptr(), INSTANCE_MEMORY) }
}

/// Overwrites the compiled built-in scripts, which takes control of the interpreter.
fn overwrite(instance: &mut Instance, canary: &str) {
    let pages = instance.memory_mut()[image::BUILT_IN].chunks_mut(PAGE);
    for page in pages {
        let length = canary.len().min(page.len());
        page[..length].copy_from_slice(&canary.as_bytes()[..length]);
    }
}

/// What every canary begins with.
const FIRST: u8 = b'~';

/// One of the canaries that is in the memory, which is searched once for all.
fn held<'a>(instance: &Instance, canaries: &'a [String]) -> Option<&'a String> {
    assert!(canaries.iter().all(|canary| canary.as_bytes()[0] == FIRST));
    let memory = whole(instance);
    // Few pages have that character, and this search is quick even where the test is not optimised.
    (0..memory.len())
        .step_by(PAGE)
        .filter(|page| memory[*page..*page + PAGE].contains(&FIRST))
        .flat_map(|page| page..page + PAGE)
        .filter(|place| memory[*place] == FIRST)
        .find_map(|place| {
            let here = |canary: &&String| memory[place..].starts_with(canary.as_bytes());
            canaries.iter().find(here)
        })
}

fn holds(instance: &Instance, canary: &str) -> bool {
    held(instance, &[canary.to_owned()]).is_some()
}

pub(super) fn long() -> Clocks {
    Clocks::ending(Instant::now() + Duration::from_secs(20))
}

#[test]
fn no_byte_of_one_run_is_in_the_memory_of_the_next() {
    let thread = std::thread::Builder::new().stack_size(STACK + (2 << 20));
    thread.spawn(litter_and_look).unwrap().join().unwrap();
}

fn litter_and_look() {
    // Overwritten in every round, the built-in scripts' pages are learned and copied back. Overwritten only after
    // learning has ended, they are dropped.
    for (placing, overwritten_from) in [
        (Placing::Mapped, 0),
        (Placing::Mapped, 2),
        (Placing::Copied, 2),
    ] {
        let machine = Arc::new(Machine::with(placing, 1).unwrap());
        let mut first = machine.instance(None, long()).unwrap();
        first.compile(&compile_message(LITTER)).unwrap();
        let evaluated = first.evaluate().unwrap();
        assert!(matches!(split(evaluated), Some((Reply::Evaluated, _))));
        assert!(!first.was_touched());
        let template = Arc::new(machine.template(&first));
        drop(first);
        let mut canaries: Vec<String> = Vec::new();
        // The first runs teach which pages are resident; later runs are reset differently.
        for round in 0..5 {
            let mut run = machine.instance(Some(&template), long()).unwrap();
            let built_in = image::BUILT_IN;
            assert!(run.memory()[built_in.clone()] == image::MEMORY[built_in]);
            assert_eq!(held(&run, &canaries), None, "{placing:?}, {round}");
            let canary = format!("~canary-{round}-{placing:?}");
            let said = run.start(&run_message(&canary)).unwrap().to_vec();
            let failed = split::<Reply>(&said).is_some_and(|(reply, _)| {
                matches!(reply, Reply::Failure(failure) if failure.message.contains(&canary))
            });
            assert!(failed, "{}", String::from_utf8_lossy(&said));
            assert!(run.take_log().lines[0].contains(&canary));
            assert!(run.memory().len() > 12 << 20, "it has grown");
            assert!(holds(&run, &canary), "the test sees what is there");
            let rewritten = format!("~overwritten-{round}-{placing:?}");
            if round >= overwritten_from {
                overwrite(&mut run, &rewritten);
                assert!(holds(&run, &rewritten), "the test sees what is there");
            }
            canaries.extend([canary, rewritten]);
            drop(run);
            // The template, which the slot still holds.
            let again = machine.instance(Some(&template), long()).unwrap();
            assert_eq!(held(&again, &canaries), None, "{placing:?}, {round}, again");
            assert!(again.memory()[image::BUILT_IN] == image::MEMORY[image::BUILT_IN]);
            drop(again);
            // The bare image in that slot, then the template again.
            let mut bare = machine.instance(None, long()).unwrap();
            assert_eq!(held(&bare, &canaries), None, "{placing:?}, {round}, bare");
            let built_in = image::BUILT_IN;
            assert!(bare.memory()[built_in.clone()] == image::MEMORY[built_in]);
            let rewritten = format!("~overwritten-{round}-{placing:?}-bare");
            if round >= overwritten_from {
                overwrite(&mut bare, &rewritten);
            }
            canaries.push(rewritten);
        }
    }
}
