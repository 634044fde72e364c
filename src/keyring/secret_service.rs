//! The Secret Service (freedesktop.org, "Secret Service API Draft" 0.2): the few calls that awsenv makes.
//!
//! Secrets go over the user's own bus unencrypted (`plain`): who can read the bus can ask for them, too.

use std::time::Duration;

use crate::keyring::bus_error::BusError;
use crate::keyring::connection::Connection;
use crate::keyring::message::Call;
use crate::keyring::wire::{WireValue, Writer};
use crate::system::context::Context;
use crate::values::secret::Secret;

const SERVICE: &str = "org.freedesktop.secrets";
const ROOT: &str = "/org/freedesktop/secrets";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
/// The object path that stands for "none".
const NOTHING: &str = "/";

/// How long a person may take to type the keyring's password.
const PATIENCE_WITH_A_PERSON: Duration = Duration::from_mins(3);

/// The attributes of all of awsenv's items.
const OWN: [(&str, &str); 2] = [("application", "awsenv"), ("kind", "access-key")];
const NAME: &str = "name";

/// The service, with a session in which secrets are exchanged.
pub(super) struct SecretService {
    bus: Connection,
    session: String,
    patience: Duration,
}

/// The object paths of items.
pub(super) struct Found {
    pub unlocked: Vec<String>,
    pub locked: Vec<String>,
}

impl SecretService {
    /// Connects and opens a session. All calls together must be over within `patience`, the wait for a person
    /// not counted.
    pub(super) fn open(ctx: &Context, patience: Duration) -> Result<Self, BusError> {
        let bus = Connection::open(ctx, patience)?;
        let mut service = Self { bus, session: String::new(), patience };
        let answer = service.call(ROOT, "Service", "OpenSession", "sv", |out| {
            out.text("plain");
            out.variant("s", |out| out.text(""));
        })?;
        service.session = text(answer.get(1))?;
        Ok(service)
    }

    /// Finds awsenv's items, all or those of one name.
    pub(super) fn search(&mut self, name: Option<&str>) -> Result<Found, BusError> {
        let answer = self.call(ROOT, "Service", "SearchItems", "a{ss}", |out| write_attributes(out, name))?;
        let paths = |index: usize| answer.get(index).and_then(WireValue::texts).ok_or(BusError::Garbled);
        Ok(Found { unlocked: paths(0)?, locked: paths(1)? })
    }

    /// Returns the secret of an item that is not locked.
    pub(super) fn secret(&mut self, item: &str) -> Result<Secret, BusError> {
        let session = self.session.clone();
        let answer = self.call(item, "Item", "GetSecret", "o", |out| out.text(&session))?;
        let parts = answer.first().and_then(WireValue::many).unwrap_or_default();
        let Some(WireValue::Bytes(secret)) = parts.get(2) else { return Err(BusError::Garbled) };
        Ok(Secret::new(std::str::from_utf8(secret).map_err(|_| BusError::Garbled)?))
    }

    /// Returns the name that an item was stored under; `None` if the service does not say.
    pub(super) fn name(&mut self, item: &str) -> Result<Option<String>, BusError> {
        let attributes = self.property(item, "Item", "Attributes")?;
        let entries = attributes.many().unwrap_or_default().iter().filter_map(WireValue::many);
        let mut names = entries.filter_map(|entry| match entry {
            [WireValue::Text(key), WireValue::Text(value)] if key == NAME => Some(value.clone()),
            _ => None,
        });
        Ok(names.next())
    }

    /// Deletes an item that is not locked.
    pub(super) fn delete(&mut self, item: &str) -> Result<(), BusError> {
        let answer = self.call(item, "Item", "Delete", "", |_| ())?;
        // The service wants to ask for a password, which only `unlock` and `store` may cause.
        if text(answer.first())? == NOTHING { Ok(()) } else { Err(BusError::Locked) }
    }

    /// Stores a secret under a name, in place of an earlier one; a new one goes to the default collection,
    /// which is made if it is missing. `announce` is called before the person is asked for a password.
    pub(super) fn store(&mut self, name: &str, secret: &Secret, announce: &dyn Fn()) -> Result<(), BusError> {
        let mut found = self.search(Some(name))?;
        if found.unlocked.is_empty() && !found.locked.is_empty() {
            self.unlock(&found.locked, announce)?;
            found = self.search(Some(name))?;
        }
        let session = self.session.clone();
        if let Some(item) = found.unlocked.first() {
            let set = |out: &mut Writer| write_secret(out, &session, secret);
            return self.call(item, "Item", "SetSecret", "(oayays)", set).map(drop);
        }
        let collection = self.default_collection(announce)?;
        if self.is_locked(&collection)? {
            self.unlock(std::slice::from_ref(&collection), announce)?;
        }
        let answer = self.call(&collection, "Collection", "CreateItem", "a{sv}(oayays)b", |out| {
            out.array(8, |out| {
                out.align(8);
                out.text("org.freedesktop.Secret.Item.Label");
                out.variant("s", |out| out.text(&format!("awsenv: {name}")));
                out.align(8);
                out.text("org.freedesktop.Secret.Item.Attributes");
                out.variant("a{ss}", |out| write_attributes(out, Some(name)));
            });
            write_secret(out, &session, secret);
            out.boolean(true);
        })?;
        self.answer_prompt(&text(answer.get(1))?, announce)
    }

    /// Unlocks the collections that awsenv's items are in, and the default one. Returns false if none was
    /// locked.
    pub(super) fn unlock_ours(&mut self, announce: &dyn Fn()) -> Result<bool, BusError> {
        let locked = self.locked()?;
        if locked.is_empty() {
            return Ok(false);
        }
        self.unlock(&locked, announce)?;
        Ok(true)
    }

    /// Returns the paths of awsenv's locked items, and of the default collection if it is locked.
    pub(super) fn locked(&mut self) -> Result<Vec<String>, BusError> {
        let mut locked = self.search(None)?.locked;
        let default = self.default_path()?;
        if default != NOTHING && self.is_locked(&default)? {
            locked.push(default);
        }
        Ok(locked)
    }

    fn unlock(&mut self, objects: &[String], announce: &dyn Fn()) -> Result<(), BusError> {
        let answer = self.call(ROOT, "Service", "Unlock", "ao", |out| {
            out.array(4, |out| objects.iter().for_each(|path| out.text(path)));
        })?;
        self.answer_prompt(&text(answer.get(1))?, announce)
    }

    fn default_path(&mut self) -> Result<String, BusError> {
        let answer = self.call(ROOT, "Service", "ReadAlias", "s", |out| out.text("default"))?;
        text(answer.first())
    }

    fn default_collection(&mut self, announce: &dyn Fn()) -> Result<String, BusError> {
        let path = self.default_path()?;
        if path != NOTHING {
            return Ok(path);
        }
        let answer = self.call(ROOT, "Service", "CreateCollection", "a{sv}s", |out| {
            out.array(8, |out| {
                out.align(8);
                out.text("org.freedesktop.Secret.Collection.Label");
                out.variant("s", |out| out.text("Default keyring"));
            });
            out.text("default");
        })?;
        self.answer_prompt(&text(answer.get(1))?, announce)?;
        let path = self.default_path()?;
        if path == NOTHING { Err(BusError::Dismissed) } else { Ok(path) }
    }

    fn is_locked(&mut self, collection: &str) -> Result<bool, BusError> {
        match self.property(collection, "Collection", "Locked")? {
            WireValue::Number(locked) => Ok(locked != 0),
            _ => Err(BusError::Garbled),
        }
    }

    /// Lets the service show its prompt, if it has one, and waits for the person's answer.
    fn answer_prompt(&mut self, prompt: &str, announce: &dyn Fn()) -> Result<(), BusError> {
        if prompt == NOTHING {
            return Ok(());
        }
        self.bus.subscribe("org.freedesktop.Secret.Prompt", prompt)?;
        announce();
        self.call(prompt, "Prompt", "Prompt", "s", |out| out.text(""))?;
        self.bus.extend(PATIENCE_WITH_A_PERSON);
        let completed = self.bus.signal(prompt, "Completed");
        self.bus.extend(self.patience);
        match completed.as_deref().map(<[WireValue]>::first) {
            Ok(Some(WireValue::Number(0))) => Ok(()),
            // Dismissed, or not answered in time.
            Ok(Some(WireValue::Number(_))) | Err(BusError::Late) => Err(BusError::Dismissed),
            _ => completed.and(Err(BusError::Garbled)),
        }
    }

    fn property(&mut self, path: &str, interface: &str, property: &str) -> Result<WireValue, BusError> {
        let call = Call { destination: SERVICE, path, interface: PROPERTIES, member: "Get", signature: "ss" };
        let mut arguments = Writer::default();
        arguments.text(&format!("org.freedesktop.Secret.{interface}"));
        arguments.text(property);
        let answer = self.bus.call(&call, &arguments)?;
        answer.into_iter().next().ok_or(BusError::Garbled)
    }

    fn call(
        &mut self,
        path: &str,
        interface: &str,
        member: &str,
        signature: &str,
        arguments: impl FnOnce(&mut Writer),
    ) -> Result<Vec<WireValue>, BusError> {
        let interface = format!("org.freedesktop.Secret.{interface}");
        let call = Call { destination: SERVICE, path, interface: &interface, member, signature };
        let mut out = Writer::default();
        arguments(&mut out);
        self.bus.call(&call, &out).map_err(|error| match error {
            BusError::Remote(name, _) if name == "org.freedesktop.Secret.Error.IsLocked" => BusError::Locked,
            error => error,
        })
    }
}

fn text(value: Option<&WireValue>) -> Result<String, BusError> {
    value.and_then(WireValue::text).map(str::to_owned).ok_or(BusError::Garbled)
}

fn write_attributes(out: &mut Writer, name: Option<&str>) {
    out.array(8, |out| {
        for (key, value) in OWN.into_iter().chain(name.map(|name| (NAME, name))) {
            out.align(8);
            out.text(key);
            out.text(value);
        }
    });
}

fn write_secret(out: &mut Writer, session: &str, secret: &Secret) {
    out.align(8);
    out.text(session);
    out.byte_array(&[]);
    out.byte_array(secret.reveal().as_bytes());
    out.text("application/json");
}
