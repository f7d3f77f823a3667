//! What a month of such days costs.

use super::{
    calls::Call,
    day::{self, Day, KINDS},
    text::{dollars, number},
};
use crate::markdown::Table;

/// Days of a month.
const DAYS: f64 = 30.0;
/// Memory of a function: the default of `FunctionMemory`.
const GIGABYTES: f64 = 1.0;
/// Log of an event in bytes, and of one with a delivery, as in `docs/deploy.md`.
const LOG: (f64, f64) = (1_800.0, 2_450.0);
/// The locator of an event with one run in bytes, with the hundred that DynamoDB stores beside an item.
const LOCATOR: f64 = 300.0;
/// Secrets of the stack: three of the hooks, and the continuation key.
const SECRETS: f64 = 4.0;

/// A price in US dollars.
#[derive(Debug, Clone, Copy)]
pub(super) struct Price {
    pub(super) name: &'static str,
    pub(super) dollars: f64,
    /// For how many.
    pub(super) per: f64,
    pub(super) page: &'static str,
}

const MILLION: f64 = 1_000_000.0;

const API: Price = price(
    "HTTP API, a million requests",
    1.0,
    MILLION,
    "https://aws.amazon.com/api-gateway/pricing/",
);
const LAMBDA: Price = price(
    "Lambda, a million requests",
    0.2,
    MILLION,
    "https://aws.amazon.com/lambda/pricing/",
);
const TIME: Price = price(
    "Lambda on arm64, a GB-second",
    0.000_013_333_4,
    1.0,
    "https://aws.amazon.com/lambda/pricing/",
);
const WRITES: Price = price(
    "DynamoDB on demand, a million write units (1 KB)",
    0.625,
    MILLION,
    "https://aws.amazon.com/dynamodb/pricing/on-demand/",
);
const READS: Price = price(
    "DynamoDB on demand, a million read units (4 KB)",
    0.125,
    MILLION,
    "https://aws.amazon.com/dynamodb/pricing/on-demand/",
);
const STORED: Price = price(
    "DynamoDB, a GB stored for a month, with point-in-time recovery",
    0.45,
    1.0,
    "https://aws.amazon.com/dynamodb/pricing/on-demand/",
);
const SECRET_READS: Price = price(
    "Secrets Manager, 10,000 calls",
    0.05,
    10_000.0,
    "https://aws.amazon.com/secrets-manager/pricing/",
);
const SECRET: Price = price(
    "Secrets Manager, a secret for a month",
    0.4,
    1.0,
    "https://aws.amazon.com/secrets-manager/pricing/",
);
const QUEUE: Price = price(
    "SQS, a million requests of 64 KB to a fair queue",
    0.5,
    MILLION,
    "https://aws.amazon.com/sqs/pricing/",
);
const LOGS: Price = price(
    "CloudWatch Logs, a GB ingested",
    0.5,
    1.0,
    "https://aws.amazon.com/cloudwatch/pricing/",
);
const ALARM: Price = price(
    "CloudWatch, an alarm for a month",
    0.1,
    1.0,
    "https://aws.amazon.com/cloudwatch/pricing/",
);
const METRIC: Price = price(
    "CloudWatch, a metric for a month",
    0.3,
    1.0,
    "https://aws.amazon.com/cloudwatch/pricing/",
);
const DASHBOARD: Price = price(
    "CloudWatch, a dashboard for a month",
    3.0,
    1.0,
    "https://aws.amazon.com/cloudwatch/pricing/",
);
const KEY_CALLS: Price = price(
    "KMS, 10,000 calls to a key of your own",
    0.03,
    10_000.0,
    "https://aws.amazon.com/kms/pricing/",
);

const PRICES: [Price; 14] = [
    API,
    LAMBDA,
    TIME,
    WRITES,
    READS,
    STORED,
    SECRET_READS,
    SECRET,
    QUEUE,
    LOGS,
    ALARM,
    METRIC,
    DASHBOARD,
    KEY_CALLS,
];

const fn price(name: &'static str, dollars: f64, per: f64, page: &'static str) -> Price {
    Price {
        name,
        dollars,
        per,
        page,
    }
}

/// A line of the bill.
pub(super) struct Line {
    pub(super) what: &'static str,
    pub(super) quantity: f64,
    pub(super) price: Price,
}

impl Line {
    pub(super) fn cost(&self) -> f64 {
        self.quantity / self.price.per * self.price.dollars
    }
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn monthly(a_day: u64) -> f64 {
    a_day as f64 * DAYS
}

/// The bill of a month.
pub(super) fn bill(day: &Day) -> Vec<Line> {
    let calls = |all: &[Call]| monthly(all.iter().map(|call| day.calls.total(*call)).sum());
    let events = monthly(day.invocations - day.deliveries);
    let deliveries = monthly(day.deliveries);
    let records = calls(&[Call::BatchWriteItem]);
    let gigabyte = 1e9;
    let line = |what, quantity, price| Line {
        what,
        quantity,
        price,
    };
    vec![
        line("requests of the API", events, API),
        line(
            "invocations of stages and worker",
            monthly(day.invocations),
            LAMBDA,
        ),
        line(
            "GB-seconds",
            monthly(day.billed) / 1_000.0 * GIGABYTES,
            TIME,
        ),
        line(
            "write units: a record of up to 1 KB for each run",
            records,
            WRITES,
        ),
        line(
            "write units: the locator of each event, which finds its runs",
            records,
            WRITES,
        ),
        line(
            "read units: applications, bindings, hooks, half a unit each",
            calls(&[Call::GetItem, Call::Query]) / 2.0,
            READS,
        ),
        line(
            "GB of records and locators, kept for 7 days",
            records * 7.0 / DAYS * (1_000.0 + LOCATOR) / gigabyte,
            STORED,
        ),
        line(
            "`GetSecretValue`",
            calls(&[Call::GetSecretValue]),
            SECRET_READS,
        ),
        line("secrets", SECRETS, SECRET),
        line(
            "requests of the queue: send, receive, delete",
            calls(&[Call::SendMessage, Call::ReceiveMessage, Call::DeleteMessage]),
            QUEUE,
        ),
        line(
            "GB of log",
            ((events - deliveries) * LOG.0 + deliveries * LOG.1) / gigabyte,
            LOGS,
        ),
        line("alarms", 14.0, ALARM),
        line(
            "metrics: three from logs, twelve that Hookpoint writes",
            15.0,
            METRIC,
        ),
        line("dashboard", 1.0, DASHBOARD),
    ]
}

pub(super) fn table(day: &Day) -> String {
    let mut table = Table::new(&["a month", "how many", "dollars"]);
    let lines = bill(day);
    for line in &lines {
        table.row(&[line.what, &quantity(line.quantity), &dollars(line.cost())]);
    }
    let sum = lines.iter().map(Line::cost).sum();
    table.row(&["**together**", "", &format!("**{}**", dollars(sum))]);
    let decrypts = monthly(day.calls.total(Call::Decrypt));
    format!(
        "{}\nWith a key of your own, Secrets Manager calls it {} times: {} dollars more, and 1.00 for the key.\n",
        table.into_text(),
        quantity(decrypts),
        dollars(decrypts / KEY_CALLS.per * KEY_CALLS.dollars),
    )
}

/// What the day had, for the text.
pub(super) fn activity(day: &Day) -> String {
    let mut table = Table::new(&["a day", "how many"]);
    for kind in &KINDS {
        let events = day::EVENTS * kind.share / 100;
        table.row(&[
            &format!("events with {}, billed {} ms", kind.name, kind.takes),
            &number(events),
        ]);
    }
    table.row(&[
        "containers started; most of one function at once",
        &format!("{}; {}", number(day.started), day.most),
    ]);
    for call in [
        Call::GetItem,
        Call::Query,
        Call::BatchWriteItem,
        Call::GetSecretValue,
        Call::SendMessage,
    ] {
        table.row(&[call.name(), &number(day.calls.total(call))]);
    }
    table.into_text()
}

pub(super) fn prices() -> String {
    let mut table = Table::new(&["what", "dollars", "price list"]);
    for price in PRICES {
        let host = price.page.trim_start_matches("https://aws.amazon.com/");
        let service = host.split('/').next().unwrap_or(host);
        table.row(&[
            price.name,
            &price.dollars.to_string(),
            &format!("[{service}]({})", price.page),
        ]);
    }
    table.into_text()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count"
)]
fn quantity(quantity: f64) -> String {
    if quantity < 100.0 && quantity.fract() != 0.0 {
        format!("{quantity:.1}")
    } else {
        number(quantity.round() as u64)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::repository;

    #[test]
    fn the_bill_has_what_a_million_events_cost_by_hand() {
        let lines = bill(day::tests::day());
        let cost = |what: &str| {
            let line = lines.iter().find(|line| line.what.starts_with(what));
            line.map(Line::cost).unwrap()
        };
        let near = |cost: f64, expected: f64| (cost / expected - 1.0).abs() < 0.05;
        assert!(near(cost("requests of the API"), 30.0));
        assert!(near(cost("write units: a record"), 30.0 * 0.625));
        assert!(near(cost("write units: the locator"), 30.0 * 0.625));
        assert!(near(cost("requests of the queue"), 30.0 * 0.1 * 3.0 * 0.5));
        // 10, 12, 160 and 25 + 160 ms.
        let billed = 0.4 * 10.0 + 0.3 * 12.0 + 0.2 * 160.0 + 0.1 * 185.0;
        assert!(near(
            cost("GB-seconds"),
            30.0 * 1_000.0 * billed * TIME.dollars
        ));
        assert!(cost("`GetSecretValue`") > 0.0 && cost("read units") > 0.0);
    }

    #[test]
    fn prices_and_memory_are_those_of_the_guide_and_the_template() {
        let read = |path: &str| fs::read_to_string(repository::root().join(path)).unwrap();
        let guide = read("docs/deploy.md");
        for price in [API, LAMBDA, TIME, WRITES, READS] {
            let row = guide.lines().find(|line| line.contains(price.name));
            let digits = format!("{:.2}", price.dollars);
            let shown = row.is_some_and(|row| {
                row.contains(&price.dollars.to_string()) || row.contains(&digits)
            });
            assert!(shown, "docs/deploy.md: {} is {}", price.name, price.dollars);
        }
        let template = read("cloudformation/source/template.yaml");
        assert!(template.contains("  FunctionMemory:\n    Type: Number\n    Default: 1024\n"));
    }
}
