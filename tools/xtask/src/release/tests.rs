//! What a release needs, and what is in it.

use super::*;

const LOG: &str = "# Changelog\n\n## Unreleased\n\n## 1.2.3 – 2026-12-01\n\n### Added\n\n- Something.\n\n## [1.2.2] - 2026-11-01\n\nNothing.\n";

#[test]
fn a_version_needs_its_changes_a_clean_tree_and_an_empty_folder() {
    assert!(obstacles("1.2.3", LOG, "", false).is_empty());
    let named = |version, changed, exists| obstacles(version, LOG, changed, exists).join("\n");
    assert!(named("1.3.0", "", false).contains("no section `## 1.3.0`"));
    assert!(named("1.2.2", "", false).contains("lists no change"));
    let uncommitted = named("1.2.3", " M Cargo.toml\n?? new.rs\n", false);
    assert!(
        uncommitted.contains("2 files are not committed, such as `Cargo.toml`"),
        "{uncommitted}"
    );
    assert!(named("1.2.3", "", true).contains("remove it"));
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

#[test]
fn the_template_of_a_release_deploys_its_zips_for_their_processors() {
    let folder = tempfile::tempdir().unwrap();
    let binary = folder.path().join("bootstrap");
    fs::write(&binary, "x".repeat(10_000)).unwrap();
    let release = folder.path().join("release");
    fs::create_dir(&release).unwrap();
    let template = read(&repository::root().join("template.yaml")).unwrap();
    let all = package::names();
    assert_eq!(all.len(), hookpoint_stages::Stage::ALL.len() + 1);
    let functions: Vec<_> = all.into_iter().map(|name| (name, binary.clone())).collect();
    for architecture in ARCHITECTURES {
        add_functions(&release, architecture, &functions, &template).unwrap();
        let name = architecture.parameter();
        let written = read(&release.join(format!("template-{name}.yaml"))).unwrap();
        assert!(written.contains(&format!(
            "  Architecture:\n    Type: String\n    Default: {name}\n"
        )));
        for line in written.lines().filter(|line| line.contains("CodeUri: ")) {
            let zip = line.trim().trim_start_matches("CodeUri: ");
            assert!(release.join(zip).is_file(), "{zip}");
        }
    }
    let error =
        add_functions(&release, Architecture::Arm64, &functions[1..], &template).unwrap_err();
    assert!(error.to_string().contains("was not built"), "{error}");

    let sums = super::sums(&release).unwrap();
    assert_eq!(sums.lines().count(), 2 * 31);
    write(&release.join(SUMS), &sums).unwrap();
    let again = || super::sums(&release).unwrap();
    assert_eq!(again(), sums, "the list is not in itself");
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    fs::write(release.join("template-arm64.yaml"), "abc").unwrap();
    assert!(again().contains(&format!("{abc}  template-arm64.yaml\n")));
}

#[test]
fn the_plan_names_everything_for_this_machine() {
    let plan = plan(&host().unwrap()).join("\n");
    for part in [
        "functions-arm64",
        "template-x86_64.yaml",
        "hookpoint-bundler-",
        SUMS,
        "hookpoint.cdx.json",
    ] {
        assert!(plan.contains(part), "{plan}");
    }
}
