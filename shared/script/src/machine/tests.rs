//! A lying guest, unsuitable images, and isolation of memory.

#[path = "../../build.rs"]
#[expect(
    dead_code,
    clippy::print_stdout,
    reason = "the tests call what checks an image"
)]
mod build;
mod built_ins;
mod canaries;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use wasmtime::ExternType;

use super::*;

/// The compiled `guest/liar.wat`; `None` on unsupported platforms.
fn liar() -> Option<Vec<u8>> {
    use std::io::Read as _;
    let path = format!(
        "{}/image/liar-{}-{}.z",
        env!("CARGO_MANIFEST_DIR"),
        std::env::consts::ARCH,
        std::env::consts::OS
    );
    let compressed = std::fs::File::open(path).ok()?;
    let mut code = Vec::new();
    flate2::read::ZlibDecoder::new(compressed)
        .read_to_end(&mut code)
        .ok()?;
    Some(code)
}

/// As much zeroed memory as the liar declares.
static NO_MEMORY: [u8; 2 << 16] = [0; 2 << 16];

/// A memory without an idle part.
fn bare(bytes: &'static [u8]) -> Image {
    Image { bytes, idle: 0..0 }
}

/// A machine that runs the liar.
pub(crate) fn lying(placing: Placing, slots: usize) -> Machine {
    let code = liar().expect("a liar for this platform");
    Machine::of(Code::Other(&code), &bare(&NO_MEMORY), placing, slots).expect("a machine")
}

fn machines() -> Vec<Arc<Machine>> {
    let placings = [Placing::Mapped, Placing::Copied];
    placings.map(|placing| Arc::new(lying(placing, 2))).into()
}

const LIMIT: Duration = Duration::from_millis(60);

fn clocks() -> Clocks {
    Clocks::ending(Instant::now() + LIMIT)
}

/// The result of one lie, the log, and the time it took.
fn lie(machine: &Arc<Machine>, message: &[u8]) -> (Result<Vec<u8>, Trap>, Log, Duration) {
    lie_in(machine, |instance| {
        instance.compile(message).map(<[u8]>::to_vec)
    })
}

fn lie_in(
    machine: &Arc<Machine>,
    call: impl FnOnce(&mut Instance) -> Result<Vec<u8>, Trap>,
) -> (Result<Vec<u8>, Trap>, Log, Duration) {
    let started = Instant::now();
    let mut instance = machine.instance(None, clocks()).expect("an instance");
    let said = call(&mut instance);
    (said, instance.take_log(), started.elapsed())
}

#[test]
fn a_lying_guest_is_stopped_and_the_next_one_runs() {
    // As large a stack as the sandbox's threads have.
    let lies = std::thread::Builder::new().stack_size(STACK + (2 << 20));
    lies.spawn(tell_every_lie).unwrap().join().unwrap();
}

fn tell_every_lie() {
    for machine in machines() {
        for how in 0..=20_u8 {
            let (said, _, took) = lie_in(&machine, |instance| {
                instance.load(&[how; 100]).map(<[u8]>::to_vec)
            });
            assert!(fits(how, &said), "load {how}: {said:?}");
            assert!(took < LIMIT * 5, "load {how} took {took:?}");
            let (said, _, took) = lie_in(&machine, |instance| {
                instance.memory_mut()[1024] = how;
                instance.loaded()
            });
            assert!(fits(how, &said), "loaded {how}: {said:?}");
            assert!(took < LIMIT * 5, "loaded {how} took {took:?}");
            let (said, log, took) = lie(&machine, &[how; 100]);
            assert!(fits(how, &said), "{how}: {said:?}");
            assert!(took < LIMIT * 5, "{how} took {took:?}");
            assert!(log.lines.len() <= 1000, "{how}: {} lines", log.lines.len());
            let (said, _, _) = lie(&machine, &[20; 100]);
            assert!(said.is_ok(), "after {how}: {said:?}");
        }
        for length in [666, 667] {
            let (said, _, _) = lie(&machine, &vec![20; length]);
            assert!(matches!(said, Err(Trap::Broken(_))), "{length}: {said:?}");
        }
    }
}

/// Whether a lie ended as it must.
fn fits(how: u8, said: &Result<Vec<u8>, Trap>) -> bool {
    match (how, said) {
        (10..=12 | 15 | 19, Err(Trap::OutOfTime))
        | (13, Err(Trap::OutOfStack))
        | (0..=9 | 14 | 16 | 18, Err(Trap::Broken(_)))
        // Beyond its memory but inside its slot: zeros.
        | (17, Ok(_) | Err(Trap::Broken(_))) => true,
        (20, Ok(message)) => crate::reply::read(message).is_err(),
        _ => false,
    }
}

#[test]
fn nothing_of_one_instance_is_in_the_memory_of_the_next() {
    for machine in machines() {
        for round in 0..50_u8 {
            let mut instance = machine.instance(None, clocks()).unwrap();
            let canary = [20; 3000];
            assert!(
                instance.memory()[1024..].iter().all(|byte| *byte == 0),
                "{round}"
            );
            instance.compile(&canary).unwrap();
            assert!(instance.memory()[1024..].starts_with(&canary));
        }
    }
}

#[test]
fn an_instance_holds_its_template_and_nothing_else() {
    for machine in machines() {
        let mut first = machine.instance(None, clocks()).unwrap();
        first.compile(&[20; 700]).unwrap();
        let template = Arc::new(machine.template(&first));
        drop(first);
        for round in 0..5 {
            let mut from_template = machine.instance(Some(&template), clocks()).unwrap();
            assert!(
                from_template.memory()[1024..].starts_with(&[20; 700]),
                "{round}"
            );
            assert_eq!(from_template.memory()[1724], 0, "{round}");
            from_template.compile(&[20; 5000]).unwrap();
            drop(from_template);
            let bare = machine.instance(None, clocks()).unwrap();
            assert!(
                bare.memory()[1024..].iter().all(|byte| *byte == 0),
                "{round}"
            );
        }
    }
}

#[test]
fn an_unsuitable_image_is_refused_with_a_sentence() {
    let refused =
        |code: &[u8]| match Machine::of(Code::Other(code), &Image::OWN, Placing::Copied, 1) {
            Ok(_) => panic!("it was loaded"),
            Err(error) => error.to_string(),
        };
    assert!(refused(&[]).contains("no image"));
    let whole = image::CODE;
    for code in [
        whole[..whole.len() / 2].to_vec(),
        whole[..100].to_vec(),
        b"\x7fELF and nothing else".to_vec(),
        other_version(whole),
    ] {
        let message = refused(&code);
        assert!(message.contains("does not fit this program"), "{message}");
    }
    // The liar has all exports, and loads with its own memory.
    let liar = liar().expect("a liar for this platform");
    assert!(Machine::of(Code::Other(&liar), &bare(&NO_MEMORY), Placing::Copied, 1).is_ok());
}

/// The build refuses it: the program never holds it.
#[test]
fn an_image_that_is_not_as_listed_is_refused_by_the_build() {
    use std::{fs, path::Path};
    let images = Path::new(env!("CARGO_MANIFEST_DIR")).join("image");
    let list = fs::read(images.join("images.json")).unwrap();
    let list: serde_json::Value = serde_json::from_slice(&list).unwrap();
    let name = format!("liar-{}-{}", std::env::consts::ARCH, std::env::consts::OS);
    assert!(
        build::unpack(&images, &list, &name)
            .unwrap()
            .starts_with(b"\x7fELF")
    );

    let packed = fs::read(images.join(format!("{name}.z"))).unwrap();
    let code = liar().unwrap();
    let with = |change: fn(&mut Vec<u8>), of: &[u8]| {
        let mut changed = of.to_vec();
        change(&mut changed);
        changed
    };
    let flip = |bytes: &mut Vec<u8>| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
    };
    let halve = |bytes: &mut Vec<u8>| bytes.truncate(bytes.len() / 2);
    let folder = tempfile::tempdir().unwrap();
    for (what, file) in [
        ("a flipped bit of code", pack(&with(flip, &code))),
        ("a flipped bit of the file", with(flip, &packed)),
        ("half of the code", pack(&with(halve, &code))),
        ("half of the file", with(halve, &packed)),
        ("one byte more", pack(&with(|bytes| bytes.push(0), &code))),
        ("code of another version", pack(&other_version(&code))),
        ("nothing", Vec::new()),
    ] {
        fs::write(folder.path().join(format!("{name}.z")), file).unwrap();
        let error = build::unpack(folder.path(), &list, &name)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("is not the image that images.json describes: restore it, or run `cargo xtask sandbox`"),
            "{what}: {error}"
        );
    }
}

fn pack(code: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(code).unwrap();
    packed.finish().unwrap()
}

/// The image as another version of the engine would write it.
fn other_version(code: &[u8]) -> Vec<u8> {
    // Length and text.
    let version = b"\x0248";
    let mut other = code.to_vec();
    let places: Vec<usize> = code
        .windows(version.len())
        .enumerate()
        .filter(|(_, window)| window == version)
        .map(|(place, _)| place)
        .collect();
    assert!(!places.is_empty(), "the image names no version");
    for place in places {
        other[place + 2] = b'7';
    }
    other
}

/// Everything that the guest may call; a script reaches nothing else of the program.
const IMPORTS: [&str; 8] = [
    "env __rquickjs_host_now_us() -> f64",
    "hookpoint is_over() -> i32",
    "hookpoint log(i32, i32)",
    "hookpoint monotonic() -> i64",
    "hookpoint operate(i32, i32, i32) -> i32",
    "hookpoint random(i32, i32)",
    "hookpoint remaining() -> i64",
    "hookpoint take_output(i32)",
];

fn function(module: &str, name: &str, kind: &ExternType) -> String {
    let ExternType::Func(function) = kind else {
        return format!("{module} {name} is not a function");
    };
    let list = |kinds: Vec<String>| kinds.join(", ");
    let parameters = list(function.params().map(|kind| kind.to_string()).collect());
    let results = list(function.results().map(|kind| kind.to_string()).collect());
    let results = match results.as_str() {
        "" => results,
        _ => format!(" -> {results}"),
    };
    format!("{module} {name}({parameters}){results}")
}

#[test]
fn the_guest_imports_what_is_listed_and_nothing_else() {
    let machine = Machine::with(Placing::Copied, 1).unwrap();
    let module = machine.module.module();
    let mut imported: Vec<String> = module
        .imports()
        .map(|import| function(import.module(), import.name(), &import.ty()))
        .collect();
    imported.sort();
    assert_eq!(imported, IMPORTS);

    let mut linker = Linker::new(&machine.engine);
    imports::define(&mut linker).unwrap();
    let mut store = machine.store(clocks());
    let offered: Vec<_> = linker
        .iter(&mut store)
        .map(|(module, name, item)| (module.to_owned(), name.to_owned(), item))
        .collect();
    let mut offered: Vec<String> = offered
        .into_iter()
        .map(|(module, name, item)| function(&module, &name, &item.ty(&store)))
        .collect();
    offered.sort();
    assert_eq!(offered, IMPORTS);
}

#[test]
fn templates_are_copied_where_nothing_can_be_mapped() {
    let machine = Arc::new(Machine::with(Placing::Copied, 2).unwrap());
    assert_eq!(machine.placing(), Placing::Copied);
    let instance = machine.instance(None, clocks()).unwrap();
    assert!(instance.memory().starts_with(image::MEMORY));
}

#[test]
fn the_ticker_parks_while_nothing_runs_and_ends_with_its_machine() {
    let machine = machines().remove(0);
    let _ = lie(&machine, &[20; 10]);
    std::thread::sleep(Duration::from_millis(80));
    let threads = || {
        std::fs::read_dir("/proc/self/task")
            .into_iter()
            .flatten()
            .filter_map(|entry| std::fs::read_to_string(entry.ok()?.path().join("comm")).ok())
            .filter(|name| name.starts_with("hookpoint-tick"))
            .count()
    };
    let before = threads();
    drop(machine);
    // Other tests' tickers come and go.
    let is_gone = (0..500).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        threads() < before
    });
    assert!(is_gone, "the ticker is left behind");
}

/// An image whose memory ends in more than a WebAssembly page of zeros.
#[test]
fn a_memory_is_as_large_as_the_guest_declares_however_short_its_image_is() {
    static SHORT: [u8; 4096] = [0; 4096];
    let code = liar().expect("a liar for this platform");
    for placing in [Placing::Mapped, Placing::Copied] {
        let machine =
            Machine::of(Code::Other(&code), &bare(&SHORT), placing, 1).expect("a machine");
        let machine = Arc::new(machine);
        let instance = machine.instance(None, clocks()).unwrap();
        assert_eq!(instance.memory().len(), NO_MEMORY.len());
    }
}

/// Otherwise a stored memory would hold what was sent to the guest, besides what became of it.
#[test]
fn a_memory_that_is_wiped_holds_no_message() {
    use hookpoint_script_protocol::{CompileRequest, Form, encode};
    const MARK: &[u8] = b"a comment outside of functions";
    // Searching takes long without optimisation.
    let clocks = Clocks::ending(Instant::now() + Duration::from_mins(1));
    let machine = Arc::new(Machine::new(1).expect("a machine"));
    let mut instance = machine.instance(None, clocks).expect("an instance");
    let request = CompileRequest {
        form: Some(Form::Module),
        is_bytecode: false,
        wants_bytecode: false,
    };
    // As large as bundles are.
    let source = [
        b"// ",
        MARK,
        b"\nexport default () => 1;\n",
        &vec![b' '; 100_000],
    ]
    .concat();
    let message = encode(&request, &[&source]);
    instance.compile(&message).expect("a compiled script");
    instance.evaluate().expect("an evaluated script");
    let holds = |instance: &Instance| {
        instance
            .memory()
            .windows(MARK.len())
            .any(|part| part == MARK)
    };
    assert!(holds(&instance), "the test is of use");
    instance.wipe().expect("a wiped memory");
    assert!(!holds(&instance));
}
