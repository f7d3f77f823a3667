//! Every environment variable that Hookpoint reads, with what it means.
//!
//! `docs/environment.md` is generated from this table. A composition root reads a variable by its entry here, so that a variable that is
//! not listed cannot be read.

/// An environment variable.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Its name.
    pub name: &'static str,
    /// Who reads it.
    pub reader: Reader,
    /// Whether start-up fails without it.
    pub required: bool,
    /// What holds when it is not set.
    pub default: Option<&'static str>,
    /// What it means, with its format.
    pub summary: &'static str,
}

/// Who reads a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// The stage functions and the worker.
    Function,
    /// The worker.
    Worker,
    /// The command line.
    CommandLine,
}

impl Reader {
    /// The reader in words.
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
/// What secret names begin with.
pub const SECRET_PREFIX: Setting = function(
    "HOOKPOINT_SECRET_PREFIX",
    true,
    None,
    "First part of the names of secrets: `<prefix>/<application>/<name>`, `<prefix>/<name>`, `<prefix>/continuation-key`. The stack's name.",
);
/// Networks that hooks may reach though they are not public.
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
/// Which authorities are trusted beside the public ones.
pub const TRUSTED_CA: Setting = function(
    "HOOKPOINT_TRUSTED_CA",
    false,
    Some("the public authorities alone"),
    "Certificate authorities that hooks trust beside the public ones, in PEM form: the name of a secret (`<prefix>/<name>`), or the absolute path of a file, such as `/opt/ca.pem` of a layer. It is read once, when a function starts.",
);
/// How much is logged.
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
    "URL of the SQS queue that the deliveries of asynchronous hooks wait in. The name of a queue that keeps order ends in `.fifo`.",
);
/// Where deliveries go that were given up.
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
    "Who may post events: `ingest-key`: whoever shows a key of the application; `aws-iam` or `jwt`: whom API Gateway has let through, by its role or by its token.",
);
/// Which claim of a token names the application.
pub const JWT_CLAIM: Setting = function(
    "HOOKPOINT_JWT_CLAIM",
    false,
    Some("the start fails with `jwt`"),
    "The claim that must equal the application of the route, with `HOOKPOINT_AUTHENTICATION=jwt`.",
);
/// How much memory the function has; Lambda sets it.
pub const MEMORY: Setting = function(
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    true,
    None,
    "The function's memory in megabytes; one script runs at once for every 48 MB beyond 96 MB. Lambda sets it, `cargo lambda watch` does so too.",
);
/// The region; Lambda sets it.
pub const REGION: Setting = function("AWS_REGION", true, None, "The AWS region. Lambda sets it.");
/// Credentials; Lambda sets them.
pub const ACCESS_KEY_ID: Setting = function(
    "AWS_ACCESS_KEY_ID",
    true,
    None,
    "Credentials of the function's role. Lambda sets it.",
);
/// Credentials; Lambda sets them.
pub const SECRET_ACCESS_KEY: Setting = function(
    "AWS_SECRET_ACCESS_KEY",
    true,
    None,
    "Credentials of the function's role. Lambda sets it.",
);
/// Credentials; Lambda sets them.
pub const SESSION_TOKEN: Setting = function(
    "AWS_SESSION_TOKEN",
    false,
    Some("none"),
    "Credentials of the function's role. Lambda sets it.",
);
/// Where events come from; Lambda sets it.
pub const RUNTIME_API: Setting = function(
    "AWS_LAMBDA_RUNTIME_API",
    true,
    None,
    "Host and port of the Lambda Runtime API. Lambda sets it, `cargo lambda watch` does so too.",
);
/// Another endpoint than that of AWS.
pub const ENDPOINT_URL: Setting = function(
    "AWS_ENDPOINT_URL",
    false,
    Some("the endpoints of AWS"),
    "Endpoint for DynamoDB, Secrets Manager and SQS, for an emulator. `cargo xtask lambda-local` sets it.",
);
/// Local secret values.
pub const LOCAL_SECRET: Setting = Setting {
    name: "HOOKPOINT_SECRET_<Name>",
    reader: Reader::CommandLine,
    required: false,
    default: Some("`.hookpoint/secrets.json`"),
    summary: "Value of a secret for `dev` and `trigger`; see `shared/local/README.md` for secrets of one application.",
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
    ENDPOINT_URL,
    LOCAL_SECRET,
    NO_COLOR,
];
