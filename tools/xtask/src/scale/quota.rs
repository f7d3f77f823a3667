//! The quotas of AWS that bound an installation, each with the page that states it.

use super::text::number;
use crate::markdown::Table;

/// A limit of AWS for an account and region, if its name does not say otherwise.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quota {
    /// As AWS calls it.
    pub(super) name: &'static str,
    pub(super) limit: u64,
    /// What it counts.
    pub(super) unit: &'static str,
    pub(super) adjustable: bool,
    /// The page of AWS's documentation.
    pub(super) page: &'static str,
    pub(super) url: &'static str,
}

const SECRETS_PAGE: (&str, &str) = (
    "AWS Secrets Manager quotas",
    "https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html",
);
const PARTITIONS_PAGE: (&str, &str) = (
    "Best practices for designing and using partition keys effectively in DynamoDB",
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html",
);
const ON_DEMAND_PAGE: (&str, &str) = (
    "DynamoDB on-demand capacity mode",
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html",
);

/// The small regions have a quarter of it.
const API_REQUESTS: Quota = Quota {
    name: "API Gateway: throttle quota across all APIs, with a burst of 5,000, in most regions",
    limit: 10_000,
    unit: "requests a second",
    adjustable: true,
    page: "Amazon API Gateway quotas",
    url: "https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html",
};
/// Of the earlier scheme only: nothing sends this request any more, so it is not listed.
pub(super) const BATCH_GET_SECRET_VALUE: Quota = Quota {
    name: "Secrets Manager: rate of BatchGetSecretValue API requests",
    limit: 100,
    unit: "requests a second",
    adjustable: false,
    page: SECRETS_PAGE.0,
    url: SECRETS_PAGE.1,
};
pub(super) const GET_SECRET_VALUE: Quota = Quota {
    name: "Secrets Manager: combined rate of DescribeSecret and GetSecretValue API requests",
    limit: 10_000,
    unit: "requests a second",
    adjustable: false,
    page: SECRETS_PAGE.0,
    url: SECRETS_PAGE.1,
};
/// The smallest of the regions; the large ones have ten times as many.
pub(super) const KMS: Quota = Quota {
    name: "KMS: cryptographic operations (symmetric) request rate, in the smallest regions",
    limit: 10_000,
    unit: "requests a second",
    adjustable: true,
    page: "Request quotas",
    url: "https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html",
};
pub(super) const PARTITION_READS: Quota = Quota {
    name: "DynamoDB: reads of a partition",
    limit: 3_000,
    unit: "units a second (4 KB; half of one when eventually consistent)",
    adjustable: false,
    page: PARTITIONS_PAGE.0,
    url: PARTITIONS_PAGE.1,
};
pub(super) const PARTITION_WRITES: Quota = Quota {
    name: "DynamoDB: writes of a partition",
    limit: 1_000,
    unit: "units a second (1 KB)",
    adjustable: false,
    page: PARTITIONS_PAGE.0,
    url: PARTITIONS_PAGE.1,
};
pub(super) const TABLE_WRITES: Quota = Quota {
    name: "DynamoDB: writes of a new on-demand table, until it has grown",
    limit: 4_000,
    unit: "units a second (1 KB)",
    adjustable: true,
    page: ON_DEMAND_PAGE.0,
    url: ON_DEMAND_PAGE.1,
};
pub(super) const CONCURRENCY: Quota = Quota {
    name: "Lambda: concurrent executions",
    limit: 1_000,
    unit: "executions",
    adjustable: true,
    page: "Lambda quotas",
    url: "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
};
const INVOCATIONS: Quota = Quota {
    name: "Lambda: synchronous requests of an execution environment, however short",
    limit: 10,
    unit: "requests a second",
    adjustable: false,
    page: CONCURRENCY.page,
    url: CONCURRENCY.url,
};
pub(super) const UNRESERVED: Quota = Quota {
    name: "Lambda: concurrency that cannot be reserved",
    limit: 100,
    unit: "executions",
    adjustable: false,
    page: "Configuring reserved concurrency for a function",
    url: "https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html",
};
pub(super) const ENVIRONMENTS: Quota = Quota {
    name: "Lambda: concurrency scaling rate of a function",
    limit: 1_000,
    unit: "new environments in 10 seconds",
    adjustable: false,
    page: "Lambda scaling behavior",
    url: "https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html",
};
pub(super) const IN_FLIGHT: Quota = Quota {
    name: "SQS: messages in flight of a standard queue",
    limit: 120_000,
    unit: "messages",
    adjustable: true,
    page: "Amazon SQS standard queue quotas",
    url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html",
};

/// In the order in which a growing installation meets them.
const ALL: [Quota; 11] = [
    CONCURRENCY,
    INVOCATIONS,
    UNRESERVED,
    ENVIRONMENTS,
    PARTITION_WRITES,
    TABLE_WRITES,
    PARTITION_READS,
    GET_SECRET_VALUE,
    API_REQUESTS,
    KMS,
    IN_FLIGHT,
];

pub(super) fn table() -> String {
    let mut table = Table::new(&["quota", "limit", "can be raised", "page of AWS"]);
    for quota in ALL {
        table.row(&[
            quota.name,
            &format!("{} {}", number(quota.limit), quota.unit),
            if quota.adjustable { "yes" } else { "no" },
            &format!("[{}]({})", quota.page, quota.url),
        ]);
    }
    table.into_text()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_quota_is_listed_once_with_its_page() {
        let names: BTreeSet<_> = ALL.iter().map(|quota| quota.name).collect();
        assert_eq!(names.len(), ALL.len());
        for quota in ALL {
            assert!(quota.url.starts_with("https://docs.aws.amazon.com/"));
            assert!(quota.limit > 0 && !quota.page.is_empty());
        }
    }
}
