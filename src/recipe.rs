//! What a profile comes down to, kept on disk so that the next prompt need not read the AWS files.
//!
//! A recipe holds no secret: of static keys it says where in the file they are. It counts for as long as
//! both files have the stat marks that they had when it was made.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::context::Context;
use crate::credentials::Credentials;
use crate::facts::{Facts, SsoLogin, Store};
use crate::failure::Failure;
use crate::given_role::GivenRole;
use crate::mark::{self, Mark};
use crate::mfa::Device;
use crate::profile::Kind;
use crate::secret::Secret;
use crate::sources::Query;
use crate::{cache_file, files, fingerprint, message, region, role_cache, shared_config, text};

/// What a profile comes down to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// The profile.
    pub profile: String,
    /// The profile's own region.
    pub region: Option<String>,
    /// What its source says.
    pub facts: Facts,
    /// The MFA device that the credentials rest on.
    pub device: Option<Device>,
    /// The AWS files that say all this, as they were before they were read.
    marks: Marks,
}

/// The AWS files and their marks; `None` for one that is not there.
pub type Marks = Vec<(PathBuf, Option<Mark>)>;

/// Returns the marks of the AWS files as they are now, to be taken before they are read.
pub fn marks(ctx: &Context) -> Result<Marks> {
    let paths = [shared_config::config_file(ctx)?, shared_config::credentials_file(ctx)?];
    let named = paths.into_iter().filter(|path| !path.as_os_str().is_empty());
    Ok(named.map(|path| (path.clone(), mark::settled(&path))).collect())
}

impl Recipe {
    /// Returns the recipe of `profile`: the one that was kept if `marks` are still the same, else a new one, which is
    /// kept. `ctx` must not contain awsenv's own exports. Errors are those of reading the files, of a profile that
    /// does not exist, and of its source.
    pub fn of(ctx: &Context, profile: &str, marks: &Marks) -> Result<Self> {
        Self::with_role(ctx, profile, None, marks)
    }

    /// [`Recipe::of`] for a role that is assumed with the profile's credentials, which is not kept.
    pub fn with_role(ctx: &Context, profile: &str, role: Option<&GivenRole>, marks: &Marks) -> Result<Self> {
        let path = path(ctx, profile, marks).filter(|_| role.is_none());
        let kept = path.as_deref().and_then(|path| Self::decode(&cache_file::read(path)?, profile, marks));
        if let Some(recipe) = kept {
            message::debug(ctx, || {
                format!("the AWS files are unchanged since `{}` was resolved", text::shown(profile))
            });
            return Ok(recipe);
        }
        let recipe = Self::resolve(ctx, profile, role, marks)?;
        if let Some(path) = path {
            // A cache that cannot be written only costs time.
            let _ = files::replace_cache(&path, recipe.encode().to_string().as_bytes());
        }
        Ok(recipe)
    }

    #[cold]
    fn resolve(ctx: &Context, profile: &str, role: Option<&GivenRole>, marks: &Marks) -> Result<Self> {
        message::debug(ctx, || {
            let names: Vec<_> = marks.iter().map(|(path, _)| text::path(path)).collect();
            format!("`{}` is resolved from {}", text::shown(profile), names.join(" and "))
        });
        let config = shared_config::load(ctx)?;
        let section = config.find(profile)?;
        let selection = Query::new(ctx, &config, section).with_role(role).select()?;
        let region = region::of_profile(&section)?.map(|region| region.name);
        let (facts, device, marks) = (selection.facts().clone(), selection.device().cloned(), marks.clone());
        Ok(Self { profile: profile.to_owned(), region, facts, device, marks })
    }

    /// Returns the credentials that can be had without asking anyone, lapsed or not; `None` if there are none. An error if
    /// they stand in a file that changed since it was resolved: another profile's keys may be in their place.
    pub fn kept_credentials(&self, ctx: &Context) -> Result<Option<Credentials>> {
        match &self.facts.store {
            Store::File { path, access_key_id, secret_access_key, session_token } => {
                let read = || -> Result<Credentials> {
                    let file = files::open_at_once(path)?;
                    let value = |range: &Range<usize>| piece(&file, range);
                    let credentials = Credentials {
                        access_key_id: value(access_key_id)?,
                        secret_access_key: Secret::new(value(secret_access_key)?),
                        session_token: session_token.as_ref().map(value).transpose()?.map(Secret::new),
                        expiration: None,
                        account: None,
                    };
                    // Asked afterwards, so that a write between two of the pieces shows as well.
                    self.check_unchanged(path, &file)?;
                    Ok(credentials)
                };
                read().map(Some).with_context(|| format!("could not read {}", text::path(path)))
            }
            store => Ok(store.kept(ctx)),
        }
    }

    fn check_unchanged(&self, path: &Path, file: &File) -> Result<()> {
        let known = self.marks.iter().find(|(known, _)| known == path).and_then(|(_, mark)| *mark);
        if known == Some(Mark::of(&file.metadata()?)) {
            return Ok(());
        }
        Err(changed().into())
    }

    /// Refuses if a selection of the same profile comes to something else: the AWS files changed since it was resolved,
    /// and what it was shown, checked and confirmed as is no longer what would be loaded.
    pub fn check_same(&self, facts: &Facts) -> Result<()> {
        if *facts == self.facts {
            return Ok(());
        }
        let profile = text::shown(&self.profile);
        Err(anyhow::Error::from(changed()).context(format!("could not load profile `{profile}`")))
    }

    /// Returns the file that the credentials are kept in, if it is not one of the AWS files.
    pub fn kept_in(&self, ctx: &Context) -> Option<PathBuf> {
        self.facts.store.path(ctx)
    }

    /// Forgets what a `credential_process` said: the AWS CLI asks it each time, so a person must be able to.
    pub fn forget_process(&self, ctx: &Context) {
        if let (Kind::Process, Store::OwnCache(key)) = (self.facts.kind, &self.facts.store) {
            // What cannot be removed lapses.
            let _ = role_cache::remove_own(ctx, key);
        }
    }

    /// Returns the lock that a process holds while it fetches these credentials; `None` if they are not kept.
    pub fn lock_name(&self) -> Option<String> {
        self.facts.store.lock_name()
    }

    /// Returns the names of the logins that the credentials rest on: of their locks and markers.
    pub fn login_keys(&self) -> impl Iterator<Item = &str> {
        let login = self.facts.login.iter().map(|login| login.token.as_str());
        login.chain(self.device.iter().map(|device| device.key.as_str()))
    }

    fn encode(&self) -> Value {
        let facts = &self.facts;
        json!({
            "v": 1,
            "files": encode_marks(&self.marks),
            "profile": self.profile,
            "region": self.region,
            "kind": facts.kind.code(),
            "account": facts.account,
            "role": facts.role,
            "login": facts.login.as_ref().map(|login| json!({
                "session": login.session, "start_url": login.start_url, "region": login.region, "token": login.token,
            })),
            "device": self.device.as_ref().map(|device| json!({
                "serial": device.serial, "key": device.key, "session": device.opens_session,
            })),
            "store": match &facts.store {
                Store::File { path, access_key_id, secret_access_key, session_token } => json!({
                    "file": path.to_string_lossy(),
                    "ranges": [range(access_key_id), range(secret_access_key), session_token.as_ref().map(range)],
                }),
                Store::RoleCache(key) => json!({ "role": key }),
                Store::OwnCache(key) => json!({ "own": key }),
                Store::Login(session) => json!({ "login": session }),
                Store::Nowhere => Value::Null,
            },
        })
    }

    /// Returns `None` for anything else than a whole recipe of this very profile with these very marks.
    fn decode(kept: &Value, profile: &str, marks: &Marks) -> Option<Self> {
        let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        if kept.get("v")?.as_u64()? != 1
            || kept.get("files")? != &encode_marks(marks)
            || text(kept, "profile").as_deref() != Some(profile)
        {
            return None;
        }
        let login = match kept.get("login")? {
            Value::Null => None,
            login => Some(SsoLogin {
                session: text(login, "session"),
                start_url: text(login, "start_url")?,
                region: text(login, "region")?,
                token: text(login, "token")?,
            }),
        };
        let device = match kept.get("device")? {
            Value::Null => None,
            device => Some(Device {
                serial: text(device, "serial")?,
                key: text(device, "key")?,
                opens_session: device.get("session")?.as_bool()?,
            }),
        };
        let facts = Facts {
            kind: Kind::of_code(kept.get("kind")?.as_u64()?)?,
            account: text(kept, "account"),
            role: text(kept, "role"),
            login,
            store: decode_store(kept.get("store")?)?,
        };
        let marks = marks.clone();
        Some(Self { profile: profile.to_owned(), region: text(kept, "region"), facts, device, marks })
    }
}

fn changed() -> Failure {
    Failure::new("it was changed meanwhile").hint("run it again")
}

fn decode_store(store: &Value) -> Option<Store> {
    if store.is_null() {
        return Some(Store::Nowhere);
    }
    if let Some(key) = store.get("role").and_then(Value::as_str) {
        return Some(Store::RoleCache(key.to_owned()));
    }
    if let Some(key) = store.get("own").and_then(Value::as_str) {
        return Some(Store::OwnCache(key.to_owned()));
    }
    if let Some(session) = store.get("login").and_then(Value::as_str) {
        return Some(Store::Login(session.to_owned()));
    }
    let ranges = store.get("ranges")?.as_array()?;
    Some(Store::File {
        path: PathBuf::from(store.get("file")?.as_str()?),
        access_key_id: decode_range(ranges.first()?)?,
        secret_access_key: decode_range(ranges.get(1)?)?,
        session_token: decode_range(ranges.get(2)?),
    })
}

fn encode_marks(marks: &Marks) -> Value {
    marks.iter().map(|(path, mark)| json!([path.to_string_lossy(), mark.map(|mark| mark.encode())])).collect()
}

fn range(range: &Range<usize>) -> Value {
    json!([range.start, range.end])
}

fn decode_range(value: &Value) -> Option<Range<usize>> {
    let bound = |index: usize| value.get(index)?.as_u64()?.try_into().ok();
    Some(bound(0)?..bound(1)?)
}

/// The longest value that is read from the files: no key or token comes near it.
const LONGEST: usize = 64 * 1024;

fn piece(file: &File, range: &Range<usize>) -> Result<String> {
    let mut bytes = vec![0; range.len().min(LONGEST)];
    file.read_exact_at(&mut bytes, range.start as u64)?;
    Ok(String::from_utf8(bytes)?)
}

fn path(ctx: &Context, profile: &str, marks: &Marks) -> Option<PathBuf> {
    let files = marks.iter().map(|(path, _): &(PathBuf, _)| Path::as_os_str(path).as_encoded_bytes());
    let name = fingerprint::of([profile.as_bytes()].into_iter().chain(files), 40);
    Some(ctx.cache_dir().ok()?.join("recipes").join(format!("{name}.json")))
}
