//! A profile without its credentials, as a config file of its own: for a command that gets its credentials in
//! another way.

use crate::shared_config::profile::Profile;
use crate::shared_config::{Property, SharedConfig};

/// Keys about how to call AWS, none about credentials. Other keys are left out.
const PLAIN: [&str; 41] = [
    "account_id_endpoint_mode",
    "api_versions",
    "auth_scheme_preference",
    "ca_bundle",
    "cli_auto_prompt",
    "cli_binary_format",
    "cli_error_format",
    "cli_follow_urlparam",
    "cli_help_output",
    "cli_history",
    "cli_pager",
    "cli_timestamp_format",
    "defaults_mode",
    "disable_request_compression",
    "ec2_metadata_service_endpoint",
    "ec2_metadata_service_endpoint_mode",
    "ec2_metadata_v1_disabled",
    "endpoint_discovery_enabled",
    "endpoint_url",
    "ignore_configured_endpoint_urls",
    "max_attempts",
    "metadata_service_num_attempts",
    "metadata_service_timeout",
    "output",
    "parameter_validation",
    "request_checksum_calculation",
    "request_min_compression_size_bytes",
    "response_checksum_validation",
    "retry_mode",
    "s3",
    "s3_disable_express_session_auth",
    "s3_disable_multiregion_access_points",
    "s3_us_east_1_regional_endpoint",
    "s3_use_arn_region",
    "sdk_ua_app_id",
    "sigv4a_signing_region_set",
    "sts_regional_endpoints",
    "tcp_keepalive",
    "use_dualstack_endpoint",
    "use_fips_endpoint",
    "user_agent_extra",
];

/// The name of the copy's `[services]` section.
const SERVICES: &str = "awsenv";

/// Returns the file, with the profile as `[default]` in this region.
pub fn text(config: &SharedConfig, profile: &Profile<'_>, region: Option<&str>) -> String {
    let mut text = "[default]\n".to_owned();
    if let Some(region) = region {
        line(&mut text, "", "region", region);
    }
    for property in PLAIN.iter().filter_map(|key| profile.get(key)) {
        if !block(&mut text, property) {
            line(&mut text, "", property.name(), property.text());
        }
    }
    let services = profile.text("services").ok().flatten().and_then(|name| config.services(name));
    if let Some(services) = services {
        line(&mut text, "", "services", SERVICES);
        text += &format!("[services {SERVICES}]\n");
        for property in services.properties() {
            block(&mut text, property);
        }
    }
    text
}

/// Adds a nested block. Returns false if the value is none.
fn block(text: &mut String, property: Property<'_>) -> bool {
    let Some(block) = property.block() else { return false };
    *text += &format!("{} =\n", property.name());
    block.for_each(|nested| line(text, "  ", nested.name(), nested.text()));
    true
}

/// Adds a line. A value over several lines is left out: none of these keys has one.
fn line(text: &mut String, indent: &str, key: &str, value: &str) {
    if !value.chars().any(char::is_control) {
        *text += &format!("{indent}{key} = {value}\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared_config::Document;

    #[test]
    fn everything_but_credentials_is_copied() {
        let config = "\
[profile a]
region = eu-west-1
output = json
aws_access_key_id = AKIA
aws_secret_access_key = canary
aws_session_token = canary
role_arn = canary
source_profile = canary
credential_process = canary
sso_session = canary
sso_account_id = canary
login_session = canary
mfa_serial = canary
web_identity_token_file = canary
max_attempts = 5
s3 =
  addressing_style = path
services = local
[services local]
s3 =
  endpoint_url = http://127.0.0.1:1
dynamodb =
  endpoint_url = http://127.0.0.1:2
";
        let credentials = "[a]\noutput = text\n";
        let document = |path, text: &str| Document::parse(path, text.into()).unwrap();
        let files = SharedConfig::new(document("/config", config), document("/credentials", credentials));
        let copy = text(&files, &files.profile("a").unwrap(), Some("us-east-2"));
        let expected = "\
[default]
region = us-east-2
max_attempts = 5
output = text
s3 =
  addressing_style = path
services = awsenv
[services awsenv]
s3 =
  endpoint_url = http://127.0.0.1:1
dynamodb =
  endpoint_url = http://127.0.0.1:2
";
        assert_eq!(copy, expected);
        let again = SharedConfig::new(document("/config", &copy), document("/credentials", ""));
        assert!(again.services("awsenv").is_some());
    }
}
