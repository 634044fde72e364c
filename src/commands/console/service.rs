//! The pages of the console, by short names.

use anyhow::Result;

use crate::aws::signin_host;
use crate::failure::Failure;
use crate::text::sanitize;

/// Short names and the paths of their pages, ordered by name.
const SERVICES: [(&str, &str); 34] = [
    ("apigateway", "apigateway/home"),
    ("athena", "athena/home"),
    ("billing", "billing/home"),
    ("cloudformation", "cloudformation/home"),
    ("cloudfront", "cloudfront/v4/home"),
    ("cloudtrail", "cloudtrailv2/home"),
    ("cloudwatch", "cloudwatch/home"),
    ("codebuild", "codesuite/codebuild/home"),
    ("codepipeline", "codesuite/codepipeline/home"),
    ("cognito", "cognito/v2/home"),
    ("cost", "costmanagement/home"),
    ("dynamodb", "dynamodbv2/home"),
    ("ec2", "ec2/home"),
    ("ecr", "ecr/home"),
    ("ecs", "ecs/v2/home"),
    ("eks", "eks/home"),
    ("elasticache", "elasticache/home"),
    ("eventbridge", "events/home"),
    ("glue", "glue/home"),
    ("iam", "iam/home"),
    ("kms", "kms/home"),
    ("lambda", "lambda/home"),
    ("logs", "cloudwatch/home#logsV2:log-groups"),
    ("organizations", "organizations/home"),
    ("rds", "rds/home"),
    ("route53", "route53/v2/home"),
    ("s3", "s3/home"),
    ("secretsmanager", "secretsmanager/home"),
    ("sns", "sns/v3/home"),
    ("sqs", "sqs/v3/home"),
    ("ssm", "systems-manager/home"),
    ("stepfunctions", "states/home"),
    ("vpc", "vpcconsole/home"),
    ("waf", "wafv2/homev2"),
];

/// Returns the short names.
pub fn names() -> impl Iterator<Item = &'static str> {
    SERVICES.iter().map(|(name, _)| *name)
}

/// Returns the page of a service in a region, or the console's first page without one. Errors: no such name,
/// with the nearest one; the console of the region's partition is not known.
pub fn destination(region: &str, service: Option<&str>) -> Result<String> {
    let is_plain =
        !region.is_empty() && region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let Some(host) = signin_host::console_host(region).filter(|_| is_plain) else {
        let region = sanitize::shown(region);
        return Err(
            Failure::new(format!("could not open the console: that of `{region}` is not known")).into()
        );
    };
    let path = match service {
        None => "console/home",
        Some(name) => match SERVICES.iter().find(|(known, _)| *known == name) {
            Some((_, path)) => path,
            None => return Err(unknown(name).into()),
        },
    };
    let (path, fragment) =
        path.split_once('#').map_or((path, String::new()), |(path, fragment)| (path, format!("#{fragment}")));
    Ok(format!("https://{region}.{host}/{path}?region={region}{fragment}"))
}

fn unknown(name: &str) -> Failure {
    let failure = Failure::new(format!("unknown service: `{}`", sanitize::shown(name)));
    match sanitize::nearest(name, names()) {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None => failure.hint("run `awsenv console --help` for the list"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_made_of_the_table_and_the_region_alone() {
        let page = |region, service| destination(region, service).map_err(|error| error.to_string());
        assert_eq!(
            page("eu-west-1", Some("s3")).as_deref(),
            Ok("https://eu-west-1.console.aws.amazon.com/s3/home?region=eu-west-1")
        );
        assert_eq!(
            page("us-gov-west-1", None).as_deref(),
            Ok("https://us-gov-west-1.console.amazonaws-us-gov.com/console/home?region=us-gov-west-1")
        );
        assert_eq!(
            page("us-east-1", Some("logs")).as_deref(),
            Ok("https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#logsV2:log-groups")
        );
        assert_eq!(page("us-east-1", Some("ec3")), Err("unknown service: `ec3`".to_owned()));
        assert!(page("evil.example/?", None).is_err());
        assert!(page("us-iso-east-1", None).is_err());
    }

    #[test]
    fn the_names_are_in_order() {
        assert!(names().is_sorted());
    }
}
