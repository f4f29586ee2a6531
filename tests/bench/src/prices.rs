//! What AWS charges, from `prices.toml`.

use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Prices {
    pub(crate) as_of: String,
    api_gateway: ApiGateway,
    lambda: Lambda,
    dynamodb: DynamoDb,
}

#[derive(Deserialize)]
struct ApiGateway {
    million_requests: f64,
}

#[derive(Deserialize)]
struct Lambda {
    million_requests: f64,
    gigabyte_second: f64,
    processor_megabytes: f64,
}

#[derive(Deserialize)]
struct DynamoDb {
    million_read_units: f64,
    million_write_units: f64,
    request_milliseconds: f64,
}

/// What one of something uses.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Use {
    /// Requests through the gateway.
    pub(crate) gateway_requests: f64,
    /// Invocations of functions.
    pub(crate) invocations: f64,
    /// Of a whole processor, in all invocations together.
    pub(crate) processor_milliseconds: f64,
    /// Requests to the table.
    pub(crate) store_requests: f64,
    pub(crate) read_units: f64,
    pub(crate) write_units: f64,
}

/// A price in US dollars, by who is paid.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Price {
    pub(crate) gateway: f64,
    pub(crate) invocations: f64,
    pub(crate) time: f64,
    pub(crate) reads: f64,
    pub(crate) writes: f64,
}

impl Price {
    pub(crate) fn total(&self) -> f64 {
        self.gateway + self.invocations + self.time + self.reads + self.writes
    }
}

impl Prices {
    pub(crate) fn read() -> Self {
        toml::from_str(include_str!("../prices.toml")).expect("prices")
    }

    /// The milliseconds that each invocation is billed, with so much memory; requests to the table come one after the
    /// other.
    pub(crate) fn milliseconds(&self, one: &Use, megabytes: u32) -> f64 {
        let share = (f64::from(megabytes) / self.lambda.processor_megabytes).min(1.0);
        let waited = one.store_requests * self.dynamodb.request_milliseconds;
        ((one.processor_milliseconds / share + waited) / one.invocations).ceil()
    }

    /// The price of a million, at so much memory.
    pub(crate) fn of_a_million(&self, one: &Use, megabytes: u32) -> Price {
        let seconds = self.milliseconds(one, megabytes) * one.invocations / 1_000.0;
        Price {
            gateway: one.gateway_requests * self.api_gateway.million_requests,
            invocations: one.invocations * self.lambda.million_requests,
            time: 1e6 * seconds * f64::from(megabytes) / 1_024.0 * self.lambda.gigabyte_second,
            reads: one.read_units * self.dynamodb.million_read_units,
            writes: one.write_units * self.dynamodb.million_write_units,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_the_sum_of_what_is_used() {
        let one = Use {
            gateway_requests: 1.0,
            invocations: 1.0,
            processor_milliseconds: 1.0,
            store_requests: 1.0,
            read_units: 2.0,
            write_units: 1.0,
        };
        let prices = Prices::read();
        // A millisecond of a processor takes 6.9 at 256 of 1769 MB, and the table is waited for 4.
        assert!((prices.milliseconds(&one, 256) - 11.0).abs() < 1e-9);
        // With more than one processor nothing gets faster.
        assert!((prices.milliseconds(&one, 3_538) - 5.0).abs() < 1e-9);
        let price = prices.of_a_million(&one, 256);
        assert!((price.time - 11_000.0 * 0.25 * 0.000_013_333_4).abs() < 1e-9, "{price:?}");
        assert!((price.total() - price.time - (1.0 + 0.2 + 0.25 + 0.625)).abs() < 1e-9, "{price:?}");
    }
}
