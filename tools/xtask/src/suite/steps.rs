//! The steps of `cargo xtask test`, cheapest first.

/// One check.
pub(super) struct Step {
    pub(super) name: &'static str,
    /// Whether `--quick` runs it too.
    pub(super) quick: bool,
    pub(super) action: Action,
}

pub(super) enum Action {
    Cargo {
        arguments: &'static [&'static str],
        environment: &'static [(&'static str, &'static str)],
    },
    Programs(Programs),
    /// The pinned tools that the integration tests start.
    Tools,
    /// Checks that the sandbox's images match their sources.
    Images,
}

/// Test programs of several packages.
pub(super) struct Programs {
    /// The `cargo test` commands that build them.
    pub(super) builds: &'static [&'static [&'static str]],
    /// Which of those programs run, by their source file in the repository.
    pub(super) chosen: fn(&str) -> bool,
    /// The arguments of each.
    pub(super) arguments: &'static [&'static str],
    /// A command that runs them one after the other; if there is none, the builds are.
    pub(super) repeat: Option<&'static str>,
}

const fn cargo(name: &'static str, arguments: &'static [&'static str]) -> Step {
    Step {
        name,
        quick: false,
        action: Action::Cargo {
            arguments,
            environment: &[],
        },
    }
}

const fn quick(step: Step) -> Step {
    Step {
        quick: true,
        ..step
    }
}

/// The command line with its clients of AWS, in every step but the one that tests it without.
const AWS: &str = "--features=hookpoint-cli/aws";

/// Tests of the workspace are built by one selection of packages. With another one cargo enables other features of what they depend on,
/// and compiles that again. The bundler and the program that makes the sandbox's images are built alone, as they are when people build
/// them: beside the others, the same hundreds of crates would be compiled twice.
macro_rules! tests_of_workspace {
    ($($argument:literal),+) => {
        &[
            "test",
            "--workspace",
            AWS,
            "--exclude",
            "hookpoint-imager",
            "--exclude",
            "hookpoint-bundler",
            $($argument),+
        ]
    };
}

const UNIT_TESTS: &[&str] =
    tests_of_workspace!["--lib", "--bins", "--test", "rules", "--test", "goldens"];
const INTEGRATION_TESTS: &[&str] = tests_of_workspace!["--test", "*"];
/// Builds the command line, which this test runs, exactly as the steps do. Built alone, it would have other features, and a hundred
/// crates would be compiled again.
pub(super) const COMMAND_LINE: &[&str] =
    tests_of_workspace!["--test", "cli", "--no-run", "--quiet"];

/// A unit test of this package checks generated files.
pub(super) const STEPS: &[Step] = &[
    quick(cargo("format", &["fmt", "--all", "--check"])),
    quick(cargo(
        "lints",
        &[
            "clippy",
            "--workspace",
            AWS,
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ],
    )),
    Step {
        name: "rules, unit tests and golden cases",
        quick: true,
        action: Action::Programs(Programs {
            builds: &[
                UNIT_TESTS,
                &["test", "--package", "hookpoint-bundler", "--lib", "--bins"],
            ],
            chosen: |_| true,
            arguments: &[],
            repeat: None,
        }),
    },
    Step {
        name: "crates' own integration tests",
        quick: false,
        action: Action::Programs(Programs {
            builds: &[
                INTEGRATION_TESTS,
                &["test", "--package", "hookpoint-bundler", "--test", "*"],
            ],
            chosen: |source| !source.starts_with("tests/"),
            arguments: &[],
            repeat: Some(
                "cargo test --workspace --features=hookpoint-cli/aws --test '*' --exclude hookpoint-tests --exclude hookpoint-imager",
            ),
        }),
    },
    cargo("documented examples", tests_of_workspace!["--doc"]),
    Step {
        name: "pinned tools",
        quick: false,
        action: Action::Tools,
    },
    Step {
        name: "sandbox images",
        quick: false,
        action: Action::Images,
    },
    Step {
        name: "integration tests",
        quick: false,
        action: Action::Programs(Programs {
            builds: &[INTEGRATION_TESTS],
            chosen: |source| source == "tests/it/main.rs",
            arguments: &[],
            repeat: Some("cargo test --package hookpoint-tests --test it"),
        }),
    },
    cargo(
        "command line without AWS",
        &[
            "test",
            "--package",
            "hookpoint-cli",
            "--test",
            "without_aws",
        ],
    ),
    Step {
        name: "documentation",
        quick: false,
        action: Action::Cargo {
            // With examples, although there are none, cargo enables the features that the lints had, and checks no dependency again.
            arguments: &[
                "doc",
                "--workspace",
                AWS,
                "--no-deps",
                "--lib",
                "--bins",
                "--examples",
            ],
            environment: &[("RUSTDOCFLAGS", "-D warnings")],
        },
    },
];
