//! What a release needs, and what is in it.

use std::process::Command;

use super::{
    contents::{SUMS, section, sums, template_for},
    *,
};

const LOG: &str = "# Changelog\n\n## Unreleased\n\n## 1.2.3 – 2026-12-01\n\n### Added\n\n- Something.\n\n## [1.2.2] - 2026-11-01\n\nNothing.\n";

fn state(version: &str) -> State {
    State {
        version: version.to_owned(),
        log: LOG.to_owned(),
        ..State::default()
    }
}

#[test]
fn a_version_needs_its_changes_a_clean_tree_an_empty_folder_a_free_tag_and_tools() {
    assert!(state("1.2.3").obstacles().is_empty());
    let named = |state: State| state.obstacles().join("\n");
    assert!(named(state("1.3.0")).contains("no section `## 1.3.0`"));
    assert!(named(state("1.2.2")).contains("lists no change"));
    let uncommitted = named(State {
        changed: " M Cargo.toml\n?? new.rs\n".to_owned(),
        ..state("1.2.3")
    });
    assert!(
        uncommitted.contains("2 files are not committed, such as `Cargo.toml`"),
        "{uncommitted}"
    );
    let all = named(State {
        exists: true,
        is_tagged: true,
        lacking: vec!["no compiler; install one".to_owned()],
        ..state("1.2.3")
    });
    for obstacle in [
        "remove it",
        "another commit has the tag `v1.2.3`",
        "no compiler",
    ] {
        assert!(all.contains(obstacle), "{all}");
    }
}

#[test]
fn what_a_release_needs_is_looked_up_on_this_machine() {
    let contents = Contents::read().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let found = State::find(&contents, folder.path()).unwrap();
    // Tags and tools are those of the machine.
    assert!(found.exists);
    assert_eq!(found.version, env!("CARGO_PKG_VERSION"));
}

#[test]
fn the_changes_of_a_version_are_those_below_its_heading() {
    assert_eq!(
        section(LOG, "1.2.3").unwrap().trim(),
        "### Added\n\n- Something."
    );
    assert_eq!(section(LOG, "1.2.2").unwrap().trim(), "Nothing.");
    assert_eq!(section(LOG, "1.2"), None);
    assert_eq!(section(LOG, "Unreleased").map(str::trim), Some(""));
}

/// A whole release, of programs that were not built.
#[test]
fn a_release_has_what_its_plan_says_and_its_sums_hold() {
    let folder = tempfile::tempdir().unwrap();
    let binary = folder.path().join("binary");
    fs::write(&binary, "x".repeat(10_000)).unwrap();
    let built = |names: Vec<String>| -> Vec<(String, PathBuf)> {
        let names = names.into_iter();
        names.map(|name| (name, binary.clone())).collect()
    };
    let functions = built(package::names());
    let programs = built(PROGRAMS.map(|(_, program)| program.to_owned()).into());
    let mut contents = Contents::read().unwrap();
    contents.log = LOG.replace("1.2.3", &contents.version);
    let release = folder.path().join("release");
    for architecture in ARCHITECTURES {
        contents
            .add_functions(&release, architecture, &functions)
            .unwrap();
    }
    add_programs(&release, &programs, "here").unwrap();
    assert_eq!(
        contents.finish(&release).unwrap(),
        2 * (functions.len() + 1) + 2 + 4
    );

    let text = |name: &str| read(&release.join(name)).unwrap();
    for architecture in ARCHITECTURES {
        let name = architecture.parameter();
        let written = text(&format!("template-{name}.yaml"));
        assert!(written.contains(&format!(
            "  Architecture:\n    Type: String\n    Default: {name}\n"
        )));
        let zips = written.lines().filter(|line| line.contains("CodeUri: "));
        let zips = zips.map(|line| line.trim().trim_start_matches("CodeUri: "));
        assert_eq!(zips.clone().count(), functions.len());
        for zip in zips {
            assert!(release.join(zip).is_file(), "{zip}");
        }
    }
    assert_eq!(text("CHANGES.md").trim(), "### Added\n\n- Something.");
    assert!(text("LICENSE").contains("Apache License"));
    assert!(text("hookpoint.cdx.json").contains("\"CycloneDX\""));
    // Each line of the plan names files that are there.
    for line in plan("here") {
        let (names, _) = line.split_once(':').unwrap_or((&line, ""));
        for name in names.split([' ', ',']) {
            let name = name.trim_end_matches("/*.zip");
            let is_name = name.contains(['-', '.']) || name.chars().all(char::is_uppercase);
            assert!(
                !is_name || name.is_empty() || release.join(name).exists(),
                "{name}"
            );
        }
    }
    assert_eq!(
        sums(&release).unwrap(),
        text(SUMS),
        "the list is not in itself"
    );
    #[cfg(target_os = "linux")]
    {
        let mut check = Command::new("sha256sum");
        check
            .args(["--check", "--quiet", SUMS])
            .current_dir(&release);
        assert!(check.status().unwrap().success());
        fs::write(release.join("template-arm64.yaml"), "abc").unwrap();
        assert!(!check.output().unwrap().status.success());
    }
}

#[test]
fn a_template_with_a_function_that_was_not_built_is_refused() {
    let template = read(&repository::root().join("template.yaml")).unwrap();
    let names = package::names();
    let error = template_for(Architecture::Arm64, &names[1..], &template).unwrap_err();
    assert!(error.to_string().contains("was not built"), "{error}");
    let more = [&names[..], &["other".to_owned()]].concat();
    let error = template_for(Architecture::Arm64, &more, &template).unwrap_err();
    assert!(
        error.to_string().contains("does not deploy `other`"),
        "{error}"
    );
}
