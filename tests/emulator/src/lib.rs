//! IAM Identity Center and STS on 127.0.0.1, for awsenv's tests and playground.
