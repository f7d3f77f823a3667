//! Built-in modules that are evaluated ahead of a script.

use hookpoint_script_protocol::{Reply, split};

use super::{
    canaries::{compile_message, long, run_message},
    *,
};

/// More than there are.
const NUMBERS: std::ops::RangeInclusive<u8> = 0..=u8::MAX;

fn on_a_thread(test: fn()) {
    let thread = std::thread::Builder::new().stack_size(STACK + (2 << 20));
    thread.spawn(test).unwrap().join().unwrap();
}

fn machine() -> Arc<Machine> {
    Arc::new(Machine::new(1).unwrap())
}

/// Evaluates modules; `None` if one fails.
fn load(instance: &mut Instance, modules: &[u8]) -> Option<()> {
    let said = instance.load(modules).unwrap();
    let (reply, _) = split::<Reply>(said)?;
    matches!(reply, Reply::Evaluated).then_some(())
}

#[test]
fn every_module_is_the_same_in_every_run() {
    on_a_thread(|| {
        let machine = machine();
        for number in NUMBERS {
            let mut instance = machine.instance(None, long()).unwrap();
            load(&mut instance, &[number]).unwrap_or_else(|| panic!("module {number}"));
            assert!(!instance.was_touched(), "module {number}");
        }
        let all: Vec<u8> = NUMBERS.collect();
        let mut instance = machine.instance(None, long()).unwrap();
        load(&mut instance, &all).unwrap();
        assert!(instance.loaded().unwrap().len() > 20);
    });
}

#[test]
fn modules_that_were_evaluated_ahead_are_not_loaded_by_the_run() {
    on_a_thread(|| {
        let machine = machine();
        let source = "export default () => { console.log({ a: 1 }); Intl; require('node:crypto'); return {}; };";
        let mut first = machine.instance(None, long()).unwrap();
        first.compile(&compile_message(source)).unwrap();
        first.evaluate().unwrap();
        let template = Arc::new(machine.template(&first));
        first.start(&run_message("x")).unwrap();
        let modules = first.loaded().unwrap();
        assert!(modules.len() > 10, "{modules:?}");
        drop(first);

        let mut prepared = machine.instance(Some(&template), long()).unwrap();
        assert!(prepared.loaded().unwrap().is_empty());
        load(&mut prepared, &modules).unwrap();
        let template = Arc::new(machine.template(&prepared));
        drop(prepared);

        let mut second = machine.instance(Some(&template), long()).unwrap();
        let said = second.start(&run_message("x")).unwrap();
        assert!(matches!(split(said), Some((Reply::Result(_), b"{}"))));
        assert!(second.loaded().unwrap().is_empty());
        assert_eq!(second.take_log().lines, ["{ a: 1 }"]);
    });
}

#[test]
fn modules_that_a_script_imports_are_known_once_it_is_compiled() {
    on_a_thread(|| {
        let machine = machine();
        let mut instance = machine.instance(None, long()).unwrap();
        let source = "import { inspect } from 'node:util'; export default () => ({ context: { text: inspect([1]) } });";
        instance.compile(&compile_message(source)).unwrap();
        let imports = instance.loaded().unwrap();
        assert!(!imports.is_empty());
        load(&mut instance, &imports).unwrap();
        let said = instance.start(&run_message("x")).unwrap();
        let (reply, body) = split::<Reply>(said).unwrap();
        assert!(matches!(reply, Reply::Result(_)), "{reply:?}");
        assert_eq!(body, br#"{"context":{"text":"[ 1 ]"}}"#);
    });
}
