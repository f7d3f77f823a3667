//! Every environment variable that Hookpoint reads.
//!
//! `docs/environment.md` is generated from this table. A composition root reads a variable by its entry here, so that a variable that is
//! not listed cannot be read.

/// An environment variable.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// The variable's name.
    pub name: &'static str,
    /// The program that reads it.
    pub reader: Reader,
    /// Whether start-up fails without it.
    pub required: bool,
    /// The value, or a description of it, when unset.
    pub default: Option<&'static str>,
    /// Meaning and format, as sentences for `docs/environment.md`.
    pub summary: &'static str,
}

/// The program that reads a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// Stage functions and the worker alike.
    Function,
    /// The worker only.
    Worker,
    /// `hookpoint`, the local tool.
    CommandLine,
}

impl Reader {
    /// The reader as `docs/environment.md` names it.
    pub fn description(self) -> &'static str {
        match self {
            Self::Function => "functions",
            Self::Worker => "worker",
            Self::CommandLine => "command line",
        }
    }
}

const fn function(
    name: &'static str,
    required: bool,
    default: Option<&'static str>,
    summary: &'static str,
) -> Setting {
    Setting {
        name,
        reader: Reader::Function,
        required,
        default,
        summary,
    }
}

const fn worker(
    name: &'static str,
    required: bool,
    default: Option<&'static str>,
    summary: &'static str,
) -> Setting {
    Setting {
        reader: Reader::Worker,
        ..function(name, required, default, summary)
    }
}

/// The table with applications, bindings and hooks.
pub const TABLE: Setting = function("HOOKPOINT_TABLE", true, None, "Name of the DynamoDB table.");
/// Prefix of secret names.
pub const SECRET_PREFIX: Setting = function(
    "HOOKPOINT_SECRET_PREFIX",
    true,
    None,
    "Prefix of the names of secrets: `<prefix>/<application>/<name>`, `<prefix>/<name>`, `<prefix>/continuation-key`. The stack's name.",
);
/// Non-public networks that hooks may reach.
pub const ALLOWED_NETWORKS: Setting = function(
    "HOOKPOINT_ALLOWED_NETWORKS",
    false,
    Some("none"),
    "Private or otherwise special networks that hooks may reach, in CIDR notation, separated by commas.",
);
/// Hosts that hooks may reach without TLS.
pub const ALLOWED_HTTP_HOSTS: Setting = function(
    "HOOKPOINT_ALLOWED_HTTP_HOSTS",
    false,
    Some("none"),
    "Hosts that hooks may reach by plain http, separated by commas. Bodies can carry passwords.",
);
/// Certificate authorities trusted in addition to the public ones.
pub const TRUSTED_CA: Setting = function(
    "HOOKPOINT_TRUSTED_CA",
    false,
    Some("public authorities only"),
    "Certificate authorities that hooks trust in addition to the public ones, in PEM form: the name of a secret (`<prefix>/<name>`), or the absolute path of a file, such as `/var/task/ca.pem` of a file that is packaged with the function. It is read once, when a function starts.",
);
/// The identity store that most applications use.
pub const IDENTITY_STORE: Setting = function(
    "HOOKPOINT_IDENTITY_STORE",
    false,
    Some("none"),
    "The identity store that most applications use. A stage reads its bindings together with an application, which saves the first event of a container one round trip.",
);
/// Log level, per target if needed.
pub const LOG: Setting = function(
    "HOOKPOINT_LOG",
    false,
    Some("info"),
    "What is logged: a level (`error`, `warn`, `info`, `debug`, `trace`) or `target=level` pairs separated by commas.",
);
/// The queue of asynchronous hooks.
pub const QUEUE_URL: Setting = function(
    "HOOKPOINT_QUEUE_URL",
    true,
    None,
    "URL of the SQS queue of asynchronous deliveries. The name of a queue that keeps order ends in `.fifo`.",
);
/// The queue of deliveries that were given up.
pub const DEAD_LETTER_QUEUE_URL: Setting = worker(
    "HOOKPOINT_DEAD_LETTER_QUEUE_URL",
    true,
    None,
    "URL of the SQS queue for deliveries that were given up.",
);
/// How long run records are kept.
pub const RUN_RETENTION_DAYS: Setting = function(
    "HOOKPOINT_RUN_RETENTION_DAYS",
    false,
    Some("7"),
    "How many days run records, and the events that applications keep, stay in the table: 1 to 365.",
);
/// Who may post events.
pub const AUTHENTICATION: Setting = function(
    "HOOKPOINT_AUTHENTICATION",
    false,
    Some("ingest-key"),
    "Who may post events. `ingest-key`: callers with a key of the application; `aws-iam` or `jwt`: callers that API Gateway has authorised by IAM or by token.",
);
/// The claim of a token that names the application.
pub const JWT_CLAIM: Setting = function(
    "HOOKPOINT_JWT_CLAIM",
    false,
    Some("with `jwt`, an error at start"),
    "The claim that must equal the application of the route, with `HOOKPOINT_AUTHENTICATION=jwt`.",
);
/// How much memory the function has; Lambda sets it.
pub const MEMORY: Setting = function(
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    true,
    None,
    "The function's memory in megabytes; every 48 MB beyond 96 MB allow one more concurrent script. Set by Lambda and by `cargo lambda watch`.",
);
/// Why Lambda starts the process; Lambda sets it.
pub const INITIALIZATION_TYPE: Setting = function(
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    false,
    None,
    "`provisioned-concurrency` if the process is started before its first event: it then opens its connections at start. Set by Lambda.",
);
/// The region; Lambda sets it.
pub const REGION: Setting = function("AWS_REGION", true, None, "The AWS region. Set by Lambda.");
/// Credentials; Lambda sets them.
pub const ACCESS_KEY_ID: Setting = function(
    "AWS_ACCESS_KEY_ID",
    true,
    None,
    "Credentials of the function's role. Set by Lambda.",
);
/// Credentials; Lambda sets them.
pub const SECRET_ACCESS_KEY: Setting = function(
    "AWS_SECRET_ACCESS_KEY",
    true,
    None,
    "Credentials of the function's role. Set by Lambda.",
);
/// Credentials; Lambda sets them.
pub const SESSION_TOKEN: Setting = function(
    "AWS_SESSION_TOKEN",
    false,
    Some("none"),
    "Credentials of the function's role. Set by Lambda.",
);
/// Where events come from; Lambda sets it.
pub const RUNTIME_API: Setting = function(
    "AWS_LAMBDA_RUNTIME_API",
    true,
    None,
    "Host and port of the Lambda Runtime API. Set by Lambda and by `cargo lambda watch`.",
);
/// Endpoint of an emulator in place of AWS.
pub const ENDPOINT_URL: Setting = function(
    "AWS_ENDPOINT_URL",
    false,
    Some("the endpoints of AWS"),
    "Endpoint of an emulator for DynamoDB, Secrets Manager and SQS. Set by `cargo xtask lambda-local`.",
);
/// Authorities that signed the certificate of that endpoint.
pub const CA_BUNDLE: Setting = function(
    "AWS_CA_BUNDLE",
    false,
    Some("public authorities only"),
    "Absolute path of a file with certificate authorities, in PEM form, that the functions trust for AWS or an emulator in addition to the public ones.",
);
/// Prefix of the variables that hold local secret values.
pub const LOCAL_SECRET: Setting = Setting {
    name: "HOOKPOINT_SECRET_<Name>",
    reader: Reader::CommandLine,
    required: false,
    default: Some("`.hookpoint/secrets.json`"),
    summary: "Value of a secret on this machine, for every command that runs hooks with it, also `try` and `check`. Each `-` of the name is written `_`; see `shared/local/README.md` for secrets of one application.",
};
/// The bundler of hooks.
pub const BUNDLER: Setting = Setting {
    name: "HOOKPOINT_BUNDLER",
    reader: Reader::CommandLine,
    required: false,
    default: Some("`hookpoint-bundler` next to `hookpoint`"),
    summary: "Path of the program that bundles hooks in TypeScript, in several files or with packages. Plain JavaScript does not need it.",
};
/// Colours off.
pub const NO_COLOR: Setting = Setting {
    name: "NO_COLOR",
    reader: Reader::CommandLine,
    required: false,
    default: Some("colours on a terminal"),
    summary: "Any value turns colours off.",
};

/// Every setting, in the order in which documents list them.
pub const ALL: &[Setting] = &[
    TABLE,
    SECRET_PREFIX,
    ALLOWED_NETWORKS,
    ALLOWED_HTTP_HOSTS,
    TRUSTED_CA,
    IDENTITY_STORE,
    LOG,
    QUEUE_URL,
    DEAD_LETTER_QUEUE_URL,
    RUN_RETENTION_DAYS,
    AUTHENTICATION,
    JWT_CLAIM,
    MEMORY,
    REGION,
    ACCESS_KEY_ID,
    SECRET_ACCESS_KEY,
    SESSION_TOKEN,
    RUNTIME_API,
    INITIALIZATION_TYPE,
    ENDPOINT_URL,
    CA_BUNDLE,
    LOCAL_SECRET,
    BUNDLER,
    NO_COLOR,
];
