//! How rolldown bundles a hook.

use std::path::Path;

use oxc::{mangler::MangleOptionsKeepNames, minifier::CompressOptionsKeepNames};
use rolldown::{
    BundlerOptions, CodeSplittingMode, InputItem, LegalComments, OutputFormat, Platform,
    RawCompressOptions, RawMangleOptions, RawMinifyOptions, RawMinifyOptionsDetailed,
    SourceMapType, TsConfig,
};

use crate::import::Form;

/// The name of the script that results, for rolldown alone.
const SCRIPT: &str = "hook";

/// What is bundled.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hook<'a> {
    pub(crate) folder: &'a Path,
    /// The hook's file, with links resolved, as rolldown names it.
    pub(crate) entry: &'a Path,
    pub(crate) form: Form,
    /// The `tsconfig.json` that applies.
    pub(crate) settings: Option<&'a Path>,
}

/// What may differ between rounds.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Options {
    /// Whether a value may be used before it is initialised.
    pub(crate) uses_early: bool,
    /// Whether exports that are missing become `undefined`.
    pub(crate) has_shims: bool,
}

/// The options for a hook's file: browser conditions first, one minified file, a map of its own.
pub(crate) fn options(hook: Hook<'_>, round: Options) -> BundlerOptions {
    let Hook {
        folder,
        entry,
        form,
        settings,
    } = hook;
    let script = InputItem {
        name: Some(SCRIPT.to_owned()),
        import: entry.to_string_lossy().into_owned(),
    };
    // Rolldown looks above the folder too, and reads a path as it is.
    let tsconfig = settings.map_or(TsConfig::Auto(false), |path| {
        TsConfig::Manual(path.to_owned())
    });
    BundlerOptions {
        input: Some(vec![script]),
        cwd: Some(folder.to_owned()),
        // Sources in the map are relative to where the script would be written.
        dir: Some(folder.to_string_lossy().into_owned()),
        entry_filenames: Some("[name].js".to_owned().into()),
        platform: Some(Platform::Browser),
        format: Some(match form {
            Form::Module => OutputFormat::Esm,
            Form::CommonJs => OutputFormat::Cjs,
        }),
        sourcemap: Some(SourceMapType::Hidden),
        minify: Some(minified()),
        legal_comments: Some(LegalComments::None),
        // The dynamic imports of packages become part of the script; the guard refuses those of authors.
        code_splitting: Some(CodeSplittingMode::Bool(false)),
        // Shorter, and QuickJS need not check at every use whether a variable has its value yet. Esbuild does it too. A value that is used
        // before that would be `undefined` in place of an error.
        top_level_var: Some(!round.uses_early),
        shim_missing_exports: Some(round.has_shims),
        tsconfig: Some(tsconfig),
        ..BundlerOptions::default()
    }
}

/// Everything short but the names of classes: errors show them, and packages tell errors apart by them.
fn minified() -> RawMinifyOptions {
    let mangle = RawMangleOptions {
        keep_names: Some(MangleOptionsKeepNames {
            function: false,
            class: true,
        }),
        ..RawMangleOptions::default()
    };
    let compress = RawCompressOptions {
        // They keep the author's statements apart: see `apart.rs`.
        drop_debugger: Some(false),
        keep_names: Some(CompressOptionsKeepNames {
            function: false,
            class: true,
        }),
        ..RawCompressOptions::default()
    };
    RawMinifyOptions::Object(RawMinifyOptionsDetailed {
        mangle: Some(mangle),
        compress: Some(compress),
        remove_whitespace: true,
    })
}
