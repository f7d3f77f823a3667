//! `cargo xtask`: development tasks of this repository.

fn main() -> std::process::ExitCode {
    hookpoint_xtask::app::run()
}
