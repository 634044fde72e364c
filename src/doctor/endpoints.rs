//! Whether the services that the profiles here need can be reached, and whether this computer's clock agrees
//! with theirs. The only checks that use the network.

use std::time::Duration;

use anyhow::Result;
use chrono::TimeDelta;

use super::{Examined, Trouble};
use crate::aws::probe;
use crate::load::profile_choice::ProfileChoice;
use crate::shared_config::CleanContext;
use crate::shared_config::SharedConfig;
use crate::shared_config::endpoint_settings::{EndpointSettings, Service};
use crate::shared_config::profile::{Profile, ProfileKind};
use crate::shared_config::region;
use crate::sources::Resolver;
use crate::text::sanitize;
use crate::values::endpoint::Endpoint;
use crate::values::target_name::{AccountRole, TargetName};

/// For all services together, since they are asked at the same time.
const LIMIT: Duration = Duration::from_secs(5);

/// The most services that are asked: with hundreds of profiles it counts only whether the network works.
const MOST: usize = 6;

/// AWS refuses what is signed more than five minutes off; half of that is a warning.
const REFUSED: TimeDelta = TimeDelta::minutes(5);
const SUSPECT: TimeDelta = TimeDelta::seconds(150);

/// A service at an address.
#[derive(Clone, PartialEq)]
struct Place {
    service: Service,
    endpoint: Endpoint,
    address: String,
}

/// Asks the services that this folder's profile needs, or else those of all profiles; `None` if there is none
/// to ask.
pub(super) fn look(examined: &Examined<'_>) -> Option<Vec<Trouble>> {
    let places = places(examined, examined.config.as_ref().filter(|_| !examined.offline)?);
    if places.is_empty() {
        return None;
    }
    let ask = |place: &Place| {
        let answer = probe::ask(examined.ctx, place.service, place.endpoint.clone(), LIMIT);
        answer.map(|answer| answer.date.map(|date| date - examined.ctx.now()))
    };
    let answers: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = places.iter().map(|place| scope.spawn(|| ask(place))).collect();
        threads.into_iter().map(|thread| thread.join().ok()).collect()
    });
    let mut found = Vec::new();
    let mut off = None;
    for (place, answer) in places.iter().zip(answers.into_iter().flatten()) {
        match answer {
            Ok(ahead) => off = off.or(ahead.filter(|ahead| ahead.abs() >= SUSPECT)),
            Err(error) => found.push(unreachable(place, &error)),
        }
    }
    found.extend(off.map(clock));
    Some(found)
}

fn places(examined: &Examined<'_>, config: &SharedConfig) -> Vec<Place> {
    let mut places = Vec::<Place>::new();
    for (profile, unwritten) in concerned(examined, config) {
        for place in needed(examined.ctx, config, profile, unwritten.as_ref()).unwrap_or_default() {
            if places.len() < MOST && places.iter().all(|known| known.address != place.address) {
                places.push(place);
            }
        }
    }
    places
}

/// Returns the profiles whose services count: that of the folder or of `AWS_PROFILE`, or else all. For a role
/// that no profile has, it is an empty profile and the role.
fn concerned<'a>(
    examined: &Examined<'_>,
    config: &'a SharedConfig,
) -> Vec<(Profile<'a>, Option<AccountRole>)> {
    let says = examined.folder.as_ref().and_then(|folder| folder.says(examined.ctx).ok());
    let of_folder = match says.map(|says| (says.target, says.region)) {
        Some((TargetName::Profile(name), _)) => Some(name),
        Some((TargetName::Role(role), region)) => {
            let region = region.map(|region| region.value);
            match ProfileChoice::new(examined.ctx, config, &role, region.as_deref()) {
                Ok(ProfileChoice { profile: None, target, .. }) => {
                    return vec![(Profile { name: "", config: None, credentials: None }, Some(target))];
                }
                choice => choice.ok().and_then(|choice| choice.profile),
            }
        }
        None => None,
    };
    let named = of_folder.or_else(|| examined.ctx.env.text("AWS_PROFILE").map(str::to_owned));
    match named.and_then(|name| config.find(&name).ok()) {
        Some(profile) => vec![(profile, None)],
        None => config.profiles().map(|profile| (profile, None)).collect(),
    }
}

fn needed(
    ctx: &CleanContext,
    config: &SharedConfig,
    profile: Profile<'_>,
    unwritten: Option<&AccountRole>,
) -> Result<Vec<Place>> {
    let settings = |service| EndpointSettings::new(ctx, service, Some(&profile), config);
    let selection = Resolver::new(ctx, config, profile).with_unwritten(unwritten).select()?;
    let resolution = selection.resolution();
    let mut wanted = Vec::new();
    if let Some(login) = &resolution.login {
        for service in [Service::SsoOidc, Service::Sso] {
            let endpoint = settings(service)?.session_endpoint(&login.start_url, &login.region);
            wanted.push((service, endpoint));
        }
    }
    if matches!(
        resolution.kind,
        ProfileKind::Role | ProfileKind::WebIdentity | ProfileKind::CredentialsKeys | ProfileKind::ConfigKeys
    ) {
        let own = region::of_profile(&profile)?.map(|region| region.name);
        wanted.push((Service::Sts, settings(Service::Sts)?.endpoint(own)));
    }
    let place = |(service, endpoint): (Service, Endpoint)| {
        let address = probe::address(service, &endpoint)?;
        Ok(Place { service, endpoint, address })
    };
    wanted.into_iter().map(place).collect()
}

fn unreachable(place: &Place, error: &anyhow::Error) -> Trouble {
    let what = match place.service {
        Service::Sts => "STS, which assumes roles,",
        Service::Signin => "the service behind `aws login`",
        Service::Sso => "the portal of IAM Identity Center",
        Service::SsoOidc => "the login of IAM Identity Center",
        Service::Ecr | Service::EcrPublic => "the container registry",
        Service::Iam => "IAM",
    };
    let Trouble { level, finding, cure } = Trouble::of(error);
    let cure = cure.or_else(|| {
        Some(
            "look at the network, the VPN and the proxy variables; `awsenv doctor --offline` leaves this out"
                .into(),
        )
    });
    Trouble { level, finding: format!("{what} does not answer: {}", sanitize::shown(&finding)), cure }
}

fn clock(ahead: TimeDelta) -> Trouble {
    let direction = if ahead < TimeDelta::zero() { "ahead of" } else { "behind" };
    let much = crate::text::duration::left(ahead.abs());
    let much = much.trim_end_matches(" left");
    let finding = format!("this computer's clock is {much} {direction} AWS's");
    let cure = "set this computer's clock, for example with `timedatectl set-ntp true`";
    if ahead.abs() >= REFUSED {
        Trouble::error(format!("{finding}: AWS refuses what is signed more than 5 minutes off"), cure)
    } else {
        Trouble::warning(finding, cure)
    }
}
