//! `cargo xtask`: what the repository needs besides cargo itself.

fn main() -> std::process::ExitCode {
    hookpoint_xtask::app::run()
}
